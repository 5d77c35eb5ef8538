//! The door over HTTP, with a Studio in memory behind it and read models that are away.

use super::*;
use crate::limits::QUERY_BYTES_MAX;
use app::{
    Actor,
    budget::{Budget, Share},
    fake::{API_KEY, CUSTOMER, SECRET, World},
};
use axum::{
    body::{Body as HttpBody, to_bytes},
    http::HeaderMap,
};
use sqlx::postgres::PgPoolOptions;
use tower::ServiceExt as _;

/// A house over this world whose database is nowhere.
pub(crate) fn house(world: &World) -> House {
    let pool = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(20))
        .connect_lazy("postgres://nobody@127.0.0.1:1/nothing")
        .unwrap();
    let views = projections::Views::new(pool);
    House { studio: world.studio(), views, write_wait_seconds: 1, budget: Arc::default() }
}

/// A request of the tenant, outside any door.
pub(crate) fn asking(world: &World) -> Arc<Asking> {
    let caller = app::Principal::unbounded(CUSTOMER, Actor::ApiKey(API_KEY.0));
    Asking::new(&Arc::new(house(world)), &Arc::default(), caller, Uuid::nil(), None)
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

async fn send(router: &Router, request: Request) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 8 * 1024 * 1024).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status: parts.status, headers: parts.headers, body }
}

fn request(key: Option<&str>, kind: &str, body: impl Into<HttpBody>) -> Request {
    let mut builder = Request::post("/graphql").header("content-type", kind);
    if let Some(key) = key {
        builder = builder.header(API_KEY_HEADER, key);
    }
    builder.body(body.into()).unwrap()
}

async fn ask(router: &Router, body: &Value) -> Answer {
    send(router, request(Some(SECRET), "application/json", body.to_string())).await
}

fn get(path: &str, accept: Option<&str>, key: Option<&str>) -> Request {
    let mut builder = Request::get(path);
    if let Some(accept) = accept {
        builder = builder.header("accept", accept);
    }
    if let Some(key) = key {
        builder = builder.header(API_KEY_HEADER, key);
    }
    builder.body(HttpBody::empty()).unwrap()
}

async fn query(router: &Router, text: &str) -> Value {
    let answer = ask(router, &json!({"query": text})).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body
}

fn new_router() -> Router {
    router(house(&World::new()))
}

#[tokio::test]
async fn without_a_working_key_there_is_nothing_but_401() {
    let router = new_router();
    for (key, code) in
        [(None, "auth/missing-key"), (Some("caas_wrong"), "auth/invalid-key"), (Some(""), "auth/invalid-key")]
    {
        let introspection = json!({"query": "{ __schema { queryType { name } } }"}).to_string();
        let answer = send(&router, request(key, "application/json", introspection)).await;
        assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (401, Some(code)));
        assert_eq!(answer.body["status"], 401);
        assert!(answer.headers.contains_key(REQUEST_ID_HEADER));
    }
    // 401 comes before 400.
    let answer = send(&router, request(None, "text/plain", "{")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_page_is_public_and_loads_nothing_from_elsewhere() {
    let router = new_router();
    let browser = Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    let page = router.clone().oneshot(get("/graphql", browser, None)).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    let html = to_bytes(page.into_body(), 1 << 20).await.unwrap();
    let html = String::from_utf8(html.to_vec()).unwrap();
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    let links: Vec<&str> = html.split('"').filter(|text| text.starts_with("/graphql/ui/")).collect();
    assert_eq!(links.len(), 5);
    for link in links {
        let file = router.clone().oneshot(get(link, None, None)).await.unwrap();
        assert_eq!(file.status(), StatusCode::OK, "{link}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_request_is_named() {
    let router = new_router();
    let table = [
        ("application/json", "{".to_owned(), 400, "request/body-malformed"),
        ("application/json", "[]".to_owned(), 400, "graphql/batch-size"),
        (
            "application/json",
            json!(vec![json!({"query": "{ __typename }"}); 11]).to_string(),
            400,
            "graphql/batch-size",
        ),
        (
            "application/json",
            json!({"query": "x".repeat(BODY_BYTES_MAX)}).to_string(),
            413,
            "request/body-too-large",
        ),
        ("text/plain", "{}".to_owned(), 415, "request/unsupported-media-type"),
        // doors 3: this was 200.
        ("application/json", "{}".to_owned(), 400, "graphql/query-missing"),
    ];
    for (kind, body, status, code) in table {
        let answer = send(&router, request(Some(SECRET), kind, body)).await;
        assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (status, Some(code)));
        // Clients that know GraphQL only find it too.
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], code);
    }
}

