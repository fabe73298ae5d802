//! Sweeps of accounts of several sizes, with and without a throttle, beside Cloud Custodian.

use fake_aws::Wire;
use fake_aws::iam::{Iam, Key, Status, Throttle, User, World};
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::missing::{Missing, apart, installed};
use crate::respond::ROUND_TRIP;
use crate::sweep_run::{self, Run};

/// Cloud Custodian's name in the tables.
pub(crate) const CUSTODIAN: &str = "Cloud Custodian";
/// The sizes of the accounts, in users with two keys each.
const SIZES: [usize; 3] = [100, 1_000, 5_000];
/// One user in so many has a key that is too old.
const STALE: usize = 100;
/// The throttle, in calls a second; as many are let through at once after a pause.
pub(crate) const RATE: f64 = 50.0;

/// What one sweep took.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Swept {
    pub(crate) name: &'static str,
    pub(crate) users: usize,
    pub(crate) throttled: bool,
    /// Calls that were answered, and those that were one too many.
    pub(crate) calls: usize,
    pub(crate) refused: usize,
    /// From the start of the process to the end of the sweep, in seconds.
    pub(crate) seconds: f64,
    /// Calls a second that were let through, less the first burst.
    pub(crate) rate: f64,
    pub(crate) cpu_seconds: f64,
    /// In bytes.
    pub(crate) peak_memory: u64,
    /// Stale keys that were left active, and others that were not.
    pub(crate) missed: usize,
    pub(crate) wrong: usize,
    /// What it says of itself.
    pub(crate) complaint: Option<String>,
}

/// Measures every size, each with a fresh account.
pub(crate) async fn measure(names: &[&'static str], missing: &mut Vec<Missing>) -> Vec<Swept> {
    let mut measured = Vec::new();
    for throttled in [false, true] {
        for users in SIZES {
            for &name in names {
                eprintln!("==> {users} users, throttled: {throttled}: {name}");
                match apart(name, one(name, users, throttled)).await {
                    Ok(swept) => measured.push(swept),
                    // Once is enough of what did not install.
                    Err(one) if missing.contains(&one) => {}
                    Err(one) => missing.push(one),
                }
            }
        }
    }
    measured
}

async fn one(name: &'static str, users: usize, throttled: bool) -> Result<Swept, String> {
    if name == CUSTODIAN {
        installed("custodian")?;
    }
    let iam = Iam::over(Wire::http().round_trip(ROUND_TRIP), world(users)).await;
    if throttled {
        iam.throttle(Some(Throttle { rate: RATE, burst: RATE }));
    }
    let run = match name {
        CUSTODIAN => sweep_run::custodian(&iam).await?,
        _ => sweep_run::ours(&iam).await,
    };
    Ok(swept(name, users, throttled, &iam, run))
}

fn swept(name: &'static str, users: usize, throttled: bool, iam: &Iam, run: Run) -> Swept {
    let calls = iam.calls();
    let passed: Vec<_> = calls.iter().filter(|call| !call.throttled).collect();
    let span = match passed.as_slice() {
        [first, .., last] => (last.received - first.received).as_secs_f64(),
        _ => f64::NAN,
    };
    let (mut missed, mut wrong) = (0, 0);
    for (id, status) in iam.keys() {
        match (id.starts_with(OLD), status) {
            (true, Status::Active) => missed += 1,
            (false, Status::Inactive) => wrong += 1,
            _ => {}
        }
    }
    let count = f64::from(u32::try_from(passed.len()).expect("a few thousand calls"));
    Swept {
        name,
        users,
        throttled,
        calls: passed.len(),
        refused: calls.len() - passed.len(),
        seconds: run.wall.as_secs_f64(),
        rate: (count - if throttled { RATE } else { 0.0 }) / span,
        cpu_seconds: run.cpu.as_secs_f64(),
        peak_memory: run.peak_memory,
        missed,
        wrong,
        complaint: run.complaint,
    }
}

/// What the IDs of the stale keys begin with.
const OLD: &str = "AKIAIOLD";

/// Everyone has two keys, 60 and 30 days old and used yesterday; the first of every hundredth user is
/// 200 days old.
fn world(users: usize) -> World {
    let days_ago = |days: i64| {
        let time = Timestamp::now() - (days * 24).hours();
        time.strftime("%FT%TZ").to_string()
    };
    let [old, first, second, used] = [200, 60, 30, 1].map(days_ago);
    let person = |number: usize| {
        let stale = number.is_multiple_of(STALE);
        let (prefix, created) = if stale { (OLD, &old) } else { ("AKIAIONE", &first) };
        let key = |prefix, created: &str| {
            Key::new(&format!("{prefix}{number:0>12}")).created(created).last_used(used.as_str())
        };
        User::new(&format!("user-{number:0>5}"))
            .key(key(prefix, created))
            .key(key("AKIAITWO", &second))
    };
    (0..users).map(person).fold(World::new(), World::with)
}
