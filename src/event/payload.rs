//! The payload as it was sent. Lambda's runtime takes the first JSON value, and drops whatever follows.

use lambda_runtime::LambdaInvocation;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Hands on what is not exactly one JSON value as a JSON string, which `event::read` looks into, so that
/// nothing is dropped unseen.
#[must_use]
pub fn keep_whole(mut invocation: LambdaInvocation) -> LambdaInvocation {
    if serde_json::from_slice::<IgnoredAny>(&invocation.body).is_err() {
        let text = String::from_utf8_lossy(&invocation.body);
        invocation.body = Value::from(text).to_string().into();
    }
    invocation
}
