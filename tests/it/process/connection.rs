//! The connection that the real binary opens before its first event.

use std::{path::PathBuf, time::Duration};

use fake_aws::{
    Wire,
    iam::{
        Fault, FaultKind, Iam,
        Status::{Active, Inactive},
        World,
    },
    runtime_api::{Answer, Function, Setup},
};

use crate::{invoke::SHORT, worlds::id};

const BOB: &str = "AKIAIOSFODNN7EXAMPLE";
const EVENT: &str =
    r#"{"action": "deactivate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob"}"#;

fn setup(url: &str) -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_iam-key-deactivator")).env("AWS_ENDPOINT_URL", url)
}

/// The same for IAM over HTTPS, whose CA the function is told to trust. The file must outlive the start.
fn trusting(iam: &Iam, name: &str) -> (Setup, PathBuf) {
    let roots = std::env::temp_dir().join(format!("fake-aws-ca-{name}-{}.pem", std::process::id()));
    std::fs::write(&roots, iam.ca().unwrap()).unwrap();
    (setup(&iam.url()).env("SSL_CERT_FILE", roots.display().to_string()), roots)
}

/// The connections that IAM has seen, and the calls.
fn seen(iam: &Iam) -> (usize, usize) {
    (iam.connections(), iam.requests().len())
}

#[tokio::test]
async fn is_open_before_the_first_event_and_nothing_was_asked() {
    let over_http = Iam::over(Wire::http(), World::new().user("Bob", &[(BOB, Active)])).await;
    let over_https = Iam::over(Wire::https(), World::new().user("Bob", &[(BOB, Active)])).await;
    let (https, roots) = trusting(&over_https, "open");
    for (iam, setup) in [(&over_http, setup(&over_http.url())), (&over_https, https)] {
        let mut function = Function::start(setup).await.unwrap();
        assert_eq!(seen(iam), (1, 0), "{}: {}", iam.url(), function.log());

        let answer = function.invoke(EVENT).await;
        assert!(matches!(answer, Answer::Response(_)), "{}: {}", iam.url(), function.log());
        // The second update, five seconds later, included.
        assert_eq!(seen(iam), (1, 5), "{}: all on that connection", iam.url());
    }
    std::fs::remove_file(roots).unwrap();
}

/// A load balancer's bad moment: one alert at the start, one at each of the first two tries.
#[tokio::test]
async fn that_is_refused_by_a_tls_alert_is_tried_again() {
    let wire = Wire::https().alerts(3);
    let iam = Iam::over(wire, World::new().user("Bob", &[(BOB, Active)])).await;
    let (setup, roots) = trusting(&iam, "alert");
    let mut function = Function::start(setup.time_limit(SHORT)).await.unwrap();
    let answer = function.invoke(EVENT).await;
    let Answer::Response(report) = answer else { panic!("{answer:?}") };
    assert_eq!(report["outcomes"][0]["status"], "Deactivated", "{report}");
    assert_eq!(iam.keys()[BOB], Inactive);
    assert!(iam.connections() > 3, "{}", function.log());
    std::fs::remove_file(roots).unwrap();
}

#[tokio::test]
async fn that_cannot_be_had_does_not_stop_the_start() {
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap()
    };
    for url in [format!("http://{address}"), "http://no-such-host.invalid".to_owned()] {
        let setup = setup(&url).time_limit(Duration::from_secs(3));
        let mut function = Function::start(setup).await.unwrap();
        let Answer::Error { error_message, .. } = function.invoke(EVENT).await else {
            panic!("{}", function.log());
        };
        assert!(error_message.contains("failed: ConnectionFailed"), "{url}: {error_message}");
    }
}

/// Before IAM has heeded the update, or before its answer is here.
#[tokio::test]
async fn that_is_cut_is_opened_again() {
    for cut in [FaultKind::CutBefore, FaultKind::CutAfter] {
        let iam = Iam::start(World::new().user("Bob", &[(BOB, Active)])).await;
        iam.fault(Fault { times: 2, ..Fault::once("UpdateAccessKey", cut.clone()) });
        let setup = setup(&iam.url()).time_limit(SHORT);
        let mut function = Function::start(setup).await.unwrap();
        let Answer::Response(report) = function.invoke(EVENT).await else {
            panic!("{cut:?}: {}", function.log());
        };
        assert_eq!(report["summary"], "AKIAIOSFODNN7EXAMPLE of Bob: Deactivated", "{cut:?}");
        assert_eq!(report["outcomes"][0]["verified"], true, "{cut:?}");
        assert_eq!(iam.connections(), 3, "{cut:?}: one for each update");
    }
}

/// Contains Bob's key after all connections have died without a word, and says how many calls were lost.
async fn contained_over_dead_connections(event: &'static str) -> usize {
    let names: Vec<_> = (0..8).map(|number| format!("User{number}")).collect();
    let keys: Vec<_> = names.iter().map(|name| id(name, 1)).collect();
    let world = names
        .iter()
        .zip(&keys)
        .fold(World::new(), |world, (name, key)| world.user(name, &[(key.as_str(), Active)]));
    let wire = Wire::http().round_trip(Duration::from_millis(20));
    let iam = Iam::over(wire, world.user("Bob", &[(BOB, Active)])).await;
    let setup = setup(&iam.url()).time_limit(SHORT);
    let mut function = Function::start(setup).await.unwrap();
    let eight = serde_json::json!({"action": "deactivate", "keys": names.iter().zip(&keys)
        .map(|(name, key)| serde_json::json!({"accessKeyId": key, "userName": name}))
        .collect::<Vec<_>>()});
    assert!(matches!(function.invoke(eight.to_string()).await, Answer::Response(_)));
    assert_eq!(iam.connections(), 8, "one for each key");

    iam.freeze_connections();
    let answer = function.invoke(event).await;
    assert!(matches!(answer, Answer::Response(_)), "{answer:?}");
    assert_eq!(iam.keys()[BOB], Inactive);
    iam.lost()
}

/// What hangs on one of them is given up after a second, and then all are left behind.
#[tokio::test]
async fn that_have_all_died_cost_one_try() {
    let without_user = r#"{"action": "deactivate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}"#;
    for event in [EVENT, without_user] {
        assert_eq!(contained_over_dead_connections(event).await, 1, "{event}");
    }
}
