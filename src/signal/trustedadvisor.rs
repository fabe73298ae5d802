//! AWS Trusted Advisor: keys found exposed on the web, and users whose keys are too old.
//!
//! Fields as in the AWS Support User Guide, "Monitoring AWS Trusted Advisor check results with Amazon
//! EventBridge".

use super::{
    Cause, IgnoreReason, Key, Misread, Origin, Principal, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("trusted-advisor");

fn knows(event: &Event) -> bool {
    event.envelope()
        == Some(("aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification"))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let detail = event.node().field("detail")?;
    let (check, item) = (detail.field("check-name")?, detail.field("check-item-detail")?);
    let finding = Finding::new(Origin {
        finding_id: detail.field("uuid")?.label(),
        finding_type: check.label(),
        account_id: event.node().field("account")?.account(),
        time: event.node().field("time")?.label(),
        ..Origin::new(SOURCE, event)
    });
    let reading = match check.need_text()? {
        "Exposed Access Keys" if detail.field("status")?.text()? == Some("OK") => {
            finding.ignored(IgnoreReason::Resolved)
        }
        "Exposed Access Keys" => {
            let name = item.field("User Name (IAM or Root)")?;
            // IAM has the last word, should a user be called so.
            let is_root = name.text()?.is_some_and(|name| name.eq_ignore_ascii_case("root"));
            let principal = if is_root { Principal::Root } else { Principal::User };
            let key = Key {
                id: finding::access_key_id(&item.field("Access Key ID")?)?,
                user: name.user().filter(|_| !is_root),
                principal,
            };
            finding.signal(Subject::Key(key), Cause::Compromised)
        }
        // It names a key by its ordinal only: the user is looked at.
        "IAM Access Key Rotation" => match item.field("Status")?.text()? {
            Some("Yellow" | "Red") => {
                // Spelled both ways.
                let (user, or) = (item.field("IAM user")?, item.field("IAM User")?);
                let user = finding::user(if user.is_absent() { &or } else { &user })?;
                finding.signal(Subject::User(user), Cause::Stale)
            }
            _ => finding.ignored(IgnoreReason::Resolved),
        },
        _ => finding.ignored(IgnoreReason::Unsupported),
    };
    Ok(vec![reading])
}
