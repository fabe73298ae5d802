//! Has IAM make the credential report, and fetches it.

use std::time::Duration;

use aws_sdk_iam::{Client, types::ReportStateType};
use tokio::time::{Instant, sleep};

use super::{Fault, ask};

const GENERATE: &str = "GenerateCredentialReport";
const GET: &str = "GetCredentialReport";
/// How often it is asked whether the report is there: about a minute in all.
const POLLS: u32 = 30;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The credential report as CSV. IAM makes a new one if the last is more than four hours old.
///
/// # Errors
/// [`Fault`] if there is none in time.
pub async fn credential_report(client: &Client, deadline: Instant) -> Result<Vec<u8>, Fault> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..POLLS {
        let made = ask(GENERATE, deadline, client.generate_credential_report().send()).await?;
        if made.state() == Some(&ReportStateType::Complete) {
            let report = ask(GET, deadline, client.get_credential_report().send()).await?;
            let content = report.content.ok_or_else(|| Fault::invalid(GET))?;
            return Ok(content.into_inner());
        }
        sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
    Err(Fault::late(GENERATE))
}
