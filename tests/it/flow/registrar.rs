//! DIF's DID Registration, as clients of cheqd's registrar driver speak it: a client that holds its own key, against a ledger that
//! checks the signatures.

use super::client_keys::{document, response};
use crate::{
    house::{Reply, TestHouse},
    routes::assert_problem,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use reqwest::Method;
use serde_json::{Value, json};

const DID: &str = "did:cheqd:testnet:5f3a1c90-7c1b-4f0e-9a53-5a1d4c0a7e41";
const SEED: u8 = 0xa3;
/// Where nobody's job is.
const NO_JOB: &str = "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17";

/// Begins a registration: 200 with what is to be signed.
async fn begun(house: &TestHouse, path: &str, member: &str, body: Value) -> Value {
    let begun = house.post(&format!("{path}?method=cheqd"), body).await.expect(200);
    let state = &begun[member];
    assert_eq!((&state["state"], &state["action"]), (&json!("action"), &json!("signPayload")), "{begun}");
    assert!(begun["jobId"].is_string() && state["description"].is_string(), "{begun}");
    begun
}

/// The signatures that a registration wants, by the test's keys.
fn secret(begun: &Value, member: &str, seeds: &[u8]) -> Value {
    response(&json!({"didState": begun[member]}), seeds)
}

async fn signed(house: &TestHouse, path: &str, member: &str, begun: &Value) -> Reply {
    let body = json!({"jobId": begun["jobId"], "secret": secret(begun, member, &[SEED])});
    house.post(&format!("{path}?method=cheqd"), body).await
}

/// From beginning to end: 201 with the state.
async fn registered(house: &TestHouse, path: &str, member: &str, body: Value) -> Value {
    let begun = begun(house, path, member, body).await;
    let done = signed(house, path, member, &begun).await.expect(201);
    assert_eq!(done["jobId"], begun["jobId"]);
    let state = &done[member];
    assert_eq!(state["state"], "finished", "{done}");
    assert!(state["secret"]["signingResponse"]["signingRequest1"]["signature"].is_string(), "{done}");
    assert!(done["didRegistrationMetadata"]["txHash"].is_string(), "{done}");
    done
}

/// A failure has the registrar's shape, Studio's code, and a reason that a client can show.
fn failed(reply: &Reply, member: &str, status: u16, code: &str) -> Value {
    assert_problem(reply, status, code);
    assert_eq!(reply.body["code"], code, "{}", reply.text);
    let state = &reply.body[member];
    assert_eq!(state["state"], "failed", "{}", reply.text);
    for told in ["reason", "description"] {
        assert!(state[told].as_str().is_some_and(|text| !text.is_empty()), "{}", reply.text);
    }
    assert_eq!(state["secret"], json!({}), "{}", reply.text);
    reply.body.clone()
}

fn service(name: &str) -> Value {
    json!([{"id": format!("{DID}#{name}"), "type": "LinkedDomains", "serviceEndpoint": ["https://example.org"]}])
}

/// Create, update, publish, publish again, deactivate: each is signed by a key that never comes here.
#[tokio::test(flavor = "multi_thread")]
async fn a_did_is_registered_changed_and_ended_by_whoever_holds_its_key() {
    let house = TestHouse::start().await;
    let create = json!({"jobId": null, "didDocument": document(DID, &[SEED]), "secret": {}, "options": {"network": "testnet"}});
    let done = registered(&house, "/1.0/create", "didState", create).await;
    assert_eq!(
        (&done["didState"]["did"], &done["didState"]["didDocument"]["id"]),
        (&json!(DID), &json!(DID))
    );
    // Asked once more, it is what it was, with its document.
    let again = house.post("/1.0/create", json!({"jobId": done["jobId"]})).await.expect(201);
    assert_eq!(again["didState"]["didDocument"], done["didState"]["didDocument"]);

    let mut changed = document(DID, &[SEED]);
    changed["authentication"] = json!([format!("{DID}#key-{SEED}")]);
    changed["service"] = service("web");
    // As a resolver shows it: with a version, and without what the request says already.
    changed["versionId"] = json!(NO_JOB);
    changed.as_object_mut().expect("an object").remove("id");
    let update = json!({"did": DID, "didDocumentOperation": ["setDidDocument"], "didDocument": [changed]});
    let done = registered(&house, "/1.0/update", "didState", update).await;
    assert_eq!(done["didState"]["didDocument"]["service"], service("web"));
    let found = house.get(&format!("/did/search/{DID}")).await.expect(200);
    assert_eq!(found["didDocument"]["service"][0]["id"], format!("{DID}#web"));

    parts(&house).await;
    resources(&house).await;

    let done = registered(&house, "/1.0/deactivate", "didState", json!({"did": DID})).await;
    assert_eq!(done["didState"]["didDocument"], json!({"id": DID}));
    let found = house.get(&format!("/did/search/{DID}")).await.expect(200);
    assert_eq!(found["didDocumentMetadata"]["deactivated"], true);
    let gone = house.post("/1.0/update", json!({"did": DID, "didDocument": [document(DID, &[SEED])]})).await;
    let told = failed(&gone, "didState", 400, "did/deactivated");
    assert_eq!(told["didState"]["reason"], "The DID does not exist or is Deactivated");
    assert_eq!((&told["jobId"], &told["didState"]["did"]), (&Value::Null, &json!(DID)));
    house.stop().await;
}

/// What comes in and what goes, in the order of the list and as one version; a key is proven by whoever brings it.
async fn parts(house: &TestHouse) {
    let operations =
        |names: &[&str]| names.iter().map(|name| format!("{name}DidDocument")).collect::<Vec<_>>();
    let update = json!({"did": DID, "didDocumentOperation": operations(&["addTo", "removeFrom", "addTo"]), "didDocument": [
        {"id": DID, "service": service("shop"), "alsoKnownAs": ["https://me.example"]},
        {"service": [{"id": format!("{DID}#web")}]},
        {"service": service("web2")},
    ]});
    let done = registered(house, "/1.0/update", "didState", update).await;
    let shown = &done["didState"]["didDocument"];
    let ids: Vec<_> =
        shown["service"].as_array().expect("services").iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(format!("{DID}#shop")), json!(format!("{DID}#web2"))]);
    assert_eq!(shown["alsoKnownAs"], json!(["https://me.example"]));
    for (names, documents, code, status) in [
        (
            &["removeFrom"][..],
            json!([{"service": [{"id": format!("{DID}#web")}]}]),
            "did/entry-not-found",
            404,
        ),
        (
            &["addTo"],
            json!([{"service": [{"id": format!("{DID}#shop"), "type": "T", "serviceEndpoint": ["a:b"]}]}]),
            "did/entry-exists",
            409,
        ),
        (
            &["removeFrom"],
            json!([{"verificationMethod": [{"id": format!("{DID}#key-{SEED}")}]}]),
            "did/last-key",
            409,
        ),
    ] {
        let body = json!({"did": DID, "didDocumentOperation": operations(names), "didDocument": documents});
        let told = failed(&house.post("/1.0/update", body).await, "didState", status, code);
        assert_eq!(told["field"], "didDocument", "{told}");
    }
    // The whole of it once more, and something beside it.
    let mut whole = document(DID, &[SEED]);
    whole["authentication"] = json!([format!("{DID}#key-{SEED}")]);
    let update = json!({"did": DID, "didDocumentOperation": operations(&["set", "addTo"]), "didDocument": [whole, {"service": service("web")}]});
    let done = registered(house, "/1.0/update", "didState", update).await;
    let shown = &done["didState"]["didDocument"];
    assert_eq!((&shown["service"], shown.get("alsoKnownAs")), (&service("web"), None));
}

