//! The signals of one event, gathered by key, so that no key is handled twice at once.

use std::collections::HashMap;

use crate::{
    config::Mode,
    event::{Cause, Key, Principal, Signal},
    ids::{AccessKeyId, AccountId, UserName},
    respond::rules::{self, Standing},
};

/// One key, with every signal of the event that names it.
#[derive(Debug)]
pub struct Case {
    /// The key.
    pub id: AccessKeyId,
    /// How sure it is that the key is ours to act on: as sure as the surest of the signals.
    pub standing: Standing,
    /// The first user that a signal names.
    pub user: Option<UserName>,
    /// Whose credential the first signal says it is.
    pub principal: Principal,
    /// Compromised, if any of the signals says so.
    pub cause: Cause,
    /// Whether it is a dry run: in that mode, or because every one of the signals asks for it.
    pub dry_run: bool,
    /// What names it.
    pub signals: Vec<Signal>,
}

impl Case {
    /// Gathers signals into cases, in the order in which the keys first occur.
    #[must_use]
    pub fn gather(named: Vec<(Key, Signal)>, own: Option<&AccountId>, mode: Mode) -> Vec<Self> {
        let mut cases: Vec<Self> = Vec::new();
        let mut places = HashMap::new();
        for (key, signal) in named {
            let case = Self::of(key, signal, own, mode);
            let place = *places.entry(case.id.clone()).or_insert(cases.len());
            match cases.get_mut(place) {
                Some(earlier) => earlier.join(case),
                None => cases.push(case),
            }
        }
        cases
    }

    fn of(key: Key, signal: Signal, own: Option<&AccountId>, mode: Mode) -> Self {
        Self {
            standing: rules::classify(&key, &signal.origin, own),
            id: key.id,
            user: key.user,
            principal: key.principal,
            cause: signal.cause,
            dry_run: mode == Mode::DryRun || signal.dry_run,
            signals: vec![signal],
        }
    }

    fn join(&mut self, other: Self) {
        self.standing = self.standing.min(other.standing);
        self.user = self.user.take().or(other.user);
        if other.cause == Cause::Compromised {
            self.cause = Cause::Compromised;
        }
        self.dry_run &= other.dry_run;
        self.signals.extend(other.signals);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::{key, signal};

    #[test]
    fn a_case_is_as_sure_and_as_ready_as_its_signals() {
        /// Each signal: key, user, account that the event names, dry run. Each case: key, standing,
        /// user, dry run, number of signals.
        #[track_caller]
        fn check(
            signals: &[(&str, Option<&str>, &str, bool)],
            expected: &[(&str, Standing, Option<&str>, bool, usize)],
        ) {
            let signals = signals.iter().map(|(id, user, account, dry_run)| {
                let mut signal = signal(id, *user);
                signal.origin.account_id = AccountId::parse(account);
                (key(&signal), Signal { dry_run: *dry_run, ..signal })
            });
            let own = AccountId::parse("123456789012");
            let cases = Case::gather(signals.collect(), own.as_ref(), Mode::Enforce);
            let found: Vec<_> = cases
                .iter()
                .map(|case| {
                    let user = case.user.as_ref().map(UserName::as_str);
                    (case.id.as_str(), case.standing, user, case.dry_run, case.signals.len())
                })
                .collect();
            assert_eq!(found, expected);
        }
        const A: &str = "AKIAIOSFODNN7EXAMPLE";
        const B: &str = "AKIAIALICE7EXAMPLE22";
        const OURS: &str = "123456789012";
        const THEIRS: &str = "210987654321";
        check(&[], &[]);
        check(
            &[(A, None, OURS, true), (B, None, OURS, true), (A, Some("Bob"), OURS, false)],
            &[(A, Standing::Ours, Some("Bob"), false, 2), (B, Standing::Ours, None, true, 1)],
        );
        check(
            &[(A, Some("Bob"), THEIRS, false), (A, Some("Eve"), OURS, true)],
            &[(A, Standing::Ours, Some("Bob"), false, 2)],
        );
    }
}
