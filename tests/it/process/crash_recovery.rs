//! The process is killed at every point of a sweep, and run again: it ends as if nothing had happened.

use std::time::{Duration, SystemTime};

use fake_aws::{
    iam::{Fault, FaultKind, Iam, Key, Status, User, World},
    runtime_api::{Answer, Function, Setup},
};
use futures_util::{StreamExt, stream};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;

use crate::worlds::{account, id, notice_tag};

const SWEEP: &str = r#"{"action": "sweep"}"#;

/// The day so many days ago, as the process under test sees it.
#[expect(clippy::disallowed_methods, reason = "the process reads the time itself")]
fn day_ago(days: i64) -> String {
    let now = Timestamp::try_from(SystemTime::now()).unwrap();
    (now.to_zoned(TimeZone::UTC).date() - days.days()).to_string()
}

/// An old key; the user was noticed so many days ago.
fn old(name: &str, noticed: Option<i64>) -> User {
    let key = Key::new(&id(name, 1)).created(format!("{}T00:00:00Z", day_ago(200)));
    let user = User::new(name).key(key);
    let notice = |days| format!("{}/{}", day_ago(days), day_ago(days - 7));
    noticed.into_iter().fold(user, |user, days| user.tag(&notice_tag(&id(name, 1)), &notice(days)))
}

fn world() -> World {
    let spent =
        old("Tidy", Some(9)).tag("key-deactivator:notice:AKIAIGONE22222222222", "2026-01-01");
    World::new()
        .with(old("Due1", Some(10)))
        .with(old("Due2", Some(11)))
        .with(spent)
        .with(old("New1", None))
        .with(old("New2", None))
        .with(old("Pending", Some(2)))
        .with(old("Exempt", Some(30)).tag("key-deactivator:exempt-until", &day_ago(-30)))
}

async fn start(iam: &Iam) -> Function {
    let setup = Setup::new(env!("CARGO_BIN_EXE_iam-key-deactivator"))
        .env("AWS_ENDPOINT_URL", iam.url())
        .env("FUNCTION", "sweep")
        .env("SWEEP_MODE", "enforce");
    Function::start(setup).await.unwrap()
}

/// What the report lists.
async fn sweep(iam: &Iam) -> Vec<Value> {
    let answer = start(iam).await.invoke(SWEEP).await;
    let Answer::Response(report) = answer else { panic!("{answer:?}") };
    assert_eq!(report["sweep"]["incomplete"], false, "{report}");
    report["outcomes"].as_array().unwrap().clone()
}

/// Kills the process when it waits for the answer to its call of this number; says how it was, and
/// what it had logged.
async fn killed_at(call: usize, kind: FaultKind) -> (Iam, String) {
    let iam = Iam::start(world()).await;
    let waits = Fault { skip: call, ..Fault::always("*", kind) };
    iam.fault(waits);
    let mut function = start(&iam).await;
    let reached = async {
        while iam.requests().len() <= call {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        answer = function.invoke(SWEEP) => panic!("not killed at call {call}: {answer:?}"),
        () = reached => {}
    }
    let log = function.stop().await;
    iam.heal();
    (iam, log)
}

/// Whether people can know that this key was deactivated: logged as it was, or reported by the next
/// sweep. A key that it only found Inactive needs attention.
fn is_told(id: &str, log: &str, outcomes: &[Value]) -> bool {
    let logged =
        log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).any(|it| {
            it["message"] == "changed" && it["status"] == "Deactivated" && it["access_key_id"] == id
        });
    let reported = outcomes.iter().filter(|it| it["accessKeyId"] == id).any(|it| {
        ["Deactivated", "AlreadyInactive"].contains(&it["status"].as_str().unwrap())
            && it["attention"] == true
    });
    logged || reported
}

#[tokio::test]
async fn a_sweep_that_is_killed_anywhere_ends_as_an_undisturbed_one() {
    let undisturbed = Iam::start(world()).await;
    sweep(&undisturbed).await;
    let expected = account(&undisturbed);
    let inactive = expected.0.values().filter(|status| **status == Status::Inactive).count();
    assert_eq!(inactive, 3, "{expected:?}");
    let calls = undisturbed.requests().len();
    assert!(calls > 20, "{calls}");

    // Killed before the call was heeded, and after.
    let kinds = [FaultKind::Hang, FaultKind::Slow(Duration::from_mins(10))];
    let cases = (0..calls).flat_map(|call| kinds.iter().map(move |kind| (call, kind.clone())));
    let runs = stream::iter(cases).map(async |(call, kind)| {
        let (iam, log) = killed_at(call, kind.clone()).await;
        // The next sweep has the report that this one had, or a new one.
        if call % 2 == 0 {
            iam.expire_report();
        }
        let outcomes = sweep(&iam).await;
        assert_eq!(account(&iam), expected, "killed at call {call}: {kind:?}");
        for id in expected.0.keys().filter(|id| expected.0[*id] == Status::Inactive) {
            assert!(is_told(id, &log, &outcomes), "killed at call {call}: {kind:?}: {id}: {log}");
        }
        let again = sweep(&iam).await;
        let found = again.iter().filter(|it| it["status"] == "AlreadyInactive");
        assert_eq!(found.count(), 0, "reported once: {again:?}");
    });
    let () = runs.buffer_unordered(4).collect().await;
}
