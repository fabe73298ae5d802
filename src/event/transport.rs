//! Unwraps an event from SNS, SQS, an EventBridge pipe or JSON strings, also nested.

use serde_json::{Deserializer, Value};

use super::{Batch, Cursor, ParseError};

/// How many layers are unwrapped. S3 inside SNS inside SQS has eight.
const MAX_DEPTH: usize = 10;

/// One unwrapped event.
pub(crate) struct Event {
    value: Value,
    path: String,
    /// Which record of the payload it was in, from 0.
    pub(crate) record: usize,
}

impl Event {
    pub(crate) fn cursor(&self) -> Cursor<'_> {
        Cursor::new(&self.value, &self.path)
    }

    pub(crate) fn is_wrapped(&self) -> bool {
        !self.path.is_empty()
    }

    /// Whether it has this top-level field, in either case.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.cursor().field(name).is_ok_and(|field| !field.is_absent())
    }

    /// The source and detail type of an EventBridge envelope.
    pub(crate) fn envelope(&self) -> Option<(&str, &str)> {
        self.value.get("detail")?;
        Some((self.value.get("source")?.as_str()?, self.value.get("detail-type")?.as_str()?))
    }

    /// Whether it is an event of this kind. Its envelope says so. Without an envelope (an input
    /// transformer may cut it off), its fields do.
    pub(crate) fn is(&self, source: &str, detail_types: &[&str], fields: &[&str]) -> bool {
        match self.envelope() {
            Some((from, kind)) => from == source && detail_types.contains(&kind),
            None => fields.iter().all(|name| self.has(name)),
        }
    }

    /// The detail in the envelope, or the whole event if there is no envelope.
    pub(crate) fn detail(&self) -> Cursor<'_> {
        if self.envelope().is_some() { self.cursor().get(&["detail"]) } else { self.cursor() }
    }

    /// A field of the envelope, such as the account that the event was sent to.
    pub(crate) fn header(&self, name: &str) -> Cursor<'_> {
        let envelope = if self.envelope().is_some() { self.cursor() } else { Cursor::null() };
        envelope.get(&[name])
    }

    /// The sender of an unsupported event, according to the event.
    pub(crate) fn sender(&self) -> Option<String> {
        match self.envelope() {
            Some((source, detail_type)) => Some(format!("{source} {detail_type}")),
            // A CloudWatch alarm that comes through SNS has no envelope.
            None if self.has("AlarmName") && self.has("NewStateValue") => {
                Some("aws.cloudwatch alarm".to_owned())
            }
            None => record_source(&self.value).map(str::to_owned),
        }
    }
}

/// The number of a record, with its event or an error.
type Unwrapped = (usize, Result<Event, ParseError>);

/// Receives each event. There may be too many to keep them all.
type Events<'a> = dyn FnMut(Unwrapped) + 'a;

/// Takes every event out of a payload.
pub(crate) fn unwrap(payload: &str, events: &mut Events<'_>) -> Option<Batch> {
    open_first(payload, &Place::default(), events)
}

/// A place in the payload.
#[derive(Default)]
struct Place {
    path: String,
    /// Set by the outermost list.
    record: Option<usize>,
    depth: usize,
}

impl Place {
    fn inside(&self, step: &str, index: Option<usize>) -> Self {
        let path = format!("{}{step}", self.path).trim_start_matches('.').to_owned();
        Self { path, record: self.record.or(index), depth: self.depth + 1 }
    }
}

fn open(mut value: Value, place: &Place, events: &mut Events<'_>) {
    let record = place.record.unwrap_or(0);
    let mut invalid = |expected| events((record, Err(ParseError::new(&place.path, expected))));
    match value {
        _ if place.depth > MAX_DEPTH => invalid("at most 10 layers of wrapping"),
        Value::String(text) if place.path.is_empty() => {
            open_first(&text, &place.inside("", None), events);
        }
        Value::String(text) => open_values(&text, place, events),
        Value::Array(items) if items.is_empty() => invalid("at least one record"),
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                open(item, &place.inside(&format!("[{index}]"), Some(index)), events);
            }
        }
        Value::Object(_) => match wrapping(&value) {
            Some(pointer) => {
                let content = value.pointer_mut(pointer).map(Value::take).unwrap_or_default();
                open(content, &place.inside(&pointer.replace('/', "."), None), events);
            }
            None => events((record, Ok(Event { value, path: place.path.clone(), record }))),
        },
        _ => invalid("an event"),
    }
}

