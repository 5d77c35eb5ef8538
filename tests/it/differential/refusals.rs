//! What one door refuses the other refuses too, for the same reason: the rules live behind both.

use crate::{contract::names::SUBJECT, house::TestHouse};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// A DID that is nobody's.
const GHOST: &str = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11";

/// A write as each door takes it, with the names that mean the same.
pub struct Write {
    route: &'static str,
    /// The body with everything in order.
    body: Value,
    field: &'static str,
    kind: &'static str,
    input: Value,
    /// Changes that are wrong, and refused with the same code: members of the body, and those of the input.
    wrong: Vec<(Value, Value)>,
    /// Changes that are wrong, and refused with a code of each door's own.
    worded: Vec<(Value, Value)>,
}

/// The code of the refusal at each door; `done` for none.
pub async fn compare(house: &TestHouse, write: &Write) -> Vec<String> {
    let mut found = Vec::new();
    let in_order = (json!({}), json!({}));
    let changes = [(&in_order, false)].into_iter().chain(write.wrong.iter().map(|change| (change, true)));
    let all = changes.chain(write.worded.iter().map(|change| (change, true)));
    for (number, ((body, input), is_wrong)) in all.enumerate() {
        let rest = of_rest(house, write, &with(&write.body, body)).await;
        let graphql = of_graphql(house, write, &with(&write.input, input)).await;
        let is_same = rest == graphql || number > write.wrong.len();
        if !is_same || [&rest, &graphql].iter().any(|code| (*code != "done") != is_wrong) {
            let shown = |value: &Value| value.to_string().chars().take(150).collect::<String>();
            found.push(format!(
                "{}: {} is {rest}, {}: {} is {graphql}",
                write.route,
                shown(body),
                write.field,
                shown(input)
            ));
        }
    }
    found
}

fn with(base: &Value, change: &Value) -> Value {
    let mut members: Map<String, Value> = base.as_object().expect("an object").clone();
    members.extend(change.as_object().expect("an object").clone());
    Value::Object(members)
}

async fn of_rest(house: &TestHouse, write: &Write, body: &Value) -> String {
    let request = house.request(Method::POST, write.route).header("x-api-key", &house.alice.key).json(body);
    let response = request.send().await.expect("an answer");
    if response.status().is_success() {
        return "done".to_owned();
    }
    let told: Value = response.json().await.expect("JSON");
    told["code"].as_str().unwrap_or_else(|| panic!("no code: {told}")).to_owned()
}

async fn of_graphql(house: &TestHouse, write: &Write, input: &Value) -> String {
    let (field, kind) = (write.field, write.kind);
    let query = format!(
        "mutation M($input: {kind}!) {{ {field}(input: $input) {{ userErrors {{ code message }} }} }}"
    );
    let body = json!({"query": query, "variables": {"input": input}});
    let told = house.call(Method::POST, "/graphql", Some(body)).await.body;
    let code = match (&told["errors"][0]["extensions"]["code"], &told["data"][field]["userErrors"][0]["code"])
    {
        (Value::String(code), _) | (_, Value::String(code)) => code,
        _ => "done",
    };
    code.to_owned()
}

