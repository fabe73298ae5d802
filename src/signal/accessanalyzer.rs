//! IAM Access Analyzer: a user whose access key is unused. It does not say which key.
//!
//! Fields as in the IAM User Guide, "Monitoring IAM Access Analyzer with Amazon EventBridge".

use super::{
    Cause, IgnoreReason, Misread, Origin, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("access-analyzer");

fn knows(event: &Event) -> bool {
    event.envelope() == Some(("aws.access-analyzer", "Unused Access Finding for IAM entities"))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let detail = event.node().field("detail")?;
    let kind = detail.field("findingType")?;
    let id = detail.field("id")?.label();
    let finding = Finding::new(Origin {
        finding_id: id.or(detail.field("findingId")?.label()),
        finding_type: kind.label(),
        // An organization's analyzer reports in its own account about another.
        account_id: detail.field("accountId")?.account(),
        region: event.node().field("region")?.label(),
        time: detail.field("updatedAt")?.label(),
        ..Origin::new(SOURCE, event)
    });
    if kind.need_text()? != "UnusedIAMUserAccessKey" {
        return Ok(vec![finding.ignored(IgnoreReason::Unsupported)]);
    }
    let deleted = detail.field("isDeleted")?.flag()? == Some(true);
    let reading = match detail.field("status")?.text()? {
        Some("ACTIVE") if !deleted => {
            let user = finding::user(&detail.field("resource")?)?;
            finding.signal(Subject::User(user), Cause::Stale)
        }
        Some("ARCHIVED") => finding.ignored(IgnoreReason::Archived),
        _ => finding.ignored(IgnoreReason::Resolved),
    };
    Ok(vec![reading])
}