/// Contents by an id of the client's choice, their next version, and in the older shape.
async fn resources(house: &TestHouse) {
    let id = "3f2f0e9a-7c1b-4f0e-9a53-5a1d4c0a7e42";
    let content = |text: &str| STANDARD.encode(text);
    let options =
        |version: &str| json!({"name": "note", "type": "Text", "versionId": version, "network": "testnet"});
    let first = json!({"did": DID, "relativeDidUrl": format!("/resources/{id}"), "content": content("one"), "options": options("1")});
    let next = json!({"did": DID, "content": [content("two")], "contentOperation": ["setContent"], "options": options("2")});
    let refused = house.post("/1.0/updateResource", next.clone()).await;
    let told = failed(&refused, "didUrlState", 404, "resource/not-found");
    assert_eq!(told["jobId"], "", "whoever reads didUrlState takes a text only");

    let begun = begun(house, "/1.0/createResource", "didUrlState", first.clone()).await;
    assert_eq!(begun["didUrlState"]["didUrl"], format!("{DID}/resources/{id}"), "known before it is signed");
    let body = json!({"did": DID, "jobId": begun["jobId"], "secret": secret(&begun, "didUrlState", &[SEED])});
    let done = house.post("/1.0/createResource", body).await.expect(201);
    let state = &done["didUrlState"];
    assert_eq!((&state["state"], &state["content"]), (&json!("finished"), &json!("one")), "{done}");
    assert_eq!(
        (&state["name"], &state["type"], &state["version"]),
        (&json!("note"), &json!("Text"), &json!("1"))
    );
    assert_eq!(done["contentMetadata"]["mediaType"], "text/plain; charset=utf-8");
    let found = house.get(&format!("/1.0/identifiers/{DID}/resources/{id}")).await;
    assert_eq!((found.status, found.text.as_str()), (200, "one"));

    let refused = house.post("/1.0/createResource", first).await;
    failed(&refused, "didUrlState", 409, "resource/already-exists");
    let mut same = next.clone();
    same["options"] = options("1");
    failed(&house.post("/1.0/updateResource", same).await, "didUrlState", 409, "resource/already-exists");
    // An id is taken whatever its name and type are.
    let taken = json!({"did": DID, "relativeDidUrl": format!("/resources/{id}"), "content": content("x"),
        "options": {"name": "another", "type": "Text"}});
    failed(&house.post("/1.0/createResource", taken).await, "didUrlState", 409, "resource/already-exists");
    let done = registered(house, "/1.0/updateResource", "didUrlState", next).await;
    assert_eq!(done["didUrlState"]["content"], "two");
    let found = house.get(&format!("/resource/search/{DID}?resourceName=note&resourceType=Text")).await;
    assert_eq!((found.status, found.text.as_str()), (200, "two"));

    let path = format!("/1.0/{DID}/create-resource");
    let older = json!({"data": STANDARD.encode([0xff, 0xfe]), "name": "bytes", "type": "Bytes",
        "alsoKnownAs": [{"uri": "https://example.org/b", "description": "web"}]});
    let done = registered(house, &path, "resourceState", older).await;
    let resource = &done["resourceState"]["resource"];
    assert_eq!((&resource["id"], &resource["data"]), (&done["resourceState"]["resourceId"], &json!("//4=")));
    assert_eq!(resource["alsoKnownAs"][0]["uri"], "https://example.org/b");
}

