//! Security Hub findings in OCSF (`Findings Imported V2`).
//!
//! Fields as in the OCSF schema, "Detection Finding" and "Compliance Finding".

use super::{
    Cause, IgnoreReason, Misread, Node, Origin, Reader, Reading, Source, Subject,
    finding::{self, Finding},
    securityhub::{KEY_CONTROLS, guardduty_type},
    severity,
    transport::Event,
};

pub(super) const READER: Reader = Reader { knows, read };
pub(super) const SOURCE: Source = Source("security-hub-ocsf");

fn knows(event: &Event) -> bool {
    event.envelope() == Some(("aws.securityhub", "Findings Imported V2"))
}

fn read(event: &Event) -> Result<Vec<Reading>, Misread> {
    let from = |node: &Node<'_>| {
        let product = node.at(&["metadata", "product", "uid"]).ok();
        let product_arn = product.and_then(|product| product.label());
        Some(Origin { product_arn, ..Origin::new(SOURCE, event) })
    };
    finding::each(event, from, |node| read_finding(node, event))
}

fn read_finding(node: &Node<'_>, event: &Event) -> Result<Vec<Reading>, Misread> {
    let closed = closed(node);
    let write_back_to = finding::write_back_to(event, matches!(closed, Ok(None)));
    let finding = Finding::new(Origin { write_back_to, ..origin(node, event)? });
    if let Some(reason) = closed? {
        return Ok(vec![finding.ignored(reason)]);
    }
    let resources = node.field("resources")?.items()?;
    let control = node.at(&["compliance", "control"])?.text()?;
    if control.is_some_and(|control| KEY_CONTROLS.contains(&control)) {
        return read_control(node, &finding, &resources);
    }
    Ok(finding.unique(resources.iter().map(|resource| read_resource(resource, &finding))))
}

fn origin(node: &Node<'_>, event: &Event) -> Result<Origin, Misread> {
    let info = node.field("finding_info")?;
    let types = info.field("types")?.items()?;
    let product = node.at(&["metadata", "product", "uid"])?;
    // Beside GuardDuty's own type, which has a colon, there may be one that says less.
    let own = types.iter().filter_map(Node::label).find(|name| name.as_str().contains(':'));
    let from_guardduty =
        product.text()?.is_some_and(|product| product.ends_with("productv2/aws/guardduty"));
    Ok(Origin {
        finding_id: info.field("uid")?.label(),
        finding_type: match own {
            Some(name) if from_guardduty => guardduty_type(name.as_str()),
            own => own.or(types.first().and_then(Node::label)),
        },
        severity: severity::from_ocsf(node.field("severity_id")?.number()?),
        account_id: node.at(&["cloud", "account", "uid"])?.account(),
        region: node.at(&["cloud", "region"])?.label(),
        time: info.field("modified_time_dt")?.label(),
        repeated: from_guardduty
            && finding::is_update(
                &info.field("created_time_dt")?,
                &info.field("modified_time_dt")?,
            ) == Some(true),
        product_arn: product.label(),
        ..Origin::new(SOURCE, event)
    })
}

/// Why a finding is not open any more: `status_id` is 0 (unknown) or 1 (new) while it is.
fn closed(node: &Node<'_>) -> Result<Option<IgnoreReason>, Misread> {
    let status = node.field("status_id")?;
    let is = |number: f64| status.number().map(|status| status == Some(number));
    Ok(if status.is_absent() || is(0.0)? || is(1.0)? {
        None
    } else if is(3.0)? {
        Some(IgnoreReason::Suppressed)
    } else if is(4.0)? {
        Some(IgnoreReason::Resolved)
    } else if is(5.0)? {
        Some(IgnoreReason::Archived)
    } else if is(2.0)? {
        Some(IgnoreReason::AlreadyHandled)
    } else {
        return Err(status.misread("a status from 0 to 5"));
    })
}

fn read_resource(resource: &Node<'_>, finding: &Finding) -> Result<Option<Reading>, Misread> {
    if resource.field("type")?.text()? != Some("AWS::IAM::AccessKey") {
        return Ok(None);
    }
    let data = resource.field("data")?;
    let (detailed, uid) = (data.field("access_key_id")?, resource.field("uid")?);
    let name = first(vec![
        data.field("user_name")?,
        resource.field("name")?,
        resource.at(&["user", "name"])?,
    ]);
    let (name, user_type) = (name.unwrap_or(data.field("user_name")?), data.field("user_type")?);
    let in_account = in_account_of(resource, finding)?;
    if !detailed.is_absent() {
        return in_account.key(&detailed, &name, &user_type);
    }
    in_account.key_in(&uid, uid.text()?.and_then(finding::id_of_resource), &name, &user_type)
}

/// The account stands with the finding, or else with the resource.
fn in_account_of(resource: &Node<'_>, finding: &Finding) -> Result<Finding, Misread> {
    let owner = resource.at(&["owner", "account", "uid"])?.account();
    let account = finding.origin.account_id.clone().or(owner);
    Ok(finding.in_account(account.or(resource.at(&["account", "uid"])?.account())))
}

/// The first of these that is there.
fn first(nodes: Vec<Node<'_>>) -> Option<Node<'_>> {
    nodes.into_iter().find(|node| !node.is_absent())
}

/// A control names users, never keys.
fn read_control(
    node: &Node<'_>,
    finding: &Finding,
    resources: &[Node<'_>],
) -> Result<Vec<Reading>, Misread> {
    let status = node.at(&["compliance", "status"])?.text()?;
    if !status.is_some_and(|status| ["FAIL", "FAILED"].contains(&status.to_uppercase().as_str())) {
        return Ok(vec![finding.ignored(IgnoreReason::Resolved)]);
    }
    Ok(finding.unique(resources.iter().map(|resource| {
        if resource.field("type")?.text()? != Some("AWS::IAM::User") {
            return Ok(None);
        }
        // The unique ID; the ARN may stand there instead, or beside it.
        let (uid, arn) = (resource.field("uid")?, resource.field("uid_alt")?);
        let user =
            finding::user(&uid).or_else(|misread| finding::user(&arn).map_err(|_| misread))?;
        let in_account = in_account_of(resource, finding)?;
        Ok(Some(in_account.signal(Subject::User(user), Cause::Stale)))
    })))
}
