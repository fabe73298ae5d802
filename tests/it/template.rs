//! The template deploys what the code needs, and no more.
//!
//! `tests/python/transform.py` makes the JSON that these tests read: the template as it is written
//! and as CloudFormation gets it. That each default fits its parameter's pattern, and that every
//! property is known, is cfn-lint's part.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the lints that `clippy.toml` allows in tests do not know their helpers"
)]

use std::{collections::BTreeSet, fs, path::Path};

use iam_key_deactivator::config::{Config, SETTINGS};
use serde_json::{Value, json};

fn read(path: &str) -> String {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(full).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

fn template(name: &str) -> Value {
    let path = format!("target/template/{name}.json");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(&path);
    let Ok(text) = fs::read_to_string(file) else {
        panic!("{path} is missing: run `make test`, which makes it from template.yaml");
    };
    serde_json::from_str(&text).unwrap()
}

fn transformed() -> Value {
    template("transformed")
}

/// Logical ID and definition of every resource of a type.
fn resources<'a>(template: &'a Value, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let all = template["Resources"].as_object().unwrap().iter();
    all.filter(|(_, resource)| resource["Type"] == kind)
        .map(|(id, resource)| (id.as_str(), resource))
        .collect()
}

/// One or many, as IAM and CloudFormation like to have it.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn each(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| each(item, visit)),
        Value::Object(fields) => fields.values().for_each(|field| each(field, visit)),
        _ => {}
    }
}

/// Parameters and resources that a part of the template refers to.
fn references(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each(value, &mut |node| {
        found.extend(node["Ref"].as_str().map(str::to_owned));
        found.extend(node["Fn::GetAtt"][0].as_str().map(str::to_owned));
        let text = node["Fn::Sub"].as_str().unwrap_or_default();
        let names = text.split("${").skip(1).filter_map(|rest| rest.split(['}', '.']).next());
        found.extend(names.map(str::to_owned));
    });
    found
}

/// An ARN as one writes it down: `RespondRole.Arn`, `TriggerQueueArn`, or the text of `Fn::Sub`.
fn written(arn: &Value) -> String {
    match (&arn["Ref"], &arn["Fn::GetAtt"], &arn["Fn::Sub"], arn) {
        (Value::String(name), ..) => name.clone(),
        (_, Value::Array(path), ..) => {
            path.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".")
        }
        (_, _, Value::String(text), _) | (.., Value::String(text)) => text.clone(),
        _ => panic!("not an ARN: {arn}"),
    }
}

/// What stands there if `condition` holds; `None` if something else decides.
fn given<'a>(value: &'a Value, condition: &Value) -> Option<&'a Value> {
    match (&value["Fn::If"], condition) {
        (Value::Null, Value::Null) => Some(value),
        (Value::Array(branches), _) if branches.first() == Some(condition) => branches.get(1),
        _ => None,
    }
}

fn get_att(id: &str, attribute: &str) -> Value {
    json!({ "Fn::GetAtt": [id, attribute] })
}

/// A function's environment: name and value of each variable.
fn environment(function: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let variables = function["Properties"]["Environment"]["Variables"].as_object().unwrap();
    variables.iter().map(|(name, value)| (name.as_str(), value))
}

