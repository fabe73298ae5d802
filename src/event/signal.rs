//! What an event says about keys, users or the account.

use std::fmt;

use serde::Serialize;

use super::Origin;
use crate::{
    config::Mode,
    ids::{AccessKeyId, Label, UserId, UserName},
};

/// What one finding says about one key, one user or the account.
#[derive(Clone, Debug)]
pub struct Signal {
    /// What it is about.
    pub subject: Subject,
    /// What is wrong with it.
    pub cause: Cause,
    /// What asks for it.
    pub trigger: Trigger,
    /// The mode that the event asks for. The function's own mode may be safer.
    pub mode: Mode,
    /// Where it comes from.
    pub origin: Origin,
}

/// What asks for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A schedule, or a direct call for a sweep: the whole account is swept.
    Schedule,
    /// A finding. Findings come one by one and would slip under a sweep's limits, so a finding on a user
    /// gives notice but leaves the deactivation to the next sweep.
    Finding,
    /// A person who has judged the finding already, by a direct call or by picking a finding. An event
    /// from a topic or a queue never counts as a person's: anyone who may publish there could send it.
    Person,
}

/// What a signal is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// One access key.
    Key(Key),
    /// All keys of a user.
    User(UserRef),
    /// All keys of all users.
    Account,
}

/// An access key, as an event names it.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key itself.
    pub id: AccessKeyId,
    /// The user that the event names. IAM must still confirm the user.
    pub user: Option<UserName>,
    /// Whose credential it is, according to the event.
    pub principal: Principal,
}

/// A user, as an event names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// By name.
    Name(UserName),
    /// By unique ID. Only the list of all users maps it to a name.
    Id(UserId),
}

impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// Why a key is to be deactivated, or activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// Someone else may have the key. It is contained now.
    Compromised,
    /// The key was just created in an account that allows no long-lived keys. Hygiene exemptions apply.
    #[serde(rename = "forbidden")]
    NewKey,
    /// The key may be too old or unused. The rules decide.
    Stale,
    /// Nothing is wrong with the key: a person asks to activate it again.
    Activation,
}

/// The kind of identity behind a credential (`userIdentity` in the CloudTrail User Guide).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// An IAM user. Also the default if the event does not say.
    User,
    /// The root user of the account.
    Root,
    /// A role, by name if the event names it.
    Role(Option<Label>),
    /// A federated user of an IAM user (`GetFederationToken`). The name in the event is not the IAM
    /// user's.
    Federated,
}
