//! Carries out a plan: the oldest key first, each change logged as it is made, and read back.

use std::{cmp::Ordering, time::Duration};

use jiff::civil::Date;
use tokio::time::Instant;
use tracing::{info, warn};

use super::{
    AT_ONCE, Order, Sweeper,
    plan::{Plan, Step, Task, is_soon},
};
use crate::{
    iam::act,
    iam::side_by_side::side_by_side,
    iam::tags::Notice,
    ids::{AccessKeyId, UserName},
    outcome::{Outcome, Status},
};

/// What one change may take, with its proof: none is begun later.
const TO_CHANGE: Duration = Duration::from_secs(5);

/// What came of a task.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// Whether there was time for it.
    pub(super) in_time: bool,
    /// Whether it surely made no key Inactive, although it was its turn: another may have it.
    pub(super) turn_left: bool,
    /// The tag of a notice that has been acted on.
    pub(super) spent: Option<(UserName, String)>,
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, in_time: true, turn_left: false, spent: None }
    }
}

impl Sweeper<'_> {
    /// Carries out a plan, and says whether there was time for all of it.
    ///
    /// Keys that cannot be deactivated, for want of a permission, say, are due again in every run:
    /// they leave their turn to others, or those would never have one.
    pub(super) async fn carry_out(&self, plan: Plan, order: &Order<'_>) -> (Vec<Outcome>, bool) {
        let (mut waiting, first): (Vec<_>, Vec<_>) =
            plan.tasks.into_iter().partition(|task| task.step == Step::Wait);
        let mut done = self.tasks(first, order).await;
        let mut turns = turns_left(&done);
        while turns > 0 && !waiting.is_empty() {
            let next = waiting.drain(..turns.min(waiting.len()));
            let next = next.map(|task| Task { step: Step::Deactivate, ..task }).collect();
            let then = self.tasks(next, order).await;
            turns = turns_left(&then);
            done.extend(then);
        }
        done.extend(self.tasks(waiting, order).await);
        done.sort_by(|one, other| by_age(&one.outcome, &other.outcome));

        // Last of all: until the report is near, a notice tells the next sweep what this one did.
        let spent = done.iter_mut().filter_map(|done| done.spent.take());
        self.tidy(spent.map(|(user, tag)| (user, vec![tag])).collect()).await;
        let in_time = done.iter().all(|done| done.in_time);
        if in_time {
            self.tidy(plan.tidy).await;
        }
        (done.into_iter().map(|done| done.outcome).collect(), in_time)
    }

    async fn tasks(&self, tasks: Vec<Task>, order: &Order<'_>) -> Vec<Done> {
        side_by_side(tasks, AT_ONCE, async |task| self.task(task, order).await).await
    }

    /// Removes tags of ours; one that remains does no harm but to be told of once more.
    async fn tidy(&self, tags: Vec<(UserName, Vec<String>)>) {
        side_by_side(tags, AT_ONCE, async |(user, tags)| {
            let removed = act::remove_tags(self.client, &user, tags, self.deadline).await;
            if let Err(fault) = removed {
                warn!(user_name = user.as_str(), reason = fault.to_string(), "old notice remains");
            }
        })
        .await;
    }

    async fn task(&self, task: Task, order: &Order<'_>) -> Done {
        let is_change = matches!(task.step, Step::Notice(_) | Step::Deactivate);
        if is_change && Instant::now() + TO_CHANGE > self.deadline {
            let outcome =
                self.told(&task, order.put_off(), "no time was left in this run", None, order);
            return Done { in_time: false, ..outcome.into() };
        }
        match (&task.step, &task.id, task.breach) {
            (Step::Leave(status, reason, due), ..) => {
                let outcome = self.told(&task, *status, reason, *due, order);
                let attention = match status {
                    Status::Pending => is_soon(*due, self.today()),
                    // Every dry run of a schedule says the same.
                    Status::DryRun => outcome.attention && (task.is_new || self.reminds(order)),
                    // So does every dry run of a notice, which it leaves there.
                    Status::AlreadyInactive => !order.dry_run || self.reminds(order),
                    _ => outcome.attention,
                };
                Outcome { attention, ..outcome }.into()
            }
            (Step::Wait, ..) => {
                let reason = "due: not its turn in this run";
                self.told(&task, Status::Pending, reason, Some(self.today()), order).into()
            }
            (Step::Notice(due), Some(id), _) => self.notice(&task, id, *due, order).await.into(),
            (Step::Deactivate, Some(id), Some(breach)) => {
                self.deactivate(&task, id, breach, order).await
            }
            _ => self.told(&task, Status::Failed, "no key is known", None, order).into(),
        }
    }

    async fn notice(&self, task: &Task, id: &AccessKeyId, due: Date, order: &Order<'_>) -> Outcome {
        let notice = Notice { given: self.today(), due };
        match act::give_notice(self.client, &task.user, id, notice, self.deadline).await {
            Ok(()) => {
                self.log(task, id, Status::Noticed, Some(due));
                self.told(task, Status::Noticed, "notice was given", Some(due), order)
            }
            Err(fault) if fault.is_no_such_entity() => self.gone(task, order),
            Err(fault) => {
                let reason = format!("left active: notice of it could not be given: {fault}");
                self.told(task, Status::Failed, &reason, None, order)
            }
        }
    }

    /// Logs a change as it is made: a sweep that is cut off reports nothing.
    pub(super) fn log(&self, task: &Task, id: &AccessKeyId, status: Status, due: Option<Date>) {
        info!(
            request_id = self.request_id,
            access_key_id = id.as_str(),
            user_name = task.user.as_str(),
            status = format!("{status:?}"),
            reason = task.why,
            due_on = due.map(|day| day.to_string()),
            "changed"
        );
    }

    /// Deleted in the middle of a sweep, which is normal.
    pub(super) fn gone(&self, task: &Task, order: &Order<'_>) -> Outcome {
        self.told(
            task,
            Status::NotFound,
            "IAM knows no such key, or no such user, any more",
            None,
            order,
        )
    }

    pub(super) fn told(
        &self,
        task: &Task,
        status: Status,
        what: &str,
        due_on: Option<Date>,
        order: &Order<'_>,
    ) -> Outcome {
        Outcome {
            access_key_id: task.id.clone(),
            user_name: Some(task.user.clone()),
            create_date: task.created,
            due_on,
            owner: task.owner.clone(),
            ..self.outcome(order, status, &format!("{}: {what}", task.why))
        }
    }
}

/// How many of these leave their turn to another.
fn turns_left(done: &[Done]) -> usize {
    done.iter().filter(|done| done.turn_left).count()
}

/// The oldest key first, as they were planned.
fn by_age(one: &Outcome, other: &Outcome) -> Ordering {
    let age = |outcome: &Outcome| {
        let user = outcome.user_name.as_ref().map(ToString::to_string);
        (outcome.create_date, outcome.access_key_id.clone(), user)
    };
    age(one).cmp(&age(other))
}
