//! Who may do what.

use std::collections::BTreeSet;

use fake_aws::iam::{DENIED, Fault, Iam, Key, Status, User, World};
use serde_json::{Value, json};

use super::{
    each, forwarder, functions, get_att, if_at_all, many, resources, role_of, statements, template,
    written,
};
use crate::{
    events::{OPTED_IN, events},
    invoke::Function,
    worlds::{self, SETTINGS},
};

const USERS: &str = "arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*";

/// A role, the condition under which it may, on what, and what it may do.
type Row<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

#[track_caller]
fn check(template: &Value, table: &[Row]) {
    let line = |role: &str, condition: &str, arn: &str, action: &str| {
        format!("{role} may {action} on {arn} {condition}")
    };
    let mut expected = BTreeSet::new();
    for (role, condition, arn, actions) in table {
        expected.extend(actions.iter().map(|action| line(role, condition, arn, action)));
    }
    let mut allowed = BTreeSet::new();
    for (id, role) in resources(template, "AWS::IAM::Role") {
        assert!(role["Properties"]["ManagedPolicyArns"].is_null(), "{id} has managed policies");
        for statement in many(&role["Properties"]["Policies"])
            .into_iter()
            .flat_map(|policy| many(&policy["PolicyDocument"]["Statement"]))
        {
            let condition = statement["Fn::If"][0].as_str().or(role["Condition"].as_str());
            let statement = if_at_all(statement);
            assert_eq!(statement["Effect"], "Allow", "{id}");
            for action in many(&statement["Action"]) {
                for arn in many(&statement["Resource"]) {
                    let action = action.as_str().unwrap();
                    allowed.insert(line(id, condition.unwrap_or_default(), &written(arn), action));
                }
            }
        }
    }
    assert_eq!(allowed, expected);
    for kind in ["AWS::IAM::Policy", "AWS::IAM::RolePolicy"] {
        assert!(resources(template, kind).is_empty(), "{kind} is not in the table above");
    }
}

#[test]
fn each_role_may_do_exactly_this() {
    let logs: &[&str] = &["logs:CreateLogStream", "logs:PutLogEvents"];
    let encrypt: &[&str] = &["kms:Decrypt", "kms:GenerateDataKey"];
    let reads: &[&str] = &["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey"];
    let looks: &[&str] = &["iam:GetUser", "iam:ListGroupsForUser", "iam:ListUserTags"];
    let tags: &[&str] = &["iam:TagUser", "iam:UntagUser"];
    let account: &[&str] =
        &["iam:GenerateCredentialReport", "iam:GetCredentialReport", "iam:ListUsers"];
    let hub = |resource: &str| {
        format!(
            "arn:${{AWS::Partition}}:securityhub:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"
        )
    };
    let (hub_v1, hub_v2) = (hub("hub/default"), hub("hubv2/*"));
    let chat = "ChatTopic or ChatTopicArn";
    let table: &[Row] = &[
        ("RespondRole", "", USERS, reads),
        ("RespondRole", "HasPathsExemptFromNewKeys", USERS, &["iam:GetUser"]),
        ("RespondRole", "DeniesSessions", USERS, &["iam:AttachUserPolicy"]), // one only, see below
        ("RespondRole", "", "RespondLogGroup.Arn", logs),
        ("RespondRole", "", "ResultsBus.Arn", &["events:PutEvents"]),
        ("SweepRole", "", "*", account),
        ("SweepRole", "", USERS, reads),
        ("SweepRole", "", USERS, looks),
        ("SweepRole", "", USERS, tags), // only our own, see below
        ("SweepRole", "", "SweepLogGroup.Arn", logs),
        ("SweepRole", "", "ResultsBus.Arn", &["events:PutEvents"]),
        ("ActivateRole", "HasActivateFunction", USERS, reads),
        ("ActivateRole", "HasActivateFunction", USERS, &["iam:ListUserTags"]),
        ("ActivateRole", "HasActivateFunction", USERS, tags), // only our own, see below
        ("ActivateRole", "DeniesSessions", USERS, &["iam:DetachUserPolicy"]), // one only, see below
        ("ActivateRole", "HasActivateFunction", "ActivateLogGroup.Arn", logs),
        ("ActivateRole", "HasActivateFunction", "ResultsBus.Arn", &["events:PutEvents"]),
        ("ScheduledSweepRole", "HasSweepSchedule", "SweepFunction.Arn", &["lambda:InvokeFunction"]),
        ("ScheduledSweepRole", "HasSweepSchedule", "FailureQueue.Arn", &["sqs:SendMessage"]),
        ("ScheduledSweepRole", "HasKmsKey", "KmsKeyArn", encrypt),
        ("NotifyStartRole", "", "NotifyStateMachine", &["states:StartExecution"]),
        (
            "NotifyStartRole",
            "HasSecurityHubWriteBack",
            "WriteBackStateMachine",
            &["states:StartExecution"],
        ),
        (
            "NotifyStartRole",
            "HasSecurityHubOcsfWriteBack",
            "OcsfWriteBackStateMachine",
            &["states:StartExecution"],
        ),
        ("NotifyRole", "", "NotificationTopic or NotificationTopicArn", &["sns:Publish"]),
        ("NotifyRole", "HasChatTopic", chat, &["sns:Publish"]),
        ("NotifyRole", "HasKmsKey", "KmsKeyArn", encrypt),
        ("NotifyRole", "", USERS, &["iam:ListUserTags", "iam:TagUser"]),
        ("NotifyRole", "HasKeyReactivatedEvents", USERS, &["iam:GetAccessKeyLastUsed"]),
        ("NotifyRole", "HasKeyReactivatedEvents", USERS, &["iam:UntagUser"]),
        ("WriteBackRole", "HasAnyWriteBack", &hub_v1, &["securityhub:BatchUpdateFindings"]),
        ("WriteBackRole", "HasAnyWriteBack", &hub_v2, &["securityhub:BatchUpdateFindings"]),
    ];
    check(template(), table);
}

