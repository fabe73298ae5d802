//! Amazon GuardDuty findings: in an EventBridge envelope or bare, camelCase or `PascalCase`.
//!
//! Fields as in the GuardDuty User Guide, "Finding details" and "Extended Threat Detection".

use serde_json::Value;

use super::{
    IgnoreReason, Ignored, Misread, Node, Origin, Principal, Reader, Reading, Signal, Source,
    Subject, transport::Event,
};
use crate::ids::{AccessKeyId, Label};

pub(super) const READER: Reader = Reader { knows, read };

/// What sample findings have where real ones name a key or a user.
const SAMPLE_KEY: &str = "GeneratedFindingAccessKeyId";
const SAMPLE_USER: &str = "GeneratedFindingUserName";

fn knows(event: &Event) -> bool {
    match event.envelope() {
        Some(envelope) => envelope == ("aws.guardduty", "GuardDuty Finding"),
        None => event.has("schemaVersion") && event.has("resource") && event.has("service"),
    }
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let envelope = event.node();
    let finding = if event.envelope().is_some() { envelope.field("detail")? } else { event.node() };
    let origin = origin(&finding, &envelope, event)?;
    let service = finding.field("service")?;
    let ignored = |reason| Ok(vec![Reading::Ignored(Ignored { reason, origin: origin.clone() })]);

    if is_sample(&service)? {
        return ignored(IgnoreReason::Sample);
    }
    if service.field("archived")?.flag()? == Some(true) {
        return ignored(IgnoreReason::Archived);
    }
    let resource = finding.field("resource")?;
    if resource.is_absent() {
        return Err(resource.misread("an object"));
    }
    let readings = match resource.field("resourceType")?.text()? {
        Some("AttackSequence") => read_sequence(&service, &origin)?,
        _ => read_details(&resource.field("accessKeyDetails")?, &origin)?,
    };
    if readings.is_empty() { ignored(IgnoreReason::NoAccessKey) } else { Ok(readings) }
}

fn origin(finding: &Node<'_>, envelope: &Node<'_>, event: &Event) -> Result<Origin, Misread> {
    let finding_type = finding.field("type")?;
    let severity = finding.field("severity")?;
    Ok(Origin {
        finding_id: finding.field("id")?.label(),
        finding_type: Some(finding_type.label().ok_or(finding_type.misread("a string"))?),
        severity: Some(severity.number()?.ok_or(severity.misread("a number"))?),
        // The finding's account is the member's; the envelope's may be the delegated administrator.
        account_id: finding.field("accountId")?.account().or(envelope.field("account")?.account()),
        region: finding.field("region")?.label(),
        time: finding.field("updatedAt")?.label(),
        repeat_count: finding.at(&["service", "count"])?.count(),
        ..Origin::new(Source::GuardDuty, event)
    })
}

/// Samples say so in a flag, or in a flag inside a JSON string.
fn is_sample(service: &Node<'_>) -> Result<bool, Misread> {
    let info = service.field("additionalInfo")?;
    let told = info.field("value")?.text()?.and_then(|text| serde_json::from_str(text).ok());
    let told = told.as_ref().and_then(|told: &Value| told.get("sample")?.as_bool());
    Ok(info.field("sample")?.flag()? == Some(true) || told == Some(true))
}

/// The key of an ordinary finding, whatever kind of resource it is about.
fn read_details(details: &Node<'_>, origin: &Origin) -> Result<Vec<Reading>, Misread> {
    let (id, user) = (details.field("accessKeyId")?, details.field("userName")?);
    let user_type = details.field("userType")?;
    match id.text()? {
        None | Some("") => {
            // The name alone marks a sample only where no key is named: anyone may call a user so.
            let sample = user.text()? == Some(SAMPLE_USER);
            Ok(sample.then(|| ignored(IgnoreReason::Sample, origin)).into_iter().collect())
        }
        Some(SAMPLE_KEY) => Ok(vec![ignored(IgnoreReason::Sample, origin)]),
        Some(_) => Ok(vec![signal(&id, &user, &user_type, origin)?]),
    }
}

/// The keys of an attack sequence: one for each actor that used one, and those among its resources.
fn read_sequence(service: &Node<'_>, origin: &Origin) -> Result<Vec<Reading>, Misread> {
    let sequence = service.at(&["detection", "sequence"])?;
    if sequence.is_absent() {
        return Err(sequence.misread("an object"));
    }
    let actors = sequence.field("actors")?.items()?;
    let resources = sequence.field("resources")?.items()?;
    let readings = actors.iter().map(|actor| read_actor(actor, origin));
    let readings = readings.chain(resources.iter().map(|resource| read_resource(resource, origin)));

    let mut seen: Vec<AccessKeyId> = Vec::new();
    Ok(readings
        .filter_map(|reading| reading.unwrap_or_else(|misread| Some(Reading::Misread(misread))))
        .filter(|reading| match reading {
            Reading::Signal(signal) if seen.contains(&signal.subject.id) => false,
            Reading::Signal(signal) => {
                seen.push(signal.subject.id.clone());
                true
            }
            _ => true,
        })
        .collect())
}

fn read_actor(actor: &Node<'_>, origin: &Origin) -> Result<Option<Reading>, Misread> {
    let user = actor.field("user")?;
    let id = user.field("credentialUid")?;
    if id.text()?.is_none_or(str::is_empty) {
        return Ok(None);
    }
    // `user.account` is where the activity took place, which need not be the key's own account.
    signal(&id, &user.field("name")?, &user.field("type")?, origin).map(Some)
}

/// Whether the `uid` of such a resource is always the key's ID is not documented: it is taken only
/// where it parses as one.
fn read_resource(resource: &Node<'_>, origin: &Origin) -> Result<Option<Reading>, Misread> {
    let id = resource.field("uid")?;
    let is_key = resource.field("resourceType")?.text()? == Some("ACCESS_KEY");
    if !is_key || id.text()?.and_then(AccessKeyId::parse).is_none() {
        return Ok(None);
    }
    let key = resource.at(&["data", "accessKey"])?;
    let account = resource.field("accountId")?.account();
    let origin = Origin { account_id: account.or(origin.account_id.clone()), ..origin.clone() };
    signal(&id, &key.field("userName")?, &key.field("userType")?, &origin).map(Some)
}

fn signal(
    id: &Node<'_>,
    name: &Node<'_>,
    user_type: &Node<'_>,
    origin: &Origin,
) -> Result<Reading, Misread> {
    let principal = Principal::new(user_type.label().as_ref().map(Label::as_str), name.label());
    Ok(Reading::Signal(Box::new(Signal {
        subject: Subject {
            id: id.text()?.and_then(AccessKeyId::parse).ok_or(id.misread("an access key ID"))?,
            user: name.user().filter(|_| principal == Principal::User),
            principal,
        },
        by_person: false,
        dry_run: false,
        origin: origin.clone(),
    })))
}

fn ignored(reason: IgnoreReason, origin: &Origin) -> Reading {
    Reading::Ignored(Ignored { reason, origin: origin.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::signal::{Reading, read, tests::said};

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
        check(details(json!({"userType": "AssumedRole"})), &["AKIAIOSFODNN7EXAMPLE of role Bob"]);
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
        // Anyone may call a user so: a real key beside that name is acted on.
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
        check(json!({"severity": "8"}), &["severity: expected a number"]);
        check(json!({"resource": 7}), &["resource: expected an object"]);
        check(json!({"service": []}), &["service: expected an object"]);
        check(
            json!({"service": {"archived": "false"}}),
            &["service.archived: expected true or false"],
        );
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
