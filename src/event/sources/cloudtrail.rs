//! IAM calls that CloudTrail recorded: AWS's quarantine of a user, and the creation of a key.
//!
//! `userIdentity.accessKeyId` is the caller's key, never the key to deactivate. Fields as in the
//! CloudTrail User Guide, "CloudTrail record contents".
//!
//! ```json
//! {"source": "aws.iam", "detail-type": "AWS API Call via CloudTrail", "detail": {
//!   "eventSource": "iam.amazonaws.com", "eventName": "AttachUserPolicy",
//!   "userIdentity": {"accessKeyId": "AKIA…"},
//!   "requestParameters": {"userName": "Bob", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}}}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source, Subject, UserRef,
    finding::{self, Finding, Scope},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("cloudtrail", "CloudTrail");

/// The service that was called.
const IAM: &str = "iam.amazonaws.com";

/// The managed policies that AWS attaches to users whose keys leaked; `V2` and `V3` follow the name.
const QUARANTINE_POLICY: &str = "AWSCompromisedKeyQuarantine";
/// The inline policy that AWS used before the managed ones.
const OLD_QUARANTINE_POLICY: &str = "AWSExposedCredentialPolicy_DO_NOT_REMOVE";

fn knows(event: &Event) -> bool {
    event.is("aws.iam", &["AWS API Call via CloudTrail"], &["eventName", "userIdentity"])
        && (event.envelope().is_some() || event.detail().get(&["eventSource"]).is(IAM))
}

fn read(event: &Event) -> Vec<Reading> {
    let detail = event.detail();
    let name = detail.get(&["eventName"]);
    let origin = Origin {
        finding_id: detail.get(&["eventID"]).label(),
        finding_type: name.label(),
        account_id: event.header("account").or(detail.get(&["recipientAccountId"])).account(),
        region: detail.get(&["awsRegion"]).label(),
        time: detail.get(&["eventTime"]).label(),
        ..Origin::new(SOURCE, event)
    };
    let is_new = name.is("CreateAccessKey");
    let cause = if is_new { Cause::NewKey } else { Cause::Compromised };
    let scope = if is_new { Scope::Key } else { Scope::User };
    let finding = Finding { scope, ..Finding::new(origin, cause) };
    finding.attach_to_errors(read_detail(&detail, &finding))
}

fn read_detail(detail: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    let succeeded = detail.field("errorCode")?.is_absent();
    Ok(vec![match detail.field("eventName")?.need_text()? {
        "CreateAccessKey" if succeeded => created_key(detail, finding)?,
        "AttachUserPolicy" | "PutUserPolicy" if succeeded && is_quarantine(detail)? => {
            let name = detail.at(&["requestParameters", "userName"])?;
            let user = name.user().ok_or_else(|| name.expected("the name of an IAM user"))?;
            let finding = finding.in_account(name.account_in_arn());
            finding.into_owned().signal(Subject::User(UserRef::Name(user)))
        }
        _ => finding.ignored(IgnoreReason::Unsupported),
    }])
}

/// Whether AWS's managed policy was attached, in any partition, or an inline policy of that name was
/// put.
fn is_quarantine(detail: &Cursor<'_>) -> Result<bool, ParseError> {
    let request = detail.field("requestParameters")?;
    let attached = request.field("policyArn")?.text()?.is_some_and(|arn| {
        arn.split_once(":iam::aws:policy/")
            .is_some_and(|(_, name)| name.starts_with(QUARANTINE_POLICY))
    });
    let put = request
        .field("policyName")?
        .text()?
        .is_some_and(|name| name == OLD_QUARANTINE_POLICY || name.starts_with(QUARANTINE_POLICY));
    Ok(attached || put)
}

fn created_key(detail: &Cursor<'_>, finding: &Finding) -> Result<Reading, ParseError> {
    let created = detail.at(&["responseElements", "accessKey"])?;
    let asked_for = detail.at(&["requestParameters", "userName"])?;
    let id = finding::access_key_id(&created.field("accessKeyId")?)?;
    let name = created.field("userName")?.or(asked_for);
    // A user who creates its own key need not name itself. The root user has no name.
    let is_root = name.user().is_none() && detail.get(&["userIdentity", "type"]).is("Root");
    Ok(finding.signal_of_key(id, &name, Some(if is_root { "Root" } else { "IAMUser" })))
}
