//! Tags of users.

use std::collections::BTreeSet;

use super::{Done, invalid, user};
use crate::iam::answer::{Answer, escaped};
use crate::iam::page::Page;
use crate::iam::tags::Tags;
use crate::iam::{Request, World};

pub(super) fn list(world: &mut World, request: &Request) -> Done {
    let page = Page::asked(world, request)?;
    let tags = user(world, request)?.tags.0.range::<str, _>(page.range());
    let (members, end) = page.of(tags, member);
    Ok(Answer::success("ListUserTags", Some(&format!("<Tags>{members}</Tags>{end}"))))
}

pub(super) fn member((key, value): &(String, String)) -> String {
    let (key, value) = (escaped(key), escaped(value));
    format!("<member><Key>{key}</Key><Value>{value}</Value></member>")
}

/// All tags are set or, if one cannot be, none.
pub(super) fn tag(world: &mut World, request: &Request) -> Done {
    check_keys(request)?;
    let value = |(_, value): &(String, Option<String>)| match value.as_deref() {
        Some(value) if value.chars().count() <= 256 && value.chars().all(is_tag_char) => Ok(()),
        other => Err(invalid("tags.1.member.value", other.unwrap_or_default())),
    };
    request.tags.iter().try_for_each(value)?;
    let user = user(world, request)?;
    let mut tags = user.tags.clone();
    for (key, value) in &request.tags {
        tags.set(key, value.as_deref().unwrap_or_default());
    }
    if tags.0.len() > Tags::QUOTA {
        let message = "The number of tags has reached the maximum limit.";
        return Err(Answer::error(409, "LimitExceeded", message));
    }
    user.tags = tags;
    Ok(Answer::success("TagUser", None))
}

/// A tag that is not there is no error.
pub(super) fn untag(world: &mut World, request: &Request) -> Done {
    check_keys(request)?;
    let user = user(world, request)?;
    request.tags.iter().for_each(|(key, _)| user.tags.remove(key));
    Ok(Answer::success("UntagUser", None))
}

fn check_keys(request: &Request) -> Result<(), Answer> {
    if !(1..=Tags::QUOTA).contains(&request.tags.len()) {
        return Err(invalid("tags", &request.tags.len().to_string()));
    }
    let mut keys = BTreeSet::new();
    for (key, _) in &request.tags {
        let length = key.chars().count();
        if !(1..=128).contains(&length) || !key.chars().all(is_tag_char) {
            return Err(invalid("tags.1.member.key", key));
        }
        if key.to_lowercase().starts_with("aws:") {
            let message = "Caller is not authorized to perform this action on system tags.";
            return Err(Answer::error(400, "InvalidInput", message));
        }
        if !keys.insert(key.to_lowercase()) {
            let message =
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Answer::error(400, "InvalidInput", message));
        }
    }
    Ok(())
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
fn is_tag_char(char: char) -> bool {
    char.is_alphanumeric() || char == ' ' || "_.:/=+-@".contains(char)
}
