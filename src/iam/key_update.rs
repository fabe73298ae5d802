//! Deactivates or activates a key, and reads it back.

use std::time::Duration;

use aws_sdk_iam::{
    Client, operation::update_access_key::builders::UpdateAccessKeyFluentBuilder, types::StatusType,
};
use tokio::time::Instant;

use super::{
    IamError, Retry,
    keys::{self, KeyState},
    retry,
};
use crate::ids::{AccessKeyId, UserName};

/// The pauses between reads. IAM shows a change within seconds. Ten seconds in all.
const PAUSES_MS: [u64; 7] = [100, 300, 600, 1_000, 2_000, 3_000, 3_000];
/// The time that the update leaves for reading back. If less than twice this time is left, half of it.
const READ_BACK: Duration = Duration::from_secs(3);

const UPDATE: &str = "UpdateAccessKey";

/// Deactivates a key.
///
/// # Errors
/// [`IamError`] if it failed. IAM may have made the change anyway.
pub async fn deactivate(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<(), IamError> {
    change(client, user, id, StatusType::Inactive, deadline, retry).await
}

/// Activates a key. Only the activate function's role may.
///
/// # Errors
/// [`IamError`] if it failed. IAM may have made the change anyway.
pub async fn activate(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<(), IamError> {
    change(client, user, id, StatusType::Active, deadline, retry).await
}

async fn change(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    status: StatusType,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<(), IamError> {
    let call = update(client, user, id, status);
    let call = async |config| call.clone().customize().config_override(config).send().await;
    let until = before_read_back(deadline);
    retry::call(UPDATE, client, until, retry, call).await.map(|_| ())
}

/// `user` is always sent. Without it IAM takes the user of the caller's own credentials (IAM API
/// Reference, `UpdateAccessKey`).
fn update(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    status: StatusType,
) -> UpdateAccessKeyFluentBuilder {
    client.update_access_key().user_name(user.as_str()).access_key_id(id.as_str()).status(status)
}

fn before_read_back(deadline: Instant) -> Instant {
    let kept = READ_BACK.min(deadline.saturating_duration_since(Instant::now()) / 2);
    deadline.checked_sub(kept).unwrap_or(deadline)
}

/// What IAM shows of a key after a change. `respond`'s first look also tells a missing key and the
/// user's other keys; a read back needs neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBack {
    /// The key is Inactive.
    Inactive,
    /// The key works.
    Active,
    /// IAM did not answer.
    Unread,
}

/// Reads a key back once.
///
/// # Errors
/// [`IamError`] if IAM does not answer.
pub async fn shown(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
) -> Result<ReadBack, IamError> {
    let state = keys::key_state(client, user, id, deadline).await?;
    Ok(match state {
        Some(KeyState { active: true, .. }) => ReadBack::Active,
        Some(_) => ReadBack::Inactive,
        None => ReadBack::Unread,
    })
}

/// Reads a key back until IAM shows it as `wanted`, for up to ten seconds. Otherwise returns the last
/// status. `pause` waits between two reads.
pub async fn read_back(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    wanted: ReadBack,
    deadline: Instant,
    mut pause: impl AsyncFnMut(Duration),
) -> ReadBack {
    let mut pauses = PAUSES_MS.map(Duration::from_millis).into_iter();
    let mut last = ReadBack::Unread;
    loop {
        match shown(client, user, id, deadline).await {
            Ok(shown) if shown == wanted => return shown,
            Ok(ReadBack::Unread) => {}
            Ok(shown) => last = shown,
            Err(error) if error.is_final() => return last,
            Err(_) => {}
        }
        match pauses.next() {
            Some(time) if Instant::now() + time < deadline => pause(time).await,
            _ => return last,
        }
    }
}
