//! The first day: account → key → DID → schema → list → issue → verify → revoke.

use crate::house::TestHouse;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_day_from_account_to_revocation() {
    let house = TestHouse::start().await;

    let account = house.get("/account").await.expect(200);
    assert_eq!(account["customer"]["customerId"], house.alice.customer.to_string());
    assert_eq!(account["customer"]["name"], "Alice");
    assert_eq!(account["paymentAccount"]["testnet"], house.alice.payer);

    let key = house.post("/key/create?type=Ed25519", json!({})).await.expect(200);
    let kid = key["kid"].as_str().unwrap();
    assert_eq!(kid.len(), 64);
    assert!(!key.to_string().to_lowercase().contains("private"), "a private key must never be answered");
    let read = house.get(&format!("/key/read/{kid}")).await.expect(200);
    assert_eq!(read["publicKeyHex"], kid);

    let created = house
        .post(
            "/did/create",
            json!({"network": "testnet", "identifierFormatType": "uuid",
                "options": {"verificationMethodType": "Ed25519VerificationKey2020", "key": kid},
                "service": [{"idFragment": "web", "type": "LinkedDomains", "serviceEndpoint": ["https://issuer.example"]}]}),
        )
        .await
        .expect(200);
    let did = created["did"].as_str().unwrap().to_owned();
    assert_eq!(created["controllerKeyId"], kid);
    assert_eq!(created["services"][0]["serviceEndpoint"][0], "https://issuer.example");

    let resolved = house.get(&format!("/did/search/{did}")).await.expect(200);
    assert_eq!(resolved["didDocument"]["id"], did);
    assert!(resolved["didDocumentMetadata"]["versionId"].is_string());
    let list = house.get("/did/list?network=testnet&page=1&limit=10").await.expect(200);
    assert_eq!(list["total"], 1);
    assert_eq!(list["dids"][0], did);

    let schema = publish_schema(&house, &did).await;
    let found = house
        .get(&format!("/resource/search/{did}?resourceName=Degree&resourceType=JSONSchemaValidator2020"))
        .await;
    assert_eq!(found.status, 200, "{}", found.text);
    assert_eq!(found.body["type"], "object");
    let resources = house.get("/resource/list?network=testnet").await.expect(200);
    assert_eq!(resources["total"], 1);

    let list = house
        .post(
            "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation",
            json!({"did": did, "statusListName": "degree revocation"}),
        )
        .await
        .expect(200);
    assert_eq!(list["created"], true);
    assert!(list["statusListId"].is_string());

    let credential = house
        .post(
            "/credential/issue",
            json!({"issuerDid": did, "subjectDid": SUBJECT, "type": ["DegreeCredential"],
                "attributes": {"name": "Bob", "degree": "BSc"}, "credentialSchema": schema, "format": "jwt",
                "expirationDate": "2130-01-01T00:00:00Z",
                "credentialStatus": {"statusListType": "BitstringStatusList", "statusPurpose": "revocation",
                    "statusListName": "degree revocation"}}),
        )
        .await
        .expect(200);
    assert_eq!(credential["issuer"]["id"], did);
    assert_eq!(credential["credentialSubject"]["id"], SUBJECT);
    assert_eq!(credential["proof"]["type"], "JwtProof2020");
    let jwt = credential["proof"]["jwt"].as_str().unwrap().to_owned();
    let index: u64 = credential["credentialStatus"]["statusListIndex"].as_str().unwrap().parse().unwrap();

    let issued = house.get(&format!("/credentials/issued?issuerId={did}&page=1&limit=10")).await.expect(200);
    assert_eq!(issued["total"], 1);
    let id = issued["credentials"][0]["issuedCredentialId"].as_str().unwrap().to_owned();
    assert_eq!(issued["credentials"][0]["status"], "issued");

    let verdict =
        house.post("/credential/verify?verifyStatus=true", json!({"credential": jwt})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    assert_eq!(verdict["revoked"], false);

    let revoked = house
        .post("/credential/revoke?listType=BitstringStatusList&publish=true", json!({"credential": jwt}))
        .await
        .expect(200);
    assert_eq!(revoked["updated"], true);
    assert_eq!(revoked["statusValue"], 1);
    assert_eq!(revoked["published"], true);

    let verdict =
        house.post("/credential/verify?verifyStatus=true", json!({"credential": jwt})).await.expect(200);
    assert_eq!(verdict["verified"], false, "a revoked credential must not be called verified: {verdict}");
    assert_eq!(verdict["revoked"], true);
    let without = house.post("/credential/verify", json!({"credential": jwt})).await.expect(200);
    assert_eq!(without["verified"], true, "status was not asked for");

    let checked = house
        .post(
            "/credential-status/check?listType=BitstringStatusList&statusPurpose=revocation",
            json!({"did": did, "statusListName": "degree revocation", "index": index,
                "statusListCredential": credential["credentialStatus"]["statusListCredential"], "makeFeePayment": false}),
        )
        .await
        .expect(200);
    assert_eq!(checked["status"], 1);
    assert_eq!(checked["valid"], false);

    let record = house.get(&format!("/credentials/issued/{id}")).await.expect(200);
    assert_eq!(record["status"], "revoked");
    assert!(record["statusUpdatedAt"].is_string());

    let again =
        house.post("/credential/reinstate?listType=BitstringStatusList", json!({"credential": jwt})).await;
    assert_eq!(again.status, 409, "revocation is final: {}", again.text);

    let events = house.get("/event/list?category=credential").await.expect(200);
    let names: Vec<&str> =
        events["events"].as_array().unwrap().iter().filter_map(|e| e["operationName"].as_str()).collect();
    assert!(names.contains(&"credential-issue") && names.contains(&"credential-revoke"), "{names:?}");

    let operations = house.get("/operations").await.expect(200);
    let all = operations["operations"].as_array().unwrap();
    assert_eq!(all.len(), 4, "DID, schema, list, new version of the list");
    assert!(
        all.iter().all(|operation| operation["state"] == "confirmed" && operation["feePaid"].is_string()),
        "{operations}"
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_credential_comes_back() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    house
        .post(
            "/credential-status/create/unencrypted?listType=StatusList2021&statusPurpose=suspension",
            json!({"did": did, "statusListName": "pause"}),
        )
        .await
        .expect(200);
    let credential = house
        .post(
            "/credential/issue",
            json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1},
                "credentialStatus": {"statusListType": "StatusList2021", "statusPurpose": "suspension", "statusListName": "pause"}}),
        )
        .await
        .expect(200);
    let body = json!({"credential": credential});
    let verified = |verdict: Value| verdict["verified"].as_bool().unwrap();
    let suspended = house.post("/credential/suspend?listType=StatusList2021", body.clone()).await.expect(200);
    assert_eq!(suspended["suspended"], true);
    let verdict = house.post("/credential/verify?verifyStatus=true", body.clone()).await.expect(200);
    assert_eq!(verdict["suspended"], true);
    assert!(!verified(verdict));
    let back = house.post("/credential/reinstate?listType=StatusList2021", body.clone()).await.expect(200);
    assert_eq!(back["unsuspended"], true);
    assert!(verified(house.post("/credential/verify?verifyStatus=true", body).await.expect(200)));
    house.stop().await;
}

