//! What holds after everything that was sent.

use crate::{
    house::{Reply, TestHouse},
    node::FAUCET,
};
use domain::id::OperationId;
use projections::Projections;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// When the wait for something that must happen is given up; nothing depends on how long it takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// What does not hold.
pub async fn complaints(house: &TestHouse) -> Vec<String> {
    let mut wrong = Vec::new();
    studio::tenant::fund(&house.house, &FAUCET, house.alice.customer).await.expect("funds");
    // The server goes on: it is well, and a write takes effect.
    for path in ["/health/live", "/health/ready"] {
        let reply: Reply = house.get(path).await;
        if reply.status != 200 {
            wrong.push(format!("{path}: {} {}", reply.status, reply.text));
        }
    }
    let body = json!({"network": "testnet", "verificationMethodType": "Ed25519VerificationKey2020"});
    let reply = house.post("/did/create", body).await;
    if ![200, 202].contains(&reply.status) {
        wrong.push(format!("a write afterwards: {} {}", reply.status, reply.text));
    }
    wrong.extend(unfinished(house).await);
    wrong.extend(behind(house).await);
    if wrong.is_empty() {
        wrong.extend(unequal(house).await);
    }
    wrong
}

/// Every write that was taken comes to an end.
pub async fn unfinished(house: &TestHouse) -> Vec<String> {
    let open = "select operation from outbox.ops where state not in ('confirmed', 'failed', 'cancelled', 'dead') order by position";
    let mut wrong = Vec::new();
    // One whose end is not seen shows where all are stuck.
    while wrong.is_empty() {
        let operations: Vec<Uuid> =
            sqlx::query_scalar(open).fetch_all(&house.house.pool).await.expect("operations");
        let Some(operation) = operations.first() else { break };
        let ended = house.house.studio.outcomes.ended(OperationId(*operation), PATIENCE).await;
        if !matches!(ended, Ok(app::port::outcomes::Waited::Pending { .. })) && ended.is_ok() {
            continue;
        }
        wrong.push(format!("operation {operation} does not end: {ended:?}; {} are open", operations.len()));
    }
    let dead = "select operation, kind, code, reason from outbox.ops where state = 'dead'";
    let dead: Vec<(Uuid, String, Option<String>, Option<String>)> =
        sqlx::query_as(dead).fetch_all(&house.house.pool).await.expect("operations");
    wrong.extend(
        dead.into_iter().map(|dead| format!("the ledger does not take a write that was accepted: {dead:?}")),
    );
    wrong
}

/// Every follower reaches the end of the log, and no stream is parked.
async fn behind(house: &TestHouse) -> Vec<String> {
    house.caught_up().await;
    let progress = &house.house.progress;
    let mut wrong = Vec::new();
    let followers = progress.followers().await.expect("followers");
    let failed =
        followers.iter().filter(|follower| follower.status != "running" || follower.last_error.is_some());
    wrong.extend(failed.map(|follower| format!("{follower:?}")));
    let parked = progress.parked().await.expect("a list");
    wrong.extend(parked.iter().map(|parked| format!("{parked:?}")));
    wrong
}

/// What `studio rebuild --all --verify` and `studio audit verify` say.
async fn unequal(house: &TestHouse) -> Vec<String> {
    let mut wrong = Vec::new();
    let models = Projections::new(house.house.pool.clone(), house.house.progress.clone(), "property");
    for name in projections::MODEL_NAMES {
        match models.verify(name, &CancellationToken::new()).await {
            Ok(verification) if verification.is_equal() => {}
            other => wrong.push(format!("{name} is not what a cold rebuild makes: {other:?}")),
        }
    }
    match store::audit::verify(&house.house.pool, &[]).await {
        Ok(store::Verdict::Intact(_)) => {}
        other => wrong.push(format!("the log: {other:?}")),
    }
    wrong
}
