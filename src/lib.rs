//! An AWS Lambda function that makes IAM access keys `Inactive`: leaked or misused ones at once, old or
//! unused ones after fair notice.
//!
//! # The straight line
//!
//! ```text
//! payload ── event::read_each  ──▶ readings          pure
//!         ── rules::Triage ──▶ signals, ignored      pure
//!         ── respond ──▶ outcomes                    each compromised key: whose is it, decide, act
//!         ── sweep ──▶ outcomes                      look at all, plan, and only then act
//!         ── report ──▶ log lines, return value
//! ```
//!
//! [`handler`] is the only place that knows this order. [`iam`] is the only user of the IAM client.
//! What decides is pure, with `now` as an argument: [`respond::rules`] for compromised keys, [`sweep::stale`] for one
//! stale key, `sweep::plan` for all of them.
//!
//! # What never breaks
//!
//! * Nothing that is read stops a containment: for a compromised key `UpdateAccessKey` is always sent,
//!   with its user, except in a dry run or for a user on the break-glass list.
//! * What cannot be read always stops hygiene: unknown is neither "unused" nor "not exempt".
//! * Only the named key is touched, and only in this account. It is made Inactive, never deleted.
//! * Every part of an event is handled; one that is not understood does not stop the rest.
//! * A compromised key that may still be active fails the invocation; one that was made Inactive never
//!   does.
//! * A sweep decides everything before its first change.
//! * Nothing of an event is acted with, or logged, before it was parsed into a type of [`ids`].

pub mod config;
pub mod event;
pub mod handler;
pub mod iam;
pub mod ids;
pub mod logging;
pub mod message;
pub mod outcome;
pub mod report;
pub mod respond;
pub mod sweep;
