//! The sources of events, one file each. To add a source, write its file and add two lines here: its
//! `mod` and its entry in [`SOURCES`].

mod access_analyzer;
mod aws_config;
mod cloudtrail;
pub(super) mod direct;
pub(super) mod guardduty;
mod health;
mod schedule;
mod security_hub_asff;
pub(super) mod security_hub_ocsf;
mod trufflehog;
mod trusted_advisor;

use super::{Reading, transport::Event};

/// How a source is read: a cheap test of the event's shape, then a typed parse.
pub(super) struct Reader {
    /// Whether an event has the shape of this source's events.
    pub(super) knows: fn(&Event) -> bool,
    /// Reads such an event.
    pub(super) read: fn(&Event) -> Vec<Reading>,
}

/// Every source. The first that knows an event reads it.
pub(super) const SOURCES: &[Reader] = &[
    guardduty::READER,
    security_hub_asff::READER,
    security_hub_ocsf::READER,
    health::READER,
    trusted_advisor::READER,
    trufflehog::READER,
    cloudtrail::READER,
    aws_config::READER,
    access_analyzer::READER,
    schedule::READER,
    direct::READER,
];
