//! What the sources have in common: a finding, which makes signals.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use jiff::SignedDuration;

use super::{
    Cause, Cursor, IgnoreReason, Ignored, Key, Origin, ParseError, Principal, Reading, Signal,
    Subject, Trigger, UserRef, transport::Event,
};
use crate::{
    config::Mode,
    ids::{AccessKeyId, AccountId, Label, UserId, UserName},
};

/// The key ID in GuardDuty's sample findings, also in copies that other services pass on.
const SAMPLE_KEY: &str = "GeneratedFindingAccessKeyId";

const A_KEY: &str = "an access key ID";

/// The prefix of a Security Hub resource's ID. The key's ID follows, or `null`.
const RESOURCE_PREFIX: &str = "AWS::IAM::AccessKey:";

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The keys that the finding names.
    Key,
    /// All keys of a user. The finding names no key.
    User,
}

/// One finding: the facts that hold for each part of it, understood or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Where it comes from.
    pub origin: Origin,
    /// What it says is wrong.
    pub cause: Cause,
    /// Which keys it is about.
    pub(super) scope: Scope,
    /// What asks for an action.
    pub trigger: Trigger,
    /// The mode that the event asks for.
    pub(super) mode: Mode,
}

impl Finding {
    pub(super) fn new(origin: Origin, cause: Cause) -> Self {
        Self { origin, cause, scope: Scope::Key, trigger: Trigger::Finding, mode: Mode::Enforce }
    }

    /// The same finding about this account, if there is one.
    pub(super) fn in_account(&self, account: Option<AccountId>) -> Cow<'_, Self> {
        if account.is_none() || account == self.origin.account_id {
            return Cow::Borrowed(self);
        }
        let mut finding = self.clone();
        finding.origin.account_id = account;
        Cow::Owned(finding)
    }

    /// Nothing to do for this finding, or for this part of it.
    pub(super) fn ignored(&self, reason: IgnoreReason) -> Reading {
        let origin = self.origin.clone();
        Reading::Ignored(Box::new(Ignored { reason, trigger: self.trigger, origin }))
    }

    /// A signal about `subject`.
    pub(super) fn signal(self, subject: Subject) -> Reading {
        let Self { origin, cause, trigger, mode, .. } = self;
        Reading::Signal(Box::new(Signal { subject, cause, trigger, mode, origin }))
    }

    /// A signal about this key, with the name or ARN and the kind of identity beside it. The account in
    /// an ARN overrides the finding's account.
    pub(super) fn signal_of_key(
        &self,
        id: AccessKeyId,
        name: &Cursor<'_>,
        user_type: Option<&str>,
    ) -> Reading {
        let principal = principal(user_type, name);
        let user = name.user().filter(|_| principal == Principal::User);
        let key = Key { id, user, principal };
        self.in_account(name.account_in_arn()).into_owned().signal(Subject::Key(key))
    }

    /// A signal about the user at `cursor`, by name, ARN or unique ID.
    ///
    /// # Errors
    /// [`ParseError`] if it is missing.
    pub(super) fn signal_of_user(&self, cursor: &Cursor<'_>) -> Result<Reading, ParseError> {
        let user = user(cursor)?;
        Ok(self.in_account(cursor.account_in_arn()).into_owned().signal(Subject::User(user)))
    }

    /// The compromised key at `id`, with the name and the kind of identity beside it; `None` if no
    /// key is named there.
    ///
    /// # Errors
    /// [`ParseError`] if there is something other than an access key ID.
    pub(super) fn key(
        &self,
        id: &Cursor<'_>,
        name: &Cursor<'_>,
        user_type: &Cursor<'_>,
    ) -> Result<Option<Reading>, ParseError> {
        let Some(text) = id.text()? else { return Ok(None) };
        if text == SAMPLE_KEY {
            return Ok(Some(self.ignored(IgnoreReason::Sample)));
        }
        let id = AccessKeyId::parse(text).ok_or_else(|| id.expected(A_KEY))?;
        Ok(Some(self.signal_of_key(id, name, user_type.label().as_ref().map(Label::as_str))))
    }

    /// What was read; what was not understood has to pass the same gates as what was, which
    /// `rules::Triage` applies.
    pub(super) fn attach_to_errors(&self, read: Result<Vec<Reading>, ParseError>) -> Vec<Reading> {
        let mut readings = read.unwrap_or_else(|error| vec![Reading::Invalid(error)]);
        let mut finding = None;
        for reading in &mut readings {
            if let Reading::Invalid(error) = reading {
                let finding = finding.get_or_insert_with(|| Arc::new(self.clone()));
                error.finding = Some(Arc::clone(finding));
            }
        }
        readings
    }

    /// Each key once, however often the finding names it. `NoAccessKey` if the finding names none.
    pub(super) fn unique(
        &self,
        readings: impl IntoIterator<Item = Result<Option<Reading>, ParseError>>,
    ) -> Vec<Reading> {
        let mut seen = HashSet::new();
        let readings = readings.into_iter().filter_map(Result::transpose);
        let mut unique: Vec<_> = readings
            .map(|reading| reading.unwrap_or_else(Reading::Invalid))
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

/// An access key among a finding's resources: every place that may hold its ID, and its owner according
/// to the finding.
pub(super) struct KeyResource<'a> {
    /// The key's ID.
    pub(super) detailed: Cursor<'a>,
    /// The resource's own ID: the key's ID, bare or after a prefix, or an ARN that may end in the key's
    /// ID.
    pub(super) id: Cursor<'a>,
    /// The principal's ID. Some findings have the key's ID here.
    pub(super) principal_id: Cursor<'a>,
    pub(super) name: Cursor<'a>,
    pub(super) user_type: Cursor<'a>,
}

