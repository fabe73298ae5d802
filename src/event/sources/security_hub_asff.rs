//! Security Hub findings in ASFF, imported or sent by a custom action.
//!
//! Fields as in the Security Hub User Guide, "AWS Security Finding Format (ASFF)".
//!
//! ```json
//! {"source": "aws.securityhub", "detail-type": "Security Hub Findings - Imported", "detail": {"findings": [{
//!   "Id": "arn:…", "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty",
//!   "Severity": {"Label": "HIGH"}, "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE",
//!   "Resources": [{"Type": "AwsIamAccessKey", "Id": "AWS::IAM::AccessKey:AKIA…",
//!    "Details": {"AwsIamAccessKey": {"PrincipalName": "Bob", "PrincipalType": "IAMUser"}}}]}]}}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, Delivery, IgnoreReason, Origin, ParseError, Reading, Source, Trigger,
    finding::{self, Finding, KeyResource},
    severity,
    transport::Event,
};
use crate::ids::Label;

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("security-hub", "Security Hub");

const IMPORTED: &str = "Security Hub Findings - Imported";
const CUSTOM_ACTION: &str = "Security Hub Findings - Custom Action";
/// A custom action used on an insight sends counts, not findings.
const INSIGHT: &str = "Security Hub Insight Results";

/// The controls on the age and use of access keys. (IAM.4 is about the root user's.)
pub(super) const KEY_CONTROLS: [&str; 3] = ["IAM.3", "IAM.8", "IAM.22"];

fn knows(event: &Event) -> bool {
    let fields = ["ProductArn", "AwsAccountId", "Resources"];
    event.is("aws.securityhub", &[IMPORTED, CUSTOM_ACTION, INSIGHT], &fields)
}

fn read(event: &Event) -> Vec<Reading> {
    let is = |kind| event.envelope() == Some(("aws.securityhub", kind));
    // Whoever may publish to a topic could claim to be a person.
    let picked = (is(CUSTOM_ACTION) || is(INSIGHT)) && !event.is_wrapped();
    let trigger = if picked { Trigger::Person } else { Trigger::Finding };
    if is(INSIGHT) {
        let origin = Origin {
            finding_type: Label::new(INSIGHT),
            account_id: event.header("account").account(),
            region: event.header("region").label(),
            time: event.header("time").label(),
            ..Origin::new(SOURCE, event)
        };
        let insight = Finding { trigger, ..Finding::new(origin, Cause::Compromised) };
        return vec![insight.ignored(IgnoreReason::NoAccessKey)];
    }
    finding::each(event, |cursor| head(cursor, trigger, event), read_finding)
}

/// The facts that hold for the whole finding.
fn head(cursor: &Cursor<'_>, trigger: Trigger, event: &Event) -> Finding {
    let mut origin = origin(cursor, event);
    origin.delivery.write_back_to = finding::write_back_to(event, closed(cursor).is_none());
    // A person picks a finding now, however old it is.
    origin.delivery.is_repeat &= trigger != Trigger::Person;
    let cause = if is_key_control(cursor) { Cause::Stale } else { Cause::Compromised };
    Finding { trigger, ..Finding::new(origin, cause) }
}

fn read_finding(cursor: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    // A finding that a person picked is acted on whatever its state. An imported finding is not acted
    // on once someone handled it, because a write-back sends the finding again.
    if finding.trigger != Trigger::Person
        && let Some(reason) = closed(cursor)
    {
        return Ok(vec![finding.ignored(reason)]);
    }
    let sample = cursor.get(&["ProductFields", "aws/guardduty/service/additionalInfo/sample"]);
    if sample.is_true() || cursor.get(&["Sample"]).is_true() {
        return Ok(vec![finding.ignored(IgnoreReason::Sample)]);
    }
    let resources = cursor.field("Resources")?.items()?;
    if finding.cause == Cause::Stale {
        return read_control(cursor, finding, &resources);
    }
    let actors = cursor.at(&["Detection", "Sequence", "Actors"])?.items()?;
    let actors: Vec<_> = actors.iter().map(|actor| read_actor(actor, finding)).collect();
    let named = finding::any_signal(&actors);
    let keys = resources.iter().map(|resource| read_resource(resource, finding, named));
    Ok(finding.unique(keys.chain(actors)))
}

