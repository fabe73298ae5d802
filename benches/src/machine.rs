//! What it was measured on, and when.

use std::fs::read_to_string;

use jiff::Timestamp;
use serde::Serialize;

/// The kind of machine, and the day.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) day: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) system: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let field = |file: &str, name: &str| {
            let text = read_to_string(file).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or("unknown").trim_start_matches([':', ' ', '\t']).to_owned()
        };
        let memory = field("/proc/meminfo", "MemTotal");
        let kilobytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        Self {
            day: Timestamp::now().strftime("%F").to_string(),
            processor: field("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kilobytes >> 20,
            system: format!("Linux {}", field("/proc/sys/kernel/osrelease", "")),
        }
    }
}
