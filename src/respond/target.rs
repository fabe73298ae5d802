//! The keys that an event names, each with all of its signals. No key is handled twice at once.

use std::collections::HashMap;

use crate::{
    config::Mode,
    event::{Cause, Key, Principal, Signal},
    ids::{AccessKeyId, AccountId, UserName},
    respond::rules::{self, Ownership},
};

/// One key, with every signal of the event that names it.
#[derive(Debug)]
pub struct Target {
    /// The key.
    pub id: AccessKeyId,
    /// Whose the key is, by the surest of the signals.
    pub ownership: Ownership,
    /// The first user that a signal names.
    pub user: Option<UserName>,
    /// The kind of identity, by the first signal.
    pub principal: Principal,
    /// Compromised if any signal says so.
    pub cause: Cause,
    /// A dry run if that is the function's mode, or if all signals ask for it.
    pub mode: Mode,
    /// The signals that name it.
    pub signals: Vec<Signal>,
}

impl Target {
    /// Gathers signals into targets, in the order of the keys' first occurrence.
    #[must_use]
    pub fn gather(named: Vec<(Key, Signal)>, own: Option<&AccountId>, mode: Mode) -> Vec<Self> {
        let mut targets: Vec<Self> = Vec::new();
        let mut places = HashMap::new();
        for (key, signal) in named {
            let target = Self::of(key, signal, own, mode);
            let place = *places.entry(target.id.clone()).or_insert(targets.len());
            match targets.get_mut(place) {
                Some(earlier) => earlier.join(target),
                None => targets.push(target),
            }
        }
        targets
    }

    fn of(key: Key, signal: Signal, own: Option<&AccountId>, mode: Mode) -> Self {
        Self {
            ownership: rules::ownership(&key, &signal.origin, own),
            id: key.id,
            user: key.user,
            principal: key.principal,
            cause: signal.cause,
            mode: mode.safer(signal.mode),
            signals: vec![signal],
        }
    }

    fn join(&mut self, other: Self) {
        self.ownership = self.ownership.min(other.ownership);
        self.user = self.user.take().or(other.user);
        if other.cause == Cause::Compromised {
            self.cause = Cause::Compromised;
        }
        if other.mode == Mode::Enforce {
            self.mode = Mode::Enforce;
        }
        self.signals.extend(other.signals);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::{key, signal};

    #[test]
    fn a_target_is_as_sure_and_as_ready_as_its_signals() {
        /// Each signal: key, user, account that the event names, mode. Each target: key, ownership,
        /// user, mode, number of signals.
        #[track_caller]
        fn check(
            signals: &[(&str, Option<&str>, &str, Mode)],
            expected: &[(&str, Ownership, Option<&str>, Mode, usize)],
        ) {
            let signals = signals.iter().map(|(id, user, account, mode)| {
                let mut signal = signal(id, *user);
                signal.origin.account_id = AccountId::parse(account);
                (key(&signal), Signal { mode: *mode, ..signal })
            });
            let own = AccountId::parse("123456789012");
            let targets = Target::gather(signals.collect(), own.as_ref(), Mode::Enforce);
            let found: Vec<_> = targets
                .iter()
                .map(|target| {
                    let user = target.user.as_ref().map(UserName::as_str);
                    (target.id.as_str(), target.ownership, user, target.mode, target.signals.len())
                })
                .collect();
            assert_eq!(found, expected);
        }
        use Mode::{DryRun, Enforce};
        use Ownership::Ours;
        const A: &str = "AKIAIOSFODNN7EXAMPLE";
        const B: &str = "AKIAIALICE7EXAMPLE22";
        const OURS: &str = "123456789012";
        const THEIRS: &str = "210987654321";
        check(&[], &[]);
        check(
            &[(A, None, OURS, DryRun), (B, None, OURS, DryRun), (A, Some("Bob"), OURS, Enforce)],
            &[(A, Ours, Some("Bob"), Enforce, 2), (B, Ours, None, DryRun, 1)],
        );
        check(
            &[(A, Some("Bob"), THEIRS, Enforce), (A, Some("Eve"), OURS, DryRun)],
            &[(A, Ours, Some("Bob"), Enforce, 2)],
        );
    }
}
