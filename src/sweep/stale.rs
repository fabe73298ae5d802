//! Decides whether a key is stale, and what is done about it. Pure: `now` is an argument.
//!
//! One rule for dates: UTC, and the limit itself is over the limit. A key that is exactly
//! `MaxKeyAgeDays` old is too old.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use crate::{
    config::SweepSettings,
    event::Trigger,
    iam::tags::{self, Notice, Tags},
    iam::{IamError, keys::LastUse},
    ids::{AccessKeyId, UserName},
    outcome::{Exemption, Rule, Unknown, Violation},
};

/// A notice expires 30 days after its due date, so sweeps give fresh notice after a pause.
const NOTICE_IS_GOOD_DAYS: i32 = 30;

/// The day of `now`.
#[must_use]
pub fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// The violation if the key is too old.
#[must_use]
pub fn too_old(created: Timestamp, now: Timestamp, settings: &SweepSettings) -> Option<Violation> {
    over(Rule::Age, created, now, settings.max_key_age_days)
}

/// Whether a key may break the unused rule. A recently created key cannot.
#[must_use]
pub fn could_be_unused(created: Timestamp, now: Timestamp, settings: &SweepSettings) -> bool {
    over(Rule::FirstUse, created, now, settings.max_unused_days).is_some()
}

/// The violation if the key is unused. A key that was never used counts from its creation.
#[must_use]
pub fn unused(
    created: Timestamp,
    last_use: &LastUse,
    now: Timestamp,
    settings: &SweepSettings,
) -> Option<Violation> {
    match last_use {
        LastUse::At(used) => over(Rule::Use, *used, now, settings.max_unused_days),
        LastUse::Never => over(Rule::FirstUse, created, now, settings.max_unused_days),
    }
}

/// The violation if at least `limit_days` days have passed. 0 turns the rule off.
fn over(rule: Rule, from: Timestamp, now: Timestamp, limit_days: u32) -> Option<Violation> {
    let age = now.duration_since(from);
    let limit = SignedDuration::from_hours(24 * i64::from(limit_days));
    let since = today(from.saturating_add(limit).unwrap_or(Timestamp::MAX));
    (limit_days > 0 && age >= limit).then(|| Violation { rule, days: age.as_hours() / 24, since })
}

/// Whether a key began to break the rule yesterday or today.
#[must_use]
pub fn is_new(violation: Violation, settings: &SweepSettings) -> bool {
    let limit = match violation.rule {
        Rule::Age => settings.max_key_age_days,
        Rule::Use | Rule::FirstUse => settings.max_unused_days,
    };
    violation.days <= i64::from(limit)
}

/// Whether people hear again today about unchanged conditions: every Monday.
#[must_use]
pub fn is_reminder_day(today: Date) -> bool {
    today.weekday() == Weekday::Monday
}

/// What is done about a key that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaleDecision {
    /// Leave it active: its user is exempt.
    Exempt(Exemption),
    /// Leave it active: this is unknown, so its user may be exempt.
    Unknown(Unknown),
    /// Give notice now. The key is due on this day.
    Notice(Date),
    /// Notice was given. The key is due on this day.
    Pending(Date),
    /// Deactivate it.
    Due,
    /// The key is Inactive, but its notice is still there.
    AlreadyInactive,
}

/// Whether the user is exempt by name or path, which needs no call to IAM. An unknown path may be
/// exempt.
#[must_use]
pub fn exempt_by_name(
    user: &UserName,
    path: Option<&str>,
    settings: &SweepSettings,
) -> Option<StaleDecision> {
    if let Some(by) = settings.exempt.setting_for(user, path, &settings.protected) {
        return Some(StaleDecision::Exempt(Exemption::Setting(by)));
    }
    path.is_none().then_some(StaleDecision::Unknown(Unknown::UserPath))
}

/// Whether a key may be deactivated without notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeRule {
    /// Only after notice.
    Required,
    /// At once: a person asked for it.
    Waived,
}

