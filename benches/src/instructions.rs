//! How many instructions a warm event takes, and in which crates: callgrind counts them.
//!
//! `BENCH_FUNCTION` must be a build of the function with symbols; `docs/benchmark.md` says how.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::process::Command;

use kit::iam::{Iam, Status, World};
use kit::runtime_api::{Answer, Function, Setup};

use crate::paths;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const WARM_UP: u64 = 20;
const EVENTS: u64 = 100;

/// Prints a table of crates.
pub(crate) async fn measure() -> Result<(), Box<dyn Error>> {
    let payload = fs::read(paths::root().join("events/guardduty-compromised-credentials.json"))?;
    let iam = Iam::start(World::new().user("Bob", &[(KEY, Status::Active)])).await;
    let counts = paths::target("callgrind.out");
    let setup = Setup::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", counts.display())])
        .args([paths::function()])
        .env("AWS_ENDPOINT_URL", iam.url())
        .env("FUNCTION", "respond");
    let mut function = Function::start(setup).await.map_err(|exit| exit.log)?;
    for round in [WARM_UP, EVENTS] {
        for _ in 0..round {
            iam.set(KEY, Status::Active);
            let answer = function.invoke(payload.clone()).await;
            if !matches!(answer, Answer::Response(_)) {
                return Err(format!("{answer:?}").into());
            }
        }
        // What was counted since the last dump.
        Command::new("callgrind_control").arg("--dump").output()?;
    }
    function.stop().await;
    let last = format!("{}.2", counts.display());
    let listed = Command::new("callgrind_annotate").args(["--threshold=100", &last]).output()?;
    print(&by_crate(&String::from_utf8_lossy(&listed.stdout)));
    Ok(())
}

/// The instructions of each crate, by the first name in each function's path.
fn by_crate(annotated: &str) -> BTreeMap<String, u64> {
    let mut crates = BTreeMap::new();
    for line in annotated.lines() {
        let line = line.trim_start();
        let Some((count, rest)) = line.split_once(' ') else { continue };
        let Ok(count) = count.replace(',', "").parse::<u64>() else { continue };
        let named = rest.split_once(") ").map_or(rest, |(_, named)| named);
        let name = named.split_once(':').map_or(named, |(_, name)| name);
        let of: String = name
            .trim_start_matches(['<', '&', '*', '(', '['])
            .chars()
            .take_while(|sign| sign.is_ascii_alphanumeric() || *sign == '_')
            .collect();
        let path = name.contains("::");
        *crates.entry(if path { of } else { "C and assembly".to_owned() }).or_default() += count;
    }
    crates.remove("PROGRAM");
    crates
}

fn print(crates: &BTreeMap<String, u64>) {
    let total: u64 = crates.values().sum();
    let mut largest: Vec<_> = crates.iter().collect();
    largest.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    println!("{} instructions an event", total / EVENTS);
    for (name, count) in largest.into_iter().take(15) {
        println!("| {name} | {} | {} % |", count / EVENTS, count * 100 / total.max(1));
    }
}
