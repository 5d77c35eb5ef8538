//! The main job: root authorisation → accreditation → attest right → credential → the whole chain, then a broken link.

use super::first_day::publish_schema;
use crate::house::TestHouse;
use serde_json::{Value, json};

/// A finished chain.
pub struct Chain {
    pub root_did: String,
    pub body_did: String,
    pub issuer_did: String,
    pub holder_did: String,
    pub schema: String,
    /// Exact DID URLs of the root authorisation, the accreditation and the right to attest.
    pub root: String,
    pub accreditation: String,
    pub attest: String,
    pub credential: Value,
}

/// `schemas` of a request.
pub fn schemas(schema: &str, types: &[&str]) -> Value {
    json!([{"url": schema, "types": types}])
}

/// The types everybody in the chain is accredited for.
pub const TYPES: [&str; 2] = ["VerifiableCredential", "DegreeCredential"];

pub async fn issue(house: &TestHouse, kind: &str, body: Value) -> String {
    let answer = house
        .post(&format!("/trust-registry/accreditation/issue?accreditationType={kind}"), body)
        .await
        .expect(200);
    answer["didUrls"][0].as_str().expect("an exact URL").to_owned()
}

pub async fn build(house: &TestHouse) -> Chain {
    let (root_did, body_did, issuer_did, holder_did) =
        (house.did().await, house.did().await, house.did().await, house.did().await);
    let schema = publish_schema(house, &root_did).await;
    for did in [&root_did, &body_did] {
        house
            .post(
                "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation",
                json!({"did": did, "statusListName": "acc-rev"}),
            )
            .await
            .expect(200);
    }
    let status = json!({"statusListType": "BitstringStatusList", "statusPurpose": "revocation", "statusListName": "acc-rev"});
    let granted = schemas(&schema, &TYPES);
    let root = issue(
        house,
        "authorize",
        json!({"issuerDid": root_did, "subjectDid": root_did, "schemas": granted, "accreditationName": "eduRoot",
            "trustFramework": "Edu Framework", "trustFrameworkId": "https://edu.example/gf", "format": "jwt"}),
    )
    .await;
    let accreditation = issue(
        house,
        "accredit",
        json!({"issuerDid": root_did, "subjectDid": body_did, "schemas": granted, "accreditationName": "state body",
            "parentAccreditation": root, "rootAuthorization": root, "credentialStatus": status}),
    )
    .await;
    let attest = issue(
        house,
        "attest",
        json!({"issuerDid": body_did, "subjectDid": issuer_did, "schemas": granted, "accreditationName": "uniIssuer",
            "parentAccreditation": accreditation, "rootAuthorization": root, "credentialStatus": status}),
    )
    .await;
    let credential = house
        .post(
            "/credential/issue",
            json!({"issuerDid": issuer_did, "subjectDid": holder_did, "type": ["DegreeCredential"],
                "attributes": {"degree": "BSc"}, "credentialSchema": schema,
                "termsOfUse": {"type": "AttestationPolicy", "parentAccreditation": attest, "rootAuthorization": root}}),
        )
        .await
        .expect(200);
    Chain { root_did, body_did, issuer_did, holder_did, schema, root, accreditation, attest, credential }
}

pub async fn verify_credential(house: &TestHouse, chain: &Chain) -> Value {
    house
        .post(
            "/credential/verify?verifyStatus=true&verifyTrustChain=true",
            json!({"credential": chain.credential}),
        )
        .await
        .expect(200)
}

pub async fn verify_accreditation(house: &TestHouse, subject: &str, url: &str, schemas: Value) -> Value {
    let body = json!({"subjectDid": subject, "didUrl": url, "schemas": schemas});
    house.post("/trust-registry/accreditation/verify?verifyStatus=true", body).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_trust_holds_until_a_link_is_revoked() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    assert!(chain.root.starts_with(&format!("{}/resources/", chain.root_did)), "{}", chain.root);

    let verdict = verify_credential(&house, &chain).await;
    assert_eq!(verdict["verified"], true, "{verdict}");

    let verdict =
        verify_accreditation(&house, &chain.issuer_did, &chain.attest, schemas(&chain.schema, &TYPES)).await;
    assert_eq!(verdict["verified"], true, "{verdict}");
    assert_eq!(
        verdict["accreditorDids"],
        json!([chain.body_did, chain.root_did, chain.root_did]),
        "every hop, leaf first"
    );
    assert_eq!(verdict["termsOfUse"]["trustFramework"], "Edu Framework");
    assert_eq!(verdict["hops"].as_array().unwrap().len(), 3);

    let before_revocation = house.ledger_now().await.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let revoked = house
        .post("/trust-registry/accreditation/revoke?publish=true", json!({"didUrl": chain.accreditation}))
        .await
        .expect(200);
    assert_eq!(revoked["updated"], true, "{revoked}");

    let verdict =
        verify_accreditation(&house, &chain.issuer_did, &chain.attest, schemas(&chain.schema, &TYPES)).await;
    assert_eq!(verdict["verified"], false);
    let error = verdict["error"].as_str().unwrap();
    assert!(error.contains(&chain.accreditation) && error.contains("revoked"), "names the hop: {error}");
    let verdict = verify_credential(&house, &chain).await;
    assert_eq!(verdict["verified"], false, "{verdict}");

    // The past does not change: as of before the revocation the chain held.
    let then = house
        .post(
            &format!("/credential/verify?verifyStatus=true&verifyTrustChain=true&at={before_revocation}"),
            json!({"credential": chain.credential}),
        )
        .await
        .expect(200);
    assert_eq!(then["verified"], true, "as of {before_revocation}: {then}");

    let back =
        house.post("/trust-registry/accreditation/reinstate", json!({"didUrl": chain.accreditation})).await;
    assert_eq!(back.status, 409, "revocation is final: {}", back.text);

    // Re-accredit: a new accreditation, a new right to attest, a new credential.
    let list = house
        .get(&format!(
            "/trust-registry/accreditation/list?accreditationType=accredit&network=testnet&did={}&page=1&limit=10",
            chain.root_did
        ))
        .await
        .expect(200);
    assert_eq!(list["total"], 1);
    assert_eq!(list["accreditations"][0]["metadata"]["status"], "revoked");

    let verified = store::audit::verify(&house.house.pool, &[]).await.expect("the log is readable");
    assert!(matches!(verified, store::Verdict::Intact(_)), "{verified:?}");
    house.stop().await;
}
