//! safety 11: a subject is forgotten, at both doors and the command line.

use crate::{
    house::TestHouse,
    patience::{Deadline, run},
};
use app::port::replies::{Begun, REPLIES_SUBJECT, Reply};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;

const BOB: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const CAROL: &str = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";

fn body(did: &str, subject: &str) -> Value {
    json!({"issuerDid": did, "subjectDid": subject, "attributes": {"degree": "BSc"}})
}

/// What is kept of the newest credential about the subject, and of how many.
async fn kept(house: &TestHouse, subject: &str) -> usize {
    let found = house.get(&format!("/credentials/issued?subjectId={subject}")).await.expect(200);
    found["credentials"].as_array().expect("a list").len()
}

/// What another process did to a key holds here within a second.
async fn shut(house: &TestHouse, key: &str) {
    let deadline = Deadline::new();
    while house.call_as(Some(key), Method::GET, "/account", None, &[]).await.status != 401 {
        deadline.pause("a key that works no more").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_11_a_subject_is_forgotten_and_nobody_else() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let keyed = [("idempotency-key", "issue-1")];
    let issue = async |subject: &str| {
        let key = Some(house.alice.key.as_str());
        house.call_as(key, Method::POST, "/credential/issue", Some(body(&did, subject)), &keyed).await
    };
    let credential = issue(BOB).await.expect(200);
    house.post("/credential/issue", body(&did, CAROL)).await.expect(200);
    assert_eq!((kept(&house, BOB).await, kept(&house, CAROL).await), (1, 1));
    let erase = async |subject: &str| house.post("/subject/erase", json!({"subjectDid": subject})).await;
    let theirs = house.call_as(
        Some(&house.mallory.key),
        Method::POST,
        "/subject/erase",
        Some(json!({"subjectDid": BOB})),
        &[],
    );
    assert_eq!(theirs.await.body["code"], "subject/not-found", "another tenant's Bob is another one");
    assert_eq!(kept(&house, BOB).await, 1);

    let erased = erase(BOB).await.expect(200);
    assert_eq!(erased, json!({"subjectDid": BOB, "erased": true}));
    assert_eq!((kept(&house, BOB).await, kept(&house, CAROL).await), (0, 1));
    let all = house.get("/credentials/issued").await.expect(200);
    assert_eq!(all["credentials"].as_array().map(Vec::len), Some(2), "that it was issued stays: {all}");
    assert!(!all.to_string().contains(BOB), "{all}");
    for row in all["credentials"].as_array().expect("a list") {
        let id = row["issuedCredentialId"].as_str().expect("an id");
        let one = house.get(&format!("/credentials/issued/{id}?includeCredential=true")).await.expect(200);
        assert!(!one.to_string().contains(BOB), "{one}");
    }
    // Nor does a repeat of the request that issued it show it again.
    let replayed = issue(BOB).await;
    assert_eq!((replayed.status, &replayed.body["code"]), (409, &json!("idempotency/answer-erased")));
    // The signature does not depend on what is kept.
    let verdict = house.post("/credential/verify", json!({"credential": credential})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");

    assert_eq!(erase(BOB).await.expect(200), erased, "a repeat says the same");
    let deeds = house.get("/event/list?operationName=subject-erase").await.expect(200);
    assert_eq!(deeds["total"], 1, "and is no second erasure: {deeds}");
    assert!(!deeds.to_string().contains(BOB), "who it was is nowhere: {deeds}");
    // What is issued later is kept again, and can be erased again.
    house.post("/credential/issue", body(&did, BOB)).await.expect(200);
    assert_eq!(kept(&house, BOB).await, 1);
    erase(BOB).await.expect(200);
    assert_eq!(kept(&house, BOB).await, 0);
    assert_eq!(house.get("/event/list?operationName=subject-erase").await.expect(200)["total"], 2);

    for (subject, status, code) in [
        ("did:key:z6MkfAKsaEuU8AEhiimGwkB4kLHsTpd5xdARXthfyKJ6RLUo", 404, "subject/not-found"),
        ("bob", 400, "request/invalid"),
        ("", 400, "request/invalid"),
        (&format!("did:key:{}", "x".repeat(4_096)), 400, "request/invalid"),
    ] {
        let refused = erase(subject).await;
        assert_eq!((refused.status, refused.body["code"].as_str()), (status, Some(code)), "{subject}");
    }
    house.stop().await;
}

/// A did:cheqd in capitals is the same one.
#[tokio::test(flavor = "multi_thread")]
async fn safety_11_a_subject_is_the_same_however_its_did_is_spelled() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let small = "did:cheqd:testnet:90153389-9ef2-5e28-a99d-15dafcaefb46";
    let large = "did:cheqd:testnet:90153389-9EF2-5E28-A99D-15DAFCAEFB46";
    for subject in [small, large] {
        house.post("/credential/issue", body(&did, subject)).await.expect(200);
    }
    assert_eq!((kept(&house, small).await, kept(&house, large).await), (2, 2));
    house.post("/subject/erase", json!({"subjectDid": small})).await.expect(200);
    assert_eq!((kept(&house, small).await, kept(&house, large).await), (0, 0));
    let deeds = house.get("/event/list?operationName=subject-erase").await.expect(200);
    let hash = deeds["events"][0]["entity"].as_str().expect("whom");
    assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{deeds}");
    house.stop().await;
}

/// An answer that comes after the erasure is not kept, though its request began before.
#[tokio::test(flavor = "multi_thread")]
async fn safety_11_an_answer_that_was_under_way_is_not_kept() {
    let house = TestHouse::start().await;
    let (replies, vault) = (&house.house.studio.replies, &house.house.studio.vault);
    let did = house.did().await;
    house.post("/credential/issue", body(&did, BOB)).await.expect(200);
    let (customer, now) = (house.alice.customer, house.house.studio.clock.now());
    assert_eq!(replies.begin(customer, "k", "hash", now).await.expect("claims"), Begun::Go);
    assert_eq!(replies.begin(house.mallory.customer, "k", "hash", now).await.expect("claims"), Begun::Go);
    house.post("/subject/erase", json!({"subjectDid": BOB})).await.expect(200);
    for owner in [customer, house.mallory.customer] {
        let body = vault.seal(owner, REPLIES_SUBJECT, BOB.as_bytes()).await.expect("seals");
        replies.finish(owner, "k", &Reply { body, is_bare: false }).await.expect("ends");
    }
    let kept: Vec<(uuid::Uuid, Option<String>)> =
        sqlx::query_as("select customer, body from es.replies where idempotency_key = 'k'")
            .fetch_all(&house.house.pool)
            .await
            .expect("rows");
    for (owner, body) in kept {
        assert_eq!(body.is_some(), owner != customer.0, "only what is hers is forgotten");
    }
    assert_eq!(replies.begin(customer, "k", "another", now).await.expect("answers"), Begun::Mismatch);
    assert_eq!(
        replies.begin(customer, "k", "hash", now).await.expect("claims"),
        Begun::Go,
        "its repeat runs"
    );
    house.stop().await;
}

/// The operator's door. The binary works beside the running house, on its database and with its master key.
#[tokio::test(flavor = "multi_thread")]
async fn safety_11_the_operator_forgets_and_makes_and_ends_keys_at_the_command_line() {
    const MASTER: &str = "3c9b1f5a7d9e0f2143658709badcfe10a1b2c3d4e5f60718293a4b5c6d7e8f17";
    let house = TestHouse::with(&[("STUDIO_MASTER_KEY", MASTER)]).await;
    let (url, node) = (house.database_url(), house.node.url());
    let customer = house.alice.customer.to_string();
    let studio = async |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_studio"));
        command.args(arguments).env("EXTERNAL_DB_CONNECTION_URL", &url).env("TESTNET_RPC_URL", &node);
        command.env("STUDIO_MASTER_KEY", MASTER);
        let output = tokio::task::spawn_blocking(move || run(&mut command, ""))
            .await
            .expect("no panic")
            .expect("it runs");
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).expect("text"))
    };
    let of = |verb: &'static [&'static str]| [verb, &["--customer", customer.as_str()]].concat();

    let (done, told) = studio(&["customer", "list"]).await;
    assert!(done && told.contains(&customer) && told.contains("Alice"), "{told}");
    let (done, told) = studio(&of(&["api-key", "create", "--name", "spare"])).await;
    assert!(done, "{told}");
    let secret = told.split_whitespace().find(|word| word.starts_with("caas_")).expect("a secret").to_owned();
    house.call_as(Some(&secret), Method::GET, "/account", None, &[]).await.expect(200);
    let (done, told) = studio(&of(&["api-key", "list"])).await;
    assert!(
        done && told.matches("caas_…").count() == 2 && told.contains("spare") && !told.contains(&secret),
        "{told}"
    );
    let id = told.lines().next().and_then(|line| line.split_whitespace().next()).expect("an id").to_owned();
    let (done, told) = studio(&[&["api-key", "rotate", id.as_str()], of(&[]).as_slice()].concat()).await;
    assert!(done, "{told}");
    let next = told.split_whitespace().find(|word| word.starts_with("caas_")).expect("a secret").to_owned();
    shut(&house, &secret).await;
    let found = house.get(&format!("/admin/api-key/get?apiKey={next}")).await.expect(200);
    let id = found["id"].as_str().expect("an id");
    let (done, told) =
        studio(&[&["api-key", "update", id, "--name", "night"], of(&[]).as_slice()].concat()).await;
    assert!(done && told.contains("night"), "{told}");
    let (done, told) = studio(&[&["api-key", "revoke", id], of(&[]).as_slice()].concat()).await;
    assert!(done && told.contains("revoked"), "{told}");
    shut(&house, &next).await;
    let nobody = "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11";
    for wrong in [
        vec!["api-key", "list", "--customer", nobody],
        vec!["api-key", "create", "--name", "x", "--customer", nobody],
        [&["api-key", "revoke", nobody], of(&[]).as_slice()].concat(),
        vec!["subject", "erase", "--did", BOB, "--customer", nobody],
        of(&["subject", "erase", "--did", BOB]),
    ] {
        let (done, told) = studio(&wrong).await;
        assert!(!done && told.starts_with("studio: "), "{wrong:?}: {told}");
    }

    let did = house.did().await;
    house.post("/credential/issue", body(&did, BOB)).await.expect(200);
    let (done, told) = studio(&of(&["subject", "erase", "--did", BOB])).await;
    assert!(done && told.starts_with("Erased."), "{told}");
    assert_eq!(kept(&house, BOB).await, 0);
    house.stop().await;
}

