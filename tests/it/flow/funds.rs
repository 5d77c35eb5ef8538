//! Payers that run out of money, and the test network's faucet.

use crate::{
    house::{TestHouse, penniless},
    node::Node,
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use store::{outbox::low_balances, testing::TestDatabase};
use studio::funds;
use tokio::net::TcpListener;

/// What a faucet was asked, and what it answers.
#[derive(Default)]
struct Faucet {
    asked: Mutex<Vec<(Value, Option<String>)>>,
    broken: Mutex<bool>,
}

async fn credit(
    State(faucet): State<Arc<Faucet>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let key = headers.get("x-api-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    faucet.asked.lock().unwrap().push((body, key));
    if *faucet.broken.lock().unwrap() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

async fn faucet() -> (Arc<Faucet>, String) {
    let faucet = Arc::new(Faucet::default());
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    let uri = format!("http://{}/credit", listener.local_addr().expect("an address"));
    let app = Router::new().route("/credit", post(credit)).with_state(Arc::clone(&faucet));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (faucet, uri)
}

#[tokio::test]
async fn a_poor_testnet_payer_is_topped_up_once_an_hour_and_nobody_else() {
    let (faucet, uri) = faucet().await;
    let node = Node::start().await;
    let mainnet = node.url();
    let database = TestDatabase::create().await;
    // Mainnet has a node as well, and its payers are as poor: they are never topped up.
    let variables = [
        ("ENABLE_ACCOUNT_TOPUP", "true"),
        ("FAUCET_URI", uri.as_str()),
        ("FAUCET_API_KEY", "faucet-key"),
        ("FAUCET_AMOUNT", "5000"),
        ("MAINNET_RPC_URL", mainnet.as_str()),
    ];
    let house = TestHouse::on(node, database.pool.clone(), &variables).await;
    let poor = penniless(&house.house, "Poor").await;
    let first = funds::pass(&house.house).await.expect("looked");
    assert_eq!((first.seen, first.low, first.topped_up), (6, 4, 1), "three customers on two networks");
    let asked = faucet.asked.lock().unwrap().clone();
    let [(body, key)] = asked.as_slice() else { panic!("asked once: {asked:?}") };
    assert_eq!(
        (&body["address"], &body["amount"], &body["denom"]),
        (&poor.payer.clone().into(), &"5000".into(), &"ncheq".into())
    );
    assert_eq!(key.as_deref(), Some("faucet-key"));
    assert!(!body.to_string().contains("Poor"), "who it is for is nobody's business");
    let second = funds::pass(&house.house).await.expect("looked");
    assert_eq!((second.low, second.topped_up), (4, 0), "not again within the hour");
    assert_eq!(faucet.asked.lock().unwrap().len(), 1);

    *faucet.broken.lock().unwrap() = true;
    let later = penniless(&house.house, "Later").await;
    let third = funds::pass(&house.house).await.expect("a faucet that fails holds up nothing");
    assert_eq!(third.topped_up, 0);
    let low = low_balances(&house.house.pool, 10).await.expect("balances");
    let said = |payer: &str| {
        low.iter()
            .find(|one| one.payer == payer && one.network == "testnet")
            .and_then(|one| one.topup_error.clone())
    };
    assert!(said(&later.payer).expect("told").contains("500"));
    assert_eq!(said(&poor.payer), None);
    house.stop().await;
}

#[tokio::test]
async fn nobody_is_topped_up_unless_the_operator_wants_it() {
    let (faucet, uri) = faucet().await;
    let house = TestHouse::with(&[("FAUCET_URI", &uri)]).await;
    penniless(&house.house, "Poor").await;
    let pass = funds::pass(&house.house).await.expect("looked");
    assert_eq!((pass.seen, pass.low, pass.topped_up), (3, 1, 0));
    assert!(faucet.asked.lock().unwrap().is_empty());
    house.stop().await;
}
