//! What IAM says about users: their list, paths, tags and groups.

use std::collections::HashSet;

use aws_sdk_iam::{Client, types};
use tokio::time::Instant;

use super::{IamError, ask};
use crate::{
    iam::tags::Tags,
    ids::{UserId, UserName},
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
/// [`IamError`] if the list is incomplete.
pub async fn all(client: &Client, deadline: Instant) -> Result<Vec<User>, IamError> {
    const ACTION: &str = "ListUsers";
    pages(ACTION, async |marker| {
        let call = client.list_users().max_items(PAGE).set_marker(marker);
        let page = ask(ACTION, deadline, call.send()).await?;
        let items = page.users.into_iter().filter_map(user).map(Some).collect();
        Ok(Page { items, is_truncated: page.is_truncated, marker: page.marker })
    })
    .await
}

/// `None` without a name or a path: the SDK leaves empty what is missing.
fn user(user: types::User) -> Option<User> {
    let name = UserName::parse(&user.user_name)?;
    let path = Some(user.path).filter(|path| path.starts_with('/'))?;
    Some(User { name, id: UserId::parse(&user.user_id), path })
}

/// The user with this name.
///
/// # Errors
/// [`IamError`] if IAM does not answer, or has no such user.
pub async fn get(client: &Client, name: &UserName, deadline: Instant) -> Result<User, IamError> {
    const ACTION: &str = "GetUser";
    let answer = ask(ACTION, deadline, client.get_user().user_name(name.as_str()).send()).await?;
    answer.user.and_then(user).ok_or_else(|| IamError::invalid(ACTION))
}

/// The user's tags.
///
/// # Errors
/// [`IamError`] if the list is incomplete.
pub async fn tags(client: &Client, user: &UserName, deadline: Instant) -> Result<Tags, IamError> {
    const ACTION: &str = "ListUserTags";
    let tags: Vec<_> = pages(ACTION, async |marker| {
        let call = client.list_user_tags().user_name(user.as_str()).set_marker(marker);
        let page = ask(ACTION, deadline, call.send()).await?;
        let tag = |tag: types::Tag| named(tag.key).map(|key| (key, tag.value));
        let items = page.tags.into_iter().map(tag).collect();
        Ok(Page { items, is_truncated: page.is_truncated, marker: page.marker })
    })
    .await?;
    Ok(tags.into_iter().collect())
}

/// The names of the user's groups.
///
/// # Errors
/// [`IamError`] if the list is incomplete.
pub async fn groups(
    client: &Client,
    user: &UserName,
    deadline: Instant,
) -> Result<Vec<String>, IamError> {
    const ACTION: &str = "ListGroupsForUser";
    pages(ACTION, async |marker| {
        let call = client.list_groups_for_user().user_name(user.as_str()).set_marker(marker);
        let page = ask(ACTION, deadline, call.send()).await?;
        let items = page.groups.into_iter().map(|group| named(group.group_name)).collect();
        Ok(Page { items, is_truncated: page.is_truncated, marker: page.marker })
    })
    .await
}

/// `None` without a name: the SDK leaves empty what is missing.
fn named(name: String) -> Option<String> {
    Some(name).filter(|name| !name.is_empty())
}

/// A part of a list.
struct Page<T> {
    /// `None` for an item that lacks a part.
    items: Vec<Option<T>>,
    is_truncated: bool,
    /// The marker of the next page.
    marker: Option<String>,
}

/// All items of a list. A list with an incomplete item, without the next page or with the same page again
/// counts as an invalid answer.
async fn pages<T>(
    action: &'static str,
    page: impl AsyncFn(Option<String>) -> Result<Page<T>, IamError>,
) -> Result<Vec<T>, IamError> {
    let (mut all, mut marker, mut seen) = (Vec::new(), None, HashSet::new());
    loop {
        let page = page(marker).await?;
        for item in page.items {
            all.push(item.ok_or_else(|| IamError::invalid(action))?);
        }
        if !page.is_truncated {
            return Ok(all);
        }
        let next = page.marker.ok_or_else(|| IamError::invalid(action))?;
        if !seen.insert(next.clone()) {
            return Err(IamError::invalid(action));
        }
        marker = Some(next);
    }
}
