//! What makes a key stale, and what is to be done about it: pure, with `now` as an argument.
//!
//! One rule for dates: UTC, and the boundary belongs to what is beyond it. A key that is exactly
//! `MaxKeyAgeDays` old is too old.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use crate::{
    config::Sweep,
    iam::Fault,
    ids::{AccessKeyId, UserName},
    rules,
    tags::{self, Tags},
};

/// A notice older than this many days after it came due is none: much may have happened since.
const NOTICE_IS_GOOD_DAYS: i32 = 30;

/// When a key was last used, as far as IAM says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastUse {
    /// At this time.
    At(Timestamp),
    /// Never, since IAM began to record it.
    Never,
}

/// A rule that a key breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Created this many days ago.
    TooOld(i64),
    /// Last used this many days ago, on this day.
    Unused(i64, Date),
    /// Created this many days ago, and never used.
    NeverUsed(i64),
}

impl Breach {
    /// What is wrong, for a person.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::TooOld(days) => format!("{days} days old"),
            Self::Unused(days, _) => format!("unused for {days} days"),
            Self::NeverUsed(days) => format!("never used in {days} days"),
        }
    }
}

/// The day that `now` is in.
#[must_use]
pub fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Whether the key's age alone breaks a rule.
#[must_use]
pub fn too_old(created: Timestamp, now: Timestamp, settings: &Sweep) -> Option<Breach> {
    over(created, now, settings.max_key_age_days).map(Breach::TooOld)
}

/// Whether the unused rule could concern a key at all: one that was created lately enough it cannot.
#[must_use]
pub fn could_be_unused(created: Timestamp, now: Timestamp, settings: &Sweep) -> bool {
    over(created, now, settings.max_unused_days).is_some()
}

/// Whether the key's last use breaks a rule. One that was never used counts from its creation.
#[must_use]
pub fn unused(
    created: Timestamp,
    last_use: &LastUse,
    now: Timestamp,
    settings: &Sweep,
) -> Option<Breach> {
    match last_use {
        LastUse::At(used) => over(*used, now, settings.max_unused_days)
            .map(|days| Breach::Unused(days, today(*used))),
        LastUse::Never => over(created, now, settings.max_unused_days).map(Breach::NeverUsed),
    }
}

/// How many days ago that was, if they are as many as the limit or more. A limit of 0 is none.
fn over(since: Timestamp, now: Timestamp, limit_days: u32) -> Option<i64> {
    let age = now.duration_since(since);
    let limit = SignedDuration::from_hours(24 * i64::from(limit_days));
    (limit_days > 0 && age >= limit).then(|| age.as_hours() / 24)
}

/// Whether a key has broken the rule since yesterday at the earliest.
#[must_use]
pub fn is_new(breach: Breach, settings: &Sweep) -> bool {
    let (days, limit) = match breach {
        Breach::TooOld(days) => (days, settings.max_key_age_days),
        Breach::Unused(days, _) | Breach::NeverUsed(days) => (days, settings.max_unused_days),
    };
    days <= i64::from(limit)
}

/// Whether it is the day of the week on which people are told again of what goes on unchanged.
#[must_use]
pub fn is_reminder_day(today: Date) -> bool {
    today.weekday() == Weekday::Monday
}

/// What is to be done about a key that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Leave it: exempt, as this says.
    Exempt(String),
    /// Leave it: whether it is exempt cannot be told, as this says.
    Unknown(String),
    /// Give notice now; it is due on this day.
    Notice(Date),
    /// Notice was given; it is due on this day.
    Pending(Date),
    /// Deactivate it.
    Due,
}

/// Whether the user is exempt by name or path: for that, nothing need be asked.
#[must_use]
pub fn exempt_by_name(user: &UserName, path: &str, settings: &Sweep) -> Option<Judgement> {
    let by = rules::exempt_by(user, Some(path), &settings.protected, &settings.exempt)?;
    Some(Judgement::Exempt(format!("its user is exempt by {by}")))
}

/// What is known of a user beside its keys: asked for only if one of them breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The user's tags.
    pub tags: Result<Tags, Fault>,
    /// The user's groups; empty where no group is exempt.
    pub groups: Result<Vec<String>, Fault>,
}

