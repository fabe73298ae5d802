//! Over TLS, over a distance, under a throttle, and the log of it all.

use super::*;

use std::time::{Duration, Instant};

use crate::Wire;
use crate::client::send_securely;

#[tokio::test]
async fn over_https_with_its_own_ca() {
    let iam = Iam::over(Wire::https(), world()).await;
    assert!(iam.url().starts_with("https://127.0.0.1:"), "{}", iam.url());
    let ca = iam.ca().expect("a CA").to_owned();
    let answer = send_securely(iam.server.address, &ca, "POST /", &list("Bob")).await;
    check(answer, 200, BOBS);

    let other = Iam::over(Wire::https(), world()).await;
    let answer = send_securely(other.server.address, &ca, "POST /", &list("Bob")).await;
    assert_eq!(answer, None, "each endpoint has a CA of its own");
    assert_eq!(Iam::start(world()).await.ca(), None);
}

#[tokio::test]
async fn a_round_trip_away_the_first_answer_takes_two() {
    let round_trip = Duration::from_millis(30);
    let iam = Iam::over(Wire::http().round_trip(round_trip), world()).await;
    let begin = Instant::now();
    check(call(&iam, &list("Bob")).await, 200, BOBS);
    assert!(begin.elapsed() >= 2 * round_trip, "one to connect, one to ask");
    let calls = iam.calls();
    let arrived = calls[0].received - begin;
    assert!(arrived >= round_trip * 3 / 2 && arrived < begin.elapsed(), "{arrived:?}");

    // A cut connection is a cut one from afar too.
    iam.fault(Fault::once("*", FaultKind::CutAfter));
    assert_eq!(call(&iam, &update("Bob", BOBS, "Inactive")).await, None);
    assert_eq!(iam.keys()[BOBS], Status::Inactive);
}

#[tokio::test]
async fn throttles_and_keeps_a_log() {
    let iam = Iam::start(world()).await;
    iam.throttle(Some(Throttle { rate: 0.0, burst: 2.0 }));
    iam.fault(Fault { skip: 1, ..Fault::always("*", FaultKind::CutBefore) });
    check(call(&iam, &list("Bob")).await, 200, BOBS);
    assert_eq!(call(&iam, &list("Alice")).await, None);
    check(call(&iam, &update("Bob", BOBS, "Inactive")).await, 400, "<Code>Throttling</Code>");
    assert_eq!(iam.keys()[BOBS], Status::Active);

    let calls = iam.calls();
    let log: Vec<_> = calls
        .iter()
        .map(|call| (call.request.action.as_str(), call.status, call.throttled))
        .collect();
    assert_eq!(
        log,
        [
            ("ListAccessKeys", Some(200), false),
            ("ListAccessKeys", None, false),
            ("UpdateAccessKey", Some(400), true),
        ]
    );
    assert!(calls.is_sorted_by_key(|call| call.received));

    iam.forget();
    iam.throttle(None);
    iam.heal();
    check(call(&iam, &list("Alice")).await, 200, ALICES);
    assert_eq!(iam.calls().len(), 1);
    assert_eq!(iam.calls()[0].status, Some(200));
}
