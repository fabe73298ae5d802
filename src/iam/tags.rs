//! A user's tags, which hold notices and exemptions.

use std::{fmt, time::Duration};

use aws_sdk_iam::{Client, types::Tag};
use jiff::civil::Date;
use tokio::time::{Instant, sleep};

use super::{IamError, ask};
use crate::ids::{AccessKeyId, Label, UserName};

const TAG: &str = "TagUser";
const UNTAG: &str = "UntagUser";

/// The pauses after a conflict with another change to a user's tags. The SDK does not retry conflicts.
const CONFLICT_PAUSES_MS: [u64; 5] = [50, 100, 200, 400, 800];

/// The prefix of a notice's tag. The access key's ID follows.
pub const NOTICE_TAG: &str = "key-deactivator:notice:";

/// The prefix of the tag that the notifications' state machine puts on the user of a deactivated key.
/// The access key's ID follows.
const MARK_TAG: &str = "key-deactivator:deactivated:";

/// The prefix of the tag that says who had a key activated. The access key's ID follows.
const NOTE_TAG: &str = "key-deactivator:activated:";

/// How long a tag's value may be (IAM User Guide, "Rules for tagging in IAM and AWS STS").
const VALUE_LENGTH: usize = 256;

/// The tag that holds the notice of this access key.
#[must_use]
pub fn notice_tag(id: &AccessKeyId) -> String {
    format!("{NOTICE_TAG}{id}")
}

/// The tag that marks this access key as deactivated by this stack.
#[must_use]
pub fn mark_tag(id: &AccessKeyId) -> String {
    format!("{MARK_TAG}{id}")
}

/// The tag that says who had this access key activated.
#[must_use]
pub fn note_tag(id: &AccessKeyId) -> String {
    format!("{NOTE_TAG}{id}")
}

/// A text as the value of a tag: cut to size, with `_` for each character that IAM does not take.
#[must_use]
pub fn value(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " _.:/=+@-".contains(c);
    text.chars().take(VALUE_LENGTH).map(|c| if allowed(c) { c } else { '_' }).collect()
}

/// A notice of an access key's deactivation, as its tag holds it: `2026-06-15/2026-06-22`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The day on which notice was given.
    pub given: Date,
    /// The promised day: the key stays active until then.
    pub due: Date,
}

impl Notice {
    /// Reads a tag's value. A single day, the form of earlier versions, is not a notice.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (given, due) = value.split_once('/')?;
        let (given, due) = (day(given)?, day(due)?);
        (given <= due).then_some(Self { given, due })
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.given, self.due)
    }
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

    /// Whether there is a notice tag for this access key, in any form.
    #[must_use]
    pub fn have_notice(&self, id: &AccessKeyId) -> bool {
        self.get(&notice_tag(id)).is_some()
    }

    /// Whether there is a notice tag for any access key.
    #[must_use]
    pub fn have_notices(&self) -> bool {
        self.0.iter().any(|(name, _)| is_of_other(name, NOTICE_TAG, &[]))
    }

    /// The user's owner, from tag `owner`, otherwise from tag `email`.
    #[must_use]
    pub fn owner(&self) -> Option<Label> {
        self.get("owner").or_else(|| self.get("email")).and_then(Label::new)
    }

    /// The value of the mark of this access key, if it is marked as deactivated by this stack.
    #[must_use]
    pub fn mark(&self, id: &AccessKeyId) -> Option<&str> {
        self.get(&mark_tag(id))
    }

    /// The keys of obsolete tags: notices of access keys other than those to be `noticed`, and marks and
    /// notes of access keys that the user no longer `has`.
    #[must_use]
    pub fn obsolete(&self, noticed: &[AccessKeyId], has: &[AccessKeyId]) -> Vec<String> {
        let is_obsolete = |name: &&String| {
            is_of_other(name, NOTICE_TAG, noticed)
                || is_of_other(name, MARK_TAG, has)
                || is_of_other(name, NOTE_TAG, has)
        };
        self.0.iter().map(|(name, _)| name).filter(is_obsolete).cloned().collect()
    }
}

/// Whether it is a tag of this kind for an access key that is not among these.
fn is_of_other(name: &str, kind: &str, ids: &[AccessKeyId]) -> bool {
    let Some((start, id)) = name.split_at_checked(kind.len()) else { return false };
    start.eq_ignore_ascii_case(kind)
        && !ids.iter().any(|kept| kept.as_str().eq_ignore_ascii_case(id))
}

/// A tag's value as a day, if it is exactly `YYYY-MM-DD`.
#[must_use]
pub fn day(value: &str) -> Option<Date> {
    if value.len() == "YYYY-MM-DD".len() { value.parse().ok() } else { None }
}

