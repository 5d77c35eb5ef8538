//! Keys that only their owner has: everything about a DID by jobs, at both doors, against a ledger that checks the signatures.

use crate::house::{Reply, TestHouse};
use base64::{Engine, engine::general_purpose::STANDARD};
use credentials::{
    did_document::{VerificationMethodType, verification_method},
    key::PublicKey,
};
use ed25519_dalek::{Signer, SigningKey};
use reqwest::Method;
use serde_json::{Map, Value, json};

const DID: &str = "did:cheqd:testnet:5f3a1c90-7c1b-4f0e-9a53-5a1d4c0a7e01";
/// A key with bytes that stand nowhere by chance.
pub const SEED: u8 = 0xa7;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// `#key-<seed>` of a DID.
fn method(did: &str, seed: u8) -> Value {
    let public = PublicKey::Ed25519(*key(seed).verifying_key().as_bytes());
    verification_method(
        did,
        &format!("key-{seed}"),
        VerificationMethodType::Ed25519VerificationKey2020,
        &public,
    )
}

/// A document whose keys are made from these numbers.
pub fn document(did: &str, seeds: &[u8]) -> Value {
    let methods: Vec<Value> = seeds.iter().map(|seed| method(did, *seed)).collect();
    json!({"id": did, "verificationMethod": methods})
}

/// What the keys say to whatever of a job's requests are theirs.
pub fn response(job: &Value, seeds: &[u8]) -> Value {
    let mut response = Map::new();
    for (name, request) in job["didState"]["signingRequest"].as_object().expect("requests") {
        let kid = request["kid"].as_str().expect("a kid");
        let Some(seed) = seeds.iter().find(|seed| kid.ends_with(&format!("#key-{seed}"))) else { continue };
        let payload = STANDARD.decode(request["serializedPayload"].as_str().expect("bytes")).expect("base64");
        let signature = STANDARD.encode(key(*seed).sign(&payload).to_bytes());
        response.insert(name.clone(), json!({"kid": kid, "alg": "EdDSA", "signature": signature}));
    }
    json!({"signingResponse": response})
}

pub async fn opened(house: &TestHouse, path: &str, mut body: Value) -> Value {
    body["mode"] = json!("client");
    let job = house.post(path, body).await.expect(202);
    assert_eq!(job["didState"]["state"], "action", "{job}");
    assert_eq!(job["didState"]["action"], "signPayload", "{job}");
    job
}

pub async fn signed(house: &TestHouse, job: &Value, seeds: &[u8]) -> Reply {
    let path = format!("/jobs/{}/signatures", job["jobId"].as_str().expect("an id"));
    house.post(&path, response(job, seeds)).await
}

async fn state(house: &TestHouse, job: &Value) -> Value {
    let path = format!("/jobs/{}", job["jobId"].as_str().expect("an id"));
    house.get(&path).await.expect(200)["didState"].clone()
}

async fn resolved(house: &TestHouse, did: &str) -> Value {
    house.get(&format!("/did/search/{did}")).await.expect(200)
}

fn service(name: &str) -> Value {
    json!([{"id": format!("{DID}#{name}"), "type": "LinkedDomains", "serviceEndpoint": ["https://example.org"]}])
}