fn origin(cursor: &Cursor<'_>, event: &Event) -> Origin {
    let product = cursor.get(&["ProductArn"]).label();
    let finding_type = cursor.get(&["Types"]).items().unwrap_or_default();
    let finding_type = finding_type.first().and_then(Cursor::label);
    let from_guardduty = product
        .as_ref()
        .is_some_and(|product| product.as_str().ends_with("::product/aws/guardduty"));
    let is_update = finding::is_update(&cursor.get(&["CreatedAt"]), &cursor.get(&["UpdatedAt"]));
    Origin {
        finding_id: cursor.get(&["Id"]).label(),
        finding_type: match finding_type {
            Some(name) if from_guardduty => guardduty_type(name.as_str()),
            other => other.or(cursor.get(&["GeneratorId"]).label()),
        },
        severity: severity::from_asff(&cursor.get(&["Severity"])),
        account_id: cursor.get(&["AwsAccountId"]).account(),
        region: cursor.get(&["Region"]).label(),
        time: cursor.get(&["UpdatedAt"]).label(),
        // Other products' times may mean anything.
        delivery: Delivery {
            is_repeat: from_guardduty && is_update == Some(true),
            ..Delivery::of(event)
        },
        product_arn: product,
        ..Origin::new(SOURCE, event)
    }
}

/// `TTPs/UnauthorizedAccess:IAMUser-TorIPCaller` as GuardDuty itself spells it. One list of types then
/// serves findings from both sources. Attack sequences keep their slash.
pub(super) fn guardduty_type(name: &str) -> Option<Label> {
    let Some((purpose, rest)) = name.split_once(':') else { return Label::new(name) };
    let purpose = purpose.rsplit('/').next().unwrap_or(purpose);
    let rest = if rest.contains('/') { rest.to_owned() } else { rest.replacen('-', "/", 1) };
    Label::new(&format!("{purpose}:{rest}"))
}

/// Why an imported finding is no longer open. An unknown state counts as open.
fn closed(cursor: &Cursor<'_>) -> Option<IgnoreReason> {
    let status = cursor.get(&["Workflow", "Status"]);
    if cursor.get(&["RecordState"]).is("ARCHIVED") {
        Some(IgnoreReason::Archived)
    } else if status.is("NOTIFIED") {
        Some(IgnoreReason::AlreadyHandled)
    } else if status.is("SUPPRESSED") {
        Some(IgnoreReason::Suppressed)
    } else if status.is("RESOLVED") {
        Some(IgnoreReason::Resolved)
    } else {
        None
    }
}

fn read_resource(
    resource: &Cursor<'_>,
    finding: &Finding,
    names_another: bool,
) -> Result<Option<Reading>, ParseError> {
    if !resource.field("Type")?.is("AwsIamAccessKey") {
        return Ok(None);
    }
    let details = resource.at(&["Details", "AwsIamAccessKey"])?;
    let finding = finding.in_account(details.field("AccountId")?.account());
    let resource = KeyResource {
        detailed: details.field("AccessKeyId")?,
        id: resource.field("Id")?,
        principal_id: details.field("PrincipalId")?,
        name: details.field("PrincipalName")?.or(details.field("UserName")?),
        user_type: details.field("PrincipalType")?,
    };
    resource.read(&finding, names_another)
}

fn read_actor(actor: &Cursor<'_>, finding: &Finding) -> Result<Option<Reading>, ParseError> {
    let user = actor.field("User")?;
    finding.key(&user.field("CredentialUid")?, &user.field("Name")?, &user.field("Type")?)
}

fn is_key_control(cursor: &Cursor<'_>) -> bool {
    let control = cursor.get(&["Compliance", "SecurityControlId"]).label();
    // Old findings name their control only at the end of the generator's ID.
    let generator = cursor.get(&["GeneratorId"]).label();
    let of_generator = generator.as_ref().and_then(|id| id.as_str().rsplit('/').next());
    let control = control.as_ref().map(Label::as_str).or(of_generator);
    control.is_some_and(|control| KEY_CONTROLS.contains(&control))
}