/// Safety 10, doors 4.
#[tokio::test]
async fn what_must_not_be_read_is_refused_before_it_is() {
    let router = new_router();
    for (name, value, status, code) in [
        ("content-length", "100000000000000", 413, "request/body-too-large"),
        ("content-length", "1048577", 413, "request/body-too-large"),
        (API_KEY_HEADER, "caas_other", 401, "auth/ambiguous-key"),
        (API_KEY_HEADER, SECRET, 401, "auth/ambiguous-key"),
        ("content-encoding", "gzip", 415, "request/encoding-unsupported"),
        ("content-encoding", "identity, br", 415, "request/encoding-unsupported"),
    ] {
        let never = futures::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
        let mut request = request(Some(SECRET), "application/json", HttpBody::from_stream(never));
        request.headers_mut().append(name, value.parse().unwrap());
        let answer = send(&router, request).await;
        assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (status, Some(code)), "{name}");
        assert_eq!(answer.headers.contains_key("accept-encoding"), status == 415);
    }
}

/// Safety 5: what a tenant has running is counted by kind, whatever the door.
#[tokio::test]
async fn a_tenant_without_a_place_is_told_to_wait() {
    let share = Share { places: 4, places_each: 1, waiting_each: 0, wait_seconds: 1 };
    let budget = Arc::new(Budget::of(|_| share));
    let router = router(House { budget: Arc::clone(&budget), ..house(&World::new()) });
    let whose = Caller::Tenant(CUSTOMER);
    let writing = budget.enter(Work::LedgerWrite, whose).await.unwrap();
    let update = r#"mutation { updateDid(input: {did: "x"}) { replayed } }"#;
    let answer = ask(&router, &json!({"query": update})).await;
    assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (429, Some("request/too-many")));
    assert!(answer.headers.contains_key("retry-after"));
    // In a batch what was done before is told, and what comes after is done.
    let plain = json!({"query": "{ __typename }"});
    let answer = ask(&router, &json!([plain, {"query": update}, plain])).await;
    assert_eq!(answer.body[0]["data"]["__typename"], "Query", "{}", answer.body);
    assert_eq!(answer.body[1]["errors"][0]["extensions"]["code"], "request/too-many");
    assert_eq!(answer.body[1]["errors"][0]["extensions"]["retryAfterSeconds"], 5);
    assert_eq!(answer.body[2]["data"]["__typename"], "Query");
    drop(writing);
    let _reading = budget.enter(Work::Read, whose).await.unwrap();
    let answer = ask(&router, &json!({"query": "{ __typename }"})).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

/// doors 3: the media type that was asked for, and the status that it gives a meaning.
#[tokio::test]
async fn the_form_of_an_answer_is_what_the_client_takes() {
    let router = new_router();
    let graph = "application/graphql-response+json";
    let fine = json!({"query": "{ __typename }"});
    let wrong = json!({"query": "{ nothing }"});
    let failed = json!({"query": "{ viewer { id } }"});
    let table = [
        (None, &fine, 200, "application/json; charset=utf-8"),
        (Some("*/*"), &fine, 200, "application/json; charset=utf-8"),
        (Some("application/json"), &wrong, 200, "application/json; charset=utf-8"),
        (Some(graph), &fine, 200, "application/graphql-response+json; charset=utf-8"),
        (Some(graph), &wrong, 400, "application/graphql-response+json; charset=utf-8"),
        // It was executed, though all of it failed.
        (Some(graph), &failed, 200, "application/graphql-response+json; charset=utf-8"),
        (Some("text/html"), &fine, 406, "application/json; charset=utf-8"),
    ];
    for (accept, body, status, kind) in table {
        let mut request = request(Some(SECRET), "application/json", body.to_string());
        if let Some(accept) = accept {
            request.headers_mut().insert("accept", accept.parse().unwrap());
        }
        let answer = send(&router, request).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["content-type"]),
            (status, &HeaderValue::from_static(kind)),
            "{accept:?} {body}"
        );
        assert_eq!(
            answer.body.get("data").is_some(),
            body != &wrong && status == 200,
            "{accept:?} {}",
            answer.body
        );
        assert_eq!(answer.headers["vary"], "accept");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    // What stops a request before GraphQL has a say is in its form too.
    let mut request = request(None, "application/json", fine.to_string());
    request.headers_mut().insert("accept", graph.parse().unwrap());
    let answer = send(&router, request).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_object().unwrap().len()), (401, 1), "{}", answer.body);
    assert_eq!(answer.body["errors"][0]["extensions"]["code"], "auth/missing-key");
    assert_eq!(answer.headers["content-type"], "application/graphql-response+json; charset=utf-8");
}

