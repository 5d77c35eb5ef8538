//! Every route of the API, called with success at least once, as a newcomer would: from the first key to a revoked
//! accreditation. What was asked and answered becomes the examples of `openapi.json`.

mod browser;
mod jobs;
mod people;

use super::{
    layer::{Asked, media_type},
    names::{Names, SUBJECT},
};
use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rest/examples.json");
/// Answers that are recorded nowhere: the document itself would be in itself.
pub const UNRECORDED: [&str; 1] = ["GET /openapi.json"];
/// A given entry, so that recordings do not depend on the dice.
const ENTRY: u32 = 94_567;
const ASYNC: (&str, &str) = ("prefer", "respond-async");

/// A walk through the API.
struct Tour {
    house: TestHouse,
    names: Names,
    /// By route: `parameters`, `request`, `responses`.
    recorded: BTreeMap<String, Map<String, Value>>,
    done: BTreeSet<String>,
}

impl Tour {
    async fn ask(
        &mut self,
        method: Method,
        target: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Value {
        let key = self.house.alice.key.clone();
        self.ask_as(Some(&key), method, target, body, headers).await
    }

    async fn ask_as(
        &mut self,
        key: Option<&str>,
        method: Method,
        target: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Value {
        self.reply_as(key, method, target, body, headers).await.body
    }

    async fn reply_as(
        &mut self,
        key: Option<&str>,
        method: Method,
        target: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let request = self.house.request(method.clone(), target);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let asked = Asked::of(&request.build().expect("a request")).expect("a route of the document");
        let reply = self.house.call_as(key, method, target, body, headers).await;
        if !UNRECORDED.contains(&asked.name.as_str()) {
            self.record(&asked, reply.status, &media_type(&reply), &reply.body);
        }
        if reply.status < 300 {
            self.done.insert(asked.name);
        }
        reply
    }

    /// The first success of a route gives its request, the first answer of each status that status's example.
    fn record(&mut self, asked: &Asked, status: u16, kind: &str, body: &Value) {
        let is_success = status == 200 || status == 201;
        if is_success && !self.done.contains(&asked.name) {
            let query = asked.query.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
            let given: Map<String, Value> = asked.path.clone().into_iter().chain(query).collect();
            let parameters = self.names.settle(&Value::Object(given));
            let request = asked.body.as_ref().map(|body| self.names.settle(body));
            let entry = self.recorded.entry(asked.name.clone()).or_default();
            if parameters != json!({}) {
                entry.insert("parameters".to_owned(), parameters);
            }
            if let Some(request) = request {
                entry.insert("request".to_owned(), request);
            }
        }
        if !body.is_null() {
            let answered = json!({"type": kind, "body": self.names.settle(body)});
            let entry = self.recorded.entry(asked.name.clone()).or_default();
            let responses = entry.entry("responses").or_insert_with(|| json!({}));
            let responses = responses.as_object_mut().expect("responses");
            responses.entry(status.to_string()).or_insert(answered);
        }
    }

    async fn get(&mut self, target: &str) -> Value {
        self.ask(Method::GET, target, None, &[]).await
    }

    async fn post(&mut self, target: &str, body: Value) -> Value {
        self.ask(Method::POST, target, Some(body), &[]).await
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_1_and_16_every_route_does_what_its_example_shows() {
    let house = TestHouse::start().await;
    let mut tour = Tour { house, names: Names::default(), recorded: BTreeMap::new(), done: BTreeSet::new() };
    system(&mut tour).await;
    let kid = keys(&mut tour).await;
    let did = dids(&mut tour, &kid).await;
    jobs::jobs(&mut tour).await;
    jobs::registrations(&mut tour).await;
    let schema = resources(&mut tour, &did).await;
    status_lists(&mut tour, &did).await;
    credentials(&mut tour, &did, &schema).await;
    people::api_keys_and_subjects(&mut tour).await;
    people::colleagues(&mut tour).await;
    accreditations(&mut tour, &did, &schema).await;
    jobs::credentials(&mut tour).await;
    jobs::operations(&mut tour, &did).await;
    last(&mut tour, &did).await;
    browser::signs_in_and_out(&mut tour).await;
    people::roles_exhausted(&mut tour).await;
    let all: BTreeSet<String> = rest::routes()
        .into_iter()
        .chain(rest::sign_in_routes())
        .map(|route| format!("{} {}", route.method, route.path.replace("{*", "{")))
        .filter(|name| !browser::OF_A_PROVIDER.contains(&name.as_str()))
        .collect();
    let missing: Vec<&String> = all.difference(&tour.done).collect();
    assert!(
        missing.is_empty(),
        "the tour shows no success of {missing:?}: add them to tests/it/contract/tour.rs"
    );
    if std::env::var_os("STUDIO_WRITE_CONTRACTS").is_some() {
        let recorded = serde_json::to_string_pretty(&tour.recorded).expect("JSON") + "\n";
        std::fs::write(FILE, recorded).expect("the examples are written");
    }
    tour.house.stop().await;
}

async fn system(tour: &mut Tour) {
    for path in ["/health/live", "/health/ready", "/version", "/openapi.json"] {
        tour.ask_as(None, Method::GET, path, None, &[]).await;
    }
    tour.ask_as(None, Method::GET, "/account", None, &[]).await;
    tour.get("/account?balances=true").await;
    tour.get("/account/idtoken").await;
    tour.get(&format!("/account?x={}", "y".repeat(9 * 1024))).await;
}

async fn keys(tour: &mut Tour) -> String {
    let made = tour.post("/key/create?type=Ed25519", json!({"alias": "signing"})).await;
    let kid = text(&made["kid"]);
    tour.get(&format!("/key/read/{kid}")).await;
    tour.get("/key/read/zz").await;
    for kind in
        [METHOD, "JsonWebKey2020", "Ed25519VerificationKey2018&id=signing", "X25519KeyAgreementKey2020"]
    {
        tour.get(&format!("/key/{kid}/verification-method?verificationMethodType={kind}")).await;
    }
    tour.get("/key/list?purpose=identity&limit=2").await;
    tour.get("/key/list?purpose=both").await;
    tour.get(&format!("/key/read/{}", "5b".repeat(32))).await;
    tour.post("/key/create?type=RSA", json!({})).await;
    tour.ask(Method::POST, "/key/create", Some(json!({})), &[("content-type", "image/png")]).await;
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    tour.post("/key/import", json!({"type": "Ed25519", "privateKeyHex": seed, "encrypted": false})).await;
    tour.post("/key/import", json!({"privateKeyHex": "not hexadecimal"})).await;
    tour.post("/key/create?type=Secp256r1", json!({})).await;
    let spare = tour.post("/key/create", json!({})).await["kid"].as_str().unwrap_or_default().to_owned();
    tour.ask(Method::DELETE, &format!("/key/{spare}"), None, &[]).await;
    tour.ask(Method::DELETE, &format!("/key/{spare}"), None, &[]).await;
    let once = [("idempotency-key", "order-17")];
    for alias in ["first", "second"] {
        tour.ask(Method::POST, "/key/create", Some(json!({"alias": alias})), &once).await;
    }
    kid
}

/// The public half of the key that the tour imports (RFC 8032, 7.1, test 1).
const IMPORTED: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const METHOD: &str = "Ed25519VerificationKey2020";

async fn dids(tour: &mut Tour, kid: &str) -> String {
    let service = json!([{"idFragment": "website", "type": "LinkedDomains", "serviceEndpoint": ["https://issuer.example"]}]);
    // The first success is the example: one that whoever tries it out can send as it is.
    let plain = json!({"network": "testnet", "verificationMethodType": METHOD});
    tour.post("/did/create", plain.clone()).await;
    let created = tour
        .post(
            "/did/create",
            json!({"network": "testnet", "identifierFormatType": "uuid", "verificationMethodType": METHOD, "key": kid,
                "service": service}),
        )
        .await;
    let did = text(&created["did"]);
    tour.ask(Method::POST, "/did/create", Some(plain.clone()), &[ASYNC]).await;
    let mut named = plain.clone();
    for (name, value) in
        [("name", json!("Zoë")), ("kind", json!("organisation")), ("publishName", json!(true))]
    {
        named[name] = value;
    }
    tour.post("/did/create", named).await;
    tour.post("/did/create?maxFee=1", plain.clone()).await;
    tour.post("/did/create?dryRun=true", plain).await;
    tour.post("/did/create", json!({"network": "devnet", "verificationMethodType": METHOD})).await;
    tour.post("/did/create", json!({"network": "mainnet", "verificationMethodType": METHOD})).await;
    tour.post(
        "/did/create",
        json!({"network": "testnet", "verificationMethodType": METHOD, "key": "5b".repeat(32)}),
    )
    .await;
    let section = json!([{"id": format!("{did}#website"), "type": "LinkedDomains", "serviceEndpoint": ["https://new.example"]}]);
    tour.post("/did/update", json!({"did": did, "service": section})).await;
    tour.post("/did/update", json!({"did": did})).await;
    let key = json!({"type": "Ed25519", "privateKeyHex": "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"});
    let options = json!({"verificationMethodType": METHOD, "key": IMPORTED});
    let theirs = tour.post("/did/create", json!({"network": "testnet", "options": options})).await;
    tour.post("/did/import", json!({"did": theirs["did"], "keys": [key]})).await;
    tour.post("/did/import", json!({"did": did, "keys": [key]})).await;
    tour.post("/did/import", json!({"did": GHOST, "keys": [key]})).await;
    tour.post("/did/update", json!({"did": GHOST, "service": []})).await;
    for (did, password) in
        [(did.as_str(), "correct horse battery"), (&did, "short"), (GHOST, "correct horse battery")]
    {
        tour.post(&format!("/did/export/{did}"), json!({"password": password})).await;
    }
    tour.get(&format!("/key/{kid}/uses?limit=2")).await;
    tour.get(&format!("/key/{}/uses", "5b".repeat(32))).await;
    let changes =
        json!([{"addKey": {"relationships": ["keyAgreement"]}}, {"addAlsoKnownAs": "https://new.example"}]);
    tour.post("/did/update", json!({"did": did, "changes": changes})).await;
    for change in [
        json!({"removeKey": "key-7"}),
        json!({"addKey": {"id": "key-1"}}),
        json!({"publishName": true}),
        json!({"paint": "blue"}),
    ] {
        tour.post("/did/update", json!({"did": did, "changes": [change]})).await;
    }
    let label = json!({"name": "Zoë & Sons", "kind": "organisation"});
    tour.post(&format!("/did/label/{did}"), label.clone()).await;
    tour.post(&format!("/did/label/{GHOST}"), label).await;
    tour.post(&format!("/did/label/{did}"), json!({"kind": "A B"})).await;
    tour.get("/did/list?network=testnet&page=1&limit=10").await;
    tour.get("/did/list?metadata=true").await;
    tour.get(&format!("/did/list?did={did}")).await;
    tour.get(&format!("/did/list?did={GHOST}")).await;
    tour.get("/did/list?sort=name&order=desc").await;
    tour.get("/did/list?sort=size").await;
    tour.get("/did/list?limit=0").await;
    for prefix in ["/did/search/", "/1.0/identifiers/"] {
        let accept = [("accept", "application/json")];
        for did in [&did, GHOST, "did:cheqd:testnet:x", "did:web:example.com"] {
            tour.ask_as(None, Method::GET, &format!("{prefix}{did}"), None, &accept).await;
        }
        tour.ask_as(None, Method::GET, &format!("{prefix}{did}"), None, &[("accept", "text/html")]).await;
    }
    for options in [json!({"accept": "application/json"}), json!({"nope": true})] {
        let accept = [("accept", "application/json")];
        tour.ask_as(None, Method::POST, &format!("/1.0/identifiers/{did}"), Some(options), &accept).await;
    }
    did
}

/// A DID that is nobody's.
const GHOST: &str = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11";

async fn resources(tour: &mut Tour, did: &str) -> String {
    let body = json!({"name": "Degree", "type": "JSONSchemaValidator2020", "encoding": "base64url", "version": "1.0",
        "data": "eyJ0eXBlIjoib2JqZWN0IiwicHJvcGVydGllcyI6eyJkZWdyZWUiOnsidHlwZSI6InN0cmluZyJ9fX0"});
    let created = tour.post(&format!("/resource/create/{did}"), body.clone()).await;
    tour.post(&format!("/resource/create/{did}?dryRun=true"), body.clone()).await;
    tour.post(&format!("/resource/create/{did}"), json!({"name": "Degree"})).await;
    tour.post(&format!("/resource/create/{GHOST}"), body).await;
    tour.get("/resource/list?network=testnet&page=1&limit=10").await;
    tour.get("/resource/list?encrypted=maybe").await;
    tour.get("/resource/templates").await;
    let versions = format!("/resource/versions/{did}?resourceName=Degree");
    tour.get(&format!("{versions}&resourceType=JSONSchemaValidator2020&page=1&limit=10")).await;
    tour.get(&format!("{versions}&resourceType=X")).await;
    tour.get(&versions).await;
    let wrong = json!({"name": "Degree", "template": "json-schema", "encoding": "hex", "data": "5b5d"});
    tour.post(&format!("/resource/create/{did}"), wrong).await;
    let accept = [("accept", "application/json")];
    for query in [
        "resourceName=Degree&resourceType=JSONSchemaValidator2020",
        "resourceName=Nothing&resourceType=X",
        "resourceId=x",
    ] {
        tour.ask_as(None, Method::GET, &format!("/resource/search/{did}?{query}"), None, &accept).await;
    }
    text(&created["resource"]["resourceURI"])
}

async fn status_lists(tour: &mut Tour, did: &str) {
    let create = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation,suspension";
    let body = json!({"did": did, "statusListName": "degree status"});
    let created = tour.post(create, body.clone()).await;
    tour.post(create, body).await;
    tour.post(create, json!({"did": did})).await;
    tour.post(create, json!({"did": GHOST, "statusListName": "degree status"})).await;
    let old = "/credential-status/create/unencrypted?listType=StatusList2021&statusPurpose=revocation";
    tour.post(old, json!({"did": did, "statusListName": "old"})).await;
    let tokens = "/credential-status/create/unencrypted?listType=TokenStatusList";
    let tokens = tour.post(tokens, json!({"did": did, "statusListName": "tokens"})).await;
    let tokens = format!("/status-lists/{}", text(&tokens["statusListId"]));
    for accept in ["application/statuslist+jwt", "application/statuslist+cwt"] {
        tour.ask_as(None, Method::GET, &tokens, None, &[("accept", accept)]).await;
    }
    let missing = "/status-lists/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e12";
    tour.ask_as(None, Method::GET, missing, None, &[]).await;
    tour.ask_as(None, Method::GET, &format!("/status-lists?issuer={did}"), None, &[]).await;
    let update = "/credential-status/update/unencrypted?listType=BitstringStatusList&statusAction=revoke";
    tour.post(update, json!({"did": did, "statusListName": "degree status", "indices": [7, 8]})).await;
    tour.post(update, json!({"did": did, "statusListName": "degree status"})).await;
    tour.post(update, json!({"did": did, "statusListName": "no such list", "indices": 7})).await;
    let check = "/credential-status/check?listType=BitstringStatusList&statusPurpose=revocation";
    let list = format!("{did}?resourceName=degree%20status&resourceType=BitstringStatusListCredential");
    let entry = |index: Value| json!({"did": did, "statusListName": "degree status", "statusListCredential": list, "index": index});
    tour.post(check, entry(json!(7))).await;
    tour.post(check, entry(json!("seven"))).await;
    let mut several = entry(json!(null));
    several["indices"] = json!([7, 9]);
    tour.post(check, several).await;
    tour.post(check, json!({"did": did, "statusListName": "no such list", "index": 1,
        "statusListCredential": format!("{did}?resourceName=no%20such%20list&resourceType=BitstringStatusListCredential")})).await;
    let search = |name: &str| {
        format!("/credential-status/search?did={did}&statusListName={name}&listType=BitstringStatusList")
    };
    for target in [search("degree%20status"), search("nothing"), "/credential-status/search?did=x".to_owned()]
    {
        tour.ask_as(None, Method::GET, &target, None, &[]).await;
    }
    tour.get("/credential-status/list?page=1&limit=10").await;
    tour.get("/credential-status/list?state=OPEN").await;
    tour.get(&format!("/credential-status/list/{}", text(&created["statusListId"]))).await;
    tour.get("/credential-status/list/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e12").await;
}

async fn credentials(tour: &mut Tour, did: &str, schema: &str) {
    let status = |index: u32| {
        json!({"statusListName": "degree status", "statusListType": "BitstringStatusList",
        "statusPurpose": "revocation", "statusListIndex": index})
    };
    let body = |index: u32| {
        json!({"issuerDid": did, "subjectDid": SUBJECT, "type": ["DegreeCredential"],
        "attributes": {"name": "Alice", "degree": "BSc"}, "credentialSchema": schema, "format": "jwt",
        "expirationDate": "2130-01-01T00:00:00Z", "credentialStatus": status(index)})
    };
    let issued = tour.post("/credential/issue", body(ENTRY)).await;
    tour.post("/credential/issue", body(ENTRY)).await;
    tour.post("/credential/issue", json!({"issuerDid": did, "subjectDid": "bob"})).await;
    tour.post(
        "/credential/issue",
        json!({"issuerDid": GHOST, "subjectDid": SUBJECT, "attributes": {"degree": "BSc"}}),
    )
    .await;
    tour.post(
        "/credential/create",
        json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"degree": "BSc"}}),
    )
    .await;
    let paused = tour
        .post("/credential/issue", {
            let mut paused = body(ENTRY + 1);
            paused["credentialStatus"]["statusPurpose"] = json!("suspension");
            paused
        })
        .await;
    let of = |credential: &Value| json!({"credential": credential["proof"]["jwt"]});
    tour.post("/credential/verify?verifyStatus=true", of(&issued)).await;
    tour.post("/credential/verify", json!({"credential": "not a credential"})).await;
    let change = |verb: &str| format!("/credential/{verb}?listType=BitstringStatusList&publish=true");
    for verb in ["suspend", "reinstate"] {
        tour.post(&change(verb), of(&paused)).await;
    }
    let mut revoked = of(&issued);
    revoked["reason"] = json!("issued by mistake");
    tour.post(&change("revoke"), revoked).await;
    for verb in ["suspend", "reinstate"] {
        tour.post(&change(verb), of(&issued)).await;
    }
    for verb in ["revoke", "suspend", "reinstate"] {
        tour.post(&change(verb), json!({})).await;
    }
    let linked = tour
        .post(
            "/credential/issue",
            json!({"issuerDid": did, "subjectDid": SUBJECT, "type": ["Person"], "attributes": {"name": "Alice"},
                "@context": ["https://schema.org"], "format": "jsonld"}),
        )
        .await;
    tour.post("/credential/verify", json!({"credential": linked})).await;
    tour.post(
        "/credential/issue",
        json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"unheardOf": "x"}, "format": "jsonld"}),
    )
    .await;
    presentations(tour, did, &paused["proof"]["jwt"]).await;
    let page = tour.get(&format!("/credentials/issued?issuerId={did}&page=1&limit=10")).await;
    tour.get("/credentials/issued?limit=0").await;
    let id = text(&page["credentials"][0]["issuedCredentialId"]);
    tour.get(&format!("/credentials/issued/{id}?includeCredential=true")).await;
    tour.get("/credentials/issued/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e13").await;
}