#[test]
fn the_forwarders_role_may_only_forward() {
    let bus = "arn:${AWS::Partition}:events:${MainRegion}:${AWS::AccountId}:event-bus/default";
    check(forwarder(), &[("ForwardRole", "", bus, &["events:PutEvents"])]);
}

/// Tags decide about permissions elsewhere, and exempt users here.
#[test]
fn only_tags_of_our_own_are_changed() {
    const NOTICE: &str = "key-deactivator:notice:*";
    const MARK: &str = "key-deactivator:deactivated:*";
    const NOTE: &str = "key-deactivator:activated:*";
    #[track_caller]
    fn check(role: &str, expected: &[(&str, &[&str])]) {
        let mut tagging = Vec::new();
        for statement in statements(&template()["Resources"][role]) {
            let condition = &statement["Condition"];
            let tags = many(&condition["ForAllValues:StringLike"]["aws:TagKeys"]);
            let only_if = |tag: &Value| match &tag["Fn::If"][0] {
                Value::Null => String::new(),
                condition => format!(" if {}", condition.as_str().unwrap()),
            };
            let tag = |tag: &Value| if_at_all(tag).as_str().unwrap().to_owned() + &only_if(tag);
            let tags: Vec<_> = tags.into_iter().map(tag).collect();
            let actions = many(&statement["Action"]).into_iter().filter_map(Value::as_str);
            for action in actions.filter(|action| action.ends_with("agUser")) {
                // Without this, no tag at all fits, too.
                assert_eq!(condition["Null"], json!({ "aws:TagKeys": "false" }), "{role}");
                tagging.push((action, tags.clone()));
            }
        }
        let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        let expected: Vec<(_, Vec<String>)> =
            expected.iter().map(|(action, tags)| (*action, owned(tags))).collect();
        assert_eq!(tagging, expected, "{role}");
    }
    // Of a key that was activated: only where there is a function that does it.
    let note = &*format!("{NOTE} if HasActivateFunction");
    check("SweepRole", &[("iam:TagUser", &[NOTICE]), ("iam:UntagUser", &[NOTICE, MARK, note])]);
    check("NotifyRole", &[("iam:TagUser", &[MARK]), ("iam:UntagUser", &[MARK, note])]);
    check("ActivateRole", &[("iam:TagUser", &[NOTE]), ("iam:UntagUser", &[MARK])]);
}

/// With it the role can take permissions away, and give none.
#[test]
fn only_a_policy_that_denies_is_attached_or_detached() {
    let template = template();
    let policies = resources(template, "AWS::IAM::ManagedPolicy");
    let [(id, policy)] = policies.as_slice() else { panic!("one policy: {policies:?}") };
    assert_eq!((*id, policy["Condition"].as_str()), ("SessionPolicy", Some("DeniesSessions")));
    for statement in many(&policy["Properties"]["PolicyDocument"]["Statement"]) {
        assert_eq!(statement["Effect"], "Deny");
    }
    let mut attaching = Vec::new();
    for (id, _) in resources(template, "AWS::IAM::Role") {
        for statement in statements(&template["Resources"][id]) {
            let actions = many(&statement["Action"]).into_iter().filter_map(Value::as_str);
            let attaches = actions.filter(|action| action.contains("Policy")).count();
            attaching.extend((attaches > 0).then(|| (id, statement["Condition"].clone())));
        }
    }
    let one = json!({ "ArnEquals": { "iam:PolicyARN": { "Ref": "SessionPolicy" } } });
    assert_eq!(attaching, [("ActivateRole", one.clone()), ("RespondRole", one)]);
    assert!(resources(forwarder(), "AWS::IAM::ManagedPolicy").is_empty());
}