/// doors 12: a query by GET was answered with a page.
#[tokio::test]
async fn queries_go_by_get_and_mutations_do_not() {
    let world = World::new();
    let router = router(house(&world));
    let browser = Some("text/html,application/xhtml+xml,*/*;q=0.8");
    for accept in [None, Some("application/json"), browser] {
        let path = "/graphql?query=query%20A(%24i:ID!)%7Bnode(id:%24i)%7Bid%7D%20t:__typename%7D&variables=%7B%22i%22:%22x%22%7D&operationName=A&extensions=%7B%7D";
        let answer = send(&router, get(path, accept, Some(SECRET))).await;
        assert_eq!(answer.status, StatusCode::OK, "{accept:?}");
        assert_eq!(answer.body.to_string(), r#"{"data":{"node":null,"t":"Query"}}"#, "{accept:?}");
        assert_eq!(send(&router, get(path, accept, None)).await.status, StatusCode::UNAUTHORIZED);
    }
    let mutation = "/graphql?query=mutation%7BcreateKey(input:%7B%7D)%7Breplayed%7D%7D";
    let answer = send(&router, get(mutation, None, Some(SECRET))).await;
    assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (405, Some("graphql/get-mutation")));
    assert_eq!(answer.headers["allow"], "POST");
    assert!(world.safe.key_requests().is_empty(), "nothing was done");
    for (path, accept, status, code) in [
        ("/graphql", None, 400, "graphql/query-missing"),
        ("/graphql?query=%7Ba%7D&variables=x", None, 400, "request/body-malformed"),
        ("/graphql?query=%7Ba%7D&query=%7Ba%7D", None, 400, "request/query-malformed"),
        ("/graphql?variables=%7B%7D", Some("application/json"), 400, "graphql/query-missing"),
        ("/graphql?query=%7Ba%7D", Some("image/png"), 406, "request/not-acceptable"),
    ] {
        let answer = send(&router, get(path, accept, Some(SECRET))).await;
        assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (status, Some(code)), "{path}");
    }
    let subscription = "/graphql?query=subscription%7Bevents%7Bid%7D%7D";
    let answer =
        send(&router, get(subscription, Some("application/graphql-response+json"), Some(SECRET))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body["errors"][0]["extensions"]["code"], "graphql/subscription-over-http");
}

#[tokio::test]
async fn other_methods_are_named() {
    let router = new_router();
    for method in ["PUT", "DELETE", "PATCH"] {
        let request = Request::builder().method(method).uri("/graphql").body(HttpBody::empty()).unwrap();
        let answer = send(&router, request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body["code"].as_str()),
            (405, Some("request/method-not-allowed"))
        );
        assert_eq!(answer.headers["allow"], "GET, HEAD, POST");
    }
    let answer = send(&router, get("/graphql/ws", None, Some(SECRET))).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body["code"].as_str()),
        (400, Some("graphql/not-a-websocket"))
    );
}

#[tokio::test]
async fn a_batch_is_answered_in_order() {
    let router = new_router();
    let answer = ask(&router, &json!([{"query": "{ __typename }"}, {"query": "{ nothing }"}])).await;
    assert_eq!(answer.body[0]["data"]["__typename"], "Query");
    assert_eq!(answer.body[1]["errors"][0]["extensions"]["code"], "graphql/invalid");
}

