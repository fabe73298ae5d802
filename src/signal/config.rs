//! AWS Config: a user that breaks a rule, whatever the rule is called. Whether its keys are too old
//! or unused is looked at here.
//!
//! Fields as in the AWS Config Developer Guide, "Monitoring AWS Config with Amazon EventBridge".

use super::{
    Cause, IgnoreReason, Misread, Origin, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("config");

fn knows(event: &Event) -> bool {
    event.envelope() == Some(("aws.config", "Config Rules Compliance Change"))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let detail = event.node().field("detail")?;
    let finding = Finding::new(Origin {
        finding_type: detail.field("configRuleName")?.label(),
        account_id: detail.field("awsAccountId")?.account(),
        region: detail.field("awsRegion")?.label(),
        time: detail.field("notificationCreationTime")?.label(),
        ..Origin::new(SOURCE, event)
    });
    let result = detail.at(&["newEvaluationResult", "complianceType"])?;
    let reading = if detail.field("resourceType")?.need_text()? != "AWS::IAM::User" {
        finding.ignored(IgnoreReason::Unsupported)
    } else if result.text()? != Some("NON_COMPLIANT") {
        finding.ignored(IgnoreReason::Resolved)
    } else {
        // The unique ID, which no other call than `ListUsers` can be asked about.
        let user = finding::user(&detail.field("resourceId")?)?;
        finding.signal(Subject::User(user), Cause::Stale)
    };
    Ok(vec![reading])
}
