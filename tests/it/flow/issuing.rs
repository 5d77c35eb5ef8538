//! What neither door signs (doors 13): a document that other people's verifiers would refuse.

use crate::house::TestHouse;
use serde_json::{Map, Value, json};

const BOB: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

async fn issued(house: &TestHouse) -> usize {
    house.get("/credentials/issued").await.expect(200)["credentials"].as_array().expect("credentials").len()
}

fn merged(base: Value, members: &Value) -> Value {
    let (Value::Object(mut all), Value::Object(more)) = (base, members) else { panic!("objects") };
    all.extend(more.clone());
    Value::Object(all.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
}

async fn by_graphql(house: &TestHouse, mutation: &str, kind: &str, input: Value) -> Value {
    let query = format!(
        "mutation M($input: {kind}!) {{ made: {mutation}(input: $input) {{ userErrors {{ code field }} }} }}"
    );
    let reply = house.post("/graphql", json!({"query": query, "variables": {"input": input}})).await;
    reply.expect(200)["data"]["made"]["userErrors"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_13_no_door_signs_what_verifiers_would_refuse() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let rest = json!({"issuerDid": did, "subjectDid": BOB, "attributes": {"name": "Bob"}, "format": "jwt"});
    let graphql = json!({"issuer": did, "subject": BOB, "attributes": {"name": "Bob"}});
    house.post("/credential/issue", rest.clone()).await.expect(200);
    assert_eq!(
        by_graphql(&house, "issueCredential", "IssueCredentialInput", graphql.clone()).await,
        json!([])
    );
    let before = issued(&house).await;
    for (by_rest, by_graph, field) in [
        (json!({"subjectDid": "bob"}), json!({"subject": "bob"}), "subject"),
        (json!({"subjectDid": ""}), json!({"subject": ""}), "subject"),
        (json!({"subjectDid": "did:web:example.org"}), json!({"subject": "did:web:example.org"}), "subject"),
        (json!({"type": [""]}), json!({"types": [""]}), "types"),
        (json!({"type": "\n"}), json!({"types": ["\n"]}), "types"),
        (json!({"@context": ["not a url"]}), json!({"contexts": ["not a url"]}), "contexts"),
        (json!({"@context": "schema.org"}), json!({"contexts": ["schema.org"]}), "contexts"),
        (json!({"credentialSchema": ""}), json!({"credentialSchema": {"id": ""}}), "credentialSchema"),
        (
            json!({"credentialSchema": {"id": "x"}}),
            json!({"credentialSchema": {"id": "x", "type": "JsonSchemaValidator2018"}}),
            "credentialSchema",
        ),
        (json!({"id": "mine"}), json!({"credentialUri": "mine"}), "credentialUri"),
        (json!({"termsOfUse": 42}), json!({"termsOfUse": 42}), "termsOfUse"),
        (json!({"evidence": ["seen"]}), json!({"evidence": ["seen"]}), "evidence"),
    ] {
        let reply = house.post("/credential/issue", merged(rest.clone(), &by_rest)).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!("request/invalid")), "{by_rest}");
        let errors =
            by_graphql(&house, "issueCredential", "IssueCredentialInput", merged(graphql.clone(), &by_graph));
        assert_eq!(errors.await, json!([{"code": "request/invalid", "field": field}]), "{by_graph}");
    }
    assert_eq!(issued(&house).await, before, "nothing was signed");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_13_accreditations_obey_the_same_rules() {
    let house = TestHouse::start().await;
    let (did, other) = (house.did().await, house.did().await);
    let schema = "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162?resourceName=a&resourceType=b";
    let rest = json!({"accreditationName": "root", "issuerDid": did, "subjectDid": other,
        "schemas": [{"schemaId": schema, "types": "Person"}], "trustFramework": "F", "trustFrameworkId": "f"});
    let graphql = json!({"name": "root", "kind": "AUTHORIZE", "issuer": did, "subject": other,
        "accreditedFor": [{"schemaId": schema, "types": ["Person"]}], "trustFramework": "F", "trustFrameworkId": "f"});
    let path = "/trust-registry/accreditation/issue?accreditationType=authorize";
    for (by_rest, by_graph, field) in [
        (json!({"type": [""]}), json!({"types": [""]}), "types"),
        (json!({"@context": ["not a url"]}), json!({"contexts": ["not a url"]}), "contexts"),
        (json!({"evidence": [1]}), json!({"evidence": [1]}), "evidence"),
        (json!({"attributes": {"id": BOB}}), json!({"attributes": {"id": BOB}}), "attributes"),
    ] {
        let code = if field == "attributes" { "credential/invalid" } else { "request/invalid" };
        let reply = house.post(path, merged(rest.clone(), &by_rest)).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!(code)), "{by_rest}");
        let input = merged(graphql.clone(), &by_graph);
        let errors = by_graphql(&house, "issueAccreditation", "IssueAccreditationInput", input).await;
        assert_eq!(errors, json!([{"code": code, "field": field}]), "{by_graph}");
    }
    house.post(path, rest).await.expect(200);
    house.stop().await;
}

/// Whatever a door signs, the doors read again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_issued_can_be_verified_and_what_could_not_is_not_issued() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let members = |count: usize| (0..count).map(|n| (format!("m{n}"), json!(n))).collect::<Map<_, _>>();
    for (attributes, status) in [
        (json!({"text": "x".repeat(350_000)}), 200),
        (json!({"text": "x".repeat(400_000)}), 413),
        (Value::Object(members(20_000)), 200),
        (Value::Object(members(49_990)), 413),
    ] {
        let body = json!({"issuerDid": did, "subjectDid": BOB, "attributes": attributes});
        let reply = house.post("/credential/issue", body).await;
        assert_eq!(reply.status, status, "{}", reply.text.chars().take(300).collect::<String>());
        let input = json!({"issuer": did, "subject": BOB, "attributes": attributes});
        let errors = by_graphql(&house, "issueCredential", "IssueCredentialInput", input).await;
        if status == 413 {
            assert_eq!(reply.body["code"], "credential/too-large");
            assert_eq!(errors[0]["code"], "credential/too-large");
            continue;
        }
        assert_eq!(errors, json!([]));
        for credential in [reply.body["proof"]["jwt"].clone(), reply.body] {
            let body = json!({"credential": credential});
            let verdict = house.post("/credential/verify", body).await.expect(200);
            assert_eq!(verdict["verified"], true, "{verdict}");
        }
    }
    house.stop().await;
}
