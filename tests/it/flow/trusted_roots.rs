//! Whose root it is, and what is left of an accreditation that was superseded.

use super::trust_chain::{Chain, TYPES, build, issue, schemas, verify_accreditation, verify_credential};
use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Value, json};

async fn as_mallory(house: &TestHouse, method: Method, route: &str, body: Option<Value>) -> Reply {
    let key = house.mallory.key.clone();
    house.call_as(Some(&key), method, route, body, &[]).await
}

/// Mallory asks about Alice's credential.
async fn ask(house: &TestHouse, chain: &Chain, more: Value) -> Value {
    let mut body = json!({"credential": chain.credential});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let route = "/credential/verify?verifyStatus=true&verifyTrustChain=true";
    as_mallory(house, Method::POST, route, Some(body)).await.expect(200)
}

fn check<'a>(checks: &'a Value, name: &str) -> &'a Value {
    checks.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap_or(&Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_1_a_root_that_nobody_trusts_proves_nothing() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let own = verify_credential(&house, &chain).await;
    assert_eq!((&own["verified"], &own["chain"]), (&json!(true), &json!("verified")), "an own root: {own}");

    // To Mallory it is a self-made root, whatever names it uses.
    let verdict = ask(&house, &chain, json!({})).await;
    assert_eq!(
        (&verdict["verified"], &verdict["chain"]),
        (&json!(false), &json!("untrustedRoot")),
        "{verdict}"
    );
    assert_eq!(verdict["rootTrusted"], false);
    assert_eq!(check(&verdict["checks"], "trustedRoot")["outcome"], "failed");
    assert!(verdict["error"].as_str().unwrap().starts_with("untrusted_root:"), "{verdict}");

    // The request names it: by DID, exactly, by name, behind any resolver.
    let by_name =
        format!("{}?resourceName=eduRoot&resourceType=VerifiableAuthorizationForTrustChain", chain.root_did);
    for root in [
        chain.root_did.clone(),
        chain.root.clone(),
        by_name.clone(),
        format!("https://resolver.cheqd.net/1.0/identifiers/{by_name}"),
    ] {
        let verdict = ask(&house, &chain, json!({"trustedRoots": [chain.body_did, root]})).await;
        assert_eq!(
            (&verdict["verified"], &verdict["rootTrusted"]),
            (&json!(true), &json!(true)),
            "{root}: {verdict}"
        );
    }
    for root in [&chain.body_did, &chain.accreditation, &by_name.replace("eduRoot", "edu")] {
        let verdict = ask(&house, &chain, json!({"trustedRoots": [root]})).await;
        assert_eq!(verdict["chain"], "untrustedRoot", "{root}: {verdict}");
    }

    // The account's list, which is recorded.
    let roots = "/trust-registry/roots";
    let empty = as_mallory(&house, Method::GET, roots, None).await.expect(200);
    assert_eq!(empty, json!({"roots": [], "ownRoots": []}));
    let body =
        json!({"roots": [format!("https://r.example/1.0/identifiers/{by_name}"), by_name, chain.body_did]});
    let kept = as_mallory(&house, Method::PUT, roots, Some(body)).await.expect(200);
    assert_eq!(kept["roots"], json!([by_name, chain.body_did]), "in normal form, each once");
    assert_eq!(as_mallory(&house, Method::GET, roots, None).await.expect(200), kept);
    assert_eq!(ask(&house, &chain, json!({})).await["verified"], true);
    let event = as_mallory(&house, Method::GET, "/event/list?operationName=trusted-roots-update", None).await;
    assert_eq!(event.expect(200)["total"], 1);
    as_mallory(&house, Method::PUT, roots, Some(json!({"roots": []}))).await.expect(200);
    assert_eq!(ask(&house, &chain, json!({})).await["verified"], false);
    let hers = house.get(roots).await.expect(200);
    assert_eq!(hers, json!({"roots": [], "ownRoots": [chain.root]}));
    for bad in
        [json!({}), json!({"roots": "x"}), json!({"roots": [1]}), json!({"roots": ["https://example.org"]})]
    {
        assert_eq!(as_mallory(&house, Method::PUT, roots, Some(bad.clone())).await.status, 400, "{bad}");
    }

    // The contract's own walk keeps its meaning and tells the rest beside it.
    let granted = schemas(&chain.schema, &TYPES);
    let question = json!({"subjectDid": chain.issuer_did, "didUrl": chain.attest, "schemas": granted});
    let route = "/trust-registry/accreditation/verify";
    let told = as_mallory(&house, Method::POST, route, Some(question.clone())).await.expect(200);
    assert_eq!((&told["verified"], &told["rootTrusted"]), (&json!(true), &json!(false)), "{told}");
    let mut with = question;
    with["trustedRoots"] = json!([chain.root_did]);
    let told = as_mallory(&house, Method::POST, route, Some(with)).await.expect(200);
    assert_eq!((&told["verified"], &told["rootTrusted"]), (&json!(true), &json!(true)), "{told}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_1_graphql_asks_the_same() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let ask = async |query: &str, variables: Value| {
        let body = json!({"query": query, "variables": variables});
        as_mallory(&house, Method::POST, "/graphql", Some(body)).await.expect(200)["data"].clone()
    };
    let query = "query Q($input: VerifyCredentialInput!) { verifyCredential(input: $input) { verified error trustChain { verified rootTrusted } } }";
    let input = |roots: Value| json!({"input": {"credential": chain.credential, "verifyTrustChain": true, "trustedRoots": roots}});
    let told = ask(query, input(json!([]))).await["verifyCredential"].clone();
    assert_eq!(
        (&told["verified"], &told["trustChain"]["rootTrusted"]),
        (&json!(false), &json!(false)),
        "{told}"
    );
    assert_eq!(told["trustChain"]["verified"], true);
    let told = ask(query, input(json!([chain.root]))).await["verifyCredential"].clone();
    assert_eq!(told["verified"], true, "{told}");
    let set = "mutation M($input: SetTrustedRootsInput!) { setTrustedRoots(input: $input) { userErrors { code } trustedRoots { roots ownRoots } } }";
    let told = ask(set, json!({"input": {"roots": [chain.root_did]}})).await["setTrustedRoots"].clone();
    assert_eq!(told, json!({"userErrors": [], "trustedRoots": {"roots": [chain.root_did], "ownRoots": []}}));
    assert_eq!(ask(query, input(json!(null))).await["verifyCredential"]["verified"], true);
    let told = ask("{ trustedRoots { roots } }", json!({})).await;
    assert_eq!(told["trustedRoots"]["roots"], json!([chain.root_did]));
    let told = ask(set, json!({"input": {"roots": ["nobody"]}})).await["setTrustedRoots"].clone();
    assert_eq!(told["userErrors"][0]["code"], "customer/root-invalid", "{told}");
    house.stop().await;
}

