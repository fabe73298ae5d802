//! An account with every kind of user and key that a sweep can meet.

use fake_aws::iam::{Key, Status, User, World};

use super::{aged, day_ago, days_ago, id, notice, notice_tag};

/// The settings that the world is made for.
pub(crate) const SETTINGS: [(&str, &str); 6] = [
    ("FUNCTION", "sweep"),
    ("SWEEP_MODE", "enforce"),
    ("EXEMPT_USERS", "Robot*"),
    ("EXEMPT_PATHS", "/service/"),
    ("EXEMPT_GROUPS", "robots"),
    ("PROTECTED_USERS", "BreakGlass"),
];

/// Limits: 90 days old, 45 days unused, 7 days' notice.
pub(crate) fn world() -> World {
    let users = [compliant(), stale(), noticed_before(), exempt()];
    let gone = user("Gone", 400);
    let world = World::new().root_keys(false, true).only_in_report(gone);
    users.into_iter().flatten().fold(world, World::with)
}

/// A user with one key of this age.
fn user(name: &str, days: i64) -> User {
    User::new(name).key(aged(name, 1, days))
}

/// A key of this age that was used so many days ago.
fn used(name: &str, number: usize, days: i64, use_days: i64) -> Key {
    aged(name, number, days).last_used(days_ago(use_days))
}

fn compliant() -> Vec<User> {
    vec![
        user("Fresh", 1),
        User::new("NoKeys"),
        User::new("Used").key(used("Used", 1, 60, 1)),
        // The report does not say that it was used.
        User::new("Unsaid").key(used("Unsaid", 1, 60, 1).report_last_used("no_information")),
        User::new("Inactive").key(aged("Inactive", 1, 400).status(Status::Inactive)),
        User::new("Cut").key(used("Cut", 1, 89, 44)),
    ]
}

fn stale() -> Vec<User> {
    vec![
        user("Old", 90),
        // The report says that it was toggled yesterday.
        User::new("Toggled").key(used("Toggled", 1, 300, 1).rotated(days_ago(1))),
        User::new("Two").key(used("Two", 1, 200, 1)).key(used("Two", 2, 10, 1)),
        User::new("Unused").key(used("Unused", 1, 60, 45)),
        user("Never", 45),
        User::new("Half").key(used("Half", 1, 60, 1)).key(used("Half", 2, 60, 50)),
    ]
}

fn noticed_before() -> Vec<User> {
    let noticed = |name: &str, days| user(name, 200).tag(&notice_tag(&id(name, 1)), &notice(days));
    vec![
        noticed("Due", 7),
        noticed("LongDue", 37),
        noticed("Pending", 3),
        noticed("Soon", 6),
        noticed("Stale", 38),
        noticed("Future", -1),
        // A notice of a key that is gone stands beside one that is due.
        noticed("Tidy", 8)
            .tag(&notice_tag("AKIAIGONE22222222222"), &notice(90))
            .tag("owner", "web team"),
    ]
}

/// Or not any more.
fn exempt() -> Vec<User> {
    let until = |name, date: &str| user(name, 100).tag("key-deactivator:exempt-until", date);
    vec![
        until("Exempt", &day_ago(0)),
        until("Lapsed", &day_ago(1)),
        until("Forever", "forever"),
        user("Robot1", 500),
        user("Grouped", 500).group("people").group("robots"),
        user("Pathed", 500).path("/service/a/"),
        user("BreakGlass", 500),
    ]
}

/// So many users with one key each: the first `due` of them are due, from the oldest on.
pub(crate) fn crowd(due: usize, others: usize) -> World {
    let member = |index: usize| {
        let name = format!("User{index:04}");
        if index < due {
            let age = 2000 - i64::try_from(index).unwrap();
            user(&name, age).tag(&notice_tag(&id(&name, 1)), &notice(10))
        } else {
            user(&name, 1)
        }
    };
    (0..due + others).map(member).fold(World::new(), World::with)
}
