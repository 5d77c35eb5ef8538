//! Addresses, methods and bodies that are none: refused with a sentence, without an effect, and never with 500.

use super::{assert_problem, estate::Estate, events};
use crate::house::TestHouse;
use app::act::Effect;
use reqwest::{Method, header};
use rest::Auth;
use serde_json::{Value, json};

/// A route's path with names that fit its parameters.
fn target(path: &str) -> String {
    path.replace("{*did_url}", "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11")
        .replace("{did}", "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11")
        .replace("{kid}", &"5b".repeat(32))
        .replace("{id}", "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14")
        .replace("{statusListId}", "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e12")
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_methods_and_bodies_that_are_none() {
    let house = TestHouse::start().await;
    let before = events(&house).await;
    methods(&house).await;
    addresses(&house).await;
    bodies(&house).await;
    headers(&house).await;
    assert_eq!(events(&house).await, before, "no request left an event");
    house.get("/account").await.expect(200);
    house.stop().await;
}

async fn methods(house: &TestHouse) {
    let routes = rest::routes();
    for route in &routes {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            if routes.iter().any(|known| known.path == route.path && known.method.as_str() == method.as_str())
            {
                continue;
            }
            let asked = format!("{method} {}", route.path);
            let reply = house.call(method, &target(route.path), None).await;
            assert_problem(&reply, 405, &asked);
            assert_eq!(reply.body["code"], "request/method-not-allowed", "{asked}");
        }
    }
}

async fn addresses(house: &TestHouse) {
    let unknown = [
        "/nope",
        "/Account",
        "/ACCOUNT",
        "/account/x",
        "/account%00",
        "/account%2f",
        "/did",
        "/did/list/x",
        "/Did/list",
        "/key/read/a/b",
        "/credential",
        "/credential/issue/x",
        "/admin",
        "/.env",
        "/operations/a/b",
        "/trust-registry",
        "//account",
        "/account;x=1",
        "/__proto__",
    ];
    for address in unknown {
        for key in [None, Some(house.alice.key.as_str())] {
            let reply = house.call_as(key, Method::GET, address, None, &[]).await;
            assert_problem(&reply, 404, address);
            assert_eq!(reply.body["code"], "request/unknown-route", "{address}");
        }
    }
    let long = format!("/account?x={}", "y".repeat(9 * 1024));
    assert_problem(&house.get(&long).await, 414, "a long address");
    let many = format!("/did/list?{}", vec!["a=1"; 1_500].join("&"));
    assert_problem(&house.get(&many).await, 400, "many parameters");
    house.get("/account/").await.expect(200);
    // Names in the path that are none.
    for path in [
        "/key/read/%00",
        "/key/read/zz",
        "/key/read/..%2f..%2faccount",
        "/operations/1",
        "/operations/%00",
        "/did/search/x",
        "/did/search/did:cheqd:testnet:..%2F..%2Fx",
        "/1.0/identifiers/did:cheqd:testnet:%00",
        "/1.0/identifiers/x",
        "/resource/search/did:cheqd:mainnet:a",
        "/credentials/issued/%00",
        "/credential-status/list/%ff",
    ] {
        let reply = house.get(path).await;
        assert!((400..500).contains(&reply.status), "{path}: {} {}", reply.status, reply.text);
    }
}

async fn raw(house: &TestHouse, path: &str, content_type: &str, body: Vec<u8>) -> crate::house::Reply {
    let request = house.request(Method::POST, path).header("x-api-key", &house.alice.key);
    TestHouse::answer(request.header(header::CONTENT_TYPE, content_type).body(body)).await
}

