//! What the end-to-end tests of the contract's first implementation expect, in its words. Where the answer is another one on
//! purpose, docs/api.md says so.

use super::world::{KIND, Someone, assert_refused, fresh, meet, with};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, header};
use serde_json::{Value, json};

const MAINNET: &str = "did:cheqd:mainnet:2f1f3d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

#[track_caller]
fn says(reply: &crate::house::Reply, sentence: &str) {
    let told = reply.body["error"].as_str().unwrap_or_default();
    assert!(reply.status == 400 && told.contains(sentence), "{sentence}: {}", reply.text);
}

#[test]
fn a_creation_that_lacks_something_is_refused_in_the_contracts_words() {
    const NEITHER: &str = "Provide a DID Document or the VerificationMethodType to create a DID";
    meet(async |alice, _| {
        let unknown = "ab".repeat(32);
        let form = [("network", "testnet"), ("identifierFormatType", "uuid")];
        says(&alice.form("/did/create", &form).await, NEITHER);
        let form = [("network", "testnet"), ("verificationMethodType", KIND), ("key", &unknown)];
        // 404 here, as for every key that is not the caller's.
        assert_refused(&alice.form("/did/create", &form).await, 404, "key/not-found");
        let options = |options: Value| json!({"network": "testnet", "options": options});
        let body = options(json!({"verificationMethodType": KIND, "key": unknown}));
        assert_refused(&alice.post("/did/create", body).await, 404, "key/not-found");
        for (body, sentence) in [
            (options(json!({"verificationMethodType": "X"})), "Unsupported verificationMethod type"),
            (
                options(json!({"key": unknown})),
                "If key is provided, options.verificationMethodType is required",
            ),
            (
                json!({"didDocument": {"id": "did:cheqd:testnet:invalid_id"}, "options": {"verificationMethodType": KIND}}),
                "Cheqd DID identifier is not valid",
            ),
            (
                json!({"didDocument": {"id": "invalid_did"}, "options": {"verificationMethodType": KIND}}),
                "Invalid format of DID. Expected to start with did:<method>",
            ),
        ] {
            says(&alice.post("/did/create", body).await, sentence);
        }
        let did = fresh();
        for (member, value, sentence) in [
            ("serviceEndpoint", Value::Null, "service.serviceEndpoint is required"),
            ("priority", json!("text"), "service.priority should be a non-negative number"),
            ("routingKeys", json!("text"), "service.routingKeys should be an array of strings"),
            ("recipientKeys", json!([1]), "service.recipientKeys should be an array of strings"),
        ] {
            let mut service = json!({"id": format!("{did}#s"), "type": "T", "serviceEndpoint": ["https://e.example", "https://f.example"]});
            service[member] = value;
            let document = json!({"id": did, "service": [service]});
            let body = json!({"didDocument": document, "options": {"verificationMethodType": KIND}});
            says(
                &alice.post("/did/create", body).await,
                &format!("Service has validation errors: {sentence}"),
            );
        }
        assert_eq!(alice.operations().await, 0, "nothing was requested");
        assert_eq!(
            alice.get("/key/list?purpose=identity").await.expect(200)["total"],
            0,
            "nor was a key made"
        );
    });
}

#[test]
fn a_network_that_is_not_the_callers_is_403_in_the_contracts_words() {
    const SENTENCE: &str = "Unauthorized error: Your account is not authorized to carry out this action.";
    meet(async |alice, _| {
        let bound = alice.with_key(json!({"networks": ["testnet"]})).await;
        let note = json!({"name": "n", "type": "T", "encoding": "hex", "data": "00"});
        for (path, body) in [
            ("/did/create".to_owned(), json!({"network": "mainnet", "verificationMethodType": KIND})),
            ("/did/update".to_owned(), json!({"did": MAINNET, "alsoKnownAs": ["urn:x:1"]})),
            (format!("/did/deactivate/{MAINNET}"), json!({})),
            (format!("/resource/create/{MAINNET}"), note),
        ] {
            let refused = bound.post(&path, body).await;
            assert_refused(&refused, 403, "auth/forbidden");
            assert!(
                refused.body["error"].as_str().is_some_and(|told| told.starts_with(SENTENCE)),
                "{}",
                refused.text
            );
        }
    });
}

