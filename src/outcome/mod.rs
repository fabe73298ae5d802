//! What became of one key.

mod reason;
mod sessions;
mod totals;

use std::time::Duration;

use jiff::{Timestamp, civil::Date};
use serde::{Serialize, Serializer};

use crate::{
    event::{Cause, Origin, Trigger},
    ids::{AccessKeyId, AccountId, Label, UserName},
};
pub use reason::{
    Activation, ActivationStep, DeactivatedBy, Deferral, Exemption, Reason, Rule, SessionOwner,
    SessionPolicy, Staleness, Unknown, Violation,
};
pub use sessions::Sessions;
pub use totals::Totals;

/// What became of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// IAM accepted the update of an active key.
    Deactivated,
    /// IAM showed the key Inactive before. The update was sent anyway.
    AlreadyInactive,
    /// A dry run would deactivate the key or give notice.
    DryRun,
    /// Compromised, but left active: its owner is on the break-glass list.
    Protected,
    /// Left active: exempt from hygiene.
    Exempt,
    /// Stale. Notice was given now.
    Noticed,
    /// Stale. Notice was given earlier and is not yet due, or the deactivation is deferred.
    Pending,
    /// Breaks no rule. Counted, not listed.
    Compliant,
    /// The key or its user no longer exists.
    NotFound,
    /// A temporary credential. `UpdateAccessKey` cannot act on it.
    TemporaryCredential,
    /// The root user's key. `UpdateAccessKey` cannot act on it.
    RootCredential,
    /// Belongs to another account.
    ForeignAccount,
    /// A key that this stack had deactivated is Active again, at a person's request.
    Activated,
    /// A person asks to activate a key that is Active. This stack did not deactivate it.
    AlreadyActive,
    /// A person asks to activate a key that this stack did not deactivate. It stays Inactive.
    NotMarked,
    /// The update failed, or was not sent because a required fact could not be read.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 16] = [
        Self::Deactivated,
        Self::AlreadyInactive,
        Self::DryRun,
        Self::Protected,
        Self::Exempt,
        Self::Noticed,
        Self::Pending,
        Self::Compliant,
        Self::NotFound,
        Self::TemporaryCredential,
        Self::RootCredential,
        Self::ForeignAccount,
        Self::Activated,
        Self::AlreadyActive,
        Self::NotMarked,
        Self::Failed,
    ];

    /// Its public name: in reports, metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deactivated => "Deactivated",
            Self::AlreadyInactive => "AlreadyInactive",
            Self::DryRun => "DryRun",
            Self::Protected => "Protected",
            Self::Exempt => "Exempt",
            Self::Noticed => "Noticed",
            Self::Pending => "Pending",
            Self::Compliant => "Compliant",
            Self::NotFound => "NotFound",
            Self::TemporaryCredential => "TemporaryCredential",
            Self::RootCredential => "RootCredential",
            Self::ForeignAccount => "ForeignAccount",
            Self::Activated => "Activated",
            Self::AlreadyActive => "AlreadyActive",
            Self::NotMarked => "NotMarked",
            Self::Failed => "Failed",
        }
    }

    /// Whether a person should look. A repeated finding needs less attention. (A sweep raises attention
    /// for a `Pending` key on the day before it is due.)
    #[must_use]
    pub fn attention(self, origin: &Origin) -> bool {
        match self {
            Self::Deactivated
            | Self::Protected
            | Self::Noticed
            | Self::RootCredential
            | Self::Activated
            | Self::NotMarked
            | Self::Failed => true,
            Self::AlreadyInactive
            | Self::AlreadyActive
            | Self::Exempt
            | Self::Pending
            | Self::Compliant
            | Self::NotFound => false,
            Self::DryRun | Self::TemporaryCredential | Self::ForeignAccount => {
                !origin.delivery.is_repeat
            }
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// What became of one key, for one finding that named it. `message` implements `Display`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The key. Absent if a user's keys could not be listed, or the user has no key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<AccessKeyId>,
    /// Its owner: confirmed by IAM if something was done, otherwise as the event names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<UserName>,
    /// Its account, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// What became of it.
    pub status: Status,
    /// Why it has this status.
    #[serde(skip)]
    pub reason: Reason,
    /// The rule that it breaks, where a sweep found that.
    #[serde(skip)]
    pub staleness: Option<Staleness>,
    /// Whether a person should look.
    pub attention: bool,
    /// Whether IAM showed the key's new status after the update.
    pub verified: bool,
    /// Whether it was the user's only active key, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_active_key: Option<bool>,
    /// When the key was created, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    /// The first day (UTC) on which a sweep deactivates it, if notice was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// The user's owner, from its tag `owner` or `email`, if the tags were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Label>,
    /// Why it was to be deactivated, or activated.
    pub cause: Cause,
    /// How long after the invocation began it was contained.
    #[serde(skip)]
    pub contained: Option<Contained>,
    /// Whether the key is Inactive and an update was sent. This update or an earlier one may have
    /// deactivated it.
    #[serde(skip)]
    pub updated: bool,
    /// Whether the sessions of its user are denied.
    #[serde(skip)]
    pub sessions: Sessions,
    /// What asked for an action. A person must hear if it is not done.
    #[serde(skip)]
    pub trigger: Trigger,
    /// The finding that named it.
    pub origin: Origin,
}

/// How long after the invocation began a key was contained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contained {
    /// Until IAM's answer to the update.
    pub made: Duration,
    /// Until IAM showed the key Inactive, or the last read.
    pub seen: Duration,
}