/// Whatever event comes, and with the credential report or without.
#[tokio::test(start_paused = true)]
async fn functions_may_call_exactly_what_they_call() {
    let without_report = Fault::always("GetCredentialReport", DENIED);
    let sweep =
        |faults: &[Fault]| (worlds::of_sweeps(), events()["direct-sweep"].clone(), faults.to_vec());
    let mut runs = vec![sweep(&[]), sweep(&[without_report])];
    runs.extend(events().into_values().map(|event| (worlds::of_events(), event, Vec::new())));
    let marked = User::new("Bob").tag("key-deactivator:deactivated:AKIAIOSFODNN7EXAMPLE", "");
    let marked = marked.key(Key::new("AKIAIOSFODNN7EXAMPLE").status(Status::Inactive));
    let call = events()["direct-activate"].clone();
    runs.push((World::new().with(marked), call, Vec::new()));
    let policy = "arn:aws:iam::123456789012:policy/SessionPolicy";
    let activate = [("FUNCTION", "activate"), ("DENY_SESSIONS", policy)];
    let respond = [OPTED_IN.as_slice(), &[("FUNCTION", "respond")]].concat();
    for (role, settings) in
        [("RespondRole", respond.as_slice()), ("SweepRole", &SETTINGS), ("ActivateRole", &activate)]
    {
        let mut called = BTreeSet::new();
        for (world, event, faults) in &runs {
            let iam = Iam::start(world.clone()).await;
            for fault in faults {
                iam.fault(fault.clone());
            }
            // What comes of it is for other tests.
            let _ = Function::new(&iam, settings).handle(event).await;
            called.extend(iam.requests().into_iter().map(|call| format!("iam:{}", call.action)));
        }
        let statements = statements(&template()["Resources"][role]).into_iter();
        let allowed = statements.flat_map(|it| many(&it["Action"])).filter_map(Value::as_str);
        let of_iam: BTreeSet<_> =
            allowed.filter(|action| action.starts_with("iam:")).map(str::to_owned).collect();
        assert_eq!(of_iam, called, "{role}");
    }
}

#[test]
fn every_role_takes_the_permissions_boundary() {
    let boundary = json!({ "Fn::If": [
        "HasPermissionsBoundary", { "Ref": "PermissionsBoundaryArn" }, { "Ref": "AWS::NoValue" },
    ] });
    for template in [template(), forwarder()] {
        for (id, role) in resources(template, "AWS::IAM::Role") {
            assert_eq!(role["Properties"]["PermissionsBoundary"], boundary, "{id}");
        }
    }
}

#[test]
fn no_service_acts_for_another_account() {
    for template in [template(), forwarder()] {
        for (id, role) in resources(template, "AWS::IAM::Role") {
            let trust = &role["Properties"]["AssumeRolePolicyDocument"]["Statement"];
            for statement in many(trust) {
                // Lambda takes a role only from a function that has it, and that is ours.
                if statement["Principal"]["Service"] != "lambda.amazonaws.com" {
                    let account = &statement["Condition"]["StringEquals"]["aws:SourceAccount"];
                    assert_eq!(account, &json!({ "Ref": "AWS::AccountId" }), "{id}");
                }
            }
        }
    }
}