impl KeyResource<'_> {
    /// The key. `None` if the resource says that there is no key, or if the finding `names_another`
    /// credential, as attack sequences do in their actors.
    ///
    /// # Errors
    /// [`ParseError`] if the resource holds no key ID.
    pub(super) fn read(
        &self,
        finding: &Finding,
        names_another: bool,
    ) -> Result<Option<Reading>, ParseError> {
        let finding = finding.in_account(self.id.account_in_arn());
        let in_arn = self.id.text()?.and_then(AccessKeyId::in_arn);
        // An ARN that ends in the key also names its user.
        let name = if self.name.is_absent() && in_arn.is_some() { &self.id } else { &self.name };
        if !self.detailed.is_absent() {
            return finding.key(&self.detailed, name, &self.user_type);
        }
        let text = self.id.text()?.map(|text| text.strip_prefix(RESOURCE_PREFIX).unwrap_or(text));
        if text == Some(SAMPLE_KEY) {
            return Ok(Some(finding.ignored(IgnoreReason::Sample)));
        }
        let parse = |text: Option<&str>| text.and_then(AccessKeyId::parse);
        let key = in_arn.map(|(_, id)| id).or_else(|| parse(text));
        match key.or_else(|| parse(self.principal_id.value().as_str())) {
            Some(key) => {
                let user_type = self.user_type.label();
                let user_type = user_type.as_ref().map(Label::as_str);
                Ok(Some(finding.signal_of_key(key, name, user_type)))
            }
            None if text == Some("null") || names_another => Ok(None),
            None => Err(self.id.expected(A_KEY)),
        }
    }
}

/// Whether any of these is a signal.
pub(super) fn any_signal(readings: &[Result<Option<Reading>, ParseError>]) -> bool {
    readings.iter().any(|reading| matches!(reading, Ok(Some(Reading::Signal(_)))))
}

/// The Region whose Security Hub may be updated about an open finding. Only an event that comes
/// straight from Security Hub counts: whoever may publish to a topic could name any finding.
pub(super) fn write_back_to(event: &Event, open: bool) -> Option<Label> {
    let region = event.header("region").label()?;
    (open && !event.is_wrapped()).then_some(region)
}

/// Whether the finding's times say that it was sent before. Its source keeps updating an open finding.
/// GuardDuty's first repeat comes after 15 minutes at the earliest (GuardDuty User Guide,
/// "Understanding EventBridge notification frequency in GuardDuty").
pub(super) fn is_update(created: &Cursor<'_>, updated: &Cursor<'_>) -> Option<bool> {
    let age = updated.time()?.duration_since(created.time()?);
    Some(age >= SignedDuration::from_mins(15))
}

/// Reads every finding of a Security Hub event, or a single finding without an envelope. A finding that
/// is not understood does not stop the others.
pub(super) fn each(
    event: &Event,
    finding: impl Fn(&Cursor<'_>) -> Finding,
    read: impl Fn(&Cursor<'_>, &Finding) -> Result<Vec<Reading>, ParseError>,
) -> Vec<Reading> {
    let one = |cursor: &Cursor<'_>| {
        let finding = finding(cursor);
        finding.attach_to_errors(read(cursor, &finding))
    };
    if event.envelope().is_none() {
        return one(&event.cursor());
    }
    let findings = event.detail().field("findings");
    match findings.and_then(|findings| Ok((findings.items()?, findings))) {
        Ok((items, findings)) if items.is_empty() => {
            vec![Reading::Invalid(findings.expected("at least one finding"))]
        }
        Ok((items, _)) => items.iter().flat_map(one).collect(),
        Err(error) => vec![Reading::Invalid(error)],
    }
}

/// An unknown type may still be a user's. Without a type, the name or ARN shows the root user, and a
/// session's ARN shows a role.
fn principal(user_type: Option<&str>, name: &Cursor<'_>) -> Principal {
    let text = name.value().as_str().unwrap_or_default();
    let (is_arn, role) = (text.starts_with("arn:"), text.split_once(":assumed-role/"));
    let role = role.and_then(|(_, role)| role.split('/').next()).filter(|_| is_arn);
    match user_type {
        Some("Root") => Principal::Root,
        // A user may have this name. IAM decides.
        None if text.eq_ignore_ascii_case("root") || is_arn && text.ends_with(":root") => {
            Principal::Root
        }
        Some("AssumedRole" | "Role") => Principal::Role(role.map_or(name.label(), Label::new)),
        Some("FederatedUser") => Principal::Federated,
        None if role.is_some() => Principal::Role(role.and_then(Label::new)),
        _ => Principal::User,
    }
}

/// The access key ID at `id`.
///
/// # Errors
/// [`ParseError`] if it is missing.
pub(super) fn access_key_id(id: &Cursor<'_>) -> Result<AccessKeyId, ParseError> {
    id.text()?.and_then(AccessKeyId::parse).ok_or_else(|| id.expected(A_KEY))
}

fn user(cursor: &Cursor<'_>) -> Result<UserRef, ParseError> {
    let text = cursor.text()?;
    // A name may look like a unique ID. Where both are possible, also at the end of an ARN, AWS sends
    // the ID.
    let name = text.and_then(UserName::parse);
    let id = name.as_ref().and_then(|name| UserId::parse(name.as_str())).map(UserRef::Id);
    id.or(name.map(UserRef::Name))
        .ok_or_else(|| cursor.expected("the name, the ARN or the unique ID of an IAM user"))
}
