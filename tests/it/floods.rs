//! Floods: what one caller holds, others do not miss. Over loopback, on the real server, with a ledger that takes its time.

mod readiness;
mod server;
mod sockets;
mod tenants;

use crate::{
    house::{Reply, TestHouse},
    patience::client,
};
use app::budget::{RESOLVE_PER_ADDRESS_MAX, Work};
use reqwest::{Client, Method};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};
use uuid::Uuid;

/// The longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_mins(2);
/// How late the ledger answers.
const SLOW_MILLIS: u64 = 8_000;
/// How often the others ask while a flood holds what it holds.
const ROUNDS: usize = 15;

/// Waits until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A client that connects anew for every request.
fn fresh() -> Client {
    client().pool_max_idle_per_host(0).build().expect("a client")
}

async fn get(http: &Client, house: &TestHouse, key: Option<&str>, path: &str) -> Reply {
    let mut request = http.request(Method::GET, format!("{}{path}", house.base));
    if let Some(key) = key {
        request = request.header("x-api-key", key);
    }
    TestHouse::answer(request).await
}

/// While somebody floods: health answers, and another tenant is served, over new connections and without a single no.
async fn others_are_served(house: &TestHouse) {
    let http = fresh();
    for _ in 0..ROUNDS {
        get(&http, house, None, "/health/live").await.expect(200);
        get(&http, house, None, "/version").await.expect(200);
        let ready = get(&http, house, None, "/health/ready").await;
        assert!([200, 503].contains(&ready.status) && ready.body["checks"].is_array(), "{}", ready.text);
        for path in ["/account", "/did/list", "/operations", "/event/list"] {
            get(&http, house, Some(&house.mallory.key), path).await.expect(200);
        }
        let query = serde_json::json!({"query": "{ viewer { name } }"});
        let request = http.post(format!("{}/graphql", house.base)).header("x-api-key", &house.mallory.key);
        let answer = TestHouse::answer(request.json(&query)).await.expect(200);
        assert_eq!(answer["data"]["viewer"]["name"], "Mallory", "{answer}");
    }
}

/// A connection over which bytes are sent as they are.
async fn raw(house: &TestHouse) -> TcpStream {
    TcpStream::connect(house.base.trim_start_matches("http://")).await.expect("a connection")
}

/// Sends a head (and maybe less) and reads what is answered to the end of the connection or of the body.
async fn answer_to(house: &TestHouse, bytes: &[u8]) -> (u16, Value) {
    let mut stream = raw(house).await;
    stream.write_all(bytes).await.expect("sent");
    answer_of(&mut stream).await
}

