//! The decisions about a key to activate. Pure functions. IAM's answers are arguments.

use crate::{
    config::Mode,
    iam::{
        keys::{KeyMetadata, Owner},
        tags::Tags,
    },
    ids::{AccessKeyId, Label, PolicyArn, UserName},
    outcome::{DeactivatedBy, Reason, Rule, SessionPolicy, Status},
    respond::rules::Ownership,
};

/// What stands before the rule in the mark of a key that a sweep deactivated.
const RULE: &str = "rule:";

/// The user to act on, or the answer without any change. `asked` is the user that the call names.
///
/// # Errors
/// The status and its reason, if the key is not a key of that user in this account.
pub fn owner(
    found: Owner,
    ownership: Ownership,
    asked: Option<&UserName>,
) -> Result<UserName, (Status, Reason)> {
    match found {
        Owner::User(owner) if asked.is_none_or(|asked| *asked == owner) => Ok(owner),
        Owner::User(owner) => Err((Status::Failed, Reason::OtherOwner(owner))),
        _ if matches!(ownership, Ownership::Unsure | Ownership::Foreign) => {
            Err((Status::ForeignAccount, Reason::ForeignKey))
        }
        Owner::Root => Err((Status::RootCredential, Reason::Root)),
        Owner::Unknown => Err((Status::NotFound, Reason::Gone)),
        Owner::Denied => Err((Status::NotFound, Reason::LookUpDenied)),
    }
}

/// What is known of a key when it is decided about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Whether the key is Active.
    pub active: bool,
    /// What deactivated it, if it has the mark of this stack.
    pub mark: Option<DeactivatedBy>,
    /// Another key of the user that has a mark.
    pub other_marked: Option<AccessKeyId>,
}

impl KeyFacts {
    /// The facts about a key, from its user's keys and tags. `None` if the user has no such key.
    #[must_use]
    pub fn of(id: &AccessKeyId, keys: &[KeyMetadata], tags: &Tags) -> Option<Self> {
        let key = keys.iter().find(|key| key.id == *id)?;
        let others = keys.iter().filter(|other| other.id != *id);
        let other_marked = others.map(|other| &other.id).find(|other| tags.mark(other).is_some());
        Some(Self {
            active: key.active,
            mark: tags.mark(id).map(deactivated_by),
            other_marked: other_marked.cloned(),
        })
    }
}

/// What to do with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Leave it Inactive: this stack did not deactivate it.
    NotMarked,
    /// Leave it Active: nothing of this stack is left to remove.
    AlreadyActive,
    /// A dry run would activate it.
    DryRun(DeactivatedBy),
    /// Activate it, and remove what this stack has put on its user. The key may be Active already: an
    /// earlier attempt was cut off.
    Activate(DeactivatedBy),
}

/// Decides about one key.
#[must_use]
pub fn decide(facts: &KeyFacts, mode: Mode) -> Decision {
    match (&facts.mark, facts.active, mode) {
        (None, true, _) => Decision::AlreadyActive,
        (None, false, _) => Decision::NotMarked,
        (Some(by), _, Mode::DryRun) => Decision::DryRun(by.clone()),
        (Some(by), _, Mode::Enforce) => Decision::Activate(by.clone()),
    }
}

/// What becomes of the policy that denies the user's sessions. It stays as long as another key of the
/// user is deactivated.
#[must_use]
pub fn sessions(policy: Option<&PolicyArn>, facts: &KeyFacts) -> SessionPolicy {
    match (policy, &facts.other_marked) {
        (None, _) => SessionPolicy::Off,
        (Some(_), None) => SessionPolicy::Detached,
        (Some(_), Some(other)) => SessionPolicy::KeptFor(other.clone()),
    }
}

