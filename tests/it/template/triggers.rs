//! What starts the functions, and where results and failures go.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    functions, get_att, if_at_all, many, references, resources, statements, template, written,
};

const FAILURE_QUEUE: &str = "FailureQueue";

#[test]
fn results_and_failures_of_every_function_go_to_the_results_bus() {
    let bus = json!({ "Type": "EventBridge", "Destination": get_att("ResultsBus", "Arn") });
    let all = &template()["Globals"]["Function"]["EventInvokeConfig"];
    assert_eq!(all["DestinationConfig"], json!({ "OnSuccess": bus, "OnFailure": bus }));
    assert_eq!(all["MaximumRetryAttempts"], 2);
    for (id, function) in functions(template()) {
        let own = &function["Properties"]["EventInvokeConfig"];
        // A sweep is not tried again: the next one goes on. Neither is an activation: a person decides.
        let retries = json!({ "MaximumRetryAttempts": 0 });
        assert_eq!(*own, if id == "RespondFunction" { Value::Null } else { retries }, "{id}");
    }
}

/// Events, topics and queues are written by others. None may activate a key.
#[test]
fn nothing_triggers_the_activate_function() {
    const ACTIVATE: &str = "ActivateKeyFunction";
    let template = template();
    let function = &template["Resources"][ACTIVATE];
    assert_eq!(function["Condition"], "HasActivateFunction");
    for property in ["Events", "FunctionUrlConfig", "AutoPublishAlias"] {
        assert!(function["Properties"][property].is_null(), "{property}");
    }
    // Its alarms, the rules on its results and the state machine that sends them on name it. Nothing
    // else does: no rule's target, no subscription, schedule, mapping or permission, no role's policy.
    let naming = template["Resources"].as_object().unwrap().iter();
    let naming = naming.filter(|(_, resource)| references(resource).contains(ACTIVATE));
    let naming: Vec<_> = naming.map(|(id, resource)| (id.as_str(), resource)).collect();
    let names: BTreeSet<_> = naming.iter().map(|(id, _)| *id).collect();
    let expected = [
        "ActivateErrorAlarm",
        "DestinationAlarm",
        "FailureRule",
        "NotifyStateMachine",
        "ResultRule",
        "ThrottleAlarm",
        "UnansweredRule",
    ];
    assert_eq!(names, expected.into());
    for (id, resource) in naming {
        let targets = &resource["Properties"]["Targets"];
        assert!(!references(targets).contains(ACTIVATE), "{id} invokes it");
    }
}

#[test]
fn no_queue_is_polled() {
    let template = template();
    let mappings = resources(template, "AWS::Lambda::EventSourceMapping");
    assert!(mappings.is_empty(), "a mapping bypasses the results bus: {mappings:?}");
    // In ten Regions there are no pipes: the template would not deploy there.
    assert!(resources(template, "AWS::Pipes::Pipe").is_empty());
}

