//! What a process has used, as Linux counts it (proc(5)).

use std::fs::read_to_string;
use std::time::Duration;

/// CPU time and memory of a process, all its threads together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// CPU time, its own and the kernel's on its behalf, in steps of 10 ms.
    pub cpu: Duration,
    /// The most memory it has had resident, in bytes.
    pub peak_memory: u64,
}

/// The kernel's clock tick, the same on every platform that Linux tells it to programs on.
const TICK: Duration = Duration::from_millis(10);

impl Usage {
    /// Of this process; `None` if it is gone.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
        // A process that was not yet waited for has no memory left.
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(Self { cpu: TICK * ticks(&stat)?, peak_memory: kilobytes * 1024 })
    }
}

/// `utime` and `stime`. The name of the program comes before, and may contain anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u32>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_writes() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194560 100 0 0 0 12 30 5 5 20 0 1 0 9 1 2 3";
        assert_eq!(ticks(stat), Some(42));
        let own = Usage::of(std::process::id()).expect("this process runs");
        assert!(own.peak_memory > 100_000, "{own:?}");
        assert_eq!(Usage::of(u32::MAX), None);
    }
}
