//! What is to be done about one key, and what holds for all of them.

use jiff::{Timestamp, civil::Date};

use crate::{
    config::{Mode, SweepSettings},
    event::Trigger,
    ids::{AccessKeyId, Label, UserName},
    outcome::{Reason, Staleness, Status},
};

/// What holds for a whole plan.
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

/// One key, and what is to be done about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    /// Its user.
    pub(super) user: UserName,
    /// The key; absent where the user's keys are not known.
    pub(super) id: Option<AccessKeyId>,
    /// When it was created.
    pub(super) created: Option<Timestamp>,
    /// The rule that it breaks, if it breaks one.
    pub(super) staleness: Option<Staleness>,
    /// Whether it is so since yesterday at the earliest.
    pub(super) is_new: bool,
    /// Whose user it is.
    pub(super) owner: Option<Label>,
    /// Whether a notice of it is written down.
    pub(super) noticed: bool,
    /// What is to be done.
    pub(super) step: Step,
}

/// What is to be done about one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Leave it, with this status, reason and due day.
    Leave(Status, Reason, Option<Date>),
    /// Write down the notice, which is due on this day.
    Notice(Date),
    /// Make it Inactive.
    Deactivate,
    /// Make it Inactive if one whose turn came before surely cannot be.
    Wait,
}
