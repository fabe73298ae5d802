//! A batch of SQS messages, and the answer to it.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::SqsBatchResponse;
use serde_json::Value;

use super::transport::record_source;

/// A batch of SQS messages that Lambda polled itself. The answer names the messages that failed. (A
/// pipe that invokes asynchronously sends a bare array, and nobody reads the answer.)
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// The messages' IDs, in their order.
    pub message_ids: Vec<String>,
    /// Whether the queue keeps their order.
    pub fifo: bool,
}

impl Batch {
    pub(super) fn of(payload: &Value) -> Option<Self> {
        let records = payload.get("Records")?.as_array().filter(|records| !records.is_empty())?;
        let text =
            |record: &Value, name| record.get(name).and_then(Value::as_str).map(str::to_owned);
        records.iter().all(|record| record_source(record) == Some("aws:sqs")).then(|| Self {
            message_ids: records
                .iter()
                .map(|record| text(record, "messageId").unwrap_or_default())
                .collect(),
            fifo: records
                .iter()
                .filter_map(|record| text(record, "eventSourceARN"))
                .any(|arn| arn.rsplit_once('.').is_some_and(|(_, kind)| kind == "fifo")),
        })
    }

    /// Asks for the messages of these records again. From a FIFO queue it also asks for all later
    /// messages, which keeps their order.
    #[must_use]
    pub fn response(&self, failed: &BTreeSet<usize>) -> SqsBatchResponse {
        let again = |index: &usize| match failed.first() {
            Some(first) if self.fifo => index >= first,
            _ => failed.contains(index),
        };
        let mut response = SqsBatchResponse::default();
        let ids = self.message_ids.iter().enumerate().filter(|(index, _)| again(index));
        response.set_failures(ids.map(|(_, id)| id));
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_polled_batch_is_answered_in_part() {
        #[track_caller]
        fn check(payload: &Value, expected: Option<(&[&str], bool)>) {
            let expected = expected.map(|(ids, fifo)| Batch {
                message_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
                fifo,
            });
            assert_eq!(Batch::of(payload), expected);
        }
        let sqs = |id: &str, queue: &str| json!({"eventSource": "aws:sqs", "messageId": id, "eventSourceARN": queue});
        let (standard, fifo) =
            ("arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:q.fifo");
        check(
            &json!({"Records": [sqs("a", standard), sqs("b", standard)]}),
            Some((&["a", "b"], false)),
        );
        check(&json!({"Records": [sqs("a", fifo)]}), Some((&["a"], true)));
        check(&json!([sqs("a", standard)]), None);
        check(&json!({"Records": []}), None);
        check(&json!({"Records": [{"EventSource": "aws:sns"}]}), None);
        check(&json!({"Records": [sqs("a", standard), {"EventSource": "aws:sns"}]}), None);
        check(&json!({}), None);
    }
}
