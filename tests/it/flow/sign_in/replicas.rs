//! Two processes of the real binary over one database: what somebody begins at one goes on at the other, and what ends at one
//! ends at the other.

use super::{Browser, EMAIL, PASSWORD};
use crate::{
    crash::{MASTER, Server},
    node::Node,
    patience::{Deadline, client, ended},
};
use app::people;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    time::{Duration, Instant},
};
use store::testing::TestDatabase;
use studio::{
    Config, House,
    background::{self, Roles},
    tenant,
};
use tokio_util::sync::CancellationToken;
use vault::MasterKey;

/// What is asked so long after a key has ended finds it ended, in every process: the half second for which a process relies on
/// what it knows of keys, and as much again.
const KEY_ENDS_WITHIN: Duration = Duration::from_secs(1);

/// A process and its address.
struct Replica {
    server: Server,
    base: String,
}

impl Replica {
    async fn start(database: &TestDatabase, node: &Node) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let env = [
            ("EXTERNAL_DB_CONNECTION_URL", database.url()),
            ("TESTNET_RPC_URL", node.url()),
            ("STUDIO_MASTER_KEY", MASTER.to_owned()),
            ("PORT", port.to_string()),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).into();
        let mut replica =
            Self { server: Server { env, child: None }, base: format!("http://127.0.0.1:{port}") };
        replica.begin().await;
        replica
    }

    async fn begin(&mut self) {
        self.server.start(None);
        let (http, deadline) = (client().build().expect("a client"), Deadline::new());
        let is_ready = async || {
            let answer = http.get(format!("{}/health/ready", self.base)).send().await;
            answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
        };
        while !is_ready().await {
            assert!(!self.server.is_dead(), "the process ended by itself");
            deadline.pause("a process that is ready").await;
        }
    }
}

/// A link by which somebody becomes the owner of a new customer.
async fn link(database: &TestDatabase, node: &Node) -> String {
    let env = [("TESTNET_RPC_URL".to_owned(), node.url())];
    let config = Config::from_map(&env.into_iter().collect()).expect("valid configuration");
    let master = MasterKey::parse(MASTER).expect("a key");
    let house = House::open(config, database.pool.clone(), master).await.expect("opens");
    let stop = CancellationToken::new();
    let roles = Roles { followers: true, workers: 0 };
    let mut parts = background::start(&house, roles, &stop).await.expect("parts start");
    let customer = tenant::register(&house, "Twins").await.expect("a customer").customer;
    let link = people::make_set_up_link(&house.studio, customer).await.expect("a link").to_string();
    stop.cancel();
    ended(&mut parts).await;
    link
}

/// What a process says to an API key.
async fn account(replica: &Replica, key: &str) -> (u16, Value) {
    let request = client().build().expect("a client").get(format!("{}/account", replica.base));
    let answer = request.header("x-api-key", key).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_are_one_studio_to_whoever_signs_in() {
    let (database, node) = (TestDatabase::create().await, Node::start().await);
    let mut one = Replica::start(&database, &node).await;
    let two = Replica::start(&database, &node).await;
    let token = link(&database, &node).await;
    let mut browser = Browser::at(&one.base);
    let fields = [("token", token.as_str()), ("email", EMAIL), ("password", PASSWORD), ("name", "Ana")];
    browser.form("/auth/setup", &fields).await.expect(StatusCode::SEE_OTHER);
    let mut elsewhere = browser.moved_to(&two.base);
    let account_at_one = browser.get("/account").await.expect(StatusCode::OK).json();
    let account_at_two = elsewhere.get("/account").await.expect(StatusCode::OK).json();
    assert_eq!(account_at_one["customer"], account_at_two["customer"]);

    // A key works at both from the answer on, and at neither a moment after its end.
    let named = json!({"name": "backend"});
    let made = browser.act(Method::POST, "/admin/api-key/create", &named).await.expect(StatusCode::CREATED);
    let made = made.json();
    let secret = made["apiKey"].as_str().expect("a secret");
    for replica in [&one, &two] {
        assert_eq!(account(replica, secret).await.0, 200);
    }
    let revoked = browser.act(Method::POST, "/admin/api-key/revoke", &json!({"apiKey": made["id"]})).await;
    revoked.expect(StatusCode::OK);
    let ended_at = Instant::now();
    let (status, refusal) = account(&one, secret).await;
    assert_eq!(status, 401, "{refusal}");
    loop {
        let asked_after = ended_at.elapsed();
        let (status, there) = account(&two, secret).await;
        if status == 401 {
            assert_eq!(there["code"], refusal["code"]);
            break;
        }
        assert!(asked_after < KEY_ENDS_WITHIN, "{status} to what was asked {asked_after:?} later");
    }

    // So do sessions, at once.
    let mut second = Browser::at(&two.base);
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let opened = second.json(Method::POST, "/auth/password", None, &body).await.expect(StatusCode::OK).json();
    assert!(second.moved_to(&one.base).is_signed_in().await);
    let id = opened["sessionId"].as_str().expect("an id");
    browser.act(Method::DELETE, &format!("/auth/sessions/{id}"), &json!({})).await.expect(StatusCode::OK);
    second.get("/account").await.refused(401, "auth/session-ended");

    // A process that is killed and begins anew knows who is signed in.
    one.server.kill();
    assert!(elsewhere.is_signed_in().await);
    one.begin().await;
    assert!(browser.is_signed_in().await);
    elsewhere.form("/auth/sign-out", &[]).await.expect(StatusCode::SEE_OTHER);
    browser.get("/account").await.refused(401, "auth/session-ended");
}