#[tokio::test]
async fn what_costs_too_much_is_not_executed() {
    let router = new_router();
    let code = |body: &Value| body["errors"][0]["extensions"]["code"].clone();
    let long = format!("{{ __typename }} #{}", "x".repeat(QUERY_BYTES_MAX));
    assert_eq!(code(&query(&router, &long).await), "graphql/query-too-long");
    let wide = "{ dids(first: 100) { nodes { resources(first: 100) { nodes { name version } } } } }";
    let answer = query(&router, wide).await;
    assert_eq!(code(&answer), "graphql/too-complex", "{answer}");
    let deep =
        format!("{{ accreditation(id: \"x\") {} }}", "{ parent ".repeat(20) + "{ id }" + &" }".repeat(20));
    let answer = query(&router, &deep).await;
    assert_eq!(code(&answer), "graphql/too-deep", "{answer}");
    assert!(answer.get("data").is_none(), "{answer}");
}

#[tokio::test]
async fn a_database_that_is_away_is_an_error_without_its_details() {
    let answer = query(&new_router(), "{ viewer { customerId } }").await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "store/unavailable");
    assert_eq!(error["extensions"]["retryAfterSeconds"], 5);
    let text = answer.to_string();
    assert!(!text.contains("sqlx") && !text.contains("127.0.0.1") && !text.contains("pool"), "{text}");
}

const UPDATE: &str = "mutation($input: UpdateDidInput!) { updateDid(input: $input) {
    userErrors { code message field } replayed quote { fee } did { did } operation { state } } }";
const CREATE_KEY: &str = "mutation($input: CreateKeyInput!) { createKey(input: $input) {
    userErrors { code field } replayed } }";

#[tokio::test]
async fn a_refusal_is_data() {
    let router = new_router();
    let did = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
    let table = [
        (json!({"did": did, "service": []}), "did/not-found", Value::Null),
        (json!({"did": "nonsense", "service": []}), "request/invalid", json!("did")),
        (json!({"did": did}), "request/invalid", json!("didDocument")),
        (
            json!({"did": did, "service": [], "idempotencyKey": ""}),
            "idempotency/key-invalid",
            json!("idempotencyKey"),
        ),
    ];
    for (input, code, field) in table {
        let answer = ask(&router, &json!({"query": UPDATE, "variables": {"input": input}})).await.body;
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        let payload = &answer["data"]["updateDid"];
        assert_eq!(payload["userErrors"][0]["code"], code, "{input}");
        assert_eq!(payload["userErrors"][0]["field"], field, "{input}");
        assert_eq!((&payload["did"], &payload["replayed"]), (&Value::Null, &json!(false)));
    }
}

#[tokio::test]
async fn a_key_has_one_effect_and_one_answer_per_mutation_field() {
    let world = World::new();
    let router = router(house(&world));
    let create = async |input: Value| {
        let answer = ask(&router, &json!({"query": CREATE_KEY, "variables": {"input": input}})).await.body;
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["data"]["createKey"].clone()
    };
    let first = create(json!({"idempotencyKey": "a", "alias": "one"})).await;
    assert_eq!(first, json!({"userErrors": [], "replayed": false}));
    assert_eq!(create(json!({"idempotencyKey": "a", "alias": "one"})).await["replayed"], true);
    assert_eq!(world.safe.key_requests().len(), 1);
    let other = create(json!({"idempotencyKey": "a", "alias": "two"})).await;
    assert_eq!(other["userErrors"][0]["code"], "idempotency/key-reused");
    assert_eq!(create(json!({"idempotencyKey": "b", "alias": "two"})).await["replayed"], false);
    assert_eq!(create(json!({"alias": "two"})).await["replayed"], false);
    let requests = world.safe.key_requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[0] != requests[1] && requests[1] != requests[2]);
}