/// What deactivated a key, from the value of its mark: `<time> <source> <finding ID or rule>`. Earlier
/// versions wrote only the time.
#[must_use]
pub fn deactivated_by(mark: &str) -> DeactivatedBy {
    let mut words = mark.trim().splitn(3, ' ').skip(1);
    let source = words.next().and_then(Label::new);
    let detail = words.next().map(str::trim).unwrap_or_default();
    let rule = detail.strip_prefix(RULE).and_then(Rule::parse);
    match (source, rule, Label::new(detail)) {
        (None, _, _) => DeactivatedBy::Unknown,
        (Some(_), Some(rule), _) => DeactivatedBy::Rule(rule),
        (Some(source), None, Some(finding)) => DeactivatedBy::Finding(source, finding),
        (Some(source), None, None) => DeactivatedBy::Source(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    const OTHER: &str = "AKIAI44QH8DHBEXAMPLE";
    const TIME: &str = "2026-06-15T12:00:00.123Z";

    fn id(text: &str) -> AccessKeyId {
        AccessKeyId::parse(text).unwrap()
    }

    #[test]
    fn only_a_key_of_the_named_user_is_activated() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(found: Owner, asked: Option<&str>, expected: [&str; 2]) {
            let asked = asked.and_then(UserName::parse);
            let said = [Ownership::Ours, Ownership::Unsure].map(|ownership| {
                match owner(found.clone(), ownership, asked.as_ref()) {
                    Ok(user) => format!("user {user}"),
                    Err((status, _)) => status.as_str().to_owned(),
                }
            });
            assert_eq!(said, expected, "{found:?} {asked:?}");
        }
        let bob = || Owner::User(UserName::parse("Bob").unwrap());
        check(bob(), None, ["user Bob", "user Bob"]);
        check(bob(), Some("bob"), ["user Bob", "user Bob"]);
        check(bob(), Some("Eve"), ["Failed", "Failed"]);
        check(Owner::Root, None, ["RootCredential", "ForeignAccount"]);
        check(Owner::Unknown, Some("Bob"), ["NotFound", "ForeignAccount"]);
        check(Owner::Denied, None, ["NotFound", "ForeignAccount"]);
    }

    #[test]
    fn only_a_marked_key_is_activated() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(active: bool, mark: bool, expected: [Decision; 2]) {
            let mark = mark.then_some(DeactivatedBy::Unknown);
            let facts = KeyFacts { active, mark, other_marked: None };
            let found = [Mode::Enforce, Mode::DryRun].map(|mode| decide(&facts, mode));
            assert_eq!(found, expected, "{facts:?}");
        }
        use Decision::{Activate, AlreadyActive, DryRun, NotMarked};
        let by = || DeactivatedBy::Unknown;
        check(false, false, [NotMarked, NotMarked]);
        check(true, false, [AlreadyActive, AlreadyActive]);
        check(false, true, [Activate(by()), DryRun(by())]);
        check(true, true, [Activate(by()), DryRun(by())]);
    }

    #[test]
    fn sessions_stay_denied_for_another_marked_key() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(keys: &[&str], marked: &[&str], expected: [SessionPolicy; 2]) {
            let keys: Vec<_> = keys
                .iter()
                .map(|key| KeyMetadata { id: id(key), active: false, created: None })
                .collect();
            let marks = marked
                .iter()
                .map(|key| (format!("key-deactivator:deactivated:{key}"), String::new()));
            let facts = KeyFacts::of(&id(KEY), &keys, &marks.collect()).unwrap();
            let policy = PolicyArn::parse("arn:aws:iam::123456789012:policy/p");
            let found = [policy.as_ref(), None].map(|policy| sessions(policy, &facts));
            assert_eq!(found, expected, "{marked:?}");
        }
        use SessionPolicy::{Detached, KeptFor, Off};
        check(&[KEY], &[KEY], [Detached, Off]);
        check(&[KEY, OTHER], &[KEY], [Detached, Off]);
        check(&[KEY, OTHER], &[KEY, OTHER], [KeptFor(id(OTHER)), Off]);
        check(&[OTHER, KEY], &[OTHER, KEY], [KeptFor(id(OTHER)), Off]);
        // The other key was deleted. Its mark is left.
        check(&[KEY], &[KEY, OTHER], [Detached, Off]);
        let gone = KeyFacts::of(&id(KEY), &[], &Tags::default());
        assert_eq!(gone, None);
    }

    #[test]
    fn marks() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(mark: &str, expected: DeactivatedBy) {
            assert_eq!(deactivated_by(mark), expected, "{mark:?}");
        }
        use DeactivatedBy::{Finding, Source, Unknown};
        let label = |text| Label::new(text).unwrap();
        // The form of earlier versions.
        check(TIME, Unknown);
        check("", Unknown);
        check(" ", Unknown);
        check(&format!("{TIME} direct"), Source(label("direct")));
        check(&format!("{TIME} guardduty f-1"), Finding(label("guardduty"), label("f-1")));
        let long = "arn:aws:securityhub:us-east-1:123456789012:finding/a b";
        check(&format!("{TIME} security-hub {long}"), Finding(label("security-hub"), label(long)));
        check(&format!("{TIME} schedule rule:age"), DeactivatedBy::Rule(Rule::Age));
        check(&format!("{TIME} schedule rule:use"), DeactivatedBy::Rule(Rule::Use));
        check(&format!("{TIME} schedule rule:first-use"), DeactivatedBy::Rule(Rule::FirstUse));
        check(&format!("{TIME} schedule rule:new"), Finding(label("schedule"), label("rule:new")));
    }
}
