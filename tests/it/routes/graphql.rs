//! The other door, asked by strangers: every query and mutation that names a thing, with Alice's names.

use super::{
    assert_problem,
    estate::{Estate, Ids, SUBJECT},
    events,
};
use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LISTS: [&str; 9] = [
    "dids",
    "keys",
    "resources",
    "statusLists",
    "credentials",
    "accreditations",
    "operations",
    "events",
    "jobs",
];
/// Fields of `Query` that take the global id of one sort of thing, and the list that has such things.
const SINGLES: [(&str, &str); 6] = [
    ("job", "jobs"),
    ("credential", "credentials"),
    ("statusList", "statusLists"),
    ("resource", "resources"),
    ("accreditation", "accreditations"),
    ("operation", "operations"),
];
/// Fields of `Query` that are tried in other ways below, or read only the ledger or the caller's own account.
const OTHERS: [&str; 14] = [
    "analytics",
    "did",
    "invitations",
    "key",
    "members",
    "node",
    "organisation",
    "resolve",
    "roles",
    "statusOf",
    "trustChain",
    "trustedRoots",
    "verifyCredential",
    "viewer",
];

async fn ask(house: &TestHouse, key: Option<&str>, query: &str, variables: Value) -> Reply {
    let body = json!({"query": query, "variables": variables});
    house.call_as(key, Method::POST, "/graphql", Some(body), &[]).await
}

async fn data(house: &TestHouse, key: &str, query: &str, variables: Value) -> Value {
    let reply = ask(house, Some(key), query, variables).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    assert!(reply.body.get("errors").is_none(), "{query}: {}", reply.text);
    reply.body["data"].clone()
}

async fn names_of(house: &TestHouse, root: &str) -> BTreeSet<String> {
    let query = format!("{{ __schema {{ {root} {{ fields {{ name }} }} }} }}");
    let told = data(house, &house.alice.key, &query, json!({})).await;
    let fields = told["__schema"][root]["fields"].as_array().expect("fields").clone();
    fields.iter().map(|field| field["name"].as_str().expect("a name").to_owned()).collect()
}

/// Global ids of everything in the caller's lists.
async fn all_ids(house: &TestHouse, key: &str, list: &str) -> Vec<String> {
    let told = data(house, key, &format!("{{ {list}(first: 100) {{ nodes {{ id }} }} }}"), json!({})).await;
    let nodes = told[list]["nodes"].as_array().expect("nodes").clone();
    nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

/// Mutations that name somebody's things.
fn mutations(ids: &Ids) -> Vec<(&'static str, &'static str, Value)> {
    let Ids { did, kid, list_name, jwt, accreditation, stranger_did, operation_id, api_key, subject, .. } =
        ids;
    let Ids { member, invitation, role, job_id, .. } = ids;
    let status = |input: Value| ("ChangeCredentialStatusInput", input);
    let mut all = vec![
        ("createDid", "CreateDidInput", json!({"network": "TESTNET", "kid": kid})),
        ("updateDid", "UpdateDidInput", json!({"did": did, "service": []})),
        ("deactivateDid", "DeactivateDidInput", json!({"did": did})),
        ("retryOperation", "OperationInput", json!({"operation": operation_id})),
        ("skipOperation", "OperationInput", json!({"operation": operation_id})),
        ("cancelOperation", "OperationInput", json!({"operation": operation_id})),
        (
            "createResource",
            "CreateResourceInput",
            json!({"did": did, "name": "n", "resourceType": "T", "data": "MQ", "encoding": "BASE64URL"}),
        ),
        (
            "createStatusList",
            "CreateStatusListInput",
            json!({"did": did, "name": "n", "purposes": ["REVOCATION"]}),
        ),
        (
            "updateStatusList",
            "UpdateStatusListInput",
            json!({"did": did, "name": list_name, "indices": [1], "action": "REVOKE"}),
        ),
        (
            "issueCredential",
            "IssueCredentialInput",
            json!({"issuer": did, "subject": SUBJECT, "attributes": {"a": 1}}),
        ),
        (
            "issueAccreditation",
            "IssueAccreditationInput",
            json!({"issuer": did, "subject": stranger_did, "kind": "AUTHORIZE", "name": "n", "trustFramework": "f",
                "trustFrameworkId": "https://f.example", "accreditedFor": [{"schemaId": "https://s.example", "types": ["A"]}]}),
        ),
    ];
    all.extend([
        ("updateApiKey", "UpdateApiKeyInput", json!({"apiKey": api_key, "name": "n"})),
        ("rotateApiKey", "RotateApiKeyInput", json!({"apiKey": api_key})),
        ("revokeApiKey", "RevokeApiKeyInput", json!({"apiKey": api_key})),
        ("eraseSubject", "EraseSubjectInput", json!({"subject": subject})),
        ("submitSignatures", "SubmitSignaturesInput", json!({"job": job_id, "signatures": []})),
        ("changeMemberRole", "ChangeMemberRoleInput", json!({"userId": member, "role": "auditor"})),
        ("suspendMember", "MemberInput", json!({"userId": member})),
        ("reinstateMember", "MemberInput", json!({"userId": member})),
        ("removeMember", "MemberInput", json!({"userId": member})),
        ("revokeInvitation", "RevokeInvitationInput", json!({"invitationId": invitation})),
        ("removeRole", "RemoveRoleInput", json!({"name": role})),
    ]);
    for name in ["revokeCredential", "suspendCredential", "reinstateCredential"] {
        let (kind, input) = status(json!({"credential": jwt}));
        all.push((name, kind, input));
    }
    for name in ["revokeAccreditation", "suspendAccreditation", "reinstateAccreditation"] {
        all.push((name, "ChangeAccreditationStatusInput", json!({"didUrl": accreditation})));
    }
    all
}

async fn mutate(house: &TestHouse, name: &str, kind: &str, input: &Value) -> Value {
    let query = format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code message field }} }} }}"
    );
    data(house, &house.mallory.key, &query, json!({"input": input})).await[name]["userErrors"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_door_keeps_strangers_out() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let (ids, ghosts) = (&estate.ids, estate.ids.ghosts());
    let known: BTreeSet<String> = LISTS.iter().chain(&OTHERS).map(|name| (*name).to_owned()).collect();
    let known: BTreeSet<String> = known.into_iter().chain(SINGLES.map(|(name, _)| name.to_owned())).collect();
    let all = names_of(&house, "queryType").await;
    let apart: Vec<_> = all.symmetric_difference(&known).collect();
    assert!(
        apart.is_empty(),
        "LISTS, SINGLES or OTHERS of tests/it/routes/graphql.rs lack it, or it is gone: {apart:?}"
    );
    let mut tried: BTreeSet<String> = mutations(ids).iter().map(|(name, ..)| (*name).to_owned()).collect();
    tried.extend(["createKey", "importKey", "createApiKey", "setTrustedRoots"].map(str::to_owned));
    tried.extend(["defineRole", "inviteMember", "updateOrganisation"].map(str::to_owned));
    assert_eq!(names_of(&house, "mutationType").await, tried, "a mutation is not tried here");

    let before = events(&house).await;
    for key in [None, Some("caas_wrong"), Some("")] {
        let reply = ask(&house, key, "{ dids(first: 1) { nodes { id } } }", json!({})).await;
        assert_problem(&reply, 401, "GraphQL without a working key");
    }
    nothing_to_read(&house, ids).await;
    for ((name, kind, input), (_, _, ghost)) in mutations(ids).into_iter().zip(mutations(&ghosts)) {
        let errors = mutate(&house, name, kind, &input).await;
        let code = errors[0]["code"].as_str().unwrap_or_else(|| panic!("{name} was not refused: {errors}"));
        assert!(code.ends_with("not-found"), "{name}: {errors}");
        let unknown = mutate(&house, name, kind, &ghost).await;
        assert_eq!(
            ids.renamed(&ghosts, &errors.to_string()),
            unknown.to_string(),
            "{name} tells what exists"
        );
    }
    assert_eq!(events(&house).await, before, "no mutation left an event");
    house.stop().await;
}