/// A wrong signature changes nothing; a job of somebody else, of another act or of nobody does not exist.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_signatures_and_jobs_that_are_none() {
    let house = TestHouse::start().await;
    let create = json!({"didDocument": document(DID, &[SEED])});
    let job = begun(&house, "/1.0/create", "didState", create).await;
    let right = json!({"jobId": job["jobId"], "secret": secret(&job, "didState", &[SEED])});
    let mut wrong = right.clone();
    wrong["secret"]["signingResponse"]["signingRequest1"]["signature"] = json!("c2ln");
    let told = failed(&house.post("/1.0/create", wrong).await, "didState", 400, "job/signature-invalid");
    assert_eq!(told["jobId"], job["jobId"], "it can be tried again");

    let unknown = json!({"jobId": NO_JOB, "secret": right["secret"]});
    let missing = house.post("/1.0/create", unknown).await;
    let told = failed(&missing, "didState", 404, "job/not-found");
    assert_eq!(told["didState"]["reason"], "The jobId is either expired or not found");
    assert_eq!(told["jobId"], NO_JOB);
    for (path, member) in [
        ("/1.0/update", "didState"),
        ("/1.0/deactivate", "didState"),
        ("/1.0/createResource", "didUrlState"),
        ("/1.0/updateResource", "didUrlState"),
    ] {
        failed(&house.post(path, right.clone()).await, member, 404, "job/not-found");
    }
    let mallory = Some(house.mallory.key.as_str());
    let theirs = house.call_as(mallory, Method::POST, "/1.0/create", Some(right.clone()), &[]).await;
    failed(&theirs, "didState", 404, "job/not-found");
    let text = theirs.text.replace(job["jobId"].as_str().expect("an id"), NO_JOB);
    let ghost = json!({"jobId": NO_JOB, "secret": right["secret"]});
    let nobodys = house.call_as(mallory, Method::POST, "/1.0/create", Some(ghost), &[]).await;
    assert_eq!(text, nobodys.text, "there is no telling them apart");
    let mut other = right.clone();
    other["did"] = json!(DID.replace("7e41", "7e43"));
    failed(&house.post("/1.0/create", other).await, "didState", 400, "request/invalid");

    house.post("/1.0/create", right).await.expect(201);
    house.stop().await;
}

