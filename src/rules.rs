//! The decisions: pure functions over values. IAM is asked elsewhere; here is what its answers mean.

use crate::{
    config::{Globs, Respond},
    ids::{AccountId, KeyKind, UserName},
    signal::{IgnoreReason, Ignored, Misread, Origin, Principal, Reading, Signal, Subject},
};

/// The parts of an event, by what is to become of them.
#[derive(Debug, Default)]
pub struct Sorted {
    /// To act on.
    pub signals: Vec<Signal>,
    /// Understood, with nothing to do.
    pub ignored: Vec<Ignored>,
    /// Not understood.
    pub misreads: Vec<Misread>,
}

/// Sorts what was read. `settings` are absent in a function that leaves responses to another.
#[must_use]
pub fn sort(readings: Vec<Reading>, settings: Option<&Respond>) -> Sorted {
    let mut sorted = Sorted::default();
    for reading in readings {
        match reading {
            Reading::Signal(signal) => {
                let no = settings.map_or(Some(IgnoreReason::OtherFunction), |s| triage(&signal, s));
                match no {
                    Some(reason) => sorted.ignored.push(Ignored { reason, origin: signal.origin }),
                    None => sorted.signals.push(*signal),
                }
            }
            Reading::Ignored(ignored) => sorted.ignored.push(ignored),
            Reading::Misread(misread) => sorted.misreads.push(misread),
        }
    }
    sorted
}

/// Whether a signal is worth acting on under these settings; `Some` says why not.
///
/// A person who calls directly has judged the finding already: only findings are weighed.
#[must_use]
fn triage(signal: &Signal, settings: &Respond) -> Option<IgnoreReason> {
    if signal.by_person {
        return None;
    }
    let is_in = |types: &Globs| {
        signal.origin.finding_type.as_ref().is_some_and(|name| types.matches(name.as_str()))
    };
    let too_low = signal.origin.severity.is_some_and(|severity| severity < settings.min_severity);
    if is_in(&settings.excluded) {
        Some(IgnoreReason::ExcludedType)
    } else if too_low && !is_in(&settings.always_act) {
        Some(IgnoreReason::BelowSeverity)
    } else {
        None
    }
}

/// What can be said of a key before IAM is asked anything, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Ours, as far as anything says: act.
    Ours,
    /// The key ID speaks of another account, the event does not: act only if IAM knows its user.
    Doubtful,
    /// The event says that it is the root user's: act only if IAM knows another owner.
    Root,
    /// A temporary credential: `UpdateAccessKey` cannot act on it.
    Temporary,
    /// Of another account: hands off.
    Foreign,
}

/// Classifies a key by its prefix, then its principal, then its account.
///
/// `own` is this function's account, `None` where that is not known: then nothing is foreign.
/// A key ID that carries our account is ours whatever the event says; one that carries another
/// account is only a doubt, because the encoding is not documented by AWS.
#[must_use]
pub fn classify(subject: &Subject, origin: &Origin, own: Option<&AccountId>) -> Standing {
    if subject.id.kind() == KeyKind::Temporary {
        return Standing::Temporary;
    }
    if subject.principal == Principal::Root {
        return Standing::Root;
    }
    let Some(own) = own else { return Standing::Ours };
    let event_says_foreign = origin.account_id.as_ref().is_some_and(|account| account != own);
    match subject.id.account() {
        Some(account) if account == *own => Standing::Ours,
        _ if event_says_foreign => Standing::Foreign,
        Some(_) => Standing::Doubtful,
        None => Standing::Ours,
    }
}

/// What to do with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make it Inactive.
    Deactivate,
    /// Would be made Inactive, were it not a dry run.
    DryRun,
    /// Its owner is on the break-glass list: leave it active.
    Protect,
}

