//! The straight line: read the event, sort what it says, contain, report. The only file that knows
//! the order of steps.

use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::SqsBatchResponse;
use aws_sdk_iam::Client;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::{
    config::Config,
    error::Error,
    ids::AccountId,
    report::{Heading, Report},
    respond::Responder,
    rules, signal,
};

/// What is kept of the invocation's time to draw up and return the report.
const TO_REPORT: Duration = Duration::from_secs(2);

/// The longest that Lambda lets a function run (Lambda Developer Guide, "Lambda quotas").
const LONGEST: Duration = Duration::from_mins(15);
const WITHOUT_DEADLINE: Duration = Duration::from_secs(30);

/// The function's return value.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// What became of the event.
    #[serde(flatten)]
    pub report: Report,
    /// For a batch that Lambda polled from a queue: which of its messages must be delivered again.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub batch: Option<SqsBatchResponse>,
}

/// Handles one event.
///
/// # Errors
/// [`Error`] if a key may still be active or a part of the event is not understood; everything else
/// in the event was handled by then. Where the messages of a batch can be failed one by one, they
/// are, and this succeeds.
pub async fn handle(
    event: LambdaEvent<Box<RawValue>>,
    config: &Config,
    client: &Client,
) -> Result<Answer, Error> {
    let own_account = AccountId::from_arn(&event.context.invoked_function_arn);
    let deadline = deadline(&event.context);

    let (batch, readings) = signal::read(event.payload.get());
    let sorted = rules::sort(readings, config);
    let outcomes = match &config.respond {
        Some(settings) => {
            let own_account = own_account.as_ref();
            Responder { client, settings, own_account, deadline }.contain(sorted.respond).await
        }
        None => Vec::new(),
    };
    let heading = Heading {
        request_id: event.context.request_id,
        mode: config.respond.as_ref().map(|settings| settings.mode),
        account_guard: own_account.is_some(),
    };
    let report = Report::new(heading, outcomes, sorted.ignored, sorted.misreads);
    report.log();
    match batch {
        Some(batch) => Ok(Answer { batch: Some(batch.response(&report.failed_records())), report }),
        None => report.or_error().map(|report| Answer { batch: None, report }),
    }
}

/// The invocation's deadline on the clock that calls are timed with. One that passed longer ago than
/// any invocation lasts is none: cargo-lambda's emulator sends a time in 1970.
#[expect(clippy::disallowed_methods, reason = "the one place where the time of day is read")]
fn deadline(context: &Context) -> Instant {
    let left = match context.deadline().duration_since(SystemTime::now()) {
        Ok(left) => left,
        Err(past) if past.duration() > LONGEST => WITHOUT_DEADLINE,
        Err(_) => Duration::ZERO,
    };
    Instant::now() + left.saturating_sub(TO_REPORT)
}