/// A token that says what a credential says; whether it verifies is not asked.
const WELL_FORMED: &str = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6a2V5OnoiLCJ2YyI6eyJAY29udGV4dCI6WyJodHRwczovL3d3dy53My5vcmcvMjAxOC9jcmVkZW50aWFscy92MSJdLCJ0eXBlIjpbIlZlcmlmaWFibGVDcmVkZW50aWFsIl0sImNyZWRlbnRpYWxTdWJqZWN0Ijp7ImlkIjoiZGlkOmtleTp6In19fQ.AA";

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_1_what_looks_like_a_question_is_not_ignored() {
    let house = TestHouse::start().await;
    for (route, body) in [
        ("/credential/verify?verifytrustchain=true", json!({"credential": WELL_FORMED})),
        ("/credential/verify", json!({"credential": WELL_FORMED, "trustedRoot": ["did:a:b"]})),
        ("/credential/verify", json!({"credential": WELL_FORMED, "verifyStatus": true})),
        ("/credential/verify", json!({"credential": WELL_FORMED, "policies": {"exp": false}})),
        ("/trust-registry/accreditation/verify?verifyTrustChain=true", json!({"subjectDid": "did:a:b"})),
        ("/trust-registry/accreditation/verify", json!({"subjectDid": "did:a:b", "trusted_roots": []})),
    ] {
        let reply = house.post(route, body.clone()).await;
        assert_eq!(reply.status, 400, "{route} {body}: {}", reply.text);
        // Everything that is wrong is named.
        let mut faults = vec![reply.body["code"].clone()];
        faults
            .extend(reply.body["errors"].as_array().into_iter().flatten().map(|fault| fault["code"].clone()));
        assert!(faults.contains(&json!("request/unknown-member")), "{route} {body}: {}", reply.text);
    }
    house.stop().await;
}

/// A new version of the accreditation of the chain's body.
async fn supersede(house: &TestHouse, chain: &Chain, change: Value) -> String {
    let mut body = json!({"issuerDid": chain.root_did, "subjectDid": chain.body_did, "schemas": schemas(&chain.schema, &TYPES),
        "accreditationName": "state body", "parentAccreditation": chain.root, "rootAuthorization": chain.root,
        "credentialStatus": {"statusListType": "BitstringStatusList", "statusPurpose": "revocation", "statusListName": "acc-rev"}});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    issue(house, "accredit", body).await
}