/// The whole of it: create, action, sign, finished; update; resource; a rotation that two people sign; a conflict; the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_did_lives_and_ends_with_keys_that_never_come_here() {
    let house = TestHouse::start().await;
    let price = json!({"mode": "client", "didDocument": document(DID, &[SEED])});
    let quote = house.post("/did/create?dryRun=true", price).await.expect(200);
    assert_eq!(quote["dryRun"], true);
    let job = opened(&house, "/did/create", json!({"didDocument": document(DID, &[SEED])})).await;
    assert_eq!(job["feeQuoted"], quote["feeNcheq"]);
    let request = &job["didState"]["signingRequest"]["signingRequest1"];
    assert_eq!(request["kid"], format!("{DID}#key-{SEED}"));
    assert_eq!(request["alg"], "EdDSA");
    assert_eq!(request["payload"]["didDocument"]["id"], DID);
    assert_eq!(request["signsFor"], json!([{"did": DID, "document": "new"}]));
    assert_eq!(house.get(&format!("/did/search/{DID}")).await.status, 404, "nothing is sent yet");

    let done = signed(&house, &job, &[SEED]).await.expect(200);
    assert_eq!(done["didState"]["state"], "finished", "{done}");
    assert!(done["txHash"].is_string() && done["operationId"].is_string(), "{done}");
    assert_eq!(
        resolved(&house, DID).await["didDocument"]["verificationMethod"],
        document(DID, &[SEED])["verificationMethod"]
    );

    // Nothing of it can be done here alone, and the refusal says what can.
    let update = json!({"did": DID, "service": service("web")});
    for (path, body) in [
        ("/did/update".to_owned(), update.clone()),
        (format!("/did/deactivate/{DID}"), json!({})),
        (
            format!("/resource/create/{DID}"),
            json!({"name": "n", "type": "T", "encoding": "hex", "data": "00"}),
        ),
    ] {
        let refused = house.post(&path, body).await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!("did/no-signing-key")), "{path}");
        assert!(refused.text.contains("mode") && refused.text.contains("client"), "{}", refused.text);
    }

    let job = opened(&house, "/did/update", update).await;
    assert_eq!(signed(&house, &job, &[SEED]).await.expect(200)["didState"]["state"], "finished");
    assert_eq!(resolved(&house, DID).await["didDocument"]["service"][0]["id"], format!("{DID}#web"));

    let note = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "6e6f7465"});
    let job = opened(&house, &format!("/resource/create/{DID}"), note).await;
    assert_eq!(signed(&house, &job, &[SEED]).await.expect(200)["didState"]["state"], "finished");
    let found = house.get(&format!("/resource/search/{DID}?resourceName=note&resourceType=Text")).await;
    assert_eq!((found.status, found.text.as_str()), (200, "note"));

    // The key is replaced: its successor proves itself, and on another day the old one agrees.
    let rotation = json!({"did": DID, "verificationMethod": [method(DID, 8)], "authentication": [format!("{DID}#key-8")]});
    let stale = opened(&house, "/did/update", json!({"did": DID, "service": service("stale")})).await;
    let job = opened(&house, "/did/update", rotation).await;
    let waiting = signed(&house, &job, &[8]).await.expect(202);
    assert_eq!(waiting["didState"]["state"], "action", "{waiting}");
    assert_eq!(waiting["didState"]["signedBy"], json!([format!("{DID}#key-8")]));
    let still: Vec<&Value> = waiting["didState"]["signingRequest"]
        .as_object()
        .expect("requests")
        .values()
        .map(|r| &r["kid"])
        .collect();
    assert_eq!(still, [&json!(format!("{DID}#key-{SEED}"))]);
    assert_eq!(signed(&house, &job, &[SEED]).await.expect(200)["didState"]["state"], "finished");

    // What was signed for the document before is void, and says so wherever one looks.
    let refused = signed(&house, &stale, &[SEED]).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("job/outdated")), "{}", refused.text);
    let told = state(&house, &stale).await;
    assert_eq!((&told["state"], &told["code"]), (&json!("failed"), &json!("job/outdated")));
    let listed = house.get("/jobs?phase=failed").await.expect(200);
    assert_eq!(listed["jobs"][0]["didState"]["code"], "job/outdated", "{listed}");

    let job = opened(&house, &format!("/did/deactivate/{DID}"), json!({})).await;
    assert_eq!(signed(&house, &job, &[8]).await.expect(200)["didState"]["state"], "finished");
    assert_eq!(resolved(&house, DID).await["didDocumentMetadata"]["deactivated"], true);
    nowhere(&house).await;
    house.stop().await;
}

/// The private key stands in no column of no table, however it is written.
pub async fn nowhere(house: &TestHouse) {
    let (seed, pair) = ([SEED; 32], key(SEED).to_keypair_bytes());
    let mut forms = vec![hex::encode(seed), STANDARD.encode(seed), hex::encode(pair), STANDARD.encode(pair)];
    forms.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(seed));
    // In the middle of something else, base64 is shifted.
    for before in [1, 2] {
        let shifted = STANDARD.encode([vec![0; before], seed.to_vec()].concat());
        forms.push(shifted[4..40].to_owned());
    }
    // Raw bytes, as Postgres shows them.
    forms.push(format!("{seed:?}").replace(' ', ""));
    let pool = &house.house.pool;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select table_schema::text, table_name::text from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(pool)
    .await
    .expect("tables");
    assert!(tables.len() > 10, "the whole database is looked at");
    let mut rows = 0;
    for (schema, table) in tables {
        let query = format!("select row_to_json(t)::text from \"{schema}\".\"{table}\" t");
        let all: Vec<String> = sqlx::query_scalar(&query).fetch_all(pool).await.expect("rows");
        for row in all {
            rows += 1;
            let spelled = row.to_lowercase();
            for form in &forms {
                assert!(
                    !row.contains(form) && !spelled.contains(&form.to_lowercase()),
                    "{schema}.{table}: {row}"
                );
            }
        }
    }
    assert!(rows > 100, "something was there to look at");
}

