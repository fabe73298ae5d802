//! The process is killed at every point of a sweep, and run again: it ends as if nothing had happened.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use kit::{
    iam::{Fault, FaultKind, Iam, Key, Status, User, World},
    runtime_api::{Answer, Function, Setup},
};

use crate::sweep_world::id;

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
    let tag = format!("key-deactivator:notice:{}", id(name, 1));
    let user = User::new(name).key(key);
    noticed.into_iter().fold(user, |user, days| user.tag(&tag, &day_ago(days)))
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

/// Every key's status, and every user's tags that count. The notice of a key that is Inactive, or gone,
/// does not: killed right after it deactivated the key, a sweep leaves it there.
type End = (BTreeMap<String, Status>, Vec<BTreeMap<String, String>>);

fn end(iam: &Iam) -> End {
    let keys = iam.keys();
    let counts = |tag: &str| {
        let id = tag.strip_prefix("key-deactivator:notice:");
        id.is_none_or(|id| keys.get(id) == Some(&Status::Active))
    };
    let users = ["Due1", "Due2", "Tidy", "New1", "New2", "Pending", "Exempt"];
    let tags = users.map(|user| {
        let tags = iam.tags(user).into_iter();
        tags.filter(|(tag, _)| counts(tag)).collect()
    });
    (keys.clone(), tags.into())
}

async fn start(iam: &Iam) -> Function {
    let setup = Setup::new(env!("CARGO_BIN_EXE_iam-key-deactivator"))
        .env("AWS_ENDPOINT_URL", iam.url())
        .env("FUNCTION", "sweep")
        .env("SWEEP_MODE", "enforce");
    Function::start(setup).await.unwrap()
}

async fn sweep(iam: &Iam) {
    let answer = start(iam).await.invoke(SWEEP).await;
    let Answer::Response(report) = answer else { panic!("{answer:?}") };
    assert_eq!(report["sweep"]["incomplete"], false, "{report}");
}

/// Kills the process when it waits for the answer to its call of this number; says how it was.
async fn killed_at(call: usize, kind: FaultKind) -> Iam {
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
    function.stop().await;
    iam.heal();
    iam
}

#[tokio::test]
async fn a_sweep_that_is_killed_anywhere_ends_as_an_undisturbed_one() {
    let undisturbed = Iam::start(world()).await;
    sweep(&undisturbed).await;
    let expected = end(&undisturbed);
    let inactive = expected.0.values().filter(|status| **status == Status::Inactive).count();
    assert_eq!(inactive, 3, "{expected:?}");
    let calls = undisturbed.requests().len();
    assert!(calls > 20, "{calls}");

    // Killed before the call was heeded, and after.
    let kinds = [FaultKind::Hang, FaultKind::Slow(Duration::from_mins(10))];
    let cases = (0..calls).flat_map(|call| kinds.iter().map(move |kind| (call, kind.clone())));
    let runs = stream::iter(cases).map(async |(call, kind)| {
        let iam = killed_at(call, kind.clone()).await;
        sweep(&iam).await;
        assert_eq!(end(&iam), expected, "killed at call {call}: {kind:?}");
    });
    let () = runs.buffer_unordered(4).collect().await;
}
