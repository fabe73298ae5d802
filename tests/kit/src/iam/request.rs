//! A call as it came over the wire.

use bytes::Bytes;

use crate::http::header;

/// One call, as the caller sent it: nothing here is checked or corrected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `Action`; empty if there was none.
    pub action: String,
    /// `UserName`, which `GetAccessKeyLastUsed` does not have. On the others IAM would take the
    /// signer's own user without it, so tests assert that it is there.
    pub user_name: Option<String>,
    /// `AccessKeyId`.
    pub access_key_id: Option<String>,
    /// `Status`.
    pub status: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

impl Request {
    pub(super) fn read(request: &hyper::Request<Bytes>) -> Self {
        let mut call = Self {
            user_agent: header(request, "user-agent").map(str::to_owned),
            ..Self::default()
        };
        for (name, value) in form_urlencoded::parse(request.body()) {
            let value = value.into_owned();
            match &*name {
                "Action" => call.action = value,
                "UserName" => call.user_name = Some(value),
                "AccessKeyId" => call.access_key_id = Some(value),
                "Status" => call.status = Some(value),
                _ => {}
            }
        }
        call
    }

    pub(super) fn is_read(&self) -> bool {
        self.action != "UpdateAccessKey"
    }
}
