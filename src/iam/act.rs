//! The one change this function makes to a key, and the proof of it.

use std::time::Duration;

use aws_sdk_iam::{Client, types::StatusType};
use tokio::time::{Instant, sleep};

use super::{Fault, Patience, read};
use crate::ids::{AccessKeyId, UserName};

/// The pauses before each read back.
const PAUSES_MS: [u64; 5] = [0, 100, 300, 600, 1_000];
/// What they and the reads take, kept of the time for the update.
const READ_BACK: Duration = Duration::from_secs(3);

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
        .status(StatusType::Inactive);
    let until = deadline.checked_sub(READ_BACK).unwrap_or(deadline);
    match call.customize().config_override(Patience::Full.until(until)).send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::new("UpdateAccessKey", &error)),
    }
}

/// Reads the key back until IAM shows it Inactive; false if it does not in time.
pub async fn shows_inactive(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    deadline: Instant,
) -> bool {
    for pause in PAUSES_MS.map(Duration::from_millis) {
        if Instant::now() + pause >= deadline {
            return false;
        }
        sleep(pause).await;
        if let Ok(Some(key)) = read::key_state(client, user, id, deadline).await
            && !key.active
        {
            return true;
        }
    }
    false
}
