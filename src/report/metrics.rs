//! Metrics as one log line an invocation, in CloudWatch's embedded metric format (CloudWatch User
//! Guide, "Specification: Embedded metric format").

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    event::IgnoreReason,
    outcome::{Status, Totals},
    report::Report,
};

/// The namespace of all metrics of this tool.
pub const NAMESPACE: &str = "IamKeyDeactivator";
/// How many values one metric of a line may have.
const VALUES: usize = 100;

/// A line, as CloudWatch takes it: what the metrics are, and beside that their values.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(rename = "_aws")]
    aws: Metadata<'a>,
    #[serde(rename = "FunctionName")]
    function_name: &'a str,
    #[serde(flatten, serialize_with = "values")]
    metrics: &'a [Metric],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i64,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: &'a [Metric],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: String,
    unit: &'static str,
    /// A number, or several.
    #[serde(skip)]
    value: Value,
}

fn values<S: Serializer>(metrics: &[Metric], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(metrics.iter().map(|metric| (&metric.name, &metric.value)))
}

/// The line of an invocation that began at `now` and took `elapsed`. The function is the only dimension:
/// CloudWatch bills each metric once for each value of a dimension.
#[must_use]
pub fn line(function_name: &str, now: Timestamp, elapsed: Duration, report: &Report) -> String {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let mut metrics = counts(report);
    metrics.extend(times(now, report));
    metrics.extend(report.sweep.map(|it| sweep(it, elapsed_ms, report)).unwrap_or_default());
    let directive =
        Directive { namespace: NAMESPACE, dimensions: [["FunctionName"]], metrics: &metrics };
    let line = Line {
        aws: Metadata {
            // The end of the invocation: an alarm may not look back as far as a sweep's beginning.
            timestamp: now.as_millisecond().saturating_add_unsigned(elapsed_ms),
            cloud_watch_metrics: [directive],
        },
        function_name,
        metrics: &metrics,
    };
    // It cannot fail: its keys are text, and it is written to memory.
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

/// What alarms and the dashboard read of every invocation, so that a zero means something there. Any
/// other count is written only if it is not zero: CloudWatch bills a metric for each hour that has a value.
const READ: [Status; 2] = [Status::Deactivated, Status::Failed];

fn counts(report: &Report) -> Vec<Metric> {
    let of_status = Status::ALL.map(|status| {
        let count = report.counts.get(&status).copied().unwrap_or(0);
        (status.as_str().to_owned(), count, READ.contains(&status))
    });
    let of_reason = IgnoreReason::ALL.map(|reason| {
        let count = report.ignored.iter().filter(|ignored| ignored.reason == reason).count();
        (format!("Ignored{}", reason.as_str()), count, false)
    });
    let open = report.outcomes.iter().filter(|outcome| outcome.sessions.are_open()).count();
    let sums = [
        ("Ignored".to_owned(), report.ignored.len(), false),
        ("Invalid".to_owned(), report.invalid.count(), false),
        ("SessionsLeftOpen".to_owned(), open, false),
    ];
    let all = of_status.into_iter().chain(of_reason).chain(sums);
    let written = all.filter(|(_, count, is_read)| *count > 0 || *is_read);
    written.map(|(name, count, _)| metric(name, "Count", count)).collect()
}

/// How long it took: from the start of the invocation until the key was made Inactive, and from the
/// finding's last update until IAM showed it.
fn times(now: Timestamp, report: &Report) -> Vec<Metric> {
    let contained = || {
        let contained = report.outcomes.iter();
        contained.filter_map(|outcome| Some((outcome.contained?, &outcome.origin))).take(VALUES)
    };
    let latency: Vec<_> = contained()
        .map(|(after, _)| u64::try_from(after.made.as_millis()).unwrap_or(u64::MAX))
        .collect();
    let since_finding: Vec<_> = contained()
        .filter_map(|(after, origin)| {
            let found = time(origin.time.as_ref()?.as_str())?;
            let waited = now.duration_since(found).as_secs_f64() + after.seen.as_secs_f64();
            (waited >= 0.0).then_some(waited)
        })
        .collect();
    let mut metrics = Vec::new();
    if !latency.is_empty() {
        metrics.push(metric("ContainLatency", "Milliseconds", latency));
    }
    if !since_finding.is_empty() {
        metrics.push(metric("TimeToContain", "Seconds", since_finding));
    }
    metrics
}

/// In RFC 3339, or as AWS Health writes it.
fn time(text: &str) -> Option<Timestamp> {
    let of_health = || jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp());
    text.parse().ok().or_else(of_health)
}

fn sweep(totals: Totals, elapsed_ms: u64, report: &Report) -> Vec<Metric> {
    let count = |status| report.counts.get(&status).copied().unwrap_or(0);
    let counts = [
        ("AccountSweepCompleted", usize::from(!totals.incomplete)),
        ("KeysLookedAt", totals.active_keys),
        ("KeysDeactivated", count(Status::Deactivated)),
        ("KeysPending", count(Status::Pending)),
        ("KeysStale", totals.stale),
        ("SweepRefused", usize::from(totals.refused)),
    ];
    let counts = counts.map(|(name, count)| metric(name, "Count", count));
    let duration = metric("SweepDuration", "Milliseconds", elapsed_ms);
    counts.into_iter().chain([duration]).collect()
}

fn metric(name: impl Into<String>, unit: &'static str, value: impl Into<Value>) -> Metric {
    Metric { name: name.into(), unit, value: value.into() }
}