fn screaming_snake(pascal: &str) -> String {
    let mut name = String::new();
    for letter in pascal.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn pascal(snake: &str) -> String {
    let word =
        |word: &str| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap();
    snake.split('_').map(word).collect()
}

/// The statements of a role's policies, or of a resource's policy.
fn statements(resource: &Value) -> Vec<&Value> {
    let properties = &resource["Properties"];
    let inline = many(&properties["Policies"]).into_iter().map(|policy| &policy["PolicyDocument"]);
    let attached = [&properties["PolicyDocument"], properties].into_iter();
    inline
        .chain(attached)
        .flat_map(|document| many(&document["Statement"]))
        .map(|statement| match &statement["Fn::If"] {
            Value::Null => statement,
            branches => &branches[1],
        })
        .collect()
}

fn actions(role: &Value) -> impl Iterator<Item = &str> {
    statements(role)
        .into_iter()
        .flat_map(|statement| many(&statement["Action"]))
        .map(|action| action.as_str().unwrap_or_else(|| panic!("not an action: {action}")))
}

/// The role of a function, by logical ID.
fn role_of(function: &Value) -> String {
    let role = written(&function["Properties"]["Role"]);
    role.strip_suffix(".Arn").unwrap_or_else(|| panic!("not a role's ARN: {role}")).to_owned()
}

// ── Settings and parameters ─────────────────────────────────────────────────────────────────────

#[test]
fn setting_parameters_and_settings_are_the_same() {
    let template = transformed();
    let mut set = BTreeSet::new();
    for (id, function) in resources(&template, "AWS::Lambda::Function") {
        for (variable, value) in environment(function) {
            if variable == "FUNCTION" {
                let name = id.strip_suffix("Function").unwrap().to_lowercase();
                assert_eq!(value, &json!(name), "{id}: FUNCTION is a constant");
                set.insert(variable.to_owned());
                continue;
            }
            let parameter = value["Ref"].as_str();
            let parameter = parameter.unwrap_or_else(|| panic!("{id}: {variable} is no parameter"));
            assert_eq!(screaming_snake(parameter), variable, "{id}");
            set.insert(variable.to_owned());
        }
    }
    let settings: BTreeSet<String> = SETTINGS.iter().map(|&setting| setting.to_owned()).collect();
    assert_eq!(set, settings);
}

#[test]
fn defaults_of_template_and_code_are_the_same() {
    let template = transformed();
    for (id, function) in resources(&template, "AWS::Lambda::Function") {
        let deployed = Config::read(|name| {
            let value = environment(function).find(|(variable, _)| *variable == name);
            let value = value.map(|(_, value)| match &value["Ref"] {
                Value::String(parameter) => &template["Parameters"][parameter]["Default"],
                _ => value,
            });
            Ok(value.map(|value| value.as_str().unwrap().to_owned()))
        });
        let function = &function["Properties"]["Environment"]["Variables"]["FUNCTION"];
        let bare = Config::read(|name| {
            Ok((name == "FUNCTION").then(|| function.as_str().unwrap().to_owned()))
        });
        assert_eq!(deployed.unwrap(), bare.unwrap(), "{id}");
    }
}

#[test]
fn every_parameter_is_checked_used_and_explained() {
    let template = template("source");
    let used =
        references(&json!([template["Conditions"], template["Resources"], template["Globals"]]));
    let interface = &template["Metadata"]["AWS::CloudFormation::Interface"];
    let groups = many(&interface["ParameterGroups"]).into_iter();
    let grouped: Vec<&Value> = groups.flat_map(|group| many(&group["Parameters"])).collect();

    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        assert!(used.contains(name), "{name} does nothing");
        assert!(parameter["Description"].is_string(), "{name} has no description");
        assert!(
            ["AllowedPattern", "AllowedValues", "MinValue"]
                .iter()
                .any(|key| !parameter[key].is_null()),
            "{name} takes any value"
        );
        assert!(!parameter["Default"].is_null(), "{name} has no default");
        let times = grouped.iter().filter(|grouped| **grouped == name).count();
        assert_eq!(times, 1, "{name} is in one group of the console's form");
        let label = &interface["ParameterLabels"][name]["default"];
        assert!(label.is_string(), "{name} has no label");
    }
    let parameters = template["Parameters"].as_object().unwrap().len();
    assert_eq!(grouped.len(), parameters, "groups name unknown parameters");
}

#[test]
fn every_parameter_has_a_row_in_the_readme() {
    let readme = read("README.md");
    let template = template("source");
    let parameters = template["Parameters"].as_object().unwrap().keys();
    let missing: Vec<_> = parameters
        .filter(|name| {
            let cell = format!("`{name}`");
            !readme.lines().any(|line| line.starts_with('|') && line.contains(&cell))
        })
        .collect();
    assert!(missing.is_empty(), "README.md has no table row for {missing:?}");
}

