//! Many keys in one event, and one that its holder wants back: none is held up by another, every attempt
//! gets further, and what is activated again is deactivated again.

use std::{collections::BTreeSet, time::Duration};

use fake_aws::{
    Wire,
    iam::{CONFLICT, DENIED, Fault, FaultKind, Iam, Key, Status, Throttle, User, World},
};
use iam_key_deactivator::outcome::Reason;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    invoke::Function,
    respond::{BOB, BOB_2, left_active},
    worlds::id,
};

fn name(number: usize) -> String {
    format!("User{number:04}")
}

fn world(keys: usize) -> World {
    let user = |number| User::new(&name(number)).key(Key::new(&id(&name(number), 1)));
    (0..keys).map(user).fold(World::new(), World::with)
}

/// All keys of the world are compromised.
fn call(keys: usize) -> Value {
    let key = |number| json!({"accessKeyId": id(&name(number), 1), "userName": name(number)});
    json!({"action": "deactivate", "keys": (0..keys).map(key).collect::<Vec<_>>()})
}

fn active(iam: &Iam) -> BTreeSet<String> {
    let keys = iam.keys().into_iter().filter(|(_, status)| *status == Status::Active);
    keys.map(|(id, _)| id).collect()
}

fn near(milliseconds: u64) -> Wire {
    Wire::http().round_trip(Duration::from_millis(milliseconds))
}

