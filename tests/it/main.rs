//! The whole function from payload to API call, and the template that deploys it.
//!
//! `cargo test` runs it: what it needs of AWS is the fake in `tests/fake-aws`.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod activate;
mod attempts;
mod events;
mod fault_matrix;
mod invoke;
mod layers;
mod mails;
mod process;
mod properties;
mod recorded;
mod respond;
mod sweep;
mod template;
mod transports;
mod worlds;
