//! The account: its users, their keys, and the credential report of it all.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::report::Report;
use super::{Key, Request, User};

/// The users of one account and their keys.
///
/// Names are matched exactly, a key is found only under its own user, and names and IDs must have
/// IAM's shape to be asked for. A user that only `GetAccessKeyLastUsed` can show, such as
/// `<root_account>`, is fine here; lists and the credential report leave it out.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub(super) users: BTreeMap<String, User>,
    /// The user of each key, so that large worlds are fast.
    owners: BTreeMap<String, String>,
    pub(super) report: Report,
    pub(super) page_size: Option<usize>,
    pub(super) denies_unknown_keys: bool,
}

impl World {
    /// An account without users.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user of which only the keys matter.
    ///
    /// # Panics
    /// If one of the keys is another user's.
    #[must_use]
    pub fn user(self, name: &str, keys: &[(&str, Status)]) -> Self {
        let keys = keys.iter().map(|(id, status)| Key::new(id).status(*status));
        self.with(keys.fold(User::new(name), User::key))
    }

    /// Adds a user, in place of one with this name.
    ///
    /// # Panics
    /// If one of its keys is another user's.
    #[must_use]
    pub fn with(mut self, user: User) -> Self {
        self.remove(&user.name);
        for id in user.keys.keys() {
            let other = self.owners.insert(id.clone(), user.name.clone());
            assert_eq!(other, None, "key `{id}` of {} has another user", user.name);
        }
        self.users.insert(user.name.clone(), user);
        self
    }

    /// Says whether root has a first and a second Active key, which only the credential report
    /// shows.
    #[must_use]
    pub fn root_keys(mut self, first: bool, second: bool) -> Self {
        self.report.root_keys = [first, second];
        self
    }

    /// Adds a user who is gone, but whom every credential report still shows.
    #[must_use]
    pub fn only_in_report(mut self, user: User) -> Self {
        self.report.gone.push(user);
        self
    }

    /// What a credential report says whenever one is generated, instead of this world.
    #[must_use]
    pub fn report(mut self, csv: impl Into<String>) -> Self {
        self.report.text = Some(csv.into());
        self
    }

    /// How often a report is still in progress after it was started; not at all without this.
    #[must_use]
    pub fn report_polls(mut self, polls: usize) -> Self {
        self.report.polls = polls;
        self
    }

    /// A report was generated less than four hours ago, when the world was as it is up to here.
    /// What the test adds after this is not in it.
    #[must_use]
    pub fn generated(mut self) -> Self {
        self.report.finish(&self.users);
        self
    }

    /// Lists come in pages of this many at most, as IAM may do, whatever the caller asks for.
    #[must_use]
    pub fn page_size(mut self, size: usize) -> Self {
        self.page_size = Some(size);
        self
    }

    /// `GetAccessKeyLastUsed` answers `AccessDenied` for a key it does not know, as for a key of
    /// another account, instead of `NoSuchEntity`.
    #[must_use]
    pub fn denying_unknown_keys(mut self) -> Self {
        self.denies_unknown_keys = true;
        self
    }

    pub(super) fn keys(&self) -> BTreeMap<String, Status> {
        let keys = self.users.values().flat_map(|user| &user.keys);
        keys.map(|(id, key)| (id.clone(), key.status)).collect()
    }

    pub(super) fn set(&mut self, access_key_id: &str, status: Status) {
        let owner = self.owners.get(access_key_id).and_then(|name| self.users.get_mut(name));
        let key = owner.and_then(|user| user.keys.get_mut(access_key_id));
        let key = key.unwrap_or_else(|| panic!("no key `{access_key_id}` in this world"));
        key.set(status);
    }

    /// The name of the user whose key this is.
    #[must_use]
    pub fn owner_of(&self, access_key_id: &str) -> Option<&str> {
        Some(&self.owner(access_key_id)?.name)
    }

    pub(super) fn owner(&self, access_key_id: &str) -> Option<&User> {
        self.users.get(self.owners.get(access_key_id)?)
    }

    /// The user that a call names, or whose key it names.
    pub(super) fn concerned<'a>(&'a self, request: &'a Request) -> Option<&'a str> {
        let owner = || Some(self.owner(request.access_key_id.as_deref()?)?.name.as_str());
        request.user_name.as_deref().or_else(owner)
    }

    pub(super) fn rename(&mut self, user: &str, name: &str) {
        let found = self.users.remove(user).unwrap_or_else(|| panic!("no user `{user}`"));
        for id in found.keys.keys() {
            self.owners.insert(id.clone(), name.to_owned());
        }
        self.users.insert(name.to_owned(), User { name: name.to_owned(), ..found });
    }

    /// Removes the user, if there is one, and its keys.
    pub(super) fn remove(&mut self, name: &str) {
        for id in self.users.remove(name).into_iter().flat_map(|user| user.keys.into_keys()) {
            self.owners.remove(&id);
        }
    }
}

/// A key's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The key works.
    Active,
    /// The key is deactivated.
    Inactive,
    /// The key has run out, a status the API also takes.
    Expired,
}

impl Status {
    /// As IAM writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Expired => "Expired",
        }
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Active, Self::Inactive, Self::Expired]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(())
    }
}
