//! Makes the outcomes of a containment, one for each signal that named the key.

use super::{containment::Containment, target::Target};
use crate::{
    event::Signal,
    ids::{AccessKeyId, AccountId},
    outcome::{Outcome, Sessions, Status},
};

impl Containment {
    /// One outcome for each signal of the target. Only the first reports a change. For the others, the
    /// key is already Inactive.
    pub(crate) fn outcomes(self, target: Target, own: Option<&AccountId>) -> Vec<Outcome> {
        let Target { id, signals, .. } = target;
        let outcomes = signals.into_iter().enumerate().map(|(index, signal)| {
            let outcome = self.outcome(Some(&id), signal, own);
            let is_urgent = outcome.sessions.are_open();
            match outcome.status {
                Status::Deactivated if index > 0 => Outcome {
                    status: Status::AlreadyInactive,
                    attention: is_urgent,
                    contained: None,
                    updated: false,
                    ..outcome
                },
                _ => outcome,
            }
        });
        outcomes.collect()
    }

    /// The outcome for one finding.
    pub(crate) fn outcome(
        &self,
        id: Option<&AccessKeyId>,
        signal: Signal,
        own: Option<&AccountId>,
    ) -> Outcome {
        let Signal { origin, cause, trigger, .. } = signal;
        let named = origin.account_id.clone();
        let account_id = match self.status {
            Status::ForeignAccount => named
                .filter(|account| Some(account) != own)
                .or_else(|| id.and_then(AccessKeyId::account)),
            // IAM was not asked: the key may belong to another account.
            Status::TemporaryCredential => {
                named.or_else(|| id.and_then(AccessKeyId::account)).or(own.cloned())
            }
            _ => own.cloned().or(named),
        };
        // A user whose sessions are denied needs a person to end that, also where the key is gone.
        let asks_for_attention = match self.sessions {
            Sessions::NotAsked => false,
            Sessions::Denied(_) => self.status == Status::NotFound && !origin.delivery.is_repeat,
            Sessions::Open(..) => true,
        };
        let outcome = Outcome::new(self.status, self.reason.clone(), cause, origin);
        Outcome {
            access_key_id: id.cloned(),
            user_name: self.user.clone(),
            account_id,
            attention: self.doubtful || outcome.attention || asks_for_attention,
            verified: self.verified,
            only_active_key: self.only_active,
            contained: self.contained,
            updated: self.updated,
            sessions: self.sessions.clone(),
            trigger,
            ..outcome
        }
    }
}
