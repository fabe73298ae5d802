//! Denies the sessions of a compromised key's user, after the key is settled.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Responder,
    attempt::SETTLED,
    containment::Containment,
    rules::{self, SessionFacts},
    target::Target,
};
use crate::{
    config::Mode,
    event::{Cause, Principal, Signal},
    iam::{
        IamError, Retry, Turn, Turns,
        keys::{self, Owner},
        user_policy,
    },
    ids::{AccessKeyId, KeyKind, PolicyArn, UserName},
    outcome::Sessions,
};

/// A user whose sessions are to be denied.
struct Denial<'a> {
    /// The key, if there is one that IAM can be asked about.
    key: Option<&'a AccessKeyId>,
    user: &'a UserName,
    policy: &'a PolicyArn,
    until: Instant,
}

impl Responder<'_> {
    /// Denies the sessions of a target's user before the second update of its key. Leaves that update
    /// its time.
    pub(super) async fn deny_sessions(
        &self,
        target: &Target,
        containment: Containment,
        turn: &mut Turn<'_>,
    ) -> Containment {
        let second_update = containment.updated_at().map(|(_, at)| self.started + at + SETTLED);
        let until = second_update.map_or(self.deadline, |time| time.min(self.deadline));
        self.deny_until(until, target, containment, turn).await
    }

    /// Tries again after the second update, until the deadline.
    pub(super) async fn deny_open_sessions(
        &self,
        target: &Target,
        containment: Containment,
        turn: &mut Turn<'_>,
    ) -> Containment {
        match &containment.sessions {
            Sessions::Open(_, error) if !error.is_final() => {
                self.deny_until(self.deadline, target, containment, turn).await
            }
            _ => containment,
        }
    }

    async fn deny_until(
        &self,
        until: Instant,
        target: &Target,
        containment: Containment,
        turn: &mut Turn<'_>,
    ) -> Containment {
        let own = self.account.id();
        let is_ours =
            |signal: &Signal| rules::names_no_other_account(&target.id, &signal.origin, own);
        let facts = SessionFacts {
            cause: target.cause,
            mode: target.mode,
            status: containment.status,
            updated: containment.updated,
            user: containment.user.as_ref(),
            principal: &target.principal,
            is_ours: target.signals.iter().all(is_ours),
        };
        let Some((user, policy)) = rules::sessions_to_deny(facts, self.settings) else {
            return containment;
        };
        let key = Some(&target.id).filter(|id| id.kind() == KeyKind::LongTerm);
        let (user, sessions) = self.deny(Denial { key, user, policy, until }, turn).await;
        containment.with_sessions(user, sessions)
    }

    /// Denies the sessions of a user who has no key any more.
    pub(super) async fn deny_sessions_without_key(
        &self,
        signals: &[Signal],
        containment: Containment,
        turns: &Turns,
    ) -> Containment {
        let enforced = |signal: &Signal| {
            signal.cause == Cause::Compromised
                && self.settings.mode.safer(signal.mode) == Mode::Enforce
        };
        let facts = SessionFacts {
            cause: Cause::Compromised,
            mode: if signals.iter().any(enforced) { Mode::Enforce } else { Mode::DryRun },
            status: containment.status,
            updated: containment.updated,
            user: containment.user.as_ref(),
            principal: &Principal::User,
            is_ours: true,
        };
        let Some((user, policy)) = rules::sessions_to_deny(facts, self.settings) else {
            return containment;
        };
        let mut turn = turns.take().await;
        let denial = Denial { key: None, user, policy, until: self.deadline };
        let (user, sessions) = self.deny(denial, &mut turn).await;
        containment.with_sessions(user, sessions)
    }

    /// Attaches the policy, after the keys that wait for their update. Returns the true owner.
    async fn deny(&self, denial: Denial<'_>, turn: &mut Turn<'_>) -> (UserName, Sessions) {
        turn.pause(Duration::ZERO).await;
        let Denial { user, policy, until, .. } = denial;
        match self.attach(user, policy, until, turn).await {
            Err(error) if error.is_no_such_entity() => self.deny_again(denial, error, turn).await,
            attached => (user.clone(), sessions(policy, attached)),
        }
    }

    async fn attach(
        &self,
        user: &UserName,
        policy: &PolicyArn,
        until: Instant,
        turn: &mut Turn<'_>,
    ) -> Result<(), IamError> {
        let retry = Retry::UntilDeadline(turn);
        user_policy::attach(&self.account.client, user, policy, until, retry).await
    }

    /// IAM has no such user or no such policy. The user may have been renamed or deleted. Without the
    /// policy the sessions stay open.
    async fn deny_again(
        &self,
        denial: Denial<'_>,
        error: IamError,
        turn: &mut Turn<'_>,
    ) -> (UserName, Sessions) {
        let Denial { key, user, policy, until } = denial;
        let client = &self.account.client;
        if let Some(id) = key
            && let Ok(Owner::User(owner)) =
                keys::owner(client, id, until, Retry::UntilDeadline(turn)).await
            && owner != *user
        {
            if self.settings.protected.matches(owner.as_str()) {
                return (owner, Sessions::NotAsked);
            }
            let attached = self.attach(&owner, policy, until, turn).await;
            return (owner, sessions(policy, attached));
        }
        let listed = keys::list(client, user, until, Retry::UntilDeadline(turn)).await;
        match listed {
            Ok(None) => (user.clone(), Sessions::NotAsked),
            _ => (user.clone(), sessions(policy, Err(error))),
        }
    }
}

fn sessions(policy: &PolicyArn, attached: Result<(), IamError>) -> Sessions {
    match attached {
        Ok(()) => Sessions::Denied(policy.clone()),
        Err(error) => Sessions::Open(policy.clone(), error),
    }
}