async fn bodies(house: &TestHouse) {
    let nested =
        |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels)).into_bytes();
    let malformed: Vec<(&str, Vec<u8>)> = vec![
        ("unfinished", b"{".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", b"\"x\"".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"1".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("not UTF-8", b"{\"a\":\"\xff\"}".to_vec()),
        ("a lone surrogate", br#"{"a":"\ud800"}"#.to_vec()),
        ("a number beyond all numbers", b"{\"a\":1e999}".to_vec()),
        ("70 levels", nested(70)),
        ("100 000 levels", nested(100_000)),
    ];
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024)).into_bytes();
    let many_fields = vec!["a=1"; 1_500].join("&").into_bytes();
    // The resolver takes options from anybody; its own tests hold them to their limits.
    let keyed = |route: &&rest::Route| route.method.as_str() == "POST" && route.auth == Auth::ApiKey;
    for route in rest::routes().iter().filter(keyed) {
        let path = target(route.path);
        for (what, body) in &malformed {
            let reply = raw(house, &path, "application/json", body.clone()).await;
            assert_problem(&reply, 400, &format!("{path} with {what}"));
            let code = reply.body["code"].as_str().unwrap_or_default();
            let named = code == "request/body-malformed" || code.starts_with("request/json-");
            assert!(named, "{path} with {what}: {}", reply.text);
        }
        let reply = raw(house, &path, "application/json", large.clone()).await;
        assert_problem(&reply, 413, &path);
        let reply = raw(house, &path, "application/x-www-form-urlencoded", many_fields.clone()).await;
        assert_problem(&reply, 400, &path);
        let reply =
            raw(house, &path, "application/x-www-form-urlencoded", b"a[b][c][d][e][f][g]=1".to_vec()).await;
        assert_problem(&reply, 400, &path);
        for other in ["application/xml", "multipart/form-data; boundary=x", "application/octet-stream"] {
            assert_problem(
                &raw(house, &path, other, b"x".to_vec()).await,
                415,
                &format!("{path} as {other}"),
            );
        }
        // Both ask for nothing in particular.
        if !["/key/create", "/admin/organisation/update"].contains(&route.path) {
            let reply = raw(house, &path, "application/json", b"{}".to_vec()).await;
            assert!(
                [400, 404].contains(&reply.status),
                "{path} with nothing: {} {}",
                reply.status,
                reply.text
            );
            assert_problem(&reply, reply.status, &path);
        }
    }
}

