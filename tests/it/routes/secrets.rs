//! The real binary at `LOG_LEVEL=trace`, a first day of work, and then a search: no secret in what it logged, stored or
//! answered.

use crate::{
    graphql::wire::Socket,
    house::{Reply, Tenant, penniless},
    node::{FAUCET, Node},
    patience::{self, ended},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs::File,
    net::TcpListener,
    process::{Child, Command},
    time::{Duration, Instant},
};
use store::testing::TestDatabase;
use studio::{
    Config, House,
    background::{self, Roles},
    tenant,
};
use tokio_util::sync::CancellationToken;
use vault::MasterKey;

const MASTER: &str = "3c9b1f5a7d9e0f2143658709badcfe10a1b2c3d4e5f60718293a4b5c6d7e8f17";
const CLAIM: &str = "Bob-Secret-Claim";
const NAME: &str = "Alice-Secret-Name";
/// When the test gives up; no assertion depends on how long it takes.
const PATIENCE: Duration = Duration::from_mins(2);
/// Longest run of hex digits that is looked through; what is longer is a document or a ciphertext.
const RUN_CHARS_MAX: usize = 4096;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Calls the binary and remembers every answer.
struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
    answers: Vec<(String, String)>,
}

impl Client {
    async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !headers.iter().any(|(name, _)| *name == "x-api-key") {
            request = request.header("x-api-key", &self.key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        self.answers.push((path.to_owned(), format!("{headers:?}\n{text}")));
        Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    async fn get(&mut self, path: &str) -> Reply {
        self.call(Method::GET, path, None, &[]).await
    }
}

/// The customer is made by this process, as an operator does it, before the binary starts.
async fn customer(database: &TestDatabase, node: &Node) -> Tenant {
    let env = [("TESTNET_RPC_URL".to_owned(), node.url())];
    let config = Config::from_map(&env.into_iter().collect()).expect("valid configuration");
    let house = House::open(config, database.pool.clone(), MasterKey::parse(MASTER).expect("a key"))
        .await
        .expect("opens");
    let stop = CancellationToken::new();
    let mut parts =
        background::start(&house, Roles { followers: true, workers: 0 }, &stop).await.expect("parts start");
    let alice = penniless(&house, NAME).await;
    tenant::fund(&house, &FAUCET, alice.customer).await.expect("funds");
    stop.cancel();
    ended(&mut parts).await;
    alice
}

fn start(database: &TestDatabase, node: &Node, log: &File) -> (Running, String) {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let child = Command::new(env!("CARGO_BIN_EXE_studio"))
        .arg("serve")
        .env("EXTERNAL_DB_CONNECTION_URL", database.url())
        .env("TESTNET_RPC_URL", node.url())
        .env("STUDIO_MASTER_KEY", MASTER)
        .env("PORT", port.to_string())
        .env("LOG_LEVEL", "trace")
        .stdout(log.try_clone().expect("a handle"))
        .stderr(log.try_clone().expect("a handle"))
        .spawn()
        .expect("the binary starts");
    (Running(child), format!("http://127.0.0.1:{port}"))
}

async fn ready(http: &reqwest::Client, base: &str) {
    let started = Instant::now();
    loop {
        let answer = http.get(format!("{base}/health/ready")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "the binary does not become ready");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What must not be found.
struct Secrets {
    key: String,
    /// API keys that were made by requests, and whose secrets were sent back in others; and tokens of invitations.
    made_keys: Vec<String>,
    /// What nobody is ever told, whoever asks: the master key, and private keys that were brought along.
    never: Vec<String>,
    /// Part of the signed credential: its claims, encoded.
    payload: String,
    /// Public keys whose private halves the vault has: Ed25519 in hex, and the payer's address.
    public: BTreeSet<String>,
    payer: String,
}

async fn first_day(client: &mut Client, payer: String) -> Secrets {
    let kid =
        client.post("/key/create", json!({})).await.expect(200)["kid"].as_str().expect("a key").to_owned();
    let options = json!({"verificationMethodType": "Ed25519VerificationKey2020", "key": kid});
    let create = json!({"network": "testnet", "options": options});
    let did = client.post("/did/create", create).await.expect(200)["did"].as_str().expect("a DID").to_owned();
    let resource = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "31"});
    client.post(&format!("/resource/create/{did}"), resource).await.expect(201);
    let list = json!({"did": did, "statusListName": "list"});
    let path = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    client.post(path, list).await.expect(200);
    let subject = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
    let body = json!({"issuerDid": did, "subjectDid": subject, "attributes": {"name": CLAIM},
        "credentialStatus": {"statusListName": "list", "statusListType": "BitstringStatusList"}});
    let keyed = [("idempotency-key", "issue-1")];
    let issued = client.call(Method::POST, "/credential/issue", Some(body.clone()), &keyed).await.expect(200);
    client.call(Method::POST, "/credential/issue", Some(body), &keyed).await.expect(200);
    let jwt = issued["proof"]["jwt"].as_str().expect("a JWT").to_owned();
    let verdict =
        client.post("/credential/verify?verifyStatus=true", json!({"credential": issued})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    client.get(&format!("/credentials/issued?issuerId={did}")).await.expect(200);
    let revoke = "/credential/revoke?listType=BitstringStatusList";
    client.post(revoke, json!({"credential": jwt, "reason": "a lost card"})).await.expect(200);
    for path in [
        "/account",
        "/operations",
        "/event/list",
        "/did/list?metadata=true",
        "/resource/list",
        "/credential-status/list",
    ] {
        client.get(path).await.expect(200);
    }
    refusals(client, &did, &jwt).await;
    let mut made_keys = api_keys(client).await;
    made_keys.extend(invitations(client).await);
    let payload = jwt.split('.').nth(1).expect("a payload").to_owned();
    let second = client.post("/key/create", json!({})).await.expect(200);
    let mut public = BTreeSet::from([kid, second["kid"].as_str().expect("a key").to_owned()]);
    let mut never = vec![MASTER.to_owned()];
    let (imported, brought) = imports(client).await;
    public.insert(imported);
    never.extend(brought);
    Secrets { key: client.key.clone(), made_keys, never, payload, public, payer }
}

/// Private keys at both doors, taken, repeated and refused; and the public half of the first.
async fn imports(client: &mut Client) -> (String, [String; 2]) {
    let brought = ["a1b2c3d4e5f60718".repeat(4), "5d6c7b8a9f0e1d2c".repeat(4)];
    let [first, second] = &brought;
    for _ in 0..2 {
        let body = json!({"privateKeyHex": first, "alias": NAME});
        client.call(Method::POST, "/key/import", Some(body), &[("idempotency-key", "i")]).await.expect(200);
    }
    for wrong in [format!("{first}0"), format!("{first}{first}"), format!("{second}xx")] {
        client.post("/key/import", json!({"privateKeyHex": wrong})).await.expect(400);
    }
    let did = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
    for hex in [first, second] {
        let body =
            json!({"did": did, "keys": [{"privateKeyHex": hex}, {"privateKeyHex": format!("{hex}0")}]});
        client.post("/did/import", body).await.expect(400);
        client.post("/did/import", json!({"did": did, "keys": [{"privateKeyHex": hex}]})).await.expect(400);
        let input = format!("did: \"{did}\", keys: [{{privateKeyHex: \"{hex}\"}}]");
        let query =
            format!("mutation {{ importDid(input: {{{input}}}) {{ userErrors {{ code message }} }} }}");
        client.post("/graphql", json!({"query": query})).await;
    }
    for (hex, ask) in [(second, "key { kid }"), (second, "key { kid }"), (second, "nope"), (second, "((")] {
        let input = format!("privateKeyHex: \"{hex}\", algorithm: SECP256K1, idempotencyKey: \"k\"");
        let query = format!("mutation {{ importKey(input: {{{input}}}) {{ {ask} }} }}");
        client.post("/graphql", json!({"query": query})).await;
    }
    let seed = hex::decode(first).expect("hex").try_into().expect("32 bytes");
    (hex::encode(SigningKey::from_bytes(&seed).verifying_key().to_bytes()), brought)
}

/// Keys at every door, with repeats that must not be told a secret again.
async fn api_keys(client: &mut Client) -> Vec<String> {
    let keyed = [("idempotency-key", "key-1")];
    let (path, body) = ("/admin/api-key/create", json!({"name": "ci"}));
    let made = client.call(Method::POST, path, Some(body.clone()), &keyed).await.expect(201);
    let first = made["apiKey"].as_str().expect("a secret").to_owned();
    let again = client.call(Method::POST, path, Some(body), &keyed).await.expect(201);
    assert_eq!((&again["id"], again["apiKey"] == first.as_str()), (&made["id"], false), "{again}");
    let rotated = client.post("/admin/api-key/rotate", json!({"apiKey": first})).await.expect(201);
    let second = rotated["apiKey"].as_str().expect("a secret").to_owned();
    let query = "mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret apiKey { apiKeyId } replayed } }";
    let ask = json!({"query": query, "variables": {"i": {"name": "ci", "idempotencyKey": "key-2"}}});
    let made = client.post("/graphql", ask.clone()).await.expect(200)["data"]["createApiKey"].clone();
    let third = made["secret"].as_str().expect("a secret").to_owned();
    let again = client.post("/graphql", ask).await.expect(200)["data"]["createApiKey"].clone();
    assert_eq!((&again["secret"], &again["replayed"]), (&Value::Null, &json!(true)), "{again}");
    assert_eq!(again["apiKey"], made["apiKey"]);
    let query = "mutation($i: RevokeApiKeyInput!) { revokeApiKey(input: $i) { userErrors { code } } }";
    client.post("/graphql", json!({"query": query, "variables": {"i": {"apiKey": third}}})).await.expect(200);
    client
        .call(Method::DELETE, "/admin/api-key/revoke", Some(json!({"apiKey": second})), &[])
        .await
        .expect(200);
    client.get(&format!("/admin/api-key/get?apiKey={second}")).await.expect(200);
    client.get("/admin/api-key/list").await.expect(200);
    // At the door that talks in messages, too.
    let mut socket = Socket::at(&client.base, &client.key).await;
    socket.subscribe("1", "mutation { createApiKey(input: {name: \"socket\"}) { secret } }", json!({})).await;
    let told = socket.answer("1").await.expect("an answer");
    let fourth = told["createApiKey"]["secret"].as_str().expect("a secret").to_owned();
    vec![first, second, third, fourth]
}

/// Invitations at both doors, with repeats that must not be told a token again.
async fn invitations(client: &mut Client) -> Vec<String> {
    let keyed = [("idempotency-key", "invite-1")];
    let (path, body) = ("/admin/invitation/create", json!({"email": "ann@example.org", "role": "issuer"}));
    let made = client.call(Method::POST, path, Some(body.clone()), &keyed).await.expect(201);
    let first = made["token"].as_str().expect("a token").to_owned();
    let again = client.call(Method::POST, path, Some(body), &keyed).await.expect(201);
    assert_eq!((&again["invitationId"], &again["token"]), (&made["invitationId"], &Value::Null), "{again}");
    let query = "mutation($i: InviteMemberInput!) { inviteMember(input: $i) { token replayed } }";
    let input = json!({"email": "ben@example.org", "role": "issuer", "idempotencyKey": "invite-2"});
    let ask = json!({"query": query, "variables": {"i": input}});
    let made = client.post("/graphql", ask.clone()).await.expect(200)["data"]["inviteMember"].clone();
    let second = made["token"].as_str().expect("a token").to_owned();
    let again = client.post("/graphql", ask).await.expect(200)["data"]["inviteMember"].clone();
    assert_eq!(again, json!({"token": null, "replayed": true}));
    client.get("/admin/invitation/list").await.expect(200);
    vec![first, second]
}

/// Requests that fail while they carry secrets.
async fn refusals(client: &mut Client, did: &str, jwt: &str) {
    let wrong = format!("{}x", client.key);
    for (name, value) in [("x-api-key", wrong.as_str()), ("authorization", "Bearer Bob-Secret-Claim")] {
        client.call(Method::GET, "/account", None, &[(name, value), ("cookie", CLAIM)]).await;
    }
    let body = json!({"issuerDid": did, "subjectDid": CLAIM, "attributes": CLAIM, "expirationDate": 7});
    client.post("/credential/issue", body).await.expect(400);
    client.get(&format!("/credentials/issued?subjectId={CLAIM}")).await.expect(200);
    client.get(&format!("/operations?after={CLAIM}")).await.expect(400);
    client.get(&format!("/key/read/{CLAIM}")).await.expect(400);
    client.get(&format!("/{CLAIM}")).await.expect(404);
    client
        .post("/credential/reinstate?listType=BitstringStatusList", json!({"credential": jwt}))
        .await
        .expect(409);
    let broken =
        client.http.post(format!("{}/credential/issue", client.base)).header("x-api-key", &client.key);
    let broken = broken
        .header("content-type", "application/json")
        .body(format!("{{\"attributes\": {{\"name\": \"{CLAIM}\" ]"));
    let answer = broken.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 400);
    client.answers.push(("a malformed body".to_owned(), answer.text().await.expect("a body")));
}

/// Every row of every table, as text, and bytes both as hex and as they are.
async fn dump(database: &TestDatabase) -> Vec<(String, String)> {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select table_schema::text, table_name::text from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&database.pool)
    .await
    .expect("tables");
    let mut all = Vec::new();
    for (schema, table) in tables {
        let rows: Vec<String> =
            sqlx::query_scalar(&format!(r#"select row_to_json(t)::text from "{schema}"."{table}" t"#))
                .fetch_all(&database.pool)
                .await
                .expect("rows");
        all.push((format!("{schema}.{table}"), rows.join("\n")));
    }
    assert!(
        all.iter().any(|(_, rows)| rows.contains("CredentialIssued") || rows.contains("credential-issued")),
        "events were read"
    );
    all
}

/// The ways a text may be written down.
fn spellings(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned(), hex::encode(text)];
    // Base64 of a text inside a longer one, at each of the three offsets, without the edges that its neighbours decide.
    for offset in 0..3 {
        let padded = [vec![0; offset], text.as_bytes().to_vec()].concat();
        let encoded = STANDARD_NO_PAD.encode(&padded);
        let from = if offset == 0 { 0 } else { offset + 1 };
        all.push(encoded.get(from..encoded.len() - 2).unwrap_or_default().to_owned());
    }
    all
}

#[track_caller]
fn assert_absent(place: &str, haystack: &str, what: &str, secret: &str) {
    for spelling in spellings(secret) {
        if let Some(at) = haystack.find(&spelling) {
            let from = haystack.floor_char_boundary(at.saturating_sub(200));
            let to = haystack.floor_char_boundary((at + 200).min(haystack.len()));
            panic!("{place} tells {what}: …{}…", &haystack[from..to]);
        }
    }
}

/// Runs of characters of one encoding that could hold 32 bytes.
fn runs<'a>(text: &'a str, is_digit: impl Fn(char) -> bool + 'a) -> impl Iterator<Item = &'a str> {
    text.split(move |c| !is_digit(c)).filter(|run| (43..=RUN_CHARS_MAX).contains(&run.len()))
}

/// No 32 bytes written anywhere are the private half of one of our keys: each candidate is tried as a key.
fn assert_no_private_key(place: &str, haystack: &str, secrets: &Secrets) -> usize {
    let mut candidates: BTreeSet<[u8; 32]> = BTreeSet::new();
    for run in runs(haystack, |c| c.is_ascii_hexdigit()) {
        for window in run.as_bytes().windows(64) {
            let text = std::str::from_utf8(window).unwrap_or_default();
            candidates.extend(hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()));
        }
    }
    for run in
        runs(haystack, |c| c.is_ascii_alphanumeric() || "+/-_".contains(c)).filter(|run| run.len() <= 88)
    {
        let decoded = URL_SAFE_NO_PAD.decode(run).or_else(|_| STANDARD_NO_PAD.decode(run));
        let bytes = decoded.unwrap_or_default();
        candidates.extend(bytes.windows(32).filter_map(|window| <[u8; 32]>::try_from(window).ok()));
    }
    for candidate in &candidates {
        let public = hex::encode(SigningKey::from_bytes(candidate).verifying_key().to_bytes());
        assert!(!secrets.public.contains(&public), "{place} tells the private key of {public}");
        if let Ok(key) = k256::ecdsa::SigningKey::from_slice(candidate) {
            let public = key.verifying_key().to_encoded_point(true);
            let address = vault::payer_address(public.as_bytes()).unwrap_or_default();
            assert_ne!(address, secrets.payer, "{place} tells the private key of the payer");
        }
    }
    candidates.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_stored_or_answered() {
    let database = TestDatabase::create().await;
    let node = Node::start().await;
    let alice = customer(&database, &node).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("log");
    let log = File::create(&path).expect("a log file");
    let (running, base) = start(&database, &node, &log);
    let http = patience::client().redirect(reqwest::redirect::Policy::none()).build().expect("client");
    ready(&http, &base).await;
    let mut client = Client { http, base, key: alice.key.clone(), answers: Vec::new() };
    let secrets = first_day(&mut client, alice.payer.clone()).await;
    drop(running);

    let written = String::from_utf8_lossy(&std::fs::read(&path).expect("the log")).into_owned();
    assert!(
        written.contains("TRACE") && written.contains("/credential/issue"),
        "the log was captured at its loudest"
    );
    let tables = dump(&database).await;
    let mut tried = 0;
    for (place, text) in std::iter::once(("the log", written.as_str()))
        .chain(tables.iter().map(|(name, rows)| (name.as_str(), rows.as_str())))
    {
        assert_absent(place, text, "an API key", &secrets.key);
        for made in &secrets.made_keys {
            assert_absent(place, text, "an API key made by a request", made);
        }
        for never in &secrets.never {
            assert_absent(place, text, "what nobody is told", never);
        }
        assert_absent(place, text, "a claim", CLAIM);
        assert_absent(place, text, "the customer's name", NAME);
        assert!(!text.contains(&secrets.payload), "{place} tells a signed credential");
        if !place.starts_with("vault.") {
            tried += assert_no_private_key(place, text, &secrets);
        }
    }
    assert!(tried > 0, "there was something to try");
    for (path, text) in &client.answers {
        assert_absent(path, text, "an API key", &secrets.key);
        for never in &secrets.never {
            assert_absent(path, text, "what nobody is told", never);
        }
        assert_no_private_key(path, text, &secrets);
    }
    // The test can find what it looks for.
    let planted = format!("x {} y", hex::encode(SigningKey::from_bytes(&[9; 32]).to_bytes()));
    let public = [hex::encode(SigningKey::from_bytes(&[9; 32]).verifying_key().to_bytes())].into();
    let mine = Secrets {
        public,
        payer: String::new(),
        key: String::new(),
        made_keys: Vec::new(),
        never: Vec::new(),
        payload: String::new(),
    };
    let found = std::panic::catch_unwind(|| assert_no_private_key("a planted text", &planted, &mine));
    assert!(found.is_err(), "a planted key is found");
    let longer = STANDARD_NO_PAD.encode(format!("[{CLAIM}]"));
    assert!(
        spellings(CLAIM).iter().any(|spelling| longer.contains(spelling)),
        "a claim is found inside base64"
    );
}