/// The URL of a schema resource under `did`.
pub async fn publish_schema(house: &TestHouse, did: &str) -> String {
    let data = STANDARD.encode(r#"{"type":"object","properties":{"degree":{"type":"string"}}}"#);
    let created = house
        .post(
            &format!("/resource/create/{did}"),
            json!({"name": "Degree", "type": "JSONSchemaValidator2020", "encoding": "base64", "data": data}),
        )
        .await
        .expect(201);
    let resource = &created["resource"];
    assert_eq!(resource["mediaType"], "application/json");
    resource["resourceURI"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_key_that_was_lost_on_the_way_is_replaced() {
    let house = TestHouse::start().await;
    let faucet = ledger::Faucet::from_mnemonic(devnet::FAUCET_MNEMONIC).expect("a faucet");
    let kept = studio::tenant::first(&house.house, Some(&faucet), true).await.expect("a customer exists");
    assert!(kept.secret.is_none(), "a key that is kept is not issued again");
    let lost = studio::tenant::first(&house.house, Some(&faucet), false).await.expect("a customer exists");
    let secret = lost.secret.expect("another key");
    house.caught_up().await;
    let account = house.call_as(Some(&secret), reqwest::Method::GET, "/account", None, &[]).await;
    assert_eq!(account.status, 200, "{}", account.text);
    house.stop().await;
}
