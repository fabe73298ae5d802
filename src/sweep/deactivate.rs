//! Deactivates one stale key, after a last read of its user's tags.

use tokio::time::sleep;

use super::{SweepRequest, Sweeper, execute::TaskResult, task::Task};
use crate::{
    iam::tags,
    iam::{
        IamError, Retry,
        key_update::{self, ReadBack},
        users,
    },
    ids::AccessKeyId,
    outcome::{Outcome, Reason, Status, Violation},
    sweep::stale::{self, ExemptionFacts, StaleDecision},
};

impl Sweeper<'_> {
    /// Deactivates a key, unless its user's tags now forbid it.
    pub(super) async fn deactivate(
        &self,
        task: &Task,
        id: &AccessKeyId,
        violation: Violation,
        request: &SweepRequest<'_>,
    ) -> TaskResult {
        if let Some(outcome) = self.reprieve(task, id, violation, request).await {
            return TaskResult { turn_left: true, ..outcome.into() };
        }
        let (client, user) = (&self.account.client, &task.user);
        let update = key_update::deactivate(client, user, id, self.deadline, Retry::BySdk).await;
        if update.is_ok() {
            self.log(task, id, Status::Deactivated, None);
        }
        // IAM showed the key Active before. So an Inactive key now proves the change.
        let maybe_done = update.as_ref().err().is_none_or(|error| error.maybe_done);
        let shown = if maybe_done {
            key_update::read_back(client, user, id, ReadBack::Inactive, self.deadline, sleep).await
        } else {
            ReadBack::Unread
        };
        let reason = match (update, shown) {
            (Err(error), _) if error.is_no_such_entity() => {
                return TaskResult { turn_left: true, ..self.gone(task, request).into() };
            }
            (Err(error), ReadBack::Active | ReadBack::Unread) => {
                let turn_left = !error.maybe_done;
                let reason = Reason::Iam(error);
                let failed = self.task_outcome(task, Status::Failed, reason, None, request);
                return TaskResult { turn_left, ..failed.into() };
            }
            (Ok(()), ReadBack::Active) => {
                let reason = Reason::StillActive;
                return self.task_outcome(task, Status::Failed, reason, None, request).into();
            }
            (Err(_), ReadBack::Inactive) => {
                self.log(task, id, Status::Deactivated, None);
                Reason::Verified
            }
            (Ok(()), ReadBack::Inactive) => Reason::Verified,
            (Ok(()), ReadBack::Unread) => Reason::Unverified,
        };
        let verified = shown == ReadBack::Inactive;
        let outcome = self.task_outcome(task, Status::Deactivated, reason, None, request);
        let obsolete = task.noticed.then(|| (user.clone(), tags::notice_tag(id)));
        TaskResult { obsolete, ..Outcome { verified, ..outcome }.into() }
    }

    /// Reads the user's tags once more, since minutes may have passed. Returns the outcome of a key
    /// that is no longer due.
    async fn reprieve(
        &self,
        task: &Task,
        id: &AccessKeyId,
        violation: Violation,
        request: &SweepRequest<'_>,
    ) -> Option<Outcome> {
        let tags = users::tags(&self.account.client, &task.user, self.deadline).await;
        if tags.as_ref().is_err_and(IamError::is_no_such_entity) {
            return Some(self.gone(task, request));
        }
        // The groups were read before. None of them is exempt.
        let about = ExemptionFacts { tags, groups: Ok(Vec::new()) };
        let rule = request.trigger.into();
        let decision = stale::decide(id, violation, &about, self.today(), rule, self.settings);
        let (status, reason) = match decision {
            StaleDecision::Due => return None,
            StaleDecision::Exempt(reason) => (Status::Exempt, Reason::Exempt(reason)),
            StaleDecision::Unknown(reason) => (Status::Failed, Reason::LeftActive(reason)),
            _ => (Status::Pending, Reason::NoticeChanged),
        };
        Some(self.task_outcome(task, status, reason, None, request))
    }
}