async fn answer_of(stream: &mut TcpStream) -> (u16, Value) {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut piece)).await.expect("an answer");
        let length = read.unwrap_or(0);
        text.extend_from_slice(&piece[..length]);
        let whole = String::from_utf8_lossy(&text);
        if let Some((head, body)) = whole.split_once("\r\n\r\n") {
            let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
            let body = serde_json::from_str(body);
            if length == 0 || body.is_ok() {
                return (status, body.unwrap_or(Value::Null));
            }
        }
        assert_ne!(length, 0, "no answer: {whole}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_flood_of_the_resolver_leaves_tenants_and_health_alone() {
    // safety 5
    let house = TestHouse::start().await;
    house.node.slow_down(SLOW_MILLIS);
    let mut flood = JoinSet::new();
    for number in 0..1_030 {
        let path = match number % 3 {
            0 => format!("/did/search/did:cheqd:testnet:{}", Uuid::new_v4()),
            1 => format!("/resource/search/did:cheqd:testnet:{}", Uuid::new_v4()),
            _ => format!("/1.0/identifiers/did:cheqd:testnet:{}", Uuid::new_v4()),
        };
        flood.spawn(TestHouse::answer(house.request(Method::GET, &path)));
    }
    let budget = &house.house.budget;
    until("the flood holds all it may", || budget.taken(Work::Resolve) == RESOLVE_PER_ADDRESS_MAX).await;
    others_are_served(&house).await;
    assert!(budget.taken(Work::Resolve) > 0, "the flood was there all the time");
    house.node.recover();
    let mut refused = 0;
    while let Some(reply) = flood.join_next().await {
        let reply = reply.expect("no panic");
        match reply.status {
            429 => {
                assert_eq!(reply.body["code"], "request/too-many", "{}", reply.text);
                assert!(reply.headers.contains_key("retry-after"));
                refused += 1;
            }
            // Whose turn did not come in time, on a machine that is slow as well.
            503 => assert_eq!(reply.body["code"], "server/busy", "{}", reply.text),
            status => assert!([404, 400].contains(&status), "{}", reply.text),
        }
    }
    assert!(refused > 0, "the surplus is told to come back");
    assert_eq!((budget.taken(Work::Resolve), budget.waiting(Work::Resolve)), (0, 0));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_written_is_read_even_if_somebody_asked_too_early() {
    let house = TestHouse::start().await;
    let id = Uuid::new_v4();
    let did = format!("did:cheqd:testnet:{id}");
    for _ in 0..3 {
        assert_eq!(house.get(&format!("/did/search/{did}")).await.status, 404);
    }
    let document = serde_json::json!({"didDocument": {"id": did},
        "options": {"verificationMethodType": "Ed25519VerificationKey2020"}});
    let made = house.post("/did/create", document).await.expect(200);
    let made = made["did"].as_str().expect("a DID");
    assert_eq!(made, did, "what was asked for");
    house.get(&format!("/did/search/{made}")).await.expect(200);
    // A resource of ours that somebody asked for before it was there.
    let resource = serde_json::json!({"name": "n", "type": "T", "encoding": "hex", "data": "00"});
    let by_name = format!("/resource/search/{made}?resourceName=n&resourceType=T");
    assert_ne!(house.get(&by_name).await.status, 200);
    house.post(&format!("/resource/create/{made}"), resource).await.expect(201);
    house.get(&by_name).await.expect(200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_announces_too_much_is_refused_at_once_at_both_doors() {
    // safety 10, doors 4: nothing of the bodies is ever sent.
    let house = TestHouse::start().await;
    let key = &house.alice.key;
    let long = "x".repeat(100_000);
    let many = "x".repeat(300_000);
    for path in ["/did/create", "/credential/verify", "/graphql"] {
        let head = |lines: &str| {
            format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{lines}\r\n")
                .into_bytes()
        };
        let table = [
            (
                format!("x-api-key: {key}\r\ncontent-length: 100000000000000\r\n"),
                413,
                "request/body-too-large",
            ),
            (
                format!("x-api-key: {key}\r\nx-long: {long}\r\ncontent-length: 2\r\n"),
                431,
                "request/headers-too-large",
            ),
            (
                format!("x-api-key: {key}\r\nx-api-key: {}\r\ncontent-length: 2\r\n", house.mallory.key),
                401,
                "auth/ambiguous-key",
            ),
            (
                format!("x-api-key: {key}\r\nX-API-Key: {key}\r\ncontent-length: 2\r\n"),
                401,
                "auth/ambiguous-key",
            ),
            (
                format!("x-api-key: {key}\r\ncontent-encoding: gzip\r\ncontent-length: 20\r\n"),
                415,
                "request/encoding-unsupported",
            ),
            (
                format!("x-api-key: {key}\r\ncontent-encoding: br\r\ntransfer-encoding: chunked\r\n"),
                415,
                "request/encoding-unsupported",
            ),
        ];
        for (lines, status, code) in table {
            let (answered, body) = answer_to(&house, &head(&lines)).await;
            assert_eq!((answered, &body["code"]), (status, &Value::from(code)), "{path}: {body}");
        }
        // Beyond what is read of a head at all, and beyond any sense, the bare status is the answer.
        for (lines, status) in [
            (format!("x-long: {many}\r\n"), 431),
            ("x: y\r\n".repeat(200), 431),
            ("content-length: 5\r\ncontent-length: 6\r\n".to_owned(), 400),
        ] {
            assert_eq!(answer_to(&house, &head(&lines)).await.0, status, "{path}");
        }
    }
    others_are_served(&house).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_credential_with_thousands_of_references_ends_at_its_budget() {
    // safety 8
    let house = TestHouse::start().await;
    let did = house.did().await;
    let schemas: Vec<Value> = (0..2_500)
        .map(|_| serde_json::json!({"id": format!("{did}/resources/{}", Uuid::new_v4()), "type": "JsonSchemaValidator2018"}))
        .collect();
    let jwt = tenants::self_signed(&serde_json::json!({
        "credentialSchema": schemas,
        "termsOfUse": {"type": "AttestationPolicy",
            "parentAccreditation": format!("{did}/resources/{}", Uuid::new_v4()),
            "rootAuthorization": format!("{did}/resources/{}", Uuid::new_v4())},
    }));
    let body = serde_json::json!({"credential": jwt});
    let reply = house.post("/credential/verify?verifyStatus=true&verifyTrustChain=true", body).await;
    assert_eq!((reply.status, &reply.body["code"]), (413, &Value::from("request/too-many-ledger-calls")));
    others_are_served(&house).await;
    house.stop().await;
}
