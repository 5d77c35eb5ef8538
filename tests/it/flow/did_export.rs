//! A DID that leaves with its keys: opened by a JOSE library that knows nothing of Studio, and taken over by another account's
//! Studio; and what the history says of keys.

use crate::{
    house::TestHouse,
    npm::{Skipped, judges, say, text},
    patience::run,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;

const PASSWORD: &str = "päss words are ﬁne";

/// What the JOSE library finds in an export; `None` where it cannot be asked.
async fn opened(encrypted_keys: &Value) -> Option<Value> {
    let script = match tokio::task::spawn_blocking(|| judges("oidc")).await.expect("no panic") {
        Ok(place) => place.join("open.mjs"),
        Err(Skipped(reason)) => {
            say(&format!("SKIPPED: no export was opened by a JOSE library: {reason}"));
            return None;
        }
    };
    // As it is typed: Studio reads passwords in NFKC, so the two letters of the ligature are the password.
    let password = "päss words are fine";
    let asked = json!({"encryptedKeys": encrypted_keys, "password": password}).to_string();
    let output = tokio::task::spawn_blocking(move || {
        run(Command::new("node").arg(script), &asked).expect("node starts")
    });
    let output = output.await.expect("no panic");
    assert!(output.status.success(), "{}", text(&output));
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_did_leaves_with_its_keys_and_any_jose_library_opens_them() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let path = format!("/did/export/{did}");
    for (body, field) in [
        (json!({}), "password"),
        (json!({"password": "short"}), "password"),
        (json!({"password": 7}), "password"),
        (json!({"password": PASSWORD, "providerId": "dock"}), "providerId"),
    ] {
        let refused = house.post(&path, body.clone()).await;
        assert_eq!(
            (refused.status, &refused.body["field"]),
            (400, &json!(field)),
            "{body}: {}",
            refused.text
        );
    }
    let wish = json!({"password": PASSWORD});
    let strangers =
        house.call_as(Some(&house.mallory.key), Method::POST, &path, Some(wish.clone()), &[]).await;
    assert_eq!((strangers.status, &strangers.body["code"]), (404, &json!("did/not-found")));
    house.caught_up().await;
    assert_eq!(house.get("/event/list?operationName=did-export").await.expect(200)["total"], 0);

    let once = [("idempotency-key", "export")];
    let alice = Some(house.alice.key.as_str());
    let exported = house.call_as(alice, Method::POST, &path, Some(wish.clone()), &once).await.expect(200);
    assert_eq!((&exported["id"], &exported["type"]), (&json!(did), &json!(["DIDResolutionResponse"])));
    assert_eq!(exported["didDocument"]["id"], json!(did));
    assert!(exported["didDocumentMetadata"]["versionId"].is_string(), "{exported}");
    let key = &exported["keys"][0];
    assert_eq!((&key["id"], &key["controller"]), (&json!(format!("{did}#key-1")), &json!(did)));
    assert!(!exported.to_string().contains("rivateKey"), "{exported}");
    let again = house.call_as(alice, Method::POST, &path, Some(wish), &once).await.expect(200);
    assert_eq!((&again["id"], &again["encryptedKeys"]), (&json!(did), &Value::Null), "it is given once");
    house.caught_up().await;
    assert_eq!(house.get("/event/list?operationName=did-export").await.expect(200)["total"], 1);

    if let Some(found) = opened(&exported["encryptedKeys"]).await {
        assert_eq!(found["header"]["cty"], "jwk-set+json");
        let jwk = &found["set"]["keys"][0];
        assert_eq!((&jwk["kid"], &jwk["kty"], &jwk["crv"]), (&key["id"], &json!("OKP"), &json!("Ed25519")));
        let seed = URL_SAFE_NO_PAD.decode(jwk["d"].as_str().expect("d")).expect("base64url");
        let pair = SigningKey::from_bytes(&seed.try_into().expect("32 bytes"));
        assert_eq!(hex::encode(pair.verifying_key().to_bytes()), key["name"], "it is the DID's own key");
    }

    let back = |password: &str| json!({"did": did, "encryptedKeys": exported["encryptedKeys"], "password": password});
    let mut both = back(PASSWORD);
    both["keys"] = json!([]);
    for (body, code) in [
        (back("another password"), "key/not-decrypted"),
        (back("short"), "request/invalid"),
        (both, "request/invalid"),
        (json!({"did": did, "encryptedKeys": "a.b.c.d.e", "password": PASSWORD}), "key/export-unknown"),
    ] {
        let refused = house.post("/did/import", body).await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!(code)), "{}", refused.text);
    }
    // Here it is already; it is taken for what it is.
    assert_eq!(house.post("/did/import", back(PASSWORD)).await.expect(200)["did"], json!(did));
    house.stop().await;
}

