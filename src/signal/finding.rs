//! What the sources have in common: a finding, from which signals are made.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::{
    Cause, IgnoreReason, Ignored, Key, Misread, Node, Origin, Principal, Reading, Signal, Subject,
    UserRef, transport::Event,
};
use crate::ids::{AccessKeyId, AccountId, Label, UserId, UserName};

/// What GuardDuty's sample findings have where real ones name a key, wherever they are passed on.
const SAMPLE_KEY: &str = "GeneratedFindingAccessKeyId";

const A_KEY: &str = "an access key ID";

/// One finding: what holds for each signal that it gives.
pub(super) struct Finding {
    pub(super) origin: Origin,
    /// A person has picked this finding, and has judged it.
    pub(super) by_person: bool,
}

impl Finding {
    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, by_person: false }
    }

    /// The same finding about this account, if one is said.
    pub(super) fn in_account(&self, account: Option<AccountId>) -> Self {
        let account_id = account.or(self.origin.account_id.clone());
        let origin = Origin { account_id, ..self.origin.clone() };
        Self { origin, by_person: self.by_person }
    }

    /// Nothing to do for this finding, or for this part of it.
    pub(super) fn ignored(&self, reason: IgnoreReason) -> Reading {
        Reading::Ignored(Ignored { reason, origin: self.origin.clone() })
    }

    /// A signal about `subject`.
    pub(super) fn signal(&self, subject: Subject, cause: Cause) -> Reading {
        let origin = self.origin.clone();
        Reading::Signal(Box::new(Signal {
            subject,
            cause,
            by_person: self.by_person,
            dry_run: false,
            origin,
        }))
    }

    /// The compromised key at `id`, with the name and the kind of identity beside it; `None` if no
    /// key is named there.
    ///
    /// # Errors
    /// [`Misread`] if there is something that is no access key ID.
    pub(super) fn key(
        &self,
        id: &Node<'_>,
        name: &Node<'_>,
        user_type: &Node<'_>,
    ) -> Result<Option<Reading>, Misread> {
        self.key_in(id, id.text()?, name, user_type)
    }

    /// The same, where the key's ID is only a part of the `text` at `id`.
    pub(super) fn key_in(
        &self,
        id: &Node<'_>,
        text: Option<&str>,
        name: &Node<'_>,
        user_type: &Node<'_>,
    ) -> Result<Option<Reading>, Misread> {
        Ok(match text {
            None | Some("") => None,
            Some(SAMPLE_KEY) => Some(self.ignored(IgnoreReason::Sample)),
            Some(text) => {
                let parsed = AccessKeyId::parse(text).ok_or_else(|| id.misread(A_KEY))?;
                let principal = principal(user_type.label().as_ref().map(Label::as_str), name);
                let user = name.user().filter(|_| principal == Principal::User);
                let key = Key { id: parsed, user, principal };
                Some(self.signal(Subject::Key(key), Cause::Compromised))
            }
        })
    }

    /// Each key once, however often the finding names it; `NoAccessKey` if there is none.
    pub(super) fn unique(
        &self,
        readings: impl IntoIterator<Item = Result<Option<Reading>, Misread>>,
    ) -> Vec<Reading> {
        let mut seen = HashSet::new();
        let readings = readings.into_iter().filter_map(Result::transpose);
        let mut unique: Vec<_> = readings
            .map(|reading| reading.unwrap_or_else(Reading::Misread))
            .filter(|reading| {
                let Reading::Signal(signal) = reading else { return true };
                let Subject::Key(key) = &signal.subject else { return true };
                seen.insert(key.id.clone())
            })
            .collect();
        if unique.is_empty() {
            unique.push(self.ignored(IgnoreReason::NoAccessKey));
        }
        unique
    }
}

/// The Region whose Security Hub may be told what became of an open finding. Only it can be sure: who
/// may publish to a topic may name any finding there.
pub(super) fn write_back_to(event: &Event, open: bool) -> Option<Label> {
    let region = event.node().field("region").ok()?.label()?;
    (open && !event.is_wrapped()).then_some(region)
}

/// Whether a finding was sent before, as far as its times tell: who reports it goes on to update it.
/// GuardDuty's first repeat comes after 15 minutes at the earliest (GuardDuty User Guide,
/// "Understanding EventBridge notification frequency in GuardDuty").
pub(super) fn is_update(created: &Node<'_>, updated: &Node<'_>) -> Option<bool> {
    let age = updated.time()?.duration_since(created.time()?);
    Some(age >= SignedDuration::from_mins(15))
}

/// Reads every finding of a Security Hub event; one that is not understood stands beside the rest.
/// Where it comes `from` a product, which a person has not judged, the misread says which.
///
/// # Errors
/// [`Misread`] if there is none.
pub(super) fn each(
    event: &Event,
    from: impl Fn(&Node<'_>) -> Option<Origin>,
    read: impl Fn(&Node<'_>) -> Result<Vec<Reading>, Misread>,
) -> Result<Vec<Reading>, Misread> {
    let findings = event.node().at(&["detail", "findings"])?;
    let nodes = findings.items()?;
    let readings = nodes.iter().flat_map(|node| {
        let readings = read(node).unwrap_or_else(|misread| vec![Reading::Misread(misread)]);
        let from = &from;
        readings.into_iter().map(move |reading| match reading {
            Reading::Misread(misread) => {
                Reading::Misread(Misread { reported_by: from(node).map(Box::new), ..misread })
            }
            other => other,
        })
    });
    let readings: Vec<_> = readings.collect();
    if readings.is_empty() { Err(findings.misread("at least one finding")) } else { Ok(readings) }
}

/// The key's ID in that of a Security Hub resource: bare, or after a prefix, where `null` means that
/// there is none; `None` where something else is named, by its ARN.
pub(super) fn id_of_resource(text: &str) -> Option<&str> {
    let text = text.strip_prefix("AWS::IAM::AccessKey:").unwrap_or(text);
    Some(text).filter(|text| *text != "null" && !text.starts_with("arn:"))
}

/// A type that is not known here may still be a user's.
fn principal(user_type: Option<&str>, name: &Node<'_>) -> Principal {
    match user_type {
        Some("Root") => Principal::Root,
        Some("AssumedRole" | "Role") => Principal::Role(name.label()),
        _ => Principal::User,
    }
}

/// The access key ID at `id`.
///
/// # Errors
/// [`Misread`] if there is none.
pub(super) fn access_key_id(id: &Node<'_>) -> Result<AccessKeyId, Misread> {
    id.text()?.and_then(AccessKeyId::parse).ok_or_else(|| id.misread(A_KEY))
}

/// The user at `node`, by name, ARN or unique ID.
///
/// # Errors
/// [`Misread`] if there is none.
pub(super) fn user(node: &Node<'_>) -> Result<UserRef, Misread> {
    let text = node.text()?;
    let id = text.and_then(UserId::parse).map(UserRef::Id);
    // A name may look like a unique ID; where both may stand, AWS sends the ID.
    id.or_else(|| text.and_then(UserName::parse).map(UserRef::Name))
        .ok_or_else(|| node.misread("the name, the ARN or the unique ID of an IAM user"))
}
