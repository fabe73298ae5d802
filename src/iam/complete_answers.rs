//! Refuses an incomplete answer of IAM.
//!
//! The SDK reads XML leniently. It takes a truncated answer for a shorter list, and a missing list for
//! an empty one. A list of tags that lost its exemption would let a sweep deactivate a key.

use aws_sdk_iam::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::AfterDeserializationInterceptorContextRef,
    },
    error::BoxError,
};

/// Fails a call whose answer reports success but is incomplete.
#[derive(Debug)]
pub(super) struct CompleteAnswers;

impl Intercept for CompleteAnswers {
    fn name(&self) -> &'static str {
        "CompleteAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        let body = answer.body().bytes();
        if answer.status().is_success() && !body.is_some_and(is_whole) {
            return Err("the answer is not whole".into());
        }
        Ok(())
    }
}

/// The elements that an answer's result must have, by its outermost element (IAM API Reference, each
/// action's "Response Elements"). The reference does not require `IsTruncated`, but IAM always sends
/// it.
fn required(root: &[u8]) -> &'static [&'static [u8]] {
    match root {
        b"ListAccessKeysResponse" => &[b"AccessKeyMetadata"],
        b"ListGroupsForUserResponse" => &[b"Groups", b"IsTruncated"],
        b"ListUserTagsResponse" => &[b"Tags", b"IsTruncated"],
        b"ListUsersResponse" => &[b"Users", b"IsTruncated"],
        _ => &[],
    }
}

/// Whether this is one closed XML element with all required elements. Every answer passes here, and a
/// search of bytes is several times faster than a search of characters.
fn is_whole(body: &[u8]) -> bool {
    let mut tags = body.split(|byte| *byte == b'<');
    let mut is_blank = tags.next().is_some_and(|before| before.trim_ascii().is_empty());
    let (mut root, mut open, mut result) = (None, Vec::with_capacity(8), Vec::with_capacity(8));
    for tag in tags {
        let mut parts = tag.splitn(2, |byte| *byte == b'>');
        let (Some(tag), Some(text)) = (parts.next(), parts.next()) else { return false };
        if let Some(name) = tag.strip_prefix(b"/") {
            if open.pop() != Some(name.trim_ascii_end()) {
                return false;
            }
        } else if !tag.starts_with(b"?") && !tag.starts_with(b"!") {
            let mut words = tag.split(|byte| byte.is_ascii_whitespace() || *byte == b'/');
            let name = words.next().unwrap_or_default();
            match open.len() {
                0 if root.is_some() => return false,
                0 => root = Some(name),
                2 => result.push(name),
                _ => {}
            }
            if !tag.ends_with(b"/") {
                open.push(name);
            }
        }
        is_blank &= !open.is_empty() || text.trim_ascii().is_empty();
    }
    is_blank
        && open.is_empty()
        && root.is_some_and(|root| required(root).iter().all(|name| result.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: &str = "<?xml version=\"1.0\"?>\n<ListUserTagsResponse xmlns=\"https://iam/\">\n\
        <ListUserTagsResult><Tags><member><Key>a</Key><Value>b &gt; c > d</Value></member></Tags>\
        <IsTruncated>false</IsTruncated></ListUserTagsResult><ResponseMetadata>\
        <RequestId>1</RequestId></ResponseMetadata></ListUserTagsResponse>";

    #[test]
    fn an_answer_is_whole_or_not_read() {
        #[track_caller]
        fn check(body: &str, expected: bool) {
            assert_eq!(is_whole(body.as_bytes()), expected, "{body}");
        }
        let list = |result: &str| {
            format!(
                "<ListUserTagsResponse><ListUserTagsResult>{result}</ListUserTagsResult></ListUserTagsResponse>"
            )
        };
        let end = "<IsTruncated>false</IsTruncated>";
        check(TAGS, true);
        check(&format!("{TAGS}\n"), true);
        check(&list(&format!("<Tags/>{end}")), true);
        check(&list(&format!("<Tags />{end}")), true);
        check(&list(&format!("<Tags></Tags >{end}")), true);
        check("<TagUserResponse><ResponseMetadata/></TagUserResponse>", true);
        check("<GetUserResponse/>", true);
        let keys = "<ListAccessKeysResult><AccessKeyMetadata/></ListAccessKeysResult>";
        check(&format!("<ListAccessKeysResponse>{keys}</ListAccessKeysResponse>"), true);
        check("<ListAccessKeysResponse><ListAccessKeysResult/></ListAccessKeysResponse>", false);
        check("", false);
        check("<<< no XML & no JSON", false);
        check("{}", false);
        check("<?xml version=\"1.0\"?>", false);
        check(&format!("{TAGS}x"), false);
        check(&format!("x{TAGS}"), false);
        check(&format!("{TAGS}{TAGS}"), false);
        check(&list(&format!("<Tags><member></Tags></member>{end}")), false);
        check(&list("<Tags/>"), false);
        check(&list(end), false);
        check(&list(&format!("<Tags>{end}</Tags>")), false);
        check(&list(""), false);
        check("<ListUserTagsResponse/>", false);
        for (length, _) in TAGS.char_indices() {
            check(TAGS.split_at(length).0, false);
        }
    }
}
