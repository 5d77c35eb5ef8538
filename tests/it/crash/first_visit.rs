//! Somebody's first visit, with the process killed after each of its steps: one customer, two payers, one owner, no key too many.

use super::{MASTER, Server, log_and_models_agree};
use crate::{
    node::Node,
    patience::{Deadline, ended, within},
};
use projections::Paging;
use ring::hmac;
use serde_json::json;
use sqlx::PgPool;
use std::{net::TcpListener, time::Duration};
use store::testing::TestDatabase;
use studio::{
    Config, House,
    background::{self, Roles},
};
use tokio::{task, time::sleep};
use tokio_util::sync::CancellationToken;
use vault::MasterKey;

const VISITS: usize = 20;
/// What a first visit appends: the user, his identity, two keys, the customer, its owner.
const STEPS: usize = 6;
const SECRET: &str = "the signing key of the webhook";
/// Nobody listens here.
const NOWHERE: &str = "http://127.0.0.1:9";
/// Looks for an event, two milliseconds apart.
const LOOKS_MAX: usize = 30_000;

async fn events(pool: &PgPool) -> usize {
    let count: i64 =
        sqlx::query_scalar("select count(*) from es.events").fetch_one(pool).await.expect("a count");
    usize::try_from(count).expect("a number")
}

/// What the identity provider says of the visitor of this number; whether Studio took it.
async fn told(http: reqwest::Client, base: String, number: usize) -> bool {
    let user =
        json!({"id": format!("visitor{number}"), "primaryEmail": format!("visitor{number}@example.org")});
    let body = json!({"event": "PostRegister", "createdAt": chrono::Utc::now().to_rfc3339(), "user": user})
        .to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hex::encode(hmac::sign(&key, body.as_bytes()));
    let request = http
        .post(format!("{base}/account/bootstrap"))
        .header("logto-signature-sha-256", signature)
        .header("content-type", "application/json")
        .body(body);
    request.send().await.is_ok_and(|reply| reply.status() == 200)
}

/// Tells it until it was taken.
async fn insist(http: &reqwest::Client, base: &str, number: usize) {
    let deadline = Deadline::new();
    while !told(http.clone(), base.to_owned(), number).await {
        deadline.pause("a visitor who is let in").await;
    }
}

/// Kills the server as soon as so many events more are there.
async fn kill_after(server: &mut Server, pool: &PgPool, goal: usize) {
    for _ in 0..LOOKS_MAX {
        if events(pool).await >= goal {
            server.kill();
            return;
        }
        assert!(!server.is_dead(), "the server died by itself");
        sleep(Duration::from_millis(2)).await;
    }
    panic!("{goal} events never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_visit_survives_being_killed_after_each_step() {
    let (database, node) = (TestDatabase::create().await, Node::start().await);
    let env = [("TESTNET_RPC_URL".to_owned(), node.url())];
    let config = Config::from_map(&env.into_iter().collect()).expect("valid configuration");
    let master = MasterKey::parse(MASTER).expect("a key");
    let house = House::open(config, database.pool.clone(), master).await.expect("opens");
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let set = |name: &str, value: String| (name.to_owned(), value);
    let mut server = Server {
        env: vec![
            set("EXTERNAL_DB_CONNECTION_URL", database.url()),
            set("TESTNET_RPC_URL", node.url()),
            set("STUDIO_MASTER_KEY", MASTER.to_owned()),
            set("PORT", port.to_string()),
            set("LOGTO_ENDPOINT", NOWHERE.to_owned()),
            set("LOGTO_APP_ID", "app".to_owned()),
            set("LOGTO_APP_SECRET", "app-secret".to_owned()),
            set("LOGTO_WEBHOOK_SECRET", SECRET.to_owned()),
        ],
        child: None,
    };
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().expect("client");
    let base = format!("http://127.0.0.1:{port}");
    server.start(None);
    for number in 0..VISITS {
        let goal = events(&house.pool).await + 1 + number % STEPS;
        let (http, base) = (http.clone(), base.clone());
        let visit = task::spawn(async move { insist(&http, &base, number).await });
        kill_after(&mut server, &house.pool, goal).await;
        server.start(None);
        within("the visit ends", visit).await.expect("he is let in");
    }
    server.kill();

    let stop = CancellationToken::new();
    let roles = Roles { followers: true, workers: 0 };
    let mut parts = background::start(&house, roles, &stop).await.expect("parts start");
    log_and_models_agree(&house).await;
    let (accounts, people) = (house.views.accounts(), house.views.people());
    let customers = accounts.list_for_operator(Paging::first(100, None)).await.expect("a page").rows;
    let users = people.list_for_operator(Paging::first(100, None)).await.expect("a page").rows;
    assert_eq!((customers.len(), users.len()), (VISITS, VISITS), "one of each for everybody");
    for row in &customers {
        let members = people.members(row.customer, Paging::first(9, None)).await.expect("a page").rows;
        let roles: Vec<&str> = members.iter().map(|member| member.role.as_str()).collect();
        let keys = accounts.key_count(row.customer, None).await.expect("a count");
        assert_eq!((row.payers.len(), keys, roles), (2, 2, vec!["owner"]), "{}", row.customer);
    }
    let keys: i64 =
        sqlx::query_scalar("select count(*) from vault.keys").fetch_one(&house.pool).await.expect("a count");
    assert_eq!(usize::try_from(keys).expect("a number"), 2 * VISITS, "no key that nobody has");
    stop.cancel();
    ended(&mut parts).await;
}
