//! Presentations through both doors: the worst of the holder's proof and every credential decides.

use crate::house::TestHouse;
use serde_json::{Value, json};

const VERIFIER: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const VOCABULARY: &str = "https://schema.org";

async fn credential(house: &TestHouse, did: &str, more: &Value) -> Value {
    let mut body =
        json!({"issuerDid": did, "subjectDid": did, "attributes": {"name": "Bob"}, "@context": [VOCABULARY]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    house.post("/credential/issue", body).await.expect(200)
}

async fn shown(house: &TestHouse, did: &str, credentials: &[&Value], more: &Value) -> Value {
    let mut body =
        json!({"holderDid": did, "credentials": credentials, "verifierDid": VERIFIER, "challenge": "c-1"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    house.post("/presentation/create", body).await.expect(200)
}

async fn verdict(house: &TestHouse, presentation: &Value) -> Value {
    let body = json!({"presentation": presentation, "verifierDid": VERIFIER, "challenge": "c-1"});
    house.post("/presentation/verify?verifyStatus=true", body).await.expect(200)
}

fn failed(verdict: &Value, check: &str) -> bool {
    let checks = verdict["checks"].as_array().unwrap();
    checks.iter().any(|one| one["name"] == check && one["outcome"] == "failed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presentation_of_every_format_holds_for_whom_it_is_made() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let jwt = credential(&house, &did, &json!({})).await;
    let linked = credential(&house, &did, &json!({"format": "jsonld"})).await;
    for (credentials, more) in [
        (vec![&jwt, &linked], json!({})),
        (vec![&linked], json!({"format": "jsonld"})),
        (vec![&jwt, &linked], json!({"format": "jsonld", "dataModel": "2.0"})),
        (vec![&jwt], json!({"format": "jsonld", "dataModel": "2.0", "cryptosuite": "eddsa-jcs-2022"})),
    ] {
        let presentation = shown(&house, &did, &credentials, &more).await;
        assert_eq!(presentation["holder"], did, "{presentation}");
        let good = verdict(&house, &presentation).await;
        assert_eq!(good["verified"], true, "{more}: {good}");
        assert_eq!(good["credentials"].as_array().unwrap().len(), credentials.len());
        assert!(good["credentials"].as_array().unwrap().iter().all(|one| one["verified"] == true));
        let question = "query Q($p: JSON!, $v: String) { verifyPresentation(input: {presentation: $p, verifier: $v, challenge: \"c-1\"})
            { verified credentials { verified } } }";
        let request = json!({"query": question, "variables": {"p": presentation, "v": VERIFIER}});
        let answer = house.post("/graphql", request).await.expect(200);
        assert_eq!(answer["data"]["verifyPresentation"]["verified"], true, "{answer}");

        for (asked, check) in [
            (json!({"presentation": presentation, "verifierDid": VERIFIER, "challenge": "c-2"}), "challenge"),
            (
                json!({"presentation": presentation, "domain": "elsewhere.example", "challenge": "c-1"}),
                "audience",
            ),
            (json!({"presentation": presentation, "challenge": "c-1"}), "audience"),
        ] {
            let bad = house.post("/presentation/verify", asked).await.expect(200);
            assert!(bad["verified"] == false && failed(&bad, check), "{check}: {bad}");
        }
        let mut forged = presentation.clone();
        forged["holder"] = json!(VERIFIER);
        assert_eq!(verdict(&house, &forged).await["verified"], false);
    }
    // A token cannot stand in JSON-LD of the data model 1.1.
    let body = json!({"holderDid": did, "credentials": [jwt], "format": "jsonld"});
    let refusal = house.post("/presentation/create", body).await.expect(400);
    assert_eq!(refusal["code"], "presentation/invalid");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_credential_is_enough() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let list = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    house.post(list, json!({"did": did, "statusListName": "l"})).await.expect(200);
    let status = json!({"credentialStatus": {"statusListName": "l"}});
    let (good, revoked) =
        (credential(&house, &did, &json!({})).await, credential(&house, &did, &status).await);
    let mut forged = credential(&house, &did, &json!({"format": "jsonld"})).await;
    forged["credentialSubject"]["name"] = json!("Mallory");
    let presentation = shown(&house, &did, &[&good, &revoked], &json!({})).await;
    assert_eq!(verdict(&house, &presentation).await["verified"], true);

    let revoke = "/credential/revoke?listType=BitstringStatusList&publish=true";
    house.post(revoke, json!({"credential": revoked})).await.expect(200);
    let bad = verdict(&house, &presentation).await;
    assert!(bad["verified"] == false && bad["revoked"] == true && failed(&bad, "credentials"), "{bad}");
    assert_eq!(bad["credentials"][0]["verified"], true);
    assert!(bad["error"].as_str().unwrap().contains("credential 2"), "{bad}");

    // Whoever shows it, a forged credential stays one, first or last.
    for credentials in [[&forged, &good], [&good, &forged]] {
        let presentation = shown(&house, &did, &credentials, &json!({})).await;
        let bad = verdict(&house, &presentation).await;
        assert!(
            bad["verified"] == false && failed(&bad, "credentials") && !failed(&bad, "signature"),
            "{bad}"
        );
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_holder_signs_and_others_credentials_are_told_apart() {
    let house = TestHouse::start().await;
    let (did, other) = (house.did().await, house.did().await);
    let of_other = credential(&house, &did, &json!({"subjectDid": other})).await;
    let told = verdict(&house, &shown(&house, &did, &[&of_other], &json!({})).await).await;
    assert_eq!(told["verified"], true, "{told}");
    let binding =
        told["checks"].as_array().unwrap().iter().find(|one| one["name"] == "holderBinding").unwrap();
    assert_eq!(binding["outcome"], "skipped", "{binding}");
    let told = verdict(&house, &shown(&house, &other, &[&of_other], &json!({})).await).await;
    let binding =
        told["checks"].as_array().unwrap().iter().find(|one| one["name"] == "holderBinding").unwrap();
    assert_eq!(binding["outcome"], "passed", "{binding}");

    let mutation = "mutation M($i: CreatePresentationInput!) { createPresentation(input: $i)
        { presentation userErrors { code } } }";
    let input = json!({"holder": did, "credentials": [of_other], "verifier": VERIFIER, "challenge": "c-1"});
    let request = json!({"query": mutation, "variables": {"i": input}});
    let answer = house.post("/graphql", request.clone()).await.expect(200);
    let made = &answer["data"]["createPresentation"];
    assert_eq!(made["userErrors"], json!([]), "{answer}");
    assert_eq!(verdict(&house, &made["presentation"]).await["verified"], true);

    let body = json!({"holderDid": did, "credentials": [of_other]});
    let refusal = house
        .call_as(Some(&house.mallory.key), reqwest::Method::POST, "/presentation/create", Some(body), &[])
        .await;
    assert_eq!(refusal.status, 404, "{}", refusal.text);
    for (asked, code) in [
        (json!({"presentation": of_other}), "presentation/not-a-presentation"),
        (json!({}), "presentation/not-a-presentation"),
    ] {
        assert_eq!(house.post("/presentation/verify", asked).await.expect(400)["code"], code);
    }
    house.stop().await;
}
