//! The names in an event, parsed once into types. No unparsed text reaches an API call.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

/// How long IAM's IDs of keys and users may be (IAM API Reference, `AccessKey` and `User`).
const UNIQUE_ID_LENGTH: std::ops::RangeInclusive<usize> = 16..=128;
/// How long a user name may be (IAM API Reference, `CreateUser`).
const USER_NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=128;
/// How much descriptive text is kept: the length of the longest Security Hub finding ID.
const LABEL_LENGTH: usize = 512;

/// The ID of an access key: `AKIA…` (long-term) or `ASIA…` (temporary). An ID is no secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccessKeyId(String);

/// The kind of a key, by the first four letters of its ID (IAM User Guide, "IAM identifiers").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `AKIA`: the long-term key of a user or of the root user.
    LongTerm,
    /// `ASIA`: issued by STS. `UpdateAccessKey` cannot act on it.
    Temporary,
}

impl AccessKeyId {
    /// Parses a key ID. `None` for an ID that IAM would not accept, or that is neither long-term nor
    /// temporary.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let well_formed = UNIQUE_ID_LENGTH.contains(&text.len()) && text.chars().all(word);
        (well_formed && kind(text).is_some()).then(|| Self(text.to_owned()))
    }

    /// The key at the end of an ARN (`…:user/Bob/access-key/AKIA…`, `…:access-key/AKIA…`), and the text
    /// before it.
    #[must_use]
    pub fn in_arn(text: &str) -> Option<(&str, Self)> {
        let (before, id) = text.rsplit_once("access-key/")?;
        (text.starts_with("arn:") && before.ends_with(['/', ':'])).then_some(())?;
        Some((before, Self::parse(id)?))
    }

    /// Long-term or temporary.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        kind(&self.0).unwrap_or(KeyKind::LongTerm)
    }

    /// The account in the ID, or `None` for an ID too old to hold one.
    ///
    /// The 16 characters after the prefix are base32; the account is bits 7 to 46 of the first six
    /// bytes. Only IDs whose fifth character is in the upper half of the alphabet (`Q`–`Z`, `2`–`7`)
    /// are of this kind. Others decode to nonsense. AWS does not document this, so the account is a
    /// hint, not proof.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        let encoded = self.0.get(4..20)?;
        if !encoded.starts_with(|c: char| matches!(c, 'Q'..='Z' | '2'..='7')) {
            return None;
        }
        let bytes = data_encoding::BASE32_NOPAD.decode(encoded.as_bytes()).ok()?;
        let number =
            bytes.iter().take(6).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        AccountId::parse(&format!("{:012}", (number & 0x7fff_ffff_ff80) >> 7))
    }

    /// The ID as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn kind(text: &str) -> Option<KeyKind> {
    match text.get(..4) {
        Some("AKIA") => Some(KeyKind::LongTerm),
        Some("ASIA") => Some(KeyKind::Temporary),
        _ => None,
    }
}

/// The name of an IAM user: 1 to 128 of letters, digits and `_+=,.@-`.
#[derive(Clone, Debug, Serialize)]
pub struct UserName(String);

impl UserName {
    /// Parses a user name, or the user in an ARN of the user or of one of its keys. `None` for anything
    /// else. [`AccountId::from_arn`] has the ARN's account.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = match text.strip_prefix("arn:") {
            Some(_) => {
                let user = AccessKeyId::in_arn(text).map_or(text, |(user, _)| user);
                user.trim_end_matches('/').split_once(":user/")?.1.rsplit('/').next()?
            }
            None => text,
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        (USER_NAME_LENGTH.contains(&name.len()) && name.chars().all(allowed))
            .then(|| Self(name.to_owned()))
    }

    /// The name as IAM or the event spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// User names are unique regardless of case (IAM User Guide, "IAM and AWS STS quotas").
impl PartialEq for UserName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for UserName {}

/// The ARN of a customer managed policy (IAM User Guide, "IAM identifiers").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyArn(String);

impl PolicyArn {
    /// Parses an ARN such as `arn:aws:iam::123456789012:policy/path/Name`. `None` for anything else,
    /// also for a policy of AWS.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let partition = (parts.next()? == "arn").then(|| parts.next())??;
        let is_iam = (parts.next()?, parts.next()?) == ("iam", "");
        AccountId::parse(parts.next()?)?;
        let name = parts.next()?.strip_prefix("policy/")?.rsplit('/').next()?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        (is_iam
            && partition.starts_with("aws")
            && USER_NAME_LENGTH.contains(&name.len())
            && name.chars().all(allowed)
            && text.chars().all(|c| c.is_ascii_graphic()))
        .then(|| Self(text.to_owned()))
    }

    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The unique ID of an IAM user: `AIDA…` (IAM User Guide, "IAM identifiers").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserId(String);

