//! A bus of EventBridge: the rules of a template, with their patterns resolved as CloudFormation would, and
//! matched by quamina as EventBridge does.

use std::collections::{BTreeMap, BTreeSet};

use quamina::Quamina;
use serde_json::{Value, json};

use super::{forwarder, many, resources, template, written};
use crate::events::events;

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const REGION: &str = "us-east-1";
/// The custom action of the events in `events/`.
pub(super) const ACTION: &str =
    "arn:aws:securityhub:us-east-1:123456789012:action/custom/DeactivateKey";

/// The operators that mean the same to quamina and to EventBridge.
const OPERATORS: [&str; 7] =
    ["anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// A part of a template with its intrinsic functions replaced by what they stand for.
pub(super) fn resolved(template: &Value, value: &Value) -> Value {
    render(value, &|name| referred(template, name))
}

fn render(value: &Value, referred: &dyn Fn(&Value) -> String) -> Value {
    let first = value.as_object().and_then(|fields| fields.iter().next());
    match (value, first) {
        (_, Some((function, name))) if function == "Ref" => referred(name).into(),
        (_, Some((function, path))) if function == "Fn::GetAtt" => {
            let path: Vec<_> = many(path).into_iter().filter_map(Value::as_str).collect();
            referred(&path.join(".").into()).into()
        }
        (_, Some((function, text))) if function == "Fn::Sub" => {
            let mut parts = text.as_str().unwrap().split("${");
            let mut whole = parts.next().unwrap().to_owned();
            for part in parts {
                let (name, rest) = part.split_once('}').unwrap();
                whole += &referred(&name.into());
                whole += rest;
            }
            whole.into()
        }
        // As if everything were switched on.
        (_, Some((function, branches))) if function == "Fn::If" => render(&branches[1], referred),
        (_, Some((function, _))) if function.starts_with("Fn::") => {
            panic!("{function} is not known here")
        }
        (Value::Object(fields), _) => fields
            .iter()
            .map(|(name, field)| (name.clone(), render(field, referred)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        (Value::Array(items), _) => items.iter().map(|item| render(item, referred)).collect(),
        (other, _) => other.clone(),
    }
}

fn referred(template: &Value, name: &Value) -> String {
    match name.as_str().unwrap() {
        "AWS::AccountId" => ACCOUNT.to_owned(),
        "AWS::Partition" => "aws".to_owned(),
        "AWS::Region" => REGION.to_owned(),
        "SecurityHubActionArn" => ACTION.to_owned(),
        resource if resource.ends_with(".Arn") => format!("arn:aws:service:::{resource}"),
        parameter => match &template["Parameters"][parameter]["Default"] {
            Value::String(default) => default.clone(),
            other => panic!("{parameter} is {other}"),
        },
    }
}

/// The patterns that a pattern stands for, without what quamina does not know: `$or`, and lists in which
/// `exists` stands beside other values.
fn alternatives(pattern: &Value) -> Vec<Value> {
    let mut all = vec![serde_json::Map::new()];
    for (field, inner) in pattern.as_object().unwrap() {
        let choices: Vec<Value> = match inner {
            Value::Array(branches) if field == "$or" => {
                branches.iter().flat_map(alternatives).collect()
            }
            Value::Array(values) => {
                let (exists, others): (Vec<Value>, Vec<Value>) =
                    values.iter().cloned().partition(|value| !value["exists"].is_null());
                let lists = [exists, others].into_iter().filter(|list| !list.is_empty());
                lists.map(|list| json!({ field: list })).collect()
            }
            _ => alternatives(inner).into_iter().map(|inner| json!({ field: inner })).collect(),
        };
        all = all.iter().flat_map(|one| choices.iter().map(|other| both(one, other))).collect();
    }
    all.into_iter().map(Value::Object).collect()
}

/// EventBridge would keep the last of two conditions on a field, whatever order that is.
fn both(one: &serde_json::Map<String, Value>, other: &Value) -> serde_json::Map<String, Value> {
    let mut whole = one.clone();
    for (field, inner) in other.as_object().unwrap() {
        let twice = whole.insert(field.clone(), inner.clone());
        assert!(twice.is_none(), "{field} is beside $or and in it");
    }
    whole
}

/// Pattern and functions of each rule of a bus; `None` is the default bus.
pub(super) fn rules(template: &Value, bus: &Value) -> BTreeMap<String, (Value, BTreeSet<String>)> {
    resources(template, "AWS::Events::Rule")
        .into_iter()
        .map(|(id, rule)| (id, &rule["Properties"]))
        .filter(|(_, rule)| rule["EventBusName"] == *bus)
        .map(|(id, rule)| {
            let functions = many(&rule["Targets"])
                .into_iter()
                .filter_map(|target| {
                    written(&target["Arn"]).strip_suffix(".Arn").map(str::to_owned)
                })
                .collect();
            (id.to_owned(), (resolved(template, &rule["EventPattern"]), functions))
        })
        .collect()
}

/// The rules of a bus, all of them switched on.
pub(super) struct Bus {
    quamina: Quamina<String>,
    pub(super) functions: BTreeMap<String, BTreeSet<String>>,
}

impl Bus {
    pub(super) fn default(template: &Value) -> Self {
        Self::new(template, &Value::Null)
    }

    pub(super) fn new(template: &Value, bus: &Value) -> Self {
        let mut quamina = Quamina::new();
        let mut all = BTreeMap::new();
        for (id, (pattern, functions)) in rules(template, bus) {
            for pattern in alternatives(&pattern) {
                let added = quamina.add_pattern(id.clone(), &pattern.to_string());
                added.unwrap_or_else(|error| panic!("{id}: {error}"));
            }
            all.insert(id, functions);
        }
        assert!(!all.is_empty(), "no rules");
        Self { quamina, functions: all }
    }

    /// The rules that match.
    pub(super) fn matches(&self, event: &Value) -> BTreeSet<String> {
        let event = event.to_string();
        self.quamina.matches_for_event(event.as_bytes()).unwrap().into_iter().collect()
    }

    /// The functions that get it.
    pub(super) fn reached(&self, event: &Value) -> BTreeSet<String> {
        self.matches(event).iter().flat_map(|id| &self.functions[id]).cloned().collect()
    }
}

/// This rule, or no rule.
pub(super) fn only(rule: Option<&str>) -> BTreeSet<String> {
    rule.into_iter().map(str::to_owned).collect()
}

/// The events of EventBridge in a payload, out of whatever transport they came by. What was never on
/// a bus has none: direct calls, what a secret scanner sends, what an input transformer left.
fn on_the_bus(payload: &Value) -> Vec<Value> {
    let inside = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        serde_json::from_str(text).map(|inner: Value| on_the_bus(&inner)).unwrap_or_default()
    };
    if ["source", "detail-type", "detail"].iter().all(|field| !payload[field].is_null()) {
        return vec![payload.clone()];
    }
    let records = payload.as_array().or(payload["Records"].as_array());
    if let Some(records) = records {
        return records.iter().flat_map(on_the_bus).collect();
    }
    [&payload["Sns"]["Message"], &payload["body"], &payload["Message"], payload]
        .into_iter()
        .flat_map(inside)
        .collect()
}

/// Every event that comes by a bus, with the name of its file.
pub(super) fn bus_events() -> Vec<(String, Value)> {
    let all = events().into_iter();
    all.flat_map(|(name, payload)| {
        on_the_bus(&payload).into_iter().map(move |event| (name.clone(), event))
    })
    .collect()
}

/// Where quamina and EventBridge differ, a pattern that passes here could fail there.
#[test]
fn patterns_use_only_what_the_matcher_knows() {
    for template in [template(), forwarder()] {
        for (id, rule) in resources(template, "AWS::Events::Rule") {
            for pattern in alternatives(&resolved(template, &rule["Properties"]["EventPattern"])) {
                assert_eq!(unknown(&pattern), Vec::<String>::new(), "{id}");
            }
        }
    }
    for (pattern, expected) in [
        (json!({ "detail": { "ip": [{ "cidr": "10.0.0.0/8" }] } }), "ip"),
        // A number from a parameter is a string.
        (json!({ "detail": { "severity": [{ "numeric": [">", "7"] }] } }), "severity"),
        (json!({ "detail": { "type": [{ "anything-but": { "prefix": "a" } }] } }), "type"),
    ] {
        assert_eq!(unknown(&pattern), [expected], "{pattern}");
    }
}

/// EventBridge's quota for the characters of a pattern.
#[test]
fn no_pattern_is_too_long_whatever_is_set() {
    let account = "1".repeat(12);
    let function = format!("arn:aws-us-gov:lambda:us-gov-west-1:{account}:function:{:f>64}", "");
    let hub = format!("arn:aws-us-gov:securityhub:us-gov-west-1:{account}");
    let action = format!("{hub}:action/custom/{:a>64}", "");
    let longest = |name: &Value| match name.as_str().unwrap() {
        "AWS::AccountId" => account.clone(),
        "AWS::Region" => "ap-southeast-10".to_owned(),
        "SecurityHubActionArn" => action.clone(),
        resource if resource.ends_with("Function.Arn") => function.clone(),
        "RespondRole.Arn" => format!("arn:aws-us-gov:iam::{account}:role/{:r>64}", ""),
        other => panic!("how long is {other}?"),
    };
    for template in [template(), forwarder()] {
        let rules = resources(template, "AWS::Events::Rule");
        assert!(!rules.is_empty());
        for (id, rule) in rules {
            let pattern = render(&rule["Properties"]["EventPattern"], &longest).to_string();
            assert!(pattern.chars().count() <= 2048, "{id}: {}", pattern.len());
        }
    }
}

#[test]
fn alternatives_are_what_a_pattern_stands_for() {
    #[track_caller]
    fn check(pattern: &Value, expected: &[Value]) {
        assert_eq!(alternatives(pattern), expected);
    }
    check(
        &json!({ "a": ["x"], "b": { "c": ["y"] } }),
        &[json!({ "a": ["x"], "b": { "c": ["y"] } })],
    );
    check(
        &json!({ "a": { "$or": [{ "b": ["x"] }, { "c": ["y"] }], "d": ["z"] } }),
        &[json!({ "a": { "b": ["x"], "d": ["z"] } }), json!({ "a": { "c": ["y"], "d": ["z"] } })],
    );
    check(
        &json!({ "a": ["x", { "exists": false }] }),
        &[json!({ "a": [{ "exists": false }] }), json!({ "a": ["x"] })],
    );
}

#[test]
#[should_panic(expected = "is beside $or and in it")]
fn a_field_beside_or_and_in_it_is_found() {
    alternatives(&json!({ "$or": [{ "a": ["x"] }, { "b": ["y"] }], "a": ["z"] }));
}

/// The fields of a pattern that ask for what means something else to quamina, or nothing.
fn unknown(pattern: &Value) -> Vec<String> {
    let fields = pattern.as_object().unwrap().iter();
    fields
        .flat_map(|(field, inner)| match inner {
            Value::Array(values) => {
                let known = !field.starts_with('$') && values.iter().all(|it| is_known(it, values));
                if known { Vec::new() } else { vec![field.clone()] }
            }
            inner => unknown(inner),
        })
        .collect()
}

fn is_known(value: &Value, among: &[Value]) -> bool {
    let Value::Object(operator) = value else { return value.is_string() || value.is_boolean() };
    let [(name, operand)] = operator.iter().collect::<Vec<_>>()[..] else { return false };
    OPERATORS.contains(&name.as_str())
        && match name.as_str() {
            // quamina lets the other values of the list decide.
            "exists" => operand.is_boolean() && among.len() == 1,
            "anything-but" => many(operand).iter().all(|operand| operand.is_string()),
            // A whole number that is written in the template.
            "numeric" => operand[0] == ">" && operand[1].is_u64() && operand[2].is_null(),
            _ => operand.is_string(),
        }
}
