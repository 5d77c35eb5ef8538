//! Every route of the API, called with success at least once, as a newcomer would: from the first key to a revoked
//! accreditation. What was asked and answered becomes the examples of `openapi.json`.

use super::{
    layer::{Asked, DOCUMENT, media_type, schemas},
    names::{Names, SUBJECT},
};
use crate::{
    flow::{client_keys, members},
    house::{Reply, TestHouse},
};
use app::{
    people,
    port::{
        sessions::{Session, SessionId},
        vault::Hashed,
    },
};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rest/examples.json");
/// Answers that are recorded nowhere: the document itself would be in itself.
const UNRECORDED: [&str; 1] = ["GET /openapi.json"];
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
    jobs(&mut tour).await;
    let schema = resources(&mut tour, &did).await;
    status_lists(&mut tour, &did).await;
    credentials(&mut tour, &did, &schema).await;
    api_keys_and_subjects(&mut tour).await;
    people(&mut tour).await;
    accreditations(&mut tour, &did, &schema).await;
    operations(&mut tour, &did).await;
    last(&mut tour, &did).await;
    browser(&mut tour).await;
    let all: BTreeSet<String> = rest::routes()
        .into_iter()
        .chain(rest::sign_in_routes())
        .map(|route| format!("{} {}", route.method, route.path.replace("{*", "{")))
        .filter(|name| !OF_A_PROVIDER.contains(&name.as_str()))
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

/// What succeeds only beside an identity provider (`tests/it/oidc`).
const OF_A_PROVIDER: [&str; 5] = [
    "GET /auth/callback",
    "GET /logto/sign-in-callback",
    "POST /logto/sign-in-callback",
    "POST /auth/backchannel-logout",
    "POST /account/bootstrap",
];

impl Tour {
    /// As a page here asks, in a browser with this cookie.
    async fn browse(&mut self, cookie: &str, method: Method, target: &str, body: Option<Value>) -> Reply {
        let origin = self.house.base.clone();
        self.reply_as(None, method, target, body, &[("cookie", cookie), ("origin", &origin)]).await
    }

