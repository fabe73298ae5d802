//! What IAM says of users: their list, paths, tags and groups.

use aws_sdk_iam::{Client, types};
use tokio::time::Instant;

use super::{Fault, ask};
use crate::{
    ids::{UserId, UserName},
    tags::Tags,
};

/// The most that IAM lists at once (IAM API Reference, `ListUsers`).
const PAGE: i32 = 1000;

/// A user, as the list of all users shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user.
    pub name: UserName,
    /// Its unique ID.
    pub id: Option<UserId>,
    /// Its path, such as `/service/`.
    pub path: String,
}

/// Lists all users of the account.
///
/// # Errors
/// [`Fault`] if IAM does not list them all.
pub async fn all(client: &Client, deadline: Instant) -> Result<Vec<User>, Fault> {
    pages(async |marker| {
        let call = client.list_users().max_items(PAGE).set_marker(marker);
        let page = ask("ListUsers", deadline, call.send()).await?;
        let users = page.users.into_iter().filter_map(user).collect();
        Ok((users, page.marker.filter(|_| page.is_truncated)))
    })
    .await
}

fn user(user: types::User) -> Option<User> {
    let name = UserName::parse(&user.user_name)?;
    Some(User { name, id: UserId::parse(&user.user_id), path: user.path })
}

/// The user with this name.
///
/// # Errors
/// [`Fault`] if IAM does not say; also if there is no such user.
pub async fn get(client: &Client, name: &UserName, deadline: Instant) -> Result<User, Fault> {
    const ACTION: &str = "GetUser";
    let answer = ask(ACTION, deadline, client.get_user().user_name(name.as_str()).send()).await?;
    answer.user.and_then(user).ok_or_else(|| Fault::invalid(ACTION))
}

/// The user's tags.
///
/// # Errors
/// [`Fault`] if IAM does not list them all.
pub async fn tags(client: &Client, user: &UserName, deadline: Instant) -> Result<Tags, Fault> {
    let tags = pages(async |marker| {
        let call = client.list_user_tags().user_name(user.as_str()).set_marker(marker);
        let page = ask("ListUserTags", deadline, call.send()).await?;
        let tags = page.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        Ok((tags, page.marker.filter(|_| page.is_truncated)))
    });
    Ok(tags.await?.into_iter().collect())
}

/// The names of the user's groups.
///
/// # Errors
/// [`Fault`] if IAM does not list them all.
pub async fn groups(
    client: &Client,
    user: &UserName,
    deadline: Instant,
) -> Result<Vec<String>, Fault> {
    pages(async |marker| {
        let call = client.list_groups_for_user().user_name(user.as_str()).set_marker(marker);
        let page = ask("ListGroupsForUser", deadline, call.send()).await?;
        let groups = page.groups.into_iter().map(|group| group.group_name).collect();
        Ok((groups, page.marker.filter(|_| page.is_truncated)))
    })
    .await
}

/// All items of a list; a page has some, and the marker of the next page if there is one.
async fn pages<T>(
    page: impl AsyncFn(Option<String>) -> Result<(Vec<T>, Option<String>), Fault>,
) -> Result<Vec<T>, Fault> {
    let (mut all, mut next) = page(None).await?;
    while let Some(marker) = next {
        let (more, then) = page(Some(marker)).await?;
        all.extend(more);
        next = then;
    }
    Ok(all)
}