/// One controller's key is in the vault, the other's is not: only that one is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn the_vault_signs_for_its_own_part() {
    let house = TestHouse::start().await;
    let parent = house.did().await;
    let mut mixed = document(DID, &[SEED]);
    mixed["controller"] = json!([DID, parent]);
    let job = opened(&house, "/did/create", json!({"didDocument": mixed})).await;
    let requests = job["didState"]["signingRequest"].as_object().expect("requests");
    assert_eq!(requests.len(), 1, "{job}");
    assert_eq!(signed(&house, &job, &[SEED]).await.expect(200)["didState"]["state"], "finished");

    // Where the vault can give all of them, the job is finished at once.
    let body = json!({"did": parent, "alsoKnownAs": ["https://example.org"], "mode": "client"});
    let done = house.post("/did/update", body).await.expect(202);
    assert_eq!(done["didState"]["state"], "finished", "{done}");
    house.stop().await;
}

/// What is no signature of this job by this key changes nothing, and a stranger's words do not even reach it.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_foreign_and_repeated_signatures() {
    let house = TestHouse::start().await;
    let job = opened(&house, "/did/create", json!({"didDocument": document(DID, &[SEED])})).await;
    let other_did = DID.replace("7e01", "7e02");
    let other = opened(&house, "/did/create", json!({"didDocument": document(&other_did, &[SEED])})).await;
    let path = format!("/jobs/{}/signatures", job["jobId"].as_str().expect("an id"));
    let right = response(&job, &[SEED]);
    let mut broken = STANDARD
        .decode(right["signingResponse"]["signingRequest1"]["signature"].as_str().expect("text"))
        .expect("base64");
    broken[7] ^= 1;
    let named = |signature: &str| json!({"signingResponse": {"signingRequest1": {"signature": signature}}});
    let mut others = response(&other, &[SEED]);
    let contradicting = house.post(&path, others.clone()).await;
    assert_eq!(
        (contradicting.status, &contradicting.body["code"], &contradicting.body["field"]),
        (400, &json!("request/invalid"), &json!("signingResponse")),
        "its kid is not the one that is asked for by this name"
    );
    others["signingResponse"]["signingRequest1"]["kid"] = json!(null);
    for wrong in [others, named(&STANDARD.encode(broken)), named("c2ln")] {
        let refused = house.post(&path, wrong).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("job/signature-invalid")),
            "{}",
            refused.text
        );
    }
    let unknown = json!({"signingResponse": [{"kid": format!("{DID}#key-1"), "signature": "c2ln"}]});
    assert_eq!(house.post(&path, unknown).await.body["code"], "job/unknown-signer");
    let mallory = Some(house.mallory.key.as_str());
    let theirs = house.call_as(mallory, Method::POST, &path, Some(right.clone()), &[]).await;
    assert_eq!((theirs.status, &theirs.body["code"]), (404, &json!("job/not-found")));
    assert_eq!(state(&house, &job).await["signedBy"], json!([]));

    let once = [("idempotency-key", "signatures")];
    let alice = Some(house.alice.key.as_str());
    for _ in 0..2 {
        let done = house.call_as(alice, Method::POST, &path, Some(right.clone()), &once).await.expect(200);
        assert_eq!(done["didState"]["state"], "finished", "{done}");
    }
    let again = house.post(&path, right).await.expect(200);
    assert_eq!(again["didState"]["state"], "finished", "what is signed is signed");
    let operations = house.get(&format!("/operations?did={DID}")).await.expect(200);
    assert_eq!(operations["operations"].as_array().map(Vec::len), Some(1), "it is paid once");
    house.stop().await;
}

