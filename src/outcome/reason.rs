//! Why a key got its status: facts, without words. `message` has the words.

use jiff::civil::Date;

use crate::{
    iam::IamError,
    ids::{AccessKeyId, Label, UserName},
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

    /// The key is Active again, and what this stack had put on its user is gone.
    Activated(Activation),
    /// A dry run would activate the key.
    WouldActivate(Activation),
    /// The key to activate is Active, and has no mark of this stack.
    ActiveUnmarked,
    /// The key to activate is Inactive, and has no mark of this stack.
    NotMarked,
    /// The key to activate belongs to this user, not to the user that the call names.
    OtherOwner(UserName),
    /// IAM accepted the activation, but still shows the key Inactive.
    StillInactive,
    /// A step of an activation failed. The steps before it are done.
    ActivationCutOff(ActivationStep, IamError),
}

/// What an activation did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Whether the key was Active before: an earlier attempt was cut off.
    pub was_active: bool,
    /// Whether IAM showed the key Active.
    pub verified: bool,
    /// What becomes of the policy that denies its user's sessions.
    pub sessions: SessionPolicy,
    /// What deactivated the key, and may deactivate it again.
    pub deactivated_by: DeactivatedBy,
}

/// What becomes of the policy that denies a user's sessions when one of the user's keys is activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionPolicy {
    /// This stack denies no sessions.
    Off,
    /// The policy is not attached any more.
    Detached,
    /// The policy stays, because this other key of the user is still deactivated.
    KeptFor(AccessKeyId),
}

/// What deactivated a key, according to the key's mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeactivatedBy {
    /// The mark does not say.
    Unknown,
    /// Something of this source.
    Source(Label),
    /// A finding, with its source and its ID.
    Finding(Label, Label),
    /// A sweep, because the key breaks this rule.
    Rule(Rule),
}

/// A step of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivationStep {
    /// Find out about the key: its owner, its status, its user's tags.
    Read,
    /// Write down who asked for it.
    WriteNote,
    /// Activate the key.
    Activate,
    /// Detach the policy that denies sessions.
    DetachPolicy,
    /// Remove the key's mark.
    RemoveMark,
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

impl Rule {
    /// Every rule.
    const ALL: [Self; 3] = [Self::Age, Self::Use, Self::FirstUse];

    /// Its public name: in reports, and in the mark of a deactivated key.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Use => "use",
            Self::FirstUse => "first-use",
        }
    }

    /// The rule of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }
}
