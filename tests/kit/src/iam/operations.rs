//! The three operations, with IAM's checks in IAM's order: shapes first, then existence.

use super::answer::{Answer, escaped};
use super::world::Keys;
use super::{Request, Status, World};

/// Keys have no age here: no test of the respond path looks at it.
const CREATE_DATE: &str = "2024-01-01T00:00:00Z";

type Done = Result<Answer, Answer>;

/// Carries out a call in this world.
pub(super) fn run(world: &mut World, request: &Request) -> Answer {
    let done = match request.action.as_str() {
        "UpdateAccessKey" => update_access_key(world, request),
        "ListAccessKeys" => list_access_keys(world, request),
        "GetAccessKeyLastUsed" => get_access_key_last_used(world, request),
        other => {
            let message = format!("Could not find operation {other} for version 2010-05-08");
            Err(Answer::error(400, "InvalidAction", &message))
        }
    };
    done.unwrap_or_else(|error| error)
}

fn update_access_key(world: &mut World, request: &Request) -> Done {
    let id = access_key_id(request)?;
    let status = request.status.as_deref().unwrap_or_default();
    let status = status.parse().map_err(|()| invalid("status", status))?;
    let key = user(world, request)?.get_mut(id).ok_or_else(|| no_such_key(id))?;
    *key = status;
    Ok(Answer::success("UpdateAccessKey", None))
}

fn list_access_keys(world: &mut World, request: &Request) -> Done {
    let keys = user(world, request)?;
    let name = escaped(request.user_name.as_deref().unwrap_or_default());
    let members: String = keys.iter().map(|(id, status)| member(&name, id, *status)).collect();
    let result = format!(
        "<UserName>{name}</UserName><AccessKeyMetadata>{members}</AccessKeyMetadata>\
         <IsTruncated>false</IsTruncated>"
    );
    Ok(Answer::success("ListAccessKeys", Some(&result)))
}

fn member(name: &str, id: &str, status: Status) -> String {
    let (id, status) = (escaped(id), status.as_str());
    format!(
        "<member><UserName>{name}</UserName><AccessKeyId>{id}</AccessKeyId>\
         <Status>{status}</Status><CreateDate>{CREATE_DATE}</CreateDate></member>"
    )
}

fn get_access_key_last_used(world: &World, request: &Request) -> Done {
    let id = access_key_id(request)?;
    let Some(owner) = world.owner(id) else {
        return Err(if world.denies_unknown_keys {
            let message = "not authorized to perform: iam:GetAccessKeyLastUsed";
            Answer::error(403, "AccessDenied", message)
        } else {
            no_such_key(id)
        });
    };
    let owner = escaped(owner);
    let result = format!(
        "<UserName>{owner}</UserName><AccessKeyLastUsed><ServiceName>N/A</ServiceName>\
         <Region>N/A</Region></AccessKeyLastUsed>"
    );
    Ok(Answer::success("GetAccessKeyLastUsed", Some(&result)))
}

/// `[\w]{16,128}`
fn access_key_id(request: &Request) -> Result<&str, Answer> {
    let id = request.access_key_id.as_deref().unwrap_or_default();
    let well_formed = (16..=128).contains(&id.len()) && id.bytes().all(is_word);
    if well_formed { Ok(id) } else { Err(invalid("accessKeyId", id)) }
}

/// The keys of the user named in the request.
///
/// Without a name IAM takes the signer's user: one that has nothing to do with the event, and here
/// one that does not exist.
fn user<'w>(world: &'w mut World, request: &Request) -> Result<&'w mut Keys, Answer> {
    let name = request.user_name.as_deref().unwrap_or("the-signer");
    // `[\w+=,.@-]{1,128}`
    let well_formed = (1..=128).contains(&name.len())
        && name.bytes().all(|byte| is_word(byte) || b"+=,.@-".contains(&byte));
    if !well_formed {
        return Err(invalid("userName", name));
    }
    world
        .users
        .get_mut(name)
        .ok_or_else(|| no_such_entity(&format!("The user with name {name} cannot be found.")))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn no_such_key(id: &str) -> Answer {
    no_such_entity(&format!("The Access Key with id {id} cannot be found"))
}

fn no_such_entity(message: &str) -> Answer {
    Answer::error(404, "NoSuchEntity", message)
}

fn invalid(member: &str, value: &str) -> Answer {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint"
    );
    Answer::error(400, "ValidationError", &message)
}
