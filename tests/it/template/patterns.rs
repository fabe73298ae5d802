//! Every event in `events/` through the patterns of the rules, resolved as CloudFormation would.
//!
//! Which rules a new event matches is recorded in `snapshots/`; what must hold of all events is
//! tested apart.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use iam_key_deactivator::event::{self, Cause, IgnoreReason, Reading};
use quamina::Quamina;
use serde_json::{Value, json};

use super::{forwarder, many, resources, template, written};
use crate::events::events;

const ACCOUNT: &str = "123456789012";
pub(super) const REGION: &str = "us-east-1";
/// The custom action of the events in `events/`.
const ACTION: &str = "arn:aws:securityhub:us-east-1:123456789012:action/custom/DeactivateKey";

/// The operators that mean the same to quamina and to EventBridge.
const OPERATORS: [&str; 7] =
    ["anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// A part of a template with its intrinsic functions replaced by what they stand for.
fn resolved(template: &Value, value: &Value) -> Value {
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
fn rules(template: &Value, bus: &Value) -> BTreeMap<String, (Value, BTreeSet<String>)> {
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
    functions: BTreeMap<String, BTreeSet<String>>,
}

impl Bus {
    pub(super) fn default(template: &Value) -> Self {
        Self::new(template, &Value::Null)
    }

    fn new(template: &Value, bus: &Value) -> Self {
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
    fn reached(&self, event: &Value) -> BTreeSet<String> {
        self.matches(event).iter().flat_map(|id| &self.functions[id]).cloned().collect()
    }
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

/// Users make rules of their own that send these; the template's schedule sends another payload.
fn is_of_users_own_rule(event: &Value) -> bool {
    event["source"] == "aws.events" || event["source"] == "example.secret-scanner"
}

#[test]
fn every_event_matches_the_recorded_rules() {
    let bus = Bus::default(template());
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, event) in bus_events() {
        let rows = bus.matches(&event).into_iter().map(|rule| {
            let functions: Vec<_> = bus.functions[&rule].iter().cloned().collect();
            format!("{rule} → {}", functions.join(", "))
        });
        table.entry(name).or_default().extend(rows);
    }
    let never: BTreeSet<String> =
        events().into_keys().filter(|name| !table.contains_key(name)).collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_json_snapshot!(
            "rules-by-event",
            json!({ "events": table, "neverOnABus": never })
        );
    });
}

/// What the code would act on reaches the function that acts on it.
#[test]
fn nothing_that_is_acted_on_is_held_back() {
    let bus = Bus::default(template());
    let mut seen = 0;
    for (name, event) in bus_events() {
        if is_of_users_own_rule(&event) {
            continue;
        }
        for reading in event::read(&event.to_string()).1 {
            let Reading::Signal(signal) = reading else { continue };
            let account = &serde_json::to_value(&signal.origin).unwrap()["accountId"];
            if account.as_str().is_some_and(|account| account != ACCOUNT) {
                continue;
            }
            seen += 1;
            let function = match signal.cause {
                Cause::Compromised | Cause::NewKey => "RespondFunction",
                Cause::Stale => "SweepFunction",
                Cause::Activation => panic!("{name} would activate a key"),
            };
            let reached = bus.reached(&event);
            assert!(reached.contains(function), "{name} does not reach {function}: {reached:?}");
        }
    }
    assert!(seen > 50, "the events were not read");
}

#[test]
fn no_event_starts_a_function_twice() {
    let bus = Bus::default(template());
    for (name, event) in bus_events() {
        let rules = bus.matches(&event);
        let starts = rules.iter().map(|rule| bus.functions[rule].len()).sum::<usize>();
        assert_eq!(starts, bus.reached(&event).len(), "{name} matches {rules:?}");
    }
}

/// A rule lets nothing through that no function would know what to do with.
#[test]
fn nothing_is_let_through_that_is_not_served() {
    let bus = Bus::default(template());
    for (name, event) in bus_events() {
        let rules = bus.matches(&event);
        if name.starts_with("unsupported-") {
            assert!(rules.is_empty(), "{name} matches {rules:?}");
        }
        let unsupported = event::read(&event.to_string()).1.iter().any(|reading| {
            matches!(reading, Reading::Ignored(ignored)
                if ignored.reason == IgnoreReason::Unsupported)
        });
        assert!(rules.is_empty() || !unsupported, "{name} matches {rules:?} in vain");
    }
}

/// EventBridge compares text letter by letter.
#[test]
fn another_spelling_or_service_matches_nothing() {
    let bus = Bus::default(template());
    for (name, event) in bus_events() {
        if bus.matches(&event).is_empty() {
            continue;
        }
        let upper = |field: &str| event[field].as_str().unwrap().to_uppercase();
        for (field, value) in [
            ("source", upper("source")),
            ("source", "aws.ec2".to_owned()),
            ("source", "custom".to_owned()),
            ("detail-type", upper("detail-type")),
            ("detail-type", "AWS API Call via Cloudtrail".to_owned()),
        ] {
            let mut changed = event.clone();
            changed[field] = value.clone().into();
            assert_eq!(bus.matches(&changed), BTreeSet::new(), "{name}, {field} is {value}");
        }
    }
}

/// What is asked of a finding is asked of one and the same.
#[test]
fn a_pattern_is_about_one_finding() {
    let bus = Bus::default(template());
    let finding = |account: &str, state: &str, kind: &str| {
        json!({
            "AwsAccountId": account,
            "RecordState": state,
            "Resources": [{ "Type": "AwsS3Bucket" }, { "Type": kind }],
        })
    };
    let event = |findings: &[Value]| {
        json!({
            "source": "aws.securityhub",
            "detail-type": "Security Hub Findings - Imported",
            "detail": { "findings": findings },
        })
    };
    let ours = finding(ACCOUNT, "ACTIVE", "AwsIamAccessKey");
    let parts = [
        finding("210987654321", "ACTIVE", "AwsIamAccessKey"),
        finding(ACCOUNT, "ARCHIVED", "AwsIamAccessKey"),
        finding(ACCOUNT, "ACTIVE", "AwsIamRole"),
    ];
    assert_eq!(bus.matches(&event(&parts)), BTreeSet::new());
    let whole = [parts.as_slice(), &[ours]].concat();
    assert_eq!(bus.matches(&event(&whole)), only(Some("RespondFunctionSecurityHub")));
}

#[test]
fn another_custom_action_is_not_listened_to() {
    let bus = Bus::default(template());
    let event = |action: &str| {
        json!({
            "source": "aws.securityhub",
            "detail-type": "Security Hub Findings - Custom Action",
            "resources": [action],
            "detail": { "findings": [{ "Resources": [{ "Type": "AwsIamAccessKey" }] }] },
        })
    };
    let functions = ["RespondFunction", "SweepFunction"];
    let both = functions.map(|function| format!("{function}SecurityHubAction"));
    assert_eq!(bus.matches(&event(ACTION)), BTreeSet::from(both));
    assert_eq!(bus.matches(&event(&ACTION.replace("DeactivateKey", "ToChat"))), BTreeSet::new());
}

/// A record as Lambda's destination puts it on the results bus.
fn record(function: &str, condition: &str, attempts: u32, answer: &Value) -> Value {
    let mut record = json!({
        "source": "lambda",
        "detail-type": format!("Lambda Function Invocation Result - {condition}"),
        "account": ACCOUNT,
        "resources": [format!("arn:aws:service:::{function}.Arn:$LATEST")],
        "detail": {
            "requestContext": { "condition": condition, "approximateInvokeCount": attempts },
            // Not even an event that looks like an answer is taken for one.
            "requestPayload": { "attention": true, "errorMessage": "x" },
        },
    });
    if !answer.is_null() {
        record["detail"]["responsePayload"] = answer.clone();
    }
    record
}

/// The answers that are recorded of every event and of later attempts, errors included.
fn answers() -> BTreeMap<String, Value> {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots");
    let answer = |file: fs::DirEntry| {
        let text = fs::read_to_string(file.path()).unwrap();
        let snapshot: Value =
            serde_json::from_str(text.splitn(3, "---\n").nth(2).unwrap()).unwrap();
        let answer = if snapshot["error"].is_null() { "answer" } else { "error" };
        (file.file_name().into_string().unwrap(), snapshot[answer].clone())
    };
    let files = ["events", "attempts"].map(|folder| fs::read_dir(snapshots.join(folder)).unwrap());
    files.into_iter().flatten().map(|file| answer(file.unwrap())).collect()
}

/// The rules that tell people, and those that tell Security Hub.
fn told(bus: &Bus, record: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut rules = bus.matches(record);
    rules.remove("FailureRule");
    rules.into_iter().partition(|rule| !rule.ends_with("WriteBackRule"))
}

fn only(rule: Option<&str>) -> BTreeSet<String> {
    rule.into_iter().map(str::to_owned).collect()
}

#[test]
fn what_needs_attention_is_told_once_and_nothing_else() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    let [mut loud, mut quiet, mut unconfirmed, mut failed, mut handled] = [0; 5];
    for (name, answer) in answers() {
        let error = !answer["errorMessage"].is_null();
        let condition = if error { "RetriesExhausted" } else { "Success" };
        let (expected, count) = match answer["attention"].as_bool() {
            None => (Some("ResultRule"), &mut failed),
            Some(true) => (Some("ResultRule"), &mut loud),
            Some(false) if answer["unconfirmed"] == true => (Some("ResultRule"), &mut unconfirmed),
            Some(false) => (None, &mut quiet),
        };
        *count += 1;
        let forms = [("asff", "WriteBackRule"), ("ocsf", "OcsfWriteBackRule")];
        let handled_in = |form: &str| !answer["writeBack"][form][0].is_null();
        let back: BTreeSet<String> =
            forms.iter().filter(|it| handled_in(it.0)).map(|it| it.1.to_owned()).collect();
        handled += back.len();
        for function in ["RespondFunction", "SweepFunction"] {
            for attempts in [1, 2] {
                let record = record(function, condition, attempts, &answer);
                let (people, hub) = told(&bus, &record);
                assert_eq!(people, only(expected), "{name}");
                assert_eq!(hub, back, "{name}");
                // Forged, or of another function, version or alias.
                for (field, value) in [
                    ("source", json!("custom")),
                    ("resources", json!(["arn:aws:service:::OtherFunction.Arn:$LATEST"])),
                    ("resources", json!([format!("arn:aws:service:::{function}.Arn")])),
                    ("resources", json!([format!("arn:aws:service:::{function}.Arn:1")])),
                ] {
                    let mut forged = record.clone();
                    forged[field] = value;
                    assert_eq!(bus.matches(&forged), BTreeSet::new(), "{name}: {field}");
                }
            }
        }
    }
    let counts = (loud, quiet, unconfirmed, failed, handled);
    assert!(loud > 20 && quiet > 20 && unconfirmed > 0, "{counts:?}");
    assert!(failed > 5 && handled > 5, "{counts:?}");
}

