//! The straight line: read the event, triage, contain, sweep, report. The only file that knows the
//! order of these steps.

use std::{
    mem,
    time::{Duration, SystemTime},
};

use aws_lambda_events::sqs::SqsBatchResponse;
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::{
    activate::Activator,
    config::Config,
    event::{self, Batch, Triage},
    iam::{Account, Clients, IamError},
    ids::AccountId,
    report::error::Error,
    report::metrics,
    report::{Invocation, Report},
    respond::Responder,
    sweep::{SweepResult, Sweeper},
};

/// The time reserved for writing and returning the report.
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
    /// For a batch that Lambda polled from a queue: the messages to deliver again.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub batch: Option<SqsBatchResponse>,
}

/// Handles one event; `now` is the time at which the invocation begins.
///
/// # Errors
/// [`Error`] if a key may still be active, a part of the event is not understood or the account could
/// not be swept. Everything else in the event is handled first. A batch whose messages can fail one by
/// one succeeds, and names the messages that failed.
pub async fn handle(
    event: LambdaEvent<Box<RawValue>>,
    now: SystemTime,
    config: &Config,
    clients: &Clients,
) -> Result<Answer, Error> {
    let Clock { now, started, deadline } = Clock::start(now, &event.context);
    let own_account = AccountId::from_arn(&event.context.invoked_function_arn);
    let own_account = own_account.as_ref();

    let mut triaged = Triage::default();
    let batch = event::read_each(event.payload.get(), |reading| triaged.add(reading, config));
    let mut outcomes = Vec::new();
    if let Some(settings) = &config.respond {
        let account = &Account::new(own_account, &clients.respond);
        let responder = Responder { account, settings, started, deadline };
        outcomes = responder.contain(mem::take(&mut triaged.respond)).await;
    }
    if let Some(settings) = &config.activate {
        let account = &Account::new(own_account, &clients.respond);
        let activator = Activator { account, settings, now, deadline };
        // Boxed: the compiler's limit on nested futures.
        outcomes = Box::pin(activator.activate(mem::take(&mut triaged.activate))).await;
    }
    let mut swept = SweepResult::default();
    if let Some(settings) = &config.sweep {
        let account = &Account::new(own_account, &clients.sweep);
        let request_id = &event.context.request_id;
        let sweeper = Sweeper { account, settings, request_id, now, deadline };
        swept = sweeper.sweep(&triaged.sweep).await;
    }
    let invocation = Invocation {
        request_id: event.context.request_id,
        mode: config.respond.as_ref().map(|settings| settings.mode),
        sweep_mode: config.sweep.as_ref().map(|settings| settings.mode),
        own_account: own_account.cloned(),
        region: region(&event.context.invoked_function_arn),
        now,
    };
    let sweep_error = swept.error.take();
    let report = Report::new(invocation, outcomes, swept, triaged.ignored, triaged.invalid);
    report.log();
    let name = &event.context.env_config.function_name;
    metrics::write(&metrics::line(name, now, started.elapsed(), &report));

    let request_id = report.request_id.clone();
    let answer = answer(report, event.payload.get().len(), batch, sweep_error);
    if let Err(error) = &answer {
        let (error_type, error_message) = (error.error_type(), error.to_string());
        tracing::error!(request_id, error_type, error_message, "failed");
    }
    answer
}

/// The Region in an ARN.
fn region(arn: &str) -> Option<String> {
    arn.split(':').nth(3).filter(|region| !region.is_empty()).map(str::to_owned)
}

fn answer(
    report: Report,
    event_bytes: usize,
    batch: Option<Batch>,
    error: Option<IamError>,
) -> Result<Answer, Error> {
    let batch = batch.map(|batch| batch.response(&report.failed_records()));
    // A batch can be answered in part. Its messages cannot show that a sweep failed.
    let report = match (&batch, error) {
        (Some(_), None) => report,
        (_, error) => report.or_error(event_bytes, error)?,
    };
    Ok(Answer { report: report.cut(event_bytes), batch })
}

/// The invocation's time: its day, and when to stop.
struct Clock {
    now: Timestamp,
    started: Instant,
    deadline: Instant,
}

impl Clock {
    /// A deadline that passed longer ago than any invocation lasts is ignored: cargo-lambda's emulator
    /// sends a time in 1970.
    fn start(now: SystemTime, context: &Context) -> Self {
        let left = match context.deadline().duration_since(now) {
            Ok(left) => left,
            Err(past) if past.duration() > LONGEST => WITHOUT_DEADLINE,
            Err(_) => Duration::ZERO,
        };
        let started = Instant::now();
        Self {
            now: Timestamp::try_from(now).unwrap_or_default(),
            started,
            deadline: started + left.saturating_sub(TO_REPORT),
        }
    }
}
