//! AWS Health: credentials that AWS has found exposed, or believes compromised.
//!
//! Fields as in the AWS Health User Guide, "Reference: AWS Health events Amazon EventBridge schema".
//!
//! ```json
//! {"source": "aws.health", "detail-type": "AWS Health Event", "detail": {
//!   "eventArn": "arn:…", "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED", "statusCode": "open",
//!   "affectedEntities": [{"entityValue": "AKIA…"}],
//!   "eventMetadata": {"publicKey": "AKIA…", "userName": "Bob"}}}
//! ```

use super::Reader;
use crate::event::{
    Cause, Cursor, IgnoreReason, Origin, ParseError, Reading, Source,
    finding::{self, Finding},
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source::new("health", "AWS Health");

const CREDENTIAL_CODES: [&str; 5] = [
    "AWS_RISK_CREDENTIALS_EXPOSED",
    "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED",
    "AWS_RISK_CREDENTIALS_COMPROMISED",
    "AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED",
    "AWS_RISK_IAM_QUARANTINE",
];

fn knows(event: &Event) -> bool {
    let detail_types = ["AWS Health Event", "AWS Health Abuse Event"];
    event.is("aws.health", &detail_types, &["eventTypeCode", "eventArn"])
}

fn read(event: &Event) -> Vec<Reading> {
    let detail = event.detail();
    let origin = Origin {
        finding_id: detail.get(&["eventArn"]).label(),
        finding_type: detail.get(&["eventTypeCode"]).label(),
        account_id: detail.get(&["affectedAccount"]).or(event.header("account")).account(),
        region: detail.get(&["eventRegion"]).label(),
        time: detail.get(&["lastUpdatedTime"]).label(),
        ..Origin::new(SOURCE, event)
    };
    let finding = Finding::new(origin, Cause::Compromised);
    finding.attach_to_errors(read_detail(&detail, &finding))
}

fn read_detail(detail: &Cursor<'_>, finding: &Finding) -> Result<Vec<Reading>, ParseError> {
    if !CREDENTIAL_CODES.contains(&detail.field("eventTypeCode")?.need_text()?) {
        return Ok(vec![finding.ignored(IgnoreReason::Unsupported)]);
    }
    if detail.get(&["statusCode"]).is("closed") {
        return Ok(vec![finding.ignored(IgnoreReason::Resolved)]);
    }
    let metadata = detail.get(&["eventMetadata"]);
    let (key, user) = (metadata.get(&["publicKey"]), metadata.get(&["userName"]));
    let nobody = Cursor::null();
    let signal = |id: &Cursor<'_>, user: &Cursor<'_>| {
        Ok(Some(finding.signal_of_key(finding::access_key_id(id)?, user, None)))
    };
    let entities = detail.field("affectedEntities")?.items()?;
    let named = entities.iter().map(|entity| {
        let entity = entity.field("entityValue")?;
        // Entities of other kinds occur: ARNs, URLs, accounts.
        if !entity.looks_like_key() {
            return Ok(None);
        }
        // The metadata name the user of one key. With several entities, only that key belongs to the
        // user.
        let is_its = entities.len() == 1 || entity.value() == key.value();
        signal(&entity, if is_its { &user } else { &nobody })
    });
    let named_any = entities.iter().any(|it| it.get(&["entityValue"]).looks_like_key());
    if !named_any && !key.looks_like_key() {
        return Err(detail.field("affectedEntities")?.expected("at least one access key ID"));
    }
    let also = key.looks_like_key().then(|| signal(&key, &user));
    Ok(finding.unique(named.chain(also)))
}