impl From<Trigger> for NoticeRule {
    fn from(trigger: Trigger) -> Self {
        if trigger == Trigger::Person { Self::Waived } else { Self::Required }
    }
}

/// A user's tags and groups, which may exempt the user. They are read only if one of its keys breaks a
/// rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptionFacts {
    /// The user's tags.
    pub tags: Result<Tags, IamError>,
    /// The user's groups. Empty if no setting exempts a group.
    pub groups: Result<Vec<String>, IamError>,
}

/// Decides about a key that breaks a rule, of a user who is not exempt by name or path. An unreadable
/// tag or group may exempt the user, so the key is left active.
#[must_use]
pub fn decide(
    id: &AccessKeyId,
    violation: Violation,
    about: &ExemptionFacts,
    today: Date,
    notice_rule: NoticeRule,
    settings: &SweepSettings,
) -> StaleDecision {
    let (tags, groups) = match (&about.tags, &about.groups) {
        (Ok(tags), Ok(groups)) => (tags, groups),
        (Err(error), _) | (_, Err(error)) => {
            return StaleDecision::Unknown(Unknown::Iam(error.clone()));
        }
    };
    if let Some(value) = tags.get(&settings.exempt_tag) {
        match tags::day(value) {
            Some(day) if today <= day => {
                return StaleDecision::Exempt(Exemption::Until(day));
            }
            Some(_) => {}
            None => return StaleDecision::Unknown(Unknown::ExemptionDate),
        }
    }
    if groups
        .iter()
        .any(|group| settings.exempt_groups.iter().any(|it| it.eq_ignore_ascii_case(group)))
    {
        return StaleDecision::Exempt(Exemption::Setting("ExemptGroups"));
    }
    if notice_rule == NoticeRule::Waived {
        return StaleDecision::Due;
    }
    let given = tags.get(&tags::notice_tag(id)).and_then(Notice::parse);
    notice(given, violation, today, settings.notice_days)
}

/// Whether notice is given now, runs, or is due. A promised day holds, whatever `NoticeDays` becomes
/// later, and whatever rule the notice was given for. Ignores a notice that is not a date, is dated in
/// the future, or expired more than 30 days ago. For a key that is only unused, also ignores a notice
/// that predates its last use.
fn notice(
    given: Option<Notice>,
    violation: Violation,
    today: Date,
    notice_days: u32,
) -> StaleDecision {
    let given = given.filter(|notice| notice.given <= today);
    let due = |from: Date| {
        let due = from.saturating_add(i64::from(notice_days).days());
        given.map_or(due, |notice| due.max(notice.due))
    };
    let counts = given.map(|notice| notice.given).filter(|day| {
        let until = due(*day).saturating_add(NOTICE_IS_GOOD_DAYS.days());
        violation.since <= *day && today <= until
    });
    match (counts, due(counts.unwrap_or(today))) {
        (_, due) if due <= today => StaleDecision::Due,
        (Some(_), due) => StaleDecision::Pending(due),
        (None, due) => StaleDecision::Notice(due),
    }
}

/// The last day of an exemption that ended.
#[must_use]
pub fn exemption_ended(tags: &Tags, today: Date, settings: &SweepSettings) -> Option<Date> {
    tags.get(&settings.exempt_tag).and_then(tags::day).filter(|day| *day < today)
}

