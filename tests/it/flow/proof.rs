//! What the operator's command line says about the log, and what it leaves in it (doors 17, safety 12).

use crate::{
    house::{TestHouse, penniless},
    patience,
};
use app::people;
use domain::id::CustomerId;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::process::{Command, Output};
use studio::funds;

const MASTER: &str = "8f1c3b5a7d9e0f2143658709badcfe10a1b2c3d4e5f60718293a4b5c6d7e8f90";
const ALIAS: &str = "Zoë's laptop";

async fn start() -> TestHouse {
    TestHouse::with(&[("STUDIO_MASTER_KEY", MASTER)]).await
}

fn command(house: &TestHouse, arguments: &[&str]) -> Command {
    let url = house.database.as_ref().expect("a database of its own").url();
    let mut command = Command::new(env!("CARGO_BIN_EXE_studio"));
    command.args(arguments).env("EXTERNAL_DB_CONNECTION_URL", url).env("TESTNET_RPC_URL", house.node.url());
    command
}

/// `studio …` as an operator runs it.
fn studio(house: &TestHouse, arguments: &[&str]) -> Output {
    patience::run(command(house, arguments).env("STUDIO_MASTER_KEY", MASTER), "").expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// What it printed, line by line; fails the test if it failed.
#[track_caller]
fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}{}", out(output), err(output));
    out(output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Everything appended has its position and is taken in.
async fn settled(house: &TestHouse) {
    house.caught_up().await;
}

async fn run(house: &TestHouse, sql: &str) {
    sqlx::raw_sql(sql).execute(&house.house.pool).await.expect(sql);
}

async fn key(house: &TestHouse) -> String {
    let made = house.post("/key/create", json!({"alias": ALIAS})).await.expect(200);
    assert_eq!(made["publicKeyAlias"], ALIAS);
    made["kid"].as_str().expect("an id").to_owned()
}

async fn reveals(house: &TestHouse) -> u64 {
    settled(house).await;
    let found = house.get("/event/list?operationName=personal-data-reveal").await.expect(200);
    found["total"].as_u64().expect("a number")
}

/// The recipe of docs/operations.md, from a line's `hashed` alone and with nothing of the product.
fn link(hashed: &Value) -> String {
    let text = |name: &str| hashed[name].as_str().expect(name).to_owned();
    let number = |name: &str| hashed[name].as_i64().expect(name).to_be_bytes();
    let uuid = |name: &str| hex::decode(text(name).replace('-', "")).expect(name);
    let prefixed = |name: &str| {
        let text = text(name);
        let length = u32::try_from(text.len()).expect("short").to_be_bytes();
        [length.as_slice(), text.as_bytes()].concat()
    };
    let mut bytes = b"studio/log/v1".to_vec();
    bytes.extend(hex::decode(text("previous")).expect("hex"));
    bytes.extend(number("position"));
    bytes.extend(number("ingestId"));
    bytes.extend(uuid("eventId"));
    bytes.extend(uuid("tenant"));
    bytes.extend(prefixed("streamType"));
    bytes.extend(prefixed("streamId"));
    bytes.extend(number("sequence"));
    bytes.extend(prefixed("eventType"));
    bytes.extend(prefixed("eventVersion"));
    bytes.extend(Sha256::digest(text("payload")));
    bytes.extend(Sha256::digest(text("metadata")));
    bytes.extend(number("recordedAtMicros"));
    hex::encode(Sha256::digest(bytes))
}

/// The program in docs/operations.md says the same, where there is a Python to run it.
fn python_agrees(replayed: &str) {
    let document = include_str!("../../../docs/operations.md");
    let program = document.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
    let program = program.expect("a program in the document");
    let agrees = |lines: &str| {
        let ran = patience::run(Command::new("python3").args(["-c", program]), lines);
        ran.ok().map(|output| output.status.success())
    };
    let Some(is_so) = agrees(replayed) else { return };
    assert!(is_so, "the documented program computes other links");
    let changed = replayed.replacen("\"sequence\":1", "\"sequence\":2", 2);
    assert_eq!(agrees(&changed), Some(false), "the documented program notices nothing");
}

/// Doors 17: a stranger can recompute the chain from what replay prints, also of an event whose text no writer of ours would
/// have made, and while personal data is shown.
#[tokio::test(flavor = "multi_thread")]
async fn doors_17_the_chain_can_be_recomputed_from_a_replay() {
    let house = start().await;
    let kid = key(&house).await;
    house.did().await;
    let odd = format!(
        "insert into es.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         select aggregate_type, '{}', sequence, event_type, event_version,
           replace(payload::text, '\":', E'\" :\\n\\t ')::json,
           (metadata::jsonb || jsonb_build_object('commandId', gen_random_uuid(), 'eventId', gen_random_uuid()))::json
         from es.events where aggregate_id = '{kid}'",
        "ab".repeat(32)
    );
    run(&house, &odd).await;
    house.house.progress.appended();
    settled(&house).await;

    let verified = studio(&house, &["audit", "verify"]);
    assert!(verified.status.success(), "{}", err(&verified));
    let replayed = lines(&studio(&house, &["audit", "replay"]));
    assert!(replayed.len() > 10);
    let mut previous = "00".repeat(32);
    for (number, line) in (1_u64..).zip(&replayed) {
        let hashed = &line["hashed"];
        assert_eq!((&line["position"], &hashed["position"]), (&number.into(), &number.into()));
        assert_eq!(hashed["previous"], previous.as_str(), "each link builds on the one before");
        previous = link(hashed);
        assert_eq!(line["chain"], previous.as_str(), "position {number}");
        // What people read says the same as what is hashed.
        for member in ["payload", "metadata"] {
            let text = hashed[member].as_str().expect("a text");
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
        }
        let payload: Value = serde_json::from_str(hashed["payload"].as_str().expect("a text")).expect("JSON");
        assert_eq!(line["payload"], payload);
        let mut forged = hashed.clone();
        forged["payload"] = format!("{} ", hashed["payload"].as_str().expect("a text")).into();
        assert_ne!(link(&forged), previous, "a space more is another text");
    }
    assert!(
        replayed
            .iter()
            .any(|line| line["hashed"]["payload"].as_str().is_some_and(|text| text.contains("\n\t ")))
    );
    let note = format!("Note {}:{previous} elsewhere.", replayed.len());
    assert!(out(&verified).contains(&note), "{note} in {}", out(&verified));

    python_agrees(&out(&studio(&house, &["audit", "replay"])));

    // One stream alone, in the clear: each of its links still follows from its line.
    let (stream, customer) = (format!("key-{kid}"), house.alice.customer.to_string());
    let shown = lines(&studio(
        &house,
        &["audit", "replay", "--reveal", "--customer", &customer, "--stream", &stream],
    ));
    let [line] = shown.as_slice() else { panic!("one event: {shown:?}") };
    assert_eq!(line["payload"]["KeyCreated"]["sealedAlias"], ALIAS);
    assert_eq!(line["chain"], link(&line["hashed"]));
    assert!(!line["hashed"].to_string().contains("laptop"));
    house.stop().await;
}

/// Doors 17: whoever is shown personal data leaves an event, before anything is shown.
#[tokio::test(flavor = "multi_thread")]
async fn doors_17_that_personal_data_was_revealed_stands_in_the_customers_log() {
    let house = start().await;
    let stream = format!("key-{}", key(&house).await);
    let customer = house.alice.customer.to_string();
    let sealed = studio(&house, &["audit", "replay", "--customer", &customer]);
    assert!(!lines(&sealed).is_empty() && !out(&sealed).contains("laptop"));
    assert_eq!(reveals(&house).await, 0, "what stays sealed is nobody's reading");

    let reveal = ["audit", "replay", "--reveal", "--customer", &customer, "--stream", &stream];
    let shown = studio(&house, &reveal);
    assert!(lines(&shown).len() == 1 && out(&shown).contains(ALIAS), "{}", err(&shown));
    assert_eq!(reveals(&house).await, 1);
    assert!(studio(&house, &reveal).status.success());
    assert_eq!(reveals(&house).await, 2, "each time");
    let logged = lines(&studio(&house, &["audit", "replay", "--stream", &format!("customer-{customer}")]));
    let last = logged.last().expect("an event");
    assert_eq!(last["payload"]["PersonalDataRevealed"]["what"]["stream"], stream.as_str());
    assert_eq!(last["metadata"]["actor"]["type"], "operator");
    let query = json!({"query": "{ events(first: 1) { nodes { action actor { type } } } }"});
    let seen = house.post("/graphql", query).await.expect(200);
    let node = &seen["data"]["events"]["nodes"][0];
    assert_eq!(
        (&node["action"], &node["actor"]["type"]),
        (&"PERSONAL_DATA_REVEAL".into(), &"OPERATOR".into()),
        "{seen}"
    );

    // Nothing is shown without the event, and nothing is recorded when nothing can be shown.
    let nameless =
        patience::run(command(&house, &reveal).env_remove("STUDIO_MASTER_KEY"), "").expect("it runs");
    assert!(!nameless.status.success() && out(&nameless).is_empty(), "{}", out(&nameless));
    let unknown = ["audit", "replay", "--reveal", "--customer", &customer, "--stream", "key-none"];
    assert!(!studio(&house, &unknown).status.success());
    assert_eq!(reveals(&house).await, 2);
    run(
        &house,
        "create function public.no() returns trigger language plpgsql as $$ begin
           if new.event_type = 'PersonalDataRevealed' then raise exception 'no'; end if; return new; end $$;
         create trigger no before insert on es.events for each row execute function public.no()",
    )
    .await;
    let refused = studio(&house, &reveal);
    assert!(!refused.status.success() && out(&refused).is_empty(), "{}", out(&refused));
    house.stop().await;
}

/// Failed sign-ins are kept with the address that they came from: whoever runs Studio can read it, and that he did stands beside it.
#[tokio::test(flavor = "multi_thread")]
async fn doors_17_the_history_of_a_user_is_shown_and_says_so() {
    let house = start().await;
    let link = people::make_set_up_link(&house.house.studio, house.alice.customer).await.expect("a link");
    let (email, password) = ("ana@example.org", "the tree beside the window");
    let body = json!({"token": link.to_string(), "email": email, "password": password});
    let done = house.post("/auth/setup", body).await.expect(200);
    let user = done["userId"].as_str().expect("an id").to_owned();
    house.post("/auth/password", json!({"email": email, "password": "another tree"})).await.expect(401);
    settled(&house).await;

    let stream = format!("user-{user}");
    let sealed = studio(&house, &["audit", "replay", "--stream", &stream]);
    let failed = |output: &Output| {
        let lines = lines(output);
        lines.iter().find_map(|line| line["payload"].get("SignInFailed")).expect("it is there").clone()
    };
    assert_eq!(failed(&sealed)["reason"], "wrong-password");
    assert!(!out(&sealed).contains("127.0.0.1") && !out(&sealed).contains(email));
    let shown = studio(&house, &["audit", "replay", "--reveal", "--stream", &stream]);
    assert_eq!(failed(&shown)["address"], "127.0.0.1");
    assert!(out(&shown).contains(email), "{}", out(&shown));
    settled(&house).await;
    let noted = lines(&studio(&house, &["audit", "replay", "--stream", &stream]));
    let last = noted.last().expect("an event");
    assert_eq!(last["payload"]["UserDataRevealed"]["what"]["stream"], stream.as_str());
    assert_eq!(last["metadata"]["actor"]["type"], "operator");

    let key = format!("key-{}", key(&house).await);
    for nobody in [vec![], vec!["--stream", key.as_str()], vec!["--stream", "user-ana"]] {
        let refused = studio(&house, &[vec!["audit", "replay", "--reveal"], nobody].concat());
        assert!(!refused.status.success() && out(&refused).is_empty(), "{}", out(&refused));
    }
    house.stop().await;
}

/// Doors 17: names of keys are sealed, and those of before are still read.
#[tokio::test(flavor = "multi_thread")]
async fn doors_17_names_of_keys_are_sealed_and_old_plain_ones_still_shown() {
    let house = start().await;
    let (kid, old) = (key(&house).await, "cd".repeat(32));
    let plain: i64 = sqlx::query_scalar("select count(*) from es.events where payload::text like '%laptop%'")
        .fetch_one(&house.house.pool)
        .await
        .expect("answers");
    assert_eq!(plain, 0);
    let before = format!(
        "insert into es.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         select aggregate_type, '{old}', sequence, event_type, event_version,
           jsonb_set(replace(payload::text, '{kid}', '{old}')::jsonb #- '{{KeyCreated,sealedAlias}}',
             '{{KeyCreated,alias}}', '\"old name\"')::json,
           (metadata::jsonb || jsonb_build_object('commandId', gen_random_uuid(), 'eventId', gen_random_uuid()))::json
         from es.events where aggregate_id = '{kid}'"
    );
    run(&house, &before).await;
    house.house.progress.appended();
    settled(&house).await;
    for (kid, name) in [(&kid, ALIAS), (&old, "old name")] {
        let read = house.get(&format!("/key/read/{kid}")).await.expect(200);
        assert_eq!(read["publicKeyAlias"], name);
    }
    let query = json!({"query": "{ keys(first: 10) { nodes { kid alias } } }"});
    let listed = house.post("/graphql", query).await.expect(200);
    let nodes = listed["data"]["keys"]["nodes"].as_array().expect("keys");
    let names: Vec<&Value> =
        nodes.iter().map(|node| &node["alias"]).filter(|alias| !alias.is_null()).collect();
    assert_eq!(names, ["old name", ALIAS], "{listed}");
    house.house.studio.vault.erase(house.alice.customer, "customer").await.expect("erased");
    let read = house.get(&format!("/key/read/{kid}")).await.expect(200);
    assert_eq!(read["publicKeyAlias"], Value::Null, "erased with its customer");
    house.stop().await;
}

/// Doors 17: nothing printed is a failure that says why.
#[tokio::test(flavor = "multi_thread")]
async fn doors_17_a_replay_of_what_does_not_exist_fails_with_a_sentence() {
    let house = start().await;
    let did = house.did().await;
    let (known, nobody) = (format!("did-{did}"), CustomerId(house.house.studio.ids.next()).to_string());
    for (arguments, sentence) in [
        (vec!["--stream", "did-did:cheqd:testnet:none"], "there is no stream did-did:cheqd:testnet:none"),
        (vec!["--stream", &known, "--until-position", "1"], "has no event that is also"),
        (vec!["--stream", &known, "--customer", &nobody], "has no event that is also"),
        (vec!["--customer", &nobody], "there is no event of customer"),
        (vec!["--until", "2001-01-01T00:00:00Z"], "the log has no event that early"),
    ] {
        let output = studio(&house, &[vec!["audit", "replay"], arguments.clone()].concat());
        assert!(!output.status.success() && out(&output).is_empty(), "{arguments:?}: {}", out(&output));
        assert!(err(&output).contains(sentence), "{arguments:?}: {}", err(&output));
    }
    assert!(lines(&studio(&house, &["audit", "replay", "--stream", &known])).len() >= 2);
    house.stop().await;
}

/// Safety 12, on the command line: what was compared, what was not, and which row is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn safety_12_audit_verify_names_the_changed_row_and_says_what_it_does_not_cover() {
    let house = start().await;
    let did = house.did().await;
    settled(&house).await;
    let whole = studio(&house, &["audit", "verify"]);
    assert!(whole.status.success(), "{}{}", out(&whole), err(&whole));
    for part in ["Compared with it: ", "Not covered: read models", "saved replies", "snapshots"] {
        assert!(out(&whole).contains(part), "{part} in {}", out(&whole));
    }
    assert!(!out(&whole).contains(" 0 operations") && !out(&whole).contains(": 0 rows"), "{}", out(&whole));
    let of = format!("where ordering_key = '{did}'");
    let operation: String = sqlx::query_scalar(&format!("select operation::text from outbox.ops {of}"))
        .fetch_one(&house.house.pool)
        .await
        .expect("an operation");
    let command = format!("delete from es.commands where aggregate_id = '{did}' and first_sequence = 1");
    for (change, named) in [
        (format!("update outbox.ops set fee_paid = fee_paid - 1 {of}"), format!("{operation}: fee_paid is ")),
        (
            format!("update outbox.ops set tx_hash = repeat('A', 64) {of}"),
            format!("{operation}: tx_hash is AAAA"),
        ),
        (command, format!("es.commands, did {did}, command ")),
    ] {
        run(
            &house,
            "create table public.ops as table outbox.ops; create table public.commands as table es.commands",
        )
        .await;
        run(&house, &change).await;
        let found = studio(&house, &["audit", "verify"]);
        assert!(!found.status.success(), "{change}: {}", out(&found));
        assert!(err(&found).contains(&named), "{change}: {}", err(&found));
        assert!(
            out(&found).contains("The log is intact") && !out(&found).contains("Note "),
            "{}",
            out(&found)
        );
        run(
            &house,
            "update outbox.ops o set fee_paid = k.fee_paid, tx_hash = k.tx_hash from public.ops k where k.operation = o.operation;
             insert into es.commands select * from public.commands on conflict do nothing;
             drop table public.ops; drop table public.commands",
        )
        .await;
    }
    assert!(studio(&house, &["audit", "verify"]).status.success(), "all put back");
    house.stop().await;
}

