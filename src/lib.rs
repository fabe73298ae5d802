//! An AWS Lambda function that deactivates IAM access keys: leaked or misused keys at once, old or
//! unused keys after notice.
//!
//! # The straight line
//!
//! ```text
//! payload ── event::read_each ──▶ readings      pure: what each source says
//!         ── event::Triage ──▶ signals          pure: respond, sweep or ignore
//!         ── respond ──▶ outcomes               each compromised key: find its user, decide, deactivate
//!         ── activate ──▶ outcomes              a key that this stack deactivated, at a person's request
//!         ── sweep ──▶ outcomes                 stale keys: inspect all users, decide, plan, then act
//!         ── report ──▶ log lines, return value
//! ```
//!
//! Only [`handler`] knows this order. Only [`iam`] calls IAM.
//!
//! # The map
//!
//! | module | what it does |
//! |---|---|
//! | [`ids`] | types for the names in an event: key, user, account, label |
//! | [`iam`] | every call to IAM, its retries and its connections |
//! | [`config`] | the settings |
//! | [`event`] | unwraps the payload, reads each source, triages; one file a source |
//! | [`outcome`] | what became of one key, and why |
//! | [`message`] | the words for people: statuses, reasons, next steps, mail, chat |
//! | [`respond`] | contains compromised keys |
//! | [`activate`] | activates a key again, at a person's request |
//! | [`sweep`] | finds stale keys, gives notice, deactivates |
//! | [`report`] | the return value, log, metrics, errors, what Security Hub is told |
//!
//! A module uses only modules above it in this table. A test checks that no modules form a circle.
//!
//! Three verbs decide, all pure and with `now` as an argument: [`event::Triage`] triages a part of an
//! event, [`respond::rules::decide`] and [`sweep::stale::decide`] decide about one key, and `sweep::plan`
//! plans for many.
//!
//! # What never breaks
//!
//! * No read stops a containment. For a compromised key `UpdateAccessKey` is always sent, with its user,
//!   except in a dry run or for a user on the break-glass list.
//! * A failed read always stops hygiene: unknown is neither "unused" nor "not exempt".
//! * Only the named key is touched, and only in this account. It is made Inactive, never deleted.
//! * No event activates a key. Only the activate function does, at a direct call.
//! * Every part of an event is handled. A part that cannot be parsed does not stop the others.
//! * A compromised key that may still be active fails the invocation. A key that was made Inactive never
//!   fails it.
//! * A sweep decides everything before its first change.
//! * Text from an event is neither used in a call nor logged before it was parsed into a type of [`ids`].

pub mod activate;
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
