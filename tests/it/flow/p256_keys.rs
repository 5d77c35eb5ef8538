//! Keys on P-256: in the vault and kept by their owner, against a ledger that wants their signatures in ASN.1 and checks them.

use super::client_keys::opened;
use crate::house::TestHouse;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use credentials::{
    did_document::{VerificationMethodType, verification_method},
    key::PublicKey,
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use reqwest::Method;
use serde_json::{Value, json};

const DID: &str = "did:cheqd:testnet:5f3a1c90-7c1b-4f0e-9a53-5a1d4c0a7e02";
/// RFC 6979 A.2.5: a private key, and its public half, compressed.
const SECRET: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const KID: &str = "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";

fn key() -> SigningKey {
    SigningKey::from_slice(&hex::decode(SECRET).expect("hexadecimal")).expect("a key")
}

fn method(did: &str) -> Value {
    let public = PublicKey::p256(&hex::decode(KID).expect("hexadecimal")).expect("a key");
    verification_method(did, "p256", VerificationMethodType::JsonWebKey2020, &public)
}

fn header(credential: &Value) -> Value {
    let token = credential["proof"]["jwt"].as_str().expect("a token");
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64url");
    serde_json::from_slice(&header).expect("JSON")
}

async fn issued(house: &TestHouse, did: &str) -> Value {
    let claims = json!({"issuerDid": did, "subjectDid": did, "attributes": {"name": "Bob"}});
    house.post("/credential/issue", claims).await.expect(200)
}

async fn holds(house: &TestHouse, credential: &Value) {
    let verdict = house.post("/credential/verify", json!({"credential": credential})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
}

/// Made, used for a DID, a credential, another document and the end; taken along to another account.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_vault_on_p256_controls_a_did_and_signs_credentials() {
    let house = TestHouse::start().await;
    let made = house.post("/key/create?type=Secp256r1", json!({})).await.expect(200);
    assert_eq!((&made["type"], &made["meta"]), (&json!("Secp256r1"), &json!({"algorithms": ["ES256"]})));
    let create = |kind: &str| json!({"network": "testnet", "options": {"verificationMethodType": kind, "key": made["kid"]}});
    let refused = house.post("/did/create", create("Ed25519VerificationKey2020")).await;
    assert_eq!((refused.status, &refused.body["code"]), (400, &json!("key/wrong-type")), "{}", refused.text);
    let did = house.post("/did/create", create("JsonWebKey2020")).await.expect(200);
    assert_eq!((&did["keys"][0]["type"], &did["keys"][0]["kid"]), (&json!("Secp256r1"), &made["kid"]));
    let did = did["did"].as_str().expect("a DID");
    let credential = issued(&house, did).await;
    assert_eq!(header(&credential)["alg"], "ES256");
    holds(&house, &credential).await;
    let list = json!({"did": did, "statusListName": "l", "length": 131_072, "encoding": "base64url"});
    let list = house.post(
        "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=message",
        list,
    );
    assert_eq!(list.await.status, 200);
    // What comes after is signed by it too: another key beside it, which is written down as one of its kind is.
    let beside = house.post("/key/create?type=Secp256r1", json!({})).await.expect(200);
    let changes = json!({"did": did, "changes": [{"addKey": {"kid": beside["kid"], "id": "second", "verificationMethodType": "JsonWebKey2020"}}]});
    house.post("/did/update", changes).await.expect(200);
    let rotated = json!({"did": did, "changes": [{"rotateKey": {"id": "second"}}]});
    house.post("/did/update", rotated).await.expect(200);
    let back = json!({"did": did, "changes": [{"rotateKey": {"id": "second", "kid": beside["kid"]}}]});
    house.post("/did/update", back).await.expect(200);
    let exported =
        house.post(&format!("/did/export/{did}"), json!({"password": "correct horse battery"})).await;
    let exported = exported.expect(200);
    let (mallory, import) = (
        Some(house.mallory.key.as_str()),
        json!({"did": did, "encryptedKeys": exported["encryptedKeys"], "password": "correct horse battery"}),
    );
    let taken = house.call_as(mallory, Method::POST, "/did/import", Some(import), &[]).await;
    assert_eq!(taken.body["code"], "did/already-exists", "it is Alice's: {}", taken.text);
    house.post(&format!("/did/deactivate/{did}"), json!({})).await.expect(200);
    house.stop().await;
}

/// The signature of a key that stays where it is comes as JOSE writes it, or as other tools do.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_signs_on_p256_in_either_encoding() {
    let house = TestHouse::start().await;
    let document = json!({"id": DID, "verificationMethod": [method(DID)], "authentication": [format!("{DID}#p256")], "assertionMethod": [format!("{DID}#p256")]});
    let mut job = opened(&house, "/did/create", json!({"didDocument": document})).await;
    let mut encode: fn(&Signature) -> Vec<u8> = |signature| signature.to_bytes().to_vec();
    for then in ["update", "issue", "end"] {
        let request = &job["didState"]["signingRequest"]["signingRequest1"];
        assert_eq!((&request["kid"], &request["alg"]), (&json!(format!("{DID}#p256")), &json!("ES256")));
        let payload = STANDARD.decode(request["serializedPayload"].as_str().expect("bytes")).expect("base64");
        let path = format!("/jobs/{}/signatures", job["jobId"].as_str().expect("an id"));
        let response = |signature: Vec<u8>| json!({"signingResponse": {"signingRequest1": {"kid": format!("{DID}#p256"), "signature": STANDARD.encode(signature)}}});
        let other: Signature = key().sign(b"something else");
        let refused = house.post(&path, response(encode(&other))).await;
        assert_eq!(refused.body["code"], "job/signature-invalid", "{}", refused.text);
        let signature: Signature = key().sign(&payload);
        let done = house.post(&path, response(encode(&signature))).await.expect(200);
        assert_eq!(done["didState"]["state"], "finished", "{done}");
        encode = |signature| signature.to_der().as_bytes().to_vec();
        match then {
            "update" => {
                let service = json!([{"id": format!("{DID}#web"), "type": "LinkedDomains", "serviceEndpoint": ["https://example.org"]}]);
                job = opened(&house, "/did/update", json!({"did": DID, "service": service})).await;
            }
            "issue" => {
                let claims = json!({"issuerDid": DID, "subjectDid": DID, "attributes": {"name": "Bob"}});
                job = opened(&house, "/credential/issue", claims).await;
            }
            _ => {
                let credential = &done["credential"];
                assert_eq!(header(credential)["alg"], "ES256", "{done}");
                holds(&house, credential).await;
            }
        }
    }
    house.stop().await;
}

