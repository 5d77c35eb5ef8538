//! JSON-LD credentials through both doors: issued, verified, tampered with, revoked.

use crate::house::TestHouse;
use serde_json::{Value, json};

const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const VOCABULARY: &str = "https://schema.org";
const ANY_TERM: &str = "https://www.w3.org/ns/credentials/undefined-terms/v2";

async fn verdict(house: &TestHouse, credential: &Value) -> Value {
    house.post("/credential/verify?verifyStatus=true", json!({"credential": credential})).await.expect(200)
}

fn body(did: &str, more: &Value) -> Value {
    let mut body = json!({"issuerDid": did, "subjectDid": SUBJECT, "@context": [VOCABULARY], "type": ["Person"],
        "attributes": {"name": "Bob", "jobTitle": "auditor"}, "format": "jsonld"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_ld_credential_holds_until_it_is_changed_or_revoked() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let list = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    house.post(list, json!({"did": did, "statusListName": "degrees"})).await.expect(200);
    let status = json!({"statusListType": "BitstringStatusList", "statusListName": "degrees",
        "statusPurpose": "revocation"});
    let asked = body(&did, &json!({"credentialStatus": status, "expirationDate": "2130-01-01T00:00:00Z"}));
    let credential = house.post("/credential/issue", asked).await.expect(200);
    assert_eq!(credential["issuer"], json!({"id": did}));
    assert_eq!(credential["proof"]["proofPurpose"], "assertionMethod");
    assert_eq!(credential["proof"]["verificationMethod"], format!("{did}#key-1"));
    assert!(credential["proof"].get("jwt").is_none(), "{credential}");

    let good = verdict(&house, &credential).await;
    assert_eq!((&good["verified"], &good["revoked"]), (&json!(true), &json!(false)), "{good}");
    assert_eq!(good["issuer"], did);
    // As a text, with members in another order, and at the other door.
    let mut turned: Vec<_> = credential.as_object().unwrap().clone().into_iter().collect();
    turned.reverse();
    let turned = Value::Object(turned.into_iter().collect());
    for same in [json!(credential.to_string()), turned.clone()] {
        assert_eq!(verdict(&house, &same).await["verified"], true);
    }
    let question = "query Q($c: JSON!) { verifyCredential(input: {credential: $c}) { verified } }";
    let request = json!({"query": question, "variables": {"c": credential}});
    let answer = house.post("/graphql", request).await.expect(200);
    assert_eq!(answer["data"]["verifyCredential"]["verified"], true, "{answer}");

    for (at, value) in
        [("/credentialSubject/jobTitle", json!("chief")), ("/expirationDate", json!("2131-01-01T00:00:00Z"))]
    {
        let mut forged = credential.clone();
        *forged.pointer_mut(at).unwrap() = value;
        let bad = verdict(&house, &forged).await;
        assert_eq!(bad["verified"], false, "{at}: {bad}");
        assert!(bad["error"].as_str().unwrap().contains("Invalid signature"), "{bad}");
    }
    let mut more = credential.clone();
    more["unheardOf"] = json!("x");
    assert_eq!(verdict(&house, &more).await["verified"], false);

    let page = house.get("/credentials/issued").await.expect(200);
    assert_eq!(page["credentials"][0]["format"], "jsonld", "{page}");

    // Whoever wrote it out again, it is the one that was issued.
    let revoke = "/credential/revoke?listType=BitstringStatusList&publish=true";
    house.post(revoke, json!({"credential": turned})).await.expect(200);
    let revoked = verdict(&house, &credential).await;
    assert_eq!((&revoked["verified"], &revoked["revoked"]), (&json!(false), &json!(true)), "{revoked}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_type_has_its_suite_and_others_can_be_asked_for() {
    let house = TestHouse::start().await;
    for (kind, suite) in [
        ("Ed25519VerificationKey2018", "Ed25519Signature2018"),
        ("Ed25519VerificationKey2020", "Ed25519Signature2020"),
        ("JsonWebKey2020", "JsonWebSignature2020"),
    ] {
        let asked = json!({"network": "testnet", "identifierFormatType": "uuid", "options": {"verificationMethodType": kind}});
        let did = house.post("/did/create", asked).await.expect(200)["did"].as_str().unwrap().to_owned();
        let credential = house.post("/credential/issue", body(&did, &json!({}))).await.expect(200);
        assert_eq!(credential["proof"]["type"], suite);
        assert_eq!(verdict(&house, &credential).await["verified"], true, "{credential}");
        for (model, suite) in
            [("1.1", "eddsa-rdfc-2022"), ("2.0", "eddsa-rdfc-2022"), ("2.0", "eddsa-jcs-2022")]
        {
            let more = json!({"dataModel": model, "cryptosuite": suite, "format": "lds",
                "@context": [if model == "2.0" { ANY_TERM } else { VOCABULARY }]});
            let credential = house.post("/credential/issue", body(&did, &more)).await.expect(200);
            assert_eq!(credential["proof"]["cryptosuite"], suite);
            assert_eq!(credential.get("validFrom").is_some(), model == "2.0");
            assert_eq!(verdict(&house, &credential).await["verified"], true, "{credential}");
        }
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_signature_would_cover_is_not_issued_and_takes_no_entry() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let list = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    house.post(list, json!({"did": did, "statusListName": "one"})).await.expect(200);
    let status = json!({"statusListName": "one", "statusListIndex": 7});
    for (more, named) in [
        (json!({"@context": [], "type": []}), "name"),
        (json!({"@context": ["https://example.org/ctx"]}), "https://example.org/ctx"),
        (json!({"attributes": {"knows": {"id": "bob"}}}), "bob"),
        (json!({"cryptosuite": "ecdsa-rdfc-2019"}), "ecdsa-rdfc-2019"),
    ] {
        let mut asked = body(&did, &more);
        if more.get("cryptosuite").is_none() {
            asked["credentialStatus"] = status.clone();
        }
        let refusal = house.post("/credential/issue", asked).await.expect(400);
        assert_eq!(refusal["code"], "credential/invalid", "{refusal}");
        assert!(refusal["error"].as_str().unwrap().contains(named), "{named}: {refusal}");
    }
    for (more, field) in [
        (json!({"format": "jwt", "cryptosuite": "eddsa-rdfc-2022"}), "cryptosuite"),
        (json!({"dataModel": "3"}), "dataModel"),
        (json!({"cryptosuite": "rot13"}), "cryptosuite"),
        (json!({"format": "sd-jwt-vc"}), "vct"),
    ] {
        let refusal = house.post("/credential/issue", body(&did, &more)).await.expect(400);
        assert_eq!(refusal["field"], field, "{refusal}");
    }
    // The entry is still free.
    let issued =
        house.post("/credential/issue", body(&did, &json!({"credentialStatus": status}))).await.expect(200);
    assert_eq!(issued["credentialStatus"]["statusListIndex"], "7");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_json_ld_accreditations_holds() {
    let house = TestHouse::start().await;
    let (root, body) = (house.did().await, house.did().await);
    let schemas = json!([{"url": "https://schema.org/Learn", "types": ["Learn"]}]);
    let route = "/trust-registry/accreditation/issue?accreditationType=";
    let asked = json!({"issuerDid": root, "subjectDid": root, "accreditationName": "root", "schemas": schemas,
        "trustFramework": "https://example.org/gov", "trustFrameworkId": "Example", "format": "jsonld",
        "@context": [VOCABULARY]});
    let top = house.post(&format!("{route}authorize"), asked).await.expect(200);
    let top = top["didUrls"][0].as_str().unwrap().to_owned();
    let asked = json!({"issuerDid": root, "subjectDid": body, "accreditationName": "below", "schemas": schemas,
        "parentAccreditation": top, "rootAuthorization": top, "format": "jsonld", "@context": [VOCABULARY]});
    let below = house.post(&format!("{route}accredit"), asked).await.expect(200);
    assert!(below["accreditation"]["proof"].get("jwt").is_none(), "{below}");
    let question = json!({"subjectDid": body, "didUrl": below["didUrls"][0], "schemas": schemas});
    let told = house.post("/trust-registry/accreditation/verify", question).await.expect(200);
    assert_eq!(told["verified"], true, "{told}");
    let listed = house.get("/trust-registry/accreditation/list?accreditationType=accredit").await.expect(200);
    assert_eq!(listed["accreditations"][0]["proof"]["proofPurpose"], "assertionMethod", "{listed}");
    house.stop().await;
}
