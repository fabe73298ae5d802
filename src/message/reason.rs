//! The words for each reason. Where a reason is one short fact it is a phrase, otherwise sentences.

use std::fmt;

use super::activation;
use crate::outcome::{
    Deferral, Exemption, Outcome, Reason, Rule, SessionOwner, Sessions, Staleness, Unknown,
    Violation,
};

/// Why a key has its status: the rule it breaks, if any, and the reason.
#[must_use]
pub fn reason(outcome: &Outcome) -> String {
    match outcome.staleness {
        Some(staleness) => format!("{staleness}: {}", outcome.reason),
        None => outcome.reason.to_string(),
    }
}

/// Why sessions that were to be denied are left open.
#[must_use]
pub fn sessions_reason(outcome: &Outcome) -> Option<String> {
    let Sessions::Open(_, error) = &outcome.sessions else { return None };
    let hint = if error.is_limit() {
        " (the user has as many managed policies as it may have)"
    } else if error.is_no_such_entity() {
        " (the stack's SessionPolicy does not exist)"
    } else {
        ""
    };
    Some(format!("{error}{hint}"))
}

impl fmt::Display for Staleness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { violation, exemption_ended } = self;
        violation.fmt(f)?;
        match exemption_ended {
            Some(day) => write!(f, "; its user's exemption ended on {day}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, days, .. } = self;
        match rule {
            Rule::Age => write!(f, "{days} days old"),
            Rule::Use => write!(f, "unused for {days} days"),
            Rule::FirstUse => write!(f, "never used in {days} days"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified => "deactivated and verified",
            Self::Unverified => "deactivated, but not verified: the key could not be read back",
            Self::StillActive => {
                "IAM accepted the update, but still shows the key as Active. Delete the key, or deny its \
                 user all actions."
            }
            Self::InactiveBefore => "The key was already Inactive. The update was sent anyway.",
            Self::InactiveAnyway(error) => {
                return write!(f, "The key is Inactive, although the update failed: {error}");
            }
            Self::Iam(error) => return error.fmt(f),
            Self::Inactive => "the key is already Inactive",
            Self::WouldDeactivate => "would be deactivated",
            Self::WouldDeactivateUnconfirmed => {
                "The key would be deactivated. IAM did not confirm that it belongs to this user."
            }
            Self::Protected => "its user is in ProtectedUsers, so the key was left active",
            Self::ProtectedInactive => "The key is already Inactive. Its user is in ProtectedUsers.",
            Self::Exempt(exemption) => return exemption.fmt(f),
            Self::Gone => "the key or its user no longer exists",
            Self::LookUpDenied => {
                "IAM denies the look-up of this key and gives no reason. The key was deleted, or belongs \
                 to another account, or the function's role lacks iam:GetAccessKeyLastUsed."
            }
            Self::GoneUnlisted => {
                "IAM finds no such key to update, but the user's keys could not be listed. The key may \
                 have another owner."
            }
            Self::TooNew => "the key was just created, and IAM does not know it yet",
            Self::Contradiction => {
                "IAM contradicts itself: a read finds the key, but the update does not"
            }
            Self::NoOwner => "IAM does not name the key's owner",
            Self::NoKey => "the user has no access key",
            Self::NoUser => {
                "IAM has no such user. If the user was renamed, deactivate its keys by hand."
            }
            Self::Root => "the key belongs to the root user, and IAM cannot deactivate it",
            Self::ForeignKey => "the key belongs to another account",
            Self::Temporary(owner) => return write!(f, "a temporary credential of {owner}"),
            Self::LeftActive(unknown) => return write!(f, "left active: {unknown}"),
            Self::NoticeGiven => "notice given",
            Self::NoticeRuns => "notice was given earlier and is not yet due",
            Self::WouldGiveNotice => "notice would be given",
            Self::WouldDeactivateWhenDue => {
                "notice was given earlier; the key would be deactivated when it is due"
            }
            Self::NoticeChanged => "its notice changed during the sweep",
            Self::InactiveWithNotice => {
                "The key had notice and is now Inactive. The sweep does not know who deactivated it."
            }
            Self::Refused => "the sweep was refused",
            Self::Deferred(deferral) => return deferral.fmt(f),
            Self::Compliant => "no active key of this user breaks a rule",
            Self::UserNotFound => "IAM has no such user",
            Self::ForeignUser => "the user belongs to another account",
            Self::RootKeyActive => "the root user has an active key, and IAM cannot deactivate it",
            Self::Activated(activation) => return activation.fmt(f),
            Self::WouldActivate(activation) => return activation::would(activation, f),
            Self::ActiveUnmarked => "the key is Active, and this stack did not deactivate it",
            Self::NotMarked => {
                "The key is Inactive, but its user has no tag that says that this stack deactivated the \
                 key. The key was left Inactive."
            }
            Self::OtherOwner(owner) => {
                return write!(f, "The key belongs to user {owner}, not to the user that the call \
                                  names. Nothing was changed.");
            }
            Self::StillInactive => {
                "IAM accepted the update, but still shows the key as Inactive. The key's mark and the \
                 session policy, if there is one, are still in place."
            }
            Self::ActivationCutOff(step, error) => return write!(f, "{error}. {}", activation::in_place(*step)),
        })
    }
}

impl fmt::Display for Exemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(name) => write!(f, "its user is exempt by {name}"),
            Self::Until(day) => write!(f, "its user is exempt until {day}"),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iam(error) => return error.fmt(f),
            Self::ExemptionDate => "its user's exemption is not a date in the form YYYY-MM-DD",
            Self::UserPath => "its user is not in IAM's list of users",
            Self::Tags => "its user's tags were not read",
            Self::User => "no time was left to check its user",
            Self::Notice(error) => return write!(f, "notice could not be given: {error}"),
            Self::Key => "the sweep does not know which key to change",
        })
    }
}

impl fmt::Display for Deferral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTime => "deferred: no time was left in this sweep",
            Self::Pace => "due, but deferred: this sweep reached MaxDeactivationsPerSweep",
            Self::NotAllUsers => "due, but deferred: not all users could be checked in time",
            Self::NextSweep => "due, but deferred to the next sweep",
        })
    }
}

impl fmt::Display for SessionOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the root user"),
            Self::Role(Some(role)) => write!(f, "role {role}"),
            Self::Role(None) => f.write_str("a role that the event does not name"),
            Self::User(user) => write!(f, "user {user}"),
            Self::Federated => {
                f.write_str("a federated user, issued by a user that the event does not name")
            }
            Self::Unknown => f.write_str("a user or role that the event does not name"),
        }
    }
}
