//! How a function is started.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// What Lambda and the runtime set for every function, and the SDK's credentials.
const ENVIRONMENT: [(&str, &str); 10] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "iam-key-deactivator"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/iam-key-deactivator"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "fake-aws"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
    ("AWS_SESSION_TOKEN", "not-a-token"),
];

/// A command and its surroundings.
///
/// The process starts with `PATH`, what Lambda sets, dummy credentials in `us-east-1`, and what
/// [`Setup::env`] adds; nothing else of the test's own environment.
#[derive(Clone, Debug)]
pub struct Setup {
    command: PathBuf,
    args: Vec<OsString>,
    env: Vec<(String, String)>,
    pub(super) function_arn: String,
    pub(super) time_limit: Duration,
}

impl Setup {
    /// Runs `command` without arguments as function `iam-key-deactivator` of account 123456789012,
    /// with 30 s for each event.
    pub fn new(command: impl Into<PathBuf>) -> Self {
        Self {
            command: command.into(),
            args: Vec::new(),
            env: Vec::new(),
            function_arn: "arn:aws:lambda:us-east-1:123456789012:function:iam-key-deactivator"
                .to_owned(),
            time_limit: Duration::from_secs(30),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable; the last one of a name wins, also over what Lambda sets.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sets the ARN that every event says it invoked.
    #[must_use]
    pub fn function_arn(mut self, arn: impl Into<String>) -> Self {
        self.function_arn = arn.into();
        self
    }

    /// Sets the time for each event, from which its deadline follows.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    pub(super) fn command(&self, runtime_api: SocketAddr) -> Command {
        let mut command = Command::new(&self.command);
        command
            .args(&self.args)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(ENVIRONMENT)
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}
