//! The endpoint as a caller sees it.

mod faults;
mod policies;
mod report;
mod tags;
mod users;
mod wire;

use super::Status::{Active, Inactive};
use super::*;
use crate::client;

const BOBS: &str = "AKIAIOSFODNN7EXAMPLE";
const ALICES: &str = "AKIAI44QH8DHBEXAMPLE";

fn world() -> World {
    World::new().user("Bob", &[(BOBS, Active)]).user("Alice", &[(ALICES, Active)])
}

/// The status and the body of the answer to a form, `None` if the endpoint hung up.
async fn call(iam: &Iam, form: &str) -> Option<(u16, String)> {
    let (status, _, body) = client::send(iam.server.address, "POST /", form).await?;
    Some((status, body))
}

fn update(user: &str, key: &str, status: &str) -> String {
    format!(
        "Action=UpdateAccessKey&Version=2010-05-08&UserName={user}&AccessKeyId={key}&Status={status}"
    )
}

fn list(user: &str) -> String {
    format!("Action=ListAccessKeys&Version=2010-05-08&UserName={user}")
}

fn last_used(key: &str) -> String {
    format!("Action=GetAccessKeyLastUsed&Version=2010-05-08&AccessKeyId={key}")
}

/// Checks the status, and that the body contains `part`.
#[track_caller]
fn check(answer: Option<(u16, String)>, status: u16, part: &str) {
    let (got, body) = answer.expect("an answer");
    assert!(got == status && body.contains(part), "want {status} with {part}, got {got}: {body}");
}

#[tokio::test]
async fn deactivates_the_named_key_only_and_records_the_call() {
    let iam = Iam::start(world()).await;
    check(
        call(&iam, &update("Bob", BOBS, "Inactive")).await,
        200,
        "<UpdateAccessKeyResponse xmlns=",
    );

    assert_eq!(iam.keys()[BOBS], Inactive);
    assert_eq!(iam.keys()[ALICES], Active);
    let expected = Request {
        action: "UpdateAccessKey".to_owned(),
        user_name: Some("Bob".to_owned()),
        access_key_id: Some(BOBS.to_owned()),
        status: Some("Inactive".to_owned()),
        user_agent: Some("fake-aws-test".to_owned()),
        ..Request::default()
    };
    assert_eq!(iam.requests(), [expected]);
}

#[tokio::test]
async fn reads_show_the_world() {
    let iam = Iam::start(world().user("<root_account>", &[("AKIAROOTROOTROOTROOT", Active)])).await;
    iam.set(BOBS, Inactive);
    let member = format!("<AccessKeyId>{BOBS}</AccessKeyId><Status>Inactive</Status>");
    check(call(&iam, &list("Bob")).await, 200, &member);
    check(call(&iam, &last_used(ALICES)).await, 200, "<UserName>Alice</UserName>");
    let root = "<UserName>&lt;root_account&gt;</UserName>";
    check(call(&iam, &last_used("AKIAROOTROOTROOTROOT")).await, 200, root);
}

#[tokio::test]
async fn is_as_strict_as_iam() {
    let iam = Iam::start(world().user("a+b@example.com", &[])).await;
    let unnamed = format!("Action=UpdateAccessKey&AccessKeyId={BOBS}&Status=Inactive");
    let unknown = "AKIAUNKNOWNUNKNOWN00";
    let cases = [
        (list("a%2Bb%40example.com"), 200, "<UserName>a+b@example.com</UserName>"),
        (list("a+b@example.com"), 400, "ValidationError"),
        (list("bob"), 404, "The user with name bob cannot be found."),
        (list("a%26b"), 400, "Value 'a&amp;b' at 'userName'"),
        (list("Bob%0A"), 400, "ValidationError"),
        (list(&"x".repeat(129)), 400, "ValidationError"),
        (list(""), 400, "ValidationError"),
        (unnamed, 404, "NoSuchEntity"),
        (update("Alice", BOBS, "Inactive"), 404, "<Type>Sender</Type><Code>NoSuchEntity</Code>"),
        (update("Bob", "AKIASHORT", "Inactive"), 400, "ValidationError"),
        (update("Bob", &format!("{BOBS}-"), "Inactive"), 400, "ValidationError"),
        (update("Bob", BOBS, "inactive"), 400, "ValidationError"),
        (update("Bob", BOBS, ""), 400, "ValidationError"),
        (last_used(unknown), 404, "NoSuchEntity"),
        ("Action=DeleteAccessKey".to_owned(), 400, "InvalidAction"),
        (String::new(), 400, "InvalidAction"),
        ("Action=ListUserTags&UserName=bob".to_owned(), 404, "NoSuchEntity"),
        ("Action=ListGroupsForUser&UserName=".to_owned(), 400, "ValidationError"),
        ("Action=GetUser&UserName=AIDA2222".to_owned(), 404, "NoSuchEntity"),
        ("Action=GetUser".to_owned(), 404, "NoSuchEntity"),
    ];
    for (form, status, part) in cases {
        check(call(&iam, &form).await, status, part);
    }
    assert_eq!(iam.keys()[BOBS], Active);

    let iam = Iam::start(world().denying_unknown_keys()).await;
    check(call(&iam, &last_used(unknown)).await, 403, "AccessDenied");
}
