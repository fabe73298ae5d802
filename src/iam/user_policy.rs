//! Attaches a managed policy to a user, and detaches it. Both can be repeated.

use aws_sdk_iam::Client;
use tokio::time::Instant;

use super::{IamError, Retry, retry};
use crate::ids::{PolicyArn, UserName};

/// Attaches the policy. A policy that is attached already stays attached.
///
/// # Errors
/// [`IamError`] if the policy may not be attached. IAM says `NoSuchEntity` both of a missing user and
/// of a missing policy.
pub async fn attach(
    client: &Client,
    user: &UserName,
    policy: &PolicyArn,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<(), IamError> {
    let call = client.attach_user_policy().user_name(user.as_str()).policy_arn(policy.as_str());
    let call = async |config| call.clone().customize().config_override(config).send().await;
    retry::call("AttachUserPolicy", client, deadline, retry, call).await.map(|_| ())
}

/// Detaches the policy.
///
/// # Errors
/// [`IamError`] if the policy may still be attached. `NoSuchEntity` if there is no such user, or the
/// policy is not attached.
pub async fn detach(
    client: &Client,
    user: &UserName,
    policy: &PolicyArn,
    deadline: Instant,
    retry: Retry<'_, '_>,
) -> Result<(), IamError> {
    let call = client.detach_user_policy().user_name(user.as_str()).policy_arn(policy.as_str());
    let call = async |config| call.clone().customize().config_override(config).send().await;
    retry::call("DetachUserPolicy", client, deadline, retry, call).await.map(|_| ())
}
