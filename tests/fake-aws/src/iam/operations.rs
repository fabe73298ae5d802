//! The operations, with IAM's checks in IAM's order: shapes first, then existence.

mod keys;
mod policies;
mod report;
mod tags;
mod users;

use super::answer::Answer;
use super::user::{is_user_name, is_word};
use super::{Request, User, World};

type Done = Result<Answer, Answer>;

/// Carries out a call in this world.
pub(super) fn run(world: &mut World, request: &Request) -> Answer {
    let done = match request.action.as_str() {
        "UpdateAccessKey" => keys::update(world, request),
        "ListAccessKeys" => keys::list(world, request),
        "GetAccessKeyLastUsed" => keys::last_used(world, request),
        "AttachUserPolicy" => policies::attach(world, request),
        "DetachUserPolicy" => policies::detach(world, request),
        "GetUser" => users::get(world, request),
        "ListUsers" => users::list(world, request),
        "ListGroupsForUser" => users::groups(world, request),
        "ListUserTags" => tags::list(world, request),
        "TagUser" => tags::tag(world, request),
        "UntagUser" => tags::untag(world, request),
        "GenerateCredentialReport" => Ok(report::generate(world)),
        "GetCredentialReport" => report::get(world),
        other => {
            let message = format!("Could not find operation {other} for version 2010-05-08");
            Err(Answer::error(400, "InvalidAction", &message))
        }
    };
    done.unwrap_or_else(|error| error)
}

/// The access key ID in the request: `[\w]{16,128}`
fn access_key_id(request: &Request) -> Result<&str, Answer> {
    let id = request.access_key_id.as_deref().unwrap_or_default();
    let well_formed = (16..=128).contains(&id.len()) && id.bytes().all(is_word);
    if well_formed { Ok(id) } else { Err(invalid("accessKeyId", id)) }
}

/// The user named in the request.
///
/// Without a name IAM takes the signer's user: one that has nothing to do with the event, and here
/// one that does not exist.
fn user<'w>(world: &'w mut World, request: &Request) -> Result<&'w mut User, Answer> {
    let name = request.user_name.as_deref().unwrap_or("the-signer");
    if !is_user_name(name) {
        return Err(invalid("userName", name));
    }
    world
        .users
        .get_mut(name)
        .ok_or_else(|| no_such_entity(&format!("The user with name {name} cannot be found.")))
}

fn no_such_key(id: &str) -> Answer {
    no_such_entity(&format!("The Access Key with id {id} cannot be found"))
}

fn no_such_entity(message: &str) -> Answer {
    Answer::error(404, "NoSuchEntity", message)
}

pub(super) fn invalid(member: &str, value: &str) -> Answer {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint"
    );
    Answer::error(400, "ValidationError", &message)
}
