//! The main job, the negative set: every way a chain can fail to hold, each named.

use super::trust_chain::{TYPES, build, issue, schemas, verify_accreditation, verify_credential};
use crate::house::TestHouse;
use serde_json::{Value, json};

#[track_caller]
fn refused(verdict: &Value, reason: &str) {
    assert_ne!(verdict["verified"], true, "must not hold: {verdict}");
    let error = verdict["error"].as_str().unwrap_or_default();
    assert!(error.contains(reason), "expected '{reason}' in: {error}");
}

async fn issue_refused(house: &TestHouse, kind: &str, body: Value, reason: &str) {
    let reply =
        house.post(&format!("/trust-registry/accreditation/issue?accreditationType={kind}"), body).await;
    assert!((400..500).contains(&reply.status), "{} {}", reply.status, reply.text);
    assert!(
        reply.body["error"].as_str().unwrap_or_default().contains(reason),
        "expected '{reason}' in {}",
        reply.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_trusted_beyond_what_was_granted() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let granted = schemas(&chain.schema, &TYPES);

    let other = format!("{}?resourceName=Other&resourceType=JSONSchemaValidator2020", chain.root_did);
    let verdict =
        verify_accreditation(&house, &chain.issuer_did, &chain.attest, schemas(&other, &TYPES)).await;
    refused(&verdict, "permissions for the given schema");
    let wider = schemas(&chain.schema, &["VerifiableCredential", "DegreeCredential", "PassportCredential"]);
    let verdict = verify_accreditation(&house, &chain.issuer_did, &chain.attest, wider.clone()).await;
    refused(&verdict, "permissions for the given schema");
    let verdict = verify_accreditation(&house, &chain.holder_did, &chain.attest, granted.clone()).await;
    refused(&verdict, "linked to");

    // Wider than the parent, and a trusted issuer that tries to accredit: refused before anything is written.
    let grant = |issuer: &str, subject: &str, name: &str, schemas: &Value, parent: &str, root: &str| {
        json!({"issuerDid": issuer, "subjectDid": subject, "schemas": schemas, "accreditationName": name,
            "parentAccreditation": parent, "rootAuthorization": root})
    };
    let wide = grant(&chain.body_did, &chain.issuer_did, "wide", &wider, &chain.accreditation, &chain.root);
    issue_refused(&house, "attest", wide, "permissions for the given schema").await;
    let reach = grant(&chain.issuer_did, &chain.holder_did, "reach", &granted, &chain.attest, &chain.root);
    issue_refused(&house, "accredit", reach, "does not permit accrediting").await;

    // Another root than the one the chain ends at.
    let other_root = issue(
        &house,
        "authorize",
        json!({"issuerDid": chain.body_did, "subjectDid": chain.body_did, "schemas": granted, "accreditationName": "other root",
            "trustFramework": "X", "trustFrameworkId": "https://x.example"}),
    )
    .await;
    let wrong_root =
        grant(&chain.body_did, &chain.issuer_did, "wrong", &granted, &chain.accreditation, &other_root);
    issue_refused(&house, "attest", wrong_root, "root").await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_accreditor_breaks_the_chain_unless_allowed() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    house.post(&format!("/did/deactivate/{}", chain.body_did), json!({})).await.expect(200);
    refused(&verify_credential(&house, &chain).await, "deactivated");
    let allowed = house
        .post(
            "/credential/verify?verifyStatus=true&verifyTrustChain=true&allowDeactivatedDid=true",
            json!({"credential": chain.credential}),
        )
        .await
        .expect(200);
    assert_eq!(allowed["verified"], true, "{allowed}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_accreditation_ends_the_chain() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let granted = schemas(&chain.schema, &TYPES);
    for (end, holds) in [(chrono::TimeDelta::hours(1), true), (chrono::TimeDelta::hours(-1), false)] {
        let end = (chrono::Utc::now() + end).to_rfc3339();
        let url = issue(
            &house,
            "attest",
            json!({"issuerDid": chain.body_did, "subjectDid": chain.issuer_did, "schemas": granted, "accreditationName": "short",
                "parentAccreditation": chain.accreditation, "rootAuthorization": chain.root, "expirationDate": end}),
        )
        .await;
        let verdict = verify_accreditation(&house, &chain.issuer_did, &url, granted.clone()).await;
        assert_eq!(verdict["verified"], holds, "{verdict}");
        if !holds {
            refused(&verdict, "expired");
        }
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_named_by_its_latest_url_follows_the_newest_version() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let latest = format!(
        "{}?resourceName=state%20body&resourceType=VerifiableAccreditationToAccredit",
        chain.root_did
    );
    let granted = schemas(&chain.schema, &TYPES);
    let url = issue(
        &house,
        "attest",
        json!({"issuerDid": chain.body_did, "subjectDid": chain.issuer_did, "schemas": granted, "accreditationName": "by latest",
            "parentAccreditation": latest, "rootAuthorization": chain.root}),
    )
    .await;
    let verdict = verify_accreditation(&house, &chain.issuer_did, &url, granted.clone()).await;
    assert_eq!(verdict["verified"], true, "a name with a space works: {verdict}");

    // A narrower version supersedes the parent: whoever follows "latest" loses the right, and so does the exact URL.
    let narrow = schemas(&chain.schema, &["VerifiableCredential"]);
    issue(
        &house,
        "accredit",
        json!({"issuerDid": chain.root_did, "subjectDid": chain.body_did, "schemas": narrow, "accreditationName": "state body",
            "parentAccreditation": chain.root, "rootAuthorization": chain.root}),
    )
    .await;
    let verdict = verify_accreditation(&house, &chain.issuer_did, &url, granted.clone()).await;
    refused(&verdict, "permissions for the given schema");
    let verdict = verify_accreditation(&house, &chain.issuer_did, &chain.attest, granted).await;
    refused(&verdict, "it was superseded by");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accreditations_that_point_at_each_other_have_no_root() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let (a, b) = (chain.root_did.as_str(), chain.body_did.as_str());
    let granted = json!([{"schemaId": chain.schema, "types": TYPES}]);
    let url = |did: &str, name: &str| {
        format!("{did}?resourceName={name}&resourceType=VerifiableAccreditationToAccredit")
    };
    // Studio refuses to issue such a pair, so they are published as plain resources by somebody who signs by hand.
    for (issuer, subject, name, parent) in
        [(a, b, "ring-a", url(b, "ring-b")), (b, a, "ring-b", url(a, "ring-a"))]
    {
        let credential = house
            .post(
                "/credential/issue",
                json!({"issuerDid": issuer, "subjectDid": subject, "type": ["VerifiableAccreditationToAccredit"],
                    "attributes": {"accreditedFor": granted},
                    "termsOfUse": {"type": "AccreditationPolicy", "parentAccreditation": parent, "rootAuthorization": chain.root}}),
            )
            .await
            .expect(200);
        publish(&house, issuer, name, &credential).await;
    }
    let verdict = verify_accreditation(&house, b, &url(a, "ring-a"), schemas(&chain.schema, &TYPES)).await;
    refused(&verdict, "no root");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_root_in_british_spelling_still_counts() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let root = house
        .post(
            "/credential/issue",
            json!({"issuerDid": chain.root_did, "subjectDid": chain.root_did, "type": ["VerifiableAuthorisationForTrustChain"],
                "attributes": {"accreditedFor": [{"schemaId": chain.schema, "types": TYPES}]},
                "termsOfUse": {"type": "TrustFrameworkPolicy", "trustFramework": "Old", "trustFrameworkId": "https://old.example"}}),
        )
        .await
        .expect(200);
    let data = serde_json::to_vec(&root).unwrap();
    let created = house
        .post(
            &format!("/resource/create/{}", chain.root_did),
            json!({"name": "old root", "type": "VerifiableAuthorisationForTrustChain", "encoding": "hex", "data": hex::encode(data)}),
        )
        .await
        .expect(201);
    let url = created["resource"]["resourceURI"].as_str().unwrap();
    let verdict = verify_accreditation(&house, &chain.root_did, url, schemas(&chain.schema, &TYPES)).await;
    assert_eq!(verdict["verified"], true, "{verdict}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_away_gives_no_verdict() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    house.node.go_away();
    let reply = house
        .post(
            "/credential/verify?verifyStatus=true&verifyTrustChain=true",
            json!({"credential": chain.credential}),
        )
        .await;
    assert_eq!(reply.status, 503, "{}", reply.text);
    assert!(reply.headers.contains_key("retry-after"));
    assert_ne!(reply.body["verified"], true);
    house.node.recover();
    assert_eq!(verify_credential(&house, &chain).await["verified"], true);
    house.stop().await;
}

async fn publish(house: &TestHouse, did: &str, name: &str, credential: &Value) {
    let data = hex::encode(serde_json::to_vec(credential).unwrap());
    house
        .post(
            &format!("/resource/create/{did}"),
            json!({"name": name, "type": "VerifiableAccreditationToAccredit", "encoding": "hex", "data": data}),
        )
        .await
        .expect(201);
}
