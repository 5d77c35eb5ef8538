//! Both encodings, members that nobody may set, names that mean something elsewhere, and addresses that must not be called.

use super::{
    assert_problem,
    estate::{Estate, SUBJECT},
    events,
};
use crate::house::{Reply, TestHouse};
use ed25519_dalek::{Signer, SigningKey};
use reqwest::Method;
use serde_json::{Value, json};

async fn form(house: &TestHouse, path: &str, fields: &[(&str, &str)]) -> Reply {
    let request = house.request(Method::POST, path).header("x-api-key", &house.alice.key);
    TestHouse::answer(request.form(fields)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_write_what_json_writes() {
    let house = TestHouse::start().await;
    let key = form(&house, "/key/create", &[("x", "y")]).await.expect(200);
    let kid = key["kid"].as_str().expect("a key");
    let did = form(
        &house,
        "/did/create",
        &[
            ("network", "testnet"),
            ("identifierFormatType", "base58btc"),
            ("verificationMethodType", "JsonWebKey2020"),
            ("key", kid),
            (
                "service",
                r#"[{"idFragment":"web","type":"LinkedDomains","serviceEndpoint":["https://a.example"]}]"#,
            ),
        ],
    )
    .await
    .expect(200);
    assert_eq!(did["controllerKeyId"], kid);
    let did = did["did"].as_str().expect("a DID");
    // Names that look like numbers stay names.
    let resource = form(
        &house,
        &format!("/resource/create/{did}"),
        &[("name", "123"), ("type", "true"), ("encoding", "hex"), ("data", "31")],
    )
    .await
    .expect(201);
    assert_eq!(resource["resource"]["resourceName"], "123");
    assert_eq!(resource["resource"]["resourceType"], "true");
    form(
        &house,
        "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation",
        &[("did", did), ("statusListName", "42"), ("statusSize", "1")],
    )
    .await
    .expect(200);
    let credential = form(
        &house,
        "/credential/issue",
        &[
            ("issuerDid", did),
            ("subjectDid", SUBJECT),
            ("type", "DegreeCredential,ExtraCredential"),
            ("attributes[degree]", "007"),
            ("credentialStatus[statusListName]", "42"),
            ("credentialStatus[statusListType]", "BitstringStatusList"),
        ],
    )
    .await
    .expect(200);
    assert_eq!(credential["credentialSubject"]["degree"], "007");
    assert!(credential["type"].as_array().expect("types").contains(&json!("ExtraCredential")));
    let jwt = credential["proof"]["jwt"].as_str().expect("a JWT");
    let verdict =
        form(&house, "/credential/verify?verifyStatus=true", &[("credential", jwt)]).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    let revoked = form(&house, "/credential/revoke?listType=BitstringStatusList", &[("credential", jwt)])
        .await
        .expect(200);
    assert_eq!(revoked["revoked"], true);
    let update = form(&house, "/did/update", &[("did", did), ("service", "[]")]).await;
    assert_eq!(update.status, 200, "{}", update.text);
    form(&house, "/did/deactivate", &[("did", did)]).await.expect(200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_signature_says_is_not_for_the_caller_to_set() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let victim = house.did().await;
    let base = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}});
    let before = events(&house).await;
    let attempts = [
        ("issuer", json!({"id": victim})),
        ("issuer", json!(victim)),
        ("credentialSubject", json!({"id": victim, "degree": "PhD"})),
        ("issuanceDate", json!("1999-01-01T00:00:00Z")),
        ("validFrom", json!("1999-01-01T00:00:00Z")),
        ("validUntil", json!("2999-01-01T00:00:00Z")),
        ("proof", json!({"type": "JwtProof2020", "jwt": "x"})),
        ("vc", json!({})),
        ("iss", json!(victim)),
        ("sub", json!(victim)),
        ("nbf", json!(1)),
        ("iat", json!(1)),
        ("exp", json!(1)),
        ("aud", json!("x")),
        ("jti", json!("x")),
    ];
    for path in ["/credential/issue", "/credential/create"] {
        for (member, value) in &attempts {
            let mut body = base.clone();
            body[*member] = value.clone();
            let reply = house.post(path, body).await;
            assert_problem(&reply, 400, member);
            assert_eq!(
                reply.body["error"],
                format!("{member} cannot be set by the caller"),
                "{}",
                reply.text
            );
        }
        let fields = [
            ("issuerDid", did.as_str()),
            ("subjectDid", SUBJECT),
            ("attributes[a]", "1"),
            ("issuer[id]", victim.as_str()),
        ];
        assert_problem(&form(&house, path, &fields).await, 400, "a form");
    }
    assert_eq!(events(&house).await, before, "no attempt left an event");

    // The subject is who the request names, whatever the claims say.
    let mut body = base.clone();
    body["attributes"] = json!({"id": victim, "degree": "BSc"});
    let before = events(&house).await;
    assert_problem(&house.post("/credential/issue", body.clone()).await, 400, "attributes.id");
    assert_eq!(events(&house).await, before);
    body["attributes"]["id"] = json!(SUBJECT);
    let issued = house.post("/credential/issue", body).await.expect(200);
    assert_eq!(issued["credentialSubject"]["id"], SUBJECT);
    // Members of other people's records mean nothing.
    let mut body = base;
    for (member, value) in [
        ("customer", json!(house.mallory.customer.to_string())),
        ("customerId", json!(house.mallory.customer.to_string())),
        ("tenant", json!(house.mallory.customer.to_string())),
        ("status", json!("revoked")),
        ("statusIndex", json!(7)),
        ("deprecated", json!(true)),
    ] {
        body[member] = value;
    }
    // What the contract does not declare is sent past what holds requests against it.
    let request = house.request(Method::POST, "/credential/issue").header("x-api-key", &house.alice.key);
    let sent = request.json(&body).send().await.expect("an answer");
    assert_eq!(sent.status(), 200);
    let issued: Value = serde_json::from_str(&sent.text().await.expect("a body")).expect("JSON");
    for member in ["customer", "customerId", "tenant", "status", "statusIndex", "deprecated"] {
        assert!(issued.get(member).is_none(), "{member} was signed: {issued}");
    }
    let mallorys = house
        .call_as(Some(&house.mallory.key), Method::GET, "/credentials/issued", None, &[])
        .await
        .expect(200);
    assert_eq!(mallorys["total"], 0);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_mean_something_elsewhere_are_names() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    for name in [
        "__proto__",
        "constructor",
        "toString",
        "hasOwnProperty",
        "' or 1=1; --",
        "%s%n",
        "../../etc/passwd",
        "${jndi:x}",
    ] {
        let body = json!({"name": name, "type": "Text", "encoding": "hex", "data": "31"});
        let created = house.post(&format!("/resource/create/{did}"), body).await.expect(201);
        assert_eq!(created["resource"]["resourceName"], name);
        let listed = house.request(Method::GET, "/resource/list").query(&[("resourceName", name)]);
        let listed = TestHouse::answer(listed.header("x-api-key", &house.alice.key)).await.expect(200);
        assert_eq!(listed["total"], 1, "{name}: {listed}");
    }
    let before = events(&house).await;
    let polluted = json!({"__proto__": {"issuerDid": did}, "constructor": {"prototype": {"issuerDid": did}}});
    assert_problem(&house.post("/credential/issue", polluted).await, 400, "prototype members");
    let fields = [("__proto__[issuerDid]", did.as_str()), ("constructor[prototype][subjectDid]", SUBJECT)];
    assert_problem(&form(&house, "/credential/issue", &fields).await, 400, "prototype fields");
    assert_eq!(events(&house).await, before);
    // The same member twice: one of them counts, and only as what the caller owns.
    let twice = format!(
        r#"{{"did":"{did}","did":"did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11","service":[]}}"#
    );
    let request = house.request(Method::POST, "/did/update").header("x-api-key", &house.alice.key);
    let reply = TestHouse::answer(request.header("content-type", "application/json").body(twice)).await;
    assert!([400, 404].contains(&reply.status), "{}", reply.text);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_is_no_way_around() {
    let house = TestHouse::start().await;
    let key = Some(house.alice.key.as_str());
    let headers = [("idempotency-key", "one")];
    let first = house.call_as(key, Method::POST, "/key/create", Some(json!({})), &headers).await;
    assert_eq!(first.status, 200, "{}", first.text);
    // The same said in other words is the same request.
    let request =
        house.request(Method::POST, "/key/create?type=Ed25519").header("x-api-key", &house.alice.key);
    let again = TestHouse::answer(request.header("idempotency-key", "one")).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let query = "mutation { createKey(input: {idempotencyKey: \"one\"}) { replayed key { kid } } }";
    let at_graphql = house.post("/graphql", json!({"query": query})).await.expect(200);
    let told = json!({"replayed": true, "key": {"kid": first.body["kid"]}});
    assert_eq!(at_graphql["data"]["createKey"], told, "{at_graphql}");
    // Another route, another query and another body are other requests.
    for (path, body) in [
        ("/key/create", json!({"alias": "another"})),
        ("/key/create?type=Secp256k1", json!({})),
        (
            "/did/create",
            json!({"network": "testnet", "options": {"verificationMethodType": "JsonWebKey2020"}}),
        ),
    ] {
        let reply = house.call_as(key, Method::POST, path, Some(body), &headers).await;
        assert_problem(&reply, 422, path);
        assert_eq!(reply.body["code"], "idempotency/key-reused");
    }
    // Another tenant's key of that name answers nothing of the first one's.
    let theirs =
        house.call_as(Some(&house.mallory.key), Method::POST, "/key/create", Some(json!({})), &headers).await;
    assert_eq!(theirs.status, 200);
    assert!(!theirs.headers.contains_key("idempotent-replayed"));
    assert_ne!(theirs.body["kid"], first.body["kid"]);
    // Without an API key the saved answer is not told.
    assert_problem(
        &house.call_as(None, Method::POST, "/key/create", Some(json!({})), &headers).await,
        401,
        "replay",
    );
    // A refused request lets its key go.
    let again = [("idempotency-key", "two")];
    assert_problem(
        &house.call_as(key, Method::POST, "/did/create", Some(json!({})), &again).await,
        400,
        "refused",
    );
    let body = json!({"network": "testnet", "options": {"verificationMethodType": "JsonWebKey2020"}});
    house.call_as(key, Method::POST, "/did/create", Some(body), &again).await.expect(200);
    // At the same time: one effect; the others are told to wait or get the same answer.
    let same = [("idempotency-key", "three")];
    let before = events(&house).await;
    let calls = (0..8).map(|_| house.call_as(key, Method::POST, "/key/create", Some(json!({})), &same));
    let replies = futures::future::join_all(calls).await;
    let kids: std::collections::BTreeSet<String> = replies
        .iter()
        .filter(|reply| reply.status == 200)
        .map(|reply| reply.body["kid"].to_string())
        .collect();
    assert_eq!(kids.len(), 1, "{kids:?}");
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        assert_problem(reply, 409, "in flight");
    }
    assert_eq!(events(&house).await - before, 1, "one key");
    house.stop().await;
}

