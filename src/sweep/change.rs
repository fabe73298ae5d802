//! Carries out a plan: the oldest key first, each change read back.

use std::{cmp::Ordering, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::civil::Date;
use tokio::time::Instant;
use tracing::warn;

use super::{
    AT_ONCE, Order, Sweeper,
    plan::{Plan, Step, Task, is_soon},
};
use crate::{
    iam::act,
    ids::{AccessKeyId, UserName},
    outcome::{Outcome, Status},
    tags,
};

/// What one change may take, with its proof: none is begun later.
const TO_CHANGE: Duration = Duration::from_secs(5);

/// What came of a task.
struct Done {
    outcome: Outcome,
    /// Whether there was time for it.
    in_time: bool,
    /// Whether it surely made no key Inactive, although it was its turn: another may have it.
    turn_left: bool,
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, in_time: true, turn_left: false }
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

        let in_time = done.iter().all(|done| done.in_time);
        let tidy = if in_time { plan.tidy } else { Vec::new() };
        let tidied = stream::iter(tidy).map(|(user, keys)| self.tidy(user, keys));
        let () = tidied.buffer_unordered(AT_ONCE).collect().await;
        (done.into_iter().map(|done| done.outcome).collect(), in_time)
    }

    async fn tasks(&self, tasks: Vec<Task>, order: &Order<'_>) -> Vec<Done> {
        stream::iter(tasks).map(|task| self.task(task, order)).buffered(AT_ONCE).collect().await
    }

    /// Removes tags of ours; one that remains does no harm but to be there.
    async fn tidy(&self, user: UserName, keys: Vec<String>) {
        let removed = act::remove_tags(self.client, &user, keys, self.deadline).await;
        if let Err(fault) = removed {
            warn!(user_name = user.as_str(), reason = fault.to_string(), "old notice remains");
        }
    }

    async fn task(&self, task: Task, order: &Order<'_>) -> Done {
        let is_change = matches!(task.step, Step::Notice(_) | Step::Deactivate);
        if is_change && Instant::now() + TO_CHANGE > self.deadline {
            let outcome =
                self.told(&task, order.put_off(), "no time was left in this run", None, order);
            return Done { in_time: false, ..outcome.into() };
        }
        match (&task.step, &task.id) {
            (Step::Leave(status, reason, due), _) => {
                let outcome = self.told(&task, *status, reason, *due, order);
                let attention = match status {
                    Status::Pending => is_soon(*due, self.today()),
                    // Every dry run of a schedule says the same.
                    Status::DryRun => outcome.attention && (task.is_new || self.reminds(order)),
                    _ => outcome.attention,
                };
                Outcome { attention, ..outcome }.into()
            }
            (Step::Wait, _) => {
                let reason = "due: not its turn in this run";
                self.told(&task, Status::Pending, reason, Some(self.today()), order).into()
            }
            (Step::Notice(due), Some(id)) => self.notice(&task, id, *due, order).await.into(),
            (Step::Deactivate, Some(id)) => self.deactivate(&task, id, order).await,
            (_, None) => self.told(&task, Status::Failed, "no key is known", None, order).into(),
        }
    }

    async fn notice(&self, task: &Task, id: &AccessKeyId, due: Date, order: &Order<'_>) -> Outcome {
        let (user, today) = (&task.user, self.today());
        match act::give_notice(self.client, user, id, today, self.deadline).await {
            Ok(()) => self.told(task, Status::Noticed, "notice was given", Some(due), order),
            Err(fault) if fault.is_no_such_entity() => self.gone(task, order),
            Err(fault) => {
                let reason = format!("left active: notice of it could not be given: {fault}");
                self.told(task, Status::Failed, &reason, None, order)
            }
        }
    }

    async fn deactivate(&self, task: &Task, id: &AccessKeyId, order: &Order<'_>) -> Done {
        let (client, user) = (self.client, &task.user);
        let update = act::deactivate(client, user, id, self.deadline).await;
        // The key was seen Active, so that being seen Inactive now proves the change.
        let maybe_done = update.as_ref().err().is_none_or(|fault| fault.maybe_done);
        let verified = maybe_done && act::shows_inactive(client, user, id, self.deadline).await;
        match update {
            Err(fault) if fault.is_no_such_entity() => {
                return Done { turn_left: true, ..self.gone(task, order).into() };
            }
            Err(fault) if !verified => {
                let failed = self.told(task, Status::Failed, &fault.to_string(), None, order);
                return Done { turn_left: !fault.maybe_done, ..failed.into() };
            }
            _ => {}
        }
        if task.noticed {
            self.tidy(user.clone(), vec![tags::notice_tag(id)]).await;
        }
        let reason =
            if verified { "made Inactive" } else { "made Inactive; IAM does not show it yet" };
        Outcome { verified, ..self.told(task, Status::Deactivated, reason, None, order) }.into()
    }

    /// Deleted in the middle of a sweep, which is normal.
    fn gone(&self, task: &Task, order: &Order<'_>) -> Outcome {
        self.told(
            task,
            Status::NotFound,
            "IAM knows no such key, or no such user, any more",
            None,
            order,
        )
    }

    fn told(
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
    let age = |outcome: &Outcome| (outcome.create_date, outcome.access_key_id.clone());
    age(one).cmp(&age(other))
}