async fn leaf(house: &TestHouse, chain: &Chain) -> Value {
    verify_accreditation(house, &chain.issuer_did, &chain.attest, schemas(&chain.schema, &TYPES)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_4_a_pinned_accreditation_grants_no_more_than_its_newest_version() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let verdict = leaf(&house, &chain).await;
    assert_eq!(verdict["verified"], true, "{verdict}");
    let hop = &verdict["hops"][1];
    assert_eq!(check(&hop["checks"], "superseded")["outcome"], "passed");
    assert_eq!(hop.get("supersededBy"), None);

    // A newer version that says the same changes nothing.
    let same = supersede(&house, &chain, json!({})).await;
    let verdict = leaf(&house, &chain).await;
    assert_eq!(
        (&verdict["verified"], &verdict["hops"][1]["supersededBy"]),
        (&json!(true), &json!(same)),
        "{verdict}"
    );

    let before = house.ledger_now().await.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
    let narrow =
        supersede(&house, &chain, json!({"schemas": schemas(&chain.schema, &["VerifiableCredential"])}))
            .await;
    let verdict = leaf(&house, &chain).await;
    assert_eq!(verdict["verified"], false, "{verdict}");
    let hop = &verdict["hops"][1];
    assert_eq!(hop["supersededBy"], narrow);
    assert_eq!(check(&hop["checks"], "superseded")["outcome"], "failed", "{hop}");
    assert_eq!(check(&hop["checks"], "scope")["outcome"], "passed", "the pinned version itself grants it");
    assert_eq!(verify_credential(&house, &chain).await["verified"], false);
    // As of before, nothing had changed.
    let route = format!("/credential/verify?verifyTrustChain=true&at={before}");
    let then = house.post(&route, json!({"credential": chain.credential})).await.expect(200);
    assert_eq!(then["verified"], true, "{then}");
    // Nobody can be accredited under what is left of it.
    let body = json!({"issuerDid": chain.body_did, "subjectDid": chain.issuer_did, "schemas": schemas(&chain.schema, &TYPES),
        "accreditationName": "more", "parentAccreditation": chain.accreditation, "rootAuthorization": chain.root});
    let reply = house.post("/trust-registry/accreditation/issue?accreditationType=attest", body).await;
    assert_eq!(
        (reply.status, &reply.body["code"]),
        (400, &json!("accreditation/parent-invalid")),
        "{}",
        reply.text
    );
    // Widened again, it grants again.
    supersede(&house, &chain, json!({})).await;
    assert_eq!(leaf(&house, &chain).await["verified"], true);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_4_moved_withdrawn_and_revoked_count_too() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;
    let fails = async |why: &str| {
        let verdict = leaf(&house, &chain).await;
        assert_eq!(verdict["verified"], false, "{why}: {verdict}");
        let failed = check(&verdict["hops"][1]["checks"], "superseded");
        assert_eq!(failed["outcome"], "failed", "{why}: {verdict}");
        assert!(failed["error"].as_str().unwrap().contains(why), "{why}: {failed}");
    };
    let holds = async || {
        supersede(&house, &chain, json!({})).await;
        let verdict = leaf(&house, &chain).await;
        assert_eq!(verdict["verified"], true, "{verdict}");
    };
    // Another subject.
    supersede(&house, &chain, json!({"subjectDid": chain.holder_did})).await;
    fails("Expected accreditation to be linked to subject DID").await;
    holds().await;
    // Revoked: the newest version's own entry.
    let newest = supersede(&house, &chain, json!({})).await;
    house.post("/trust-registry/accreditation/revoke", json!({"didUrl": newest})).await.expect(200);
    fails("is revoked in the trust chain").await;
    holds().await;
    // Another root, under which it holds.
    let other = issue(
        &house,
        "authorize",
        json!({"issuerDid": chain.root_did, "subjectDid": chain.root_did, "schemas": schemas(&chain.schema, &TYPES),
            "accreditationName": "otherRoot", "trustFramework": "Other", "trustFrameworkId": "https://other.example"}),
    )
    .await;
    supersede(&house, &chain, json!({"parentAccreditation": other, "rootAuthorization": other})).await;
    fails("root").await;
    holds().await;
    // Over.
    supersede(&house, &chain, json!({"expirationDate": "2020-01-01T00:00:00Z"})).await;
    fails("expired").await;
    holds().await;
    // Withdrawn: something else under its name.
    let body = json!({"name": "state body", "type": "VerifiableAccreditationToAccredit", "encoding": "hex",
        "data": hex::encode(b"{\"withdrawn\":true}")});
    house.post(&format!("/resource/create/{}", chain.root_did), body).await.expect(201);
    fails("it was superseded by").await;
    house.stop().await;
}
