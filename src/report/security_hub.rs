//! Updates for Security Hub's own findings: a handled finding needs no second look.
//!
//! Identifiers as `BatchUpdateFindings` and `BatchUpdateFindingsV2` take them (Security Hub API
//! Reference).

use std::collections::HashMap;

use serde::Serialize;

use crate::{
    event::{Cause, Origin},
    ids::{AccountId, Label},
    message,
    outcome::{Outcome, Status},
};

/// The findings to update, each once.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WriteBack {
    /// Findings in ASFF.
    pub asff: Vec<Asff>,
    /// Findings in OCSF.
    pub ocsf: Vec<Ocsf>,
}

/// A finding in ASFF.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asff {
    finding_id: Label,
    product_arn: Label,
    #[serde(flatten)]
    update: Update,
}

/// A finding in OCSF.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ocsf {
    finding_uid: Label,
    product_uid: Label,
    account_uid: AccountId,
    #[serde(flatten)]
    update: Update,
}

/// The update.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Update {
    /// At most 512 characters, Security Hub's limit.
    note: String,
    /// Whether IAM showed all of its keys Inactive.
    resolved: bool,
}

impl WriteBack {
    /// Gathers the findings whose keys are all handled. A finding with a key left active stays open,
    /// also after a dry run. Only findings that this Region's Security Hub sent itself count.
    #[must_use]
    pub fn new(outcomes: &[Outcome], region: Option<&str>) -> Self {
        let mut findings: Vec<(&Origin, Vec<&Outcome>)> = Vec::new();
        let mut places = HashMap::new();
        let reportable = outcomes.iter().filter(|outcome| {
            let sent_from = outcome.origin.delivery.write_back_to.as_ref().map(Label::as_str);
            sent_from.is_some() && sent_from == region
        });
        for outcome in reportable {
            let Origin { finding_id, product_arn, .. } = &outcome.origin;
            let place = *places.entry((finding_id, product_arn)).or_insert(findings.len());
            match findings.get_mut(place) {
                Some((_, of_finding)) => of_finding.push(outcome),
                None => findings.push((&outcome.origin, vec![outcome])),
            }
        }
        let mut back = Self::default();
        for (origin, of_finding) in findings {
            if of_finding.iter().all(|outcome| is_handled(outcome)) {
                back.add(origin, Update::of(&of_finding));
            }
        }
        back
    }

    fn add(&mut self, origin: &Origin, update: Update) {
        let (Some(id), Some(product)) = (&origin.finding_id, &origin.product_arn) else { return };
        let (id, product) = (id.clone(), product.clone());
        if origin.source.is_ocsf() {
            let account = origin.account_id.clone();
            self.ocsf.extend(account.map(|account_uid| Ocsf {
                finding_uid: id,
                product_uid: product,
                account_uid,
                update,
            }));
        } else {
            self.asff.push(Asff { finding_id: id, product_arn: product, update });
        }
    }
}

/// Only if IAM showed the key Inactive after an update, and no sessions are left open. Otherwise the
/// finding stays open.
fn is_handled(outcome: &Outcome) -> bool {
    match outcome.status {
        _ if outcome.sessions.are_open() => false,
        Status::Deactivated | Status::AlreadyInactive => outcome.verified,
        Status::NotFound => outcome.cause != Cause::Stale,
        _ => false,
    }
}