/// The writes that make something, with what nobody should make.
pub fn writes(did: &str, list: &str, schema: &str) -> Vec<Write> {
    let both = |name: &str, other: &str, value: Value| (json!({name: value}), json!({other: value}));
    let same = |name: &str, value: Value| both(name, name, value);
    let many: Vec<String> = (0..65).map(|number| format!("T{number}")).collect();
    let long = "x".repeat(5_000);
    let credential = Write {
        route: "/credential/issue",
        body: json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}}),
        field: "issueCredential",
        kind: "IssueCredentialInput",
        input: json!({"issuer": did, "subject": SUBJECT, "attributes": {"a": 1}}),
        wrong: vec![
            both("subjectDid", "subject", json!("")),
            both("subjectDid", "subject", json!("bob")),
            both("subjectDid", "subject", json!("did:cheqd:testnet:!")),
            both("subjectDid", "subject", json!("did:web:example.com")),
            both("issuerDid", "issuer", json!(GHOST)),
            both("issuerDid", "issuer", json!("bob")),
            both("type", "types", json!([""])),
            both("type", "types", json!(many)),
            both("type", "types", json!([long])),
            both("@context", "contexts", json!(["not a url"])),
            both("@context", "contexts", json!([""])),
            same("attributes", json!({})),
            same("attributes", json!("x")),
            same("attributes", json!([1])),
            same("attributes", json!({"id": GHOST})),
            same("expirationDate", json!("0000-01-01T00:00:00Z")),
            same("termsOfUse", json!("x")),
            same("evidence", json!("x")),
            same("evidence", json!(7)),
            same("refreshService", json!("x")),
            both("credentialSchema", "credentialSchema", json!({"id": ""})),
            (
                json!({"credentialStatus": {"statusListName": "none"}}),
                json!({"credentialStatus": {"listName": "none"}}),
            ),
            (
                json!({"credentialStatus": {"statusListName": ""}}),
                json!({"credentialStatus": {"listName": ""}}),
            ),
            (
                json!({"credentialStatus": {"statusListName": list, "statusListIndex": 100_000_000}}),
                json!({"credentialStatus": {"listName": list, "index": 100_000_000}}),
            ),
        ],
        worded: Vec::new(),
    };
    let granted = |address: &str, types: Value| {
        (
            json!({"schemas": [{"url": address, "types": types}]}),
            json!({"accreditedFor": [{"schemaId": address, "types": types}]}),
        )
    };
    let accreditation = Write {
        route: "/trust-registry/accreditation/issue?accreditationType=authorize&dryRun=true",
        body: json!({"issuerDid": did, "subjectDid": did, "schemas": [{"url": schema, "types": ["T"]}], "accreditationName": "n",
            "trustFramework": "f", "trustFrameworkId": "https://f.example"}),
        field: "issueAccreditation",
        kind: "IssueAccreditationInput",
        input: json!({"kind": "AUTHORIZE", "issuer": did, "subject": did, "name": "n", "dryRun": true, "trustFramework": "f",
            "trustFrameworkId": "https://f.example", "accreditedFor": [{"schemaId": schema, "types": ["T"]}]}),
        wrong: vec![
            both("subjectDid", "subject", json!("")),
            both("subjectDid", "subject", json!("bob")),
            both("issuerDid", "issuer", json!(GHOST)),
            both("accreditationName", "name", json!("")),
            granted("", json!(["T"])),
            granted(schema, json!([])),
            granted(schema, json!([""])),
            granted(schema, json!(["T", " "])),
            granted(" ", json!(["T"])),
            (json!({"schemas": []}), json!({"accreditedFor": []})),
            same("trustFramework", json!("")),
            same("trustFrameworkId", json!("")),
            (json!({"parentAccreditation": schema}), json!({"parentAccreditation": schema})),
            (
                json!({"credentialStatus": {"statusListName": ""}}),
                json!({"credentialStatus": {"listName": ""}}),
            ),
            both("type", "types", json!([""])),
            same("attributes", json!("x")),
            same("expirationDate", json!("0000-01-01T00:00:00Z")),
        ],
        worded: vec![both("accreditationName", "name", json!(long))],
    };
    let resource = Write {
        route: Box::leak(format!("/resource/create/{did}?dryRun=true").into_boxed_str()),
        body: json!({"name": "n", "type": "T", "encoding": "hex", "data": "00"}),
        field: "createResource",
        kind: "CreateResourceInput",
        input: json!({"did": did, "name": "n", "resourceType": "T", "encoding": "HEX", "data": "00", "dryRun": true}),
        wrong: vec![
            same("name", json!("")),
            both("type", "resourceType", json!("")),
            same("data", json!("0")),
            same("data", json!("zz")),
        ],
        worded: vec![same("name", json!(long)), same("version", json!(long)), same("data", json!(""))],
    };
    let status_list = Write {
        route: "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation&dryRun=true",
        body: json!({"did": did, "statusListName": "new"}),
        field: "createStatusList",
        kind: "CreateStatusListInput",
        input: json!({"did": did, "name": "new", "purposes": ["REVOCATION"], "dryRun": true}),
        wrong: vec![
            both("statusListName", "name", json!("")),
            same("did", json!(GHOST)),
            same("length", json!(1)),
            same("length", json!(2_000_000_000)),
        ],
        worded: vec![
            both("statusListName", "name", json!(long)),
            both("statusSize", "statusSizeBits", json!(3)),
        ],
    };
    vec![credential, accreditation, resource, status_list]
}