impl Outcome {
    /// An outcome with these facts only. Set further facts with `..`.
    #[must_use]
    pub fn new(status: Status, reason: Reason, cause: Cause, origin: Origin) -> Self {
        Self {
            access_key_id: None,
            user_name: None,
            account_id: None,
            status,
            reason,
            staleness: None,
            attention: status.attention(&origin),
            verified: false,
            only_active_key: None,
            create_date: None,
            due_on: None,
            owner: None,
            cause,
            contained: None,
            updated: false,
            sessions: Sessions::NotAsked,
            trigger: Trigger::Finding,
            origin,
        }
    }

    /// The order of outcomes for a person. The most important has the lowest weight.
    #[must_use]
    pub fn weight(&self) -> u8 {
        match self.status {
            _ if self.urgent() => 0,
            Status::Failed | Status::Protected | Status::RootCredential => 1,
            _ if self.attention => 2,
            Status::AlreadyInactive | Status::Pending => 3,
            _ => 4,
        }
    }

    /// Whether a person should act now: someone may use a working credential, and this function cannot
    /// stop it.
    #[must_use]
    pub fn urgent(&self) -> bool {
        let is_left = matches!(self.status, Status::Protected | Status::RootCredential);
        self.attention && (is_left || self.sessions.are_open())
    }

    /// Whether the key was Inactive before, so it is unknown whether people know. An earlier attempt
    /// may have deactivated the key and been cut off before it could report.
    #[must_use]
    pub fn unconfirmed(&self) -> bool {
        let is_known = self.access_key_id.is_some() && self.user_name.is_some();
        let was_sent = self.status == Status::AlreadyInactive && self.updated;
        was_sent && is_known && self.cause != Cause::Stale
    }

    /// Whether its event must be delivered again.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.leaves_key_active() || self.sessions.are_open()
    }

    /// Whether the invocation fails because the key may still be active. A sweep does not fail for
    /// single keys: a retry would sweep again, and the next sweep comes anyway. A person's request does
    /// not come again, so it fails.
    #[must_use]
    pub fn leaves_key_active(&self) -> bool {
        self.status == Status::Failed
            && (self.cause != Cause::Stale || self.trigger == Trigger::Person)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{event::tests::signal, iam::IamError, ids::PolicyArn};

    /// Bob's key, with this status for this cause.
    pub(crate) fn outcome(status: Status, cause: Cause) -> Outcome {
        let origin = signal("AKIAIOSFODNN7EXAMPLE", Some("Bob")).origin;
        Outcome {
            access_key_id: AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE"),
            user_name: UserName::parse("Bob"),
            account_id: AccountId::parse("123456789012"),
            attention: true,
            only_active_key: Some(true),
            updated: matches!(status, Status::Deactivated | Status::AlreadyInactive),
            ..Outcome::new(status, Reason::Verified, cause, origin)
        }
    }

    #[test]
    fn only_a_key_that_was_inactive_before_its_update_is_unconfirmed() {
        #[track_caller]
        fn check(expected: bool, outcome: &Outcome) {
            assert_eq!(outcome.unconfirmed(), expected, "{outcome:?}");
        }
        let inactive = |cause| outcome(Status::AlreadyInactive, cause);
        check(true, &inactive(Cause::Compromised));
        check(true, &inactive(Cause::NewKey));
        check(false, &inactive(Cause::Stale));
        check(false, &outcome(Status::Deactivated, Cause::Compromised));
        // A dry run, a break-glass user, a second finding of the same event.
        check(false, &Outcome { updated: false, ..inactive(Cause::Compromised) });
        check(false, &Outcome { access_key_id: None, ..inactive(Cause::Compromised) });
        check(false, &Outcome { user_name: None, ..inactive(Cause::Compromised) });
    }

    #[test]
    fn open_sessions_are_urgent_and_fail() {
        /// Fails, leaves its key active, is urgent.
        #[track_caller]
        fn check(outcome: &Outcome, expected: [bool; 3]) {
            let found = [outcome.fails(), outcome.leaves_key_active(), outcome.urgent()];
            assert_eq!(found, expected, "{outcome:?}");
        }
        let policy = PolicyArn::parse("arn:aws:iam::123456789012:policy/DenySessions").unwrap();
        let of = |status, sessions| Outcome { sessions, ..outcome(status, Cause::Compromised) };
        let open = || Sessions::Open(policy.clone(), IamError::of_attach("LimitExceeded"));
        check(&of(Status::Deactivated, open()), [true, false, true]);
        check(&of(Status::Failed, open()), [true, true, true]);
        check(&of(Status::Failed, Sessions::NotAsked), [true, true, false]);
        check(&of(Status::Deactivated, Sessions::NotAsked), [false; 3]);
        check(&of(Status::Deactivated, Sessions::Denied(policy.clone())), [false; 3]);
    }

    #[test]
    fn a_compromised_key_of_root_needs_attention_every_time() {
        let mut origin = outcome(Status::RootCredential, Cause::Compromised).origin;
        assert!(Status::RootCredential.attention(&origin));
        origin.delivery.is_repeat = true;
        assert!(Status::RootCredential.attention(&origin));
        assert!(!Status::ForeignAccount.attention(&origin));
    }
}
