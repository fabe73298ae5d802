//! Security Hub findings in ASFF, imported or sent by a custom action.
//!
//! Fields as in the Security Hub User Guide, "AWS Security Finding Format (ASFF)".

use super::{
    Cause, IgnoreReason, Misread, Node, Origin, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    severity,
    transport::Event,
};
use crate::ids::Label;

pub(super) const READER: Reader = Reader { knows, read };
const SOURCE: Source = Source("security-hub");

const IMPORTED: &str = "Security Hub Findings - Imported";
const CUSTOM_ACTION: &str = "Security Hub Findings - Custom Action";

/// The controls on the age and use of access keys. (IAM.4 is about the root user's.)
pub(super) const KEY_CONTROLS: [&str; 3] = ["IAM.3", "IAM.8", "IAM.22"];

fn knows(event: &Event) -> bool {
    let kind = event.envelope();
    kind == Some(("aws.securityhub", IMPORTED)) || kind == Some(("aws.securityhub", CUSTOM_ACTION))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let by_person = event.envelope() == Some(("aws.securityhub", CUSTOM_ACTION));
    let product = |node: &Node<'_>| Origin {
        product_arn: node.field("ProductArn").ok().and_then(|product| product.label()),
        ..Origin::new(SOURCE, event)
    };
    let from = |node: &Node<'_>| (!by_person).then(|| product(node));
    finding::each(event, from, |node| read_finding(node, by_person, event))
}

fn read_finding(node: &Node<'_>, by_person: bool, event: &Event) -> Result<Vec<Reading>, Misread> {
    let closed = closed(node);
    let open = matches!(closed, Ok(None));
    let write_back_to = finding::write_back_to(event, open);
    let origin = origin(node, event)?;
    // A person picks a finding now, however old it is.
    let origin = Origin { write_back_to, repeated: origin.repeated && !by_person, ..origin };
    let finding = Finding { by_person, ..Finding::new(origin) };
    // What a person has picked is acted on whatever its state. What is imported is not acted on once
    // someone has handled it: writing back to a finding sends it again.
    if !by_person && let Some(reason) = closed? {
        return Ok(vec![finding.ignored(reason)]);
    }
    let sample = node.at(&["ProductFields", "aws/guardduty/service/additionalInfo/sample"])?;
    if sample.text()? == Some("true") || node.field("Sample")?.flag()? == Some(true) {
        return Ok(vec![finding.ignored(IgnoreReason::Sample)]);
    }
    let resources = node.field("Resources")?.items()?;
    if is_key_control(node)? {
        return read_control(node, &finding, &resources);
    }
    let actors = node.at(&["Detection", "Sequence", "Actors"])?.items()?;
    let keys = resources.iter().map(|resource| read_resource(resource, &finding));
    Ok(finding.unique(keys.chain(actors.iter().map(|actor| read_actor(actor, &finding)))))
}

fn origin(node: &Node<'_>, event: &Event) -> Result<Origin, Misread> {
    let (severity, product) = (node.field("Severity")?, node.field("ProductArn")?);
    let label = severity.field("Label")?.text()?;
    let types = node.field("Types")?.items()?;
    let finding_type = types.first().and_then(Node::label);
    let from_guardduty =
        product.text()?.is_some_and(|product| product.ends_with("::product/aws/guardduty"));
    Ok(Origin {
        finding_id: node.field("Id")?.label(),
        finding_type: match finding_type {
            Some(name) if from_guardduty => guardduty_type(name.as_str()),
            other => other.or(node.field("GeneratorId")?.label()),
        },
        severity: severity::from_asff(label, severity.field("Normalized")?.number()?),
        account_id: node.field("AwsAccountId")?.account(),
        region: node.field("Region")?.label(),
        time: node.field("UpdatedAt")?.label(),
        // Of other products' findings it is not known what their times mean.
        repeated: from_guardduty
            && finding::is_update(&node.field("CreatedAt")?, &node.field("UpdatedAt")?)
                == Some(true),
        product_arn: product.label(),
        ..Origin::new(SOURCE, event)
    })
}

/// `TTPs/UnauthorizedAccess:IAMUser-TorIPCaller` as GuardDuty itself spells it, so that one list of
/// types holds for both ways that a finding comes in. Attack sequences keep their slash.
pub(super) fn guardduty_type(name: &str) -> Option<Label> {
    let Some((purpose, rest)) = name.split_once(':') else { return Label::new(name) };
    let purpose = purpose.rsplit('/').next().unwrap_or(purpose);
    let rest = if rest.contains('/') { rest.to_owned() } else { rest.replacen('-', "/", 1) };
    Label::new(&format!("{purpose}:{rest}"))
}

/// Why an imported finding is not open any more.
fn closed(node: &Node<'_>) -> Result<Option<IgnoreReason>, Misread> {
    if node.field("RecordState")?.text()? == Some("ARCHIVED") {
        return Ok(Some(IgnoreReason::Archived));
    }
    let status = node.at(&["Workflow", "Status"])?;
    match status.text()? {
        None | Some("NEW") => Ok(None),
        Some("NOTIFIED") => Ok(Some(IgnoreReason::AlreadyHandled)),
        Some("SUPPRESSED") => Ok(Some(IgnoreReason::Suppressed)),
        Some("RESOLVED") => Ok(Some(IgnoreReason::Resolved)),
        Some(_) => Err(status.misread("NEW, NOTIFIED, SUPPRESSED or RESOLVED")),
    }
}

/// The key's ID stands in the details, or in the resource's own.
fn read_resource(resource: &Node<'_>, finding: &Finding) -> Result<Option<Reading>, Misread> {
    if resource.field("Type")?.text()? != Some("AwsIamAccessKey") {
        return Ok(None);
    }
    let details = resource.at(&["Details", "AwsIamAccessKey"])?;
    let (detailed, id) = (details.field("AccessKeyId")?, resource.field("Id")?);
    let named = details.field("PrincipalName")?;
    let name = if named.is_absent() { details.field("UserName")? } else { named };
    let in_account = finding.in_account(details.field("AccountId")?.account());
    let user_type = details.field("PrincipalType")?;
    if !detailed.is_absent() {
        return in_account.key(&detailed, &name, &user_type);
    }
    in_account.key_in(&id, id.text()?.and_then(finding::id_of_resource), &name, &user_type)
}

fn read_actor(actor: &Node<'_>, finding: &Finding) -> Result<Option<Reading>, Misread> {
    let user = actor.field("User")?;
    finding.key(&user.field("CredentialUid")?, &user.field("Name")?, &user.field("Type")?)
}

fn is_key_control(node: &Node<'_>) -> Result<bool, Misread> {
    // Old findings name their control only at the end of their generator's ID.
    let control = node.at(&["Compliance", "SecurityControlId"])?.text()?;
    let generator = node.field("GeneratorId")?.text()?.and_then(|id| id.rsplit('/').next());
    Ok(control.or(generator).is_some_and(|control| KEY_CONTROLS.contains(&control)))
}

/// A control names users, never keys.
fn read_control(
    node: &Node<'_>,
    finding: &Finding,
    resources: &[Node<'_>],
) -> Result<Vec<Reading>, Misread> {
    if node.at(&["Compliance", "Status"])?.text()? != Some("FAILED") {
        return Ok(vec![finding.ignored(IgnoreReason::Resolved)]);
    }
    Ok(finding.unique(resources.iter().map(|resource| {
        if resource.field("Type")?.text()? != Some("AwsIamUser") {
            return Ok(None);
        }
        let user = finding::user(&resource.field("Id")?)?;
        Ok(Some(finding.signal(Subject::User(user), Cause::Stale)))
    })))
}
