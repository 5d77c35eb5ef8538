//! The door as a client sees it, with a Studio in memory behind it and read models that are away.

mod captures;
mod places;
mod proof;
mod query;

use crate::{
    Answer, Ask, Auth, Check, House, Problem, Readiness, RestSettings, VersionInfo, admit, front,
    input::BODY_BYTES_MAX,
    route::{Endpoint, Route},
    router, routes,
};
use app::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{self, Spec},
    fake::{SECRET, World},
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
    routing::post,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;

/// What `/health/ready` is told.
struct Ready(Vec<Check>);

#[async_trait]
impl Readiness for Ready {
    async fn checks(&self) -> Vec<Check> {
        self.0.clone()
    }
}

/// The house, and the world in it.
pub(crate) fn house() -> (House, World) {
    let pool = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(50))
        .connect_lazy("postgres://nobody@127.0.0.1:1/none")
        .unwrap();
    let settings = RestSettings {
        write_wait_seconds: 30,
        swagger: true,
        base_url: None,
        version: VersionInfo { name: "studio".to_owned(), version: "0.0.0".to_owned(), commit: None },
    };
    let world = World::new();
    let house = House {
        studio: world.studio(),
        views: projections::Views::new(pool),
        settings,
        readiness: Arc::new(Ready(Vec::new())),
        budget: Arc::default(),
        visitors: world.ledger.clone(),
    };
    (house, world)
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Reply { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn ask(method: &Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

fn empty(builder: axum::http::request::Builder) -> Request<Body> {
    builder.body(Body::empty()).unwrap()
}

/// A path of the route with something in every parameter.
fn filled(route: &Route) -> String {
    let parts = route.path.split('/').map(|part| match part {
        "{did}" | "{*did_url}" => "did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop",
        part if part.starts_with('{') => "00000000-0000-4000-8000-000000000001",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_route_asks_for_a_key_before_it_looks_at_anything_else() {
    let router = router(house().0);
    let public = [
        "/health/",
        "/version",
        "/openapi.json",
        "/1.0/identifiers/",
        "/1.0/methods",
        "/1.0/properties",
        "/1.0/traits",
        "/1.0/did-document",
        "/did/search/",
        "/resource/search/",
        "/credential-status/search",
        "/status-lists",
    ];
    for route in routes() {
        let is_public = public.iter().any(|prefix| route.path.starts_with(prefix));
        assert_eq!(route.auth == Auth::Public, is_public, "{}", route.path);
        if is_public {
            let reply = send(&router, empty(ask(&route.method, &filled(&route)))).await;
            assert_ne!(reply.status, 401, "{}", route.path);
            assert!(!reply.body.is_null(), "{}", route.path);
            continue;
        }
        for secret in [None, Some(""), Some("caas_wrong"), Some("caas_0123456789x")] {
            let mut request = ask(&route.method, &filled(&route));
            if let Some(secret) = secret {
                request = request.header("x-api-key", secret);
            }
            let request =
                request.header("content-type", "application/json").body(Body::from("{malformed")).unwrap();
            let reply = send(&router, request).await;
            assert_eq!(reply.status, 401, "{} {}: {}", route.method, route.path, reply.body);
            let code = if secret.is_none() { "auth/missing-key" } else { "auth/invalid-key" };
            assert_eq!(reply.body["code"], code);
            assert!(reply.body["error"].as_str().unwrap().starts_with("Unauthorized error: "));
        }
    }
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_told_apart_in_json() {
    let router = router(house().0);
    let reply = send(&router, empty(ask(&Method::GET, "/nope"))).await;
    assert_eq!((reply.status, &reply.body["code"]), (404, &json!("request/unknown-route")));
    let reply = send(&router, empty(ask(&Method::DELETE, "/account"))).await;
    assert_eq!((reply.status, &reply.body["code"]), (405, &json!("request/method-not-allowed")));
    assert!(reply.headers.contains_key("x-request-id"));
    let reply = send(&router, empty(ask(&Method::GET, "/version/"))).await;
    assert_eq!((reply.status, &reply.body["name"]), (200, &json!("studio")));
    let reply = send(&router, empty(ask(&Method::HEAD, "/version"))).await;
    assert_eq!(reply.status, 200);
    let reply = send(&router, empty(ask(&Method::GET, "/"))).await;
    assert_eq!((reply.status, reply.headers["location"].to_str().unwrap()), (302, "swagger"));
    let long = format!("/version?{}", "a".repeat(front::TARGET_CHARS_MAX));
    assert_eq!(send(&router, empty(ask(&Method::GET, &long))).await.status, 414);
}

#[tokio::test]
async fn malformed_and_oversized_bodies_are_400_and_413() {
    let router = router(house().0);
    let request = |body: Vec<u8>| {
        ask(&Method::POST, "/did/create")
            .header("x-api-key", SECRET)
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap()
    };
    let reply = send(&router, request(b"{".to_vec())).await;
    assert_eq!((reply.status, &reply.body["code"]), (400, &json!("request/body-malformed")));
    let reply = send(&router, request(vec![b' '; BODY_BYTES_MAX + 1])).await;
    assert_eq!((reply.status, &reply.body["code"]), (413, &json!("request/body-too-large")));
    let reply = send(&router, request(br#"{"network":"devnet"}"#.to_vec())).await;
    assert_eq!((reply.status, &reply.body["error"]), (400, &json!("Invalid network")));
    assert_eq!(reply.body["field"], "network");
}

#[tokio::test]
async fn a_database_that_is_away_is_503_with_retry_after() {
    let router = router(house().0);
    let reply = send(&router, empty(ask(&Method::GET, "/account").header("x-api-key", SECRET))).await;
    assert_eq!((reply.status, &reply.body["code"]), (503, &json!("store/unavailable")));
    assert!(reply.headers.contains_key("retry-after"));
    assert!(!reply.body.to_string().contains("127.0.0.1"), "no detail: {}", reply.body);
}

#[tokio::test]
async fn readiness_names_what_fails() {
    let check = |name: &str, ok| Check { name: name.to_owned(), ok, detail: None };
    let with = |checks: Vec<Check>| router(House { readiness: Arc::new(Ready(checks)), ..house().0 });
    let router = with(vec![check("database", true), check("ledger/testnet", false)]);
    let reply = send(&router, empty(ask(&Method::GET, "/health/ready"))).await;
    assert_eq!((reply.status, &reply.body["failing"]), (503, &json!(["ledger/testnet"])));
    let router = with(vec![check("database", true)]);
    let reply = send(&router, empty(ask(&Method::GET, "/health/ready"))).await;
    assert_eq!((reply.status, &reply.body["status"]), (200, &json!("ok")));
    assert_eq!(send(&router, empty(ask(&Method::GET, "/health/live"))).await.status, 200);
}

#[tokio::test]
async fn the_api_is_shown_without_the_internet() {
    let router = router(house().0);
    let get = |path: &'static str| {
        let router = router.clone();
        async move { router.oneshot(empty(ask(&Method::GET, path))).await.unwrap() }
    };
    let page = to_bytes(get("/swagger").await.into_body(), usize::MAX).await.unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    for asset in ["/swagger/swagger-ui.css", "/swagger/swagger-ui-bundle.js", "/swagger/start.js"] {
        assert!(page.contains(asset));
        let response = get(asset).await;
        assert_eq!(response.status(), 200);
        let is_gzip = response.headers().contains_key("content-encoding");
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), is_gzip, "{asset}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"));
    let api = send(&router, empty(ask(&Method::GET, "/openapi.json"))).await;
    assert_eq!(api.body["openapi"], "3.1.0");
    assert_eq!(api.headers["content-type"], "application/json; charset=utf-8");
}

#[tokio::test]
async fn dids_of_nobody_or_somebody_else_are_404() {
    let router = router(house().0);
    let did = "did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop";
    let resource = json!({"name": "n", "type": "t", "data": "00", "encoding": "hex"});
    for (path, body) in [
        ("/did/update".to_owned(), json!({"did": did, "service": []})),
        (format!("/did/deactivate/{did}"), json!({})),
        ("/did/deactivate".to_owned(), json!({"did": did})),
        (format!("/resource/create/{did}"), resource),
    ] {
        let request =
            ask(&Method::POST, &path).header("x-api-key", SECRET).body(Body::from(body.to_string()));
        let reply = send(&router, request.unwrap()).await;
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (404, &json!("did/not-found")),
            "{path}: {}",
            reply.body
        );
    }
}

#[tokio::test]
async fn a_write_that_goes_on_is_202_with_its_address_whatever_can_be_read() {
    async fn waiting(ask: Ask) -> Result<Answer, Problem> {
        let written: Written<()> = Written::Pending(ask.call.operation(""));
        Answer::written(&ask, StatusCode::OK, written, |()| json!({})).await
    }
    let house: Arc<House> = Arc::new(house().0);
    let endpoint = Endpoint::post("/test/wait", &act::DID_CREATE, post(waiting));
    let inner = Router::new().route("/test/wait", admit::gated(&house, &endpoint)).with_state(house.clone());
    let router = front::wrap(inner, &house);
    let reply = send(&router, empty(ask(&Method::POST, "/test/wait").header("x-api-key", SECRET))).await;
    assert_eq!((reply.status, &reply.body["state"]), (202, &json!("pending")));
    let id = reply.body["operationId"].as_str().unwrap();
    assert_eq!(reply.headers["location"], format!("/operations/{id}"));
    let members = [
        "operationId",
        "kind",
        "did",
        "state",
        "attempts",
        "feeQuoted",
        "feePaid",
        "txHash",
        "height",
        "error",
        "code",
        "nextTryAt",
        "createdAt",
        "updatedAt",
    ];
    for member in members {
        assert!(reply.body.get(member).is_some(), "{member}");
    }
}

static RUNS: AtomicU32 = AtomicU32::new(0);

/// Counts its runs, and fails as it is told.
#[derive(Serialize)]
struct Try {
    body: Value,
    #[serde(skip)]
    spec: &'static Spec,
}

impl Act for Try {
    type Done = Value;

    fn spec(&self) -> &'static Spec {
        self.spec
    }

    async fn run(self, _: &Studio, call: &Call) -> Result<Written<Value>, Fault> {
        let run = RUNS.fetch_add(1, Ordering::SeqCst);
        match self.body["fail"].as_str() {
            Some("panic") => panic!("a secret detail"),
            Some("bug") => Err(Fault::bug("a secret detail")),
            Some("away") => Err(Fault::unavailable("test/away", "Away.", "a secret detail")),
            Some("poor") => Err(Fault::new(FaultKind::PaymentRequired, "test/poor", "Pay.")),
            Some("unpaid") => {
                let waits = Fault::new(FaultKind::PaymentRequired, "test/unpaid", "Pay.");
                Err(waits.with("operationId", "x"))
            }
            Some("ledger") => {
                let refused = Fault::new(FaultKind::LedgerRefused, "ledger/rejected", "No.");
                Err(refused.with("operationId", "x"))
            }
            _ => Ok(Written::Done(
                json!({"run": run, "command": call.command_id, "dry": call.dry_run, "wait": call.wait_seconds}),
            )),
        }
    }
}

fn counting(spec: &'static Spec) -> Router {
    let house: Arc<House> = Arc::new(house().0);
    let write = async move |ask: Ask| -> Result<Answer, Problem> {
        let body = json!({"fail": ask.input.text("fail", "")?, "a": ask.input.value("a")});
        Answer::new(StatusCode::CREATED, &ask.done(Try { body, spec }).await?)
    };
    let endpoint = Endpoint::post("/test/write", spec, post(write));
    let inner = Router::new().route("/test/write", admit::gated(&house, &endpoint)).with_state(house.clone());
    front::wrap(inner, &house)
}

fn keyed(key: &str, body: &Value) -> Request<Body> {
    ask(&Method::POST, "/test/write")
        .header("x-api-key", SECRET)
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()))
        .unwrap()
}

#[tokio::test]
async fn a_repeated_key_has_one_effect_and_one_answer() {
    let router = counting(&act::KEY_CREATE);
    let first = send(&router, keyed("k", &json!({"a": 1}))).await;
    assert_eq!(first.status, 201);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let again = send(&router, keyed("k", &json!({"a": 1}))).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = send(&router, keyed("k", &json!({"a": 2}))).await;
    assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency/key-reused")));
    let fresh = send(&router, keyed("k2", &json!({"a": 1}))).await;
    assert_ne!(fresh.body["command"], first.body["command"]);
}

#[tokio::test]
async fn safety_13_a_key_is_let_go_after_a_refusal_and_stays_with_what_broke_off_or_ended() {
    let router = counting(&act::DID_CREATE);
    for (fail, status) in [("away", 503), ("bug", 500), ("panic", 500), ("poor", 402), ("unpaid", 402)] {
        let reply = send(&router, keyed(fail, &json!({"fail": fail}))).await;
        assert_eq!(reply.status, status, "{fail}");
        assert!(!reply.body.to_string().contains("secret"), "{}", reply.body);
        if status == 500 {
            assert_eq!(reply.body["incident"], reply.headers["x-request-id"].to_str().unwrap());
        }
    }
    for key in ["away", "bug", "panic", "unpaid"] {
        let other = send(&router, keyed(key, &json!({}))).await;
        assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency/key-reused")), "{key}");
        // The same again runs again.
        let again = send(&router, keyed(key, &json!({"fail": key}))).await;
        assert!(
            !again.headers.contains_key("idempotent-replayed") && again.status != 409,
            "{key}: {}",
            again.body
        );
    }
    assert_eq!(send(&router, keyed("poor", &json!({}))).await.status, 201, "a refusal lets go");
    let refused = send(&router, keyed("no", &json!({"fail": "ledger"}))).await;
    assert_eq!(refused.status, 422);
    let again = send(&router, keyed("no", &json!({"fail": "ledger"}))).await;
    assert_eq!((again.status, &again.body), (422, &refused.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
}

#[tokio::test]
async fn options_of_ledger_writes_reach_the_call() {
    let send_to = |act, target: &'static str| async move {
        let request =
            ask(&Method::POST, target).header("x-api-key", SECRET).header("prefer", "respond-async");
        send(&counting(act), empty(request)).await
    };
    let reply = send_to(&act::DID_CREATE, "/test/write?dryRun=true&maxFee=5").await;
    assert_eq!((&reply.body["dry"], &reply.body["wait"]), (&json!(true), &json!(0)));
    assert_eq!(send_to(&act::DID_CREATE, "/test/write?maxFee=-1").await.status, 400);
    assert_eq!(send_to(&act::DID_CREATE, "/test/write?maxFee=1.5").await.status, 400);
    assert_eq!(send_to(&act::DID_CREATE, "/test/write?dryRun=maybe").await.status, 400);
    let reply = send_to(&act::KEY_CREATE, "/test/write?dryRun=true").await;
    assert_eq!((reply.status, &reply.body["code"]), (400, &json!("request/dry-run-unsupported")));
}
