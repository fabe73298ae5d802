//! Managed policies that are attached to users.

use super::*;

const DENY: &str = "arn:aws:iam::123456789012:policy/DenySessions";

fn change(action: &str, user: &str, arn: &str) -> String {
    format!("Action={action}&UserName={user}&PolicyArn={arn}")
}

fn attached(arns: &[&str]) -> BTreeSet<String> {
    arns.iter().map(|arn| (*arn).to_owned()).collect()
}

#[tokio::test]
async fn a_policy_is_attached_once_and_detached_once() {
    let iam = Iam::start(world()).await;
    for _ in 0..2 {
        let answer = call(&iam, &change("AttachUserPolicy", "Bob", DENY)).await;
        check(answer, 200, "<AttachUserPolicyResponse");
    }
    assert_eq!(iam.policies("Bob"), attached(&[DENY]));
    assert_eq!(iam.policies("Alice"), attached(&[]));
    assert_eq!(iam.requests()[0].policy_arn.as_deref(), Some(DENY));

    let detach = change("DetachUserPolicy", "Bob", DENY);
    check(call(&iam, &detach).await, 200, "<DetachUserPolicyResponse");
    check(call(&iam, &detach).await, 404, "NoSuchEntity");
    assert_eq!(iam.policies("Bob"), attached(&[]));
}

#[tokio::test]
async fn ten_policies_are_the_most() {
    let arn = |number: usize| format!("arn:aws:iam::123456789012:policy/P{number}");
    let full = (0..10).fold(User::new("Bob"), |user, number| user.policy(&arn(number)));
    let iam = Iam::start(World::new().with(full)).await;
    let attach = change("AttachUserPolicy", "Bob", DENY);
    check(call(&iam, &attach).await, 409, "<Code>LimitExceeded</Code>");
    check(call(&iam, &change("AttachUserPolicy", "Bob", &arn(3))).await, 200, "Response");
    check(call(&iam, &change("DetachUserPolicy", "Bob", &arn(3))).await, 200, "Response");
    check(call(&iam, &attach).await, 200, "Response");
    assert_eq!(iam.policies("Bob").len(), 10);
}

#[tokio::test]
async fn policies_are_as_strict_as_iams() {
    let iam = Iam::start(world()).await;
    for action in ["AttachUserPolicy", "DetachUserPolicy"] {
        check(call(&iam, &change(action, "bob", DENY)).await, 404, "name bob cannot be found");
        check(call(&iam, &change(action, "Bob", "")).await, 400, "ValidationError");
        check(
            call(&iam, &change(action, "Bob", "policy/DenySessions-of-us")).await,
            400,
            "policyArn",
        );
        check(call(&iam, &change(action, "a%26b", DENY)).await, 400, "ValidationError");
    }
    assert_eq!(iam.policies("Bob"), attached(&[]));
}
