//! Activates a key that this stack has deactivated, at a person's request.
//!
//! Each step can be repeated. The note comes first: it says who asked before CloudTrail reports the
//! update. The mark goes last: as long as it is there, a repeated call does the steps that are left.

pub mod rules;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::{
    config::ActivateSettings,
    event::{Key, Signal, Subject},
    iam::{
        Account, IamError, Retry,
        key_update::{self, ReadBack},
        keys, tags, user_policy, users,
    },
    ids::{AccessKeyId, PolicyArn, UserName},
    outcome::{Activation, ActivationStep, DeactivatedBy, Outcome, Reason, SessionPolicy, Status},
    respond::rules::{Ownership, ownership},
};
use rules::{Decision, KeyFacts};

/// What is the same for every key of a call.
#[derive(Debug)]
pub struct Activator<'a> {
    /// The account that the keys are in.
    pub account: &'a Account,
    /// How to activate.
    pub settings: &'a ActivateSettings,
    /// When the invocation began.
    pub now: Timestamp,
    /// When to stop, so the report is returned in time.
    pub deadline: Instant,
}

/// What became of one key.
struct Answer {
    user: Option<UserName>,
    status: Status,
    reason: Reason,
}

impl Answer {
    fn new(user: &UserName, status: Status, reason: Reason) -> Self {
        Self { user: Some(user.clone()), status, reason }
    }

    fn cut_off(user: Option<&UserName>, step: ActivationStep, error: IamError) -> Self {
        let reason = Reason::ActivationCutOff(step, error);
        Self { user: user.cloned(), status: Status::Failed, reason }
    }
}

