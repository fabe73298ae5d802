//! Plans the whole sweep before its first change. Pure.

use jiff::{ToSpan, civil::Date};

use super::{
    decide::decide,
    inspect::Inspection,
    stale::{self, StaleDecision},
    task::{Context, Step, Task},
};
use crate::{
    config::Mode,
    event::Trigger,
    ids::UserName,
    outcome::{Deferral, Reason, Status},
};

/// The tasks, the oldest key first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// One for each key that is not compliant, and one for each user whose keys are unknown.
    pub(super) tasks: Vec<Task>,
    /// This tool's obsolete tags, by user.
    pub(super) obsolete_tags: Vec<(UserName, Vec<String>)>,
    /// How many active keys were inspected.
    pub(super) active_keys: usize,
    /// How many of them break no rule.
    pub(super) compliant: usize,
    /// How many break a rule and are not exempt.
    pub(super) stale: usize,
    /// How many are due now, before the limits apply.
    pub(super) planned: usize,
    /// Whether so many keys are due that the sweep is refused.
    pub(super) refused: bool,
}

/// A plan that grows with each inspected user. Compliant keys are only counted: an account may have
/// thousands of users.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    context: Context<'a>,
    plan: Plan,
    decided: Vec<(Task, StaleDecision)>,
    /// How many users were inspected.
    pub(super) users: usize,
    /// How many users' keys are unknown.
    pub(super) unknown: usize,
}

impl<'a> Draft<'a> {
    /// An empty plan.
    pub(super) fn new(context: Context<'a>) -> Self {
        Self { context, plan: Plan::default(), decided: Vec::new(), users: 0, unknown: 0 }
    }

    /// Plans the tasks. If not all users were inspected, the limits mean nothing, and no key is
    /// deactivated.
    #[must_use]
    pub(super) fn finish(self, complete: bool) -> Plan {
        let Self { context, mut plan, mut decided, .. } = self;
        decided.sort_by(|(one, _), (other, _)| {
            let age = |task: &Task| (task.created, task.id.clone(), task.user.to_string());
            age(one).cmp(&age(other))
        });
        let is_stale = |it: &StaleDecision| {
            matches!(it, StaleDecision::Notice(_) | StaleDecision::Pending(_) | StaleDecision::Due)
        };
        plan.stale = decided.iter().filter(|(_, it)| is_stale(it)).count();
        plan.planned = decided.iter().filter(|(_, it)| *it == StaleDecision::Due).count();
        plan.refused = context.trigger == Trigger::Schedule
            && complete
            && stale::is_landslide(plan.planned, plan.active_keys, context.settings);
        if plan.refused || context.mode == Mode::DryRun || !complete {
            plan.obsolete_tags.clear();
        }
        let limits = Limits { context, complete, refused: plan.refused };
        let mut turn = 0;
        for (task, decision) in decided {
            turn += usize::from(decision == StaleDecision::Due);
            plan.tasks.push(Task { step: step(decision, turn, &limits), ..task });
        }
        plan
    }
}

/// Adds users.
impl Extend<Inspection> for Draft<'_> {
    fn extend<T: IntoIterator<Item = Inspection>>(&mut self, users: T) {
        for inspection in users {
            self.users += 1;
            self.unknown += usize::from(inspection.keys.is_err());
            let user = decide(inspection, &self.context);
            self.plan.active_keys += user.active_keys;
            self.plan.compliant += user.compliant;
            self.plan.obsolete_tags.extend(user.obsolete_tags);
            self.decided.extend(user.decided);
        }
    }
}

/// The limits of a whole plan.
struct Limits<'a> {
    context: Context<'a>,
    complete: bool,
    refused: bool,
}

fn step(decision: StaleDecision, turn: usize, limits: &Limits<'_>) -> Step {
    let Limits { context, complete, refused } = *limits;
    let defer = |why| Step::Leave(Status::Pending, Reason::Deferred(why), Some(context.today));
    let is_change = matches!(decision, StaleDecision::Notice(_) | StaleDecision::Due);
    match decision {
        StaleDecision::Exempt(reason) => Step::Leave(Status::Exempt, Reason::Exempt(reason), None),
        StaleDecision::Unknown(reason) => {
            Step::Leave(Status::Failed, Reason::LeftActive(reason), None)
        }
        StaleDecision::AlreadyInactive => {
            Step::Leave(Status::AlreadyInactive, Reason::InactiveWithNotice, None)
        }
        StaleDecision::Pending(due) if context.mode == Mode::DryRun => {
            Step::Leave(Status::DryRun, Reason::WouldDeactivateWhenDue, Some(due))
        }
        StaleDecision::Pending(due) => Step::Leave(Status::Pending, Reason::NoticeRuns, Some(due)),
        _ if is_change && refused => Step::Leave(Status::Pending, Reason::Refused, None),
        StaleDecision::Notice(due) if context.mode == Mode::DryRun => {
            Step::Leave(Status::DryRun, Reason::WouldGiveNotice, Some(due))
        }
        StaleDecision::Notice(due) => Step::Notice(due),
        StaleDecision::Due if !complete => defer(Deferral::NotAllUsers),
        StaleDecision::Due if context.trigger == Trigger::Finding => defer(Deferral::NextSweep),
        StaleDecision::Due => {
            let waits =
                context.trigger == Trigger::Schedule && turn > context.settings.max_deactivations;
            match (waits, context.mode) {
                (true, _) => Step::Wait,
                (false, Mode::DryRun) => Step::Leave(Status::DryRun, Reason::WouldDeactivate, None),
                (false, Mode::Enforce) => Step::Deactivate,
            }
        }
    }
}

/// Whether a key is due tomorrow. Then a person should look.
#[must_use]
pub(super) fn is_soon(due: Option<Date>, today: Date) -> bool {
    due.is_some_and(|due| due == today.saturating_add(1.days()))
}