/// One request is one job, at whichever door it is asked for and signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_the_same_at_both_doors() {
    let house = TestHouse::start().await;
    let body = json!({"mode": "client", "didDocument": document(DID, &[SEED])});
    let once = [("idempotency-key", "one")];
    let alice = Some(house.alice.key.as_str());
    let job = house.call_as(alice, Method::POST, "/did/create", Some(body), &once).await.expect(202);
    let ask = async |query: &str, variables: Value| {
        let body = json!({"query": query, "variables": variables});
        let reply = house.post("/graphql", body).await.expect(200);
        assert!(reply.get("errors").is_none(), "{reply}");
        reply["data"].clone()
    };
    let create = "mutation($i: CreateDidInput!) { createDid(input: $i) { replayed userErrors { code message }
        job { jobId state signing { serializedPayload payload signingRequest { id kid alg signsFor { did document } } } } } }";
    let input = json!({"mode": "CLIENT", "didDocument": document(DID, &[SEED]), "idempotencyKey": "one"});
    let same = ask(create, json!({"i": input})).await["createDid"].clone();
    assert_eq!((&same["replayed"], &same["job"]["jobId"]), (&json!(true), &job["jobId"]), "{same}");
    let request = &job["didState"]["signingRequest"]["signingRequest1"];
    assert_eq!(same["job"]["signing"]["serializedPayload"], request["serializedPayload"]);
    assert_eq!(same["job"]["signing"]["payload"], request["payload"]);
    assert_eq!(same["job"]["signing"]["signingRequest"][0]["kid"], request["kid"]);

    let submit = "mutation($i: SubmitSignaturesInput!) { submitSignatures(input: $i) { userErrors { code message }
        operation { state } job { state code did operation { txHash } signing { signedBy signingRequest { id } } } } }";
    let wrong =
        json!({"job": job["jobId"], "signatures": [{"request": "signingRequest1", "signature": "c2ln"}]});
    let refused = ask(submit, json!({"i": wrong})).await["submitSignatures"].clone();
    assert_eq!(refused["userErrors"][0]["code"], "job/signature-invalid", "{refused}");
    let signature = &response(&job, &[SEED])["signingResponse"]["signingRequest1"]["signature"];
    let right = json!({"job": job["jobId"], "signatures": [{"kid": request["kid"], "signature": signature}]});
    let done = ask(submit, json!({"i": right})).await["submitSignatures"].clone();
    assert_eq!(done["userErrors"], json!([]), "{done}");
    assert_eq!(
        (&done["job"]["state"], &done["operation"]["state"]),
        (&json!("FINISHED"), &json!("CONFIRMED"))
    );
    assert_eq!(done["job"]["signing"]["signingRequest"], json!([]));
    let list = ask("{ jobs(first: 5) { totalCount nodes { jobId act state did } } events(first: 9) { nodes { action } } }", json!({})).await;
    assert_eq!(
        list["jobs"]["nodes"],
        json!([{"jobId": job["jobId"], "act": "did.create", "state": "FINISHED", "did": DID}])
    );
    let told: Vec<&str> = list["events"]["nodes"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|n| n["action"].as_str())
        .collect();
    assert!(
        told.contains(&"JOB_OPEN") && told.contains(&"JOB_SIGN") && told.contains(&"DID_CREATE"),
        "{told:?}"
    );

    let end = "mutation($i: DeactivateDidInput!) { deactivateDid(input: $i) { userErrors { code } job { jobId } } }";
    let refused = ask(end, json!({"i": {"did": DID}})).await["deactivateDid"].clone();
    assert_eq!(refused["userErrors"][0]["code"], "did/no-signing-key");
    let opened = ask(end, json!({"i": {"did": DID, "mode": "CLIENT"}})).await["deactivateDid"].clone();
    let job =
        house.get(&format!("/jobs/{}", opened["job"]["jobId"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(signed(&house, &job, &[SEED]).await.expect(200)["didState"]["state"], "finished");
    house.stop().await;
}

/// A write that the ledger has not answered yet: the job waits with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_for_the_ledger_and_ends_with_it() {
    let house = TestHouse::start().await;
    let job = opened(&house, "/did/create", json!({"didDocument": document(DID, &[SEED])})).await;
    let path = format!("/jobs/{}/signatures", job["jobId"].as_str().expect("an id"));
    house.node.go_away();
    let alice = Some(house.alice.key.as_str());
    let hasty = [("prefer", "respond-async")];
    let waiting =
        house.call_as(alice, Method::POST, &path, Some(response(&job, &[SEED])), &hasty).await.expect(202);
    assert_eq!(waiting["didState"]["state"], "wait", "{waiting}");
    house.node.recover();
    let done = house.post(&path, response(&job, &[SEED])).await.expect(200);
    assert_eq!(done["didState"]["state"], "finished", "{done}");
    house.stop().await;
}