impl Update {
    fn of(outcomes: &[&Outcome]) -> Self {
        let notes: Vec<_> = outcomes
            .iter()
            .map(|outcome| format!("{outcome}: {}", message::reason(outcome)))
            .collect();
        Self {
            note: notes.join("; ").chars().take(512).collect(),
            // A control may also fail for a password. The control resolves its findings itself.
            resolved: outcomes.iter().all(|it| it.verified && it.cause != Cause::Stale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Reason, SessionOwner, tests::outcome};

    /// Each outcome: finding, product, Region that sent it, status, verified. Expected: the updates.
    #[track_caller]
    fn check(outcomes: &[(&str, &str, Option<&str>, Status, bool)], expected: &[&str]) {
        let outcomes: Vec<_> = outcomes
            .iter()
            .map(|(id, product, region, status, verified)| {
                let mut outcome =
                    Outcome { verified: *verified, ..outcome(*status, Cause::Compromised) };
                outcome.origin.finding_id = Label::new(id);
                outcome.origin.product_arn = Label::new(product);
                outcome.origin.delivery.write_back_to = region.and_then(Label::new);
                outcome
            })
            .collect();
        let back = WriteBack::new(&outcomes, Some("us-east-1"));
        let line = |it: &Asff| {
            let resolved = if it.update.resolved { ", resolved" } else { "" };
            format!("{}{resolved}: {}", it.finding_id, it.update.note)
        };
        assert_eq!(back.asff.iter().map(line).collect::<Vec<_>>(), expected);
        assert!(back.ocsf.is_empty());
    }

    #[test]
    fn only_findings_that_are_handled_are_told_of() {
        use Status::{
            AlreadyInactive, Deactivated, DryRun, Exempt, Failed, ForeignAccount, NotFound,
            Noticed, Pending, Protected, RootCredential, TemporaryCredential,
        };
        const HERE: Option<&str> = Some("us-east-1");
        let key = "AKIAIOSFODNN7EXAMPLE of Bob";
        let done = format!("f, resolved: {key}: Deactivated: deactivated and verified");
        check(&[("f", "p", HERE, Deactivated, true)], &[&done]);
        check(&[("f", "p", HERE, Deactivated, false)], &[]);
        let was = format!("f, resolved: {key}: AlreadyInactive: deactivated and verified");
        check(&[("f", "p", HERE, AlreadyInactive, true)], &[&was]);
        check(&[("f", "p", HERE, AlreadyInactive, false)], &[]);
        check(
            &[("f", "p", HERE, NotFound, false)],
            &[&format!("f: {key}: NotFound: deactivated and verified")],
        );
        for left in [
            DryRun,
            Exempt,
            Failed,
            ForeignAccount,
            Noticed,
            Pending,
            Protected,
            RootCredential,
            TemporaryCredential,
        ] {
            check(&[("f", "p", HERE, left, false)], &[]);
            check(&[("f", "p", HERE, Deactivated, true), ("f", "p", HERE, left, false)], &[]);
            let other = [("f", "p", HERE, Deactivated, true), ("g", "p", HERE, left, false)];
            check(&other, &[&done]);
        }
        let both = format!(
            "f: {key}: Deactivated: deactivated and verified; {key}: NotFound: deactivated and verified"
        );
        check(&[("f", "p", HERE, Deactivated, true), ("f", "p", HERE, NotFound, false)], &[&both]);
        check(&[("f", "p", HERE, Deactivated, true), ("f", "p", HERE, Deactivated, false)], &[]);
        // Not through a topic, from another Region, or without what names it.
        check(&[("f", "p", None, Deactivated, true)], &[]);
        check(&[("f", "p", Some("eu-west-1"), Deactivated, true)], &[]);
        check(&[("", "p", HERE, Deactivated, true), ("f", "", HERE, Deactivated, true)], &[]);
    }

    #[test]
    fn a_control_is_not_resolved_for_a_key() {
        let mut stale = Outcome { verified: true, ..outcome(Status::Deactivated, Cause::Stale) };
        stale.origin.finding_id = Label::new("f");
        stale.origin.product_arn = Label::new("p");
        stale.origin.delivery.write_back_to = Label::new("us-east-1");
        let back = WriteBack::new(&[stale], Some("us-east-1"));
        assert_eq!(back.asff.first().map(|it| it.update.resolved), Some(false));
    }

    #[test]
    fn a_note_is_as_long_as_security_hub_takes() {
        let role = Label::new(&"é".repeat(1_000));
        let reason = Reason::Temporary(SessionOwner::Role(role));
        let mut long = Outcome { reason, ..outcome(Status::NotFound, Cause::Compromised) };
        long.origin.finding_id = Label::new("f");
        long.origin.product_arn = Label::new("p");
        long.origin.delivery.write_back_to = Label::new("us-east-1");
        let back = WriteBack::new(&[long], Some("us-east-1"));
        assert_eq!(back.asff.first().map(|it| it.update.note.chars().count()), Some(512));
    }
}
