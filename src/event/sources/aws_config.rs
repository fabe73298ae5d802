//! AWS Config: a user that breaks a rule, whatever the rule's name. The function itself checks whether
//! the user's keys are too old or unused.
//!
//! Fields as in the AWS Config Developer Guide, "Monitoring AWS Config with Amazon EventBridge".
//!
//! ```json
//! {"source": "aws.config", "detail-type": "Config Rules Compliance Change", "detail": {
//!   "configRuleName": "access-keys-rotated", "resourceType": "AWS::IAM::User", "resourceId": "AIDA…",
//!   "newEvaluationResult": {"complianceType": "NON_COMPLIANT"}}}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source, finding::Finding,
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("config", "AWS Config");

fn knows(event: &Event) -> bool {
    let fields = ["configRuleName", "resourceType", "newEvaluationResult"];
    event.is("aws.config", &["Config Rules Compliance Change"], &fields)
}

fn read(event: &Event) -> Vec<Reading> {
    let detail = event.detail();
    let origin = Origin {
        finding_type: detail.get(&["configRuleName"]).label(),
        account_id: detail.get(&["awsAccountId"]).account(),
        region: detail.get(&["awsRegion"]).label(),
        time: detail.get(&["notificationCreationTime"]).label(),
        ..Origin::new(SOURCE, event)
    };
    let finding = Finding::new(origin, Cause::Stale);
    finding.attach_to_errors(read_detail(&detail, &finding))
}

fn read_detail(detail: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    let result = detail.at(&["newEvaluationResult", "complianceType"])?;
    Ok(vec![if detail.field("resourceType")?.need_text()? != "AWS::IAM::User" {
        finding.ignored(IgnoreReason::Unsupported)
    } else if result.text()? != Some("NON_COMPLIANT") {
        finding.ignored(IgnoreReason::Resolved)
    } else {
        // The unique ID. Only `ListUsers` maps it to a name.
        finding.signal_of_user(&detail.field("resourceId")?)?
    }])
}
