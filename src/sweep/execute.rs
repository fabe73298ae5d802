//! Carries out a plan, the oldest key first. Each change is logged at once and read back.

use std::{cmp::Ordering, time::Duration};

use jiff::civil::Date;
use tokio::time::Instant;
use tracing::{info, warn};

use super::{
    AT_ONCE, SweepRequest, Sweeper,
    plan::{Plan, is_soon},
    task::{Step, Task},
};
use crate::{
    config::Mode,
    iam::side_by_side::side_by_side,
    iam::tags::{self, Notice},
    ids::{AccessKeyId, UserName},
    outcome::{Deferral, Outcome, Reason, Status, Unknown},
};

/// The time for one change and its read. With less time left, no change is begun.
const TO_CHANGE: Duration = Duration::from_secs(5);

/// The result of one task.
pub(super) struct TaskResult {
    pub(super) outcome: Outcome,
    /// Whether there was time for it.
    pub(super) in_time: bool,
    /// Whether it certainly deactivated no key, so another key may have its turn.
    pub(super) turn_left: bool,
    /// The notice's tag, once its key is deactivated.
    pub(super) obsolete: Option<(UserName, String)>,
}

impl From<Outcome> for TaskResult {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, in_time: true, turn_left: false, obsolete: None }
    }
}

