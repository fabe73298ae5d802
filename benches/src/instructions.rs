//! How many instructions a warm event takes, as callgrind counts them: the same every time, whatever else
//! the machine does.

use std::error::Error;
use std::fs;
use std::process::Command;

use fake_aws::iam::Iam;
use fake_aws::runtime_api::{Function, Setup};

use crate::{paths, respond, subject::TIME_LIMIT};

const WARM_UP: u64 = 20;
const EVENTS: u64 = 100;

/// Counts and prints them.
pub(crate) async fn measure() -> Result<(), Box<dyn Error>> {
    let payload = respond::payload()?;
    let iam = Iam::start(respond::world()).await;
    let counts = paths::target("callgrind.out");
    let setup = Setup::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", counts.display())])
        .args([paths::function()])
        .env("AWS_ENDPOINT_URL", iam.url())
        .env("FUNCTION", "respond")
        .time_limit(TIME_LIMIT);
    let mut function = Function::start(setup).await.map_err(|exit| exit.log)?;
    for round in [WARM_UP, EVENTS] {
        for _ in 0..round {
            respond::event(&mut function, &iam, &payload).await;
        }
        // What was counted since the last dump.
        Command::new("callgrind_control").arg("--dump").output()?;
    }
    function.stop().await;
    let last = fs::read_to_string(format!("{}.2", counts.display()))?;
    let total = last.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: u64 = total.ok_or("no totals in callgrind's file")?.trim().parse()?;
    println!("{} instructions a warm event", total / EVENTS);
    Ok(())
}