#[test]
fn no_policy_is_broader_than_it_must_be() {
    // IAM knows no resource for these.
    let accountwide =
        json!(["iam:GenerateCredentialReport", "iam:GetCredentialReport", "iam:ListUsers",]);
    for template in [template(), forwarder()] {
        let mut seen = 0;
        for (id, resource) in template["Resources"].as_object().unwrap() {
            for statement in statements(resource) {
                seen += 1;
                assert!(statement["NotAction"].is_null(), "{id}");
                assert!(statement["NotResource"].is_null(), "{id}");
                for arn in many(&statement["Resource"]) {
                    let exempt = id == "SweepRole" && statement["Action"] == accountwide
                        || id == "SessionPolicy" && statement["Effect"] == "Deny";
                    assert!(exempt || written(arn) != "*", "{id}");
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
        assert!(seen >= 3, "the statements were not found");
    }
}

#[test]
fn nothing_is_bound_to_one_partition() {
    let mut seen = 0;
    for template in [template(), forwarder()] {
        each(&template["Resources"], &mut |value| {
            let Some(arn) = value.as_str().filter(|text| text.starts_with("arn:")) else { return };
            seen += 1;
            let any = ["arn:${AWS::Partition}:", "arn:*:"];
            assert!(any.iter().any(|any| arn.starts_with(any)), "{arn}");
        });
    }
    assert!(seen > 10, "{seen} ARNs");
}

#[test]
fn only_the_functions_may_put_on_the_results_bus() {
    let template = template();
    let roles: BTreeSet<_> = functions(template)
        .iter()
        .map(|(_, function)| format!("{}.Arn", role_of(function)))
        .collect();
    assert_eq!(roles.len(), 3, "a role for each function");

    let policies = resources(template, "AWS::Events::EventBusPolicy");
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
    assert_eq!(excepted.map(if_at_all).map(written).collect::<BTreeSet<_>>(), roles);
}

#[test]
fn queues_are_encrypted_and_keep_long() {
    for (template, id) in [(template(), "FailureQueue"), (forwarder(), "UndeliveredQueue")] {
        let queues = resources(template, "AWS::SQS::Queue");
        let [(name, queue)] = queues.as_slice() else { panic!("one queue: {queues:?}") };
        assert_eq!(*name, id);
        let managed = &queue["Properties"]["SqsManagedSseEnabled"];
        assert!(*managed == true || *managed == with_key(&no_value(), &json!(true)), "{id}");
        assert_eq!(queue["Properties"]["MessageRetentionPeriod"], 14 * 24 * 60 * 60);

        let denied = statements(&template["Resources"][format!("{id}Policy")])
            .into_iter()
            .filter(|statement| statement["Effect"] == "Deny")
            .collect::<Vec<_>>();
        let [deny] = denied.as_slice() else { panic!("one denial: {denied:?}") };
        assert_eq!(deny["Principal"], "*");
        assert_eq!(deny["Action"], "sqs:*");
        assert_eq!(deny["Condition"], json!({ "Bool": { "aws:SecureTransport": "false" } }));
    }
}

fn no_value() -> Value {
    json!({ "Ref": "AWS::NoValue" })
}

fn with_key(given: &Value, otherwise: &Value) -> Value {
    json!({ "Fn::If": ["HasKmsKey", given, otherwise] })
}

#[test]
fn what_is_kept_is_encrypted_with_the_key_that_is_given() {
    let template = template();
    let key = json!({ "Ref": "KmsKeyArn" });
    let mut seen = 0;
    for (kind, property, otherwise) in [
        ("AWS::SQS::Queue", "KmsMasterKeyId", no_value()),
        ("AWS::SNS::Topic", "KmsMasterKeyId", json!("alias/aws/sns")),
        ("AWS::Logs::LogGroup", "KmsKeyId", no_value()),
        ("AWS::Events::EventBus", "KmsKeyIdentifier", no_value()),
    ] {
        for (id, resource) in resources(template, kind) {
            seen += 1;
            // CloudWatch cannot use SNS's own key.
            let otherwise = if id == "AlarmTopic" { &no_value() } else { &otherwise };
            assert_eq!(resource["Properties"][property], with_key(&key, otherwise), "{id}");
        }
    }
    assert_eq!(seen, 8);
}

#[test]
fn topics_are_published_to_over_tls_only() {
    let template = template();
    for (id, topic) in resources(template, "AWS::SNS::Topic") {
        let policy = &template["Resources"][format!("{id}Policy")];
        assert_eq!(policy["Condition"], topic["Condition"]);
        assert_eq!(policy["Properties"]["Topics"], json!([{ "Ref": id }]));
        let (denied, allowed): (Vec<_>, Vec<_>) =
            statements(policy).into_iter().partition(|it| it["Effect"] == "Deny");
        // What a role publishes to, the role's policy allows.
        let alarms = usize::from(id == "AlarmTopic");
        assert_eq!(allowed.len(), alarms, "{id}");
        for statement in allowed {
            assert_eq!(statement["Principal"], json!({ "Service": "cloudwatch.amazonaws.com" }));
            let account = &statement["Condition"]["StringEquals"]["aws:SourceAccount"];
            assert_eq!(*account, json!({ "Ref": "AWS::AccountId" }));
        }
        let [deny] = denied.as_slice() else { panic!("one: {denied:?}") };
        assert_eq!(deny["Action"], "sns:Publish");
        assert_eq!(deny["Condition"], json!({ "Bool": { "aws:SecureTransport": "false" } }));
    }
}
