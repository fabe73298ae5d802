//! Why a key got its status: facts, without words. `message` has the words.

use jiff::civil::Date;

use crate::{
    iam::IamError,
    ids::{Label, UserName},
};

/// Why a key got its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// IAM accepted the update and then showed the key Inactive.
    Verified,
    /// IAM accepted the update. The key could not be read afterwards.
    Unverified,
    /// IAM accepted the update, but still shows the key Active.
    StillActive,
    /// The key was Inactive before its update.
    InactiveBefore,
    /// The key is Inactive, although its update failed.
    InactiveAnyway(IamError),
    /// A call to IAM failed for good.
    Iam(IamError),

    /// A dry run found the key Inactive.
    Inactive,
    /// A dry run would deactivate the key.
    WouldDeactivate,
    /// A dry run would send an update, but IAM did not confirm the key's owner.
    WouldDeactivateUnconfirmed,

    /// The user is on the break-glass list, and the key is active.
    Protected,
    /// The user is on the break-glass list, and the key is Inactive.
    ProtectedInactive,
    /// The user is exempt from hygiene.
    Exempt(Exemption),

    /// The key or its user no longer exists.
    Gone,
    /// IAM denied the look-up of the key in the words it has for a key that the account does not have.
    LookUpDenied,
    /// IAM found no key to update, but the user's keys could not be listed.
    GoneUnlisted,
    /// The key was just created, and IAM does not know it yet.
    TooNew,
    /// A read finds the key, but the update does not.
    Contradiction,
    /// IAM names no owner of the key.
    NoOwner,
    /// The user has no access key.
    NoKey,
    /// The user whose keys were to be contained does not exist.
    NoUser,

    /// The key is the root user's.
    Root,
    /// The key belongs to another account.
    ForeignKey,
    /// The key is a temporary credential of this identity.
    Temporary(SessionOwner),

    /// A sweep left the key active, because it does not know enough to act.
    LeftActive(Unknown),
    /// A sweep gave notice.
    NoticeGiven,
    /// An earlier sweep gave notice, which is not yet due.
    NoticeRuns,
    /// A dry run would give notice.
    WouldGiveNotice,
    /// A dry run would deactivate the key when its notice is due.
    WouldDeactivateWhenDue,
    /// The key's notice changed during the sweep.
    NoticeChanged,
    /// A key with a notice is Inactive.
    InactiveWithNotice,
    /// The whole sweep was refused.
    Refused,
    /// A later sweep deactivates the key or gives notice.
    Deferred(Deferral),
    /// No active key of the user breaks a rule.
    Compliant,
    /// The user that a finding names does not exist.
    UserNotFound,
    /// The user that a finding names belongs to another account.
    ForeignUser,
    /// The credential report shows an active key of the root user.
    RootKeyActive,
}

/// What exempts a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exemption {
    /// The setting of this name.
    Setting(&'static str),
    /// A tag that holds until the end of this day.
    Until(Date),
}

/// What a sweep does not know about a key, so that it leaves the key active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A read failed.
    Iam(IamError),
    /// The user's exemption is not a date.
    ExemptionDate,
    /// The user is not in the list of all users, so its path is unknown.
    UserPath,
    /// The user's tags were not read.
    Tags,
    /// No time was left to check the user.
    User,
    /// The user's notice could not be written.
    Notice(IamError),
    /// The plan names no key.
    Key,
}

/// Why a sweep defers a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferral {
    /// The sweep ran out of time.
    NoTime,
    /// The sweep has deactivated as many keys as it may.
    Pace,
    /// Not all users could be checked, so the limits mean nothing.
    NotAllUsers,
    /// A finding on one user deactivates nothing.
    NextSweep,
}

/// Whose temporary credential it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionOwner {
    /// The root user's.
    Root,
    /// A role's, by name if the event names it.
    Role(Option<Label>),
    /// A user's.
    User(UserName),
    /// A federated user's. The event does not name the user that issued it.
    Federated,
    /// The event does not say.
    Unknown,
}

/// Why a sweep deals with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// The rule that the key breaks.
    pub violation: Violation,
    /// The last day of its user's exemption, if that is over.
    pub exemption_ended: Option<Date>,
}

/// A rule that a key breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// How many days ago the key was created or last used, as the rule counts.
    pub days: i64,
    /// The day from which the key breaks the rule. An earlier notice was given for another violation.
    pub since: Date,
}

/// What a key may break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A key must not be too old.
    Age,
    /// A key must have been used lately.
    Use,
    /// A key must have been used at all.
    FirstUse,
}