#[test]
fn a_form_makes_the_did_that_it_describes() {
    meet(async |alice, _| {
        let kid = alice.kid().await;
        let service = json!([{"idFragment": "service-1", "type": "LinkedDomains", "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
        let service = service.to_string();
        let form = [
            ("network", "testnet"),
            ("identifierFormatType", "base58btc"),
            ("verificationMethodType", "Ed25519VerificationKey2018"),
            ("service", &service),
            ("key", &kid),
            ("@context", "https://www.w3.org/ns/did/v1"),
        ];
        let made = alice.form("/did/create", &form).await.expect(200);
        let did = made["did"].as_str().expect("a DID");
        assert_eq!((&made["controllerKeyId"], did.contains('-')), (&json!(kid), false), "{made}");
        let written = alice.document(did).await;
        assert_eq!(written["service"][0]["id"], format!("{did}#service-1"), "{written}");
        assert_eq!(written["verificationMethod"][0]["type"], "Ed25519VerificationKey2018", "{written}");
    });
}

#[test]
fn a_service_of_a_given_document_keeps_all_of_its_members() {
    meet(async |alice, _| {
        let did = fresh();
        let service = json!([{"id": format!("{did}#rand"), "type": "DIDCommMessaging", "serviceEndpoint": ["https://e.example", "https://f.example"],
            "recipientKeys": ["did:example:1#k"], "routingKeys": ["did:example:2#k"], "priority": 1,
            "accept": ["didcomm/v2", "didcomm/aip2;env=rfc587"]}]);
        let document = json!({"@context": [], "id": did, "controller": [did], "verificationMethod": [],
            "authentication": [format!("{did}#key-1")], "service": service});
        let body = json!({"network": "testnet", "identifierFormatType": "uuid", "assertionMethod": true,
            "options": {"verificationMethodType": "JsonWebKey2020"}, "didDocument": document});
        alice.post("/did/create", body).await.expect(200);
        let written = alice.document(&did).await;
        assert_eq!(written["service"], service);
        assert_eq!(written["verificationMethod"][0]["publicKeyJwk"]["crv"], "Ed25519", "{written}");
    });
}

/// A's controllers as the answer to the change names them: how many keys, who of the controllers, how many signed.
async fn controlled(alice: &Someone, did: &str, controllers: Value) -> (usize, Vec<String>, usize) {
    let document = with(alice.document(did).await, json!({"controller": controllers}));
    let changed = alice.post("/did/update", json!({"didDocument": document})).await.expect(200);
    assert_eq!(changed["controllerKeyId"], changed["keys"][0]["kid"], "{changed}");
    let length = |name: &str| changed[name].as_array().expect("a list").len();
    let by = changed["controllerKeys"].as_array().expect("keys").iter();
    let by = by.map(|key| key["controller"].as_str().expect("a DID").to_owned()).collect();
    let note = alice.note(did, "n", &controllers_of(&changed)).await;
    assert_eq!(note["nextVersionId"], Value::Null, "{note}");
    (length("keys"), by, length("controllerKeyRefs"))
}

/// Something that is another text each time.
fn controllers_of(changed: &Value) -> String {
    changed["controllerKeys"].to_string()
}

#[test]
fn controllers_come_and_go_and_whoever_is_one_signs() {
    meet(async |alice, _| {
        let (a, b) = (alice.did().await, alice.did().await);
        assert_eq!(
            controlled(&alice, &a, json!([a, b])).await,
            (1, vec![a.clone(), b.clone()], 2),
            "B joins"
        );
        assert_eq!(
            controlled(&alice, &a, json!([b])).await,
            (1, vec![b.clone()], 2),
            "B alone, A gave it up"
        );
        let (keys, by, _) = controlled(&alice, &a, json!([a])).await;
        assert_eq!((keys, by), (1, vec![a.clone()]), "A again");
    });
}

#[test]
fn what_is_on_the_ledger_is_anybodys_to_ask() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let anybody = async |path: String| alice.house.call_as(None, Method::GET, &path, None, &[]).await;
        let found = anybody(format!("/did/search/{did}")).await.expect(200);
        let metadata = &found["didResolutionMetadata"];
        assert_eq!(
            (&metadata["contentType"], &metadata["did"]["method"]),
            (&json!("application/did"), &json!("cheqd")),
            "{found}"
        );
        let part = anybody(format!("/did/search/{did}%2523key-1")).await.expect(200);
        assert_eq!(
            (&part["dereferencingMetadata"]["contentType"], &part["contentStream"]["id"]),
            (&json!("application/ld+json"), &json!(format!("{did}#key-1"))),
            "{part}"
        );
        let nobody = fresh();
        let none = anybody(format!("/did/search/{nobody}")).await.expect(404);
        assert_eq!(none["didResolutionMetadata"]["error"], "notFound", "{none}");
        let none =
            anybody(format!("/resource/search/{nobody}?resourceId={}", uuid::Uuid::nil())).await.expect(404);
        assert_eq!(
            (&none["dereferencingMetadata"]["error"], &none["contentStream"]),
            (&json!("notFound"), &Value::Null),
            "{none}"
        );
        for (bytes, kind, shown) in [
            (&b"{\"a\":1}"[..], "application/json", "application/json; charset=utf-8"),
            (b"\x89PNG\r\n\x1a\n\xff", "image/png", "image/png"),
        ] {
            let body =
                json!({"name": kind, "type": "T", "encoding": "base64", "data": STANDARD.encode(bytes)});
            let made =
                alice.post(&format!("/resource/create/{did}"), body).await.expect(201)["resource"].clone();
            assert_eq!((&made["mediaType"], &made["nextVersionId"]), (&json!(kind), &Value::Null));
            let id = made["resourceId"].as_str().expect("an id");
            let path = format!("/resource/search/{did}?resourceId={id}");
            let answer = alice.house.request(Method::GET, &path).send().await.expect("an answer");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], shown, "texts have a charset");
            assert_eq!(answer.bytes().await.expect("a body"), bytes);
        }
    });
}