impl Activator<'_> {
    /// Activates each key. One after the other: a later key of the same user must see the marks that an
    /// earlier key left.
    pub async fn activate(&self, signals: Vec<Signal>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for signal in signals {
            let Subject::Key(key) = &signal.subject else { continue };
            let key = key.clone();
            let answer = self.answer(&key, &signal).await.unwrap_or_else(|answer| answer);
            outcomes.push(self.outcome(answer, key.id, signal));
        }
        outcomes
    }

    fn outcome(&self, answer: Answer, id: AccessKeyId, signal: Signal) -> Outcome {
        let Signal { cause, trigger, origin, .. } = signal;
        let account_id = match answer.status {
            Status::ForeignAccount => origin.account_id.clone().or_else(|| id.account()),
            _ => self.account.id().cloned(),
        };
        let verified = match &answer.reason {
            Reason::Activated(activation) => activation.verified,
            _ => false,
        };
        let outcome = Outcome::new(answer.status, answer.reason, cause, origin);
        let doubtful = outcome.reason == Reason::LookUpDenied;
        Outcome {
            access_key_id: Some(id),
            user_name: answer.user,
            account_id,
            attention: doubtful || outcome.attention,
            verified,
            trigger,
            ..outcome
        }
    }

    /// Finds out about the key, decides and acts. An answer is an error if it comes before that.
    async fn answer(&self, key: &Key, signal: &Signal) -> Result<Answer, Answer> {
        let user = self.owner(key, signal).await?;
        let facts = self.facts(&user, &key.id).await?;
        let sessions = rules::sessions(self.settings.deny_sessions.as_ref(), &facts);
        let activation = |by: DeactivatedBy| Activation {
            was_active: facts.active,
            verified: false,
            sessions: sessions.clone(),
            deactivated_by: by,
        };
        match rules::decide(&facts, signal.mode) {
            Decision::NotMarked => Ok(Answer::new(&user, Status::NotMarked, Reason::NotMarked)),
            Decision::AlreadyActive => {
                Ok(Answer::new(&user, Status::AlreadyActive, Reason::ActiveUnmarked))
            }
            Decision::DryRun(by) => {
                Ok(Answer::new(&user, Status::DryRun, Reason::WouldActivate(activation(by))))
            }
            Decision::Activate(by) => self.undo(&user, &key.id, activation(by), signal).await,
        }
    }

    async fn owner(&self, key: &Key, signal: &Signal) -> Result<UserName, Answer> {
        let ownership = ownership(key, &signal.origin, self.account.id());
        let refused = |(status, reason)| Answer { user: key.user.clone(), status, reason };
        if ownership == Ownership::Foreign {
            return Err(refused((Status::ForeignAccount, Reason::ForeignKey)));
        }
        let client = &self.account.client;
        let found = keys::owner(client, &key.id, self.deadline, Retry::BySdk).await;
        let found = found
            .map_err(|error| Answer::cut_off(key.user.as_ref(), ActivationStep::Read, error))?;
        rules::owner(found, ownership, key.user.as_ref()).map_err(refused)
    }

    async fn facts(&self, user: &UserName, id: &AccessKeyId) -> Result<KeyFacts, Answer> {
        let unread = |error| Answer::cut_off(Some(user), ActivationStep::Read, error);
        let gone = || Answer::new(user, Status::NotFound, Reason::Gone);
        let client = &self.account.client;
        let keys = keys::list(client, user, self.deadline, Retry::BySdk).await.map_err(unread)?;
        let keys = keys.ok_or_else(gone)?;
        let tags = users::tags(client, user, self.deadline).await.map_err(unread)?;
        KeyFacts::of(id, &keys, &tags).ok_or_else(gone)
    }

    /// Activates the key, then removes what this stack has put on its user.
    async fn undo(
        &self,
        user: &UserName,
        id: &AccessKeyId,
        activation: Activation,
        signal: &Signal,
    ) -> Result<Answer, Answer> {
        let failed = |step| move |error: IamError| Answer::cut_off(Some(user), step, error);
        let verified = if activation.was_active {
            true
        } else {
            let note = self.write_note(user, id, signal).await;
            note.map_err(failed(ActivationStep::WriteNote))?;
            self.activate_key(user, id).await?
        };
        if let (SessionPolicy::Detached, Some(policy)) =
            (&activation.sessions, &self.settings.deny_sessions)
        {
            let detached = self.detach(user, policy).await;
            detached.map_err(failed(ActivationStep::DetachPolicy))?;
        }
        let mark = vec![tags::mark_tag(id)];
        let removed = tags::remove_tags(&self.account.client, user, mark, self.deadline).await;
        removed.map_err(failed(ActivationStep::RemoveMark))?;
        let reason = Reason::Activated(Activation { verified, ..activation });
        Ok(Answer::new(user, Status::Activated, reason))
    }

    /// Writes down who asked for it, and why. The notifications' state machine reads it.
    async fn write_note(
        &self,
        user: &UserName,
        id: &AccessKeyId,
        signal: &Signal,
    ) -> Result<(), IamError> {
        let text = |label: &Option<_>| label.as_ref().map(ToString::to_string).unwrap_or_default();
        let (person, reason) = (text(&signal.origin.requested_by), text(&signal.origin.reason));
        let day = self.now.strftime("%Y-%m-%d");
        let note = tags::value(&format!("{day} {person}: {reason}"));
        tags::write_tag(&self.account.client, user, tags::note_tag(id), note, self.deadline).await
    }

    /// Returns whether IAM showed the key Active. An update that failed may have been made anyway.
    async fn activate_key(&self, user: &UserName, id: &AccessKeyId) -> Result<bool, Answer> {
        let (client, deadline) = (&self.account.client, self.deadline);
        let update = key_update::activate(client, user, id, deadline, Retry::BySdk).await;
        let shown = match &update {
            Err(error) if error.is_no_such_entity() => {
                return Err(Answer::new(user, Status::NotFound, Reason::Gone));
            }
            Err(error) if !error.maybe_done => ReadBack::Unread,
            _ => key_update::read_back(client, user, id, ReadBack::Active, deadline, sleep).await,
        };
        match (update, shown) {
            (_, ReadBack::Active) => Ok(true),
            (Ok(()), ReadBack::Unread) => Ok(false),
            (Ok(()), ReadBack::Inactive) => {
                Err(Answer::new(user, Status::Failed, Reason::StillInactive))
            }
            (Err(error), _) => Err(Answer::cut_off(Some(user), ActivationStep::Activate, error)),
        }
    }

    /// A policy that is not attached is fine.
    async fn detach(&self, user: &UserName, policy: &PolicyArn) -> Result<(), IamError> {
        let client = &self.account.client;
        match user_policy::detach(client, user, policy, self.deadline, Retry::BySdk).await {
            Err(error) if error.is_no_such_entity() => Ok(()),
            done => done,
        }
    }
}