/// Writes a line as it is: the log's own form would hide it from CloudWatch.
#[expect(clippy::print_stdout, reason = "Lambda takes standard output as the log")]
pub fn write(line: &str) {
    print!("{line}");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{
        config::Config,
        event::{self, Cause},
        ids::Label,
        outcome::{self, Contained, Outcome},
        report::Invocation,
        sweep::SweepResult,
    };

    const NOW: &str = "2026-06-15T12:00:00Z";

    fn outcome(status: Status) -> Outcome {
        let mut outcome = outcome::tests::outcome(status, Cause::Compromised);
        outcome.origin.time = Label::new("2026-06-15T11:59:00Z");
        let (made, seen) = (Duration::from_millis(500), Duration::from_millis(700));
        outcome.contained = (status == Status::Deactivated).then_some(Contained { made, seen });
        outcome
    }

    fn report(outcomes: Vec<Outcome>, swept: SweepResult, payload: &str) -> Report {
        let config = Config::read(|_| Ok(None)).unwrap();
        let triaged = event::triage_all(event::read(payload).1, &config);
        let invocation = Invocation {
            request_id: String::new(),
            mode: None,
            sweep_mode: None,
            own_account: None,
            region: None,
            now: NOW.parse().unwrap(),
        };
        Report::new(invocation, outcomes, swept, triaged.ignored, triaged.invalid)
    }

    /// Reads a line back as CloudWatch does, and holds it to the format.
    fn metrics(report: &Report) -> BTreeMap<String, Value> {
        let line = line("respond", NOW.parse().unwrap(), Duration::from_millis(1_500), report);
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["_aws"]["Timestamp"], 1_781_524_801_500_i64);
        let mut found = BTreeMap::new();
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            assert_eq!(directive["Namespace"], "IamKeyDeactivator");
            for set in directive["Dimensions"].as_array().unwrap() {
                let set = set.as_array().unwrap();
                assert!(set.len() <= 30);
                assert!(set.iter().all(|name| line[name.as_str().unwrap()].is_string()));
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!(metrics.len() <= 100);
            for metric in metrics {
                let name = metric["Name"].as_str().unwrap();
                let value = &line[name];
                let values = value.as_array().map_or(1, Vec::len);
                assert!((1..=100).contains(&values), "{name}");
                assert!(value.is_number() || value.is_array(), "{name}: {value}");
                assert!(
                    ["Count", "Seconds", "Milliseconds"]
                        .contains(&metric["Unit"].as_str().unwrap())
                );
                found.insert(name.to_owned(), value.clone());
            }
        }
        found
    }

    /// The counts of a report, with whatever is written as zero.
    #[track_caller]
    fn check_counts(report: &Report, expected: &[(&str, u64)]) {
        let expected = expected.iter().map(|(name, count)| ((*name).to_owned(), json!(count)));
        assert_eq!(metrics(report), expected.collect());
    }

    #[test]
    fn every_outcome_is_counted_and_zeros_only_where_they_are_read() {
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Compliant) {
            let told = Outcome { contained: None, ..outcome(status) };
            let mut expected = BTreeMap::from([("Deactivated", 0), ("Failed", 0), ("Invalid", 1)]);
            expected.insert(status.as_str(), 1);
            let expected: Vec<_> = expected.into_iter().collect();
            check_counts(&report(vec![told], SweepResult::default(), "null"), &expected);
        }
    }

    #[test]
    fn what_is_ignored_is_counted_by_its_reason() {
        let payload = r#"{"source": "aws.s3", "detail-type": "x", "detail": {}}"#;
        check_counts(
            &report(Vec::new(), SweepResult::default(), payload),
            &[("Deactivated", 0), ("Failed", 0), ("Ignored", 1), ("IgnoredUnsupported", 1)],
        );
    }

    #[test]
    fn times_are_told_of_what_was_contained() {
        let both = vec![outcome(Status::Deactivated), outcome(Status::AlreadyInactive)];
        let found = metrics(&report(both, SweepResult::default(), "null"));
        assert_eq!(found["ContainLatency"], json!([500]));
        assert_eq!(found["TimeToContain"], json!([60.7]));
        let mut of_health = outcome(Status::Deactivated);
        of_health.origin.time = Label::new("Mon, 15 Jun 2026 11:58:00 GMT");
        let found = metrics(&report(vec![of_health], SweepResult::default(), "null"));
        assert_eq!(found["TimeToContain"], json!([120.7]));
        let found = metrics(&report(vec![outcome(Status::Failed)], SweepResult::default(), "null"));
        assert!(!found.contains_key("ContainLatency") && !found.contains_key("TimeToContain"));
        let many = vec![outcome(Status::Deactivated); 150];
        let found = metrics(&report(many, SweepResult::default(), "null"));
        assert_eq!(found["ContainLatency"].as_array().map(Vec::len), Some(100));
    }

    #[test]
    fn a_sweep_tells_its_sums() {
        #[track_caller]
        fn check(refused: bool, incomplete: bool, expected: [(&str, u64); 7]) {
            let totals = Totals {
                users: 3,
                active_keys: 5,
                stale: 3,
                planned: 2,
                refused,
                would_be_refused: false,
                incomplete,
                without_report: false,
            };
            let swept =
                SweepResult { compliant: 2, totals: Some(totals), ..SweepResult::default() };
            let outcomes = vec![outcome(Status::Deactivated), outcome(Status::Pending)];
            let found = metrics(&report(outcomes, swept, "null"));
            for (name, value) in expected {
                assert_eq!(found[name], value, "{name}");
            }
        }
        let with = |completed, refused| {
            [
                ("AccountSweepCompleted", completed),
                ("SweepRefused", refused),
                ("KeysLookedAt", 5),
                ("KeysDeactivated", 1),
                ("KeysPending", 1),
                ("KeysStale", 3),
                ("SweepDuration", 1_500),
            ]
        };
        check(false, false, with(1, 0));
        check(true, false, with(1, 1));
        check(false, true, with(0, 0));
    }
}
