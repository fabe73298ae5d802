//! The sums of a sweep.

use serde::Serialize;

/// The sums of a sweep of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact that stands for itself")]
pub struct Totals {
    /// The users that may have an active key.
    pub users: usize,
    /// Their active keys.
    pub active_keys: usize,
    /// How many of these keys break a rule and are not exempt.
    pub stale: usize,
    /// How many of these keys are due now, before the limits apply.
    pub planned: usize,
    /// Whether so many keys are due that the sweep changed nothing.
    pub refused: bool,
    /// Whether the sweep would be refused if all stale keys came due at once.
    pub would_be_refused: bool,
    /// Whether time ran out before everything was done, or no user's keys could be read.
    pub incomplete: bool,
    /// Whether there was no credential report. All users were checked, but the root user's keys are
    /// unknown.
    pub without_report: bool,
}
