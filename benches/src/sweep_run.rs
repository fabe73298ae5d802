//! One sweep, by either.

use std::process::Stdio;
use std::time::{Duration, Instant};

use fake_aws::iam::Iam;
use fake_aws::runtime_api::{Answer, Function, Setup};
use serde::Deserialize;
use tokio::process::Command;

use crate::paths;

/// What a sweep took.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// In bytes.
    pub(crate) peak_memory: u64,
    pub(crate) complaint: Option<String>,
}

/// Deactivates at once, as Cloud Custodian does; a quarter of an hour is Lambda's limit.
pub(crate) async fn ours(iam: &Iam) -> Run {
    let setup = Setup::new(paths::function())
        .env("AWS_ENDPOINT_URL", iam.url())
        .env("FUNCTION", "sweep")
        .env("SWEEP_MODE", "enforce")
        .env("NOTICE_DAYS", "0")
        .env("MAX_DEACTIVATIONS_PER_SWEEP", "10000")
        .time_limit(Duration::from_mins(15));
    let begin = Instant::now();
    let started = Function::start(setup).await;
    let mut function =
        started.unwrap_or_else(|exit| panic!("it does not start: {}", exit.log.trim_end()));
    let answer = function.invoke(r#"{"action": "sweep"}"#).await;
    let wall = begin.elapsed();
    let usage = function.usage().expect("the function runs");
    let complaint = match answer {
        Answer::Response(report) => {
            let failed = report["counts"].get("Failed").is_some();
            let whole = report["sweep"]["incomplete"] == false;
            (failed || !whole).then(|| report["summary"].to_string())
        }
        other => Some(format!("{other:?}")),
    };
    Run { wall, cpu: usage.cpu, peak_memory: usage.peak_memory, complaint }
}

/// What `run.py` prints last.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Used {
    cpu: f64,
    peak_memory: u64,
    code: i32,
}

pub(crate) async fn custodian(iam: &Iam) -> Result<Run, String> {
    let out = paths::target("bench/custodian-out");
    // Nothing of an earlier run, its cache of users least of all.
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let begin = Instant::now();
    let output = Command::new(paths::tool("custodian/bin/python"))
        .arg(paths::root().join("benches/custodian/run.py"))
        .args(["run", "--region", "us-east-1", "--output-dir"])
        .arg(&out)
        .arg("--cache")
        .arg(out.join("cache"))
        .arg(paths::root().join("benches/custodian/policy.yml"))
        .env_clear()
        .env("HOME", &out)
        .env("AWS_ENDPOINT_URL", iam.url())
        .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| format!("it does not start: {error}"))?;
    let wall = begin.elapsed();
    let log = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    let last = printed.lines().last().unwrap_or_default();
    let used: Used = serde_json::from_str(last)
        .map_err(|_| format!("it ended with {}: {}", output.status, log.trim_end()))?;
    let complaint = (used.code != 0).then(|| log.lines().last().unwrap_or_default().to_owned());
    let cpu = Duration::from_secs_f64(used.cpu);
    Ok(Run { wall, cpu, peak_memory: used.peak_memory, complaint })
}