/// What is refused is refused in the registrar's shape, whatever it is refused for.
#[tokio::test(flavor = "multi_thread")]
async fn failures_have_the_registrars_shape() {
    let house = TestHouse::start().await;
    let ghost = DID.replace("7e41", "7e44");
    let keyed = document(DID, &[SEED]);
    let table = [
        ("/1.0/create", json!({}), "request/invalid", 400),
        ("/1.0/create", json!({"didDocument": {"id": DID}}), "request/invalid", 400),
        ("/1.0/create", json!({"didDocument": 1}), "request/invalid", 400),
        (
            "/1.0/create",
            json!({"didDocument": keyed, "options": {"network": "mainnet"}}),
            "request/invalid",
            400,
        ),
        (
            "/1.0/create",
            json!({"didDocument": keyed, "options": {"versionId": NO_JOB}}),
            "request/invalid",
            400,
        ),
        ("/1.0/create", json!({"jobId": "x"}), "request/invalid", 400),
        ("/1.0/create?method=key", json!({"didDocument": keyed}), "did/method-unsupported", 400),
        ("/1.0/update", json!({"didDocument": [keyed]}), "request/invalid", 400),
        ("/1.0/update", json!({"did": DID, "didDocument": []}), "request/invalid", 400),
        ("/1.0/update", json!({"did": ghost, "didDocument": [keyed]}), "request/invalid", 400),
        (
            "/1.0/update",
            json!({"did": DID, "didDocumentOperation": ["addToDidDocument"], "didDocument": [keyed, keyed]}),
            "request/invalid",
            400,
        ),
        ("/1.0/update", json!({"did": DID, "didDocument": [keyed, keyed]}), "request/invalid", 400),
        (
            "/1.0/update",
            json!({"did": DID, "didDocumentOperation": ["paintDidDocument"], "didDocument": [keyed]}),
            "request/invalid",
            400,
        ),
        (
            "/1.0/update",
            json!({"did": DID, "didDocumentOperation": ["addToDidDocument", "setDidDocument"], "didDocument": [{"alsoKnownAs": ["a:b"]}, keyed]}),
            "request/invalid",
            400,
        ),
        (
            "/1.0/update",
            json!({"did": DID, "didDocumentOperation": ["removeFromDidDocument"], "didDocument": [{"service": [{}]}]}),
            "request/invalid",
            400,
        ),
        (
            "/1.0/update",
            json!({"did": DID, "didDocumentOperation": ["addToDidDocument"], "didDocument": [{"paint": ["blue"]}]}),
            "request/invalid",
            400,
        ),
        (
            "/1.0/update",
            json!({"did": DID, "didDocumentOperation": ["addToDidDocument"], "didDocument": [{"alsoKnownAs": ["a:b"]}]}),
            "did/not-found",
            404,
        ),
        ("/1.0/update", json!({"did": DID, "didDocument": [keyed]}), "did/not-found", 404),
        ("/1.0/deactivate", json!({}), "request/invalid", 400),
        ("/1.0/deactivate", json!({"did": DID}), "did/not-found", 404),
    ];
    for (path, body, code, status) in table {
        let reply = house.post(path, body).await;
        let told = failed(&reply, "didState", status, code);
        assert_eq!(told["jobId"].as_str().unwrap_or("x"), "x", "{path}");
    }
    let content = json!({"did": DID, "content": "b25l", "options": {"name": "n", "type": "T"}});
    failed(&house.post("/1.0/createResource", content.clone()).await, "didUrlState", 404, "did/not-found");
    let mut odd = content;
    odd["relativeDidUrl"] = json!("/resources/x");
    failed(&house.post("/1.0/createResource", odd).await, "didUrlState", 400, "request/invalid");
    let path = format!("/1.0/{DID}/create-resource");
    failed(&house.post(&path, json!({"name": "n"})).await, "resourceState", 400, "request/invalid");
    // The controller that nobody has is named as the registrar names it.
    let mut led = document(DID, &[SEED]);
    led["controller"] = json!([ghost]);
    let reply = house.post("/1.0/create", json!({"didDocument": led})).await;
    let told = failed(&reply, "didState", 400, "did/controller-not-found");
    assert_eq!(told["didState"]["reason"], "The Controller does not exist or is Deactivated");
    house.stop().await;
}