// ── Permissions ─────────────────────────────────────────────────────────────────────────────────

#[test]
fn each_role_may_do_exactly_this() {
    let users = "arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*";
    let table: [(&str, &str, &[&str]); 5] = [
        (
            "RespondRole",
            users,
            &["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey"],
        ),
        ("RespondRole", "RespondLogGroup.Arn", &["logs:CreateLogStream", "logs:PutLogEvents"]),
        ("RespondRole", "ResultsBus.Arn", &["events:PutEvents"]),
        (
            "TriggerQueueRole",
            "TriggerQueueArn",
            &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        ),
        ("TriggerQueueRole", "RespondFunction.Arn", &["lambda:InvokeFunction"]),
    ];
    let mut expected = BTreeSet::new();
    for (role, arn, actions) in table {
        let row = |action: &&str| (role.to_owned(), arn.to_owned(), (*action).to_owned());
        expected.extend(actions.iter().map(row));
    }

    let mut allowed = BTreeSet::new();
    let template = transformed();
    for (id, role) in resources(&template, "AWS::IAM::Role") {
        assert!(role["Properties"]["ManagedPolicyArns"].is_null(), "{id} has managed policies");
        for statement in statements(role) {
            assert_eq!(statement["Effect"], "Allow", "{id}");
            for action in many(&statement["Action"]) {
                for arn in many(&statement["Resource"]) {
                    let action = action.as_str().unwrap().to_owned();
                    allowed.insert((id.to_owned(), written(arn), action));
                }
            }
        }
    }
    assert_eq!(allowed, expected);
    for kind in ["AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"] {
        assert!(resources(&template, kind).is_empty(), "{kind} is not in the table above");
    }
}

#[test]
fn functions_may_call_exactly_what_the_code_calls() {
    let template = transformed();
    let mut allowed = BTreeSet::new();
    for (_, function) in resources(&template, "AWS::Lambda::Function") {
        let role = &template["Resources"][role_of(function)];
        allowed.extend(
            actions(role).filter_map(|action| action.strip_prefix("iam:")).map(str::to_owned),
        );
    }
    assert_eq!(allowed, called_operations());
}

/// The IAM operations that `src/iam` calls, in the shape `client.update_access_key()`, however it
/// is broken into lines.
fn called_operations() -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/iam");
    let mut operations = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let code: Vec<&str> =
            source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        operations.extend(calls_on_client(&code.join("\n")));
    }
    operations
}

fn calls_on_client(code: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let call = |at: usize| {
        let before = code.get(..at)?.chars().next_back();
        let after =
            code.get(at..)?.strip_prefix("client")?.trim_start().strip_prefix('.')?.trim_start();
        let name = after.split(|c| !is_name(c)).next()?;
        let arguments = after.strip_prefix(name)?.trim_start().strip_prefix('(')?.trim_start();
        let of_client = !before.is_some_and(is_name) && arguments.starts_with(')');
        // The two methods of a client that call nothing.
        (of_client && !["clone", "config"].contains(&name)).then(|| pascal(name))
    };
    code.match_indices("client").filter_map(|(at, _)| call(at)).collect()
}

#[test]
fn calls_are_found_in_any_layout() {
    #[track_caller]
    fn check(code: &str, expected: &[&str]) {
        assert_eq!(calls_on_client(code), expected, "{code}");
    }
    check("client.update_access_key().user_name(user)", &["UpdateAccessKey"]);
    check("let call = client\n        .list_access_keys()\n        .send();", &["ListAccessKeys"]);
    check("self.client.get_user()", &["GetUser"]);
    check("client.clone().list_users()", &[]);
    check("my_client.get_user()", &[]);
    check("fn client() -> Client { Client::from_conf(conf) }", &[]);
    check("client.get_user().send(); client.list_users()", &["GetUser", "ListUsers"]);
}

