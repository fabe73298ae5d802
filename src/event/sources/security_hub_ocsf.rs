//! Security Hub findings in OCSF (`Findings Imported V2`).
//!
//! Fields as in the OCSF schema, "Detection Finding" and "Compliance Finding".
//!
//! ```json
//! {"source": "aws.securityhub", "detail-type": "Findings Imported V2", "detail": {"findings": [{
//!   "finding_info": {"uid": "…", "types": ["CredentialAccess:IAMUser/CompromisedCredentials"]},
//!   "severity_id": 4, "status_id": 1, "cloud": {"account": {"uid": "123456789012"}},
//!   "resources": [{"type": "AWS::IAM::AccessKey", "uid": "AKIA…",
//!    "data": {"access_key_id": "AKIA…", "user_name": "Bob", "user_type": "IAMUser"}}]}]}}
//! ```

use std::borrow::Cow;

use serde_json::Value;

use super::Reader;
use crate::event::{
    Cause, Cursor, Delivery, IgnoreReason, Origin, ParseError, Reading, Source,
    finding::{self, Finding, KeyResource},
    severity,
    sources::security_hub_asff::{KEY_CONTROLS, guardduty_type},
    transport::Event,
};
use crate::ids::{AccessKeyId, Label};

pub(super) const READER: Reader = Reader { knows, read };
pub(in crate::event) const SOURCE: Source = Source::new("security-hub-ocsf", "Security Hub");

/// The type of an access key: CloudFormation's name, or ASFF's.
const KEY_TYPES: [&str; 2] = ["AWS::IAM::AccessKey", "AwsIamAccessKey"];
const USER_TYPES: [&str; 2] = ["AWS::IAM::User", "AwsIamUser"];

fn knows(event: &Event) -> bool {
    let fields = ["class_uid", "finding_info", "metadata"];
    event.is("aws.securityhub", &["Findings Imported V2"], &fields)
}

fn read(event: &Event) -> Vec<Reading> {
    finding::each(event, |cursor| head(cursor, event), read_finding)
}

/// The facts that hold for the whole finding.
fn head(cursor: &Cursor<'_>, event: &Event) -> Finding {
    let mut origin = origin(cursor, event);
    origin.delivery.write_back_to = finding::write_back_to(event, closed(cursor).is_none());
    let control = cursor.get(&["compliance", "control"]);
    let is_key_control = KEY_CONTROLS.iter().any(|name| control.is(name));
    let cause = if is_key_control { Cause::Stale } else { Cause::Compromised };
    Finding::new(origin, cause)
}

fn read_finding(cursor: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    if let Some(reason) = closed(cursor) {
        return Ok(vec![finding.ignored(reason)]);
    }
    let resources = cursor.field("resources")?.items()?;
    if finding.cause == Cause::Stale {
        return read_control(cursor, finding, &resources);
    }
    let evidences = cursor.get(&["evidences"]).items().unwrap_or_default();
    let actors: Vec<_> =
        evidences.iter().map(|evidence| Ok(read_evidence(evidence, finding))).collect();
    let named = finding::any_signal(&actors);
    let keys = resources.iter().map(|resource| read_resource(resource, finding, named));
    Ok(finding.unique(keys.chain(actors)))
}

fn origin(cursor: &Cursor<'_>, event: &Event) -> Origin {
    let info = cursor.get(&["finding_info"]);
    let types = info.get(&["types"]).items().unwrap_or_default();
    let product = cursor.get(&["metadata", "product", "uid"]).label();
    // GuardDuty's own type has a colon. Another, less specific type may stand beside it.
    let own = types.iter().filter_map(Cursor::label).find(|name| name.as_str().contains(':'));
    let from_guardduty = product
        .as_ref()
        .is_some_and(|product| product.as_str().ends_with("productv2/aws/guardduty"));
    let is_update =
        finding::is_update(&info.get(&["created_time_dt"]), &info.get(&["modified_time_dt"]));
    Origin {
        finding_id: info.get(&["uid"]).label(),
        finding_type: match own {
            Some(name) if from_guardduty => guardduty_type(name.as_str()),
            own => own.or(types.first().and_then(Cursor::label)),
        },
        severity: severity::from_ocsf(&cursor.get(&["severity_id"])),
        account_id: cursor.get(&["cloud", "account", "uid"]).account(),
        region: cursor.get(&["cloud", "region"]).label(),
        time: info.get(&["modified_time_dt"]).label(),
        delivery: Delivery {
            is_repeat: from_guardduty && is_update == Some(true),
            ..Delivery::of(event)
        },
        product_arn: product,
        ..Origin::new(SOURCE, event)
    }
}

/// Why a finding is no longer open. The `status_id` of an open finding is 0 (unknown), 1 (new) or 99
/// (other). An unknown value counts as open.
fn closed(cursor: &Cursor<'_>) -> Option<IgnoreReason> {
    const BY_ID: [(f64, IgnoreReason); 4] = [
        (2.0, IgnoreReason::AlreadyHandled),
        (3.0, IgnoreReason::Suppressed),
        (4.0, IgnoreReason::Resolved),
        (5.0, IgnoreReason::Archived),
    ];
    let status = cursor.get(&["status_id"]).number();
    BY_ID.into_iter().find(|(id, _)| status == Some(*id)).map(|(_, reason)| reason)
}

