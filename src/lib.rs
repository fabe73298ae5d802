//! An AWS Lambda function that makes leaked or misused IAM access keys `Inactive`.
//!
//! # The straight line
//!
//! ```text
//! payload ── signal::read ──▶ readings             pure
//!         ── rules::sort ──▶ signals, ignored      pure
//!         ── case::Case::gather ──▶ cases          pure: one for each key
//!         ── respond ──▶ outcomes                  asks and changes IAM, through iam only;
//!                                                  rules::decide says what to do with each key
//!         ── report ──▶ log lines, return value
//! ```
//!
//! [`handler`] is the only place that knows this order. [`iam`] is the only user of the IAM client.
//! [`rules`] holds every decision, as functions over values.
//!
//! # What never breaks
//!
//! * Nothing that is read stops a containment: for a compromised key `UpdateAccessKey` is always sent,
//!   with its user, except in a dry run or for a user on the break-glass list.
//! * Only the named key is touched, and only in this account. It is made Inactive, never deleted.
//! * Every part of an event is handled; one that is not understood does not stop the rest.
//! * A key that may still be active fails the invocation; a key that was made Inactive never does.
//! * Nothing of an event is acted with, or logged, before it was parsed into a type of [`ids`].

pub mod case;
pub mod config;
pub mod error;
pub mod handler;
pub mod iam;
pub mod ids;
pub mod logging;
pub mod report;
pub mod respond;
pub mod rules;
pub mod signal;
pub mod verdict;
