//! An event that nobody can read, written past every check, as its neighbours, its operator and its own tenant meet it
//! (safety 3).

use crate::{house::TestHouse, patience::run};
use projections::{MODEL_NAMES, Projections};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::{Command, Output};
use tokio_util::sync::CancellationToken;

const MASTER: &str = "8f1c3b5a7d9e0f2143658709badcfe10a1b2c3d4e5f60718293a4b5c6d7e8f90";
/// Nested deeper than any reader reads, as the next event of a DID's stream.
const POISON: &str = "insert into es.events
      (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
    select aggregate_type, aggregate_id, sequence + 1, event_type, event_version,
      ('{\"' || event_type || '\":{\"did\":' || repeat('[', 200) || repeat(']', 200) || '}}')::json,
      (metadata::jsonb || jsonb_build_object('commandId', gen_random_uuid(), 'eventId', gen_random_uuid()))::json
    from es.events where aggregate_id = $1 order by sequence desc limit 1";
/// The same event with the payload of the one before it, past the triggers: what a version that can read it would see.
const MEND: &str = "alter table es.events disable trigger append_only;
    update es.events poison set payload = good.payload from es.events good
      where poison.payload::text like '%[[[[[[%' and good.aggregate_id = poison.aggregate_id
        and good.sequence = poison.sequence - 1;
    alter table es.events enable trigger append_only;";

/// `studio doctor` as an operator runs it.
fn doctor(house: &TestHouse) -> Output {
    let url = house.database.as_ref().expect("a database of its own").url();
    let mut command = Command::new(env!("CARGO_BIN_EXE_studio"));
    command.arg("doctor").env("EXTERNAL_DB_CONNECTION_URL", url).env("STUDIO_MASTER_KEY", MASTER);
    run(command.env("TESTNET_RPC_URL", house.node.url()), "").expect("it runs")
}

async fn new_did(house: &TestHouse, key: &str) -> String {
    let body =
        json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}});
    let reply = house.call_as(Some(key), Method::POST, "/did/create", Some(body), &[]).await.expect(200);
    reply["did"].as_str().expect("a DID").to_owned()
}

async fn dids(house: &TestHouse, key: &str) -> usize {
    let reply = house.call_as(Some(key), Method::GET, "/did/list", None, &[]).await.expect(200);
    reply["dids"].as_array().expect("DIDs").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_3_a_poisoned_event_stops_its_own_stream_and_nothing_else() {
    let variables = [("STUDIO_MASTER_KEY", MASTER)];
    let mut house = TestHouse::with(&variables).await;
    let (alice, mallory) = (house.alice.key.clone(), house.mallory.key.clone());
    let poisoned = new_did(&house, &mallory).await;
    let change = |name: &str| json!({"did": poisoned, "service": [{"id": format!("{poisoned}#{name}"), "type": "T", "serviceEndpoint": ["https://a.example"]}]});
    let update = async |name| {
        house.call_as(Some(&mallory), Method::POST, "/did/update", Some(change(name)), &[]).await
    };
    update("first").await.expect(200);
    let own = new_did(&house, &alice).await;
    let done = sqlx::query(POISON).bind(&poisoned).execute(&house.house.pool).await.expect("is written");
    assert_eq!(done.rows_affected(), 1);
    house.house.progress.appended();
    house.caught_up().await;

    // Neighbours read and write, awaited to the end; so does the tenant himself beside the poisoned stream.
    let before = dids(&house, &alice).await;
    let another = new_did(&house, &alice).await;
    assert_eq!(dids(&house, &alice).await, before + 1);
    let service = json!({"did": own, "service": [{"id": format!("{own}#s"), "type": "T", "serviceEndpoint": ["https://a.example"]}]});
    house.post("/did/update", service).await.expect(200);
    let claim = json!({"issuerDid": another, "subjectDid": own, "attributes": {"a": 1}, "format": "jwt"});
    house.post("/credential/issue", claim).await.expect(200);
    new_did(&house, &mallory).await;
    assert_eq!(dids(&house, &mallory).await, 2, "what stood there stands there");
    // Nothing is decided on a stream that cannot be read, and nobody is told what is in it.
    let refused = update("second").await;
    assert_eq!((refused.status, &refused.body["code"]), (500, &json!("bug")), "{}", refused.text);
    house.call_as(None, Method::GET, "/health/live", None, &[]).await.expect(200);

    // Its operator is told whose it is and where.
    let told = doctor(&house);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let parked: Vec<&str> = text.lines().filter(|line| line.starts_with("PARKED")).collect();
    assert!(!parked.is_empty(), "{text}{}", String::from_utf8_lossy(&told.stderr));
    for line in &parked {
        assert!(line.contains(&poisoned) && line.contains(&house.mallory.customer.to_string()), "{line}");
    }

    // The fix: a house that can read it goes on where the old one stopped.
    let (database, pool) = (house.database.take(), house.house.pool.clone());
    house.stop().await;
    sqlx::raw_sql(MEND).execute(&pool).await.expect("is mended");
    let mut house = TestHouse::over(pool.clone(), &variables).await;
    house.database = database;
    let emptied = async {
        while !house.house.progress.parked().await.expect("answers").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), emptied).await.expect("is taken up");
    house.caught_up().await;
    let models = Projections::new(pool, house.house.progress.clone(), "verifying");
    for name in MODEL_NAMES {
        let verification = models.verify(name, &CancellationToken::new()).await.expect("a cold rebuild");
        assert!(verification.is_equal(), "{name}: {verification:?}");
    }
    let seen: Value = house.call_as(Some(&mallory), Method::GET, "/did/list", None, &[]).await.expect(200);
    assert!(seen.to_string().contains(&poisoned), "{seen}");
    house.stop().await;
}
