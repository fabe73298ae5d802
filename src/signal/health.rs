//! AWS Health: credentials that AWS has found exposed, or believes compromised.
//!
//! Fields as in the AWS Health User Guide, "Reference: AWS Health events Amazon EventBridge schema".

use super::{
    Cause, IgnoreReason, Key, Misread, Node, Origin, Principal, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    transport::Event,
};
use crate::ids::UserName;

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("health");

const CREDENTIAL_CODES: [&str; 5] = [
    "AWS_RISK_CREDENTIALS_EXPOSED",
    "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED",
    "AWS_RISK_CREDENTIALS_COMPROMISED",
    "AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED",
    "AWS_RISK_IAM_QUARANTINE",
];

fn knows(event: &Event) -> bool {
    let kind = event.envelope();
    ["AWS Health Event", "AWS Health Abuse Event"]
        .iter()
        .any(|detail_type| kind == Some(("aws.health", detail_type)))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let detail = event.node().field("detail")?;
    let code = detail.field("eventTypeCode")?;
    let finding = Finding::new(origin(&detail, event)?);
    if !CREDENTIAL_CODES.contains(&code.need_text()?) {
        return Ok(vec![finding.ignored(IgnoreReason::Unsupported)]);
    }
    if detail.field("statusCode")?.text()? == Some("closed") {
        return Ok(vec![finding.ignored(IgnoreReason::Resolved)]);
    }
    let metadata = detail.field("eventMetadata")?;
    let (key, user) = (metadata.field("publicKey")?, metadata.field("userName")?.user());
    let signal = |id: &Node<'_>, user: Option<UserName>| {
        let key = Key { id: finding::access_key_id(id)?, user, principal: Principal::User };
        Ok(Some(finding.signal(Subject::Key(key), Cause::Compromised)))
    };
    let entities = detail.field("affectedEntities")?.items()?;
    let named = entities.iter().map(|entity| {
        let entity = entity.field("entityValue")?;
        // Entities of other kinds occur: ARNs, URLs, accounts.
        if !entity.looks_like_key() {
            return Ok(None);
        }
        // The metadata tell the user of one key; of several entities, it is that key's alone.
        let is_its = entities.len() == 1 || entity.text()? == key.text()?;
        signal(&entity, user.clone().filter(|_| is_its))
    });
    let named_any =
        entities.iter().any(|it| it.field("entityValue").is_ok_and(|it| it.looks_like_key()));
    if !named_any && !key.looks_like_key() {
        return Err(detail.field("affectedEntities")?.misread("at least one access key ID"));
    }
    let also = key.looks_like_key().then(|| signal(&key, user.clone()));
    Ok(finding.unique(named.chain(also)))
}

fn origin(detail: &Node<'_>, event: &Event) -> Result<Origin, Misread> {
    let affected = detail.field("affectedAccount")?.account();
    Ok(Origin {
        finding_id: detail.field("eventArn")?.label(),
        finding_type: detail.field("eventTypeCode")?.label(),
        account_id: affected.or(event.node().field("account")?.account()),
        region: detail.field("eventRegion")?.label(),
        time: detail.field("lastUpdatedTime")?.label(),
        ..Origin::new(SOURCE, event)
    })
}