fn read_resource(
    resource: &Cursor<'_>,
    finding: &Finding,
    names_another: bool,
) -> Result<Option<Reading>, ParseError> {
    let resource_type = resource.field("type")?;
    if !KEY_TYPES.iter().any(|name| resource_type.is(name)) {
        return Ok(None);
    }
    let data = resource.field("data")?;
    let value = parsed(data.value());
    let data = data.with(&value);
    let name = data.field("user_name")?.or(resource.field("name")?);
    let key = KeyResource {
        detailed: data.field("access_key_id")?,
        id: resource.field("uid")?,
        principal_id: data.field("principal_id")?,
        name: name.or(resource.get(&["user", "name"])),
        user_type: data.field("user_type")?,
    };
    key.read(&in_account_of(resource, finding), names_another)
}

/// Security Lake keeps a resource's data as JSON in a string. Any other string is ignored.
fn parsed(data: &Value) -> Cow<'_, Value> {
    match data {
        Value::String(text) => {
            let value = serde_json::from_str(text).ok();
            Cow::Owned(value.filter(Value::is_object).unwrap_or_default())
        }
        _ => Cow::Borrowed(data),
    }
}

/// The actor and its key. Other kinds of credentials occur.
fn read_evidence(evidence: &Cursor<'_>, finding: &Finding) -> Option<Reading> {
    let user = evidence.get(&["actor", "user"]);
    let id = user.get(&["credential_uid"]).value().as_str().and_then(AccessKeyId::parse)?;
    let user_type = user.get(&["type"]).label();
    let user_type = user_type.as_ref().map(Label::as_str);
    Some(finding.signal_of_key(id, &user.get(&["name"]), user_type))
}

/// The finding names the account, otherwise the resource does.
fn in_account_of<'f>(resource: &Cursor<'_>, finding: &'f Finding) -> Cow<'f, Finding> {
    let owner = resource.get(&["owner", "account", "uid"]).account();
    let account = finding.origin.account_id.clone().or(owner);
    finding.in_account(account.or(resource.get(&["account", "uid"]).account()))
}

/// A control names users, never keys.
fn read_control(
    cursor: &Cursor<'_>,
    finding: &Finding,
    resources: &[Cursor<'_>],
) -> Result<Vec<Reading>, ParseError> {
    let status = cursor.at(&["compliance", "status"])?.text()?;
    if !status.is_some_and(|status| ["FAIL", "FAILED"].contains(&status.to_uppercase().as_str())) {
        return Ok(vec![finding.ignored(IgnoreReason::Resolved)]);
    }
    Ok(finding.unique(resources.iter().map(|resource| {
        let resource_type = resource.field("type")?;
        if !USER_TYPES.iter().any(|name| resource_type.is(name)) {
            return Ok(None);
        }
        // The unique ID. The ARN may stand in its place, or beside it.
        let (uid, arn) = (resource.field("uid")?, resource.field("uid_alt")?);
        let finding = in_account_of(resource, finding);
        let finding = finding.in_account(arn.account_in_arn());
        let user = finding.signal_of_user(&uid);
        user.or_else(|error| finding.signal_of_user(&arn).map_err(|_| error)).map(Some)
    })))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::event::tests::said;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const BOB: &str = "AKIAIOSFODNN7EXAMPLE of Bob";

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
    fn check(resource: Value, more: &Value, expected: &[&str]) {
        let mut finding =
            json!({"class_uid": 2004, "finding_info": {}, "metadata": {}, "resources": [resource]});
        for (name, value) in more.as_object().into_iter().flatten() {
            finding[name] = value.clone();
        }
        assert_eq!(said(finding), expected, "{more}");
    }

    #[test]
    fn wherever_the_key_stands() {
        const NOT_A_KEY: &str = "resources[0].uid: expected an access key ID";
        const USER: &str = "arn:aws:iam::123456789012:user/Bob";
        let resource = |kind: &str, uid: &str, data: Value| json!({"type": kind, "uid": uid, "data": data, "name": "Bob"});
        let key = |uid: &str, data: Value| resource("AWS::IAM::AccessKey", uid, data);
        let (none, data) = (json!({}), json!({"access_key_id": KEY}));
        check(key(USER, data.clone()), &none, &[BOB]);
        check(resource("AwsIamAccessKey", USER, data.clone()), &none, &[BOB]);
        check(key(USER, json!(data.to_string())), &none, &[BOB]);
        check(key(KEY, json!("no JSON")), &none, &[BOB]);
        check(key(&format!("{USER}/access-key/{KEY}"), json!("[]")), &none, &[BOB]);
        check(key(USER, json!({"access_key_id": "", "principal_id": KEY})), &none, &[BOB]);
        check(key(USER, json!("no JSON")), &none, &[NOT_A_KEY]);
        check(key("AWS::IAM::AccessKey:null", none.clone()), &none, &["NoAccessKey"]);
        let evidence = |uid: &str| {
            let user = json!({"credential_uid": uid, "name": "Bob", "type": "IAMUser"});
            json!({"evidences": [{}, {"actor": {"user": user}}]})
        };
        check(key(USER, none.clone()), &evidence(KEY), &[BOB]);
        check(key(KEY, none.clone()), &evidence(KEY), &[BOB]);
        check(resource("AWS::S3::Bucket", "b", none.clone()), &evidence(KEY), &[BOB]);
        check(key(USER, none.clone()), &evidence("S-1-5-21"), &[NOT_A_KEY]);
    }

    #[test]
    fn a_status_that_nobody_knows_is_open() {
        let check = |status: Value, expected: &str| {
            let key = json!({"type": "AWS::IAM::AccessKey", "uid": KEY});
            check(key, &json!({"status_id": status}), &[expected]);
        };
        for open in [json!(0), json!(1), json!(99), json!(7), json!("New"), json!([]), json!(null)]
        {
            check(open, KEY);
        }
        check(json!(2), "AlreadyHandled");
        check(json!(3), "Suppressed");
        check(json!(4), "Resolved");
        check(json!("5"), "Archived");
    }
}
