//! All that is changed: a key is made Inactive, and our tags on its user are written and removed.

use std::time::Duration;

use aws_sdk_iam::{
    Client,
    operation::update_access_key::builders::UpdateAccessKeyFluentBuilder,
    types::{StatusType, Tag},
};
use tokio::time::{Instant, sleep};

use super::{
    IamError, Turn, ask,
    keys::{self, KeyState},
    retry,
};
use crate::{
    iam::tags::{self, Notice},
    ids::{AccessKeyId, UserName},
};

/// The pauses between one read back and the next: IAM shows a change within seconds. Ten in all.
const PAUSES_MS: [u64; 7] = [100, 300, 600, 1_000, 2_000, 3_000, 3_000];
/// What the first of them and the reads take, kept of the time for the update; of a shorter time, half.
const READ_BACK: Duration = Duration::from_secs(3);

const UPDATE: &str = "UpdateAccessKey";
const TAG: &str = "TagUser";
const UNTAG: &str = "UntagUser";

/// The pauses after a change to a user's tags that met another: the SDK does not try these again.
const CONFLICT_PAUSES_MS: [u64; 5] = [50, 100, 200, 400, 800];

/// Makes the key Inactive, with the retries of a sweep.
///
/// # Errors
/// [`IamError`] if it did not succeed; it may have been done all the same.
pub async fn deactivate(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
) -> Result<(), IamError> {
    let until = before_read_back(deadline);
    ask(UPDATE, until, update(client, user, id).send()).await.map(|_| ())
}

/// Makes a key Inactive that must not wait: asks again until IAM does it, refuses to, or the time is up.
///
/// # Errors
/// [`IamError`] if it did not succeed; it may have been done all the same.
pub async fn contain(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
    turn: &mut Turn<'_>,
) -> Result<(), IamError> {
    let call = update(client, user, id);
    let call = async |config| call.clone().customize().config_override(config).send().await;
    let until = before_read_back(deadline);
    retry::until_deadline(UPDATE, client, until, turn, call).await.map(|_| ())
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

/// Writes down the notice of the key's deactivation.
///
/// # Errors
/// [`IamError`] if it is not written: a user has 50 tags at most.
pub async fn give_notice(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    notice: Notice,
    deadline: Instant,
) -> Result<(), IamError> {
    let tag = Tag::builder().key(tags::notice_tag(id)).value(notice.to_string()).build();
    let tag = tag.map_err(|_| IamError::invalid(TAG))?;
    let call = client.tag_user().user_name(user.as_str()).tags(tag);
    retry_on_conflict(TAG, async || ask(TAG, deadline, call.clone().send()).await.map(|_| ())).await
}

/// Removes tags of ours that have had their day.
///
/// # Errors
/// [`IamError`] if they may still be there.
pub async fn remove_tags(
    client: &Client,
    user: &UserName,
    keys: Vec<String>,
    deadline: Instant,
) -> Result<(), IamError> {
    let call = client.untag_user().user_name(user.as_str()).set_tag_keys(Some(keys));
    retry_on_conflict(UNTAG, async || ask(UNTAG, deadline, call.clone().send()).await.map(|_| ()))
        .await
}

/// Changes a user's tags, again and again while it meets another change to them.
async fn retry_on_conflict(
    action: &'static str,
    change: impl AsyncFn() -> Result<(), IamError>,
) -> Result<(), IamError> {
    for pause in CONFLICT_PAUSES_MS.map(Duration::from_millis) {
        match change().await {
            Err(error) if error.is_conflict() => sleep(pause).await,
            done => return done,
        }
    }
    Err(IamError::conflict(action))
}