const JSON: &str = "JSON, nested less than 128 levels";

/// Opens the payload's JSON value, and returns the batch if it is one. Anything after the value is an
/// error.
fn open_first(text: &str, place: &Place, events: &mut Events<'_>) -> Option<Batch> {
    let record = place.record.unwrap_or(0);
    let mut invalid = |expected| events((record, Err(ParseError::new(&place.path, expected))));
    let mut values = Deserializer::from_str(text).into_iter();
    let Some(Ok(value)) = values.next() else {
        invalid(JSON);
        return None;
    };
    let is_all = text.get(values.byte_offset()..).is_none_or(|rest| rest.trim().is_empty());
    let batch = if is_all { Batch::of(&value) } else { None };
    if !is_all {
        invalid("nothing after the first JSON value");
    }
    open(value, place, events);
    batch
}

/// Opens every JSON value in a message. Scanners print one value a line.
fn open_values(text: &str, place: &Place, events: &mut Events<'_>) {
    let mut values = values(text);
    if values.len() == 1
        && let Some(Some(value)) = values.pop()
    {
        return open(value, &place.inside("", None), events);
    }
    let record = place.record.unwrap_or(0);
    if values.is_empty() {
        events((record, Err(ParseError::new(&place.path, JSON))));
    }
    for (index, value) in values.into_iter().enumerate() {
        let place = place.inside(&format!("[{index}]"), None);
        match value {
            Some(value) => open(value, &place, events),
            None => events((record, Err(ParseError::new(&place.path, JSON)))),
        }
    }
}

/// The JSON values in a text. `None` stands for a broken line among valid ones. Empty if no line is an
/// object or a list: then the whole text is broken.
fn values(text: &str) -> Vec<Option<Value>> {
    let all: Result<Vec<_>, _> = Deserializer::from_str(text).into_iter().collect();
    if let Ok(all) = all {
        return all.into_iter().map(Some).collect();
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<Option<Value>> = lines.map(|line| serde_json::from_str(line).ok()).collect();
    let is_whole = |value: &Value| value.is_object() || value.is_array();
    if lines.iter().flatten().any(is_whole) { lines } else { Vec::new() }
}

/// The place of a wrapping's content, as a JSON pointer. `None` if this is the event itself.
fn wrapping(value: &Value) -> Option<&'static str> {
    match record_source(value) {
        Some("aws:sqs") => Some("/body"),
        Some("aws:sns") => Some("/Sns/Message"),
        _ if value.get("Records").is_some() => Some("/Records"),
        // Lambda's record of a failed invocation, sent again from a bus or a queue. A record of a
        // success is not unwrapped: a topic that carries both would loop.
        _ if value.get("source").is_some_and(|source| source == "lambda") => {
            failed(value.get("detail")?).then_some("/detail/requestPayload")
        }
        _ if value.get("requestContext").is_some() && value.get("requestPayload").is_some() => {
            failed(value).then_some("/requestPayload")
        }
        // The form that the CLIs print, and that an input transformer makes of Security Hub's findings.
        _ if is_list(value, "Findings") => Some("/Findings"),
        _ if is_list(value, "findings") => Some("/findings"),
        _ if value.get("Type")? == "Notification" && value.get("Message").is_some() => {
            Some("/Message")
        }
        _ => None,
    }
}

fn is_list(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(Value::is_array)
}

fn failed(record: &Value) -> bool {
    record.pointer("/requestContext/condition").is_none_or(|condition| condition != "Success")
}

