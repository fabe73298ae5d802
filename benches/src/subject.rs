//! What responds to a finding: this function, and what people would otherwise run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fake_aws::runtime_api::Setup;

use crate::missing::installed;
use crate::paths;

/// The time for an event: too short for the second update, five seconds after the first, which others do
/// not send. What is measured is how soon the key is Inactive.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(6);

/// One way to respond.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// How many calls to IAM it makes for an event.
    pub(crate) calls: usize,
    /// In bytes, zipped, with the AWS SDK that it is written for.
    pub(crate) package: u64,
    setup: Setup,
    /// How often it is started, and how many events it is given.
    pub(crate) starts: usize,
    pub(crate) events: usize,
}

/// The name of this function in the tables.
pub(crate) const OURS: &str = "this function";
/// The handler that others are compared to: the same three calls.
pub(crate) const BOTO3: &str = "boto3, the same three calls";
/// The handler as AWS documents it.
pub(crate) const BOTO3_ONE: &str = "boto3, UpdateAccessKey only";
/// The same three calls.
pub(crate) const NODE: &str = "JavaScript SDK v3, the same three calls";

impl Subject {
    /// The one of this name, if it is installed here.
    pub(crate) fn named(name: &'static str) -> Result<Self, String> {
        match name {
            OURS => ours(),
            BOTO3 => python("three", BOTO3, 3),
            BOTO3_ONE => python("one", BOTO3_ONE, 1),
            NODE => node(),
            other => Err(format!("there is no `{other}`")),
        }
    }

    /// How it is started before this endpoint.
    pub(crate) fn setup(&self, url: &str, bundle: &Path) -> Setup {
        let bundle = bundle.display().to_string();
        // The same CAs for all, each by the name that its SDK knows.
        let names = ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
        let setup = self.setup.clone().env("AWS_ENDPOINT_URL", url).time_limit(TIME_LIMIT);
        names.into_iter().fold(setup, |setup, name| setup.env(name, &bundle))
    }
}

fn ours() -> Result<Subject, String> {
    let function = paths::function();
    let folder = function.parent().unwrap_or(Path::new("/"));
    let name = function.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let package = zipped(folder, &[&name])?;
    let setup = Setup::new(function).env("FUNCTION", "respond");
    Ok(Subject { name: OURS, calls: 3, package, setup, starts: 100, events: 3_000 })
}

fn python(handler: &str, name: &'static str, calls: usize) -> Result<Subject, String> {
    const PACKAGE: [&str; 7] =
        ["boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3"];
    installed("python")?;
    let libraries = fs::read_dir(paths::tool("python/lib"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("site-packages"))
        .find(|path| path.is_dir())
        .ok_or("no site-packages in target/bench/python: remove target/bench")?;
    let package = zipped(&libraries, &PACKAGE)?;
    let setup = Setup::new(paths::tool("python/bin/python"))
        .args(["-m", "awslambdaric", &format!("{handler}.handler")])
        .env("PYTHONPATH", paths::root().join("benches/python").display().to_string());
    Ok(Subject { name, calls, package, setup, starts: 20, events: 500 })
}

fn node() -> Result<Subject, String> {
    installed("node")?;
    let package = zipped(&paths::tool("node"), &["node_modules", "three.mjs"])?;
    let client: PathBuf = paths::tool("node-runtime/node_modules/.bin/aws-lambda-ric");
    let handler = paths::tool("node/three.handler");
    let setup = Setup::new(client).args([handler]);
    Ok(Subject { name: NODE, calls: 3, package, setup, starts: 20, events: 500 })
}

fn zipped(root: &Path, names: &[&str]) -> Result<u64, String> {
    let script = paths::root().join("benches/zip_size.py");
    let output = Command::new("python3").arg(script).arg(root).args(names).output();
    let output = output.map_err(|error| format!("python3: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let why = || {
        let log = String::from_utf8_lossy(&output.stderr);
        format!("it cannot be zipped: {}", log.lines().last().unwrap_or_default())
    };
    text.trim().parse().map_err(|_| why())
}