async fn nothing_to_read(house: &TestHouse, ids: &Ids) {
    let (alice, mallory) = (house.alice.key.as_str(), house.mallory.key.as_str());
    for list in LISTS {
        let hers = all_ids(house, alice, list).await;
        assert!(!hers.is_empty(), "Alice has {list}");
        let his: BTreeSet<String> = all_ids(house, mallory, list).await.into_iter().collect();
        for id in hers {
            assert!(!his.contains(&id), "{list} of Mallory has {id}");
            let node = "query($id: ID!) { node(id: $id) { id } }";
            assert_eq!(data(house, alice, node, json!({"id": id})).await["node"]["id"], id, "{list}");
            let reply = ask(house, Some(mallory), node, json!({"id": id})).await;
            assert_eq!(reply.body, json!({"data": {"node": null}}), "{list}: {}", reply.text);
            for (single, _) in SINGLES.iter().filter(|(_, of)| *of == list) {
                let query = format!("query($id: ID!) {{ {single}(id: $id) {{ id }} }}");
                assert_eq!(data(house, alice, &query, json!({"id": id})).await[single]["id"], id, "{single}");
                let reply = ask(house, Some(mallory), &query, json!({"id": id})).await;
                assert_eq!(reply.body["data"][single], Value::Null, "{single}: {}", reply.text);
            }
        }
    }
    let query = "{ members { nodes { userId } } invitations { nodes { invitationId } } roles { name } }";
    let hers = data(house, alice, query, json!({})).await.to_string();
    let his = data(house, mallory, query, json!({})).await;
    for name in [&ids.member, &ids.invitation, &ids.role] {
        assert!(hers.contains(name) && !his.to_string().contains(name), "{name}: {his}");
    }
    let query = "query($did: String!, $kid: String!) { did(did: $did) { id } key(kid: $kid) { id } }";
    let named = json!({"did": ids.did, "kid": ids.kid});
    let hers = data(house, alice, query, named.clone()).await;
    assert!(hers["did"]["id"].is_string() && hers["key"]["id"].is_string(), "{hers}");
    assert_eq!(data(house, mallory, query, named).await, json!({"did": null, "key": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_postgres_cannot_hold_are_no_bug() {
    let house = TestHouse::start().await;
    for query in [
        "query($t: String!) { operations(first: 1, filter: {did: $t}) { nodes { id } } }",
        "query($t: String!) { credentials(first: 1, filter: {issuer: $t}) { nodes { id } } }",
        "query($t: String!) { resources(first: 1, filter: {name: $t}) { nodes { id } } }",
        "query($t: String!) { events(first: 1, filter: {entity: $t}) { nodes { id } } }",
    ] {
        let reply = ask(&house, Some(&house.alice.key), query, json!({"t": "a\u{0}b"})).await;
        assert!(!reply.text.contains("\"bug\""), "{query}: {}", reply.text);
    }
    house.stop().await;
}