/// Judges a key that breaks a rule, of a user who is not exempt by name or path. What cannot be read
/// may exempt it, so it is left. `no_notice` is for keys that a person asked to be deactivated now.
#[must_use]
pub fn judge(
    id: &AccessKeyId,
    breach: Breach,
    about: &About,
    today: Date,
    no_notice: bool,
    settings: &Sweep,
) -> Judgement {
    let (tags, groups) = match (&about.tags, &about.groups) {
        (Ok(tags), Ok(groups)) => (tags, groups),
        (Err(fault), _) | (_, Err(fault)) => return Judgement::Unknown(fault.to_string()),
    };
    if let Some(value) = tags.get(&settings.exempt_tag) {
        match tags::day(value) {
            Some(day) if today <= day => {
                return Judgement::Exempt(format!("its user is exempt until {day}"));
            }
            Some(_) => {}
            None => {
                let reason = "its user's exemption is no date in the form YYYY-MM-DD";
                return Judgement::Unknown(reason.to_owned());
            }
        }
    }
    if groups
        .iter()
        .any(|group| settings.exempt_groups.iter().any(|it| it.eq_ignore_ascii_case(group)))
    {
        return Judgement::Exempt("its user is exempt by ExemptGroups".to_owned());
    }
    if no_notice || settings.notice_days == 0 {
        return Judgement::Due;
    }
    match notice(id, breach, tags, today, settings.notice_days) {
        None => Judgement::Notice(due(today, settings.notice_days)),
        Some(due) if today < due => Judgement::Pending(due),
        Some(_) => Judgement::Due,
    }
}

/// The day on which an exemption of this user lapsed.
#[must_use]
pub fn lapsed(tags: &Tags, today: Date, settings: &Sweep) -> Option<Date> {
    tags.get(&settings.exempt_tag).and_then(tags::day).filter(|day| *day < today)
}

/// When the notice that was given comes due. One that is no date, lies in the future or came due long
/// ago is none; nor is one after which the key was used again, if that it is unused is all that is
/// wrong with it.
fn notice(
    id: &AccessKeyId,
    breach: Breach,
    tags: &Tags,
    today: Date,
    notice_days: u32,
) -> Option<Date> {
    let given = tags.get(&tags::notice_tag(id)).and_then(tags::day)?;
    if let Breach::Unused(_, used) = breach
        && given <= used
    {
        return None;
    }
    let due = due(given, notice_days);
    let until = due.saturating_add(NOTICE_IS_GOOD_DAYS.days());
    (given <= today && today <= until).then_some(due)
}

fn due(given: Date, notice_days: u32) -> Date {
    given.saturating_add(i64::from(notice_days).days())
}

