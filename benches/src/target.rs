//! What the figures must show.

use serde::Serialize;

use crate::respond::{ROUND_TRIP, Responded};
use crate::stat::{ms, number};
use crate::subject::{BOTO3, BOTO3_ONE, OURS};
use crate::sweep::{CUSTODIAN, RATE, Swept};

/// Something that must hold, and whether it does.
#[derive(Debug, Serialize)]
pub(crate) struct Target {
    pub(crate) what: &'static str,
    pub(crate) wanted: String,
    pub(crate) got: String,
    pub(crate) met: bool,
}

const MIB: f64 = 1_048_576.0;

/// Judges whatever was measured.
pub(crate) fn judge(respond: &[Responded], sweep: &[Swept]) -> Vec<Target> {
    let mut targets = of_responding(respond);
    targets.extend(of_sweeping(sweep));
    targets
}

fn at_least(what: &'static str, wanted: f64, got: f64, unit: &str) -> Target {
    let text = |value| format!("{}{unit}", number(value));
    Target {
        what,
        wanted: format!("at least {}", text(wanted)),
        got: text(got),
        met: got >= wanted,
    }
}

fn at_most(what: &'static str, wanted: f64, got: f64, unit: &str) -> Target {
    let text = |value| format!("{}{unit}", number(value));
    Target { what, wanted: format!("at most {}", text(wanted)), got: text(got), met: got <= wanted }
}

fn of_responding(respond: &[Responded]) -> Vec<Target> {
    let by = |name: &str| respond.iter().find(|it| it.name == name);
    let Some(ours) = by(OURS) else { return Vec::new() };
    let (boto3, one) = (by(BOTO3), by(BOTO3_ONE));
    let memory = |it: &Responded| mib(it.peak_memory.max(it.peak_memory_https));
    let first = 2.0 * ms(ROUND_TRIP) + 10.0;
    let than = |what, wanted, other: Option<&Responded>, measure: &dyn Fn(&Responded) -> f64| {
        Some(at_least(what, wanted, measure(other?) / measure(ours), "×"))
    };
    let (cold, cpu) = (|it: &Responded| it.cold.median, |it: &Responded| it.cpu_per_event);
    let inactive = ours.first_inactive.median;
    let targets = [
        than("cold start, than boto3", 50.0, boto3, &cold),
        Some(at_most("peak memory", 14.0, memory(ours), " MiB")),
        than("less memory than boto3", 4.0, boto3, &memory),
        Some(at_most("zipped package", 4.0, mib(ours.package), " MiB")),
        Some(at_most("warm event, three calls", 1.0, ours.warm.median, " ms")),
        than("less CPU than boto3 with three calls", 6.0, boto3, &cpu),
        than("less CPU than boto3 with one call", 1.0, one, &cpu),
        Some(at_most("first event until Inactive, 20 ms away", first, inactive, " ms")),
    ];
    targets.into_iter().flatten().collect()
}

fn of_sweeping(sweep: &[Swept]) -> Vec<Target> {
    let by = |name: &str, users: usize, throttled: bool| {
        sweep.iter().find(|it| it.name == name && it.users == users && it.throttled == throttled)
    };
    let (small, large) = (by(OURS, 1_000, false), by(OURS, 5_000, false));
    let custodian = || {
        let seconds = by(CUSTODIAN, 5_000, false)?.seconds / large?.seconds;
        Some(at_least("5,000 users, than Cloud Custodian", 10.0, seconds, "×"))
    };
    let memory = || {
        let peak = mib(large?.peak_memory);
        Some(at_most("memory for 5,000 users", 40.0, peak, " MiB"))
    };
    let growth = || {
        let growth = mib(large?.peak_memory) / mib(small?.peak_memory);
        Some(at_most("memory, 5,000 users to 1,000", 1.1, growth, "×"))
    };
    let rate = || {
        let rate = by(OURS, 5_000, true)?.rate / RATE * 100.0;
        Some(at_least("of the throttle's rate", 90.0, rate, " %"))
    };
    let flaws = || {
        let mut ours = sweep.iter().filter(|it| it.name == OURS).peekable();
        ours.peek()?;
        let flaws: usize =
            ours.map(|it| it.missed + it.wrong + usize::from(it.complaint.is_some())).sum();
        Some(Target {
            what: "keys missed or wrongly touched, failures",
            wanted: "none".to_owned(),
            got: flaws.to_string(),
            met: flaws == 0,
        })
    };
    [custodian(), memory(), growth(), rate(), flaws()].into_iter().flatten().collect()
}

/// Bytes as MiB.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB
}