async fn presentations(tour: &mut Tour, did: &str, credential: &Value) {
    let shown =
        json!({"holderDid": did, "credentials": [credential], "verifierDid": SUBJECT, "challenge": "c-1"});
    let presentation = tour.post("/presentation/create", shown).await;
    tour.post("/presentation/create", json!({"holderDid": did, "credentials": []})).await;
    let jwt = &presentation["proof"]["jwt"];
    let asked = json!({"presentation": jwt, "verifierDid": SUBJECT, "challenge": "c-1"});
    tour.post("/presentation/verify?verifyStatus=true", asked).await;
    tour.post("/presentation/verify", json!({"presentation": credential})).await;
}

async fn accreditations(tour: &mut Tour, root: &str, schema: &str) {
    let (body_did, uni) = (tour.house.did().await, tour.house.did().await);
    let list = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation,suspension";
    tour.post(list, json!({"did": root, "statusListName": "accreditations"})).await;
    let granted = json!([{"url": schema, "types": ["VerifiableCredential", "DegreeCredential"]}]);
    let target = |kind: &str| format!("/trust-registry/accreditation/issue?accreditationType={kind}");
    let top = tour.post(&target("authorize"), json!({"issuerDid": root, "subjectDid": root, "schemas": granted,
        "accreditationName": "education root", "trustFramework": "Education", "trustFrameworkId": "https://edu.example"})).await;
    let top = text(&top["didUrls"][0]);
    let status = |index: u32, purpose: &str| {
        json!({"statusListName": "accreditations", "statusListType": "BitstringStatusList",
        "statusPurpose": purpose, "statusListIndex": index})
    };
    let accredit = |name: &str, status: Value| {
        json!({"issuerDid": root, "subjectDid": body_did, "schemas": granted,
        "accreditationName": name, "parentAccreditation": top, "rootAuthorization": top, "credentialStatus": status})
    };
    let middle =
        tour.post(&target("accredit"), accredit("accreditation body", status(ENTRY, "revocation"))).await;
    let middle = text(&middle["didUrls"][0]);
    let paused =
        tour.post(&target("accredit"), accredit("trial body", status(ENTRY + 1, "suspension"))).await;
    let paused = text(&paused["didUrls"][0]);
    let attest = json!({"issuerDid": body_did, "subjectDid": uni, "schemas": granted, "accreditationName": "university",
        "parentAccreditation": middle, "rootAuthorization": top});
    let leaf = tour.post(&target("attest"), attest).await;
    let leaf = text(&leaf["didUrls"][0]);
    tour.post(&target("attest"), json!({"issuerDid": root})).await;
    let mut ghost = accredit("nobody's", status(1, "revocation"));
    ghost["issuerDid"] = json!(GHOST);
    tour.post(&target("accredit"), ghost).await;
    let verify = "/trust-registry/accreditation/verify?verifyStatus=true";
    tour.post(verify, json!({"subjectDid": uni, "didUrl": leaf, "schemas": granted})).await;
    tour.post(verify, json!({"subjectDid": uni})).await;
    tour.post(
        verify,
        json!({"subjectDid": uni, "didUrl": leaf, "schemas": [{"url": schema, "types": ["MedicalDegree"]}]}),
    )
    .await;
    let nowhere = format!("{GHOST}/resources/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e15");
    tour.post(verify, json!({"subjectDid": uni, "didUrl": nowhere})).await;
    tour.get("/trust-registry/accreditation/list?accreditationType=authorize&page=1&limit=10").await;
    tour.get("/trust-registry/roots").await;
    for body in [json!({"roots": [root]}), json!({})] {
        tour.ask(Method::PUT, "/trust-registry/roots", Some(body), &[]).await;
    }
    tour.get("/trust-registry/accreditation/list").await;
    let change = |verb: &str| format!("/trust-registry/accreditation/{verb}?publish=true");
    for verb in ["suspend", "reinstate"] {
        tour.post(&change(verb), json!({"didUrl": paused})).await;
    }
    for verb in ["revoke", "suspend", "reinstate"] {
        tour.post(&change(verb), json!({"didUrl": middle})).await;
        tour.post(&change(verb), json!({})).await;
        tour.post(&change(verb), json!({"didUrl": nowhere})).await;
    }
}

/// What nothing can come after.
async fn last(tour: &mut Tour, _did: &str) {
    for in_path in [true, false] {
        let did = tour.house.did().await;
        let path = if in_path { format!("/did/deactivate/{did}") } else { "/did/deactivate".to_owned() };
        let body = if in_path { json!({}) } else { json!({"did": did}) };
        tour.post(&path, body.clone()).await;
        tour.post(&path, body).await;
        let ghost = if in_path { format!("/did/deactivate/{GHOST}") } else { "/did/deactivate".to_owned() };
        tour.post(&ghost, json!({"did": GHOST})).await;
        let bad = if in_path { "/did/deactivate/x" } else { "/did/deactivate" };
        tour.post(bad, json!({})).await;
    }
}