/// The service that a record comes from. Only SNS capitalizes the field.
pub(super) fn record_source(record: &Value) -> Option<&str> {
    record.get("eventSource").or_else(|| record.get("EventSource"))?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What came out: the record's number, then the event's path or what was expected.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "cases read better without a reference")]
    fn check(payload: Value, expected: &[(usize, Result<&str, &str>)]) {
        let mut events = Vec::new();
        unwrap(&payload.to_string(), &mut |event| events.push(event));
        let found: Vec<_> = events
            .into_iter()
            .map(|(record, event)| {
                (record, event.map(|event| event.path).map_err(|error| error.to_string()))
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(record, event)| (*record, event.map(str::to_owned).map_err(str::to_owned)))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn wrappings_come_off() {
        let event = json!({"action": "deactivate"});
        let text = event.to_string();
        let notification = json!({"Type": "Notification", "Message": text});
        let sqs = |body: &str| json!({"eventSource": "aws:sqs", "messageId": "m", "body": body});
        let sns = |text: &str| json!({"EventSource": "aws:sns", "Sns": {"Message": text}});

        check(event.clone(), &[(0, Ok(""))]);
        check(json!(text), &[(0, Ok(""))]);
        check(notification.clone(), &[(0, Ok("Message"))]);
        check(
            json!({"Records": [sns(&text), sns(&text)]}),
            &[(0, Ok("Records[0].Sns.Message")), (1, Ok("Records[1].Sns.Message"))],
        );
        check(json!({"Records": [sqs(&text)]}), &[(0, Ok("Records[0].body"))]);
        check(
            json!({"Records": [sqs(&notification.to_string())]}),
            &[(0, Ok("Records[0].body.Message"))],
        );
        check(json!([sqs(&text), event]), &[(0, Ok("[0].body")), (1, Ok("[1]"))]);
        let s3 = json!({"Records": [{"eventSource": "aws:s3"}, {"eventSource": "aws:s3"}]});
        check(
            json!({"Records": [sqs(&text), sqs(&json!({"Type": "Notification", "Message": s3.to_string()}).to_string())]}),
            &[
                (0, Ok("Records[0].body")),
                (1, Ok("Records[1].body.Message.Records[0]")),
                (1, Ok("Records[1].body.Message.Records[1]")),
            ],
        );
        let failure = json!({"requestContext": {}, "requestPayload": event, "responsePayload": {}});
        check(failure.clone(), &[(0, Ok("requestPayload"))]);
        check(
            json!({"source": "lambda", "detail-type": "x", "detail": failure}),
            &[(0, Ok("detail.requestPayload"))],
        );
        let success = json!({"requestContext": {"condition": "Success"}, "requestPayload": event});
        check(json!({"source": "lambda", "detail-type": "x", "detail": success}), &[(0, Ok(""))]);
        check(json!({"Type": "SubscriptionConfirmation", "Message": "m"}), &[(0, Ok(""))]);
        check(
            json!({"Findings": [{}, {}], "NextToken": ""}),
            &[(0, Ok("Findings[0]")), (1, Ok("Findings[1]"))],
        );
        check(json!({"findings": [{}], "actionName": "a"}), &[(0, Ok("findings[0]"))]);
        check(json!({"findings": {}}), &[(0, Ok(""))]);
    }

    #[test]
    fn every_line_of_a_message_is_read_and_a_broken_one_stands_beside_the_rest() {
        #[track_caller]
        fn in_body(body: &str, expected: &[Result<&str, &str>]) {
            let record = |body: &str| json!({"eventSource": "aws:sqs", "body": body});
            let expected = expected.iter().map(|event| (1, *event));
            let first = (0, Ok("Records[0].body"));
            let expected: Vec<_> = [first].into_iter().chain(expected).collect();
            check(json!({"Records": [record("{}"), record(body)]}), &expected);
        }
        const WHOLE: Result<&str, &str> = Ok("Records[1].body");
        const BROKEN: Result<&str, &str> =
            Err("Records[1].body: expected JSON, nested less than 128 levels");
        const FIRST: Result<&str, &str> = Ok("Records[1].body[0]");
        const SECOND: Result<&str, &str> = Ok("Records[1].body[1]");
        const SECOND_BROKEN: Result<&str, &str> =
            Err("Records[1].body[1]: expected JSON, nested less than 128 levels");
        in_body("{}", &[WHOLE]);
        in_body("{\n}\n", &[WHOLE]);
        in_body("{}\n{}\n", &[FIRST, SECOND]);
        in_body("{}\r\n\r\n{}", &[FIRST, SECOND]);
        in_body("{\n}\n{\n}", &[FIRST, SECOND]);
        in_body("{} {}", &[FIRST, SECOND]);
        in_body("{}\n{\n{}", &[FIRST, SECOND_BROKEN, Ok("Records[1].body[2]")]);
        in_body("{}\n{", &[FIRST, SECOND_BROKEN]);
        in_body("{} 7", &[FIRST, Err("Records[1].body[1]: expected an event")]);
        in_body("{} x", &[BROKEN]);
        in_body("{\n\"a\": 7,\n\"b\": \n", &[BROKEN]);
        in_body("", &[BROKEN]);
        in_body(" \n", &[BROKEN]);
        let s3 = json!({"Records": [{"eventSource": "aws:s3"}]}).to_string();
        in_body(
            &format!("{s3}\n{s3}"),
            &[Ok("Records[1].body[0].Records[0]"), Ok("Records[1].body[1].Records[0]")],
        );
    }

    #[test]
    fn what_comes_after_the_payloads_first_value_is_not_dropped() {
        #[track_caller]
        fn check_text(payload: &str, expected: &[&str], is_batch: bool) {
            let mut events = Vec::new();
            let batch = unwrap(payload, &mut |event| events.push(event));
            let said = |event: Result<Event, ParseError>| match event {
                Ok(event) => format!("{:?}", event.path),
                Err(error) => error.to_string(),
            };
            let found: Vec<_> = events.into_iter().map(|(_, event)| said(event)).collect();
            assert_eq!(found, expected, "{payload}");
            assert_eq!(batch.is_some(), is_batch, "{payload}");
        }
        const AFTER: &str = "the event: expected nothing after the first JSON value";
        const RECORDS: &str = r#"{"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}"#;
        check_text("{} \r\n\t", &["\"\""], false);
        check_text("{}{}", &[AFTER, "\"\""], false);
        check_text("{}\n{}", &[AFTER, "\"\""], false);
        check_text("{} x", &[AFTER, "\"\""], false);
        check_text(RECORDS, &["\"Records[0].body\""], true);
        check_text(&format!("{RECORDS}{RECORDS}"), &[AFTER, "\"Records[0].body\""], false);
        check_text(&json!("{}{}").to_string(), &[AFTER, "\"\""], false);
    }

    #[test]
    fn what_cannot_be_unwrapped_is_said_and_the_rest_stands() {
        check(json!(null), &[(0, Err("the event: expected an event"))]);
        check(json!(7), &[(0, Err("the event: expected an event"))]);
        check(json!(""), &[(0, Err("the event: expected JSON, nested less than 128 levels"))]);
        check(json!([]), &[(0, Err("the event: expected at least one record"))]);
        check(json!({"Records": []}), &[(0, Err("Records: expected at least one record"))]);
        check(json!({"Records": 7}), &[(0, Err("Records: expected an event"))]);
        check(
            json!({"Records": [{"EventSource": "aws:sns"}, {"eventSource": "aws:sqs", "body": "{"}, {}]}),
            &[
                (0, Err("Records[0].Sns.Message: expected an event")),
                (1, Err("Records[1].body: expected JSON, nested less than 128 levels")),
                (2, Ok("Records[2]")),
            ],
        );
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels| (0..levels).fold(json!({}), |inner, _| json!([inner]));
        check(nested(10), &[(0, Ok("[0][0][0][0][0][0][0][0][0][0]"))]);
        check(
            nested(11),
            &[(
                0,
                Err("[0][0][0][0][0][0][0][0][0][0][0]: expected at most 10 layers of wrapping"),
            )],
        );
        let strings = (0..15).fold(json!({}), |inner, _| json!(inner.to_string()));
        check(strings, &[(0, Err("the event: expected at most 10 layers of wrapping"))]);
    }
}