/// Writes the notice of the key's deactivation.
///
/// # Errors
/// [`IamError`] if the notice could not be written. A user has 50 tags at most.
pub async fn give_notice(
    client: &Client,
    user: &UserName,
    id: &AccessKeyId,
    notice: Notice,
    deadline: Instant,
) -> Result<(), IamError> {
    write_tag(client, user, notice_tag(id), notice.to_string(), deadline).await
}

/// Writes one tag. An earlier value is replaced.
///
/// # Errors
/// [`IamError`] if the tag could not be written. A user has 50 tags at most.
pub async fn write_tag(
    client: &Client,
    user: &UserName,
    key: String,
    value: String,
    deadline: Instant,
) -> Result<(), IamError> {
    let tag = Tag::builder().key(key).value(value).build();
    let tag = tag.map_err(|_| IamError::invalid(TAG))?;
    let call = client.tag_user().user_name(user.as_str()).tags(tag);
    retry_on_conflict(TAG, async || ask(TAG, deadline, call.clone().send()).await.map(|_| ())).await
}

/// Removes tags of this tool.
///
/// # Errors
/// [`IamError`] if they may still be there.
pub async fn remove_tags(
    client: &Client,
    user: &UserName,
    keys: Vec<String>,
    deadline: Instant,
) -> Result<(), IamError> {
    let call = client.untag_user().user_name(user.as_str()).set_tag_keys(Some(keys));
    retry_on_conflict(UNTAG, async || ask(UNTAG, deadline, call.clone().send()).await.map(|_| ()))
        .await
}

/// Changes a user's tags, and retries while another change to them is in progress.
async fn retry_on_conflict(
    action: &'static str,
    change: impl AsyncFn() -> Result<(), IamError>,
) -> Result<(), IamError> {
    for pause in CONFLICT_PAUSES_MS.map(Duration::from_millis) {
        match change().await {
            Err(error) if error.is_conflict() => sleep(pause).await,
            done => return done,
        }
    }
    Err(IamError::conflict(action))
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
    fn tags_that_have_had_their_day() {
        /// One key is to be noticed. The user has another key as well.
        #[track_caller]
        fn check(keys: &[&str], expected: &[&str]) {
            let tags: Vec<_> = keys.iter().map(|key| (*key, "2026-01-01")).collect();
            let has = ["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"];
            let has = has.map(|id| AccessKeyId::parse(id).unwrap());
            assert_eq!(super::tests::tags(&tags).obsolete(&has[..1], &has), expected);
        }
        check(&["key-deactivator:deactivated:AKIAIOSFODNN7EXAMPLE"], &[]);
        check(&["key-deactivator:deactivated:akiai44qh8dhbexample"], &[]);
        check(&["key-deactivator:activated:AKIAI44QH8DHBEXAMPLE"], &[]);
        check(
            &["key-deactivator:activated:AKIAIALICE7EXAMPLE22"],
            &["key-deactivator:activated:AKIAIALICE7EXAMPLE22"],
        );
        check(
            &["key-deactivator:notice:AKIAI44QH8DHBEXAMPLE"],
            &["key-deactivator:notice:AKIAI44QH8DHBEXAMPLE"],
        );
        check(
            &["key-deactivator:deactivated:AKIAIALICE7EXAMPLE22"],
            &["key-deactivator:deactivated:AKIAIALICE7EXAMPLE22"],
        );
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
    fn values() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(value(text), expected);
        }
        check("a Z_0.:/=+@-", "a Z_0.:/=+@-");
        check("false alarm (ours), #7", "false alarm _ours__ _7");
        check("ä\n", "__");
        check(&"x".repeat(257), &"x".repeat(256));
        check("", "");
    }

    #[test]
    fn notices() {
        #[track_caller]
        fn check(value: &str, expected: Option<(&str, &str)>) {
            let date = |text: &str| text.parse().unwrap();
            let expected =
                expected.map(|(given, due)| Notice { given: date(given), due: date(due) });
            let found = Notice::parse(value);
            assert_eq!(found, expected, "{value:?}");
            if let Some(found) = found {
                assert_eq!(found.to_string(), value);
            }
        }
        check("2026-06-15/2026-06-22", Some(("2026-06-15", "2026-06-22")));
        check("2026-06-15/2026-06-15", Some(("2026-06-15", "2026-06-15")));
        // The form of earlier versions.
        check("2026-06-15", None);
        check("2026-06-22/2026-06-15", None);
        check("2026-06-15/", None);
        check("/2026-06-22", None);
        check("2026-06-15/2026-06-22/2026-06-29", None);
        check("2026-06-15 / 2026-06-22", None);
        check("2026-06-15/soon", None);
        check("", None);
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
