//! Credentials, accreditations and status lists whose issuer keeps his keys, against a ledger that checks the signatures.

use super::client_keys::{SEED, document, nowhere, opened, signed};
use crate::house::TestHouse;
use serde_json::{Value, json};

const DID: &str = "did:cheqd:testnet:5f3a1c90-7c1b-4f0e-9a53-5a1d4c0a7e03";
const ALICE: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

/// Signs whatever a job asks for until it asks no more.
async fn carried_out(house: &TestHouse, path: &str, body: Value) -> (Value, usize) {
    let mut job = opened(house, path, body).await;
    for rounds in 1..4 {
        let reply = signed(house, &job, &[SEED]).await;
        job = reply.body.clone();
        match job["didState"]["state"].as_str() {
            Some("action") => assert_eq!(reply.status, 202),
            Some("finished") => return (job, rounds),
            _ => panic!("{}", reply.text),
        }
    }
    panic!("it asks for ever: {job}");
}

async fn verdict(house: &TestHouse, credential: &Value) -> Value {
    let question = json!({"credential": credential});
    house.post("/credential/verify?verifyStatus=true", question).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_who_keeps_his_key_does_all_that_issuers_do() {
    let house = TestHouse::start().await;
    let mut wish = document(DID, &[SEED]);
    let key = json!([format!("{DID}#key-{SEED}")]);
    wish["authentication"] = key.clone();
    wish["assertionMethod"] = key;
    carried_out(&house, "/did/create", json!({"didDocument": wish})).await;

    let claims = json!({"issuerDid": DID, "subjectDid": ALICE, "attributes": {"name": "Alice"}});
    let refused = house.post("/credential/issue", claims.clone()).await;
    assert_eq!((refused.status, &refused.body["code"]), (400, &json!("did/no-signing-key")));
    let job = opened(&house, "/credential/issue", claims.clone()).await;
    let request = &job["didState"]["signingRequest"]["signingRequest1"];
    assert_eq!(request["payload"]["claims"]["sub"], ALICE, "{job}");
    assert_eq!(request["payload"]["header"]["alg"], "EdDSA", "{job}");
    assert_eq!((&job["didState"]["did"], &job["credential"]), (&json!(DID), &Value::Null));
    let done = signed(&house, &job, &[SEED]).await.expect(200);
    assert_eq!(verdict(&house, &done["credential"]).await["verified"], true, "{done}");

    // The list has a proof of its own in it: two rounds, and as many for each change.
    let list = json!({"did": DID, "statusListName": "list", "statusPurpose": "revocation"});
    let (_, rounds) =
        carried_out(&house, "/credential-status/create/unencrypted?listType=BitstringStatusList", list).await;
    assert_eq!(rounds, 2);
    let with_status = json!({"issuerDid": DID, "subjectDid": ALICE, "attributes": {"name": "Alice"},
        "credentialStatus": {"statusListName": "list", "statusListType": "BitstringStatusList", "statusPurpose": "revocation"}});
    let (issued, _) = carried_out(&house, "/credential/issue", with_status).await;
    let credential = issued["credential"].clone();
    assert_eq!(verdict(&house, &credential).await["verified"], true);
    let path = "/credential/revoke?publish=true&listType=BitstringStatusList";
    let (revoked, rounds) = carried_out(&house, path, json!({"credential": credential})).await;
    assert_eq!((rounds, &revoked["act"]), (2, &json!("credential.revoke")));
    let after = verdict(&house, &credential).await;
    assert_eq!((&after["verified"], &after["revoked"]), (&json!(false), &json!(true)), "{after}");

    let root = json!({"issuerDid": DID, "subjectDid": DID, "accreditationName": "root", "attributes": {},
        "schemas": [{"url": "https://schema.example/degree", "types": ["Degree"]}],
        "trustFramework": "https://framework.example", "trustFrameworkId": "Framework"});
    let path = "/trust-registry/accreditation/issue?accreditationType=authorize";
    let (granted, rounds) = carried_out(&house, path, root).await;
    assert_eq!((rounds, &granted["act"]), (2, &json!("accreditation.issue")), "{granted}");
    let question = json!({"did": DID, "resourceName": "root", "resourceType": "VerifiableAuthorizationForTrustChain", "subjectDid": DID});
    let chain = house.post("/trust-registry/accreditation/verify", question).await.expect(200);
    assert_eq!(chain["verified"], true, "{chain}");
    let uses = house.get("/key/list?purpose=identity").await.expect(200);
    assert_eq!(uses["total"], 0, "no key was made for any of it: {uses}");
    nowhere(&house).await;

    // Whoever is erased is erased from what waited too.
    let waiting = opened(&house, "/credential/issue", claims).await;
    house.post("/subject/erase", json!({"subjectDid": ALICE})).await.expect(200);
    let gone = signed(&house, &waiting, &[SEED]).await;
    assert_eq!((gone.status, &gone.body["code"]), (409, &json!("job/erased")), "{}", gone.text);
    let path = format!("/jobs/{}", issued["jobId"].as_str().expect("an id"));
    assert_eq!(house.get(&path).await.expect(200)["credential"], Value::Null);
    house.stop().await;
}

/// The same at the other door, and the end of a job that nobody wants any more.
#[tokio::test(flavor = "multi_thread")]
async fn graphql_opens_such_jobs_and_cancels_them() {
    let house = TestHouse::start().await;
    carried_out(&house, "/did/create", json!({"didDocument": document(DID, &[SEED])})).await;
    let ask = async |query: &str, input: Value| {
        let reply =
            house.post("/graphql", json!({"query": query, "variables": {"i": input}})).await.expect(200);
        assert!(reply.get("errors").is_none(), "{reply}");
        reply["data"].as_object().and_then(|data| data.values().next().cloned()).expect("a payload")
    };
    let issue = "mutation($i: IssueCredentialInput!) { issueCredential(input: $i) { userErrors { code field }
        job { jobId act state credential signing { payload } } credential { id } } }";
    let input = json!({"issuer": DID, "subject": ALICE, "attributes": {"name": "Alice"}});
    assert_eq!(ask(issue, input.clone()).await["userErrors"][0]["code"], "did/no-signing-key");
    let mut by_client = input;
    by_client["mode"] = json!("CLIENT");
    let made = ask(issue, by_client).await;
    assert_eq!(
        (&made["job"]["act"], &made["job"]["state"]),
        (&json!("credential.issue"), &json!("ACTION")),
        "{made}"
    );
    let job = made["job"]["jobId"].clone();
    let cancel =
        "mutation($i: CancelJobInput!) { cancelJob(input: $i) { userErrors { code } job { state code } } }";
    let path = format!("/jobs/{}/cancel", job.as_str().expect("an id"));
    let theirs =
        house.call_as(Some(&house.mallory.key), reqwest::Method::POST, &path, Some(json!({})), &[]).await;
    assert_eq!((theirs.status, &theirs.body["code"]), (404, &json!("job/not-found")));
    let ended = ask(cancel, json!({"job": job})).await;
    assert_eq!(ended["job"], json!({"state": "FAILED", "code": "job/cancelled"}), "{ended}");
    let again = house.post(&path, json!({})).await.expect(200);
    assert_eq!(again["didState"]["code"], "job/cancelled", "a repeat is no error");
    let list = "mutation($i: CreateStatusListInput!) { createStatusList(input: $i) { userErrors { code } job { act state did } } }";
    let input = json!({"did": DID, "name": "list", "purposes": ["REVOCATION"], "mode": "CLIENT"});
    let made = ask(list, input).await;
    assert_eq!(made["job"], json!({"act": "status-list.create", "state": "ACTION", "did": DID}), "{made}");
    house.stop().await;
}
