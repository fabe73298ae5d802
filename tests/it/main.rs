//! The whole function from payload to API call, and the template that deploys it.
//!
//! Run it with `make test`, which starts moto and transforms the template first.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod binary;
mod connection;
mod contention;
mod events;
mod faults;
mod flood;
mod invoke;
mod kills;
mod moto;
mod opted_in_faults;
mod privileges;
mod properties;
mod routes;
mod scenes;
mod sizes;
mod sweep;
mod sweep_faults;
mod sweep_world;
mod template;
mod walk;
