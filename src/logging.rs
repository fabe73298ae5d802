//! Writes log lines to standard output, in the format and from the level of Lambda's logging settings
//! (Lambda Developer Guide, "Advanced logging controls").

use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Sets up logging for the process, from `AWS_LAMBDA_LOG_FORMAT` and `AWS_LAMBDA_LOG_LEVEL`.
pub fn init() {
    let setting = |name| std::env::var(name).unwrap_or_default();
    let lines = fmt::layer().with_target(false);
    let lines = match setting("AWS_LAMBDA_LOG_FORMAT").as_str() {
        "Text" => lines.with_ansi(false).without_time().boxed(),
        _ => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
        }
    };
    let level = level(&setting("AWS_LAMBDA_LOG_LEVEL"));
    tracing_subscriber::registry().with(lines.with_filter(targets(level))).init();
}

/// Lambda's name of a level. Anything else is INFO, Lambda's own default.
fn level(name: &str) -> Level {
    match name.to_ascii_uppercase().as_str() {
        "TRACE" => Level::TRACE,
        "DEBUG" => Level::DEBUG,
        "WARN" => Level::WARN,
        "ERROR" | "FATAL" => Level::ERROR,
        _ => Level::INFO,
    }
}

/// The runtime logs a handler's error once more here, whole and in `Debug`: 43 MB for an event of 1 MB.
/// The handler has already logged it as `failed`. The panic hook prints a panic.
const LOGGED_ALREADY: &str = "lambda_runtime::layers::panic";

/// Our own lines from `level` on, and dependencies' lines from WARN on at most. At TRACE the runtime
/// logs raw payloads, and the SDK logs requests.
fn targets(level: Level) -> Targets {
    Targets::new()
        .with_default(level.min(Level::WARN))
        .with_target(LOGGED_ALREADY, LevelFilter::OFF)
        .with_target(env!("CARGO_CRATE_NAME"), level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_log_at_warn_at_most() {
        #[track_caller]
        fn check(setting: &str, ours: LevelFilter, theirs: LevelFilter) {
            let targets = targets(level(setting));
            let enabled = |target| {
                let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
                let least = levels.into_iter().find(|level| targets.would_enable(target, level));
                least.map_or(LevelFilter::OFF, LevelFilter::from)
            };
            assert_eq!(
                (enabled("iam_key_deactivator::report"), enabled("lambda_runtime")),
                (ours, theirs)
            );
        }
        check("", LevelFilter::INFO, LevelFilter::WARN);
        check("nonsense", LevelFilter::INFO, LevelFilter::WARN);
        check("TRACE", LevelFilter::TRACE, LevelFilter::WARN);
        check("debug", LevelFilter::DEBUG, LevelFilter::WARN);
        check("WARN", LevelFilter::WARN, LevelFilter::WARN);
        check("ERROR", LevelFilter::ERROR, LevelFilter::ERROR);
        check("FATAL", LevelFilter::ERROR, LevelFilter::ERROR);
    }
    #[test]
    fn the_runtime_does_not_log_an_error_once_more() {
        for level in [Level::TRACE, Level::INFO, Level::ERROR] {
            let targets = targets(level);
            assert!(!targets.would_enable(LOGGED_ALREADY, &Level::ERROR));
            assert!(targets.would_enable("lambda_runtime::layers::api_client", &Level::ERROR));
        }
    }
}
