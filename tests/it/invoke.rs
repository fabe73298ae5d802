//! Calls the handler in this process, with the client that the function uses.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_iam::{
    Client,
    config::{self, BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use iam_key_deactivator::{
    config::Config,
    handler::{self, Answer},
    iam::{self, Clients},
};
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::Value;

/// When it is, unless a test says otherwise: a Wednesday.
pub(crate) const NOW: &str = "2026-06-17T12:00:00Z";

pub(crate) const FUNCTION_ARN: &str =
    "arn:aws:lambda:us-east-1:123456789012:function:iam-key-deactivator";

/// The time for a response, unless a test says otherwise: too short for the second update, which comes five
/// seconds after the first.
pub(crate) const SHORT: Duration = Duration::from_secs(6);

/// The function, with its settings, in front of some IAM.
pub(crate) struct Function {
    pub(crate) clients: Clients,
    pub(crate) config: Config,
    pub(crate) arn: &'static str,
    pub(crate) now: &'static str,
    pub(crate) time_limit: Duration,
}

/// As often as the function itself tries, so that tests need not wait.
fn without_pauses(config: RetryConfig) -> RetryConfig {
    config
        .with_max_attempts(iam::ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(1))
        .with_max_backoff(Duration::from_millis(20))
}

impl Function {
    pub(crate) fn new(iam_url: &str, settings: &[(&str, &str)]) -> Self {
        let credentials = Credentials::builder()
            .access_key_id("ASIAIOSFODNN7EXAMPLE")
            .secret_access_key("not-a-secret")
            .provider_name("test");
        Self::signing(iam_url, settings, credentials.build())
    }

    /// The function with credentials of its own.
    pub(crate) fn signing(
        iam_url: &str,
        settings: &[(&str, &str)],
        credentials: Credentials,
    ) -> Self {
        let sweeps = settings.iter().any(|(name, _)| ["FUNCTION", "SWEEP_MODE"].contains(name));
        let value = |name| settings.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let conf = config::Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(iam_url);
        let client = |with: fn(config::Builder) -> config::Builder, retries| {
            Client::from_conf(with(conf.clone()).retry_config(without_pauses(retries)).build())
        };
        let clients = Clients {
            respond: client(iam::patient, RetryConfig::standard()),
            sweep: client(iam::gentle, RetryConfig::adaptive()),
        };
        Self {
            clients,
            config: Config::read(|name| Ok(value(name))).unwrap(),
            arn: FUNCTION_ARN,
            now: NOW,
            time_limit: if sweeps { Duration::from_secs(30) } else { SHORT },
        }
    }

    /// The answer, or the error as Lambda sees it.
    pub(crate) async fn handle(&self, payload: &Value) -> Result<Answer, Diagnostic> {
        let now = SystemTime::from(self.now.parse::<Timestamp>().unwrap());
        let deadline = now + self.time_limit;
        let mut context = Context::default();
        context.request_id.push_str("00000000-0000-4000-8000-000000000001");
        context.invoked_function_arn.push_str(self.arn);
        context.deadline =
            u64::try_from(deadline.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        context.env_config = Arc::default();
        let payload = serde_json::value::to_raw_value(payload).unwrap();
        let event = LambdaEvent { payload, context };
        handler::handle(event, now, &self.config, &self.clients).await.map_err(Diagnostic::from)
    }
}