/// While the ledger is away a registration waits, and goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_waits_for_the_ledger() {
    let house = TestHouse::start().await;
    let job = begun(&house, "/1.0/create", "didState", json!({"didDocument": document(DID, &[SEED])})).await;
    let body = json!({"jobId": job["jobId"], "secret": secret(&job, "didState", &[SEED])});
    house.node.go_away();
    let hasty = [("prefer", "respond-async")];
    let alice = Some(house.alice.key.as_str());
    let waiting =
        house.call_as(alice, Method::POST, "/1.0/create", Some(body.clone()), &hasty).await.expect(202);
    assert_eq!(waiting["didState"]["state"], "wait", "{waiting}");
    assert!(waiting["didState"]["reason"].is_string(), "{waiting}");
    house.node.recover();
    let done = house.post("/1.0/create", json!({"jobId": job["jobId"]})).await.expect(201);
    assert_eq!(done["didState"]["state"], "finished", "{done}");
    house.stop().await;
}

/// Where the vault has the key there is nothing to sign: the first answer is the last, and as whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_vault_can_sign_is_finished_at_once() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let mut present = house.get(&format!("/did/search/{did}")).await.expect(200)["didDocument"].clone();
    present["alsoKnownAs"] = json!(["https://example.org"]);
    let done = house.post("/1.0/update", json!({"did": did, "didDocument": [present]})).await.expect(201);
    assert_eq!(done["didState"]["didDocument"]["alsoKnownAs"], json!(["https://example.org"]), "{done}");
    assert!(done["didState"]["secret"].is_null(), "nobody sent a signature");
    let content = json!({"did": did, "content": "b25l", "options": {"name": "n", "type": "T"}});
    let done = house.post("/1.0/createResource", content).await.expect(201);
    let state = &done["didUrlState"];
    assert_eq!((&state["content"], &state["version"]), (&json!("one"), &json!("")), "{done}");
    assert!(state["didUrl"].as_str().is_some_and(|url| url.starts_with(&format!("{did}/resources/"))));
    house.stop().await;
}

/// An API key comes in its header, or as a password where a client holds an address only, and there only.
#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_may_be_the_password_of_an_address() {
    let house = TestHouse::start().await;
    let begin = async |path: &str, password: &str| {
        let request = house.request(Method::POST, path).basic_auth("studio", Some(password));
        TestHouse::answer(request.json(&json!({"didDocument": document(DID, &[SEED])}))).await
    };
    begin("/1.0/create?method=cheqd", &house.alice.key).await.expect(200);
    let wrong = begin("/1.0/create", "caas_wrong").await;
    assert_eq!((wrong.status, &wrong.body["code"]), (401, &json!("auth/invalid-key")));
    let elsewhere = begin("/did/create", &house.alice.key).await;
    assert_eq!((elsewhere.status, &elsewhere.body["code"]), (401, &json!("auth/missing-key")));
    // The header wins.
    let request = house.request(Method::POST, "/1.0/deactivate").basic_auth("studio", Some("caas_wrong"));
    let request = request.header("x-api-key", &house.alice.key).json(&json!({"did": DID}));
    failed(&TestHouse::answer(request).await, "didState", 404, "did/not-found");
    house.stop().await;
}

