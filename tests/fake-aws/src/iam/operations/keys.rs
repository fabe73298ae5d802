//! Access keys.

use super::{Done, access_key_id, invalid, no_such_key, user};
use crate::iam::answer::{Answer, escaped};
use crate::iam::page::Page;
use crate::iam::{Key, Request, World};

pub(super) fn update(world: &mut World, request: &Request) -> Done {
    let id = access_key_id(request)?;
    let status = request.status.as_deref().unwrap_or_default();
    let status = status.parse().map_err(|()| invalid("status", status))?;
    let key = user(world, request)?.keys.get_mut(id).ok_or_else(|| no_such_key(id))?;
    key.set(status);
    Ok(Answer::success("UpdateAccessKey", None))
}

pub(super) fn list(world: &mut World, request: &Request) -> Done {
    let page = Page::asked(world, request)?;
    let user = user(world, request)?;
    let name = escaped(&user.name);
    let keys = user.keys.range::<str, _>(page.range());
    let (members, end) = page.of(keys, |key| member(&name, key));
    let result =
        format!("<UserName>{name}</UserName><AccessKeyMetadata>{members}</AccessKeyMetadata>{end}");
    Ok(Answer::success("ListAccessKeys", Some(&result)))
}

fn member(name: &str, key: &Key) -> String {
    let (id, status, created) = (escaped(&key.id), key.status.as_str(), &key.created);
    format!(
        "<member><UserName>{name}</UserName><AccessKeyId>{id}</AccessKeyId>\
         <Status>{status}</Status><CreateDate>{created}</CreateDate></member>"
    )
}

pub(super) fn last_used(world: &mut World, request: &Request) -> Done {
    let id = access_key_id(request)?;
    let found = world.owner(id).and_then(|owner| Some((owner, owner.keys.get(id)?)));
    let Some((owner, key)) = found else {
        return Err(if world.denies_unknown_keys {
            let message = format!(
                "User: arn:aws:sts::123456789012:assumed-role/respond/session is not authorized to \
                 perform: iam:GetAccessKeyLastUsed on resource: access key {id}"
            );
            Answer::error(403, "AccessDenied", &message)
        } else {
            no_such_key(id)
        });
    };
    let owner = escaped(&owner.name);
    let (date, service, region) = match &key.last_used {
        Some(date) => (format!("<LastUsedDate>{date}</LastUsedDate>"), "s3", "us-east-1"),
        None => (String::new(), "N/A", "N/A"),
    };
    let result = format!(
        "<UserName>{owner}</UserName><AccessKeyLastUsed>{date}\
         <ServiceName>{service}</ServiceName><Region>{region}</Region></AccessKeyLastUsed>"
    );
    Ok(Answer::success("GetAccessKeyLastUsed", Some(&result)))
}
