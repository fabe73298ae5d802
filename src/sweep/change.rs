//! Carries out a plan: the oldest key first, each change read back.

use std::time::Duration;

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

impl Sweeper<'_> {
    /// Carries out a plan, and says whether there was time for all of it.
    pub(super) async fn carry_out(&self, plan: Plan, order: &Order<'_>) -> (Vec<Outcome>, bool) {
        let done = stream::iter(plan.tasks).map(|task| self.task(task, order)).buffered(AT_ONCE);
        let done: Vec<(Outcome, bool)> = done.collect().await;
        let in_time = done.iter().all(|(_, in_time)| *in_time);
        let tidy = if in_time { plan.tidy } else { Vec::new() };
        let tidied = stream::iter(tidy).map(|(user, keys)| self.tidy(user, keys));
        let () = tidied.buffer_unordered(AT_ONCE).collect().await;
        (done.into_iter().map(|(outcome, _)| outcome).collect(), in_time)
    }

    /// Removes notices; one that remains does no harm but to be there.
    async fn tidy(&self, user: UserName, keys: Vec<String>) {
        let removed = act::remove_notices(self.client, &user, keys, self.deadline).await;
        if let Err(fault) = removed {
            warn!(user_name = user.as_str(), reason = fault.to_string(), "old notice remains");
        }
    }

    async fn task(&self, task: Task, order: &Order<'_>) -> (Outcome, bool) {
        let is_change = !matches!(task.step, Step::Leave(..));
        let late = Instant::now() + TO_CHANGE > self.deadline;
        if is_change && late {
            let reason = "no time was left in this run";
            return (self.told(&task, Status::Pending, reason, None, order), false);
        }
        let outcome = match (&task.step, &task.id) {
            (Step::Leave(status, reason, due), _) => {
                let outcome = self.told(&task, *status, reason, *due, order);
                let soon = *status == Status::Pending && is_soon(*due, self.today());
                Outcome { attention: outcome.attention || soon, ..outcome }
            }
            (Step::Notice(due), Some(id)) => self.notice(&task, id, *due, order).await,
            (Step::Deactivate, Some(id)) => self.deactivate(&task, id, order).await,
            (_, None) => self.told(&task, Status::Failed, "no key is known", None, order),
        };
        (outcome, true)
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

    async fn deactivate(&self, task: &Task, id: &AccessKeyId, order: &Order<'_>) -> Outcome {
        let (client, user) = (self.client, &task.user);
        let update = act::deactivate(client, user, id, self.deadline).await;
        // The key was seen Active, so that being seen Inactive now proves the change.
        let maybe_done = update.as_ref().err().is_none_or(|fault| fault.maybe_done);
        let verified = maybe_done && act::shows_inactive(client, user, id, self.deadline).await;
        match update {
            Err(fault) if fault.is_no_such_entity() => return self.gone(task, order),
            Err(fault) if !verified => {
                return self.told(task, Status::Failed, &fault.to_string(), None, order);
            }
            _ => {}
        }
        if task.noticed {
            self.tidy(user.clone(), vec![tags::notice_tag(id)]).await;
        }
        let reason =
            if verified { "made Inactive" } else { "made Inactive; IAM does not show it yet" };
        Outcome { verified, ..self.told(task, Status::Deactivated, reason, None, order) }
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
