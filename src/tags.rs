//! A user's tags: where notices and exemptions are kept.

use jiff::civil::Date;

use crate::ids::{AccessKeyId, Label};

/// What the key of a notice's tag begins with; the access key's ID follows.
pub const NOTICE_TAG: &str = "key-deactivator:notice:";

/// The key of the tag that says when notice was given of this access key's deactivation.
#[must_use]
pub fn notice_tag(id: &AccessKeyId) -> String {
    format!("{NOTICE_TAG}{id}")
}

/// The tags of one user. Their keys are unique regardless of case (IAM User Guide, "Rules for tagging
/// in IAM and AWS STS").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<(String, String)>);

impl FromIterator<(String, String)> for Tags {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(tags: T) -> Self {
        Self(tags.into_iter().collect())
    }
}

impl Tags {
    /// The value of the tag with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let tag = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        tag.map(|(_, value)| value.as_str())
    }

    /// Whose user it is, from tag `owner`, else `email`.
    #[must_use]
    pub fn owner(&self) -> Option<Label> {
        self.get("owner").or_else(|| self.get("email")).and_then(Label::new)
    }

    /// The keys of the notices of all access keys but these.
    #[must_use]
    pub fn other_notices(&self, ids: &[AccessKeyId]) -> Vec<String> {
        let kept: Vec<_> = ids.iter().map(notice_tag).collect();
        let names = self.0.iter().map(|(name, _)| name);
        names
            .filter(|name| {
                let is_notice = name
                    .get(..NOTICE_TAG.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(NOTICE_TAG));
                is_notice && !kept.iter().any(|kept| kept.eq_ignore_ascii_case(name))
            })
            .cloned()
            .collect()
    }
}

/// A tag's value as a day, if it is exactly `YYYY-MM-DD`.
#[must_use]
pub fn day(value: &str) -> Option<Date> {
    if value.len() == "YYYY-MM-DD".len() { value.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[(&str, &str)]) -> Tags {
        tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn keys_are_found_regardless_of_case() {
        let tags = tags(&[("Owner", "web team"), ("email", "web@example.com")]);
        assert_eq!(tags.get("OWNER"), Some("web team"));
        assert_eq!(tags.get("own"), None);
        assert_eq!(tags.owner(), Label::new("web team"));
    }

    #[test]
    fn notices_that_have_had_their_day() {
        #[track_caller]
        fn check(keys: &[&str], expected: &[&str]) {
            let tags: Vec<_> = keys.iter().map(|key| (*key, "2026-01-01")).collect();
            let kept = [AccessKeyId::parse("AKIAIOSFODNN7EXAMPLE").unwrap()];
            assert_eq!(super::tests::tags(&tags).other_notices(&kept), expected);
        }
        check(&[], &[]);
        check(&["owner", "key-deactivator:exempt-until", "AKIAIALICE7EXAMPLE22"], &[]);
        check(&["key-deactivator:notice:AKIAIOSFODNN7EXAMPLE"], &[]);
        check(&["Key-Deactivator:Notice:akiaiosfodnn7example"], &[]);
        check(
            &["Key-Deactivator:Notice:AKIAIALICE7EXAMPLE22"],
            &["Key-Deactivator:Notice:AKIAIALICE7EXAMPLE22"],
        );
        check(&["key-deactivator:notice:"], &["key-deactivator:notice:"]);
        check(&["kéy-deactivator:notice:x"], &[]);
    }

    #[test]
    fn days() {
        #[track_caller]
        fn check(value: &str, expected: bool) {
            assert_eq!(day(value).is_some(), expected, "{value:?}");
        }
        check("2026-02-28", true);
        check("2028-02-29", true);
        check("2026-02-29", false);
        check("2026-2-28", false);
        check("2026-02-28 ", false);
        check("2026-02-28T00:00:00Z", false);
        check("20260228", false);
        check("forever", false);
        check("", false);
    }
}
