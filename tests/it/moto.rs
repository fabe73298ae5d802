//! The world in moto: seeded anew for each test, and read back.

use std::{collections::BTreeMap, sync::LazyLock};

use aws_sdk_iam::config::Credentials;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::sweep_world::days_ago;

/// moto holds one world, so tests take turns.
static TURN: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

pub(crate) struct Moto {
    pub(crate) url: String,
    _turn: MutexGuard<'static, ()>,
}

impl Moto {
    /// A world of the test's own, in the form that `tests/python/moto_server.py` describes.
    pub(crate) async fn seeded_with(seed: &Value) -> Self {
        let moto = Self { url: Self::address(), _turn: TURN.lock().await };
        moto.call("POST /seed", &seed.to_string()).await;
        moto
    }

    /// A world with the users and keys that `events/` speak of.
    pub(crate) async fn seeded() -> Self {
        Self::seeded_with(&Self::of_events()).await
    }

    /// All keys are Active, and created so lately that none is stale but Alice's.
    pub(crate) fn of_events() -> Value {
        let recent = days_ago(1);
        let user = |name: &str, ids: &[&str]| {
            let key = |id: &&str| json!({"accessKeyId": id, "createDate": recent});
            json!({"userName": name, "keys": ids.iter().map(key).collect::<Vec<_>>()})
        };
        let users = [
            json!({
                "userName": "Alice",
                "userId": "AIDAIALICEEXAMPLE2222",
                "keys": [{"accessKeyId": "AKIAIALICE7EXAMPLE22", "createDate": days_ago(400)}],
            }),
            user("Bob", &["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"]),
            user("BreakGlass", &["AKIAIBREAKGLASS22222"]),
            json!({
                "userName": "Carol",
                "path": "/service/",
                "keys": [{"accessKeyId": "AKIAICAROL7EXAMPLE22", "createDate": recent}],
            }),
            user("Dave", &["AKIARZPUZDIKKEXAMPLE"]),
        ];
        json!({"users": users})
    }

    /// The same world, where only a role with exactly these permissions may do anything; with its
    /// credentials.
    pub(crate) async fn where_a_role_may(seed: &Value, actions: &[String]) -> (Self, Credentials) {
        let url = Self::address();
        let moto = Self { url, _turn: TURN.lock().await };
        let mut seed = seed.clone();
        seed["allowed"] = json!(actions);
        let role = moto.call("POST /seed", &seed.to_string()).await;
        let text = |name: &str| role[name].as_str().unwrap().to_owned();
        let (id, secret) = (text("accessKeyId"), text("secretAccessKey"));
        let role = Credentials::builder()
            .access_key_id(id)
            .secret_access_key(secret)
            .session_token(text("sessionToken"))
            .provider_name("role");
        (moto, role.build())
    }

    fn address() -> String {
        std::env::var("MOTO_URL").expect("MOTO_URL is not set: run `make test`, which starts moto")
    }

    /// The keys that are Inactive now, with their users.
    pub(crate) async fn inactive(&self) -> BTreeMap<String, String> {
        let world = self.call("GET /world", "").await;
        let users = world["users"].as_array().unwrap();
        let keys = users.iter().flat_map(|user| {
            user["keys"].as_array().unwrap().iter().map(move |key| (key, &user["userName"]))
        });
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        keys.filter(|(key, _)| key["status"] != "Active")
            .map(|(key, user)| (text(&key["accessKeyId"]), text(user)))
            .collect()
    }

    /// The whole world as it is now.
    pub(crate) async fn world(&self) -> Value {
        self.call("GET /world", "").await
    }

    async fn call(&self, request_line: &str, body: &str) -> Value {
        let address = self.url.strip_prefix("http://").unwrap().parse().unwrap();
        let (status, _, body) = kit::client::send(address, request_line, body).await.unwrap();
        assert_eq!(status, 200, "{request_line}: {body}");
        serde_json::from_str(&body).unwrap()
    }
}
