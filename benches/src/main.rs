//! Measures the function beside what people would otherwise run, in one run on one machine.
//!
//! `make bench` builds the function as it is deployed, installs the others into `target/bench` and
//! starts this. Prints the table as it is in `docs/benchmark.md`, and writes it to `target/bench.md`
//! and `target/bench.json`. `benches respond` and `benches sweep` measure one half only, `benches ours`
//! only this function, `benches instructions` how many instructions a warm event takes (valgrind
//! counts them): for whoever makes it faster.

mod instructions;
mod machine;
mod missing;
mod paths;
mod respond;
mod stat;
mod subject;
mod sweep;
mod sweep_run;
mod table;
mod target;

use std::error::Error;
use std::fs;

use serde::Serialize;

use crate::machine::Machine;
use crate::missing::Missing;
use crate::respond::Responded;
use crate::sweep::Swept;
use crate::target::Target;

/// All that one run has measured.
#[derive(Debug, Serialize)]
struct Results {
    machine: Machine,
    respond: Vec<Responded>,
    sweep: Vec<Swept>,
    missing: Vec<Missing>,
    targets: Vec<Target>,
}

/// What can be measured by itself.
const PARTS: [&str; 4] = ["respond", "sweep", "ours", "instructions"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|it| it == part);
    if let Some(other) = wanted.iter().find(|it| !PARTS.contains(&it.as_str())) {
        return Err(format!("no such part: `{other}`; there are {}", PARTS.join(", ")).into());
    }
    if wanted.iter().any(|it| it == "instructions") {
        return instructions::measure().await;
    }
    // Others are looked for only where they are wanted: they have to be installed.
    let responders: &[_] = match (wants("respond"), wants("ours")) {
        (true, _) => &[subject::OURS, subject::BOTO3, subject::BOTO3_ONE, subject::NODE],
        (false, true) => &[subject::OURS],
        (false, false) => &[],
    };
    let mut missing = Vec::new();
    let respond = respond::measure(responders, &mut missing).await?;
    let sweeps: &[_] = if wants("sweep") {
        &[subject::OURS, sweep::CUSTODIAN]
    } else if wants("ours") {
        &[subject::OURS]
    } else {
        &[]
    };
    let sweep = sweep::measure(sweeps, &mut missing).await;
    let targets = target::judge(&respond, &sweep);
    let results = Results { machine: Machine::this(), respond, sweep, missing, targets };

    let table = table::markdown(&results);
    println!("{table}");
    fs::write(paths::target("bench.md"), table)?;
    fs::write(paths::target("bench.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    Ok(())
}