/// A host that must not be called.
struct Trap {
    url: String,
    calls: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Trap {
    async fn set() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&calls);
        let task = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        });
        Self { url, calls, task }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_in_documents_are_never_called() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let trap = Trap::set().await;
    let host = trap.url.trim_start_matches("http://").to_owned();
    let did = &estate.ids.did;
    // A genuine signature over a credential whose every address is the trap's.
    let signer = SigningKey::from_bytes(&[7; 32]);
    let issuer = credentials::did_key::did_key_of(&credentials::key::PublicKey::Ed25519(
        signer.verifying_key().to_bytes(),
    ));
    let kid = format!("{issuer}#{}", issuer.trim_start_matches("did:key:"));
    let header = credentials::jwt::header(credentials::jwt::Algorithm::EdDsa, Some(&kid));
    for kind in ["BitstringStatusListEntry", "StatusList2021Entry"] {
        let claims = json!({
            "iss": issuer, "sub": SUBJECT, "nbf": 1_700_000_000,
            "vc": {"@context": ["https://www.w3.org/2018/credentials/v1", format!("{}/context", trap.url)],
                "type": ["VerifiableCredential"], "credentialSubject": {"id": SUBJECT, "a": 1},
                "credentialSchema": {"id": format!("{}/schema", trap.url), "type": "JsonSchema"},
                "refreshService": {"id": format!("{}/refresh", trap.url), "type": "ManualRefreshService2018"},
                "termsOfUse": {"type": "AttestationPolicy", "parentAccreditation": format!("{}/parent", trap.url),
                    "rootAuthorization": format!("{}/root", trap.url)},
                "credentialStatus": {"id": format!("{}/list#1", trap.url), "type": kind, "statusPurpose": "revocation",
                    "statusListIndex": "1", "statusListCredential": format!("{}/list", trap.url)}}
        });
        let input = credentials::jwt::signing_input(&header, &claims);
        let jwt = credentials::jwt::assemble(&input, &signer.sign(input.as_bytes()).to_bytes());
        let plain = house.post("/credential/verify", json!({"credential": jwt})).await;
        assert_eq!(plain.body["verified"], true, "the signature is good: {}", plain.text);
        for query in [
            "verifyStatus=true",
            "verifyTrustChain=true",
            "verifyStatus=true&verifyTrustChain=true&fetchRemoteContexts=true",
        ] {
            let reply = house.post(&format!("/credential/verify?{query}"), json!({"credential": jwt})).await;
            assert!(reply.status < 500, "{}", reply.text);
            assert_ne!(reply.body["verified"], true, "{query}: {}", reply.text);
        }
        for action in ["revoke", "suspend", "reinstate"] {
            let path = format!("/credential/{action}?listType=BitstringStatusList");
            assert_problem(&house.post(&path, json!({"credential": jwt})).await, 404, &path);
        }
    }
    let elsewhere = json!({"did": did, "statusListName": "x", "index": 1, "statusListCredential": format!("{}/list", trap.url)});
    let path = "/credential-status/check?listType=BitstringStatusList&statusPurpose=revocation";
    assert_problem(&house.post(path, elsewhere).await, 400, "an address that names no DID URL");
    // An address at a resolver names a DID URL; whose host it is does not matter.
    let accreditation = &estate.chain.attest;
    let at_trap = format!("{}/1.0/identifiers/{accreditation}", trap.url);
    let body = json!({"subjectDid": estate.chain.issuer_did, "didUrl": at_trap});
    let verdict = house.post("/trust-registry/accreditation/verify", body).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    let body = json!({"subjectDid": estate.chain.issuer_did, "didUrl": format!("{}/x", trap.url)});
    assert_problem(&house.post("/trust-registry/accreditation/verify", body).await, 400, "no DID URL");
    // DIDs whose method would be fetched, and ways out of the resolver's path.
    let escaped = host.replace(':', "%3A");
    let published = json!({"did": did, "service": [{"id": format!("{did}#trap"), "type": "LinkedDomains", "serviceEndpoint": [trap.url]}]});
    house.post("/did/update", published).await.expect(200);
    for address in [
        format!("/1.0/identifiers/did:web:{escaped}"),
        format!("/did/search/did:web:{escaped}"),
        format!("/did/search/..%2F..%2F..%2F{host}"),
        format!("/1.0/identifiers/http:%2F%2F{host}%2Fx"),
        format!("/1.0/identifiers/{did}?service=trap"),
        format!("/did/search/{did}?service=trap&relativeRef=/x"),
        format!("/resource/search/{did}?service=trap"),
    ] {
        let reply = house.get(&address).await;
        // 501 is what the DID resolution standard answers for a method it does not resolve.
        assert!(reply.status < 500 || reply.status == 501, "{address}: {}", reply.text);
    }
    let body = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}, "credentialSchema": format!("{}/schema", trap.url),
        "@context": [format!("{}/context", trap.url)]});
    let credential: Value = house.post("/credential/issue", body).await.expect(200);
    house.post("/credential/verify?verifyStatus=true", json!({"credential": credential})).await.expect(200);
    assert_eq!(trap.calls.load(std::sync::atomic::Ordering::SeqCst), 0, "the trap was called");
    trap.task.abort();
    house.stop().await;
}
