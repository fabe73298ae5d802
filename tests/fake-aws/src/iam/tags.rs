//! Tags, whose keys IAM compares without regard to case.

use std::collections::BTreeMap;

/// Tags by their keys in lower case, each with its key as it was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags(pub(super) BTreeMap<String, (String, String)>);

impl Tags {
    /// How many a user can have.
    pub(super) const QUOTA: usize = 50;

    /// Adds the tag, or replaces the one with this key, its case included.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_lowercase(), (key.to_owned(), value.to_owned()));
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.0.remove(&key.to_lowercase());
    }
}