/// Brought along, and destroyed once it stands nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_deleted_when_no_did_needs_it() {
    let house = TestHouse::start().await;
    let body = json!({"type": "Secp256r1", "privateKeyHex": SECRET, "encrypted": false});
    let brought = house.post("/key/import", body.clone()).await.expect(200);
    assert_eq!(brought["kid"], KID);
    let delete = async |kid: &str| house.call(Method::DELETE, &format!("/key/{kid}"), None).await;
    let stranger =
        house.call_as(Some(&house.mallory.key), Method::DELETE, &format!("/key/{KID}"), None, &[]).await;
    assert_eq!((stranger.status, &stranger.body["code"]), (404, &json!("key/not-found")));
    let keys = house.get("/key/list?limit=100").await.expect(200);
    let payer = keys["keys"].as_array().expect("keys").iter().find(|key| key["purpose"] == "payer");
    let refused = delete(payer.expect("a payer")["kid"].as_str().expect("an id")).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("key/pays-fees")), "{}", refused.text);

    let create =
        json!({"network": "testnet", "options": {"verificationMethodType": "JsonWebKey2020", "key": KID}});
    let did = house.post("/did/create", create).await.expect(200);
    let did = did["did"].as_str().expect("a DID");
    let refused = delete(KID).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("key/in-use")), "{}", refused.text);
    assert_eq!(refused.body["did"], did);
    let rotated = json!({"did": did, "changes": [{"rotateKey": {"id": "key-1"}}]});
    house.post("/did/update", rotated).await.expect(200);

    let gone = delete(KID).await.expect(200);
    assert_eq!(gone, json!({"kid": KID, "deleted": true}));
    assert_eq!(house.get(&format!("/key/read/{KID}")).await.status, 404);
    let left = house.get("/key/list?limit=100").await.expect(200);
    assert!(left["keys"].as_array().expect("keys").iter().all(|key| key["kid"] != KID), "{left}");
    let (held,): (i64,) = sqlx::query_as("select count(*) from vault.keys where kid = $1")
        .bind(KID)
        .fetch_one(&house.house.pool)
        .await
        .expect("the table");
    assert_eq!(held, 0, "the private half is gone");
    let create =
        json!({"network": "testnet", "options": {"verificationMethodType": "JsonWebKey2020", "key": KID}});
    assert_eq!(house.post("/did/create", create).await.body["code"], "key/not-found");
    house.caught_up().await;
    let told = house.get("/event/list?category=key").await.expect(200);
    assert_eq!(told["events"][0]["operationName"], "key-delete", "{told}");
    // It may come again.
    assert_eq!(house.post("/key/import", body).await.expect(200)["kid"], KID);
    assert_eq!(house.get(&format!("/key/read/{KID}")).await.status, 200);

    let query = "mutation($i: DeleteKeyInput!) { deleteKey(input: $i) { userErrors { code } deletedKid } }";
    for (kid, answer) in [
        (KID.to_uppercase(), json!({"userErrors": [], "deletedKid": KID})),
        (KID.to_owned(), json!({"userErrors": [], "deletedKid": KID})),
        ("00".repeat(33), json!({"userErrors": [{"code": "key/not-found"}], "deletedKid": null})),
    ] {
        let reply = house.post("/graphql", json!({"query": query, "variables": {"i": {"kid": kid}}})).await;
        assert_eq!(reply.expect(200)["data"]["deleteKey"], answer);
    }
    house.stop().await;
}
