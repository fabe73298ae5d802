//! Tags of users.

use super::*;

fn tag(user: &str, tags: &[(&str, &str)]) -> String {
    let members = (1..).zip(tags).map(|(number, (key, value))| {
        format!("&Tags.member.{number}.Key={key}&Tags.member.{number}.Value={value}")
    });
    members.fold(format!("Action=TagUser&UserName={user}"), |form, member| form + &member)
}

fn untag(user: &str, keys: &[&str]) -> String {
    let members = (1..).zip(keys).map(|(number, key)| format!("&TagKeys.member.{number}={key}"));
    members.fold(format!("Action=UntagUser&UserName={user}"), |form, member| form + &member)
}

const LIST: &str = "Action=ListUserTags&UserName=Bob";

fn tags(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn tags_are_set_replaced_and_removed_whatever_their_case() {
    let iam = Iam::start(World::new().with(User::new("Bob").tag("Team", "web"))).await;
    check(call(&iam, &tag("Bob", &[("a:b", "1"), ("empty", "")])).await, 200, "<TagUserResponse");
    assert_eq!(iam.tags("Bob"), tags(&[("Team", "web"), ("a:b", "1"), ("empty", "")]));
    let member = "<member><Key>a:b</Key><Value>1</Value></member>";
    check(call(&iam, LIST).await, 200, member);

    check(call(&iam, &tag("Bob", &[("TEAM", "ops")])).await, 200, "<TagUserResponse");
    assert_eq!(iam.tags("Bob"), tags(&[("TEAM", "ops"), ("a:b", "1"), ("empty", "")]));
    check(call(&iam, &untag("Bob", &["team", "A:B", "none"])).await, 200, "<UntagUserResponse");
    assert_eq!(iam.tags("Bob"), tags(&[("empty", "")]));

    let asked: Vec<_> = iam.requests().into_iter().map(|request| request.tags).collect();
    let text = |text: &str| text.to_owned();
    let set = vec![(text("a:b"), Some(text("1"))), (text("empty"), Some(String::new()))];
    assert_eq!(asked[0], set);
    assert_eq!(asked[3], [(text("team"), None), (text("A:B"), None), (text("none"), None)]);
}

#[tokio::test]
async fn fifty_tags_are_the_most() {
    let full = (0..50).fold(User::new("Bob"), |user, number| user.tag(&format!("k{number}"), ""));
    let iam = Iam::start(World::new().with(full)).await;
    check(call(&iam, &tag("Bob", &[("K7", "x"), ("more", "")])).await, 409, "LimitExceeded");
    assert_eq!(iam.tags("Bob")["k7"], "", "all or nothing");
    check(call(&iam, &tag("Bob", &[("K7", "x")])).await, 200, "<TagUserResponse");
    check(call(&iam, &untag("Bob", &["k8"])).await, 200, "<UntagUserResponse");
    check(call(&iam, &tag("Bob", &[("more", "")])).await, 200, "<TagUserResponse");
    assert_eq!(iam.tags("Bob").len(), 50);
}

#[tokio::test]
async fn tags_are_as_strict_as_iams() {
    let iam = Iam::start(World::new().with(User::new("Bob"))).await;
    let long = "x".repeat(129);
    let cases = [
        (tag("bob", &[("key", "")]), 404, "NoSuchEntity"),
        (untag("bob", &["key"]), 404, "NoSuchEntity"),
        (tag("Bob", &[]), 400, "ValidationError"),
        (untag("Bob", &[]), 400, "ValidationError"),
        (tag("Bob", &[("", "")]), 400, "ValidationError"),
        (tag("Bob", &[(&long, "")]), 400, "ValidationError"),
        (tag("Bob", &[("key", &long.repeat(2))]), 400, "ValidationError"),
        (tag("Bob", &[("key", "a;b")]), 400, "ValidationError"),
        (tag("Bob", &[("a,b", "")]), 400, "ValidationError"),
        ("Action=TagUser&UserName=Bob&Tags.member.1.Key=key".to_owned(), 400, "ValidationError"),
        (tag("Bob", &[("key", ""), ("KEY", "")]), 400, "InvalidInput"),
        (tag("Bob", &[("Aws:key", "")]), 400, "InvalidInput"),
    ];
    for (form, status, part) in cases {
        check(call(&iam, &form).await, status, part);
    }
    assert_eq!(iam.tags("Bob"), BTreeMap::new());
}

#[tokio::test]
async fn a_lagging_endpoint_still_sets_tags() {
    let bob = || World::new().with(User::new("Bob"));
    let iam = Iam::start(bob()).await;
    iam.fault(Fault::once("TagUser", FaultKind::Stale(World::new())));
    iam.fault(Fault::always("*", FaultKind::Stale(bob())));
    check(call(&iam, &tag("Bob", &[("key", "1")])).await, 404, "NoSuchEntity");
    check(call(&iam, &tag("Bob", &[("key", "1")])).await, 200, "<TagUserResponse");
    check(call(&iam, LIST).await, 200, "<Tags></Tags>");
    assert_eq!(iam.tags("Bob"), tags(&[("key", "1")]));
}