/// Whatever the attempt: the state machine finds out whether people know.
#[test]
fn what_a_retry_may_have_swallowed_starts_the_state_machine_once() {
    #[track_caller]
    fn check(attention: bool, unconfirmed: Option<bool>, expected: Option<&str>) {
        let template = template();
        let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
        let mut answer = json!({ "attention": attention, "counts": { "AlreadyInactive": 1 } });
        if let Some(unconfirmed) = unconfirmed {
            answer["unconfirmed"] = json!(unconfirmed);
        }
        for attempts in [1, 2, 3] {
            let record = record("RespondFunction", "Success", attempts, &answer);
            assert_eq!(told(&bus, &record).0, only(expected), "{answer}: {attempts}");
        }
    }
    check(false, Some(true), Some("ResultRule"));
    check(true, Some(true), Some("ResultRule"));
    check(true, None, Some("ResultRule"));
    check(false, Some(false), None);
    check(false, None, None);
}

/// Findings that are handled go to Security Hub, whoever else is told, and each by one rule. A failure
/// says nothing of single findings.
#[test]
fn what_was_handled_is_written_back_once() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    let asff = json!([{ "findingId": "f" }]);
    let ocsf = json!([{ "findingUid": "f" }]);
    let none = json!([]);
    for (condition, asff, ocsf, expected) in [
        ("Success", &asff, &none, ["WriteBackRule"].as_slice()),
        ("Success", &none, &ocsf, &["OcsfWriteBackRule"]),
        ("Success", &asff, &ocsf, &["OcsfWriteBackRule", "WriteBackRule"]),
        ("Success", &none, &none, &[]),
        ("RetriesExhausted", &asff, &ocsf, &[]),
    ] {
        for (attention, attempts) in [(false, 1), (false, 2), (true, 1), (true, 2)] {
            let back = json!({ "asff": asff, "ocsf": ocsf });
            let answer = json!({ "attention": attention, "writeBack": back });
            let record = record("RespondFunction", condition, attempts, &answer);
            assert_eq!(told(&bus, &record).1.into_iter().collect::<Vec<_>>(), expected, "{record}");
        }
    }
}

