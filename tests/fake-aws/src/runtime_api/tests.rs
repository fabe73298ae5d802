//! The emulator around a child that speaks the Runtime API: this very test binary, started again
//! to run [`plays_the_function`] only.

use super::*;
use crate::client;

use std::time::Instant;

use serde_json::json;

fn shell(script: &str) -> Setup {
    Setup::new("/bin/sh").args(["-c", script])
}

fn this_binary() -> Setup {
    Setup::new(std::env::current_exe().expect("the path of this test binary"))
        .args(["runtime_api::tests::plays_the_function", "--exact", "--ignored", "--nocapture"])
        .env("GREETING", "hello")
}

#[tokio::test]
#[ignore = "the child of the other tests"]
async fn plays_the_function() {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("run by the emulator");
    let address = address.parse().expect("an address");
    loop {
        let next = format!("GET {PATH}/next");
        let (_, head, payload) = client::send(address, &next, "").await.expect("an event");
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
        };
        let id = header("lambda-runtime-aws-request-id");
        let post = |what: &str| format!("POST {PATH}/{id}/{what}");
        println!("got {payload}");
        let answered = match payload.as_str() {
            "exit" => std::process::exit(3),
            "hang" => std::future::pending().await,
            "fail" => {
                let error = json!({"errorType": "Kind", "errorMessage": "what happened"});
                client::send(address, &post("error"), &error.to_string()).await
            }
            _ => {
                let answer = json!({
                    "arn": header("lambda-runtime-invoked-function-arn"),
                    "deadline": header("lambda-runtime-deadline-ms"),
                    "greeting": std::env::var("GREETING").expect("what the test set"),
                    "cargo": std::env::var("CARGO_MANIFEST_DIR").ok(),
                });
                client::send(address, &post("response"), &answer.to_string()).await
            }
        };
        assert_eq!(answered.expect("an answer to the answer").0, 202);
    }
}

const PATH: &str = "/2018-06-01/runtime/invocation";

#[tokio::test]
async fn hands_over_events_and_takes_answers_and_errors() {
    let setup = this_binary().function_arn("function-arn");
    let mut function = Function::start(setup).await.expect("the child starts");

    let Answer::Response(answer) = function.invoke("one").await else {
        panic!("no response; log: {}", function.log());
    };
    assert_eq!(answer["arn"], "function-arn");
    assert_eq!(answer["greeting"], "hello");
    assert_eq!(answer["cargo"], Value::Null, "the test's own environment does not leak");
    let deadline: u128 = answer["deadline"].as_str().and_then(|ms| ms.parse().ok()).expect("ms");
    let now = UNIX_EPOCH.elapsed().expect("the clock is past 1970").as_millis();
    assert!((now..=now + 30_000).contains(&deadline), "{deadline} at {now}");
    assert!(function.log().contains("got one\n"));

    let Timing { handed, answered } = function.timing().expect("the times of the event");
    assert!(handed < answered && function.ready_after() > Duration::ZERO);
    assert!(function.usage().is_some_and(|usage| usage.peak_memory > 0));

    let error =
        Answer::Error { error_type: "Kind".to_owned(), error_message: "what happened".to_owned() };
    assert_eq!(function.invoke("fail").await, error);
    assert!(matches!(function.invoke("again").await, Answer::Response(_)));
    assert!(function.stop().await.contains("got again\n"));
}

#[tokio::test]
async fn tells_when_the_process_ends_on_an_event() {
    let mut function = Function::start(this_binary()).await.expect("the child starts");
    for payload in ["exit", "too late"] {
        let answer = function.invoke(payload).await;
        let Answer::Exited(status) = answer else { panic!("{answer:?}") };
        assert_eq!(status.code(), Some(3));
    }
}

#[tokio::test]
async fn kills_a_function_that_overruns_its_time() {
    let setup = this_binary().time_limit(Duration::from_millis(100));
    let mut function = Function::start(setup).await.expect("the child starts");
    let begin = Instant::now();
    assert_eq!(function.invoke("hang").await, Answer::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(matches!(function.invoke("too late").await, Answer::Exited(_)));
    assert_eq!((function.timing(), function.usage()), (None, None));
}

#[tokio::test]
async fn tells_when_the_process_ends_before_its_first_next() {
    let exit = Function::start(shell("echo out; echo err >&2; exit 3")).await.expect_err("an exit");
    assert_eq!(exit.status.code(), Some(3));
    assert_eq!(exit.log, "out\nerr\n");
    assert_eq!(exit.init_error, None);
}

#[tokio::test]
#[should_panic(expected = "cannot start")]
async fn says_which_command_is_missing() {
    let _ = Function::start(Setup::new("/nonexistent/function")).await;
}