impl Sweeper<'_> {
    /// Carries out a plan, and says whether there was time for all of it.
    ///
    /// Keys that cannot be deactivated, for example because a permission is missing, are due again in
    /// every run. They leave their turn to other keys, which otherwise would never have one.
    pub(super) async fn carry_out(
        &self,
        plan: Plan,
        request: &SweepRequest<'_>,
    ) -> (Vec<Outcome>, bool) {
        let (mut waiting, first): (Vec<_>, Vec<_>) =
            plan.tasks.into_iter().partition(|task| task.step == Step::Wait);
        let mut done = self.tasks(first, request).await;
        let mut turns = turns_left(&done);
        while turns > 0 && !waiting.is_empty() {
            let next = waiting.drain(..turns.min(waiting.len()));
            let next = next.map(|task| Task { step: Step::Deactivate, ..task }).collect();
            let then = self.tasks(next, request).await;
            turns = turns_left(&then);
            done.extend(then);
        }
        done.extend(self.tasks(waiting, request).await);
        done.sort_by(|one, other| by_age(&one.outcome, &other.outcome));

        // Last, because a notice tells the next sweep what a cut-off sweep did.
        let obsolete = done.iter_mut().filter_map(|done| done.obsolete.take());
        self.remove_obsolete_tags(obsolete.map(|(user, tag)| (user, vec![tag])).collect()).await;
        let in_time = done.iter().all(|done| done.in_time);
        if in_time {
            self.remove_obsolete_tags(plan.obsolete_tags).await;
        }
        (done.into_iter().map(|done| done.outcome).collect(), in_time)
    }

    async fn tasks(&self, tasks: Vec<Task>, request: &SweepRequest<'_>) -> Vec<TaskResult> {
        side_by_side(tasks, AT_ONCE, async |task| self.task(task, request).await).await
    }

    /// Removes this tool's tags. A tag that remains is only reported once more.
    async fn remove_obsolete_tags(&self, tags: Vec<(UserName, Vec<String>)>) {
        side_by_side(tags, AT_ONCE, async |(user, keys)| {
            let removed = tags::remove_tags(&self.account.client, &user, keys, self.deadline).await;
            if let Err(error) = removed {
                warn!(
                    user_name = user.as_str(),
                    reason = error.to_string(),
                    "cannot remove an obsolete tag"
                );
            }
        })
        .await;
    }

    async fn task(&self, task: Task, request: &SweepRequest<'_>) -> TaskResult {
        let is_change = matches!(task.step, Step::Notice(_) | Step::Deactivate);
        if is_change && Instant::now() + TO_CHANGE > self.deadline {
            let reason = Reason::Deferred(Deferral::NoTime);
            let outcome = self.task_outcome(&task, request.put_off(), reason, None, request);
            return TaskResult { in_time: false, ..outcome.into() };
        }
        match (&task.step, &task.id, task.staleness) {
            (Step::Leave(status, reason, due), ..) => {
                let outcome = self.task_outcome(&task, *status, reason.clone(), *due, request);
                let attention = match status {
                    Status::Pending => is_soon(*due, self.today()),
                    // Every scheduled dry run reports the same.
                    Status::DryRun => outcome.attention && (task.is_new || self.reminds(request)),
                    // A dry run leaves the notice, so every dry run reports the same.
                    Status::AlreadyInactive => {
                        request.mode == Mode::Enforce || self.reminds(request)
                    }
                    _ => outcome.attention,
                };
                Outcome { attention, ..outcome }.into()
            }
            (Step::Wait, ..) => {
                let reason = Reason::Deferred(Deferral::Pace);
                self.task_outcome(&task, Status::Pending, reason, Some(self.today()), request)
                    .into()
            }
            (Step::Notice(due), Some(id), _) => self.notice(&task, id, *due, request).await.into(),
            (Step::Deactivate, Some(id), Some(staleness)) => {
                self.deactivate(&task, id, staleness.violation, request).await
            }
            _ => {
                let reason = Reason::LeftActive(Unknown::Key);
                self.task_outcome(&task, Status::Failed, reason, None, request).into()
            }
        }
    }

    async fn notice(
        &self,
        task: &Task,
        id: &AccessKeyId,
        due: Date,
        request: &SweepRequest<'_>,
    ) -> Outcome {
        let notice = Notice { given: self.today(), due };
        match tags::give_notice(&self.account.client, &task.user, id, notice, self.deadline).await {
            Ok(()) => {
                self.log(task, id, Status::Noticed, Some(due));
                self.task_outcome(task, Status::Noticed, Reason::NoticeGiven, Some(due), request)
            }
            Err(error) if error.is_no_such_entity() => self.gone(task, request),
            Err(error) => {
                let reason = Reason::LeftActive(Unknown::Notice(error));
                self.task_outcome(task, Status::Failed, reason, None, request)
            }
        }
    }

    /// Logs a change at once: a sweep that is cut off reports nothing.
    pub(super) fn log(&self, task: &Task, id: &AccessKeyId, status: Status, due: Option<Date>) {
        info!(
            request_id = self.request_id,
            access_key_id = id.as_str(),
            user_name = task.user.as_str(),
            status = status.as_str(),
            reason = task.staleness.map(|it| it.to_string()),
            due_on = due.map(|day| day.to_string()),
            "changed"
        );
    }

    /// The key or user was deleted during the sweep, which is normal.
    pub(super) fn gone(&self, task: &Task, request: &SweepRequest<'_>) -> Outcome {
        self.task_outcome(task, Status::NotFound, Reason::Gone, None, request)
    }

    pub(super) fn task_outcome(
        &self,
        task: &Task,
        status: Status,
        reason: Reason,
        due_on: Option<Date>,
        request: &SweepRequest<'_>,
    ) -> Outcome {
        Outcome {
            access_key_id: task.id.clone(),
            user_name: Some(task.user.clone()),
            create_date: task.created,
            due_on,
            owner: task.owner.clone(),
            staleness: task.staleness,
            ..self.outcome(request, status, reason)
        }
    }
}

/// How many of these leave their turn to another key.
fn turns_left(done: &[TaskResult]) -> usize {
    done.iter().filter(|done| done.turn_left).count()
}

/// The oldest key first, as planned.
fn by_age(one: &Outcome, other: &Outcome) -> Ordering {
    let age = |outcome: &Outcome| {
        let user = outcome.user_name.as_ref().map(ToString::to_string);
        (outcome.create_date, outcome.access_key_id.clone(), user)
    };
    age(one).cmp(&age(other))
}