    /// What somebody who is let in with this body has from then on.
    async fn let_in(&mut self, target: &str, body: Value) -> (String, Value) {
        let reply = self.browse("", Method::POST, target, Some(body)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let line = reply.headers["set-cookie"].to_str().expect("text");
        (line.split(';').next().unwrap_or_default().to_owned(), reply.body)
    }
}

/// Somebody signs in and out.
async fn browser(tour: &mut Tour) {
    let studio = tour.house.house.studio.clone();
    let (email, password, other) = ("ana@example.org", "correct horse battery", "seven unrelated otters");
    let token = people::make_set_up_link(&studio, tour.house.mallory.customer).await.expect("a link");
    tour.browse("", Method::GET, &format!("/auth/setup?token={}", *token), None).await;
    let body = json!({"token": *token, "email": email, "password": password, "name": "Ana"});
    let (_, ana) = tour.let_in("/auth/setup", body.clone()).await;
    tour.browse("", Method::POST, "/auth/setup", Some(body)).await;
    with_provider(tour, &text(&ana["sessionId"])).await;
    for path in ["/auth/sign-in?returnTo=/swagger", "/auth/sign-up", "/auth/callback"] {
        tour.browse("", Method::GET, path, None).await;
    }
    let wrong = json!({"email": email, "password": other});
    tour.browse("", Method::POST, "/auth/password", Some(wrong)).await;
    let credentials = json!({"email": email, "password": password});
    let (cookie, _) = tour.let_in("/auth/password", credentials.clone()).await;
    let (_, second) = tour.let_in("/auth/password", credentials.clone()).await;
    let (_, third) = tour.let_in("/auth/password", credentials).await;
    for path in ["/auth/user-info", "/auth/account", "/auth/sessions"] {
        for cookie in [cookie.as_str(), ""] {
            tour.browse(cookie, Method::GET, path, None).await;
        }
    }
    let path = format!("/auth/sessions/{}", text(&second["sessionId"]));
    for _ in 0..2 {
        tour.browse(&cookie, Method::DELETE, &path, None).await;
    }
    let end = json!({"id": third["sessionId"]});
    tour.browse(&cookie, Method::POST, "/auth/session/end", Some(end)).await;
    tour.browse(&cookie, Method::DELETE, "/auth/sessions", None).await;
    let own = json!({"customerId": tour.house.mallory.customer});
    tour.browse(&cookie, Method::POST, "/auth/customer", Some(own)).await;
    let change = json!({"currentPassword": password, "newPassword": other});
    tour.browse(&cookie, Method::POST, "/auth/password/change", Some(change.clone())).await;
    tour.browse(&cookie, Method::POST, "/auth/password/change", Some(change)).await;
    tour.browse(&cookie, Method::POST, "/auth/sign-out", Some(json!({"returnTo": "/swagger"}))).await;
    let token = people::make_reset_link(&studio, email).await.expect("a link");
    tour.browse("", Method::GET, &format!("/auth/reset?token={}", *token), None).await;
    tour.let_in("/auth/reset", json!({"token": *token, "password": password})).await;
    let invite = json!({"email": "dan@example.org", "role": "auditor"});
    let token = text(&tour.post("/admin/invitation/create", invite).await["token"]);
    tour.browse("", Method::GET, &format!("/auth/invitation?token={token}"), None).await;
    let dan = json!({"token": token, "email": "dan@example.org", "password": password, "name": "Dan"});
    tour.let_in("/auth/invitation", dan).await;
    for method in [Method::GET, Method::POST] {
        for path in ["sign-in", "sign-up", "sign-in-callback"] {
            tour.browse("", method.clone(), &format!("/logto/{path}"), None).await;
        }
        // Nobody says which page sent the browser.
        tour.ask_as(None, method, "/logto/sign-out", None, &[]).await;
    }
    tour.browse("", Method::POST, "/account/bootstrap", Some(json!({"event": "PostRegister"}))).await;
}

/// A browser that signed in with an identity provider.
async fn with_provider(tour: &mut Tour, session: &str) {
    let studio = tour.house.house.studio.clone();
    let session = SessionId(session.parse().expect("a UUID"));
    let session = studio.sign_in.sessions.get(session).await.expect("sessions").expect("a session");
    let place = people::place_of(session.user);
    let id_token = studio.vault.seal(place, people::USER_SUBJECT, b"eyJhbGciOiJFUzM4NCJ9.e30.c2ln").await;
    let id = SessionId(uuid::Uuid::from_u128(0x0a1d));
    let session = Session { id, id_token: Some(id_token.expect("sealed")), ..session };
    let hash = studio.hashes.keyed_hash(Hashed::Session, "a-secret-of-the-tour");
    studio.sign_in.sessions.open(&session, &hash).await.expect("a session");
    let cookie = [("cookie", "studio-session=a-secret-of-the-tour")];
    tour.ask_as(None, Method::GET, "/account/idtoken", None, &cookie).await;
}

async fn keys(tour: &mut Tour) -> String {
    let made = tour.post("/key/create?type=Ed25519", json!({"alias": "signing"})).await;
    let kid = text(&made["kid"]);
    tour.get(&format!("/key/read/{kid}")).await;
    tour.get("/key/read/zz").await;
    tour.get(&format!("/key/read/{}", "5b".repeat(32))).await;
    tour.post("/key/create?type=RSA", json!({})).await;
    tour.ask(Method::POST, "/key/create", Some(json!({})), &[("content-type", "image/png")]).await;
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    tour.post("/key/import", json!({"type": "Ed25519", "privateKeyHex": seed, "encrypted": false})).await;
    tour.post("/key/import", json!({"privateKeyHex": "not hexadecimal"})).await;
    let once = [("idempotency-key", "order-17")];
    for alias in ["first", "second"] {
        tour.ask(Method::POST, "/key/create", Some(json!({"alias": alias})), &once).await;
    }
    kid
}

const METHOD: &str = "Ed25519VerificationKey2020";

async fn dids(tour: &mut Tour, kid: &str) -> String {
    let service = json!([{"idFragment": "website", "type": "LinkedDomains", "serviceEndpoint": ["https://issuer.example"]}]);
    let created = tour
        .post(
            "/did/create",
            json!({"network": "testnet", "identifierFormatType": "uuid", "verificationMethodType": METHOD, "key": kid,
                "service": service}),
        )
        .await;
    let did = text(&created["did"]);
    let plain = json!({"network": "testnet", "verificationMethodType": METHOD});
    tour.ask(Method::POST, "/did/create", Some(plain.clone()), &[ASYNC]).await;
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
    tour.post("/did/update", json!({"did": GHOST, "service": []})).await;
    tour.get("/did/list?network=testnet&page=1&limit=10").await;
    tour.get("/did/list?metadata=true").await;
    tour.get(&format!("/did/list?did={did}")).await;
    tour.get(&format!("/did/list?did={GHOST}")).await;
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

/// A DID whose key only the caller has.
async fn jobs(tour: &mut Tour) {
    let did = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e40";
    let body = json!({"mode": "client", "didDocument": client_keys::document(did, &[9])});
    let opened = tour.post("/did/create", body).await;
    let job = text(&opened["jobId"]);
    tour.get("/jobs?phase=open").await;
    tour.get("/jobs?limit=0").await;
    tour.get(&format!("/jobs/{job}")).await;
    tour.get("/jobs/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17").await;
    let signatures = format!("/jobs/{job}/signatures");
    tour.post(&signatures, json!({"signingResponse": {"signingRequest1": {"signature": "c2ln"}}})).await;
    let response = client_keys::response(&opened, &[9]);
    tour.post(&signatures, response.clone()).await;
    tour.post(&signatures, json!({})).await;
    // Another key: the old one and the new one sign, one after the other.
    let method = client_keys::document(did, &[8])["verificationMethod"].clone();
    let rotation = json!({"mode": "client", "did": did, "verificationMethod": method, "authentication": [format!("{did}#key-8")]});
    let opened = tour.post("/did/update", rotation).await;
    let signatures = format!("/jobs/{}/signatures", text(&opened["jobId"]));
    tour.post(&format!("{signatures}?dryRun=true"), json!({})).await;
    tour.post(&signatures, client_keys::response(&opened, &[8])).await;
    tour.post("/jobs/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17/signatures", response).await;
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
    let page = tour.get(&format!("/credentials/issued?issuerId={did}&page=1&limit=10")).await;
    tour.get("/credentials/issued?limit=0").await;
    let id = text(&page["credentials"][0]["issuedCredentialId"]);
    tour.get(&format!("/credentials/issued/{id}?includeCredential=true")).await;
    tour.get("/credentials/issued/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e13").await;
}

async fn people(tour: &mut Tour) {
    tour.post("/account/create", json!({"primaryEmail": "ana@example.org", "name": "Ana"})).await;
    tour.post("/account/create", json!({"name": "Ana"})).await;
    tour.get("/account/analytics?network=testnet").await;
    tour.get("/account/analytics?network=moon").await;
    tour.get("/admin/organisation/get").await;
    let about = json!({"name": "Example Ltd", "email": "office@example.org", "description": "Diplomas."});
    tour.post("/admin/organisation/update", about).await;
    tour.post("/admin/organisation/update", json!({"email": "office"})).await;
    let scopes = json!(["issue:credential:testnet", "list:credential:testnet"]);
    tour.post("/admin/role/define", json!({"name": "registrar", "scopes": scopes})).await;
    tour.post("/admin/role/define", json!({"name": "owner", "scopes": scopes})).await;
    tour.post("/admin/role/define", json!({"name": "registrar", "scopes": ["no:such"]})).await;
    tour.get("/admin/role/list").await;
    let invite = json!({"email": "bob@example.org", "role": "auditor"});
    let invited = tour.post("/admin/invitation/create", invite.clone()).await;
    let bob = members::join(&tour.house, &text(&invited["token"]), "bob@example.org").await;
    tour.post("/admin/invitation/create", invite).await;
    tour.post("/admin/invitation/create", json!({"email": "bob", "role": "issuer"})).await;
    tour.post("/admin/invitation/create", json!({"email": "carol@example.org", "role": "unheard-of"})).await;
    let carol = json!({"email": "carol@example.org", "role": "auditor"});
    let carol = text(&tour.post("/admin/invitation/create", carol).await["invitationId"]);
    let accepted = json!({"invitationId": invited["invitationId"]});
    tour.post("/admin/invitation/revoke", json!({"invitationId": carol})).await;
    tour.post("/admin/invitation/revoke", accepted).await;
    tour.post("/admin/invitation/revoke", json!({})).await;
    let nobody = "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17";
    tour.post("/admin/invitation/revoke", json!({"invitationId": nobody})).await;
    tour.get("/admin/invitation/list?page=1&limit=10").await;
    tour.get("/admin/invitation/list?limit=0").await;
    tour.get("/admin/member/list?page=1&limit=10").await;
    tour.get("/admin/member/list?limit=0").await;
    // A role that somebody has.
    let registrar = json!({"userId": bob, "role": "registrar"});
    tour.house.post("/admin/member/update", registrar).await.expect(200);
    tour.post("/admin/role/remove", json!({"name": "registrar"})).await;
    tour.post("/admin/member/update", json!({"userId": bob, "role": "owner"})).await;
    for verb in ["suspend", "remove"] {
        tour.post(&format!("/admin/member/{verb}"), json!({"userId": bob})).await;
    }
    let last = members::member(&tour.house, "dave@example.org", "owner").await;
    tour.post("/admin/member/update", json!({"userId": bob, "role": "auditor"})).await;
    for verb in ["suspend", "reinstate", "remove", "suspend", "reinstate", "remove"] {
        tour.post(&format!("/admin/member/{verb}"), json!({"userId": bob})).await;
    }
    tour.post("/admin/member/update", json!({"userId": bob, "role": "issuer"})).await;
    for verb in ["update", "suspend", "reinstate", "remove"] {
        tour.post(&format!("/admin/member/{verb}"), json!({})).await;
    }
    tour.post("/admin/member/remove", json!({"userId": last})).await;
    tour.post("/admin/role/remove", json!({"name": "registrar"})).await;
    tour.post("/admin/role/remove", json!({"name": "registrar"})).await;
    tour.post("/admin/role/remove", json!({})).await;
}

async fn api_keys_and_subjects(tour: &mut Tour) {
    let made = tour
        .post("/admin/api-key/create", json!({"name": "backend", "expiresAt": "2130-01-01T00:00:00Z"}))
        .await;
    tour.post("/admin/api-key/create", json!({"name": ""})).await;
    let old = text(&made["id"]);
    tour.get(&format!("/admin/api-key/get?apiKey={old}")).await;
    tour.post("/admin/api-key/update", json!({"apiKey": old, "name": "backend, old"})).await;
    let rotated = tour.post("/admin/api-key/rotate", json!({"apiKey": old, "overlapSeconds": 3600})).await;
    let new = text(&rotated["id"]);
    let revoke = "/admin/api-key/revoke";
    tour.ask(Method::DELETE, revoke, Some(json!({"apiKey": old})), &[]).await;
    tour.post(revoke, json!({"apiKey": new})).await;
    tour.post("/admin/api-key/rotate", json!({"apiKey": new})).await;
    tour.post("/admin/api-key/update", json!({"apiKey": new, "name": "again"})).await;
    let nobody = json!({"apiKey": "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e16"});
    for verb in ["update", "rotate", "revoke"] {
        tour.post(&format!("/admin/api-key/{verb}"), nobody.clone()).await;
        tour.post(&format!("/admin/api-key/{verb}"), json!({})).await;
    }
    tour.ask(Method::DELETE, revoke, Some(nobody), &[]).await;
    tour.ask(Method::DELETE, revoke, Some(json!({})), &[]).await;
    tour.get("/admin/api-key/get?apiKey=0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e16").await;
    tour.get("/admin/api-key/list?page=1&limit=10").await;
    tour.get("/admin/api-key/list?limit=0").await;
    let nobody = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";
    for subject in [SUBJECT, nobody, "bob"] {
        tour.post("/subject/erase", json!({"subjectDid": subject})).await;
    }
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

async fn operations(tour: &mut Tour, did: &str) {
    tour.get("/operations?limit=1").await;
    tour.get("/operations?state=waiting").await;
    tour.get("/event/list?category=credential&page=1&limit=2").await;
    tour.get("/event/list?category=nothing").await;
    let note = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "6e6f7465"});
    tour.house.node.go_away();
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let path = format!("/resource/create/{did}");
        let operation = tour.ask(Method::POST, &path, Some(note.clone()), &[ASYNC]).await;
        waiting.push(text(&operation["operationId"]));
    }
    tour.get(&format!("/operations/{}", waiting[0])).await;
    tour.get("/operations/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14").await;
    tour.get("/operations/x").await;
    tour.post(&format!("/operations/{}/retry", waiting[0]), json!({})).await;
    tour.post(&format!("/operations/{}/skip", waiting[1]), json!({})).await;
    let dead = "update outbox.ops set state = 'dead', attempts = 10, code = 'ledger/out-of-gas' where operation = $1::uuid";
    sqlx::query(dead).bind(&waiting[1]).execute(&tour.house.house.pool).await.expect("dead");
    tour.post(&format!("/operations/{}/skip", waiting[1]), json!({})).await;
    tour.post(&format!("/operations/{}/cancel", waiting[2]), json!({})).await;
    tour.post(&format!("/operations/{}/cancel", waiting[2]), json!({})).await;
    tour.post(&format!("/operations/{}/retry", waiting[2]), json!({})).await;
    for verb in ["retry", "skip", "cancel"] {
        tour.post(&format!("/operations/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14/{verb}"), json!({})).await;
        tour.post(&format!("/operations/x/{verb}"), json!({})).await;
    }
    tour.house.node.recover();
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

#[test]
fn doors_16_every_body_and_success_has_an_example_that_fits() {
    let mut wrong = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let name = format!("{} {path}", method.to_uppercase());
            let body = operation["requestBody"]["content"].as_object().into_iter().flatten();
            for (kind, content) in body {
                wrong.extend(misfit(content, &format!("{name}: its {kind} body")));
            }
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let content = &response["content"]["application/json"];
                let is_shown = status.starts_with('2') && !UNRECORDED.contains(&name.as_str());
                if is_shown && !content.is_null() || !content["example"].is_null() {
                    wrong.extend(misfit(content, &format!("{name}: its answer {status}")));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nrecord the examples anew: STUDIO_WRITE_CONTRACTS=1 cargo test -p studio --test it contract::, then \
         STUDIO_WRITE_CONTRACTS=1 cargo test -p studio-rest committed",
        wrong.join("\n")
    );
}

/// Doors 16, its neighbours: what must be named in an address, what a refusal looks like, and a form beside its JSON.
#[test]
fn doors_16_parameters_refusals_and_forms_have_real_examples() {
    let mut wrong = Vec::new();
    let (mut parameters, mut refusals, mut forms, explained) = (0, 0, 0, explained());
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let name = format!("{} {path}", method.to_uppercase());
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let what = format!("{name}: its {}", parameter["name"]);
                if parameter["required"] == true || !parameter["example"].is_null() {
                    let schema = &parameter["schema"];
                    let told =
                        json!({"schema": schema, "example": of_address(schema, &parameter["example"])});
                    wrong.extend(misfit(&told, &what));
                    parameters += 1;
                }
            }
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let example = &response["content"]["application/json"]["example"];
                if !status.starts_with('4') || example["code"].is_null() {
                    continue;
                }
                let code = example["code"].as_str().expect("a text");
                let told = (example["status"].to_string(), explained.contains_key(code));
                if told != (status.clone(), true) {
                    wrong.push(format!("{name}: its {status} is {} {code}", told.0));
                }
                refusals += 1;
            }
            let content = &operation["requestBody"]["content"];
            let (json, form) = (&content["application/json"], &content["application/x-www-form-urlencoded"]);
            if !json.is_null() && !form.is_null() {
                forms += 1;
                let names = |example: &Value| -> BTreeSet<String> {
                    example.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
                };
                if names(&json["example"]) != names(&form["example"]) {
                    wrong.push(format!("{name}: its form shows other members than its JSON"));
                }
            }
        }
    }
    // What tools put in where nothing is shown.
    let mut examples = Vec::new();
    shown(&DOCUMENT["paths"], &mut examples);
    assert!(examples.len() > 150, "{} examples", examples.len());
    for example in examples {
        // (A schema that is published as a resource says it of its own members.)
        if example.to_string().replace("\"type\":\"string\"", "").contains("\"string\"") {
            wrong.push(format!("no real example: {example}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(parameters > 50 && refusals > 80 && forms > 25, "{parameters} {refusals} {forms}");
}

/// What stands for this text of an address: there are no other values there.
fn of_address(schema: &Value, example: &Value) -> Value {
    match (schema["type"].as_str(), example.as_str()) {
        (Some("array"), Some(text)) => text.split(',').collect(),
        (Some("integer" | "boolean"), Some(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        _ => example.clone(),
    }
}

/// What the pages of docs/errors say of the status of each code.
fn explained() -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors");
    let pages = std::fs::read_dir(folder).expect("pages").flatten();
    let texts = pages.filter_map(|page| std::fs::read_to_string(page.path()).ok());
    let of_page = |text: String| {
        let sections = text.split("\n## `").skip(1).map(str::to_owned).collect::<Vec<_>>();
        sections.into_iter().filter_map(|section| {
            let (code, rest) = section.split_once('`')?;
            let status = rest.lines().find_map(|line| line.strip_prefix("**Status:** "))?;
            Some((code.to_owned(), status.trim().to_owned()))
        })
    };
    texts.flat_map(of_page).collect()
}

/// Doors 18, its neighbours: the pages of errors tell the status that is really answered.
#[test]
fn doors_18_the_pages_of_errors_tell_the_status_that_is_answered() {
    let (explained, mut wrong, mut codes) = (explained(), Vec::new(), BTreeSet::new());
    let operations = DOCUMENT["paths"].as_object().expect("paths").values();
    for operation in operations.flat_map(|item| item.as_object().expect("methods").values()) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let example = &response["content"]["application/json"]["example"];
            // (The last outcome of an operation has a code too, and no status.)
            let Some(code) = example["code"].as_str().filter(|_| example["status"].is_number()) else {
                continue;
            };
            codes.insert(code);
            if !explained.get(code).is_some_and(|told| told.contains(status)) {
                wrong.push(format!(
                    "{code} is answered {status}, and its page says {:?}",
                    explained.get(code)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(codes.len() > 20, "{codes:?}");
}

/// Every example in a part of the document.
fn shown<'a>(part: &'a Value, examples: &mut Vec<&'a Value>) {
    match part {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "example" { examples.push(value) } else { shown(value, examples) }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| shown(item, examples)),
        _ => {}
    }
}

fn misfit(content: &Value, what: &str) -> Vec<String> {
    let example = &content["example"];
    if example.is_null() {
        return vec![format!("{what} has no example")];
    }
    let wrong = schemas().complaints(&content["schema"], example);
    wrong.into_iter().map(|why| format!("{what}: {why}")).collect()
}