/// Who may not create, or may not see a job, begins no registration.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_not_is_refused_before_anything_is_begun() {
    let house = TestHouse::start().await;
    let body = json!({"didDocument": document(DID, &[SEED])});
    for (scopes, missing) in [
        (json!(["read:job", "sign:job"]), "create:did"),
        (json!(["create:did:testnet", "sign:job"]), "read:job"),
    ] {
        let made =
            house.post("/admin/api-key/create", json!({"name": missing, "scopes": scopes})).await.expect(201);
        let key = made["apiKey"].as_str().expect("a secret");
        let refused = house.call_as(Some(key), Method::POST, "/1.0/create", Some(body.clone()), &[]).await;
        assert_problem(&refused, 403, missing);
        assert_eq!(refused.body["scope"], missing, "{}", refused.text);
    }
    let jobs = house.get("/jobs").await.expect(200);
    assert_eq!(jobs["jobs"], json!([]), "none was begun");
    house.stop().await;
}

/// What anybody may ask: methods, properties, traits, and a document that can be registered as it is.
#[tokio::test(flavor = "multi_thread")]
async fn the_registrar_tells_of_itself_and_gives_a_document_to_begin_with() {
    let house = TestHouse::start().await;
    let ask = async |path: &str| house.call_as(None, Method::GET, path, None, &[]).await;
    assert_eq!(ask("/1.0/methods").await.expect(200), json!(["cheqd"]));
    let properties = ask("/1.0/properties").await.expect(200);
    assert_eq!(properties["cheqd"]["supportedAlgorithm"], json!(["base58btc", "uuid"]));
    assert_eq!(ask("/1.0/traits").await.expect(200)["name"], "cheqd");
    assert_eq!(ask("/1.0/methods?method=key").await.body["code"], "did/method-unsupported");

    let public = hex::encode(SigningKey::from_bytes(&[1; 32]).verifying_key().as_bytes());
    let target = |algorithm: &str, rest: &str| {
        let kind = "verificationMethod=Ed25519VerificationKey2020";
        format!("/1.0/did-document?{kind}&methodSpecificIdAlgo={algorithm}{rest}")
    };
    let given = format!("&network=testnet&publicKeyHex={public}");
    let base58 = ask(&target("base58btc", &given)).await.expect(200);
    assert_eq!(ask(&target("base58btc", &given)).await.expect(200), base58, "it follows from the key");
    let refused = ask(&target("uuid", "")).await;
    assert_problem(&refused, 400, "no key");
    assert_eq!(refused.body["message"], "PublicKeyHex is required");

    let made = ask(&target("uuid", &given)).await.expect(200);
    let did = made["didDoc"]["id"].as_str().expect("a DID");
    assert_eq!(
        (&made["key"]["kid"], &made["key"]["publicKeyHex"]),
        (&json!(format!("{did}#key-1")), &json!(public))
    );
    let begun = begun(&house, "/1.0/create", "didState", json!({"didDocument": made["didDoc"]})).await;
    // Older clients send a list of signatures in the other alphabet.
    let body = json!({"jobId": begun["jobId"], "secret": {"signingResponse": [
        {"kid": made["key"]["kid"], "signature": secret(&begun, "didState", &[1])["signingResponse"]["signingRequest1"]["signature"]
            .as_str().expect("a signature").replace('+', "-").replace('/', "_")}]}});
    let done = house.post("/1.0/create", body).await.expect(201);
    assert_eq!(done["didState"]["didDocument"]["id"], did);
    house.stop().await;
}