#[test]
fn every_role_takes_the_permissions_boundary() {
    let boundary = json!({ "Fn::If": [
        "HasPermissionsBoundary", { "Ref": "PermissionsBoundaryArn" }, { "Ref": "AWS::NoValue" },
    ] });
    for (id, role) in resources(&transformed(), "AWS::IAM::Role") {
        assert_eq!(role["Properties"]["PermissionsBoundary"], boundary, "{id}");
    }
}

#[test]
fn no_policy_is_broader_than_it_must_be() {
    let template = transformed();
    let mut seen = 0;
    for (id, resource) in template["Resources"].as_object().unwrap() {
        for statement in statements(resource) {
            seen += 1;
            assert!(statement["NotAction"].is_null() && statement["NotResource"].is_null(), "{id}");
            for arn in many(&statement["Resource"]) {
                assert_ne!(written(arn), "*", "{id}");
            }
            assert!(!many(&statement["Resource"]).is_empty(), "{id} names no resource");
            if statement["Effect"] == "Allow" {
                assert_ne!(statement["Principal"], "*", "{id}");
                for action in many(&statement["Action"]) {
                    assert!(!action.as_str().unwrap().contains('*'), "{id}: {action}");
                }
            }
        }
    }
    assert!(seen > 5, "the statements were not found");
}

#[test]
fn nothing_is_bound_to_one_partition() {
    for path in ["template.yaml", "samconfig.toml"] {
        assert!(!read(path).contains("arn:aws:"), "{path} names the partition `aws`");
    }
}

