//! What IAM says about keys. IAM is eventually consistent: its answers may be seconds old.

use aws_sdk_iam::{
    Client,
    operation::get_access_key_last_used::{
        GetAccessKeyLastUsedOutput, builders::GetAccessKeyLastUsedFluentBuilder,
    },
    primitives::DateTime,
    types::StatusType,
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{IamError, Retry, ask, retry};
use crate::ids::{AccessKeyId, UserName};

const LAST_USED: &str = "GetAccessKeyLastUsed";
const LIST: &str = "ListAccessKeys";

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A user's.
    User(UserName),
    /// The root user: IAM returns a name that is not a user name.
    Root,
    /// IAM does not know the key (yet, or any more).
    Unknown,
    /// IAM denies the look-up as it does for a key that the account does not have. The key was deleted
    /// or belongs to another account.
    Denied,
}

/// A key as its owner's list shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Whether it is active.
    pub active: bool,
    /// Whether the user has no other active key.
    pub only_active: bool,
}

/// Asks for a key's owner. One call works for any key of the account.
///
/// # Errors
/// [`IamError`] if IAM does not say.
pub async fn owner(
    client: &Client,
    id: &AccessKeyId,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<Owner, IamError> {
    let call = last_used(client, id);
    let call = async |config| call.clone().customize().config_override(config).send().await;
    of_owner(id, retry::call(LAST_USED, client, deadline, retry, call).await)
}

fn last_used(client: &Client, id: &AccessKeyId) -> GetAccessKeyLastUsedFluentBuilder {
    client.get_access_key_last_used().access_key_id(id.as_str())
}

fn of_owner(
    id: &AccessKeyId,
    answer: Result<GetAccessKeyLastUsedOutput, IamError>,
) -> Result<Owner, IamError> {
    match answer {
        Ok(answer) => match answer.user_name() {
            None | Some("") => Err(IamError::invalid(LAST_USED)),
            Some(name) => Ok(UserName::parse(name).map_or(Owner::Root, Owner::User)),
        },
        Err(error) if error.is_no_such_entity() => Ok(Owner::Unknown),
        Err(error) if error.is_bare_denial(id) => Ok(Owner::Denied),
        Err(error) => Err(error),
    }
}

/// A key in its owner's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMetadata {
    /// The key.
    pub id: AccessKeyId,
    /// Whether it is active.
    pub active: bool,
    /// When it was created, if IAM says so.
    pub created: Option<Timestamp>,
}

/// Lists a user's keys. `None` if there is no such user. A user has two keys at most (IAM User Guide,
/// "IAM and AWS STS quotas"), so a page holds the whole list.
///
/// # Errors
/// [`IamError`] if IAM does not answer, or not completely.
pub async fn list(
    client: &Client,
    user: &UserName,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<Option<Vec<KeyMetadata>>, IamError> {
    let call = client.list_access_keys().user_name(user.as_str());
    let call = async |config| call.clone().customize().config_override(config).send().await;
    let answer = retry::call(LIST, client, deadline, retry, call).await;
    let answer = match answer {
        Err(error) if error.is_no_such_entity() => return Ok(None),
        answer => answer?,
    };
    if answer.is_truncated() {
        return Err(IamError::invalid(LIST));
    }
    let listed = answer.access_key_metadata().iter().filter_map(|key| {
        let id = AccessKeyId::parse(key.access_key_id()?)?;
        // An unknown status counts as active.
        let active = key.status() != Some(&StatusType::Inactive);
        Some(KeyMetadata { id, active, created: key.create_date().copied().and_then(timestamp) })
    });
    Ok(Some(listed.collect()))
}

/// Looks the key up in the user's list, with one try. `None` if it is not there.
///
/// # Errors
/// [`IamError`] if IAM does not say.
pub async fn key_state(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
) -> Result<Option<KeyState>, IamError> {
    let keys = list(client, user, deadline, Retry::Once).await?.unwrap_or_default();
    Ok(state_in(&keys, id))
}

/// What a user's list says about a key. `None` if the key is not there.
#[must_use]
pub fn state_in(keys: &[KeyMetadata], id: &AccessKeyId) -> Option<KeyState> {
    keys.iter().find(|key| key.id == *id).map(|key| KeyState {
        active: key.active,
        only_active: keys.iter().all(|other| other.active == (other.id == *id)),
    })
}

/// When a key was last used, according to IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastUse {
    /// At this time.
    At(Timestamp),
    /// Never since IAM began to record uses.
    Never,
}

/// When the key was last used. An answer without this fact is an error, not "never".
///
/// # Errors
/// [`IamError`] if IAM does not say.
pub async fn last_use(
    client: &Client,
    id: &AccessKeyId,
    deadline: Instant,
) -> Result<LastUse, IamError> {
    let answer = ask(LAST_USED, deadline, last_used(client, id).send()).await?;
    let used = answer.access_key_last_used.ok_or_else(|| IamError::invalid(LAST_USED))?;
    match used.last_used_date {
        Some(date) => timestamp(date).map(LastUse::At).ok_or_else(|| IamError::invalid(LAST_USED)),
        None if used.service_name == "N/A" => Ok(LastUse::Never),
        None => Err(IamError::invalid(LAST_USED)),
    }
}

fn timestamp(date: DateTime) -> Option<Timestamp> {
    Timestamp::from_second(date.secs()).ok()
}
