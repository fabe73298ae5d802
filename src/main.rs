//! Starts the function: logging, settings, client, runtime.

use std::{process::ExitCode, time::SystemTime};

use iam_key_deactivator::{config::Config, event::payload, handler, iam, logging};
use lambda_runtime::{
    LambdaEvent, Runtime, layers::TracingLayer, service_fn, tower::util::MapRequestLayer,
};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    logging::init();
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => {
            tracing::error!(error_type = "InvalidSetting", "{error}");
            return ExitCode::FAILURE;
        }
    };
    let clients = iam::clients().await;
    let handle =
        |event: LambdaEvent<Box<RawValue>>| handler::handle(event, now(), &config, &clients);
    let runtime = Runtime::new(service_fn(handle)).layer(TracingLayer::new());
    match runtime.layer(MapRequestLayer::new(payload::keep_whole)).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error_type = "RuntimeFailed", "{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the time of day is read")]
fn now() -> SystemTime {
    SystemTime::now()
}
