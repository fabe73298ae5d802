//! Amazon GuardDuty findings: in an EventBridge envelope or bare, camelCase or `PascalCase`.
//!
//! Fields as in the GuardDuty User Guide, "Finding details" and "Extended Threat Detection".
//!
//! ```json
//! {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {
//!   "id": "…", "type": "CredentialAccess:IAMUser/CompromisedCredentials", "severity": 8,
//!   "resource": {"resourceType": "AccessKey",
//!    "accessKeyDetails": {"accessKeyId": "AKIA…", "userName": "Bob", "userType": "IAMUser"}},
//!   "service": {"count": 1, "archived": false}}}
//! ```

use serde_json::Value;

use super::Reader;
use crate::event::{
    Cause, Cursor, Delivery, IgnoreReason, Origin, ParseError, Reading, Source,
    finding::{self, Finding, KeyResource},
    severity,
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
pub(in crate::event) const SOURCE: Source = Source::new("guardduty", "GuardDuty");

/// The user's name in a sample finding without a key.
const SAMPLE_USER: &str = "GeneratedFindingUserName";

fn knows(event: &Event) -> bool {
    let fields = ["schemaVersion", "resource", "service"];
    event.is("aws.guardduty", &["GuardDuty Finding"], &fields)
}

fn read(event: &Event) -> Vec<Reading> {
    let cursor = event.detail();
    let finding = Finding::new(origin(&cursor, event), Cause::Compromised);
    finding.attach_to_errors(read_finding(&cursor, &finding))
}

fn origin(cursor: &Cursor<'_>, event: &Event) -> Origin {
    let repeat_count = cursor.get(&["service", "count"]).count();
    let is_update = finding::is_update(&cursor.get(&["createdAt"]), &cursor.get(&["updatedAt"]));
    // The first delivery may count several occurrences already.
    let is_repeat = repeat_count.is_some_and(|count| count > 1) && is_update != Some(false);
    Origin {
        finding_id: cursor.get(&["id"]).label(),
        finding_type: cursor.get(&["type"]).label(),
        severity: severity::from_guardduty(&cursor.get(&["severity"])),
        // The finding's account is the member's; the envelope's may be the delegated administrator.
        account_id: cursor.get(&["accountId"]).account().or(event.header("account").account()),
        region: cursor.get(&["region"]).label(),
        time: cursor.get(&["updatedAt"]).label(),
        repeat_count,
        delivery: Delivery { is_repeat, ..Delivery::of(event) },
        ..Origin::new(SOURCE, event)
    }
}

fn read_finding(cursor: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    if is_sample(&cursor.get(&["service", "additionalInfo"])) {
        return Ok(vec![finding.ignored(IgnoreReason::Sample)]);
    }
    if cursor.get(&["service", "archived"]).is_true() {
        return Ok(vec![finding.ignored(IgnoreReason::Archived)]);
    }
    let (severity, resource) = (cursor.field("severity")?, cursor.field("resource")?);
    cursor.field("type")?.need_text()?;
    if severity.is_absent() {
        return Err(severity.expected("a number"));
    }
    if resource.is_absent() {
        return Err(resource.expected("an object"));
    }
    let sequence = cursor.get(&["service", "detection", "sequence"]);
    if resource.field("resourceType")?.is("AttackSequence") && sequence.is_absent() {
        return Err(sequence.expected("an object"));
    }
    let actors = sequence.field("actors")?.items()?;
    let actors: Vec<_> = actors.iter().map(|actor| read_actor(actor, finding)).collect();
    let resources = sequence.field("resources")?.items()?;
    let named = finding::any_signal(&actors);
    let resources = resources.iter().map(|resource| read_resource(resource, finding, named));
    let details = [read_details(&resource.field("accessKeyDetails")?, finding)];
    Ok(finding.unique(details.into_iter().chain(actors).chain(resources)))
}

/// A sample has a flag, or a flag inside a JSON string.
fn is_sample(info: &Cursor<'_>) -> bool {
    let told =
        info.get(&["value"]).value().as_str().and_then(|text| serde_json::from_str(text).ok());
    let told = told.as_ref().and_then(|told: &Value| told.get("sample")?.as_bool());
    info.get(&["sample"]).is_true() || told == Some(true)
}

/// The key of a finding that is not an attack sequence, whatever its resource type.
fn read_details(details: &Cursor<'_>, finding: &Finding) -> Result<Option<Reading>, ParseError> {
    let (user, id) = (details.field("userName")?, details.field("accessKeyId")?);
    let principal = details.field("principalId")?;
    let id = if id.is_absent() && principal.looks_like_key() { principal } else { id };
    let key = finding.key(&id, &user, &details.field("userType")?)?;
    // The name marks a sample only if no key is named: anyone may give a user this name.
    let sample = key.is_none() && user.is(SAMPLE_USER);
    Ok(if sample { Some(finding.ignored(IgnoreReason::Sample)) } else { key })
}

/// An attack sequence has several actors. `user.account` is the account of the activity, which need not
/// be the key's account.
fn read_actor(actor: &Cursor<'_>, finding: &Finding) -> Result<Option<Reading>, ParseError> {
    let user = actor.field("user")?;
    finding.key(&user.field("credentialUid")?, &user.field("name")?, &user.field("type")?)
}

/// AWS does not document whether this resource's `uid` is always the key's ID.
fn read_resource(
    resource: &Cursor<'_>,
    finding: &Finding,
    names_another: bool,
) -> Result<Option<Reading>, ParseError> {
    if !resource.field("resourceType")?.is("ACCESS_KEY") {
        return Ok(None);
    }
    let key = resource.get(&["data", "accessKey"]);
    let finding = finding.in_account(resource.field("accountId")?.account());
    let resource = KeyResource {
        detailed: Cursor::null(),
        id: resource.field("uid")?,
        principal_id: key.get(&["principalId"]),
        name: key.get(&["userName"]),
        user_type: key.get(&["userType"]),
    };
    resource.read(&finding, names_another)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::event::{Reading, read, tests::said};

    /// A finding with a key of Bob's, changed by merging `change` into it.
    fn finding(change: Value) -> Value {
        let mut finding = json!({
            "schemaVersion": "2.0",
            "accountId": "123456789012",
            "type": "CredentialAccess:IAMUser/CompromisedCredentials",
            "severity": 8,
            "resource": {
                "resourceType": "AccessKey",
                "accessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob", "userType": "IAMUser"},
            },
            "service": {"count": 1, "archived": false, "additionalInfo": {"value": "{}", "type": "default"}},
        });
        merge(&mut finding, change);
        finding
    }

    fn merge(into: &mut Value, change: Value) {
        match (into, change) {
            (Value::Object(into), Value::Object(change)) => {
                for (name, value) in change {
                    merge(into.entry(name).or_insert(Value::Null), value);
                }
            }
            (into, change) => *into = change,
        }
    }

    #[track_caller]
    fn check(change: Value, expected: &[&str]) {
        assert_eq!(said(finding(change)), expected);
    }

    #[test]
    fn keys() {
        let details = |details: Value| json!({"resource": {"accessKeyDetails": details}});
        check(json!({}), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        check(details(json!({"userType": null})), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        check(details(json!({"userType": "Newcomer"})), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        check(details(json!({"userName": null})), &["AKIAIOSFODNN7EXAMPLE"]);
        check(details(json!({"userName": "Bob&Status=Active"})), &["AKIAIOSFODNN7EXAMPLE"]);
        check(details(json!({"userName": 7, "userType": []})), &["AKIAIOSFODNN7EXAMPLE"]);
        check(details(json!({"userType": "Root"})), &["AKIAIOSFODNN7EXAMPLE of root"]);
        check(
            details(json!({"userType": null, "userName": "Root"})),
            &["AKIAIOSFODNN7EXAMPLE of root"],
        );
        let is_key = json!({"accessKeyId": "", "principalId": "AKIAIOSFODNN7EXAMPLE"});
        check(details(is_key), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        check(details(json!({"userType": "AssumedRole"})), &["AKIAIOSFODNN7EXAMPLE of role Bob"]);
        let federated = details(json!({"userType": "FederatedUser"}));
        check(federated, &["AKIAIOSFODNN7EXAMPLE of a federated user"]);
        check(json!({"resource": {"resourceType": "S3Bucket"}}), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        for none in [json!(null), json!({"accessKeyId": null}), json!({"accessKeyId": ""})] {
            check(details(none), &["NoAccessKey"]);
        }
    }

    #[test]
    fn samples_and_archived_findings() {
        let info = |info: Value| json!({"service": {"additionalInfo": info}});
        let details = |details: Value| json!({"resource": {"accessKeyDetails": details}});
        check(info(json!({"sample": true})), &["Sample"]);
        check(info(json!({"value": "{\"sample\":true}"})), &["Sample"]);
        check(
            info(json!({"Value": "{\"sample\":true}", "value": null})),
            &["AKIAIOSFODNN7EXAMPLE of Bob"],
        );
        check(info(json!({"value": "{\"sample\":false}"})), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        check(info(json!({"value": "sample"})), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        check(info(json!(null)), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
        check(details(json!({"accessKeyId": "GeneratedFindingAccessKeyId"})), &["Sample"]);
        let generated_user = json!({"accessKeyId": null, "userName": "GeneratedFindingUserName"});
        check(details(generated_user), &["Sample"]);
        // Anyone may give a user this name. A real key beside it is acted on.
        check(
            details(json!({"userName": "GeneratedFindingUserName"})),
            &["AKIAIOSFODNN7EXAMPLE of GeneratedFindingUserName"],
        );
        check(json!({"service": {"archived": true}}), &["Archived"]);
        check(json!({"service": {"archived": null}}), &["AKIAIOSFODNN7EXAMPLE of Bob"]);
    }

    #[test]
    fn what_decides_is_read_strictly() {
        const WHERE: &str = "resource.accessKeyDetails.accessKeyId: expected";
        check(json!({"type": null}), &["type: expected a string"]);
        check(json!({"severity": null}), &["severity: expected a number"]);
        check(json!({"resource": 7}), &["resource: expected an object"]);
        let id = |id: Value| json!({"resource": {"accessKeyDetails": {"accessKeyId": id}}});
        check(id(json!(7)), &[&format!("{WHERE} a string")]);
        check(id(json!("AKIA")), &[&format!("{WHERE} an access key ID")]);
        check(
            id(json!("AKIAIOSFODNN7EXAMPLE\nAKIAI44QH8DHBEXAMPLE")),
            &[&format!("{WHERE} an access key ID")],
        );
        let envelope = |detail: Value| json!({"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": detail});
        assert_eq!(said(envelope(json!(null))), ["detail.type: expected a string"]);
        assert_eq!(said(envelope(json!([]))), ["detail: expected an object"]);
    }

    /// Neither a severity nor a state that cannot be read keeps a key active.
    #[test]
    fn what_need_not_decide_does_not() {
        const BOB: [&str; 1] = ["AKIAIOSFODNN7EXAMPLE of Bob"];
        check(json!({"severity": "8"}), &BOB);
        check(json!({"severity": "high"}), &BOB);
        check(json!({"severity": {"$gt": 0}}), &BOB);
        check(json!({"service": []}), &BOB);
        check(json!({"service": {"archived": "false"}}), &BOB);
        check(json!({"service": {"archived": 7}}), &BOB);
        check(json!({"service": {"archived": "true"}}), &["Archived"]);
        check(json!({"service": {"additionalInfo": {"sample": "no", "value": 7}}}), &BOB);
        // An archived finding need not be understood.
        check(json!({"severity": null, "service": {"archived": true}}), &["Archived"]);
    }

    #[test]
    fn keys_in_resources_of_attack_sequences() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(actors: Value, uid: &str, principal_id: &str, expected: &[&str]) {
            let key =
                json!({"principalId": principal_id, "userName": "Bob", "userType": "IAMUser"});
            let resource =
                json!({"uid": uid, "resourceType": "ACCESS_KEY", "data": {"accessKey": key}});
            let sequence = json!({"actors": actors, "resources": [resource]});
            let mut finding = finding(
                json!({"resource": {"resourceType": "AttackSequence", "accessKeyDetails": null}}),
            );
            merge(&mut finding, json!({"service": {"detection": {"sequence": sequence}}}));
            assert_eq!(said(finding), expected, "{uid}");
        }
        const BOB: [&str; 1] = ["AKIAIOSFODNN7EXAMPLE of Bob"];
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        const USER: &str = "arn:aws:iam::123456789012:user/Bob";
        const NOT: &str = "service.detection.sequence.resources[0].uid: expected an access key ID";
        check(json!([]), KEY, "AIDAIBOBEXAMPLEUSER22", &BOB);
        check(json!([]), &format!("{USER}/access-key/{KEY}"), "", &BOB);
        check(json!([]), &format!("arn:aws:iam::123456789012:access-key/{KEY}"), "", &BOB);
        check(json!([]), USER, KEY, &BOB);
        check(json!([]), USER, "AIDAIBOBEXAMPLEUSER22", &[NOT]);
        // Its key is the actor's.
        check(json!([{"user": {"credentialUid": KEY, "name": "Bob"}}]), USER, "", &BOB);
    }

    #[test]
    fn attack_sequences() {
        #[track_caller]
        fn check(finding: Value, expected: &[&str]) {
            assert_eq!(said(finding), expected);
        }
        let sequence = |sequence: Value| {
            let detection = json!({"service": {"detection": {"sequence": sequence}}});
            let mut finding = finding(
                json!({"resource": {"resourceType": "AttackSequence", "accessKeyDetails": null}}),
            );
            merge(&mut finding, detection);
            finding
        };
        let actor = |uid: Value, name: &str, kind: &str| json!({"user": {"credentialUid": uid, "name": name, "type": kind}});
        let bob = actor(json!("AKIAIOSFODNN7EXAMPLE"), "Bob", "IAMUser");
        check(
            sequence(json!({
                "actors": [
                    bob,
                    actor(json!("ASIAIOSFODNN7EXAMPLE"), "Deploy", "AssumedRole"),
                    actor(json!(""), "Nobody", "IAMUser"),
                    actor(json!(7), "Broken", "IAMUser"),
                    {"id": "a process", "process": {}},
                    bob,
                ],
                "resources": [
                    {"uid": "AKIAIOSFODNN7EXAMPLE", "resourceType": "ACCESS_KEY"},
                    {"uid": "AKIAIALICE7EXAMPLE22", "resourceType": "ACCESS_KEY", "data": {"accessKey": {"userName": "Alice", "userType": "IAMUser"}}},
                    {"uid": "arn:aws:iam::123456789012:user/Carol", "resourceType": "ACCESS_KEY"},
                    {"uid": "AKIAICAROL7EXAMPLE22", "resourceType": "S3_BUCKET"},
                ],
            })),
            &[
                "AKIAIOSFODNN7EXAMPLE of Bob",
                "ASIAIOSFODNN7EXAMPLE of role Deploy",
                "service.detection.sequence.actors[3].user.credentialUid: expected a string",
                "AKIAIALICE7EXAMPLE22 of Alice",
            ],
        );
        check(sequence(json!({"actors": []})), &["NoAccessKey"]);
        check(
            sequence(json!({"actors": {}})),
            &["service.detection.sequence.actors: expected a list"],
        );
        check(sequence(json!(null)), &["service.detection.sequence: expected an object"]);
    }

    #[test]
    fn the_first_delivery_may_count_several_occurrences() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(count: Value, created: &str, updated: &str, expected: bool) {
            let change =
                json!({"createdAt": created, "updatedAt": updated, "service": {"count": count}});
            let (_, readings) = read(&finding(change).to_string());
            let [Reading::Signal(signal)] = readings.as_slice() else { panic!("{readings:?}") };
            assert_eq!(signal.origin.delivery.is_repeat, expected, "{updated}");
        }
        const CREATED: &str = "2025-11-20T14:00:00.000Z";
        check(json!(1), CREATED, "2025-11-20T18:00:00.000Z", false);
        check(json!(null), CREATED, "2025-11-20T18:00:00.000Z", false);
        check(json!("many"), CREATED, "2025-11-20T18:00:00.000Z", false);
        check(json!(2), CREATED, "2025-11-20T14:14:59.000Z", false);
        check(json!(2), CREATED, "2025-11-20T14:15:00.000Z", true);
        check(json!(2), CREATED, "2025-11-20T14:15:01.000Z", true);
        check(json!(2), "yesterday", "2025-11-20T14:00:01.000Z", true);
    }

    #[test]
    fn the_account_is_the_findings_own() {
        let delegated = json!({
            "source": "aws.guardduty",
            "detail-type": "GuardDuty Finding",
            "account": "123456789012",
            "detail": finding(json!({"accountId": "210987654321"})),
        });
        let (_, readings) = read(&delegated.to_string());
        let [Reading::Signal(signal)] = readings.as_slice() else { panic!("{readings:?}") };
        let account = signal.origin.account_id.as_ref().map(ToString::to_string);
        assert_eq!(account.as_deref(), Some("210987654321"));
    }
}