impl UserId {
    /// Parses a unique ID. `None` for anything else, also for a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        let well_formed = UNIQUE_ID_LENGTH.contains(&text.len()) && text.chars().all(word);
        (well_formed && text.starts_with("AIDA")).then(|| Self(text.to_owned()))
    }

    /// The ID as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An AWS account: 12 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AccountId(String);

impl AccountId {
    /// Parses an account ID. `None` for anything but 12 digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.chars().all(|c| c.is_ascii_digit()))
            .then(|| Self(text.to_owned()))
    }

    /// The account in an ARN such as `arn:aws:lambda:us-east-1:123456789012:function:name`.
    #[must_use]
    pub fn from_arn(arn: &str) -> Option<Self> {
        arn.strip_prefix("arn:")?.split(':').nth(3).and_then(Self::parse)
    }
}

/// Text from an event that is only shown, never used in a call. It has at most 512 characters, and none
/// that could break a line or change its direction.
///
/// Clones share the text: one finding can name thousands of keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label(Arc<str>);

impl Label {
    /// Keeps the characters of `text` that can be shown. `None` if nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let shown: String =
            text.chars().take(LABEL_LENGTH).map(|c| if hidden(c) { ' ' } else { c }).collect();
        let shown = shown.trim();
        (!shown.is_empty()).then(|| Self(shown.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// Control characters, line and paragraph separators, and the marks that reorder text.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

macro_rules! shown_as_text {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}
shown_as_text!(AccessKeyId, UserName, PolicyArn, UserId, AccountId, Label);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_arns() {
        #[track_caller]
        fn check(text: &str, expected: bool) {
            assert_eq!(PolicyArn::parse(text).is_some(), expected, "{text:?}");
        }
        check("arn:aws:iam::123456789012:policy/DenySessions", true);
        check("arn:aws-us-gov:iam::123456789012:policy/team/a/DenySessions", true);
        check("arn:aws:iam::aws:policy/AdministratorAccess", false);
        check("arn:aws:iam::123456789012:role/DenySessions", false);
        check("arn:aws:iam::123456789012:policy/", false);
        check("arn:aws:iam::123456789012:policy/a b", false);
        check("arn:aws:iam::123456789012:policy/a b/c", false);
        check("arn:aws:iam:us-east-1:123456789012:policy/DenySessions", false);
        check("arn:aws:sts::123456789012:policy/DenySessions", false);
        check("DenySessions", false);
        check("", false);
    }

    #[test]
    fn access_key_ids() {
        #[track_caller]
        fn check(text: &str, expected: Option<KeyKind>) {
            assert_eq!(AccessKeyId::parse(text).map(|id| id.kind()), expected, "{text:?}");
        }
        check("AKIAIOSFODNN7EXAMPLE", Some(KeyKind::LongTerm));
        check("ASIAIOSFODNN7EXAMPLE", Some(KeyKind::Temporary));
        check("AKIA_lower_and_under", Some(KeyKind::LongTerm));
        check(&format!("AKIA{}", "A".repeat(11)), None); // 15
        check(&format!("AKIA{}", "A".repeat(12)), Some(KeyKind::LongTerm));
        check(&format!("AKIA{}", "A".repeat(124)), Some(KeyKind::LongTerm));
        check(&format!("AKIA{}", "A".repeat(125)), None); // 129
        check("AIDAIOSFODNN7EXAMPLE", None);
        check("akiaIOSFODNN7EXAMPLE", None);
        check("AKIAIOSFODNN7EXAMPLE\n", None);
        check("AKIAIOSFODNN7EXAMPLE&Status=Active", None);
        check("AKIAIOSFODNN7EXÄMPLE", None);
        check("GeneratedFindingAccessKeyId", None);
        check("", None);
    }

    #[test]
    fn keys_at_the_end_of_an_arn() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let found = AccessKeyId::in_arn(text);
            let found = found.map(|(before, id)| format!("{before} {id}"));
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        let user = "arn:aws:iam::123456789012:user/Bob/";
        check(&format!("{user}access-key/{KEY}"), Some(&format!("{user} {KEY}")));
        let bare = "arn:aws-cn:iam::123456789012:";
        check(&format!("{bare}access-key/{KEY}"), Some(&format!("{bare} {KEY}")));
        check(&format!("{bare}no-access-key/{KEY}"), None);
        check(&format!("{bare}access-key/{KEY}\n"), None);
        check(&format!("{bare}access-key/Bob"), None);
        check(&format!("access-key/{KEY}"), None);
        check(KEY, None);
    }

    /// The inverse of [`AccessKeyId::account`].
    fn key_of(account: u64, mark: u64) -> String {
        let number = mark | (account << 7);
        let mut bytes = number.to_be_bytes()[2..].to_vec();
        bytes.extend([0x5a; 4]);
        format!("AKIA{}", data_encoding::BASE32_NOPAD.encode(&bytes))
    }

    #[test]
    fn accounts_in_key_ids() {
        #[track_caller]
        fn check(id: &str, expected: Option<&str>) {
            let account = AccessKeyId::parse(id).expect("a key ID").account();
            assert_eq!(account.map(|account| account.to_string()).as_deref(), expected, "{id}");
        }
        const NEW: u64 = 1 << 47;
        check(&key_of(123_456_789_012, NEW), Some("123456789012"));
        check(&key_of(1, NEW), Some("000000000001"));
        check(&key_of(999_999_999_999, NEW), Some("999999999999"));
        check(&key_of(999_999_999_999, NEW | 0x7f), Some("999999999999"));
        // Forty bits hold more than twelve digits. Such an ID is crafted and has no account.
        check(&key_of((1 << 40) - 1, NEW), None);
        check(&key_of(123_456_789_012, 0), None);
        check("AKIAIOSFODNN7EXAMPLE", None);
        check("AKIAJOSFODNN7EXAMPLE", None);
        check("AKIAQ189000000000000", None); // 0, 1, 8 and 9 are not in the alphabet
        check("AKIAQaaaaaaaaaaaaaaa", None);
        check("AKIAQQQQQQQQQQQQ", None); // too short to hold one
    }

    #[test]
    fn user_names() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let name = UserName::parse(text);
            assert_eq!(name.as_ref().map(UserName::as_str), expected, "{text:?}");
        }
        check("Bob", Some("Bob"));
        check("a_b+c=d,e.f@g-h1", Some("a_b+c=d,e.f@g-h1"));
        check(&"u".repeat(128), Some("u".repeat(128).as_str()));
        check(&"u".repeat(129), None);
        check("", None);
        check("<root_account>", None);
        check("Bob\n", None);
        check("Bob&Status=Active", None);
        check("Bob Smith", None);
        check("path/Bob", None);
        check("arn:aws:iam::123456789012:user/Bob", Some("Bob"));
        check("arn:aws-us-gov:iam::123456789012:user/team/a/Bob", Some("Bob"));
        check("arn:aws:iam::123456789012:user/Bob/access-key/AKIAIOSFODNN7EXAMPLE", Some("Bob"));
        check("arn:aws:iam::123456789012:user/a/Bob/access-key/AKIAIOSFODNN7EXAMPLE", Some("Bob"));
        check("arn:aws:iam::123456789012:user/access-key/Bob", Some("Bob"));
        check("arn:aws:iam::123456789012:access-key/AKIAIOSFODNN7EXAMPLE", None);
        check("arn:aws:iam::123456789012:user/", None);
        check("arn:aws:iam::123456789012:root", None);
        check("arn:aws:iam::123456789012:role/Bob", None);
        assert_eq!(UserName::parse("bob"), UserName::parse("BOB"));
    }

    #[test]
    fn user_ids() {
        #[track_caller]
        fn check(text: &str, expected: bool) {
            assert_eq!(UserId::parse(text).is_some(), expected, "{text:?}");
        }
        check("AIDAIBOBEXAMPLEUSER22", true);
        check("AKIAIOSFODNN7EXAMPLE", false);
        check("AIDA", false);
        check("AIDAIBOBEXAMPLEUSER22\n", false);
        check("Bob", false);
    }

    #[test]
    fn account_ids() {
        #[track_caller]
        fn check(arn: &str, expected: Option<&str>) {
            let account = AccountId::from_arn(arn).map(|account| account.to_string());
            assert_eq!(account.as_deref(), expected, "{arn:?}");
        }
        check("arn:aws:lambda:us-east-1:123456789012:function:x", Some("123456789012"));
        check("arn:aws-cn:lambda:cn-north-1:123456789012:function:x:alias", Some("123456789012"));
        check("arn:aws:lambda:us-east-1:12345678901:function:x", None);
        check("arn:aws:lambda:us-east-1:1234567890123:function:x", None);
        check("function-arn", None);
        check("", None);
    }

    #[test]
    fn labels() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            let label = Label::new(text);
            assert_eq!(label.as_ref().map(Label::as_str), expected, "{text:?}");
        }
        check("plain", Some("plain"));
        check(" two\r\nlines\u{1b}[31m ", Some("two  lines [31m"));
        check("right\u{202e}left\u{2028}", Some("right left"));
        check(" \n\t ", None);
        check(&"x".repeat(513), Some("x".repeat(512).as_str()));
        check(&"ä".repeat(513), Some("ä".repeat(512).as_str()));
    }
}
