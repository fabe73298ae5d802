//! A world with every kind of user and key that a sweep can meet.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use kit::iam::{Key, Status, User, World};
use serde_json::{Value, json};

use crate::invoke::NOW;

/// A time so many days ago: the beginning of a day.
pub(crate) fn days_ago(days: i64) -> String {
    format!("{}T00:00:00Z", day_ago(days))
}

/// The day so many days ago, UTC; negative days lie ahead.
pub(crate) fn day_ago(days: i64) -> String {
    let now: Timestamp = NOW.parse().unwrap();
    (now.to_zoned(TimeZone::UTC).date() - days.days()).to_string()
}

/// A notice that was given so many days ago, a week before it comes due, as its tag holds it.
pub(crate) fn notice(days: i64) -> String {
    format!("{}/{}", day_ago(days), day_ago(days - 7))
}

/// The ID of the key that stands for this name, with its number.
pub(crate) fn id(name: &str, number: usize) -> String {
    format!("AKIAI{:2<14}{number}", name.to_uppercase())
}

/// The user in the world whose key this is.
pub(crate) fn user_of(key: &str) -> String {
    let users = seed()["users"].as_array().unwrap().clone();
    let has_it = |user: &&Value| {
        user["keys"].as_array().unwrap().iter().any(|listed| listed["accessKeyId"] == key)
    };
    let found = users.iter().find(has_it).map(|user| user["userName"].as_str().unwrap());
    found.unwrap_or_else(|| panic!("nobody has {key}")).to_owned()
}

fn key(name: &str, number: usize, age: i64) -> Value {
    json!({"accessKeyId": id(name, number), "createDate": days_ago(age)})
}

fn with(mut value: Value, fields: Value) -> Value {
    if let (Value::Object(value), Value::Object(fields)) = (&mut value, fields) {
        value.extend(fields);
    }
    value
}

fn user(name: &str, keys: &[Value]) -> Value {
    json!({"userName": name, "keys": keys})
}

/// A user with one old key, of which notice was given so many days ago.
fn noticed(name: &str, days: i64) -> Value {
    let tag = format!("key-deactivator:notice:{}", id(name, 1));
    with(user(name, &[key(name, 1, 200)]), json!({"tags": {tag: notice(days)}}))
}

fn tagged(name: &str, key_of_tag: &str, value: &str) -> Value {
    with(user(name, &[key(name, 1, 100)]), json!({"tags": {key_of_tag: value}}))
}

/// The settings that the world is made for.
pub(crate) const SETTINGS: [(&str, &str); 6] = [
    ("FUNCTION", "sweep"),
    ("SWEEP_MODE", "enforce"),
    ("EXEMPT_USERS", "Robot*"),
    ("EXEMPT_PATHS", "/service/"),
    ("EXEMPT_GROUPS", "robots"),
    ("PROTECTED_USERS", "BreakGlass"),
];

/// The world, in moto's form. Limits: 90 days old, 45 days unused, 7 days' notice.
pub(crate) fn seed() -> Value {
    const EXEMPT: &str = "key-deactivator:exempt-until";
    let used = |key: Value, days| with(key, json!({"lastUsed": days_ago(days)}));
    let users = [
        // Compliant.
        user("Fresh", &[key("Fresh", 1, 1)]),
        user("NoKeys", &[]),
        user("Used", &[used(key("Used", 1, 60), 1)]),
        with(
            user(
                "Unsaid",
                &[with(used(key("Unsaid", 1, 60), 1), json!({"reportLastUsed": "no_information"}))],
            ),
            json!({}),
        ),
        user("Inactive", &[with(key("Inactive", 1, 400), json!({"status": "Inactive"}))]),
        user("Cut", &[key("Cut", 1, 89)].map(|key| used(key, 44))),
        // Too old, whatever the report says of a key that was toggled yesterday.
        user("Old", &[key("Old", 1, 90)]),
        user(
            "Toggled",
            &[with(used(key("Toggled", 1, 300), 1), json!({"reportRotated": days_ago(1)}))],
        ),
        user("Two", &[used(key("Two", 1, 200), 1), used(key("Two", 2, 10), 1)]),
        // Unused.
        user("Unused", &[used(key("Unused", 1, 60), 45)]),
        user("Never", &[key("Never", 1, 45)]),
        user("Half", &[used(key("Half", 1, 60), 1), used(key("Half", 2, 60), 50)]),
        // Noticed before.
        noticed("Due", 7),
        noticed("LongDue", 37),
        noticed("Pending", 3),
        noticed("Soon", 6),
        noticed("Stale", 38),
        noticed("Future", -1),
        // A notice of a key that is gone stands beside one that is due.
        with(
            noticed("Tidy", 8),
            json!({"tags": {
                format!("key-deactivator:notice:{}", id("Tidy", 1)): notice(8),
                "key-deactivator:notice:AKIAIGONE22222222222": notice(90),
                "owner": "web team",
            }}),
        ),
        // Exempt, or not any more.
        tagged("Exempt", EXEMPT, &day_ago(0)),
        tagged("Lapsed", EXEMPT, &day_ago(1)),
        tagged("Forever", EXEMPT, "forever"),
        user("Robot1", &[key("Robot1", 1, 500)]),
        with(user("Grouped", &[key("Grouped", 1, 500)]), json!({"groups": ["people", "robots"]})),
        with(user("Pathed", &[key("Pathed", 1, 500)]), json!({"path": "/service/a/"})),
        user("BreakGlass", &[key("BreakGlass", 1, 500)]),
    ];
    json!({"users": users, "rootKeys": [false, true], "reportOnly": ["Gone"]})
}

/// The same world for the kit. (It has no user who is only in the report.)
pub(crate) fn world(seed: &Value) -> World {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let users = seed["users"].as_array().unwrap().iter().map(|spec| {
        let mut user = User::new(spec["userName"].as_str().unwrap());
        if let Some(path) = spec["path"].as_str() {
            user = user.path(path);
        }
        for group in spec["groups"].as_array().into_iter().flatten() {
            user = user.group(group.as_str().unwrap());
        }
        for (name, value) in spec["tags"].as_object().into_iter().flatten() {
            user = user.tag(name, value.as_str().unwrap());
        }
        for spec in spec["keys"].as_array().unwrap() {
            let mut key = Key::new(spec["accessKeyId"].as_str().unwrap());
            key = text(&spec["createDate"]).into_iter().fold(key, Key::created);
            key = text(&spec["lastUsed"]).into_iter().fold(key, Key::last_used);
            key = text(&spec["reportRotated"]).into_iter().fold(key, Key::rotated);
            key = text(&spec["reportLastUsed"]).into_iter().fold(key, Key::report_last_used);
            if spec["status"] == "Inactive" {
                key = key.status(Status::Inactive);
            }
            user = user.key(key);
        }
        user
    });
    users.fold(World::new().root_keys(false, true), World::with)
}

/// So many users with one key each: the first `due` of them are due, from the oldest on.
pub(crate) fn crowd(due: usize, others: usize) -> World {
    let user = |index: usize| {
        let name = format!("User{index:04}");
        let key = Key::new(&id(&name, 1));
        if index < due {
            let age = 2000 - i64::try_from(index).unwrap();
            let tag = format!("key-deactivator:notice:{}", id(&name, 1));
            User::new(&name).tag(&tag, &notice(10)).key(key.created(days_ago(age)))
        } else {
            User::new(&name).key(key.created(days_ago(1)))
        }
    };
    (0..due + others).map(user).fold(World::new(), World::with)
}
