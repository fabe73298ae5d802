//! The templates deploy what the code needs, and no more.
//!
//! These tests read the templates as they are written. That they do what they are for is `tests/stack`'s
//! part, which deploys them; that each default fits its parameter's pattern, and that every property is
//! known, is cfn-lint's.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the lints that `clippy.toml` allows in tests do not know their helpers"
)]

mod alarms;
mod docs;
mod event_bus;
mod forwarder;
mod patterns;
mod permissions;
mod results;
mod settings;
mod triggers;
mod yaml;

use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

use serde_json::{Value, json};

fn read(path: &str) -> String {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(full).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

/// template.yaml, with the rules that SAM makes of the functions' events.
fn template() -> &'static Value {
    static TEMPLATE: LazyLock<Value> =
        LazyLock::new(|| with_rules_of_events(yaml::parse(&read("template.yaml"))));
    &TEMPLATE
}

fn with_rules_of_events(mut template: Value) -> Value {
    let mut rules = Vec::new();
    for (function, definition) in functions(&template) {
        // Only the activate function has none.
        let events = definition["Properties"]["Events"].as_object();
        for (event, definition) in events.into_iter().flatten() {
            assert_eq!(definition["Type"], "EventBridgeRule", "{function}: {event}");
            rules
                .push((format!("{function}{event}"), rule_of(function, &definition["Properties"])));
        }
    }
    let resources = template["Resources"].as_object_mut().unwrap();
    resources.extend(rules);
    template
}

fn rule_of(function: &str, event: &Value) -> Value {
    let mut target = json!({ "Arn": get_att(function, "Arn") });
    for key in ["Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig"] {
        target[key] = event[key].clone();
    }
    json!({
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": event["EventBusName"],
            "EventPattern": event["Pattern"],
            "State": event["State"],
            "Targets": [target],
        },
    })
}

/// regional-forwarder.yaml.
fn forwarder() -> &'static Value {
    static TEMPLATE: LazyLock<Value> =
        LazyLock::new(|| yaml::parse(&read("regional-forwarder.yaml")));
    &TEMPLATE
}

/// Logical ID and definition of every resource of a type.
fn resources<'a>(template: &'a Value, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let all = template["Resources"].as_object().unwrap().iter();
    all.filter(|(_, resource)| resource["Type"] == kind)
        .map(|(id, resource)| (id.as_str(), resource))
        .collect()
}

fn functions(template: &Value) -> Vec<(&str, &Value)> {
    resources(template, "AWS::Serverless::Function")
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
        _ if arn["Fn::If"].is_array() => {
            let [one, other] = [1, 2].map(|branch| written(&arn["Fn::If"][branch]));
            format!("{one} or {other}")
        }
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

/// What stands there if its condition holds, whichever that is.
fn if_at_all(value: &Value) -> &Value {
    match &value["Fn::If"] {
        Value::Null => value,
        branches => &branches[1],
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

/// The role of a function, by logical ID.
fn role_of(function: &Value) -> String {
    let role = written(&function["Properties"]["Role"]);
    role.strip_suffix(".Arn").unwrap_or_else(|| panic!("not a role's ARN: {role}")).to_owned()
}

/// The statements of a role's policies, or of a resource's policy, conditional ones included.
fn statements(resource: &Value) -> Vec<&Value> {
    let properties = &resource["Properties"];
    let inline = many(&properties["Policies"]).into_iter().map(|policy| &policy["PolicyDocument"]);
    let attached = [&properties["PolicyDocument"], properties].into_iter();
    inline
        .chain(attached)
        .flat_map(|document| many(&document["Statement"]))
        .map(if_at_all)
        .collect()
}

/// Whether a queue's policy allows the service to send on behalf of `source`, where `condition`
/// holds.
fn may_send(
    template: &Value,
    queue: &str,
    service: &str,
    source: &Value,
    condition: &Value,
) -> bool {
    let policies = resources(template, "AWS::SQS::QueuePolicy");
    let of_queue = policies
        .iter()
        .map(|(_, policy)| &policy["Properties"])
        .filter(|policy| policy["Queues"] == json!([{ "Ref": queue }]));
    of_queue.flat_map(|policy| many(&policy["PolicyDocument"]["Statement"])).any(|statement| {
        let (statement, left) = match given(statement, condition) {
            Some(statement) if statement["Sid"].is_string() => (statement, &Value::Null),
            _ => (statement, condition),
        };
        let sources = many(&statement["Condition"]["ArnEquals"]["aws:SourceArn"]);
        statement["Effect"] == "Allow"
            && statement["Principal"]["Service"] == service
            && statement["Action"] == "sqs:SendMessage"
            && statement["Resource"] == get_att(queue, "Arn")
            && sources.into_iter().any(|arn| {
                given(arn, left) == Some(source) || given(arn, &Value::Null) == Some(source)
            })
    })
}