/// Whether so many deactivations at once look like a mistake. Five or fewer never do.
#[must_use]
pub fn is_landslide(planned: usize, active: usize, settings: &Sweep) -> bool {
    let percent = usize::try_from(settings.max_deactivation_percent).unwrap_or(usize::MAX);
    planned > 5 && planned.saturating_mul(100) > active.saturating_mul(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const NOW: &str = "2026-06-15T12:00:00Z";

    fn settings(set: &[(&str, &str)]) -> Sweep {
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
            expected: [Option<Breach>; 2],
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
            for breach in found.into_iter().flatten() {
                assert!(is_new(breach, &settings), "{breach:?}: less than a day over the limit");
            }
        }
        use Breach::{NeverUsed, TooOld, Unused};
        const RECENT: Option<&str> = Some("2026-06-15T11:00:00Z");
        // Ten days: one second less, exactly, one second more.
        check(("10", "0"), "2026-06-05T12:00:01Z", RECENT, [None, None]);
        check(("10", "0"), "2026-06-05T12:00:00Z", RECENT, [Some(TooOld(10)), None]);
        check(("10", "0"), "2026-06-05T11:59:59Z", RECENT, [Some(TooOld(10)), None]);
        check(("0", "10"), "2020-01-01T00:00:00Z", Some("2026-06-05T12:00:01Z"), [None, None]);
        check(
            ("0", "10"),
            "2020-01-01T00:00:00Z",
            Some("2026-06-05T12:00:00Z"),
            [None, Some(Unused(10, date("2026-06-05")))],
        );
        check(
            ("0", "10"),
            "2020-01-01T00:00:00Z",
            Some("2026-06-05T11:59:59Z"),
            [None, Some(Unused(10, date("2026-06-05")))],
        );
        check(("0", "10"), "2026-06-05T12:00:01Z", None, [None, None]);
        check(("0", "10"), "2026-06-05T12:00:00Z", None, [None, Some(NeverUsed(10))]);
        check(("0", "10"), "2026-06-05T11:59:59Z", None, [None, Some(NeverUsed(10))]);
        check(("1", "1"), "2026-06-14T12:00:00Z", None, [Some(TooOld(1)), Some(NeverUsed(1))]);
        // What lies in the future is not old.
        check(("1", "1"), "2027-01-01T00:00:00Z", None, [None, None]);
    }

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    /// Judges Bob's key on 2026-06-15.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
    fn check(set: &[(&str, &str)], tags: &[(&str, &str)], groups: &[&str], expected: Judgement) {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let about = About { tags: Ok(tags.collect()), groups: Ok(groups) };
        let id = AccessKeyId::parse(ID).unwrap();
        let found =
            judge(&id, Breach::TooOld(100), &about, today(time(NOW)), false, &settings(set));
        assert_eq!(found, expected, "{about:?}");
        let by_person =
            judge(&id, Breach::TooOld(100), &about, today(time(NOW)), true, &settings(set));
        match found {
            Judgement::Exempt(_) | Judgement::Unknown(_) => assert_eq!(by_person, found),
            _ => assert_eq!(by_person, Judgement::Due, "a person need give no notice"),
        }
    }

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn notices_at_their_boundaries() {
        const TAG: &str = "key-deactivator:notice:AKIAIOSFODNN7EXAMPLE";
        #[track_caller]
        fn check_notice(value: &str, expected: Judgement) {
            check(&[("NOTICE_DAYS", "7")], &[(TAG, value)], &[], expected);
        }
        use Judgement::{Due, Notice, Pending};
        let anew = || Notice(date("2026-06-22"));
        check(&[("NOTICE_DAYS", "7")], &[], &[], anew());
        check(&[("NOTICE_DAYS", "0")], &[], &[], Due);
        check(&[("NOTICE_DAYS", "1")], &[], &[], Notice(date("2026-06-16")));
        check_notice("2026-06-15", Pending(date("2026-06-22")));
        check_notice("2026-06-09", Pending(date("2026-06-16")));
        check_notice("2026-06-08", Due);
        check_notice("2026-06-07", Due);
        // Due on 05-16, good for 30 days more: to 06-15.
        check_notice("2026-05-10", Due);
        check_notice("2026-05-09", Due);
        check_notice("2026-05-08", anew());
        check_notice("2026-06-16", anew());
        check_notice("9999-12-31", anew());
        check_notice("soon", anew());
        check_notice("", anew());
        check(&[], &[("Key-Deactivator:NOTICE:akiaiosfodnn7example", "2026-06-08")], &[], Due);
        check(&[], &[("key-deactivator:notice:AKIAIALICE7EXAMPLE22", "2026-06-01")], &[], anew());
    }

    #[test]
    fn days_turn_at_midnight() {
        /// Before the last second of a day, in it, and in the first of the next.
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(tag: (&str, &str), times: [&str; 3], expected: [Judgement; 3]) {
            let tags = [(tag.0.to_owned(), tag.1.to_owned())].into_iter().collect();
            let about = About { tags: Ok(tags), groups: Ok(Vec::new()) };
            let id = AccessKeyId::parse(ID).unwrap();
            let judged = times.map(|now| {
                judge(&id, Breach::TooOld(100), &about, today(time(now)), false, &settings(&[]))
            });
            assert_eq!(judged, expected, "{tag:?}");
        }
        use Judgement::{Due, Exempt, Notice, Pending};
        const NOTICE: &str = "key-deactivator:notice:AKIAIOSFODNN7EXAMPLE";
        let eve = ["2026-06-14T23:59:58Z", "2026-06-14T23:59:59Z", "2026-06-15T00:00:00Z"];
        let due = || Pending(date("2026-06-15"));
        check((NOTICE, "2026-06-08"), eve, [due(), due(), Due]);
        // Good until 30 days after it came due.
        let anew = Notice(date("2026-06-22"));
        check((NOTICE, "2026-05-08"), eve, [Due, Due, anew]);
        // A notice of tomorrow is none, until it is tomorrow.
        let (none, given) = (|| Notice(date("2026-06-21")), Pending(date("2026-06-22")));
        check((NOTICE, "2026-06-15"), eve, [none(), none(), given]);
        let exempt = || Exempt("its user is exempt until 2026-06-14".to_owned());
        let lapsed = Notice(date("2026-06-22"));
        check(("key-deactivator:exempt-until", "2026-06-14"), eve, [exempt(), exempt(), lapsed]);
    }

    #[test]
    fn a_notice_does_not_outlive_the_next_use() {
        #[track_caller]
        #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
        fn check(given: &str, used: &str, expected: Judgement) {
            let tag = ("key-deactivator:notice:AKIAIOSFODNN7EXAMPLE".to_owned(), given.to_owned());
            let about = About { tags: Ok([tag].into_iter().collect()), groups: Ok(Vec::new()) };
            let id = AccessKeyId::parse(ID).unwrap();
            let breach = Breach::Unused(45, date(used));
            let found = judge(&id, breach, &about, today(time(NOW)), false, &settings(&[]));
            assert_eq!(found, expected, "noticed on {given}, used on {used}");
            let old =
                judge(&id, Breach::TooOld(99), &about, today(time(NOW)), false, &settings(&[]));
            assert_eq!(old, Judgement::Due, "age is not undone by use");
        }
        check("2026-05-20", "2026-05-19", Judgement::Due);
        check("2026-05-20", "2026-05-20", Judgement::Notice(date("2026-06-22")));
        check("2026-05-20", "2026-05-21", Judgement::Notice(date("2026-06-22")));
    }

    #[test]
    fn exemptions_at_their_boundaries() {
        const TAG: &str = "key-deactivator:exempt-until";
        const NOTICE_ANEW: &str = "2026-06-22";
        let exempt = |why: &str| Judgement::Exempt(format!("its user is exempt {why}"));
        let no_date = || {
            let reason = "its user's exemption is no date in the form YYYY-MM-DD";
            Judgement::Unknown(reason.to_owned())
        };
        let stale = || Judgement::Notice(date(NOTICE_ANEW));
        check(&[], &[(TAG, "2026-06-14")], &[], stale());
        check(&[], &[(TAG, "2026-06-15")], &[], exempt("until 2026-06-15"));
        check(&[], &[(TAG, "2026-06-16")], &[], exempt("until 2026-06-16"));
        check(
            &[],
            &[("KEY-deactivator:Exempt-Until", "2026-06-16")],
            &[],
            exempt("until 2026-06-16"),
        );
        for value in ["", "yes", "2026-6-16", "16.06.2026", "2026-06-31"] {
            check(&[], &[(TAG, value)], &[], no_date());
        }
        check(
            &[("EXEMPT_TAG", "until")],
            &[("until", "2026-06-16")],
            &[],
            exempt("until 2026-06-16"),
        );
        check(&[("EXEMPT_TAG", "until")], &[(TAG, "2026-06-16")], &[], stale());
        let groups = [("EXEMPT_GROUPS", "robots")];
        check(&groups, &[], &["people", "robots"], exempt("by ExemptGroups"));
        check(&groups, &[], &["Robots"], exempt("by ExemptGroups"));
        check(&groups, &[], &["people"], stale());
        check(&[], &[], &["robots"], stale());
    }

    #[test]
    fn names_and_paths_exempt() {
        #[track_caller]
        fn check(set: &[(&str, &str)], by: Option<&str>) {
            let bob = UserName::parse("Bob").unwrap();
            let expected = by.map(|by| Judgement::Exempt(format!("its user is exempt by {by}")));
            assert_eq!(exempt_by_name(&bob, "/service/", &settings(set)), expected);
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
        let fault = Fault::stand_in();
        for about in [
            About { tags: Err(fault.clone()), groups: Ok(Vec::new()) },
            About { tags: Ok(Tags::default()), groups: Err(fault.clone()) },
        ] {
            let judged =
                judge(&id, Breach::TooOld(100), &about, today(time(NOW)), true, &settings(&[]));
            assert_eq!(judged, Judgement::Unknown(fault.to_string()));
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
    fn a_lapsed_exemption_is_told() {
        #[track_caller]
        fn check(value: &str, expected: Option<&str>) {
            let tags = [("key-deactivator:exempt-until".to_owned(), value.to_owned())];
            let found = lapsed(&tags.into_iter().collect(), today(time(NOW)), &settings(&[]));
            assert_eq!(found, expected.map(date));
        }
        check("2026-06-14", Some("2026-06-14"));
        check("2026-06-15", None);
        check("soon", None);
    }
}