/// Attacked: a client that repeats its erasure after a lost connection lost whatever was issued in between.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_erasure_takes_nothing_that_was_issued_after_it() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    house.post("/credential/issue", body(&did, BOB)).await.expect(200);
    let erase = async || {
        let key = Some(house.alice.key.as_str());
        let body = json!({"subjectDid": BOB});
        house
            .call_as(key, reqwest::Method::POST, "/subject/erase", Some(body), &[("idempotency-key", "e")])
            .await
    };
    let first = erase().await;
    assert!(first.status == 200 && !first.headers.contains_key("idempotent-replayed"), "{}", first.text);
    house.post("/credential/issue", body(&did, BOB)).await.expect(200);
    let again = erase().await;
    assert_eq!((again.status, &again.body), (200, &first.body), "{}", again.text);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let query = json!({"query": "mutation { eraseSubject(input: {subject: \"BOB\", idempotencyKey: \"e\"}) { erased replayed } }".replace("BOB", BOB)});
    let other_door = house.post("/graphql", query).await.expect(200);
    assert_eq!(other_door["data"]["eraseSubject"], json!({"erased": true, "replayed": true}), "{other_door}");
    let events = house.get("/event/list?limit=100").await.expect(200);
    let erasures = events["events"].as_array().expect("events").iter();
    assert_eq!(erasures.filter(|event| event["operationName"] == "subject-erase").count(), 1, "{events}");
    house.stop().await;
}