/// Safety 13.
#[tokio::test]
async fn safety_13_a_key_that_failed_on_the_way_repeats_the_same_command_and_no_other() {
    let world = World::new();
    let router = router(house(&world));
    let body = json!({"query": CREATE_KEY, "variables": {"input": {"idempotencyKey": "a"}}});
    world.log.away_after(0);
    let answer = ask(&router, &body).await.body;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "store/unavailable", "{answer}");
    assert!(!answer.to_string().contains("the detail"));
    world.log.works();
    world.log.panics();
    let answer = ask(&router, &body).await.body;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "bug", "{answer}");
    assert!(!answer.to_string().contains("the detail"));
    world.log.works();
    let changed = json!({"idempotencyKey": "a", "alias": "one"});
    let answer = ask(&router, &json!({"query": CREATE_KEY, "variables": {"input": changed}})).await.body;
    let refused = &answer["data"]["createKey"]["userErrors"][0]["code"];
    assert_eq!(refused, "idempotency/key-reused", "{answer}");
    let answer = ask(&router, &body).await.body;
    assert_eq!(answer["data"]["createKey"], json!({"userErrors": [], "replayed": false}));
    let requests = world.safe.key_requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| *request == requests[0]), "one command: {requests:?}");
}

#[tokio::test]
async fn fields_of_one_request_are_commands_of_their_own() {
    let world = World::new();
    let router = router(house(&world));
    let text = "mutation { a: createKey(input: {}) { replayed } b: createKey(input: {}) { replayed } }";
    let answer = query(&router, text).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let requests = world.safe.key_requests();
    assert_eq!(requests.len(), 2);
    assert_ne!(requests[0], requests[1]);
}

#[tokio::test]
async fn an_unknown_id_is_null_whatever_its_kind_and_shape() {
    let text = "{ a: node(id: \"x\") { id } b: node(id: \"Credential:nonsense\") { id } c: resource(id: \"Did:x\") { id }
        d: did(did: \"did:key:z\") { did } e: credential(id: \"\") { id } }";
    let answer = query(&new_router(), text).await;
    assert_eq!(answer["data"], json!({"a": null, "b": null, "c": null, "d": null, "e": null}), "{answer}");
}

#[tokio::test]
async fn bad_paging_and_bad_questions_have_their_codes() {
    let router = new_router();
    let code = |body: Value| body["errors"][0]["extensions"]["code"].clone();
    assert_eq!(
        code(query(&router, "{ dids(first: 101) { nodes { did } } }").await),
        "graphql/paging-invalid"
    );
    assert_eq!(
        code(query(&router, "{ events(after: \"x\") { nodes { action } } }").await),
        "graphql/cursor-invalid"
    );
    let status =
        "{ statusOf(input: {did: \"x\", name: \"n\", purpose: REVOCATION, indices: [1]}) { value } }";
    let answer = query(&router, status).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "request/invalid");
    assert_eq!(answer["errors"][0]["extensions"]["field"], "did");
    let answer = query(&router, "subscription { events { action } }").await;
    assert_eq!(code(answer), "graphql/subscription-over-http");
}

#[tokio::test]
async fn verdicts_13_what_is_no_credential_is_an_error_and_what_does_not_hold_a_verdict() {
    let text = "query V($c: JSON!) { verifyCredential(input: {credential: $c, verifyTrustChain: true}) {
        verified error trustChainState trustChain { verified } document { verified checks { name outcome } } } }";
    let router = new_router();
    let verdict_on = async |credential: &str| {
        ask(&router, &json!({"query": text, "variables": {"c": credential}})).await.body
    };
    let answer = verdict_on("nonsense").await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "credential/not-a-credential", "{answer}");
    // {"alg":"none"}.{"vc":{"credentialSubject":{"a":1}}}: a credential that nobody signed.
    let answer = verdict_on("eyJhbGciOiJub25lIn0.eyJ2YyI6eyJjcmVkZW50aWFsU3ViamVjdCI6eyJhIjoxfX19.").await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let verdict = &answer["data"]["verifyCredential"];
    assert_eq!((&verdict["verified"], &verdict["trustChainState"]), (&json!(false), &json!("NOT_WALKED")));
    assert_eq!(verdict["document"]["checks"][0]["outcome"], "FAILED");
    assert!(verdict["error"].is_string());
}
