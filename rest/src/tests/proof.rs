//! First prove, then ask: what is not signed sends nobody to the ledger, and what is signed only so far.

use super::{ask, house, send};
use crate::router;
use app::{budget::LEDGER_CALLS_PER_REQUEST_MAX, fake::SECRET};
use axum::{body::Body, http::Method};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use credentials::{did_key, key::PublicKey};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

const DID: &str = "did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop";
const ALL: &str = "/credential/verify?verifyStatus=true&verifyTrustChain=true";

/// A token of this issuer (a did:key of our own if `None`) with these members beside the usual ones.
fn token(issuer: Option<&str>, members: &Value) -> String {
    let key = SigningKey::from_bytes(&[7; 32]);
    let own = did_key::did_key_of(&PublicKey::Ed25519(key.verifying_key().to_bytes()));
    let issuer = issuer.unwrap_or(&own);
    let fragment = own.trim_start_matches("did:key:");
    let mut vc = json!({"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
        "credentialSubject": {"id": own}});
    for (name, value) in members.as_object().unwrap() {
        vc[name] = value.clone();
    }
    let encode = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({"alg": "EdDSA", "typ": "JWT", "kid": format!("{issuer}#{fragment}")}));
    let payload = encode(json!({"iss": issuer, "sub": own, "nbf": 1_700_000_000, "vc": vc}));
    let signed = format!("{header}.{payload}");
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

/// Points to the ledger wherever a credential can.
fn pointing(schemas: usize) -> Value {
    let resource = |number: usize| format!("{DID}/resources/00000000-0000-4000-8000-{number:012}");
    let schemas: Vec<Value> = (0..schemas)
        .map(|number| json!({"id": resource(number), "type": "JsonSchemaValidator2018"}))
        .collect();
    json!({
        "credentialSchema": schemas,
        "credentialStatus": {"type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListIndex": "1",
            "id": format!("{DID}?resourceName=n&resourceType=StatusList2021Revocation#1"),
            "statusListCredential": format!("{DID}?resourceName=n&resourceType=StatusList2021Revocation")},
        "termsOfUse": {"type": "AttestationPolicy", "parentAccreditation": resource(1),
            "rootAuthorization": resource(2)},
    })
}

/// The status, the body, and how often the ledger was asked.
async fn asked(credential: &Value) -> (u16, Value, usize) {
    let (house, world) = house();
    let body = json!({"credential": credential}).to_string();
    let request =
        ask(&Method::POST, ALL).header("x-api-key", SECRET).header("content-type", "application/json");
    let reply = send(&router(house), request.body(Body::from(body)).unwrap()).await;
    (reply.status, reply.body, world.ledger.questions())
}

#[tokio::test]
async fn safety_8_what_is_not_signed_asks_nothing_of_the_ledger() {
    let good = token(None, &pointing(50));
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("a token") };
    let mut other = signature.to_owned();
    other.replace_range(10..11, if other.as_bytes()[10] == b'A' { "B" } else { "A" });
    let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let of_ledger = token(Some(DID), &pointing(50));
    let [_, ledger_payload, _] = of_ledger.split('.').collect::<Vec<_>>()[..] else { panic!("a token") };
    for (what, credential) in [
        ("a wrong signature", json!(format!("{header}.{payload}.{other}"))),
        ("a short signature", json!(format!("{header}.{payload}.{}", &signature[..40]))),
        ("no signature", json!(format!("{header}.{payload}."))),
        ("no algorithm", json!(format!("{none}.{payload}."))),
        ("a header that is none", json!(format!("e30x.{ledger_payload}.{signature}"))),
        ("no base64", json!(format!("{header}.{payload}!.{signature}"))),
        ("another's payload", json!(format!("{header}.{ledger_payload}.{signature}"))),
        ("a document without a proof", pointing(50)),
    ] {
        let (status, body, questions) = asked(&credential).await;
        assert!(status == 400 || body["verified"] == false, "{what}: {status} {body}");
        let may = usize::from(what == "another's payload");
        assert!(questions <= may, "{what}: {questions} questions, {body}");
    }
    // An issuer on the ledger has to be asked for, once, and then there is nothing that holds.
    let (_, body, questions) = asked(&json!(of_ledger)).await;
    assert_eq!((&body["verified"], questions), (&json!(false), 1), "{body}");
}

#[tokio::test]
async fn safety_8_what_is_signed_asks_only_so_much() {
    // As many as a text may hold; 6 000 are too long a text.
    let (status, body, questions) = asked(&json!(token(None, &pointing(2_500)))).await;
    assert_eq!((status, &body["code"]), (413, &json!("request/too-many-ledger-calls")), "{body}");
    assert_eq!(questions, LEDGER_CALLS_PER_REQUEST_MAX);
    // What fits is judged as ever.
    let (status, body, questions) = asked(&json!(token(None, &pointing(10)))).await;
    assert_eq!((status, &body["verified"]), (200, &json!(false)), "{body}");
    assert!(questions > 0 && questions < 20, "{questions}");
}
