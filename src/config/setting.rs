//! Parses the raw value of one setting.

use std::ops::RangeInclusive;

use wildmatch::WildMatch;

use super::Mode;
use crate::{iam::tags::NOTICE_TAG, ids::PolicyArn};

/// A list of names with `*` as wildcard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Globs(Vec<WildMatch>);

impl Globs {
    /// Whether a glob matches, regardless of case. IAM's user names are unique regardless of case.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|glob| glob.matches(name))
    }
}

/// A malformed setting. It stops the start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting {name} is `{value}`: expected {expected}")]
pub struct SettingError {
    name: &'static str,
    value: String,
    expected: String,
}

impl SettingError {
    pub(crate) fn new(name: &'static str, value: &str, expected: impl Into<String>) -> Self {
        Self { name, value: value.to_owned(), expected: expected.into() }
    }
}

/// A setting's raw value, with the name for an error.
pub(super) struct Setting {
    name: &'static str,
    value: String,
}

impl Setting {
    pub(super) fn new(name: &'static str, value: String) -> Self {
        Self { name, value }
    }

    pub(super) fn mode(&self) -> Result<Mode, SettingError> {
        match self.value.as_str() {
            "enforce" => Ok(Mode::Enforce),
            "dry-run" => Ok(Mode::DryRun),
            _ => Err(self.malformed("`enforce` or `dry-run`")),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, SettingError> {
        match self.value.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.malformed("`true` or `false`")),
        }
    }

    /// The policy to attach. `None` if none is.
    pub(super) fn policy(&self) -> Result<Option<PolicyArn>, SettingError> {
        let policy = PolicyArn::parse(&self.value);
        if policy.is_none() && self.value != "DISABLED" {
            return Err(self.malformed("`DISABLED` or the ARN of a customer managed policy"));
        }
        Ok(policy)
    }

    pub(super) fn severity(&self) -> Result<f64, SettingError> {
        let severity = self.value.parse().ok().filter(|severity| (0.0..=10.0).contains(severity));
        severity.ok_or_else(|| self.malformed("a number from 0 to 10"))
    }

    pub(super) fn type_globs(&self) -> Result<Globs, SettingError> {
        let expected = "finding types separated by commas, with `*` as wildcard";
        self.globs("_:/.!&*-", expected)
    }

    pub(super) fn user_globs(&self) -> Result<Globs, SettingError> {
        self.globs("_+=.@*-", "user names separated by commas, with `*` as wildcard")
    }

    pub(super) fn product_globs(&self) -> Result<Globs, SettingError> {
        let expected = "products such as `aws/guardduty` separated by commas, with `*` as wildcard";
        self.globs("_./ *-", expected)
    }

    pub(super) fn number(&self, allowed: RangeInclusive<u32>) -> Result<u32, SettingError> {
        let number = self.value.parse().ok().filter(|number| allowed.contains(number));
        let expected = || format!("a whole number from {} to {}", allowed.start(), allowed.end());
        number.ok_or_else(|| self.malformed(expected()))
    }

    /// Group names, without wildcards. IAM User Guide, "IAM and AWS STS quotas", lists the characters.
    pub(super) fn groups(&self) -> Result<Vec<String>, SettingError> {
        let is_group =
            |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=.@-".contains(c));
        let parse = |name: &str| is_group(name).then(|| name.to_owned());
        self.list(parse, "group names separated by commas")
    }

    /// A tag's key (IAM User Guide, "Rules for tagging in IAM and AWS STS").
    pub(super) fn tag_key(&self) -> Result<String, SettingError> {
        let allowed = |c: char| c.is_alphanumeric() || " _.:/=+@-".contains(c);
        let key = self.value.as_str();
        let is_key = (1..=128).contains(&key.chars().count()) && key.chars().all(allowed);
        if is_key && !key.to_lowercase().starts_with(NOTICE_TAG) {
            Ok(key.to_owned())
        } else {
            Err(self.malformed(format!(
                "a tag key of at most 128 characters that does not begin with `{NOTICE_TAG}`"
            )))
        }
    }

    /// Path prefixes: each begins with `/`.
    pub(super) fn path_prefixes(&self) -> Result<Vec<String>, SettingError> {
        let is_path = |path: &str| {
            path.starts_with('/') && path.chars().all(|c| c.is_ascii_graphic() && c != '*')
        };
        let expected = "paths that begin with `/`, separated by commas";
        self.list(|path| is_path(path).then(|| path.to_owned()), expected)
    }

    /// Globs of letters, digits and these characters.
    fn globs(&self, also: &str, expected: &'static str) -> Result<Globs, SettingError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
        let parse =
            |glob: &str| glob.chars().all(allowed).then(|| WildMatch::new_case_insensitive(glob));
        self.list(parse, expected).map(Globs)
    }

    /// The elements of a list. An empty element is malformed.
    fn list<T>(
        &self,
        parse: impl Fn(&str) -> Option<T>,
        expected: &'static str,
    ) -> Result<Vec<T>, SettingError> {
        if self.value.trim().is_empty() {
            return Ok(Vec::new());
        }
        let elements = self.value.split(',').map(str::trim);
        let elements = elements.map(|text| parse(text).filter(|_| !text.is_empty()));
        elements.collect::<Option<_>>().ok_or_else(|| self.malformed(expected))
    }

    pub(super) fn malformed(&self, expected: impl Into<String>) -> SettingError {
        SettingError::new(self.name, &self.value, expected)
    }
}
