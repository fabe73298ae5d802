//! Makes a key Inactive, and reads it back.

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

/// The pauses between one read back and the next: IAM shows a change within seconds. Ten in all.
const PAUSES_MS: [u64; 7] = [100, 300, 600, 1_000, 2_000, 3_000, 3_000];
/// What the first of them and the reads take, kept of the time for the update; of a shorter time, half.
const READ_BACK: Duration = Duration::from_secs(3);

const UPDATE: &str = "UpdateAccessKey";

/// Makes a key Inactive.
///
/// # Errors
/// [`IamError`] if it did not succeed; it may have been done all the same.
pub async fn deactivate(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<(), IamError> {
    let call = update(client, user, id);
    let call = async |config| call.clone().customize().config_override(config).send().await;
    let until = before_read_back(deadline);
    retry::call(UPDATE, client, until, retry, call).await.map(|_| ())
}

/// `user` is always sent: without it IAM guesses from the caller's own credentials (IAM API Reference,
/// `UpdateAccessKey`).
fn update(client: &Client, user: &UserName, id: &AccessKeyId) -> UpdateAccessKeyFluentBuilder {
    client
        .update_access_key()
        .user_name(user.as_str())
        .access_key_id(id.as_str())
        .status(StatusType::Inactive)
}

fn before_read_back(deadline: Instant) -> Instant {
    let kept = READ_BACK.min(deadline.saturating_duration_since(Instant::now()) / 2);
    deadline.checked_sub(kept).unwrap_or(deadline)
}

/// What IAM shows of a key after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The key is Inactive.
    Inactive,
    /// The key can be used.
    Active,
    /// IAM did not say.
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
) -> Result<Shown, IamError> {
    let state = keys::key_state(client, user, id, deadline).await?;
    Ok(match state {
        Some(KeyState { active: true, .. }) => Shown::Active,
        Some(_) => Shown::Inactive,
        None => Shown::Unread,
    })
}

/// Reads a key back until IAM shows it Inactive, for up to ten seconds; else says what IAM showed last.
/// `pause` waits between two reads.
pub async fn read_back(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
    mut pause: impl AsyncFnMut(Duration),
) -> Shown {
    let mut pauses = PAUSES_MS.map(Duration::from_millis).into_iter();
    let mut last = Shown::Unread;
    loop {
        match shown(client, user, id, deadline).await {
            Ok(Shown::Inactive) => return Shown::Inactive,
            Ok(Shown::Active) => last = Shown::Active,
            Err(error) if error.is_final() => return last,
            Ok(Shown::Unread) | Err(_) => {}
        }
        match pauses.next() {
            Some(time) if Instant::now() + time < deadline => pause(time).await,
            _ => return last,
        }
    }
}
