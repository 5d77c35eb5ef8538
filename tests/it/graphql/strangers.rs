//! Mallory with Alice's ids: every query and every mutation of the schema, and no more is learnt than of things that do not
//! exist.

use super::{ask, ask_as, chain, data, done, error, events, payload_as, text};
use crate::{
    flow::{client_keys, members},
    house::TestHouse,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Alice's things by name, or names of the same form that are nobody's.
type Names = BTreeMap<&'static str, String>;

const GHOST: &str = "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e";

struct Estate {
    hers: Names,
    ghosts: Names,
    /// The credential itself, and one that nobody signed.
    credentials: [Value; 2],
    /// A DID of Mallory's own.
    mallorys: String,
}

async fn estate(house: &TestHouse) -> Estate {
    let chain = chain::build(house).await;
    let key = done(house, "createKey", "key { id kid }", json!({})).await;
    let document = client_keys::document("did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e31", &[9]);
    let job =
        done(house, "createDid", "job { id did }", json!({"mode": "CLIENT", "didDocument": document})).await;
    let made = ask(
        house,
        "{ operations(first: 1) { nodes { id } } events(first: 1) { nodes { id cursor } } viewer { id apiKeys { nodes { apiKeyId } } } }",
        json!({}),
    )
    .await;
    let theirs =
        payload_as(house, &house.mallory.key, "createDid", "did { did }", json!({"network": "TESTNET"}))
            .await;
    let scopes = json!({"name": "alices-registrars", "scopes": ["read:key"]});
    done(house, "defineRole", "role { name }", scopes).await;
    let member = members::member(house, "bob@alice.example", "issuer").await;
    let carol = json!({"email": "carol@alice.example", "role": "alices-registrars"});
    let invited = done(house, "inviteMember", "token invitation { invitationId }", carol).await;
    let hers: Names = [
        ("did", chain.body_did.clone()),
        ("kid", text(&key["key"]["kid"]).to_owned()),
        ("account", text(&made["viewer"]["id"]).to_owned()),
        ("resource", chain.schema_id.clone()),
        ("statusList", chain.list_id.clone()),
        ("listDid", chain.root_did.clone()),
        ("credential", chain.credential_id.clone()),
        ("accreditation", chain.accreditation.id.clone()),
        ("accreditationUrl", chain.accreditation.url.clone()),
        ("operation", text(&made["operations"]["nodes"][0]["id"]).to_owned()),
        ("event", text(&made["events"]["nodes"][0]["id"]).to_owned()),
        ("job", text(&job["job"]["id"]).to_owned()),
        ("jobDid", text(&job["job"]["did"]).to_owned()),
        ("apiKey", text(&made["viewer"]["apiKeys"]["nodes"][0]["apiKeyId"]).to_owned()),
        ("subject", text(&chain.credential["credentialSubject"]["id"]).to_owned()),
        ("member", member),
        ("invitation", text(&invited["invitation"]["invitationId"]).to_owned()),
        ("role", "alices-registrars".to_owned()),
    ]
    .into();
    let did = |last: &str| format!("did:cheqd:testnet:{GHOST}{last}");
    let ghosts: Names = [
        ("did", did("11")),
        ("kid", "5b".repeat(32)),
        ("account", format!("Account:{GHOST}12")),
        ("resource", format!("Resource:{GHOST}13")),
        ("statusList", format!("StatusList:{GHOST}14")),
        ("listDid", did("15")),
        ("credential", format!("Credential:{GHOST}16")),
        ("accreditation", format!("Accreditation:{GHOST}17")),
        ("accreditationUrl", format!("{}/resources/{GHOST}17", did("15"))),
        ("operation", format!("Operation:{GHOST}18")),
        ("event", format!("Event:{GHOST}19")),
        ("job", format!("Job:{GHOST}21")),
        ("jobDid", did("22")),
        ("apiKey", format!("{GHOST}20")),
        ("subject", "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH".to_owned()),
        ("member", format!("{GHOST}21")),
        ("invitation", format!("{GHOST}22")),
        ("role", "nobodys-registrars".to_owned()),
    ]
    .into();
    let compact = text(&chain.credential["proof"]["jwt"]).to_owned();
    let (head, signature) = compact.rsplit_once('.').expect("a JWS");
    let (first, rest) = signature.split_at(1);
    let turned = format!("{head}.{}{rest}", if first == "A" { "B" } else { "A" });
    let mallorys = text(&theirs["did"]["did"]).to_owned();
    Estate { hers, ghosts, credentials: [json!(compact), json!(turned)], mallorys }
}

/// Queries that name a thing: field, text with `$id`, name.
const QUERIES: [(&str, &str, &str); 26] = [
    ("job", "query Q($id: ID!) { job(id: $id) { id signing { serializedPayload } } }", "job"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "job"),
    ("jobs", "query Q($id: String!) { jobs(filter: {did: $id}) { totalCount nodes { id } } }", "jobDid"),
    ("key", "query Q($id: String!) { key(kid: $id) { id publicKeyHex } }", "kid"),
    ("did", "query Q($id: String!) { did(did: $id) { id document } }", "did"),
    ("resource", "query Q($id: ID!) { resource(id: $id) { id data } }", "resource"),
    ("statusList", "query Q($id: ID!) { statusList(id: $id) { id entries { index } } }", "statusList"),
    ("credential", "query Q($id: ID!) { credential(id: $id) { id credential } }", "credential"),
    (
        "accreditation",
        "query Q($id: ID!) { accreditation(id: $id) { id children { totalCount } } }",
        "accreditation",
    ),
    ("operation", "query Q($id: ID!) { operation(id: $id) { id state } }", "operation"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "account"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "resource"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "statusList"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "credential"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "accreditation"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "operation"),
    ("node", "query Q($id: ID!) { node(id: $id) { id } }", "event"),
    ("node", "query Q($id: String!) { node(id: $id) { id } }", "Did:did"),
    ("node", "query Q($id: String!) { node(id: $id) { id } }", "Key:kid"),
    (
        "resources",
        "query Q($id: String!) { resources(filter: {did: $id}) { totalCount nodes { id } } }",
        "did",
    ),
    (
        "statusLists",
        "query Q($id: String!) { statusLists(filter: {did: $id}) { totalCount nodes { id } } }",
        "listDid",
    ),
    (
        "credentials",
        "query Q($id: String!) { credentials(filter: {issuer: $id}) { totalCount nodes { id } } }",
        "did",
    ),
    (
        "accreditations",
        "query Q($id: String!) { accreditations(filter: {issuer: $id}) { totalCount nodes { id } } }",
        "listDid",
    ),
    (
        "accreditations",
        "query Q($id: String!) { accreditations(filter: {subject: $id}) { totalCount nodes { id } } }",
        "did",
    ),
    ("operations", "query Q($id: String!) { operations(filter: {did: $id}) { nodes { id } } }", "did"),
    ("events", "query Q($id: String!) { events(filter: {entity: $id}) { totalCount nodes { id } } }", "did"),
];

/// Queries that name nothing of a tenant's, or ask the public ledger.
const ELSEWHERE: [&str; 13] = [
    "viewer",
    "keys",
    "dids",
    "resolve",
    "statusOf",
    "trustChain",
    "trustedRoots",
    "verifyCredential",
    "analytics",
    "invitations",
    "members",
    "organisation",
    "roles",
];

/// Every mutation on a thing of `names`; those that name nothing are asked elsewhere.
fn mutations(names: &Names, credential: &Value, mallorys: &str) -> Vec<(&'static str, Value)> {
    let name = |name: &str| names[name].clone();
    let about = json!([{"schemaId": "https://schema.example/1", "types": ["DegreeCredential"]}]);
    let accreditation = |issuer: &str| {
        json!({"kind": "AUTHORIZE", "issuer": issuer, "subject": issuer, "name": "mine", "accreditedFor": about,
            "trustFramework": "mine", "trustFrameworkId": "https://mallory.example"})
    };
    let mut all = vec![
        ("createDid", json!({"network": "TESTNET", "kid": name("kid")})),
        ("updateDid", json!({"did": name("did"), "service": []})),
        ("deactivateDid", json!({"did": name("did")})),
        ("retryOperation", json!({"operation": name("operation")})),
        ("skipOperation", json!({"operation": name("operation")})),
        ("cancelOperation", json!({"operation": name("operation")})),
        (
            "createResource",
            json!({"did": name("did"), "name": "n", "resourceType": "T", "data": "{}", "encoding": "TEXT"}),
        ),
        ("createStatusList", json!({"did": name("did"), "name": "mine", "purposes": ["REVOCATION"]})),
        (
            "updateStatusList",
            json!({"did": name("listDid"), "name": chain::LIST, "indices": [1], "action": "REVOKE"}),
        ),
        ("issueCredential", json!({"issuer": name("did"), "subject": mallorys, "attributes": {}})),
        ("issueAccreditation", accreditation(&name("did"))),
        ("updateApiKey", json!({"apiKey": name("apiKey"), "name": "mine"})),
        ("rotateApiKey", json!({"apiKey": name("apiKey")})),
        ("revokeApiKey", json!({"apiKey": name("apiKey")})),
        ("eraseSubject", json!({"subject": name("subject")})),
        ("submitSignatures", json!({"job": name("job"), "signatures": []})),
        ("updateDid", json!({"did": name("did"), "service": [], "mode": "CLIENT"})),
        ("changeMemberRole", json!({"userId": name("member"), "role": "auditor"})),
        ("suspendMember", json!({"userId": name("member")})),
        ("reinstateMember", json!({"userId": name("member")})),
        ("removeMember", json!({"userId": name("member")})),
        ("revokeInvitation", json!({"invitationId": name("invitation")})),
        ("removeRole", json!({"name": name("role")})),
    ];
    for field in ["revokeCredential", "suspendCredential", "reinstateCredential"] {
        all.push((field, json!({"id": name("credential")})));
        all.push((field, json!({"credential": credential})));
    }
    for field in ["revokeAccreditation", "suspendAccreditation", "reinstateAccreditation"] {
        all.push((field, json!({"id": name("accreditation")})));
        all.push((field, json!({"didUrl": name("accreditationUrl")})));
    }
    all
}

/// The names of one world replaced by those of the other, so that answers can be compared.
fn renamed(estate: &Estate, text: &str) -> String {
    let mut text = text.to_owned();
    let [real, turned] = &estate.credentials;
    let mut pairs: Vec<(&str, &str)> =
        vec![(real.as_str().expect("a text"), turned.as_str().expect("a text"))];
    for (name, hers) in &estate.hers {
        let ghost = &estate.ghosts[name];
        pairs.push((hers, ghost));
        let raw = |id: &'_ str| id.rsplit(':').next().map_or(0, str::len);
        pairs.push((&hers[hers.len() - raw(hers)..], &ghost[ghost.len() - raw(ghost)..]));
    }
    pairs.sort_by_key(|(hers, _)| std::cmp::Reverse(hers.len()));
    for (hers, ghost) in pairs {
        text = text.replace(hers, ghost);
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_things_do_not_exist() {
    let house = TestHouse::start().await;
    let estate = estate(&house).await;
    whole_schema(&house, &estate).await;
    let before = events(&house).await;

    for (field, query, name) in QUERIES {
        let (query, id) = if let Some((kind, name)) = name.split_once(':') {
            let id = |names: &Names| json!({"id": format!("{kind}:{}", names[name])});
            (query.replace("String!", "ID!"), [id(&estate.hers), id(&estate.ghosts)])
        } else {
            let id = |names: &Names| json!({"id": names[name]});
            (query.to_owned(), [id(&estate.hers), id(&estate.ghosts)])
        };
        let asked = format!("{query} {}", id[0]);
        let hers = data(ask_as(&house, &house.alice.key, &query, id[0].clone()).await, &asked);
        let is_list = hers[field].get("nodes").is_some();
        let shown = if is_list { &hers[field]["nodes"][0] } else { &hers[field] };
        assert!(!shown.is_null(), "Alice sees her own: {asked}: {hers:#}");

        let reply = ask_as(&house, &house.mallory.key, &query, id[0].clone()).await;
        let ghost = ask_as(&house, &house.mallory.key, &query, id[1].clone()).await;
        assert_eq!(reply.text, ghost.text, "{asked} tells what exists");
        let seen = data(reply, &asked);
        if is_list {
            assert_eq!(seen[field]["nodes"], json!([]), "{asked}: {seen:#}");
            assert!(seen[field].get("totalCount").is_none_or(|total| total == 0), "{asked}: {seen:#}");
        } else {
            assert_eq!(seen[field], Value::Null, "{asked}: {seen:#}");
        }
    }

    let [real, turned] = &estate.credentials;
    let ghosts = mutations(&estate.ghosts, turned, &estate.mallorys);
    for ((field, input), (_, ghost)) in
        mutations(&estate.hers, real, &estate.mallorys).into_iter().zip(ghosts)
    {
        let asked = format!("{field} {input}");
        let refused = payload_as(&house, &house.mallory.key, field, "", input).await;
        assert_eq!(refused["userErrors"].as_array().map(Vec::len), Some(1), "{asked}: {refused:#}");
        assert_eq!(refused["operation"], Value::Null, "{asked}: {refused:#}");
        let unknown = payload_as(&house, &house.mallory.key, field, "", ghost).await;
        assert_eq!(
            renamed(&estate, &refused.to_string()),
            unknown.to_string(),
            "{asked} tells what exists: {refused:#}"
        );
    }
    assert_eq!(events(&house).await, before, "nothing happened");
    lists_and_cursors(&house, &estate).await;
    house.stop().await;
}

/// A field that is added later must be thought of here.
async fn whole_schema(house: &TestHouse, estate: &Estate) {
    let query = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";
    let schema = ask(house, query, json!({})).await["__schema"].clone();
    let names = |root: &str| -> BTreeSet<String> {
        let fields = schema[root]["fields"].as_array().expect("fields").iter();
        fields.map(|field| text(&field["name"]).to_owned()).collect()
    };
    let queries = QUERIES.iter().map(|(field, _, _)| *field).chain(ELSEWHERE);
    let (known, all): (BTreeSet<_>, _) = (queries.map(str::to_owned).collect(), names("queryType"));
    let apart: Vec<_> = known.symmetric_difference(&all).collect();
    assert!(
        apart.is_empty(),
        "in QUERIES or ELSEWHERE of tests/it/graphql/strangers.rs, but no query, or the other way round: {apart:?}"
    );
    let [real, _] = &estate.credentials;
    let asked = mutations(&estate.hers, real, &estate.mallorys);
    let asked = asked
        .iter()
        .map(|(field, _)| (*field).to_owned())
        .chain(["createKey", "importKey", "createApiKey", "setTrustedRoots"].map(str::to_owned))
        .chain(["defineRole", "inviteMember", "updateOrganisation"].map(str::to_owned));
    assert_eq!(asked.collect::<BTreeSet<_>>(), names("mutationType"));
}

/// Mallory's own lists, also with Alice's cursors.
async fn lists_and_cursors(house: &TestHouse, estate: &Estate) {
    let query = "{ viewer { id apiKeys { totalCount } } keys { nodes { id } } dids { nodes { did } }
        resources { nodes { id } } statusLists { nodes { id } } credentials { nodes { id } }
        accreditations { nodes { id } } jobs { nodes { id } } operations { nodes { did } } events { nodes { entity } }
        members { nodes { userId } } invitations { nodes { invitationId } } roles { name } }";
    let seen = data(ask_as(house, &house.mallory.key, query, json!({})).await, query);
    for name in estate.hers.values() {
        assert!(!seen.to_string().contains(name.as_str()), "{name}: {seen:#}");
    }
    for list in ["resources", "statusLists", "credentials", "accreditations"] {
        assert_eq!(seen[list]["nodes"], json!([]), "{list}: {seen:#}");
    }
    assert_eq!(seen["dids"]["nodes"], json!([{"did": estate.mallorys}]), "{seen:#}");

    // doors 14: a cursor is good for its list and its tenant only, and says nothing.
    let lists = [
        "keys",
        "dids",
        "resources",
        "statusLists",
        "credentials",
        "accreditations",
        "operations",
        "events",
        "jobs",
    ];
    let query = lists.map(|list| format!("{list}(first: 1) {{ edges {{ cursor }} }}")).join(" ");
    let cursors = ask(house, &format!("{{ {query} }}"), json!({})).await;
    let mut known = BTreeSet::new();
    for from in lists {
        let cursor = text(&cursors[from]["edges"][0]["cursor"]);
        assert_eq!(cursor.len(), 32, "{cursor}");
        assert!(known.insert(cursor.to_owned()), "{cursor} twice");
        for to in lists {
            let query = format!("query A($after: String) {{ {to}(after: $after) {{ nodes {{ id }} }} }}");
            let variables = json!({"after": cursor});
            let hers = ask_as(house, &house.alice.key, &query, variables.clone()).await;
            if from == to {
                data(hers, &query);
            } else {
                assert_eq!(
                    error(hers, &query)["extensions"]["code"],
                    "graphql/cursor-invalid",
                    "{from} in {to}"
                );
            }
            let theirs = error(ask_as(house, &house.mallory.key, &query, variables).await, &query);
            assert_eq!(theirs["extensions"]["code"], "graphql/cursor-invalid", "{from} in {to}");
        }
    }
    // A cursor of one thing's list is none of another list of it.
    let query = "query N($did: String!) { did(did: $did) { resources(first: 1) { edges { cursor } } } }";
    let nested = ask(house, query, json!({"did": estate.hers["listDid"]})).await;
    let nested = nested["did"]["resources"]["edges"][0]["cursor"].clone();
    let query = "query N($did: String!, $after: String) { did(did: $did) { versions(after: $after) { nodes { versionId } } } }";
    let variables = json!({"did": estate.hers["listDid"], "after": nested});
    let wrong = error(ask_as(house, &house.alice.key, query, variables).await, query);
    assert_eq!(wrong["extensions"]["code"], "graphql/cursor-invalid", "{wrong:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_comes_first() {
    let house = TestHouse::start().await;
    let body = json!({"query": "{ viewer { id } }"});
    let nobody = house.call_as(None, Method::POST, "/graphql", Some(body.clone()), &[]).await;
    assert_eq!((nobody.status, &nobody.body["code"]), (401, &json!("auth/missing-key")), "{}", nobody.text);
    let bearer = format!("Bearer {}", house.alice.key);
    let bearer = [("authorization", bearer.as_str())];
    let nobody = house.call_as(None, Method::POST, "/graphql", Some(body.clone()), &bearer).await;
    assert_eq!(nobody.status, 401, "{}", nobody.text);
    let alice = house.alice.key.as_str();
    for key in ["", "null", &alice[..alice.len() - 1], &alice.to_ascii_uppercase(), &"x".repeat(8000)] {
        let wrong = house.call_as(Some(key), Method::POST, "/graphql", Some(body.clone()), &[]).await;
        assert_eq!(
            (wrong.status, &wrong.body["code"]),
            (401, &json!("auth/invalid-key")),
            "{key}: {}",
            wrong.text
        );
    }
    // Introspection is for those with a key too, and a body that is none is looked at later.
    let schema = json!({"query": "{ __schema { queryType { name } } }"});
    assert_eq!(house.call_as(None, Method::POST, "/graphql", Some(schema), &[]).await.status, 401);
    let request = house.request(Method::POST, "/graphql").header("content-type", "text/xml").body("{");
    assert_eq!(TestHouse::answer(request).await.status, 401);
    // The page is public and shows nothing but itself.
    let page = house.call_as(None, Method::GET, "/graphql", None, &[("accept", "text/html")]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.headers["content-type"].to_str().expect("a text").starts_with("text/html"));
    assert!(!page.text.contains("https://unpkg") && !page.text.contains("cdn."), "{}", page.text);

    let viewer =
        "{ viewer { customerId name payers { address } apiKeys { nodes { lastFour name revokedAt } } } }";
    let alice = ask(&house, viewer, json!({})).await["viewer"].clone();
    assert_eq!(alice["customerId"], house.alice.customer.to_string());
    assert_eq!(alice["name"], "Alice");
    assert_eq!(alice["apiKeys"]["nodes"].as_array().map(Vec::len), Some(1), "{alice:#}");
    assert!(house.alice.key.ends_with(text(&alice["apiKeys"]["nodes"][0]["lastFour"])), "{alice:#}");
    assert!(!alice.to_string().contains(&house.alice.key));
    let mallory = data(ask_as(&house, &house.mallory.key, viewer, json!({})).await, viewer);
    assert_eq!(mallory["viewer"]["name"], "Mallory");
    let unknown = ask_as(&house, &house.alice.key, "{ viewer { secret } }", json!({})).await;
    assert_eq!(error(unknown, "an unknown field")["extensions"]["code"], "graphql/invalid");
    house.stop().await;
}