async fn headers(house: &TestHouse) {
    let post = |path: &str, name: &'static str, value: String| {
        house
            .request(Method::POST, path)
            .header("x-api-key", &house.alice.key)
            .header(name, value)
            .json(&json!({}))
    };
    for bad in [String::new(), " ".to_owned(), "x".repeat(256)] {
        let reply = TestHouse::answer(post("/key/create", "idempotency-key", bad)).await;
        assert_problem(&reply, 400, "an idempotency key that is none");
        assert_eq!(reply.body["code"], "idempotency/key-invalid");
    }
    let twice = post("/key/create", "idempotency-key", "a".to_owned()).header("idempotency-key", "b");
    assert_problem(&TestHouse::answer(twice).await, 400, "two idempotency keys");
    for route in rest::routes().iter().filter(|route| route.effect == Effect::LedgerWrite) {
        for query in [
            "dryRun=maybe",
            "maxFee=-1",
            "maxFee=1.5",
            "maxFee=1e3",
            "maxFee=999999999999999999999999999999999999999999",
        ] {
            let path = format!("{}?{query}", target(route.path));
            assert_problem(&house.post(&path, json!({})).await, 400, &path);
        }
    }
    for (path, query) in [("/key/create", "dryRun=true"), ("/credential/issue", "dryRun=true")] {
        assert_problem(&house.post(&format!("{path}?{query}"), json!({})).await, 400, path);
    }
    for list in
        ["/did/list", "/resource/list", "/event/list", "/credentials/issued", "/credential-status/list"]
    {
        for query in [
            "page=0&limit=1",
            "page=-1&limit=1",
            "page=1&limit=0",
            "page=1&limit=99999999",
            "page=x&limit=y",
            "page=18446744073709551615&limit=1000",
        ] {
            let reply = house.get(&format!("{list}?{query}")).await;
            assert!(
                reply.status == 400 || reply.status == 200,
                "{list}?{query}: {} {}",
                reply.status,
                reply.text
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_character_nul_is_refused_wherever_it_would_be_kept() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let (did, jwt) = (&estate.ids.did, &estate.ids.jwt);
    let status = json!({"statusListName": "a\u{0}b"});
    let schemas = json!([{"url": "https://s.example", "types": ["A\u{0}"]}]);
    let issue = |member: &str, value: Value| {
        let mut body =
            json!({"issuerDid": did, "subjectDid": super::estate::SUBJECT, "attributes": {"a": 1}});
        body[member] = value;
        ("/credential/issue", body)
    };
    let accredit = "/trust-registry/accreditation/issue?accreditationType=authorize";
    let create_list =
        "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    let resource = format!("/resource/create/{did}");
    let options = json!({"verificationMethodType": "Ed25519VerificationKey2020"});
    let named = json!({"name": "n", "type": "T", "encoding": "hex", "data": "00"});
    let with = |body: &Value, member: &str, value: Value| {
        let mut body = body.clone();
        body[member] = value;
        body
    };
    let accreditation = json!({"issuerDid": did, "subjectDid": did, "schemas": [{"url": "https://s.example", "types": ["A"]}],
        "accreditationName": "n", "trustFramework": "f", "trustFrameworkId": "https://f.example"});
    let writes: Vec<(&str, Value)> = vec![
        (&resource, with(&named, "name", json!("a\u{0}b"))),
        (&resource, with(&named, "type", json!("a\u{0}b"))),
        (&resource, with(&named, "version", json!("a\u{0}b"))),
        (&resource, with(&named, "alsoKnownAs", json!([{"uri": "a\u{0}b", "description": "d"}]))),
        (create_list, json!({"did": did, "statusListName": "a\u{0}b"})),
        (create_list, json!({"did": did, "statusListName": "n", "statusListVersion": "\u{0}"})),
        (accredit, with(&accreditation, "accreditationName", json!("a\u{0}b"))),
        (accredit, with(&accreditation, "schemas", schemas)),
        (accredit, with(&accreditation, "trustFramework", json!("\u{0}"))),
        (
            "/did/create",
            json!({"network": "testnet", "options": options, "service":
            [{"idFragment": "a\u{0}b", "type": "T", "serviceEndpoint": ["https://e.example"]}]}),
        ),
        (
            "/did/create",
            json!({"network": "testnet", "options": options, "@context": ["https://a.example/\u{0}"]}),
        ),
        (
            "/did/update",
            json!({"did": did, "service": [{"id": format!("{did}#s"), "type": "T\u{0}", "serviceEndpoint": ["https://e.example"]}]}),
        ),
        ("/did/update", json!({"did": did, "alsoKnownAs": ["a:\u{0}"]})),
        issue("type", json!(["A\u{0}"])),
        issue("credentialStatus", status),
        issue("subjectDid", json!("did:key:z\u{0}")),
        ("/credential/revoke?listType=BitstringStatusList", json!({"credential": jwt, "reason": "a\u{0}b"})),
        (
            "/credential-status/check?listType=StatusList2021&statusPurpose=revocation",
            json!({"did": did, "statusListName": "\u{0}", "index": 1}),
        ),
    ];
    for (path, body) in writes {
        let asked = format!("{path} {body}");
        let before = events(&house).await;
        let reply = house.post(path, body).await;
        assert!([400, 404].contains(&reply.status), "{asked}: {} {}", reply.status, reply.text);
        assert_eq!(events(&house).await, before, "{asked} left an event");
    }
    for path in [
        "/resource/list?resourceName=%00",
        "/resource/list?resourceType=%00",
        "/operations?kind=%00",
        "/operations?after=%00",
        "/event/list?operationName=%00",
        "/credentials/issued?issuerId=%00",
        "/credentials/issued?format=%00",
        "/credentials/issued?credentialType=%00",
        "/credentials/issued?subjectId=%00",
        "/credential-status/list?statusListName=%00",
        "/trust-registry/accreditation/list?accreditationType=accredit&did=%00",
    ] {
        let reply = house.get(path).await;
        assert!([200, 400].contains(&reply.status), "{path}: {} {}", reply.status, reply.text);
    }
    let (path, body) = issue("attributes", json!({"a": "b\u{0}c"}));
    assert_eq!(house.post(path, body).await.expect(400)["code"], "request/json-nul");
    house.stop().await;
}

/// Found by the property test: what needs no key and takes no parameter refused a query that is none, and the contract did not
/// say so. Every exchange here is held against the contract.
#[tokio::test(flavor = "multi_thread")]
async fn doors_1_a_query_that_cannot_be_read_is_refused_as_the_contract_says() {
    let house = TestHouse::start().await;
    for route in rest::routes().iter().filter(|route| !route.path.contains('{')) {
        for query in ["a%00=1", "a=%00", "=%ff%00"] {
            let target = format!("{}?{query}", route.path);
            let key = (route.auth == Auth::ApiKey).then_some(house.alice.key.as_str());
            let body = (route.method != Method::GET).then(|| json!({}));
            let method = Method::from_bytes(route.method.as_str().as_bytes()).expect("a method");
            let reply = house.call_as(key, method, &target, body, &[]).await;
            assert_problem(&reply, 400, &target);
        }
    }
    house.stop().await;
}