/// Decides on a compromised key of `owner`. Nothing else that was read counts here: reads can be
/// stale, and for a compromised key the call is cheaper than the doubt.
#[must_use]
pub fn decide(owner: &UserName, dry_run: bool, settings: &Respond) -> Decision {
    if settings.protected.matches(owner.as_str()) {
        Decision::Protect
    } else if dry_run {
        Decision::DryRun
    } else {
        Decision::Deactivate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config,
        ids::{AccessKeyId, Label},
        signal::tests::signal,
    };

    fn settings(set: &[(&str, &str)]) -> Respond {
        let value =
            |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Config::read(|name| Ok(value(name))).unwrap().respond.unwrap()
    }

    #[test]
    fn severity_and_types_are_weighed() {
        #[track_caller]
        fn check(set: &[(&str, &str)], severity: Option<f64>, expected: Option<IgnoreReason>) {
            let mut signal = signal("AKIAIOSFODNN7EXAMPLE", Some("Bob"));
            signal.by_person = false;
            signal.origin.severity = severity;
            signal.origin.finding_type = Label::new("Recon:IAMUser/TorIPCaller");
            assert_eq!(triage(&signal, &settings(set)), expected, "{set:?} {severity:?}");
            signal.by_person = true;
            assert_eq!(triage(&signal, &settings(set)), None, "a person has judged it already");
        }
        use IgnoreReason::{BelowSeverity, ExcludedType};
        check(&[], Some(6.9), Some(BelowSeverity));
        check(&[], Some(7.0), None);
        check(&[], Some(7.1), None);
        check(&[], None, None);
        check(&[("MIN_SEVERITY", "0")], Some(0.0), None);
        check(&[("MIN_SEVERITY", "10")], Some(9.9), Some(BelowSeverity));
        check(&[("MIN_SEVERITY", "10")], Some(10.0), None);
        check(&[("ALWAYS_ACT_TYPES", "Recon:*")], Some(2.0), None);
        check(&[("ALWAYS_ACT_TYPES", "PenTest:*")], Some(2.0), Some(BelowSeverity));
        check(&[("EXCLUDED_FINDING_TYPES", "recon:*")], Some(9.0), Some(ExcludedType));
        check(&[("EXCLUDED_FINDING_TYPES", "PenTest:*")], Some(9.0), None);
        check(
            &[("EXCLUDED_FINDING_TYPES", "*Tor*"), ("ALWAYS_ACT_TYPES", "*")],
            Some(9.0),
            Some(ExcludedType),
        );
    }

    #[test]
    fn standing_goes_by_prefix_then_principal_then_account() {
        const OURS: &str = "123456789012";
        const THEIRS: &str = "210987654321";
        /// Says nothing of its account.
        const OLD: &str = "AKIAIOSFODNN7EXAMPLE";
        const NEW_OURS: &str = "AKIARZPUZDIKKEXAMPLE";
        const NEW_THEIRS: &str = "AKIATCH6YDSY2EXAMPLE";
        const SESSION: &str = "ASIATCH6YDSY2EXAMPLE";

        #[track_caller]
        fn check(id: &str, principal: &Principal, account: &str, expected: [Standing; 2]) {
            let mut signal = signal(id, None);
            signal.subject.principal = principal.clone();
            signal.origin.account_id = AccountId::parse(account);
            let own = AccountId::parse(OURS);
            let found =
                [own.as_ref(), None].map(|own| classify(&signal.subject, &signal.origin, own));
            assert_eq!(found, expected, "{id} {principal:?} {account}");
        }
        use Principal::{Role, Root, User};
        use Standing::{Doubtful, Foreign, Ours, Temporary};
        check(OLD, &User, OURS, [Ours, Ours]);
        check(OLD, &User, "", [Ours, Ours]);
        check(OLD, &User, THEIRS, [Foreign, Ours]);
        check(OLD, &Role(None), OURS, [Ours, Ours]);
        check(OLD, &Root, THEIRS, [Standing::Root, Standing::Root]);
        check(NEW_OURS, &User, OURS, [Ours, Ours]);
        check(NEW_OURS, &User, THEIRS, [Ours, Ours]);
        check(NEW_THEIRS, &User, OURS, [Doubtful, Ours]);
        check(NEW_THEIRS, &User, "", [Doubtful, Ours]);
        check(NEW_THEIRS, &User, THEIRS, [Foreign, Ours]);
        check(SESSION, &User, OURS, [Temporary, Temporary]);
        check(SESSION, &Root, THEIRS, [Temporary, Temporary]);
    }

    #[test]
    fn only_a_dry_run_and_the_break_glass_list_hold_a_deactivation_up() {
        #[track_caller]
        fn check(protected: &str, dry_run: bool, expected: Decision) {
            let owner = UserName::parse("Bob").unwrap();
            assert_eq!(
                decide(&owner, dry_run, &settings(&[("PROTECTED_USERS", protected)])),
                expected
            );
        }
        check("", false, Decision::Deactivate);
        check("", true, Decision::DryRun);
        check("Alice", false, Decision::Deactivate);
        check("Alice, bob", false, Decision::Protect);
        check("B*", true, Decision::Protect);
    }

    #[test]
    fn a_function_that_does_not_respond_leaves_it_to_the_other() {
        let readings = || vec![Reading::Signal(Box::new(signal("AKIAIOSFODNN7EXAMPLE", None)))];
        let sorted = sort(readings(), None);
        assert_eq!(sorted.ignored.first().map(|i| i.reason), Some(IgnoreReason::OtherFunction));
        assert!(sorted.signals.is_empty());
        let sorted = sort(readings(), Some(&settings(&[])));
        assert_eq!(
            sorted.signals.first().map(|s| &s.subject.id),
            AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE").as_ref()
        );
    }
}
