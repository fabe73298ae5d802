//! The connection that the real binary opens before its first event.

use kit::{
    Wire,
    iam::{Iam, Status::Active, World},
    runtime_api::{Answer, Function, Setup},
};

const BOB: &str = "AKIAIOSFODNN7EXAMPLE";
const EVENT: &str =
    r#"{"action": "deactivate", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Bob"}"#;

fn setup(url: &str) -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_iam-key-deactivator")).env("AWS_ENDPOINT_URL", url)
}

/// The connections that IAM has seen, and the calls.
fn seen(iam: &Iam) -> (usize, usize) {
    (iam.connections(), iam.requests().len())
}

#[tokio::test]
async fn is_open_before_the_first_event_and_nothing_was_asked() {
    for wire in [Wire::http(), Wire::https()] {
        let iam = Iam::over(wire, World::new().user("Bob", &[(BOB, Active)])).await;
        let roots = std::env::temp_dir().join(format!("kit-ca-{}.pem", std::process::id()));
        let mut setup = setup(&iam.url());
        if let Some(ca) = iam.ca() {
            std::fs::write(&roots, ca).unwrap();
            setup = setup.env("SSL_CERT_FILE", roots.display().to_string());
        }
        let mut function = Function::start(setup).await.unwrap();
        assert_eq!(seen(&iam), (1, 0), "{wire:?}: {}", function.log());

        let answer = function.invoke(EVENT).await;
        assert!(matches!(answer, Answer::Response(_)), "{wire:?}: {}", function.log());
        assert_eq!(seen(&iam), (1, 3), "{wire:?}: all on that connection");
        // There is none over HTTP.
        let _ = std::fs::remove_file(roots);
    }
}

#[tokio::test]
async fn that_cannot_be_had_does_not_stop_the_start() {
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap()
    };
    for url in [format!("http://{address}"), "http://no-such-host.invalid".to_owned()] {
        let function = Function::start(setup(&url)).await.unwrap();
        assert_eq!(function.log(), "", "an event that needs it will tell");
    }
}