/// The other door, and what has become of the keys: who used them for what.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_signed_for_is_told_at_both_doors() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let kid = house.get("/did/list?metadata=true").await.expect(200)["dids"][0]["controllerKeyId"].clone();
    let kid = kid.as_str().expect("a key").to_owned();
    let claims = json!({"issuerDid": did, "subjectDid": did, "attributes": {"name": "Bob"}});
    let request = [("x-request-id", "7bf81a20-633c-4cc7-bc4a-5a45801005e0")];
    let alice = Some(house.alice.key.as_str());
    house.call_as(alice, Method::POST, "/credential/issue", Some(claims), &request).await.expect(200);
    let price = json!({"did": did, "alsoKnownAs": ["https://example.org"]});
    house.post("/did/update?dryRun=true", price).await.expect(200);
    house.caught_up().await;
    let uses = house.get(&format!("/key/{kid}/uses")).await.expect(200);
    let told: Vec<(&Value, &Value)> = uses["uses"]
        .as_array()
        .expect("uses")
        .iter()
        .map(|one| (&one["operationName"], &one["category"]))
        .collect();
    let (issued, created) =
        ((&json!("credential-issue"), &json!("credential")), (&json!("did-create"), &json!("did")));
    assert_eq!(told, [issued, created], "a price is no use: {uses}");
    assert_eq!(uses["uses"][0]["actor"]["type"], "apiKey");
    assert_eq!(uses["uses"][1]["entity"], json!(did));
    assert!(uses["uses"][1]["operationId"].is_string());
    let theirs =
        house.call_as(Some(&house.mallory.key), Method::GET, &format!("/key/{kid}/uses"), None, &[]).await;
    assert_eq!((theirs.status, &theirs.body["code"]), (404, &json!("key/not-found")));

    let query = "query($k: String!) { key(kid: $k) { uses(first: 1) { totalCount nodes { action entity actor { type } correlationId } } } }";
    let asked = house.post("/graphql", json!({"query": query, "variables": {"k": kid}})).await.expect(200);
    let found = &asked["data"]["key"]["uses"];
    assert_eq!(
        (&found["totalCount"], &found["nodes"][0]["action"]),
        (&json!(2), &json!("CREDENTIAL_ISSUE")),
        "{asked}"
    );
    assert_eq!(found["nodes"][0]["correlationId"], uses["uses"][0]["requestId"]);
    let export = "mutation($i: ExportDidInput!) { exportDid(input: $i) { userErrors { code field } encryptedKeys did { did } } }";
    let input = json!({"did": did, "password": "short"});
    let refused =
        house.post("/graphql", json!({"query": export, "variables": {"i": input}})).await.expect(200);
    assert_eq!(refused["data"]["exportDid"]["userErrors"][0]["code"], "request/invalid", "{refused}");
    let input = json!({"did": did, "password": PASSWORD});
    let given = house.post("/graphql", json!({"query": export, "variables": {"i": input}})).await.expect(200);
    let given = &given["data"]["exportDid"];
    assert_eq!(given["did"]["did"], json!(did), "{given}");
    let back = json!({"did": did, "encryptedKeys": given["encryptedKeys"], "password": PASSWORD});
    let import = "mutation($i: ImportDidInput!) { importDid(input: $i) { userErrors { code } did { did } } }";
    let again = house.post("/graphql", json!({"query": import, "variables": {"i": back}})).await.expect(200);
    assert_eq!(again["data"]["importDid"]["did"]["did"], json!(did), "{again}");
    house.stop().await;
}