/// Waits until no more keys than these are Active.
async fn until_active(iam: &Iam, expected: &[String]) {
    while active(iam).len() > expected.len() {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(active(iam).into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_update_hangs_holds_up_no_other() {
    let iam = Iam::over(near(20), world(40)).await;
    let hangs = Fault::always("UpdateAccessKey", FaultKind::Hang);
    iam.fault(Fault { user: Some("User0000"), ..hangs });
    let function = Function::new(&iam, &[]);
    let (call, begin) = (call(40), Instant::now());
    let contained = async {
        until_active(&iam, &[id("User0000", 1)]).await;
        begin.elapsed()
    };
    let (answer, contained) = tokio::join!(function.handle(&call), contained);
    // Two seconds are what the issue allows.
    assert!(contained < Duration::from_secs(2), "{contained:?}");
    let message = answer.unwrap_err().error_message;
    assert!(message.contains("AKIAIUSER00002222221 of User0000: Failed"), "{message}");
}

/// The function waits longer and longer.
#[tokio::test(start_paused = true)]
async fn keys_that_are_refused_add_no_throttling_for_others() {
    let iam = Iam::over(near(20), world(41)).await;
    for number in 0..40 {
        let user: &'static str = name(number).leak();
        iam.fault(Fault { user: Some(user), ..Fault::always("UpdateAccessKey", CONFLICT) });
    }
    let function = Function { time_limit: Duration::from_secs(12), ..Function::new(&iam, &[]) };
    let error = function.handle(&call(41)).await.unwrap_err();
    assert_eq!(error.error_type, "KeyLeftActive");
    assert_eq!(iam.keys()[&id("User0040", 1)], Status::Inactive);
    for number in 0..40 {
        let of = |call: &&fake_aws::iam::Request| {
            call.action == "UpdateAccessKey" && call.user_name == Some(name(number))
        };
        let tries = iam.requests().iter().filter(of).count();
        // After 0.05 to 0.1 s, twice that, and so on, and some more as the time runs out.
        assert!((3..=13).contains(&tries), "{tries} updates of one key in seven seconds");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_keys_are_contained_by_the_second_attempt() {
    let iam = Iam::over(near(100), world(1_000)).await;
    let first = attempt(&iam, 1_000, Duration::from_secs(30)).await;
    assert!(first < 1_000, "{first} are left");
    assert_eq!(attempt(&iam, 1_000, Duration::from_secs(30)).await, 0);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_gets_further_however_iam_throttles() {
    let iam = Iam::over(near(20), world(300)).await;
    iam.throttle(Some(Throttle { rate: 20.0, burst: 20.0 }));
    let mut left = 300;
    for _ in 0..3 {
        let still = attempt(&iam, 300, Duration::from_secs(10)).await;
        assert!(still < left, "{still} of {left} are left");
        left = still;
    }
}

/// How many keys are Active after an attempt to contain them all.
async fn attempt(iam: &Iam, keys: usize, time_limit: Duration) -> usize {
    let function = Function { time_limit, ..Function::new(iam, &[]) };
    let (call, begin) = (call(keys), Instant::now());
    let _ = function.handle(&call).await;
    assert!(begin.elapsed() < time_limit, "Lambda would have ended it: nothing is reported");
    active(iam).len()
}

/// Contains Bob's key with all the time that a response has; its holder does something meanwhile.
async fn contained(iam: &Iam, holder: impl AsyncFn()) -> String {
    let function = Function { time_limit: Duration::from_secs(30), ..Function::new(iam, &[]) };
    let call = json!({"action": "deactivate", "accessKeyId": BOB, "userName": "Bob"});
    let holder = async {
        until_active(iam, &[BOB_2.to_owned()]).await;
        holder().await;
    };
    match tokio::join!(function.handle(&call), holder).0 {
        Ok(answer) => {
            let verified = answer.report.outcomes.iter().all(|outcome| outcome.verified);
            format!("{}, verified: {verified}", answer.report.summary)
        }
        Err(error) => error.error_message,
    }
}

async fn bob() -> Iam {
    let keys = [(BOB, Status::Active), (BOB_2, Status::Active)];
    Iam::start(World::new().user("Bob", &keys)).await
}

#[tokio::test(start_paused = true)]
async fn a_key_that_its_holder_activates_at_once_is_deactivated_again() {
    let iam = bob().await;
    let activated = contained(&iam, async || {
        sleep(Duration::from_secs(1)).await;
        iam.set(BOB, Status::Active);
    });
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated, verified: true";
    assert_eq!(activated.await, done);
    assert_eq!(iam.keys()[BOB], Status::Inactive);
    let actions: Vec<_> = iam.requests().into_iter().map(|call| call.action).collect();
    let (list, update) = ("ListAccessKeys", "UpdateAccessKey");
    assert_eq!(actions, [list, update, list, update, list]);
}

/// Without a pause, so that the read back already shows it Active.
#[tokio::test(start_paused = true)]
async fn a_key_that_its_holder_activates_within_milliseconds_is_deactivated_again() {
    let iam = bob().await;
    let activated = contained(&iam, async || iam.set(BOB, Status::Active));
    let done = "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated, verified: true";
    assert_eq!(activated.await, done);
    assert_eq!(iam.keys()[BOB], Status::Inactive);
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_user_is_renamed_meanwhile_is_deactivated_again() {
    let iam = bob().await;
    let renamed = contained(&iam, async || {
        sleep(Duration::from_secs(1)).await;
        iam.rename("Bob", "Rob");
        iam.set(BOB, Status::Active);
    });
    assert_eq!(renamed.await, "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated, verified: true");
    assert_eq!(iam.keys()[BOB], Status::Inactive);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_kept_inactive_is_no_success() {
    let iam = bob().await;
    let activated = contained(&iam, async || {
        sleep(Duration::from_secs(1)).await;
        iam.fault(Fault::always("UpdateAccessKey", DENIED));
        iam.set(BOB, Status::Active);
    });
    let error = left_active("AKIAIOSFODNN7EXAMPLE of Bob", &Reason::StillActive);
    assert_eq!(format!("KeyLeftActive: {}", activated.await), error);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_gone_before_the_second_update_stays_deactivated() {
    let iam = bob().await;
    let gone = contained(&iam, async || {
        sleep(Duration::from_secs(1)).await;
        iam.fault(Fault::once("UpdateAccessKey", FaultKind::DeletesUser));
    });
    assert_eq!(gone.await, "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated, verified: true");
}
