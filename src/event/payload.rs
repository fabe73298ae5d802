//! The payload as it was sent. Lambda's runtime takes the first JSON value and drops the rest.

use lambda_runtime::LambdaInvocation;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Wraps a payload that is not exactly one JSON value into a JSON string. `event::read` opens the
/// string, so the runtime drops nothing.
#[must_use]
pub fn keep_whole(mut invocation: LambdaInvocation) -> LambdaInvocation {
    if serde_json::from_slice::<IgnoredAny>(&invocation.body).is_err() {
        let text = String::from_utf8_lossy(&invocation.body);
        invocation.body = Value::from(text).to_string().into();
    }
    invocation
}
