//! Digital Bazaar's libraries from npm, unmodified, verify JSON-LD that Studio signed, and Studio what they signed.

use super::npm_clients::installed;
use crate::{
    house::TestHouse,
    npm::{say, text},
    patience::run,
};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

/// Each credential twice, as it is and changed, and each presentation once.
const CHECKS: usize = 9;
const VERIFIER: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const SCHEMA_ORG: &str = "https://schema.org";
const ANY_TERM: &str = "https://www.w3.org/ns/credentials/undefined-terms/v2";

async fn issued(house: &TestHouse, did: &str, context: &str, more: &Value) -> Value {
    let mut body = json!({"issuerDid": did, "subjectDid": did, "@context": [context], "format": "jsonld",
        "attributes": {"name": "Bob", "age": 30, "knows": [{"name": "Eve"}, {"name": "Alice"}]}});
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    house.post("/credential/issue", body).await.expect(200)
}

async fn facts(house: &TestHouse) -> Value {
    let did = house.did().await;
    let linked = issued(house, &did, SCHEMA_ORG, &json!({"expirationDate": "2130-01-01T00:00:00Z"})).await;
    let integrity = issued(house, &did, SCHEMA_ORG, &json!({"cryptosuite": "eddsa-rdfc-2022"})).await;
    let newer = issued(house, &did, ANY_TERM, &json!({"dataModel": "2.0"})).await;
    let mut presentations = serde_json::Map::new();
    for (name, credential, model, suite) in [
        ("presentation of the data model 1.1", &linked, "1.1", "Ed25519Signature2020"),
        ("presentation with Data Integrity", &integrity, "1.1", "eddsa-rdfc-2022"),
        ("presentation of the data model 2.0", &newer, "2.0", "eddsa-rdfc-2022"),
    ] {
        let body = json!({"holderDid": did, "credentials": [credential], "verifierDid": VERIFIER, "challenge": "c-1",
            "format": "jsonld", "dataModel": model, "cryptosuite": suite});
        let made = house.post("/presentation/create", body).await.expect(200);
        presentations.insert(name.to_owned(), made);
    }
    let found = house.get(&format!("/did/search/{did}")).await.expect(200);
    let mut documents = serde_json::Map::new();
    documents.insert(did, found["didDocument"].clone());
    json!({
        "contexts": Path::new(env!("CARGO_MANIFEST_DIR")).join("credentials/contexts"),
        "documents": documents,
        "credentials": {"Ed25519Signature2020": linked, "eddsa-rdfc-2022": integrity, "data model 2.0": newer},
        "presentations": presentations,
        "challenge": "c-1",
        "domain": VERIFIER,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn digital_bazaars_libraries_and_studio_verify_each_other() {
    let Some(place) = installed("linked-data").await else { return };
    let house = TestHouse::start().await;
    let facts = facts(&house).await.to_string();
    let path = place.join("vc.mjs");
    let asked = tokio::task::spawn_blocking(move || {
        run(Command::new("node").arg(path).arg(facts), "").expect("node starts")
    });
    let output = asked.await.expect("no panic");
    let said = text(&output);
    assert!(output.status.success(), "vc.mjs is not content:\n{said}");
    let passed = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(passed, CHECKS, "{said}");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let signed: Value = serde_json::from_str(out.lines().last().expect("a line")).expect("JSON");
    let signed = signed.as_object().expect("credentials");
    assert_eq!(signed.len(), 2);
    for (suite, credential) in signed {
        let verdict = house.post("/credential/verify", json!({"credential": credential})).await.expect(200);
        assert_eq!(verdict["verified"], true, "{suite}: {verdict}");
        let mut forged = credential.clone();
        forged["credentialSubject"]["name"] = json!("Mallory");
        let verdict = house.post("/credential/verify", json!({"credential": forged})).await.expect(200);
        assert_eq!(verdict["verified"], false, "{suite}: {verdict}");
    }
    say(&format!("vc.mjs: {passed} checks passed"));
    house.stop().await;
}