#[test]
fn only_the_functions_may_put_on_the_results_bus() {
    let template = transformed();
    let functions = resources(&template, "AWS::Lambda::Function");
    let roles: BTreeSet<_> =
        functions.iter().map(|(_, function)| format!("{}.Arn", role_of(function))).collect();

    let policies = resources(&template, "AWS::Events::EventBusPolicy");
    let [(_, policy)] = policies.as_slice() else { panic!("one policy: {policies:?}") };
    assert_eq!(policy["Properties"]["EventBusName"], get_att("ResultsBus", "Name"));
    let deny = &policy["Properties"]["Statement"];
    for (key, value) in [
        ("Effect", json!("Deny")),
        ("Principal", json!("*")),
        ("Action", json!("events:PutEvents")),
        ("Resource", get_att("ResultsBus", "Arn")),
    ] {
        assert_eq!(deny[key], value, "{key}");
    }
    let excepted = many(&deny["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]).into_iter();
    assert_eq!(excepted.map(written).collect::<BTreeSet<_>>(), roles);
}

#[test]
fn the_failure_queue_is_encrypted_and_kept_long() {
    let template = transformed();
    let queue = &template["Resources"]["FailureQueue"]["Properties"];
    assert_eq!(queue["SqsManagedSseEnabled"], true);
    assert_eq!(queue["MessageRetentionPeriod"], 14 * 24 * 60 * 60);

    let denied = statements(&template["Resources"]["FailureQueuePolicy"])
        .into_iter()
        .filter(|statement| statement["Effect"] == "Deny")
        .collect::<Vec<_>>();
    let [deny] = denied.as_slice() else { panic!("one denial: {denied:?}") };
    assert_eq!(deny["Principal"], "*");
    assert_eq!(deny["Action"], "sqs:*");
    assert_eq!(deny["Condition"], json!({ "Bool": { "aws:SecureTransport": "false" } }));
}

// ── Triggers, results and failures ──────────────────────────────────────────────────────────────

#[test]
fn results_and_failures_of_every_function_go_to_the_results_bus() {
    let template = transformed();
    let bus = json!({ "Destination": get_att("ResultsBus", "Arn") });
    for (id, _) in resources(&template, "AWS::Lambda::Function") {
        let configs = resources(&template, "AWS::Lambda::EventInvokeConfig");
        let config = configs
            .iter()
            .map(|(_, config)| &config["Properties"])
            .find(|config| config["FunctionName"]["Ref"] == id)
            .unwrap_or_else(|| panic!("{id} has no destinations"));
        assert_eq!(
            config["DestinationConfig"],
            json!({ "OnSuccess": bus, "OnFailure": bus }),
            "{id}"
        );
        assert_eq!(config["Qualifier"], "$LATEST", "{id}");
    }
}

#[test]
fn what_a_rule_cannot_deliver_goes_to_the_failure_queue() {
    let template = transformed();
    let queue = get_att("FailureQueue", "Arn");
    let rules = resources(&template, "AWS::Events::Rule");
    assert!(!rules.is_empty());
    for (id, rule) in rules {
        for target in many(&rule["Properties"]["Targets"]) {
            if target["Arn"] != queue {
                assert_eq!(target["DeadLetterConfig"]["Arn"], queue, "{id}");
            }
        }
        assert!(
            may_send_to_failure_queue(
                &template,
                "events.amazonaws.com",
                &get_att(id, "Arn"),
                &rule["Condition"]
            ),
            "the failure queue's policy does not allow {id}"
        );
    }
}

/// Whether the queue's policy allows the service on behalf of `source`, where `condition` holds.
fn may_send_to_failure_queue(
    template: &Value,
    service: &str,
    source: &Value,
    condition: &Value,
) -> bool {
    let policy = &template["Resources"]["FailureQueuePolicy"]["Properties"]["PolicyDocument"];
    many(&policy["Statement"]).into_iter().any(|statement| {
        let (statement, left) = match given(statement, condition) {
            Some(statement) if statement["Sid"].is_string() => (statement, &Value::Null),
            _ => (statement, condition),
        };
        let sources = many(&statement["Condition"]["ArnEquals"]["aws:SourceArn"]);
        statement["Effect"] == "Allow"
            && statement["Principal"]["Service"] == service
            && statement["Action"] == "sqs:SendMessage"
            && statement["Resource"] == get_att("FailureQueue", "Arn")
            && sources.into_iter().any(|arn| given(arn, left) == Some(source))
    })
}

#[test]
fn whatever_invokes_a_function_is_allowed_to() {
    let template = transformed();
    let functions = resources(&template, "AWS::Lambda::Function");
    let permission = |function: &str, service: &str, source: &Value, condition: &Value| {
        resources(&template, "AWS::Lambda::Permission").into_iter().any(|(_, permission)| {
            permission["Condition"] == *condition
                && permission["Properties"]
                    == json!({
                        "FunctionName": { "Ref": function },
                        "Action": "lambda:InvokeFunction",
                        "Principal": service,
                        "SourceArn": source,
                    })
        })
    };
    let mut triggers = 0;
    for (function, _) in functions {
        let arn = get_att(function, "Arn");
        for (id, rule) in resources(&template, "AWS::Events::Rule") {
            if many(&rule["Properties"]["Targets"]).iter().any(|target| target["Arn"] == arn) {
                triggers += 1;
                let source = get_att(id, "Arn");
                assert!(
                    permission(function, "events.amazonaws.com", &source, &rule["Condition"]),
                    "{id} may not invoke {function}"
                );
            }
        }
        for (id, subscription) in resources(&template, "AWS::SNS::Subscription") {
            let properties = &subscription["Properties"];
            if properties["Endpoint"] == arn {
                triggers += 1;
                let topic = &properties["TopicArn"];
                let condition = &subscription["Condition"];
                assert!(
                    permission(function, "sns.amazonaws.com", topic, condition),
                    "{id} may not invoke {function}"
                );
                let queue = get_att("FailureQueue", "Arn");
                assert_eq!(properties["RedrivePolicy"]["deadLetterTargetArn"], queue, "{id}");
                assert!(
                    may_send_to_failure_queue(&template, "sns.amazonaws.com", topic, condition),
                    "the failure queue's policy does not allow {id}"
                );
            }
        }
    }
    let permissions = resources(&template, "AWS::Lambda::Permission").len();
    assert_eq!(permissions, triggers, "one permission for each trigger");
}

#[test]
fn a_queue_invokes_asynchronously() {
    let template = transformed();
    let mappings = resources(&template, "AWS::Lambda::EventSourceMapping");
    assert!(mappings.is_empty(), "a mapping bypasses the results bus: {mappings:?}");
    let pipes = resources(&template, "AWS::Pipes::Pipe");
    assert!(!pipes.is_empty());
    for (id, pipe) in pipes {
        let parameters = &pipe["Properties"]["TargetParameters"]["LambdaFunctionParameters"];
        assert_eq!(parameters["InvocationType"], "FIRE_AND_FORGET", "{id}");
    }
}

#[test]
fn rules_match_no_more_than_they_are_for() {
    let template = transformed();
    let functions = resources(&template, "AWS::Lambda::Function");
    let pinned: Vec<Value> = functions
        .iter()
        .map(|(id, _)| json!({ "Fn::Sub": format!("${{{id}.Arn}}:$LATEST") }))
        .collect();
    for (id, rule) in resources(&template, "AWS::Events::Rule") {
        let properties = &rule["Properties"];
        let pattern = &properties["EventPattern"];
        if properties["EventBusName"] == get_att("ResultsBus", "Name") {
            assert_eq!(pattern["source"], json!(["lambda"]), "{id}");
            let resources = many(&pattern["resources"]);
            assert!(!resources.is_empty(), "{id} takes any function's records");
            assert!(resources.iter().all(|arn| pinned.contains(arn)), "{id}: {resources:?}");
        } else {
            assert!(properties["EventBusName"].is_null(), "{id} is on another bus");
            for key in ["source", "detail-type"] {
                assert!(pattern[key].is_array(), "{id} takes any {key}");
            }
        }
    }
}

#[test]
fn guardduty_findings_are_about_this_account() {
    let template = transformed();
    let pattern = &template["Resources"]["GuardDutyRule"]["Properties"]["EventPattern"];
    let expected = json!({
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": { "accountId": [{ "Ref": "AWS::AccountId" }] },
    });
    assert_eq!(pattern, &expected);
}

// ── Alarms ──────────────────────────────────────────────────────────────────────────────────────

#[test]
fn whatever_can_fail_has_an_alarm() {
    let template = transformed();
    let mut watched = BTreeSet::new();
    for (id, alarm) in resources(&template, "AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        let actions = json!({ "Fn::If": [
            "HasAlarmTopic", [{ "Ref": "AlarmTopicArn" }], { "Ref": "AWS::NoValue" },
        ] });
        assert_eq!(properties["AlarmActions"], actions, "{id}");
        assert!(properties["AlarmDescription"].is_string(), "{id}");
        for (key, value) in [("EvaluationPeriods", 1), ("DatapointsToAlarm", 1), ("Threshold", 1)] {
            assert_eq!(properties[key], value, "{id}: {key}");
        }
        each(properties, &mut |node| {
            if let Some(metric) = node["MetricName"].as_str() {
                let mut of = references(&node["Dimensions"]);
                of.remove("ResultsBus");
                watched.extend(of.into_iter().map(|resource| (metric.to_owned(), resource)));
            }
            if let Some(period) = node["Period"].as_u64() {
                assert_eq!(period, 60, "{id}");
            }
        });
    }

    let mut expected = BTreeSet::new();
    for (kind, metrics) in [
        (
            "AWS::Lambda::Function",
            ["Errors", "DestinationDeliveryFailures", "Throttles"].as_slice(),
        ),
        ("AWS::SQS::Queue", &["ApproximateNumberOfMessagesVisible"]),
        ("AWS::Events::Rule", &["FailedInvocations"]),
        ("AWS::Pipes::Pipe", &["ExecutionFailed"]),
    ] {
        for (id, _) in resources(&template, kind) {
            expected.extend(metrics.iter().map(|&metric| (metric.to_owned(), id.to_owned())));
        }
    }
    assert_eq!(watched, expected);
}
