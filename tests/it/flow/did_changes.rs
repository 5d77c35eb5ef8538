//! Documents that change by tasks, at both doors, against a ledger that checks who signed.

use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Value, json};

async fn changed(house: &TestHouse, did: &str, changes: Value) -> Reply {
    house.post("/did/update", json!({"did": did, "changes": changes})).await
}

async fn at_graphql(house: &TestHouse, did: &str, changes: Value) -> Value {
    let query = "mutation($i: UpdateDidInput!) { updateDid(input: $i) { userErrors { code field details } replayed did { keys { kid } document } } }";
    let input = json!({"did": did, "changes": changes, "idempotencyKey": "at-graphql"});
    let told = house.post("/graphql", json!({"query": query, "variables": {"i": input}})).await.expect(200);
    assert!(told.get("errors").is_none(), "{told}");
    told["data"]["updateDid"].clone()
}

async fn document(house: &TestHouse, did: &str) -> Value {
    house.get(&format!("/1.0/identifiers/{did}")).await.expect(200)["didDocument"].clone()
}

async fn keys(house: &TestHouse) -> usize {
    house.caught_up().await;
    house.get("/event/list?category=key").await.expect(200)["events"].as_array().expect("events").len()
}

async fn issued(house: &TestHouse, did: &str) -> Value {
    let claims = json!({"issuerDid": did, "subjectDid": did, "attributes": {"name": "Bob"}});
    house.post("/credential/issue", claims).await.expect(200)
}

async fn verified(house: &TestHouse, credential: &Value) -> Value {
    let verdict = house.post("/credential/verify", json!({"credential": credential})).await.expect(200);
    verdict["verified"].clone()
}

/// A key is replaced under its name: what is signed from now on verifies, what was signed before does not any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_signs_what_comes_next() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let (before, old) = (document(&house, &did).await, issued(&house, &did).await);
    assert_eq!(verified(&house, &old).await, true);
    let service =
        json!({"idFragment": "web", "type": "LinkedDomains", "serviceEndpoint": ["https://example.org"]});
    let body = json!({"did": did, "changes": [{"rotateKey": {"id": "key-1"}}, {"addService": service}]});
    let once = [("idempotency-key", "rotate")];
    let ask = async |body: &Value| {
        house.call_as(Some(&house.alice.key), Method::POST, "/did/update", Some(body.clone()), &once).await
    };
    let made = ask(&body).await.expect(200);
    let (kid, signers) = (&made["keys"][0]["kid"], made["controllerKeyRefs"].as_array().unwrap());
    assert_eq!((made["keys"].as_array().map(Vec::len), signers.len()), (Some(1), 2), "{made}");
    assert!(signers.contains(kid), "the new key is proven: {made}");
    let after = document(&house, &did).await;
    assert_ne!(after["verificationMethod"], before["verificationMethod"]);
    for same in ["authentication", "assertionMethod", "controller"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(after["service"][0]["id"], format!("{did}#web"));
    let again = ask(&body).await;
    assert_eq!((&again.headers["idempotent-replayed"], &again.body), (&"true".parse().unwrap(), &made));
    let new = issued(&house, &did).await;
    assert_eq!((verified(&house, &new).await, verified(&house, &old).await), (json!(true), json!(false)));
    house.stop().await;
}

