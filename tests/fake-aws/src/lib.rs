//! Stand-ins for the two services the function talks to, so that tests can drive the real binary
//! over real sockets:
//!
//! - [`runtime_api`]: the Lambda Runtime API. Starts a command as a Lambda function, hands it
//!   events, takes its answers.
//! - [`iam`]: an IAM endpoint with users, keys and a credential report, as strict as IAM where it
//!   matters, that fails, stalls, hangs up, throttles or shows an old world when told to; over HTTP
//!   or HTTPS, next to the caller or a round trip away ([`Wire`]).
//!
//! Both keep what a benchmark needs: when the process was ready, when an event was handed over and
//! answered, CPU time and peak memory; when each call came in and how it was answered.
//!
//! ```no_run
//! # async fn example() {
//! use fake_aws::iam::{Fault, FaultKind, Iam, Status, World};
//! use fake_aws::runtime_api::{Answer, Function, Setup};
//!
//! let key = "AKIAIOSFODNN7EXAMPLE";
//! let iam = Iam::start(World::new().user("Bob", &[(key, Status::Active)])).await;
//! iam.fault(Fault::once("UpdateAccessKey", FaultKind::CutAfter));
//!
//! let setup = Setup::new("target/debug/iam-key-deactivator").env("AWS_ENDPOINT_URL", iam.url());
//! let mut function = Function::start(setup).await.expect("the function starts");
//! let answer = function.invoke(r#"{"action": "deactivate"}"#).await;
//!
//! assert!(matches!(answer, Answer::Response(_)), "{}", function.log());
//! assert_eq!(iam.keys()[key], Status::Inactive);
//! # }
//! ```
//!
//! For tests only: what cannot go on panics with a message.

pub mod client;
mod http;
pub mod iam;
pub mod runtime_api;

pub use http::Wire;
