//! Users, groups and keys with all that IAM says of them.

use super::*;

use std::time::{Duration, Instant};

/// Bob with everything, Alice with nothing.
fn account() -> World {
    let old = Key::new(BOBS).created("2025-01-02T03:04:05Z").last_used("2025-06-07T08:09:10Z");
    let new = Key::new(ALICES).created("2026-01-02T03:04:05Z").status(Inactive);
    let bob = User::new("Bob").id("AIDA2222222222EXAMPLE").path("/service/");
    let bob = bob.created("2024-02-03T04:05:06Z").tag("team", "<web>").key(old).key(new);
    World::new().with(bob.group("devs").group("admins")).with(User::new("Alice"))
}

#[tokio::test]
async fn keys_have_their_dates() {
    let iam = Iam::start(account()).await;
    // In the order of their IDs.
    let members = format!(
        "<member><UserName>Bob</UserName><AccessKeyId>{ALICES}</AccessKeyId><Status>Inactive</Status>\
         <CreateDate>2026-01-02T03:04:05Z</CreateDate></member>\
         <member><UserName>Bob</UserName><AccessKeyId>{BOBS}</AccessKeyId><Status>Active</Status>\
         <CreateDate>2025-01-02T03:04:05Z</CreateDate></member></AccessKeyMetadata>\
         <IsTruncated>false</IsTruncated>"
    );
    check(call(&iam, &list("Bob")).await, 200, &members);
    let used = "<AccessKeyLastUsed><LastUsedDate>2025-06-07T08:09:10Z</LastUsedDate>\
                <ServiceName>s3</ServiceName><Region>us-east-1</Region></AccessKeyLastUsed>";
    check(call(&iam, &last_used(BOBS)).await, 200, used);
    let never = "<AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region>";
    check(call(&iam, &last_used(ALICES)).await, 200, never);
}

#[tokio::test]
async fn users_are_shown_with_tags_or_without() {
    const BOB: &str = "<Path>/service/</Path><UserName>Bob</UserName>\
        <UserId>AIDA2222222222EXAMPLE</UserId>\
        <Arn>arn:aws:iam::123456789012:user/service/Bob</Arn>\
        <CreateDate>2024-02-03T04:05:06Z</CreateDate>";
    let iam = Iam::start(account()).await;
    let tags = "<Tags><member><Key>team</Key><Value>&lt;web&gt;</Value></member></Tags>";
    check(call(&iam, "Action=GetUser&UserName=Bob").await, 200, &format!("{BOB}{tags}</User>"));
    let listed = format!("<member>{BOB}</member></Users><IsTruncated>false</IsTruncated>");
    check(call(&iam, "Action=ListUsers").await, 200, &listed);
    // Users that say nothing of it have IDs all the same, each its own.
    let ids = ["Alice", "Carol"].map(|name| User::new(name).id);
    assert!(ids.iter().all(|id| id.len() == 21 && id.starts_with("AIDA")), "{ids:?}");
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn groups_are_listed() {
    let iam = Iam::start(account()).await;
    let groups = "Action=ListGroupsForUser&UserName=Bob";
    let admins = "<Groups><member><Path>/</Path><GroupName>admins</GroupName><GroupId>AGPA";
    check(call(&iam, groups).await, 200, admins);
    check(call(&iam, groups).await, 200, "<GroupName>devs</GroupName>");
    check(call(&iam, "Action=ListGroupsForUser&UserName=Alice").await, 200, "<Groups></Groups>");
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).map(|rest| rest.split(end).next().unwrap_or_default()).collect()
}

/// All names in the pages of a list, and how many calls it took. `=` in a marker needs no escape.
async fn pages(iam: &Iam, form: &str, name: &str) -> (Vec<String>, usize) {
    let (mut names, mut calls, mut marker) = (Vec::new(), 0, String::new());
    loop {
        let (status, body) = call(iam, &format!("{form}{marker}")).await.expect("an answer");
        assert_eq!(status, 200, "{body}");
        calls += 1;
        let found = between(&body, &format!("<{name}>"), "<");
        names.extend(found.into_iter().map(str::to_owned));
        match between(&body, "<Marker>", "<").as_slice() {
            [next] => marker = format!("&Marker={next}"),
            _ => return (names, calls),
        }
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let numbered = |number: usize| User::new(&format!("user-{number:04}"));
    let world = (0..201).map(numbered).fold(account(), World::with);
    let iam = Iam::start(world.clone().user("<root_account>", &[])).await;
    for (asked, calls) in [("", 3), ("&MaxItems=203", 1), ("&MaxItems=202", 2), ("&MaxItems=7", 29)]
    {
        let form = format!("Action=ListUsers{asked}");
        let (names, made) = pages(&iam, &form, "UserName").await;
        assert_eq!((names.len(), made), (203, calls), "{asked}");
        assert_eq!((names[0].as_str(), names[202].as_str()), ("Alice", "user-0200"));
    }
    let third = iam.requests()[2].clone();
    assert_eq!(third.marker.as_deref(), Some("dXNlci0wMTk3"));
    assert_eq!(third.max_items, None);
    for wrong in ["MaxItems=0", "MaxItems=1001", "MaxItems=x", "Marker=x"] {
        let form = format!("Action=ListUsers&{wrong}");
        check(call(&iam, &form).await, 400, "ValidationError");
    }

    let iam = Iam::start(world.page_size(1)).await;
    let of_bob = |action: &str| format!("Action={action}&UserName=Bob&MaxItems=1000");
    let expected = |names: [&str; 2]| (names.map(str::to_owned).to_vec(), 2);
    let keys = pages(&iam, &of_bob("ListAccessKeys"), "AccessKeyId").await;
    assert_eq!(keys, expected([ALICES, BOBS]));
    let groups = pages(&iam, &of_bob("ListGroupsForUser"), "GroupName").await;
    assert_eq!(groups, expected(["admins", "devs"]));
    let tags = pages(&iam, &of_bob("ListUserTags"), "Key").await;
    assert_eq!(tags, (vec!["team".to_owned()], 1));
}

#[tokio::test]
async fn five_thousand_users_are_no_matter() {
    let id = |number: usize| format!("AKIA{number:016}");
    let user = |number| User::new(&format!("user-{number}")).key(Key::new(&id(number)));
    let world = (0..5000).map(user).fold(World::new(), World::with);
    let iam = Iam::start(world.clone().generated()).await;
    let begin = Instant::now();
    assert_eq!(pages(&iam, "Action=ListUsers", "UserName").await.1, 50);
    for number in 0..200 {
        check(call(&iam, &last_used(&id(number))).await, 200, &format!("user-{number}<"));
    }
    check(call(&iam, "Action=GetCredentialReport").await, 200, "<Content>");
    assert!(begin.elapsed() < Duration::from_secs(5), "took {:?}", begin.elapsed());
}

#[test]
#[should_panic(expected = "has another user")]
fn a_key_has_one_user() {
    let _ = World::new().user("Bob", &[(BOBS, Active)]).user("Alice", &[(BOBS, Active)]);
}

#[test]
#[should_panic(expected = "no date like")]
fn dates_are_checked() {
    let _ = Key::new(BOBS).created("2026-01-02");
}
