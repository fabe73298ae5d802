//! AWS Trusted Advisor: keys found exposed on the web, and users whose keys are too old.
//!
//! Fields as in the AWS Support User Guide, "Monitoring AWS Trusted Advisor check results with Amazon
//! EventBridge".
//!
//! ```json
//! {"source": "aws.trustedadvisor", "detail-type": "Trusted Advisor Check Item Refresh Notification",
//!  "detail": {"check-name": "Exposed Access Keys", "status": "ERROR", "uuid": "…",
//!   "check-item-detail": {"Access Key ID": "AKIA…", "User Name (IAM or Root)": "Bob"}}}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("trusted-advisor", "Trusted Advisor");

fn knows(event: &Event) -> bool {
    let detail_types = ["Trusted Advisor Check Item Refresh Notification"];
    event.is("aws.trustedadvisor", &detail_types, &["check-name", "check-item-detail"])
}

const EXPOSED: &str = "Exposed Access Keys";
const ROTATION: &str = "IAM Access Key Rotation";

fn read(event: &Event) -> Vec<Reading> {
    let detail = event.detail();
    let check = detail.get(&["check-name"]);
    let origin = Origin {
        finding_id: detail.get(&["uuid"]).label(),
        finding_type: check.label(),
        account_id: event.header("account").account(),
        time: event.header("time").label(),
        ..Origin::new(SOURCE, event)
    };
    let cause = if check.is(ROTATION) { Cause::Stale } else { Cause::Compromised };
    let finding = Finding::new(origin, cause);
    finding.attach_to_errors(read_detail(&detail, &finding))
}

fn read_detail(detail: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    let item = detail.get(&["check-item-detail"]);
    Ok(vec![match detail.field("check-name")?.need_text()? {
        EXPOSED if detail.get(&["status"]).is("OK") => finding.ignored(IgnoreReason::Resolved),
        EXPOSED => {
            let id = finding::access_key_id(&item.field("Access Key ID")?)?;
            finding.signal_of_key(id, &item.get(&["User Name (IAM or Root)"]), None)
        }
        // The check names a key only by its ordinal, so the user is checked.
        ROTATION => match item.field("Status")?.text()? {
            // AWS spells it both ways.
            Some("Yellow" | "Red") => {
                finding.signal_of_user(&item.field("IAM user")?.or(item.field("IAM User")?))?
            }
            _ => finding.ignored(IgnoreReason::Resolved),
        },
        _ => finding.ignored(IgnoreReason::Unsupported),
    }])
}
