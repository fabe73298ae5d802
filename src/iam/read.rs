//! What IAM says. Its answers may be seconds old: it is eventually consistent.

use aws_sdk_iam::{Client, types::StatusType};
use tokio::time::Instant;

use super::{Fault, Patience};
use crate::ids::{AccessKeyId, UserName};

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A user's.
    User(UserName),
    /// IAM names something that is no user name: the root user.
    Root,
    /// IAM knows no such key (yet, or any more).
    Unknown,
}

/// A key as its owner's list shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Whether it can be used.
    pub active: bool,
    /// Whether the user has no other key that can be used.
    pub only_active: bool,
}

/// Asks whose key it is: one call for any key of the account.
///
/// # Errors
/// [`Fault`] if IAM does not say.
pub async fn owner(
    client: &Client,
    id: &AccessKeyId,
    patience: Patience,
    deadline: Instant,
) -> Result<Owner, Fault> {
    let call = client.get_access_key_last_used().access_key_id(id.as_str());
    match call.customize().config_override(patience.until(deadline)).send().await {
        Ok(answer) => {
            Ok(answer.user_name().and_then(UserName::parse).map_or(Owner::Root, Owner::User))
        }
        Err(error) => match Fault::new("GetAccessKeyLastUsed", &error) {
            fault if fault.is_no_such_entity() => Ok(Owner::Unknown),
            fault => Err(fault),
        },
    }
}

/// Looks the key up in the user's list, with one try; `None` if it is not there. A user has two keys
/// at most (IAM User Guide, "IAM and AWS STS quotas"), so the first page is the whole list.
///
/// # Errors
/// [`Fault`] if IAM does not say.
pub async fn key_state(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
) -> Result<Option<KeyState>, Fault> {
    let call = client.list_access_keys().user_name(user.as_str());
    let answer = call.customize().config_override(Patience::OneTry.until(deadline)).send().await;
    let answer = match answer.map_err(|error| Fault::new("ListAccessKeys", &error)) {
        Ok(answer) => answer,
        Err(fault) if fault.is_no_such_entity() => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let keys = answer.access_key_metadata().iter();
    let (ours, others): (Vec<_>, Vec<_>) =
        keys.partition(|key| key.access_key_id() == Some(id.as_str()));
    // A status that is not known to be Inactive may be one that works.
    let works = |status: Option<&StatusType>| status != Some(&StatusType::Inactive);
    Ok(ours.first().map(|key| KeyState {
        active: works(key.status()),
        only_active: works(key.status()) && !others.iter().any(|other| works(other.status())),
    }))
}
