//! The whole function from payload to API call, and the template that deploys it.
//!
//! `cargo test` runs it: what it needs of AWS is the fake in `tests/kit`.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod attempts;
mod binary;
mod connection;
mod contention;
mod crash_recovery;
mod duplicate_delivery;
mod events;
mod fault_matrix;
mod faults;
mod invoke;
mod layers;
mod mails;
mod opted_in_faults;
mod properties;
mod recorded;
mod sizes;
mod sweep;
mod sweep_faults;
mod template;
mod transports;
mod worlds;