#[test]
fn the_schedule_asks_for_a_sweep_and_may() {
    let template = template();
    let schedules = resources(template, "AWS::Scheduler::Schedule");
    let [(_, schedule)] = schedules.as_slice() else { panic!("one schedule: {schedules:?}") };
    assert_eq!(schedule["Condition"], "HasSweepSchedule");
    let target = &schedule["Properties"]["Target"];
    assert_eq!(target["Arn"], get_att("SweepFunction", "Arn"));
    assert_eq!(target["Input"], r#"{"action":"sweep"}"#);
    assert_eq!(target["DeadLetterConfig"]["Arn"], get_att(FAILURE_QUEUE, "Arn"));

    // Scheduler uses the schedule's role for the target and for the dead-letter queue.
    let role = written(&target["RoleArn"]);
    let role = &template["Resources"][role.strip_suffix(".Arn").unwrap()];
    assert_eq!(role["Condition"], schedule["Condition"]);
    let may: Vec<_> = statements(role)
        .into_iter()
        .filter(|statement| statement["Sid"] != "EncryptWhatFailed")
        .map(|statement| (statement["Action"].as_str().unwrap(), written(&statement["Resource"])))
        .collect();
    assert_eq!(
        may,
        [
            ("lambda:InvokeFunction", written(&target["Arn"])),
            ("sqs:SendMessage", written(&target["DeadLetterConfig"]["Arn"])),
        ]
    );
}

#[test]
fn rules_match_no_more_than_they_are_for() {
    let template = template();
    let pinned: Vec<Value> = functions(template)
        .iter()
        .map(|(id, _)| json!({ "Fn::Sub": format!("${{{id}.Arn}}:$LATEST") }))
        .collect();
    for (id, rule) in resources(template, "AWS::Events::Rule") {
        let properties = &rule["Properties"];
        let pattern = &properties["EventPattern"];
        if properties["EventBusName"] == get_att("ResultsBus", "Name") {
            assert_eq!(pattern["source"], json!(["lambda"]), "{id}");
            let resources = many(&pattern["resources"]);
            assert!(!resources.is_empty(), "{id} takes any function's records");
            let is_pinned = |arn: &&Value| pinned.contains(if_at_all(arn));
            assert!(resources.iter().all(is_pinned), "{id}: {resources:?}");
        } else {
            assert!(properties["EventBusName"].is_null(), "{id} is on another bus");
            for key in ["source", "detail-type"] {
                assert!(pattern[key].is_array(), "{id} takes any {key}");
            }
            // Nothing is switched on but by its own parameter.
            let state = &properties["State"];
            let of_parameter = state["Ref"].is_string()
                || state["Fn::If"][1] == "ENABLED" && state["Fn::If"][2] == "DISABLED";
            assert!(of_parameter, "{id} is {state}");
        }
    }
}

/// Whatever there may be in the event itself, a secret included, stays behind.
#[test]
fn whoever_is_told_is_told_the_answer_only() {
    let template = template();
    let mut told = 0;
    for (id, rule) in resources(template, "AWS::Events::Rule") {
        for target in many(&rule["Properties"]["Targets"]) {
            let machine = target["Arn"]["Ref"].as_str().unwrap_or_default();
            if !machine.ends_with("StateMachine") {
                continue;
            }
            told += 1;
            assert_eq!(target["RoleArn"], get_att("NotifyStartRole", "Arn"), "{id}");
            if machine.ends_with("WriteBackStateMachine") {
                assert_eq!(target["InputPath"], "$.detail.responsePayload.writeBack", "{id}");
                assert!(target["InputTransformer"].is_null(), "{id}");
                continue;
            }
            let paths = target["InputTransformer"]["InputPathsMap"].as_object().unwrap();
            for (name, path) in paths {
                let allowed = match id {
                    "KeyReactivatedRule" => [
                        "$.detail.requestParameters",
                        "$.detail.userIdentity",
                        "$.detail.eventTime",
                    ]
                    .as_slice(),
                    _ => &["$.detail.requestContext", "$.detail.responsePayload"],
                };
                assert!(allowed.contains(&path.as_str().unwrap()), "{id}: {name}: {path}");
            }
        }
    }
    assert_eq!(told, 5);
}

/// Where an event is about another account, the function would have to find out and report it.
#[test]
fn findings_are_about_this_account() {
    let template = template();
    let ours = json!([{ "Ref": "AWS::AccountId" }]);
    let account = |pattern: &Value| {
        let detail = &pattern["detail"];
        let findings = &detail["findings"];
        [
            &pattern["account"],
            &detail["accountId"],
            &detail["awsAccountId"],
            &findings["AwsAccountId"],
        ]
        .into_iter()
        .any(|account| *account == ours)
    };
    let others: BTreeSet<_> = resources(template, "AWS::Events::Rule")
        .into_iter()
        .filter(|(_, rule)| rule["Properties"]["EventBusName"].is_null())
        .filter(|(_, rule)| !account(&rule["Properties"]["EventPattern"]))
        .map(|(id, _)| id)
        .collect();
    // Health events name the account in ways that have changed. A custom action is named itself.
    let unnamed = ["RespondFunctionSecurityHubOcsf", "SweepFunctionSecurityHubControlOcsf"];
    let named = ["RespondFunctionHealth", "RespondFunctionSecurityHubAction"];
    let expected = named.into_iter().chain(["SweepFunctionSecurityHubAction"]).chain(unnamed);
    assert_eq!(others, expected.collect());
    for id in unnamed {
        let pattern = &template["Resources"][id]["Properties"]["EventPattern"];
        let account = &pattern["detail"]["findings"]["cloud"]["account"]["uid"];
        assert_eq!(*account, json!([{ "Ref": "AWS::AccountId" }, { "exists": false }]), "{id}");
    }
}
