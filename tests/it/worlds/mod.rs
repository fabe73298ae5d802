//! The accounts that tests are about, and the days that they count in.

mod events;
mod sweep;

use std::collections::BTreeMap;

use fake_aws::iam::{Iam, Key, Status};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

pub(crate) use events::world as of_events;
pub(crate) use sweep::{SETTINGS, crowd, world as of_sweeps};

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

/// The tag that holds the notice of a key.
pub(crate) fn notice_tag(key: &str) -> String {
    format!("key-deactivator:notice:{key}")
}

/// The ID of the key that stands for this name, with its number.
pub(crate) fn id(name: &str, number: usize) -> String {
    format!("AKIAI{:2<14}{number}", name.to_uppercase())
}

/// A key of this user, created so many days ago.
pub(crate) fn aged(name: &str, number: usize, days: i64) -> Key {
    Key::new(&id(name, number)).created(days_ago(days))
}

/// Every key's status, and every user's tags.
pub(crate) type Account = (BTreeMap<String, Status>, BTreeMap<String, BTreeMap<String, String>>);

/// The account as it is now.
pub(crate) fn account(iam: &Iam) -> Account {
    (iam.keys(), iam.all_tags())
}

/// The keys that are Inactive.
pub(crate) fn inactive<Ids: FromIterator<String>>(iam: &Iam) -> Ids {
    let keys = iam.keys().into_iter();
    keys.filter(|(_, status)| *status == Status::Inactive).map(|(id, _)| id).collect()
}
