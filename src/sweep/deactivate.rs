//! Deactivates one stale key, as the last look at its user's tags allows.

use tokio::time::sleep;

use super::{
    Order, Sweeper,
    execute::Done,
    plan::{Behalf, Task},
};
use crate::{
    iam::tags,
    iam::{
        Fault,
        act::{self, Shown},
        users,
    },
    ids::AccessKeyId,
    outcome::{Outcome, Status},
    sweep::stale::{self, About, Breach, Judgement},
};

impl Sweeper<'_> {
    /// Makes a key Inactive, unless its user's tags say otherwise by now.
    pub(super) async fn deactivate(
        &self,
        task: &Task,
        id: &AccessKeyId,
        breach: Breach,
        order: &Order<'_>,
    ) -> Done {
        if let Some(outcome) = self.reprieve(task, id, breach, order).await {
            return Done { turn_left: true, ..outcome.into() };
        }
        let (client, user) = (self.client, &task.user);
        let update = act::deactivate(client, user, id, self.deadline).await;
        if update.is_ok() {
            self.log(task, id, Status::Deactivated, None);
        }
        // The key was seen Active, so that being seen Inactive now proves the change.
        let maybe_done = update.as_ref().err().is_none_or(|fault| fault.maybe_done);
        let shown = if maybe_done {
            act::read_back(client, user, id, self.deadline, sleep).await
        } else {
            Shown::Unread
        };
        let reason = match (update, shown) {
            (Err(fault), _) if fault.is_no_such_entity() => {
                return Done { turn_left: true, ..self.gone(task, order).into() };
            }
            (Err(fault), Shown::Active | Shown::Unread) => {
                let failed = self.told(task, Status::Failed, &fault.to_string(), None, order);
                return Done { turn_left: !fault.maybe_done, ..failed.into() };
            }
            (Ok(()), Shown::Active) => {
                let reason = "IAM took the update, and still shows the key Active";
                return self.told(task, Status::Failed, reason, None, order).into();
            }
            (Err(_), Shown::Inactive) => {
                self.log(task, id, Status::Deactivated, None);
                "made Inactive"
            }
            (Ok(()), Shown::Inactive) => "made Inactive",
            (Ok(()), Shown::Unread) => "made Inactive; it could not be read back",
        };
        let verified = shown == Shown::Inactive;
        let outcome = self.told(task, Status::Deactivated, reason, None, order);
        let spent = task.noticed.then(|| (user.clone(), tags::notice_tag(id)));
        Done { spent, ..Outcome { verified, ..outcome }.into() }
    }

    /// Reads the user's tags once more, since minutes may have passed: what becomes of the key if it
    /// is not to be deactivated any more.
    async fn reprieve(
        &self,
        task: &Task,
        id: &AccessKeyId,
        breach: Breach,
        order: &Order<'_>,
    ) -> Option<Outcome> {
        let tags = users::tags(self.client, &task.user, self.deadline).await;
        if tags.as_ref().is_err_and(Fault::is_no_such_entity) {
            return Some(self.gone(task, order));
        }
        // The groups were read before, and no exempt one was among them.
        let about = About { tags, groups: Ok(Vec::new()) };
        let by_person = order.behalf == Behalf::Person;
        let judgement = stale::judge(id, breach, &about, self.today(), by_person, self.settings);
        let (status, reason) = match judgement {
            Judgement::Due => return None,
            Judgement::Exempt(reason) => (Status::Exempt, reason),
            Judgement::Unknown(reason) => (Status::Failed, format!("left active: {reason}")),
            _ => (Status::Pending, "its notice was changed meanwhile".to_owned()),
        };
        Some(self.told(task, status, &reason, None, order))
    }
}
