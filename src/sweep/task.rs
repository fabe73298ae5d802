//! What is done about one key, and the facts that hold for all keys.

use jiff::{Timestamp, civil::Date};

use crate::{
    config::{Mode, SweepSettings},
    event::Trigger,
    ids::{AccessKeyId, Label, UserName},
    outcome::{Reason, Staleness, Status},
};

/// The facts that hold for a whole plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    /// The rules and limits.
    pub(super) settings: &'a SweepSettings,
    /// The day, UTC.
    pub(super) today: Date,
    /// Whether anything is changed.
    pub(super) mode: Mode,
    /// What asks for it.
    pub(super) trigger: Trigger,
}

/// One key, and what is done about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    /// Its user.
    pub(super) user: UserName,
    /// The key. Absent if the user's keys are unknown.
    pub(super) id: Option<AccessKeyId>,
    /// When it was created.
    pub(super) created: Option<Timestamp>,
    /// The rule that it breaks, if it breaks one.
    pub(super) staleness: Option<Staleness>,
    /// Whether it began to break the rule yesterday or today.
    pub(super) is_new: bool,
    /// The user's owner.
    pub(super) owner: Option<Label>,
    /// Whether the user has a notice tag for it.
    pub(super) noticed: bool,
    /// The step.
    pub(super) step: Step,
}

/// What is done about one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Leave it, with this status, reason and due day.
    Leave(Status, Reason, Option<Date>),
    /// Give notice. The key is due on this day.
    Notice(Date),
    /// Deactivate it.
    Deactivate,
    /// Deactivate it if an earlier key leaves its turn.
    Wait,
}