#[test]
fn failures_of_any_kind_are_told_once() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    for (condition, answer, expected) in [
        (
            "RetriesExhausted",
            json!({ "errorType": "KeyLeftActive", "errorMessage": "x" }),
            "ResultRule",
        ),
        ("RetriesExhausted", json!({ "errorMessage": "Task timed out" }), "ResultRule"),
        ("EventAgeExceeded", Value::Null, "UnansweredRule"),
        ("Unheard", json!({}), "UnansweredRule"),
    ] {
        let record = record("RespondFunction", condition, 3, &answer);
        assert_eq!(told(&bus, &record), (only(Some(expected)), only(None)), "{condition}");
        assert!(bus.matches(&record).contains("FailureRule"), "{condition}");
    }
}

#[test]
fn keys_that_become_active_are_looked_at_wherever_it_is_recorded() {
    let (main, forwarder) = (Bus::default(template()), Bus::default(forwarder()));
    let event = json!({
        "source": "aws.iam",
        "detail-type": "AWS API Call via CloudTrail",
        "account": ACCOUNT,
        "region": REGION,
        "detail": {
            "eventSource": "iam.amazonaws.com",
            "eventName": "UpdateAccessKey",
            "requestParameters": { "status": "Active", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
        },
    });
    assert_eq!(main.matches(&event), only(Some("KeyReactivatedRule")));
    assert!(!forwarder.matches(&event).is_empty());
    for (field, value) in [
        ("/detail/requestParameters/status", "Inactive"),
        ("/detail/eventName", "CreateUser"),
        ("/account", "210987654321"),
    ] {
        let mut other = event.clone();
        *other.pointer_mut(field).unwrap() = value.into();
        assert_eq!(main.matches(&other), BTreeSet::new(), "{field}");
    }
    let mut refused = event;
    refused["detail"]["errorCode"] = "AccessDenied".into();
    assert_eq!(main.matches(&refused), BTreeSet::new());
}

#[test]
fn what_the_respond_function_attaches_starts_nothing() {
    let bus = Bus::default(template());
    let quarantine = &events()["cloudtrail-quarantine-v3"];
    let by = |caller: Value| {
        let mut event = quarantine.clone();
        event["detail"]["userIdentity"] = caller;
        bus.matches(&event)
    };
    let role = |arn: &str| json!({ "sessionContext": { "sessionIssuer": { "arn": arn } } });
    let matched = only(Some("RespondFunctionQuarantine"));
    assert_eq!(by(quarantine["detail"]["userIdentity"].clone()), matched);
    assert_eq!(by(role("arn:aws:iam::123456789012:role/Admin")), matched);
    assert_eq!(by(json!({ "type": "IAMUser", "userName": "Carla" })), matched);
    assert_eq!(by(role("arn:aws:service:::RespondRole.Arn")), BTreeSet::new());
}

#[test]
fn failures_of_every_function_are_kept_and_nothing_else() {
    let template = template();
    let bus = Bus::new(template, &super::get_att("ResultsBus", "Name"));
    let record = |function: &str, condition: &str| {
        json!({
            "source": "lambda",
            "detail-type": "Lambda Function Invocation Result",
            "resources": [format!("arn:aws:service:::{function}.Arn:$LATEST")],
            "detail": { "requestContext": { "condition": condition } },
        })
    };
    for (function, condition, kept) in [
        ("RespondFunction", "RetriesExhausted", true),
        ("RespondFunction", "EventAgeExceeded", true),
        ("SweepFunction", "RetriesExhausted", true),
        ("ActivateKeyFunction", "RetriesExhausted", true),
        ("ActivateKeyFunction", "Success", false),
        ("RespondFunction", "Success", false),
        ("SweepFunction", "Success", false),
        ("OtherFunction", "RetriesExhausted", false),
    ] {
        let matched = bus.matches(&record(function, condition)).contains("FailureRule");
        assert_eq!(matched, kept, "{function}: {condition}");
    }
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
