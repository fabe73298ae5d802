//! A call as it came over the wire.

use std::collections::BTreeMap;

/// One call, as the caller sent it: nothing here is checked or corrected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `Action`; empty if there was none.
    pub action: String,
    /// `UserName`, which `GetAccessKeyLastUsed`, `ListUsers` and the calls for the credential report
    /// do not have. On the others IAM would take the signer's own user without it, or refuse, so
    /// tests assert that it is there.
    pub user_name: Option<String>,
    /// `AccessKeyId`.
    pub access_key_id: Option<String>,
    /// `Status`.
    pub status: Option<String>,
    /// The tags to set with their values, the tags to remove without.
    pub tags: Vec<(String, Option<String>)>,
    /// `PolicyArn`.
    pub policy_arn: Option<String>,
    /// `Marker`: which page of a list.
    pub marker: Option<String>,
    /// `MaxItems`.
    pub max_items: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

impl Request {
    pub(super) fn read(user_agent: Option<&str>, form: &[u8]) -> Self {
        let mut call = Self { user_agent: user_agent.map(str::to_owned), ..Self::default() };
        // By the numbers they have in the form.
        let mut tags = BTreeMap::<usize, (String, Option<String>)>::new();
        for (name, value) in form_urlencoded::parse(form) {
            let value = value.into_owned();
            match name.split('.').collect::<Vec<_>>().as_slice() {
                ["Action"] => call.action = value,
                ["UserName"] => call.user_name = Some(value),
                ["AccessKeyId"] => call.access_key_id = Some(value),
                ["Status"] => call.status = Some(value),
                ["PolicyArn"] => call.policy_arn = Some(value),
                ["Marker"] => call.marker = Some(value),
                ["MaxItems"] => call.max_items = Some(value),
                ["Tags", "member", number, "Key"] | ["TagKeys", "member", number] => {
                    tags.entry(number.parse().unwrap_or(0)).or_default().0 = value;
                }
                ["Tags", "member", number, "Value"] => {
                    tags.entry(number.parse().unwrap_or(0)).or_default().1 = Some(value);
                }
                _ => {}
            }
        }
        call.tags = tags.into_values().collect();
        call
    }

    pub(super) fn is_read(&self) -> bool {
        ![
            "UpdateAccessKey",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "TagUser",
            "UntagUser",
            "GenerateCredentialReport",
        ]
        .contains(&self.action.as_str())
    }

    /// Whether both ask for the same, whoever asks.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let other = Self { user_agent: self.user_agent.clone(), ..other.clone() };
        *self == other
    }
}
