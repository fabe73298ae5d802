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
    let by = |name: &str| respond.iter().find(|it| it.name == name);
    let mut targets = Vec::new();
    if let (Some(ours), Some(boto3), Some(one)) = (by(OURS), by(BOTO3), by(BOTO3_ONE)) {
        targets.extend(of_responding(ours, boto3, one));
    }
    if sweep.iter().any(|it| it.name == CUSTODIAN) {
        targets.extend(of_sweeping(sweep));
    }
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

fn of_responding(ours: &Responded, boto3: &Responded, one: &Responded) -> Vec<Target> {
    let memory = |it: &Responded| mib(it.peak_memory.max(it.peak_memory_https));
    let first = 2.0 * ms(ROUND_TRIP) + 10.0;
    vec![
        at_least("cold start, than boto3", 50.0, boto3.cold.median / ours.cold.median, "×"),
        at_most("peak memory", 14.0, memory(ours), " MiB"),
        at_least("less memory than boto3", 4.0, memory(boto3) / memory(ours), "×"),
        at_most("zipped package", 4.0, mib(ours.package), " MiB"),
        at_most("warm event, three calls", 1.0, ours.warm.median, " ms"),
        at_least(
            "less CPU than boto3 with three calls",
            6.0,
            boto3.cpu_per_event / ours.cpu_per_event,
            "×",
        ),
        at_least(
            "less CPU than boto3 with one call",
            1.0,
            one.cpu_per_event / ours.cpu_per_event,
            "×",
        ),
        at_most("first event until Inactive, 20 ms away", first, ours.first_inactive.median, " ms"),
    ]
}

fn of_sweeping(sweep: &[Swept]) -> Vec<Target> {
    let by = |name: &str, users: usize, throttled: bool| {
        let found = sweep
            .iter()
            .find(|it| it.name == name && it.users == users && it.throttled == throttled);
        found.expect("every size was measured")
    };
    let (small, large) = (by(OURS, 1_000, false), by(OURS, 5_000, false));
    let custodian = by(CUSTODIAN, 5_000, false);
    let throttled = by(OURS, 5_000, true);
    let flaws: usize = sweep
        .iter()
        .filter(|it| it.name == OURS)
        .map(|it| it.missed + it.wrong + usize::from(it.complaint.is_some()))
        .sum();
    let growth = mib(large.peak_memory) / mib(small.peak_memory);
    vec![
        at_least("5,000 users, than Cloud Custodian", 10.0, custodian.seconds / large.seconds, "×"),
        at_most("memory for 5,000 users", 40.0, mib(large.peak_memory), " MiB"),
        at_most("memory, 5,000 users to 1,000", 1.1, growth, "×"),
        at_least("of the throttle's rate", 90.0, throttled.rate / RATE * 100.0, " %"),
        Target {
            what: "keys missed or wrongly touched, failures",
            wanted: "none".to_owned(),
            got: flaws.to_string(),
            met: flaws == 0,
        },
    ]
}

/// Bytes as MiB.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB
}
