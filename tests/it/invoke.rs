//! Calls the handler in this process, with the clients that the function uses. Their calls reach the fake
//! IAM without a socket, so that a test may let time pass instead of waiting for it:
//! `#[tokio::test(start_paused = true)]`. Over sockets go the tests of the real binary.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_iam::{
    Client,
    config::{self, BehaviorVersion, Credentials, Region},
};
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use fake_aws::iam::{Endpoint, Iam};
use iam_key_deactivator::{
    config::Config,
    handler::{self, Answer},
    iam::{self, Clients},
};
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::Value;
use tokio::time::Instant;

/// When it is, unless a test says otherwise: a Wednesday.
pub(crate) const NOW: &str = "2026-06-17T12:00:00Z";

pub(crate) const FUNCTION_ARN: &str =
    "arn:aws:lambda:us-east-1:123456789012:function:iam-key-deactivator";

/// The time for a response, unless a test says otherwise: too short for the second update, which comes five
/// seconds after the first.
pub(crate) const SHORT: Duration = Duration::from_secs(6);

/// Runs a test's work to its end, where waiting takes no time.
pub(crate) fn in_no_time<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap().block_on(work)
}

/// The function, with its settings, in front of some IAM.
pub(crate) struct Function {
    pub(crate) clients: Clients,
    pub(crate) config: Config,
    pub(crate) arn: &'static str,
    pub(crate) now: &'static str,
    pub(crate) time_limit: Duration,
}

impl Function {
    pub(crate) fn new(iam: &Iam, settings: &[(&str, &str)]) -> Self {
        let sweeps = settings.iter().any(|(name, _)| ["FUNCTION", "SWEEP_MODE"].contains(name));
        let value = |name| settings.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let credentials = Credentials::builder()
            .access_key_id("ASIAIOSFODNN7EXAMPLE")
            .secret_access_key("not-a-secret")
            .provider_name("test");
        let conf = config::Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(credentials.build())
            .time_source(Clock { start: Instant::now() })
            .http_client(Line(iam.endpoint()));
        let client = |with: fn(config::Builder) -> config::Builder| {
            Client::from_conf(with(conf.clone()).build())
        };
        Self {
            clients: Clients {
                respond: client(iam::respond_config),
                sweep: client(iam::sweep_config),
            },
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

/// The clock of the SDK, which goes with tokio's.
#[derive(Debug)]
struct Clock {
    start: Instant,
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::from(NOW.parse::<Timestamp>().unwrap()) + self.start.elapsed()
    }
}

/// Takes the SDK's calls to the fake IAM.
#[derive(Clone, Debug)]
struct Line(Endpoint);

impl HttpClient for Line {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self(iam) = self.clone();
        HttpConnectorFuture::new(async move {
            let form = request.body().bytes().unwrap_or_default();
            match iam.call(request.headers().get("user-agent"), form).await {
                Some((status, body)) => {
                    let status = status.try_into().unwrap();
                    Ok(HttpResponse::new(status, body.into()))
                }
                None => Err(ConnectorError::io("hung up".into())),
            }
        })
    }
}
