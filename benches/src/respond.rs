//! Cold starts, first events and warm events of everyone who responds.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use fake_aws::Wire;
use fake_aws::iam::{Iam, Status, World};
use fake_aws::runtime_api::{Answer, Function, Setup};
use serde::Serialize;

use crate::missing::{Missing, apart};
use crate::paths;
use crate::stat::{Stat, ms};
use crate::subject::Subject;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// Between the function and IAM.
pub(crate) const ROUND_TRIP: Duration = Duration::from_millis(20);
/// Events before anything is counted, for what compiles as it runs.
const WARM_UP: usize = 50;

/// What was measured of one of them; times in milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Responded {
    pub(crate) name: &'static str,
    pub(crate) calls: usize,
    /// From the start of the process until it asks for an event, IAM next to it.
    pub(crate) cold: Stat,
    /// The same, IAM behind HTTPS and a round trip away.
    pub(crate) cold_far: Stat,
    /// There, from the first event's arrival until its key is Inactive in IAM.
    pub(crate) first_inactive: Stat,
    /// There, from the first event's arrival until the answer.
    pub(crate) first_answer: Stat,
    /// There, from the start of the process until the key is Inactive in IAM.
    pub(crate) start_to_inactive: Stat,
    /// From a later event to its answer, IAM next to it.
    pub(crate) warm: Stat,
    pub(crate) cpu_per_event: f64,
    /// In bytes, after all those events.
    pub(crate) peak_memory: u64,
    /// In bytes, after the first event over HTTPS.
    pub(crate) peak_memory_https: u64,
    pub(crate) package: u64,
}

/// Measures them one after the other.
pub(crate) async fn measure(
    names: &[&'static str],
    missing: &mut Vec<Missing>,
) -> Result<Vec<Responded>, Box<dyn Error>> {
    let payload = payload()?;
    let mut measured = Vec::new();
    for &name in names {
        eprintln!("==> {name}");
        let payload = payload.clone();
        match apart(name, async move { of(&Subject::named(name)?, &payload).await }).await {
            Ok(responded) => measured.push(responded),
            Err(one) => missing.push(one),
        }
    }
    Ok(measured)
}

async fn of(subject: &Subject, payload: &[u8]) -> Result<Responded, String> {
    let near = Iam::start(world()).await;
    let far = Iam::over(Wire::https().round_trip(ROUND_TRIP), world()).await;
    let bundle = bundle(&far)?;
    let cold = cold(&subject.setup(&near.url(), &bundle), subject.starts).await;
    let first = First::of(&subject.setup(&far.url(), &bundle), &far, subject, payload).await;
    let warm = Warm::of(&subject.setup(&near.url(), &bundle), &near, subject, payload).await;
    Ok(Responded {
        name: subject.name,
        calls: subject.calls,
        cold,
        cold_far: Stat::of(first.ready),
        first_inactive: Stat::of(first.inactive),
        first_answer: Stat::of(first.answer),
        start_to_inactive: Stat::of(first.start_to_inactive),
        warm: Stat::of(warm.answer),
        cpu_per_event: warm.cpu_per_event,
        peak_memory: warm.peak_memory,
        peak_memory_https: first.peak_memory,
        package: subject.package,
    })
}

/// What they respond to.
pub(crate) fn payload() -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(fs::read(paths::root().join("events/guardduty-compromised-credentials.json"))?)
}

pub(crate) fn world() -> World {
    World::new().user("Bob", &[(KEY, Status::Active)])
}

/// The system's CAs, as in Lambda, and the endpoint's.
fn bundle(iam: &Iam) -> Result<PathBuf, String> {
    const SYSTEM: [&str; 2] =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
    let system = SYSTEM.iter().find_map(|path| fs::read_to_string(path).ok());
    let system = system.ok_or_else(|| format!("no CAs of the system: {}", SYSTEM.join(", ")))?;
    let path = paths::target("bench/ca.pem");
    let written = fs::write(&path, format!("{system}\n{}", iam.ca().unwrap_or_default()));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

async fn start(setup: &Setup) -> Function {
    let started = Function::start(setup.clone()).await;
    started.unwrap_or_else(|exit| {
        panic!("it does not start ({}): {}", exit.status, exit.log.trim_end())
    })
}

async fn cold(setup: &Setup, starts: usize) -> Stat {
    let mut times = Vec::new();
    for _ in 0..starts {
        times.push(start(setup).await.ready_after());
    }
    Stat::of(times)
}

/// An event, with the key Active before and Inactive after.
pub(crate) async fn event(function: &mut Function, iam: &Iam, payload: &[u8]) {
    iam.set(KEY, Status::Active);
    iam.forget();
    let answer = function.invoke(payload.to_vec()).await;
    assert!(matches!(answer, Answer::Response(_)), "{answer:?}: {}", function.log());
    assert_eq!(iam.keys()[KEY], Status::Inactive, "{}", function.log());
}

#[derive(Debug, Default)]
struct First {
    ready: Vec<Duration>,
    inactive: Vec<Duration>,
    answer: Vec<Duration>,
    start_to_inactive: Vec<Duration>,
    peak_memory: u64,
}

impl First {
    async fn of(setup: &Setup, iam: &Iam, subject: &Subject, payload: &[u8]) -> Self {
        let mut first = Self::default();
        for _ in 0..subject.starts {
            let mut function = start(setup).await;
            event(&mut function, iam, payload).await;
            let timing = function.timing().expect("an event was answered");
            let calls = iam.calls();
            let update = calls.iter().find(|call| call.request.action == "UpdateAccessKey");
            let updated = update.expect("an update, for the key is Inactive").received;
            let usage = function.usage().expect("the function runs");
            first.ready.push(function.ready_after());
            first.inactive.push(updated - timing.handed);
            first.answer.push(timing.answered - timing.handed);
            first.start_to_inactive.push(function.ready_after() + (updated - timing.handed));
            first.peak_memory = first.peak_memory.max(usage.peak_memory);
        }
        first
    }
}

#[derive(Debug)]
struct Warm {
    answer: Vec<Duration>,
    cpu_per_event: f64,
    peak_memory: u64,
}

impl Warm {
    async fn of(setup: &Setup, iam: &Iam, subject: &Subject, payload: &[u8]) -> Self {
        let mut function = start(setup).await;
        for _ in 0..WARM_UP {
            event(&mut function, iam, payload).await;
            assert_eq!(iam.calls().len(), subject.calls, "{}", subject.name);
        }
        let before = function.usage().expect("the function runs");
        let mut answer = Vec::new();
        for _ in 0..subject.events {
            event(&mut function, iam, payload).await;
            let timing = function.timing().expect("an event was answered");
            answer.push(timing.answered - timing.handed);
        }
        let after = function.usage().expect("the function runs");
        let events = f64::from(u32::try_from(subject.events).expect("a few thousand"));
        let cpu_per_event = ms(after.cpu.saturating_sub(before.cpu)) / events;
        Self { answer, cpu_per_event, peak_memory: after.peak_memory }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_does_not_start_is_missing() {
        let why = async |command: &'static str| {
            let work = async move { Ok(cold(&Setup::new(command), 1).await) };
            apart("it", work).await.unwrap_err().why
        };
        assert_eq!(why("false").await, "it does not start (exit status: 1): ");
        assert!(why("/no/such/program").await.starts_with("cannot start "));
    }
}
