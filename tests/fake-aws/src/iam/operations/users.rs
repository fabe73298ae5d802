//! Users and their groups.

use super::{Done, tags, user};
use crate::iam::answer::{Answer, escaped};
use crate::iam::page::Page;
use crate::iam::report::ACCOUNT;
use crate::iam::user::{CREATED, is_user_name, unique_id};
use crate::iam::{Request, User, World};

impl User {
    pub(in crate::iam) fn arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:user{}{}", self.path, self.name)
    }
}

pub(super) fn get(world: &mut World, request: &Request) -> Done {
    let user = user(world, request)?;
    let tags: String = user.tags.0.values().map(tags::member).collect();
    let result = format!("<User>{}<Tags>{tags}</Tags></User>", elements(user));
    Ok(Answer::success("GetUser", Some(&result)))
}

/// Like IAM it leaves out tags here.
pub(super) fn list(world: &mut World, request: &Request) -> Done {
    let page = Page::asked(world, request)?;
    let users = world.users.range::<str, _>(page.range());
    let users = users.filter(|(name, _)| is_user_name(name));
    let (members, end) = page.of(users, |user| format!("<member>{}</member>", elements(user)));
    Ok(Answer::success("ListUsers", Some(&format!("<Users>{members}</Users>{end}"))))
}

fn elements(user: &User) -> String {
    let (path, name, id) = (escaped(&user.path), escaped(&user.name), escaped(&user.id));
    let (arn, created) = (escaped(&user.arn()), &user.created);
    format!(
        "<Path>{path}</Path><UserName>{name}</UserName><UserId>{id}</UserId><Arn>{arn}</Arn>\
         <CreateDate>{created}</CreateDate>"
    )
}

pub(super) fn groups(world: &mut World, request: &Request) -> Done {
    let page = Page::asked(world, request)?;
    let groups = user(world, request)?.groups.range::<str, _>(page.range());
    let (members, end) = page.of(groups.map(|name| (name, name)), |name| group(name));
    Ok(Answer::success("ListGroupsForUser", Some(&format!("<Groups>{members}</Groups>{end}"))))
}

fn group(name: &str) -> String {
    let id = unique_id("AGPA", name);
    let name = escaped(name);
    format!(
        "<member><Path>/</Path><GroupName>{name}</GroupName><GroupId>{id}</GroupId>\
         <Arn>arn:aws:iam::{ACCOUNT}:group/{name}</Arn><CreateDate>{CREATED}</CreateDate></member>"
    )
}
