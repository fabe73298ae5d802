//! Users and their keys.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;

use super::Status;
use super::tags::Tags;

/// When users and keys were created that say nothing of it.
pub(super) const CREATED: &str = "2024-01-01T00:00:00Z";

/// A user of the account, without keys until [`User::key`] adds them.
///
/// ```
/// # use fake_aws::iam::{Key, Status, User, World};
/// let key = Key::new("AKIAIOSFODNN7EXAMPLE").created("2026-01-02T03:04:05Z");
/// let bob = User::new("Bob").path("/service/").group("admins").tag("team", "web");
/// let world = World::new().with(bob.key(key.status(Status::Inactive)));
/// ```
#[derive(Clone, Debug)]
pub struct User {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) path: String,
    pub(super) created: String,
    pub(super) groups: BTreeSet<String>,
    pub(super) tags: Tags,
    pub(super) policies: BTreeSet<String>,
    pub(super) keys: BTreeMap<String, Key>,
}

impl User {
    /// A user with an ID made from its name, in path `/`, created on 2024-01-01.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: unique_id("AIDA", name),
            path: "/".to_owned(),
            created: CREATED.to_owned(),
            groups: BTreeSet::new(),
            tags: Tags::default(),
            policies: BTreeSet::new(),
            keys: BTreeMap::new(),
        }
    }

    /// Sets `UserId`, such as `AIDA…`.
    #[must_use]
    pub fn id(self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self }
    }

    /// Sets the path, such as `/service/`.
    #[must_use]
    pub fn path(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// Sets when the user was created, as `2026-01-02T03:04:05Z`.
    #[must_use]
    pub fn created(self, date: impl Into<String>) -> Self {
        Self { created: checked(date), ..self }
    }

    /// Puts the user into a group.
    #[must_use]
    pub fn group(mut self, name: &str) -> Self {
        self.groups.insert(name.to_owned());
        self
    }

    /// Adds a tag; quotas do not count here.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.set(key, value);
        self
    }

    /// Attaches a managed policy; quotas do not count here.
    #[must_use]
    pub fn policy(mut self, arn: &str) -> Self {
        self.policies.insert(arn.to_owned());
        self
    }

    /// Adds a key.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.keys.insert(key.id.clone(), key);
        self
    }
}

/// An access key.
#[derive(Clone, Debug)]
pub struct Key {
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) created: String,
    pub(super) last_used: Option<String>,
    pub(super) rotated: Option<String>,
    pub(super) report_last_used: Option<String>,
}

impl Key {
    /// A key that is Active, was created on 2024-01-01 and never used.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            status: Status::Active,
            created: CREATED.to_owned(),
            last_used: None,
            rotated: None,
            report_last_used: None,
        }
    }

    /// Sets the status.
    #[must_use]
    pub fn status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// Sets `CreateDate`, as `2026-01-02T03:04:05Z`.
    #[must_use]
    pub fn created(self, date: impl Into<String>) -> Self {
        Self { created: checked(date), ..self }
    }

    /// Sets `LastUsedDate`.
    #[must_use]
    pub fn last_used(self, date: impl Into<String>) -> Self {
        Self { last_used: Some(checked(date)), ..self }
    }

    /// Sets when the report says that the key was created *or last changed*: a key toggled lately
    /// looks young there. Without this it is when the key was created, until its status changes.
    #[must_use]
    pub fn rotated(self, date: impl Into<String>) -> Self {
        Self { rotated: Some(checked(date)), ..self }
    }

    /// Sets what the report says of the last use, such as `no_information` or the date of an
    /// earlier one. Without this it is the truth.
    #[must_use]
    pub fn report_last_used(self, text: impl Into<String>) -> Self {
        Self { report_last_used: Some(text.into()), ..self }
    }

    pub(super) fn set(&mut self, status: Status) {
        if self.status != status {
            self.status = status;
            self.rotated = Some(now());
        }
    }
}

/// Whether a user can have this name: `[\w+=,.@-]{1,128}`.
pub(super) fn is_user_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|byte| is_word(byte) || b"+=,.@-".contains(&byte))
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// As IAM makes them, but the same for a name every time.
pub(super) fn unique_id(prefix: &str, name: &str) -> String {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let hash = BASE32_NOPAD.encode(&hasher.finish().to_be_bytes());
    format!("{prefix}{hash:Q>17}")
}

/// Now, as IAM writes it.
pub(super) fn now() -> String {
    Timestamp::now().strftime("%FT%TZ").to_string()
}

/// A mistyped date would look like a failure of the function.
fn checked(date: impl Into<String>) -> String {
    let date = date.into();
    let as_iam_writes_it = date.parse().map(|time: Timestamp| time.strftime("%FT%TZ").to_string());
    assert_eq!(as_iam_writes_it.as_ref().ok(), Some(&date), "no date like 2026-01-02T03:04:05Z");
    date
}
