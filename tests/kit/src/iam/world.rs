//! The users and keys of an account.

use std::collections::BTreeMap;
use std::str::FromStr;

/// The users of one account and their keys.
///
/// Names are matched exactly, a key is found only under its own user, and names and IDs must have
/// IAM's shape to be asked for. A user that only reads can show, such as `<root_account>`, is fine
/// here.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub(super) users: BTreeMap<String, Keys>,
    pub(super) denies_unknown_keys: bool,
}

pub(super) type Keys = BTreeMap<String, Status>;

impl World {
    /// An account without users.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user with its keys.
    #[must_use]
    pub fn user(mut self, name: &str, keys: &[(&str, Status)]) -> Self {
        let keys = keys.iter().map(|(id, status)| ((*id).to_owned(), *status)).collect();
        self.users.insert(name.to_owned(), keys);
        self
    }

    /// `GetAccessKeyLastUsed` answers `AccessDenied` for a key it does not know, as for a key of
    /// another account, instead of `NoSuchEntity`.
    #[must_use]
    pub fn denying_unknown_keys(mut self) -> Self {
        self.denies_unknown_keys = true;
        self
    }

    pub(super) fn keys(&self) -> Keys {
        self.users.values().flatten().map(|(id, status)| (id.clone(), *status)).collect()
    }

    pub(super) fn set(&mut self, access_key_id: &str, status: Status) {
        let key = self.users.values_mut().find_map(|keys| keys.get_mut(access_key_id));
        *key.unwrap_or_else(|| panic!("no key `{access_key_id}` in this world")) = status;
    }

    pub(super) fn owner(&self, access_key_id: &str) -> Option<&str> {
        let owns = |(_, keys): &(&String, &Keys)| keys.contains_key(access_key_id);
        self.users.iter().find(owns).map(|(name, _)| name.as_str())
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
