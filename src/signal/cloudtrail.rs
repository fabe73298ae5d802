//! IAM calls that CloudTrail recorded: AWS's quarantine of a user, and the creation of a key.
//!
//! `userIdentity.accessKeyId` is the caller's key and never the one that is meant. Fields as in the
//! CloudTrail User Guide, "CloudTrail record contents".

use super::{
    Cause, IgnoreReason, Key, Misread, Node, Origin, Principal, Reader, Reading, Source, Subject,
    UserRef,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("cloudtrail");

/// The managed policies that AWS attaches to users whose keys leaked; `V2` and `V3` follow the name.
const QUARANTINE_POLICY: &str = "AWSCompromisedKeyQuarantine";
/// What AWS put into users before there were managed ones.
const OLD_QUARANTINE_POLICY: &str = "AWSExposedCredentialPolicy_DO_NOT_REMOVE";

fn knows(event: &Event) -> bool {
    event.envelope() == Some(("aws.iam", "AWS API Call via CloudTrail"))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let detail = event.node().field("detail")?;
    let name = detail.field("eventName")?;
    let finding = Finding::new(Origin {
        finding_id: detail.field("eventID")?.label(),
        finding_type: name.label(),
        account_id: event.node().field("account")?.account(),
        region: detail.field("awsRegion")?.label(),
        time: detail.field("eventTime")?.label(),
        ..Origin::new(SOURCE, event)
    });
    let succeeded = detail.field("errorCode")?.is_absent();
    let reading = match name.need_text()? {
        "CreateAccessKey" if succeeded => created_key(&detail, &finding)?,
        "AttachUserPolicy" | "PutUserPolicy" if succeeded && is_quarantine(&detail)? => {
            let name = detail.at(&["requestParameters", "userName"])?;
            let user = name.user().ok_or_else(|| name.misread("the name of an IAM user"))?;
            finding.signal(Subject::User(UserRef::Name(user)), Cause::Compromised)
        }
        _ => finding.ignored(IgnoreReason::Unsupported),
    };
    Ok(vec![reading])
}

/// Whether AWS's own managed policy was attached, in any partition, or one of its names put inline.
fn is_quarantine(detail: &Node<'_>) -> Result<bool, Misread> {
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

fn created_key(detail: &Node<'_>, finding: &Finding) -> Result<Reading, Misread> {
    let created = detail.at(&["responseElements", "accessKey"])?;
    let asked_for = detail.at(&["requestParameters", "userName"])?.user();
    let user = created.field("userName")?.user().or(asked_for);
    // A user who makes a key for itself need not name itself; the root user has no name to give.
    let caller = detail.at(&["userIdentity", "type"])?.text()?;
    let is_root = user.is_none() && caller == Some("Root");
    let key = Key {
        id: finding::access_key_id(&created.field("accessKeyId")?)?,
        user,
        principal: if is_root { Principal::Root } else { Principal::User },
    };
    Ok(finding.signal(Subject::Key(key), Cause::Forbidden))
}