/// Whether this many deactivations at once look like a mistake. Five or fewer never do.
#[must_use]
pub fn is_landslide(planned: usize, active: usize, settings: &SweepSettings) -> bool {
    let percent = usize::try_from(settings.max_deactivation_percent).unwrap_or(usize::MAX);
    planned > 5 && planned.saturating_mul(100) > active.saturating_mul(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const NOW: &str = "2026-06-15T12:00:00Z";

    fn settings(set: &[(&str, &str)]) -> SweepSettings {
        let value =
            |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Config::read(|name| Ok(value(name))).unwrap().sweep.unwrap()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn rules_at_their_boundaries() {
        #[track_caller]
        fn check(
            days: (&str, &str),
            created: &str,
            used: Option<&str>,
            expected: [Option<Violation>; 2],
        ) {
            let settings = settings(&[("MAX_KEY_AGE_DAYS", days.0), ("MAX_UNUSED_DAYS", days.1)]);
            let (created, now) = (time(created), time(NOW));
            let last_use = used.map_or(LastUse::Never, |used| LastUse::At(time(used)));
            let found =
                [too_old(created, now, &settings), unused(created, &last_use, now, &settings)];
            assert_eq!(found, expected, "{days:?} {created} {used:?}");
            if found[1].is_some() {
                assert!(could_be_unused(created, now, &settings));
            }
            for violation in found.into_iter().flatten() {
                assert!(
                    is_new(violation, &settings),
                    "{violation:?}: less than a day over the limit"
                );
            }
        }
        const RECENT: Option<&str> = Some("2026-06-15T11:00:00Z");
        let violation = |rule, days| Some(Violation { rule, days, since: date("2026-06-15") });
        let old = |days| violation(Rule::Age, days);
        let unused = violation(Rule::Use, 10);
        let never = |days| violation(Rule::FirstUse, days);
        // Ten days: one second less, exactly, one second more.
        check(("10", "0"), "2026-06-05T12:00:01Z", RECENT, [None, None]);
        check(("10", "0"), "2026-06-05T12:00:00Z", RECENT, [old(10), None]);
        check(("10", "0"), "2026-06-05T11:59:59Z", RECENT, [old(10), None]);
        check(("0", "10"), "2020-01-01T00:00:00Z", Some("2026-06-05T12:00:01Z"), [None, None]);
        check(("0", "10"), "2020-01-01T00:00:00Z", Some("2026-06-05T12:00:00Z"), [None, unused]);
        check(("0", "10"), "2020-01-01T00:00:00Z", Some("2026-06-05T11:59:59Z"), [None, unused]);
        check(("0", "10"), "2026-06-05T12:00:01Z", None, [None, None]);
        check(("0", "10"), "2026-06-05T12:00:00Z", None, [None, never(10)]);
        check(("0", "10"), "2026-06-05T11:59:59Z", None, [None, never(10)]);
        check(("1", "1"), "2026-06-14T12:00:00Z", None, [old(1), never(1)]);
        // A date in the future is not old.
        check(("1", "1"), "2027-01-01T00:00:00Z", None, [None, None]);
    }

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    const TAG: &str = "key-deactivator:notice:AKIAIOSFODNN7EXAMPLE";

    /// A key that has been too old since long ago.
    fn old() -> Violation {
        Violation { rule: Rule::Age, days: 200, since: date("2026-02-27") }
    }

    /// Decides about Bob's key on 2026-06-15.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
    fn check(
        set: &[(&str, &str)],
        tags: &[(&str, &str)],
        groups: &[&str],
        expected: StaleDecision,
    ) {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let about = ExemptionFacts { tags: Ok(tags.collect()), groups: Ok(groups) };
        let id = AccessKeyId::parse(ID).unwrap();
        let decided = |rule| decide(&id, old(), &about, today(time(NOW)), rule, &settings(set));
        assert_eq!(decided(NoticeRule::Required), expected, "{about:?}");
        match decided(NoticeRule::Required) {
            it @ (StaleDecision::Exempt(_) | StaleDecision::Unknown(_)) => {
                assert_eq!(decided(NoticeRule::Waived), it);
            }
            _ => assert_eq!(
                decided(NoticeRule::Waived),
                StaleDecision::Due,
                "a person need give no notice"
            ),
        }
    }

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn notices_at_their_boundaries() {
        #[track_caller]
        fn check_notice(value: &str, expected: StaleDecision) {
            check(&[("NOTICE_DAYS", "7")], &[(TAG, value)], &[], expected);
        }
        use StaleDecision::{Due, Notice, Pending};
        let anew = || Notice(date("2026-06-22"));
        check(&[("NOTICE_DAYS", "7")], &[], &[], anew());
        check(&[("NOTICE_DAYS", "0")], &[], &[], Due);
        check(&[("NOTICE_DAYS", "1")], &[], &[], Notice(date("2026-06-16")));
        check_notice("2026-06-15/2026-06-22", Pending(date("2026-06-22")));
        check_notice("2026-06-09/2026-06-16", Pending(date("2026-06-16")));
        check_notice("2026-06-08/2026-06-15", Due);
        check_notice("2026-06-07/2026-06-14", Due);
        // Due on 05-16, good for 30 days more: to 06-15.
        check_notice("2026-05-10/2026-05-17", Due);
        check_notice("2026-05-09/2026-05-16", Due);
        check_notice("2026-05-08/2026-05-15", anew());
        check_notice("2026-06-16/2026-06-23", anew());
        check_notice("9999-12-31/9999-12-31", anew());
        check_notice("soon", anew());
        check_notice("", anew());
        // The form of earlier versions.
        check_notice("2026-06-08", anew());
        let other_case = "Key-Deactivator:NOTICE:akiaiosfodnn7example";
        check(&[], &[(other_case, "2026-06-08/2026-06-15")], &[], Due);
        let other_key = "key-deactivator:notice:AKIAIALICE7EXAMPLE22";
        check(&[], &[(other_key, "2026-06-01/2026-06-08")], &[], anew());
    }

    #[test]
    fn no_key_goes_before_the_promised_day_whatever_notice_days_says_later() {
        /// The rule has been broken since `since`; `value` is the notice.
        #[track_caller]
        fn check(notice_days: &str, since: &str, value: &str, expected: &StaleDecision) {
            let violation = Violation { since: date(since), ..old() };
            let about = ExemptionFacts {
                tags: Ok([(TAG.to_owned(), value.to_owned())].into_iter().collect()),
                groups: Ok(Vec::new()),
            };
            let id = AccessKeyId::parse(ID).unwrap();
            let settings = settings(&[("NOTICE_DAYS", notice_days)]);
            let found =
                decide(&id, violation, &about, today(time(NOW)), NoticeRule::Required, &settings);
            assert_eq!(found, *expected, "{notice_days} days, since {since}, noticed {value}");
        }
        use StaleDecision::{Due, Notice, Pending};
        let promised = Pending(date("2026-06-20"));
        for fewer in ["0", "1", "3", "13"] {
            check(fewer, "2026-01-01", "2026-06-06/2026-06-20", &promised);
        }
        // Nor is a notice ever shorter than NoticeDays.
        check("30", "2026-01-01", "2026-06-01/2026-06-08", &Pending(date("2026-07-01")));
        // Due on the later of both days, and good for 30 days from then on.
        check("14", "2026-01-01", "2026-05-02/2026-05-09", &Due);
        check("13", "2026-01-01", "2026-05-02/2026-05-09", &Notice(date("2026-06-28")));
        // A promise holds, too, if it was given for another rule.
        for fewer in ["0", "1"] {
            let later = Notice(date("2026-06-20"));
            check(fewer, "2026-06-10", "2026-06-06/2026-06-20", &later);
        }
        check("0", "2026-06-10", "2026-06-01/2026-06-15", &Due);
    }

    #[test]
    fn days_turn_at_midnight() {
        /// Before the last second of a day, in it, and in the first of the next.
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(tag: (&str, &str), times: [&str; 3], expected: [StaleDecision; 3]) {
            let tags = [(tag.0.to_owned(), tag.1.to_owned())].into_iter().collect();
            let about = ExemptionFacts { tags: Ok(tags), groups: Ok(Vec::new()) };
            let id = AccessKeyId::parse(ID).unwrap();
            let decided = times.map(|now| {
                decide(&id, old(), &about, today(time(now)), NoticeRule::Required, &settings(&[]))
            });
            assert_eq!(decided, expected, "{tag:?}");
        }
        use StaleDecision::{Due, Exempt, Notice, Pending};
        let eve = ["2026-06-14T23:59:58Z", "2026-06-14T23:59:59Z", "2026-06-15T00:00:00Z"];
        let due = || Pending(date("2026-06-15"));
        check((TAG, "2026-06-08/2026-06-15"), eve, [due(), due(), Due]);
        // Good until 30 days after it came due.
        let anew = Notice(date("2026-06-22"));
        check((TAG, "2026-05-08/2026-05-15"), eve, [Due, Due, anew]);
        // A notice dated tomorrow is ignored until tomorrow.
        let (none, given) = (|| Notice(date("2026-06-21")), Pending(date("2026-06-22")));
        check((TAG, "2026-06-15/2026-06-22"), eve, [none(), none(), given]);
        let exempt = || Exempt(Exemption::Until(date("2026-06-14")));
        let lapsed = Notice(date("2026-06-22"));
        check(("key-deactivator:exempt-until", "2026-06-14"), eve, [exempt(), exempt(), lapsed]);
    }

    #[test]
    fn a_notice_counts_for_the_rule_it_was_given_for() {
        const DAYS: [(&str, &str); 2] = [("MAX_KEY_AGE_DAYS", "90"), ("MAX_UNUSED_DAYS", "45")];
        /// Notice was given on `given`, a week before it came due.
        #[track_caller]
        fn check(violation: Option<Violation>, given: &str, expected: &StaleDecision) {
            let notice = tags::Notice { given: date(given), due: date(given) + 7.days() };
            let tags = [(TAG.to_owned(), notice.to_string())].into_iter().collect();
            let about = ExemptionFacts { tags: Ok(tags), groups: Ok(Vec::new()) };
            let id = AccessKeyId::parse(ID).unwrap();
            let now = today(time(NOW));
            let found = decide(
                &id,
                violation.unwrap(),
                &about,
                now,
                NoticeRule::Required,
                &settings(&DAYS),
            );
            assert_eq!(found, *expected, "noticed on {given}: {violation:?}");
        }
        let (now, settings) = (time(NOW), settings(&DAYS));
        let anew = StaleDecision::Notice(date("2026-06-22"));
        // Too old since 06-05.
        let old = || too_old(time("2026-03-07T23:59:59Z"), now, &settings);
        check(old(), "2026-06-05", &StaleDecision::Due);
        check(old(), "2026-06-04", &anew);
        // Used last on 04-20, and so unused since 06-04.
        let used =
            |day| unused(time("2020-01-01T00:00:00Z"), &LastUse::At(time(day)), now, &settings);
        check(used("2026-04-20T00:00:00Z"), "2026-06-04", &StaleDecision::Due);
        check(used("2026-04-20T00:00:00Z"), "2026-06-03", &anew);
        // Noticed as unused, and used after that.
        check(used("2026-04-25T00:00:00Z"), "2026-06-04", &anew);
        // Created on 04-20, and never used.
        let never = || unused(time("2026-04-20T12:00:00Z"), &LastUse::Never, now, &settings);
        check(never(), "2026-06-04", &StaleDecision::Due);
        check(never(), "2026-06-03", &anew);
    }

    #[test]
    fn exemptions_at_their_boundaries() {
        const TAG: &str = "key-deactivator:exempt-until";
        const NOTICE_ANEW: &str = "2026-06-22";
        let until = |day| StaleDecision::Exempt(Exemption::Until(date(day)));
        let by_group = || StaleDecision::Exempt(Exemption::Setting("ExemptGroups"));
        let no_date = || StaleDecision::Unknown(Unknown::ExemptionDate);
        let stale = || StaleDecision::Notice(date(NOTICE_ANEW));
        check(&[], &[(TAG, "2026-06-14")], &[], stale());
        check(&[], &[(TAG, "2026-06-15")], &[], until("2026-06-15"));
        check(&[], &[(TAG, "2026-06-16")], &[], until("2026-06-16"));
        check(&[], &[("KEY-deactivator:Exempt-Until", "2026-06-16")], &[], until("2026-06-16"));
        for value in ["", "yes", "2026-6-16", "16.06.2026", "2026-06-31"] {
            check(&[], &[(TAG, value)], &[], no_date());
        }
        check(&[("EXEMPT_TAG", "until")], &[("until", "2026-06-16")], &[], until("2026-06-16"));
        check(&[("EXEMPT_TAG", "until")], &[(TAG, "2026-06-16")], &[], stale());
        let groups = [("EXEMPT_GROUPS", "robots")];
        check(&groups, &[], &["people", "robots"], by_group());
        check(&groups, &[], &["Robots"], by_group());
        check(&groups, &[], &["people"], stale());
        check(&[], &[], &["robots"], stale());
    }

    #[test]
    fn names_and_paths_exempt() {
        #[track_caller]
        fn check(set: &[(&str, &str)], by: Option<&'static str>) {
            let bob = UserName::parse("Bob").unwrap();
            let expected = by.map(|by| StaleDecision::Exempt(Exemption::Setting(by)));
            assert_eq!(exempt_by_name(&bob, Some("/service/"), &settings(set)), expected);
            // Without a path, a user who is not exempt by name may be exempt.
            let without = exempt_by_name(&bob, None, &settings(set));
            match by {
                Some("ExemptUsers" | "ProtectedUsers") => assert_eq!(without, expected),
                _ => assert!(matches!(without, Some(StaleDecision::Unknown(_))), "{without:?}"),
            }
        }
        check(&[], None);
        check(&[("EXEMPT_USERS", "b*")], Some("ExemptUsers"));
        check(&[("PROTECTED_USERS", "bob")], Some("ProtectedUsers"));
        check(&[("EXEMPT_PATHS", "/serv")], Some("ExemptPaths"));
        check(&[("EXEMPT_PATHS", "/service/a/")], None);
    }

    #[test]
    fn what_cannot_be_read_may_exempt() {
        let id = AccessKeyId::parse(ID).unwrap();
        let error = IamError::stand_in();
        for about in [
            ExemptionFacts { tags: Err(error.clone()), groups: Ok(Vec::new()) },
            ExemptionFacts { tags: Ok(Tags::default()), groups: Err(error.clone()) },
        ] {
            let decided =
                decide(&id, old(), &about, today(time(NOW)), NoticeRule::Waived, &settings(&[]));
            assert_eq!(decided, StaleDecision::Unknown(Unknown::Iam(error.clone())));
        }
    }

    #[test]
    fn landslides_at_their_boundaries() {
        #[track_caller]
        fn check(percent: &str, planned: usize, active: usize, expected: bool) {
            let settings = settings(&[("MAX_DEACTIVATION_PERCENT", percent)]);
            assert_eq!(is_landslide(planned, active, &settings), expected, "{planned} of {active}");
        }
        check("25", 0, 0, false);
        check("25", 5, 5, false);
        check("25", 6, 6, true);
        check("25", 25, 100, false);
        check("25", 26, 100, true);
        check("25", 24, 100, false);
        check("100", 100, 100, false);
        check("1", 6, 600, false);
        check("1", 7, 600, true);
    }

    #[test]
    fn an_exemption_that_ended_is_found() {
        #[track_caller]
        fn check(value: &str, expected: Option<&str>) {
            let tags = [("key-deactivator:exempt-until".to_owned(), value.to_owned())];
            let found =
                exemption_ended(&tags.into_iter().collect(), today(time(NOW)), &settings(&[]));
            assert_eq!(found, expected.map(date));
        }
        check("2026-06-14", Some("2026-06-14"));
        check("2026-06-15", None);
        check("soon", None);
    }
}