/// The other door; a key beside the old one lets old credentials stand.
#[tokio::test(flavor = "multi_thread")]
async fn many_changes_are_one_version() {
    let house = TestHouse::start().await;
    let (did, parent) = (house.did().await, house.did().await);
    let old = issued(&house, &did).await;
    let changes = json!([{"addKey": {}}, {"addKey": {"id": "spare", "relationships": ["KEY_AGREEMENT"]}},
        {"addController": parent}, {"addAlsoKnownAs": "https://example.org/me"}]);
    let made = at_graphql(&house, &did, changes.clone()).await;
    assert_eq!(
        (&made["userErrors"], made["did"]["keys"].as_array().map(Vec::len)),
        (&json!([]), Some(3)),
        "{made}"
    );
    assert_eq!(at_graphql(&house, &did, changes).await["replayed"], true);
    let shown = document(&house, &did).await;
    assert_eq!(shown["assertionMethod"], json!([format!("{did}#key-1"), format!("{did}#key-2")]));
    assert_eq!(shown["keyAgreement"], json!([format!("{did}#spare")]));
    assert_eq!(
        (&shown["controller"], &shown["alsoKnownAs"]),
        (&json!([did, parent]), &json!(["https://example.org/me"]))
    );
    assert_eq!(
        (verified(&house, &old).await, verified(&house, &issued(&house, &did).await).await),
        (json!(true), json!(true))
    );
    let changes = json!([{"removeKey": "key-1"}, {"removeKey": "#spare"}, {"removeController": parent},
        {"removeAlsoKnownAs": "https://example.org/me"}]);
    let made = changed(&house, &did, changes).await.expect(200);
    assert_eq!(made["keys"].as_array().map(Vec::len), Some(1), "{made}");
    let shown = document(&house, &did).await;
    assert!(!shown.to_string().contains("#key-1\"") && !shown.to_string().contains("#spare"), "{shown}");
    assert_eq!((&shown["controller"], shown.get("alsoKnownAs")), (&json!([did]), None));
    assert_eq!(
        (verified(&house, &old).await, verified(&house, &issued(&house, &did).await).await),
        (json!(false), json!(true))
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_what_is_not_so_leave_nothing() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let (present, made) = (document(&house, &did).await, keys(&house).await);
    for (change, status, code) in [
        (json!({"rotateKey": {"id": "key-7"}}), 404, "did/entry-not-found"),
        (json!({"removeService": "web"}), 404, "did/entry-not-found"),
        (json!({"addKey": {"id": "key-1"}}), 409, "did/entry-exists"),
        (json!({"addController": did}), 409, "did/entry-exists"),
        (json!({"removeKey": "key-1"}), 409, "did/last-key"),
        (json!({"removeController": did}), 409, "did/last-controller"),
        (json!({"addKey": {"kid": "5b".repeat(32)}}), 404, "key/not-found"),
        (json!({"addKey": {"colour": "blue"}}), 400, "request/invalid"),
        (json!({"paint": {}}), 400, "request/invalid"),
    ] {
        let changes =
            json!([{"addAlsoKnownAs": "https://example.org/me"}, {"rotateKey": {"id": "key-1"}}, change]);
        let reply = changed(&house, &did, changes).await;
        assert_eq!((reply.status, &reply.body["code"]), (status, &json!(code)), "{change}: {}", reply.text);
    }
    assert_eq!(changed(&house, &did, json!([])).await.status, 400);
    let beside = json!({"did": did, "changes": [{"addKey": {}}], "service": []});
    assert_eq!(house.post("/did/update", beside).await.body["field"], "changes");
    let told = at_graphql(&house, &did, json!([{"removeKey": "key-7"}])).await;
    let error = json!({"code": "did/entry-not-found", "field": "changes", "details": {"field": "changes", "change": 0}});
    assert_eq!(told["userErrors"], json!([error]));
    let body = json!({"did": did, "changes": [{"rotateKey": {"id": "key-1"}}]});
    let theirs =
        house.call_as(Some(&house.mallory.key), Method::POST, "/did/update", Some(body.clone()), &[]).await;
    assert_eq!((theirs.status, &theirs.body["code"]), (404, &json!("did/not-found")));
    assert_eq!(house.post("/did/update?dryRun=true", body).await.expect(200)["dryRun"], true);
    assert_eq!((document(&house, &did).await, keys(&house).await), (present, made), "no version and no key");
    house.stop().await;
}

/// Two keys of the vault in one new document, at each door; and a first key that does not stand under `assertionMethod`.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_did_has_the_keys_that_its_document_names() {
    let house = TestHouse::start().await;
    let mut jwks = Vec::new();
    for _ in 0..2 {
        let key = house.post("/key/create?type=Ed25519", json!({})).await.expect(200);
        let bytes = hex::decode(key["publicKeyHex"].as_str().expect("a key")).expect("hex");
        jwks.push(credentials::key::PublicKey::ed25519(&bytes).expect("a point").to_jwk());
    }
    let named = |did: &str| {
        let methods = jwks.iter().enumerate().map(|(number, jwk)| {
            json!({"id": format!("{did}#mine-{number}"), "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk})
        });
        json!({"id": did, "verificationMethod": methods.collect::<Vec<_>>()})
    };
    let did = "did:cheqd:testnet:6ba7b810-9dad-41d1-80b4-00c04fd430e1";
    let made = house.post("/did/create", json!({"didDocument": named(did)})).await.expect(200);
    assert_eq!(made["keys"].as_array().map(Vec::len), Some(2), "{made}");
    assert_eq!(
        document(&house, did).await["authentication"],
        json!([format!("{did}#mine-0"), format!("{did}#mine-1")])
    );
    assert_eq!(verified(&house, &issued(&house, did).await).await, true);
    let other = "did:cheqd:testnet:6ba7b810-9dad-41d1-80b4-00c04fd430e2";
    let query =
        "mutation($i: CreateDidInput!) { createDid(input: $i) { userErrors { code } did { keys { kid } } } }";
    let variables = json!({"i": {"didDocument": named(other)}});
    let told = house.post("/graphql", json!({"query": query, "variables": variables})).await.expect(200);
    assert_eq!(told["data"]["createDid"]["did"]["keys"].as_array().map(Vec::len), Some(2), "{told}");
    let theirs = Some(json!({"didDocument": named(&other.replace("30e2", "30e3"))}));
    let theirs = house.call_as(Some(&house.mallory.key), Method::POST, "/did/create", theirs, &[]).await;
    assert_eq!((theirs.status, &theirs.body["code"]), (400, &json!("did/no-signing-key")));
    let plain = json!({"network": "testnet", "verificationMethodType": "Ed25519VerificationKey2020", "assertionMethod": false});
    let made = house.post("/did/create", plain).await.expect(200);
    let shown = document(&house, made["did"].as_str().expect("a DID")).await;
    assert_eq!(
        (shown.get("assertionMethod"), shown["authentication"].as_array().map(Vec::len)),
        (None, Some(1))
    );
    house.stop().await;
}