/// Doors 17: a difference names its row, and what is low whose it is and what to do.
#[tokio::test(flavor = "multi_thread")]
async fn doors_17_rebuild_verify_names_the_row_and_doctor_the_customer_and_the_remedy() {
    let house = start().await;
    let did = house.did().await;
    settled(&house).await;
    let equal = studio(&house, &["rebuild", "did", "--verify"]);
    assert!(equal.status.success(), "{}{}", out(&equal), err(&equal));
    run(
        &house,
        "do $$ declare t text; begin
           select format('rm.did_v%s_%s', version / 100000, version % 100000) into t from es.checkpoints
             where name = 'did' and live;
           execute format('update %s set network = %L', t, 'elsewhere'); end $$",
    )
    .await;
    let differing = studio(&house, &["rebuild", "did", "--verify"]);
    assert!(!differing.status.success());
    let row = format!("row {{\"did\" : \"{did}\"}}: network differ");
    assert!(out(&differing).contains(&row), "{row} in {}", out(&differing));

    let poor = penniless(&house.house, "Poor").await;
    settled(&house).await;
    funds::pass(&house.house).await.expect("looked");
    let told = studio(&house, &["doctor"]);
    let text = out(&told);
    let low = text.lines().find(|line| line.starts_with("LOW") && line.contains(&poor.payer)).expect(&text);
    let named =
        [&poor.customer.to_string(), "testnet account", "TESTNET_MINIMUM_BALANCE", "Send CHEQ on testnet to"];
    assert!(named.iter().all(|part| low.contains(part)), "{low}");
    house.call_as(None, Method::GET, "/health/live", None, &[]).await.expect(200);
    house.stop().await;
}
