//! What goes wrong, on which calls, and what is done all the same.

use super::*;

use std::time::Duration;

#[tokio::test]
async fn faults_take_their_turn() {
    let iam = Iam::start(world()).await;
    let error = |code| FaultKind::Error { status: 503, code };
    iam.fault(Fault { skip: 1, times: 2, ..Fault::once("ListAccessKeys", error("Second")) });
    iam.fault(Fault::always("*", error("Any")));

    check(call(&iam, &list("Bob")).await, 503, "<Type>Receiver</Type><Code>Any</Code>");
    check(call(&iam, &last_used(BOBS)).await, 503, "Any");
    check(call(&iam, &list("Bob")).await, 503, "Second");
    check(call(&iam, &list("Bob")).await, 503, "Second");
    check(call(&iam, &list("Bob")).await, 503, "Any");
    iam.heal();
    check(call(&iam, &list("Bob")).await, 200, BOBS);
    assert_eq!(iam.requests().len(), 6);
}

#[tokio::test]
async fn faults_find_their_user_and_their_call() {
    let iam = Iam::start(world()).await;
    iam.fault(Fault { user: Some("Bob"), ..Fault::always("*", DENIED) });
    check(call(&iam, &list("Bob")).await, 403, "AccessDenied");
    check(call(&iam, &last_used(BOBS)).await, 403, "AccessDenied");
    check(call(&iam, &list("Alice")).await, 200, ALICES);
    check(call(&iam, &last_used(ALICES)).await, 200, "Alice");

    let recorded = iam.requests();
    iam.heal();
    iam.fault(Fault::on(&Request { user_agent: None, ..recorded[3].clone() }, DENIED));
    for _ in 0..2 {
        check(call(&iam, &last_used(ALICES)).await, 403, "AccessDenied");
        check(call(&iam, &last_used(BOBS)).await, 200, "Bob");
        check(call(&iam, &list("Alice")).await, 200, ALICES);
    }
}

#[tokio::test]
async fn users_are_deleted_in_the_middle() {
    let iam = Iam::start(world()).await;
    iam.fault(Fault::once("GetAccessKeyLastUsed", FaultKind::DeletesUser));
    iam.fault(Fault { skip: 1, ..Fault::once("ListAccessKeys", FaultKind::DeletesUser) });
    iam.fault(Fault::once("ListUsers", FaultKind::DeletesUser));
    check(call(&iam, &list("Bob")).await, 200, BOBS);
    check(call(&iam, &list("Bob")).await, 404, "NoSuchEntity");
    check(call(&iam, &list("Alice")).await, 200, ALICES);
    check(call(&iam, "Action=ListUsers").await, 200, "Alice");
    check(call(&iam, &last_used(ALICES)).await, 404, "NoSuchEntity");
    check(call(&iam, &update("Alice", ALICES, "Inactive")).await, 404, "NoSuchEntity");
    assert_eq!(iam.keys(), BTreeMap::new());
}

/// The answer to an update of Bob's key under this fault, within a second, and the key's status then.
async fn under(kind: FaultKind) -> (Option<(u16, String)>, Status) {
    let iam = Iam::start(world()).await;
    iam.fault(Fault::once("UpdateAccessKey", kind));
    let form = update("Bob", BOBS, "Inactive");
    let answer = tokio::time::timeout(Duration::from_secs(1), call(&iam, &form)).await;
    (answer.unwrap_or(Some((0, "timed out".to_owned()))), iam.keys()[BOBS])
}

#[tokio::test]
async fn each_fault_changes_what_it_says() {
    let slow = FaultKind::Slow;
    let cases = [
        (THROTTLED, Some((400, "Throttling")), Active),
        (slow(Duration::from_millis(1)), Some((200, "UpdateAccessKeyResponse")), Inactive),
        (slow(Duration::from_mins(1)), Some((0, "timed out")), Inactive),
        (FaultKind::Hang, Some((0, "timed out")), Active),
        (FaultKind::CutBefore, None, Active),
        (FaultKind::CutAfter, None, Inactive),
        (FaultKind::Stale(World::new()), Some((404, "NoSuchEntity")), Active),
        (FaultKind::Stale(world()), Some((200, "UpdateAccessKeyResponse")), Inactive),
        (FaultKind::Garbage, Some((200, "no XML")), Active),
    ];
    for (kind, expected, status) in cases {
        let name = format!("{kind:?}");
        let (answer, after) = under(kind).await;
        match expected {
            Some((code, part)) => check(answer, code, part),
            None => assert_eq!(answer, None, "{name}"),
        }
        assert_eq!(after, status, "{name}");
    }
}

#[tokio::test]
async fn a_stale_read_shows_the_old_world() {
    let iam = Iam::start(world()).await;
    iam.fault(Fault::once("ListAccessKeys", FaultKind::Stale(World::new())));
    iam.fault(Fault { skip: 1, ..Fault::once("ListAccessKeys", FaultKind::Stale(world())) });
    iam.set(BOBS, Inactive);

    check(call(&iam, &list("Bob")).await, 404, "NoSuchEntity");
    check(call(&iam, &list("Bob")).await, 200, "<Status>Active</Status>");
    check(call(&iam, &list("Bob")).await, 200, "<Status>Inactive</Status>");
}
