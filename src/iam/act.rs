//! All that is changed: a key is made Inactive, and our tags on its user are written and removed.

use std::time::Duration;

use aws_sdk_iam::{
    Client,
    types::{StatusType, Tag},
};
use jiff::civil::Date;
use tokio::time::{Instant, sleep};

use super::{Fault, ask, read};
use crate::{
    ids::{AccessKeyId, UserName},
    tags,
};

/// The pauses between one read back and the next.
const PAUSES_MS: [u64; 4] = [100, 300, 600, 1_000];
/// What they and the reads take, kept of the time for the update; of a shorter time, half.
const READ_BACK: Duration = Duration::from_secs(3);

const TAG: &str = "TagUser";
const UNTAG: &str = "UntagUser";

/// The pauses after a change to a user's tags that met another: the SDK does not try these again.
const CONFLICT_PAUSES_MS: [u64; 5] = [50, 100, 200, 400, 800];

/// Makes the key Inactive. `user` is always sent: without it IAM guesses from the caller's own
/// credentials (IAM API Reference, `UpdateAccessKey`).
///
/// # Errors
/// [`Fault`] if it did not succeed; it may have been done all the same.
pub async fn deactivate(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
) -> Result<(), Fault> {
    let call = client
        .update_access_key()
        .user_name(user.as_str())
        .access_key_id(id.as_str())
        .status(StatusType::Inactive)
        .send();
    let kept = READ_BACK.min(deadline.saturating_duration_since(Instant::now()) / 2);
    let until = deadline.checked_sub(kept).unwrap_or(deadline);
    ask("UpdateAccessKey", until, call).await.map(|_| ())
}

/// Reads the key back until IAM shows it Inactive; false if it does not in time.
pub async fn shows_inactive(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
) -> bool {
    let mut pauses = PAUSES_MS.map(Duration::from_millis).into_iter();
    loop {
        if let Ok(Some(key)) = read::key_state(client, user, id, deadline).await
            && !key.active
        {
            return true;
        }
        match pauses.next() {
            Some(pause) if Instant::now() + pause < deadline => sleep(pause).await,
            _ => return false,
        }
    }
}

/// Writes down that notice of the key's deactivation was given on this day.
///
/// # Errors
/// [`Fault`] if it is not written: a user has 50 tags at most.
pub async fn give_notice(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    day: Date,
    deadline: Instant,
) -> Result<(), Fault> {
    let tag = Tag::builder().key(tags::notice_tag(id)).value(day.to_string()).build();
    let tag = tag.map_err(|_| Fault::invalid(TAG))?;
    let call = client.tag_user().user_name(user.as_str()).tags(tag);
    until_alone(TAG, async || ask(TAG, deadline, call.clone().send()).await.map(|_| ())).await
}

/// Removes tags of ours that have had their day.
///
/// # Errors
/// [`Fault`] if they may still be there.
pub async fn remove_tags(
    client: &Client,
    user: &UserName,
    keys: Vec<String>,
    deadline: Instant,
) -> Result<(), Fault> {
    let call = client.untag_user().user_name(user.as_str()).set_tag_keys(Some(keys));
    until_alone(UNTAG, async || ask(UNTAG, deadline, call.clone().send()).await.map(|_| ())).await
}

/// Changes a user's tags, again and again while it meets another change to them.
async fn until_alone(
    action: &'static str,
    change: impl AsyncFn() -> Result<(), Fault>,
) -> Result<(), Fault> {
    for pause in CONFLICT_PAUSES_MS.map(Duration::from_millis) {
        match change().await {
            Err(fault) if fault.is_conflict() => sleep(pause).await,
            done => return done,
        }
    }
    Err(Fault::conflict(action))
}
