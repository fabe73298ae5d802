//! IAM Access Analyzer: a user whose access key is unused. The finding does not name the key.
//!
//! Fields as in the IAM User Guide, "Monitoring IAM Access Analyzer with Amazon EventBridge".
//!
//! ```json
//! {"source": "aws.access-analyzer", "detail-type": "Unused Access Finding for IAM entities", "detail": {
//!   "id": "…", "findingType": "UnusedIAMUserAccessKey", "status": "ACTIVE",
//!   "resource": "arn:aws:iam::123456789012:user/Bob", "accountId": "123456789012"}}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source, finding::Finding,
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("access-analyzer", "IAM Access Analyzer");

fn knows(event: &Event) -> bool {
    let detail_types = ["Unused Access Finding for IAM entities"];
    event.is("aws.access-analyzer", &detail_types, &["findingType", "resource", "status"])
}

fn read(event: &Event) -> Vec<Reading> {
    let detail = event.detail();
    let origin = Origin {
        finding_id: detail.get(&["id"]).or(detail.get(&["findingId"])).label(),
        finding_type: detail.get(&["findingType"]).label(),
        // An organization's analyzer reports in its own account about another.
        account_id: detail.get(&["accountId"]).account(),
        region: event.header("region").label(),
        time: detail.get(&["updatedAt"]).label(),
        ..Origin::new(SOURCE, event)
    };
    let finding = Finding::new(origin, Cause::Stale);
    finding.attach_to_errors(read_detail(&detail, &finding))
}

fn read_detail(detail: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    if detail.field("findingType")?.need_text()? != "UnusedIAMUserAccessKey" {
        return Ok(vec![finding.ignored(IgnoreReason::Unsupported)]);
    }
    let deleted = detail.field("isDeleted")?.flag()? == Some(true);
    Ok(vec![match detail.field("status")?.text()? {
        Some("ACTIVE") if !deleted => finding.signal_of_user(&detail.field("resource")?)?,
        Some("ARCHIVED") => finding.ignored(IgnoreReason::Archived),
        _ => finding.ignored(IgnoreReason::Resolved),
    }])
}