/// A control names users, never keys.
fn read_control(
    cursor: &Cursor<'_>,
    finding: &Finding,
    resources: &[Cursor<'_>],
) -> Result<Vec<Reading>, ParseError> {
    if cursor.at(&["Compliance", "Status"])?.text()? != Some("FAILED") {
        return Ok(vec![finding.ignored(IgnoreReason::Resolved)]);
    }
    Ok(finding.unique(resources.iter().map(|resource| {
        if !resource.field("Type")?.is("AwsIamUser") {
            return Ok(None);
        }
        finding.signal_of_user(&resource.field("Id")?).map(Some)
    })))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::event::tests::said;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const USER: &str = "arn:aws:iam::123456789012:user/Bob";
    const BOB: &str = "AKIAIOSFODNN7EXAMPLE of Bob";
    const NOT_A_KEY: &str = "Resources[0].Id: expected an access key ID";

    /// A finding on this resource, in this state.
    fn finding(resource: &Value, state: &Value) -> Value {
        let mut finding =
            json!({"AwsAccountId": "123456789012", "ProductArn": "arn", "Resources": [resource]});
        for (name, value) in state.as_object().into_iter().flatten() {
            finding[name] = value.clone();
        }
        finding
    }

    #[test]
    fn wherever_the_key_stands() {
        #[track_caller]
        fn check(id: &str, details: &Value, expected: &str) {
            let resource = json!({"Type": "AwsIamAccessKey", "Id": id, "Details": {"AwsIamAccessKey": details}});
            assert_eq!(said(finding(&resource, &json!({}))), [expected], "{id}");
        }
        let prefixed = format!("AWS::IAM::AccessKey:{KEY}");
        let bob = || json!({"PrincipalName": "Bob", "PrincipalType": "IAMUser"});
        let with = |name: &str, value: &str| {
            let mut details = bob();
            details[name] = value.into();
            details
        };
        check("anything", &with("AccessKeyId", KEY), BOB);
        check(&prefixed, &bob(), BOB);
        check(&prefixed, &with("AccessKeyId", ""), BOB);
        check(KEY, &bob(), BOB);
        check(&format!("{USER}/access-key/{KEY}"), &json!({}), BOB);
        check(&format!("arn:aws:iam::123456789012:access-key/{KEY}"), &bob(), BOB);
        check(USER, &with("PrincipalId", KEY), BOB);
        check("AWS::IAM::AccessKey:null", &with("PrincipalId", KEY), BOB);
        // The resource says that there is no key.
        check("AWS::IAM::AccessKey:null", &bob(), "NoAccessKey");
        check("AWS::IAM::AccessKey:GeneratedFindingAccessKeyId", &bob(), "Sample");
        check(USER, &bob(), NOT_A_KEY);
        check("", &json!({}), NOT_A_KEY);
        check(
            KEY,
            &with("AccessKeyId", "AKIA"),
            "Resources[0].Details.AwsIamAccessKey.AccessKeyId: expected an access key ID",
        );
    }

    #[test]
    fn root_need_not_be_called_so_by_its_type() {
        #[track_caller]
        fn check(details: &Value, expected: &str) {
            let resource = json!({"Type": "AwsIamAccessKey", "Id": KEY, "Details": {"AwsIamAccessKey": details}});
            assert_eq!(said(finding(&resource, &json!({}))), [expected]);
        }
        check(&json!({"UserName": "Root"}), "AKIAIOSFODNN7EXAMPLE of root");
        check(
            &json!({"UserName": "arn:aws:iam::123456789012:root"}),
            "AKIAIOSFODNN7EXAMPLE of root",
        );
        check(
            &json!({"UserName": "Root", "PrincipalType": "IAMUser"}),
            "AKIAIOSFODNN7EXAMPLE of Root",
        );
        check(&json!({"UserName": "Rooty"}), "AKIAIOSFODNN7EXAMPLE of Rooty");
    }

    #[test]
    fn a_state_that_nobody_knows_is_open() {
        #[track_caller]
        fn check(state: &Value, expected: &str) {
            let resource = json!({"Type": "AwsIamAccessKey", "Id": KEY});
            assert_eq!(said(finding(&resource, state)), [expected], "{state}");
        }
        check(&json!({}), KEY);
        for unknown in [json!("IN_REVIEW"), json!(7), json!([])] {
            check(&json!({"Workflow": {"Status": unknown}}), KEY);
            check(&json!({"Workflow": unknown}), KEY);
            check(&json!({"RecordState": unknown}), KEY);
            check(&json!({"Severity": unknown}), KEY);
            check(&json!({"Types": unknown, "ProductFields": unknown, "UpdatedAt": unknown}), KEY);
        }
        check(&json!({"Workflow": {"Status": "SUPPRESSED"}}), "Suppressed");
        check(&json!({"RecordState": "ARCHIVED"}), "Archived");
    }

    #[test]
    fn a_control_names_a_user_by_name_or_by_unique_id() {
        #[track_caller]
        fn check(id: &str, expected: &str) {
            let control = json!({"GeneratorId": "x/IAM.8", "Compliance": {"Status": "FAILED"}});
            let resource = json!({"Type": "AwsIamUser", "Id": id});
            assert_eq!(said(finding(&resource, &control)), [expected], "{id}");
        }
        check(USER, "user Bob");
        check("arn:aws:iam::123456789012:user/AIDAIBOBEXAMPLEUSER22", "user AIDAIBOBEXAMPLEUSER22");
        check("AIDAIBOBEXAMPLEUSER22", "user AIDAIBOBEXAMPLEUSER22");
        check(
            "arn:aws:iam::123456789012:role/Bob",
            "Resources[0].Id: expected the name, the ARN or the unique ID of an IAM user",
        );
    }
}
