//! Operations that do not move, and whoever intervenes.

use super::*;
use crate::{
    Call,
    fake::{CUSTOMER, End, Standing, World},
    resource::{self, CreateResource},
};

const LIMIT: Duration = Duration::from_secs(1);

/// A write on its way, with the world around it.
async fn on_its_way() -> (World, OperationId) {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), Call { wait_seconds: 0, ..world.call() });
    let (name, resource_type) = ("note".to_owned(), "Note".to_owned());
    let (version, also_known_as, data) = (String::new(), Vec::new(), b"x".to_vec());
    let wish = CreateResource { did, name, resource_type, version, also_known_as, data, id: None };
    let operation = world.when(resource::create(&studio, &call, wish)).await;
    let operation = operation.then_events(["ResourceVersionRequested"]).then_pending();
    (world, operation)
}

#[tokio::test]
async fn what_waits_is_cancelled_and_has_no_effect() {
    let (world, operation) = on_its_way().await;
    let studio = world.studio();
    let told = world.when(intervene(&studio, Some(CUSTOMER), operation, Intervention::Cancel, LIMIT)).await;
    assert!(told.then_events(["ResourceVersionRejected"]).then(), "it has ended");
    let told = world.when(intervene(&studio, Some(CUSTOMER), operation, Intervention::Cancel, LIMIT)).await;
    assert_eq!(told.then_refused("operation/over").kind, FaultKind::Conflict);
}

#[tokio::test]
async fn what_was_sent_may_take_effect_all_the_same_and_that_is_told() {
    let (world, operation) = on_its_way().await;
    let studio = world.studio();
    world.outbox.put(operation, Standing::Sent);
    let told = world.when(intervene(&studio, Some(CUSTOMER), operation, Intervention::Cancel, LIMIT)).await;
    let fault = told.then_events(["ResourceVersionCreated"]).then_refused("operation/took-effect");
    assert_eq!(fault.kind, FaultKind::Conflict);
}

#[tokio::test]
async fn a_cancellation_that_takes_longer_is_not_told_as_done() {
    let (world, operation) = on_its_way().await;
    let studio = world.studio();
    world.outbox.put(operation, Standing::Sent);
    world.outbox.end_with(End::Pending(None));
    let told = world.when(intervene(&studio, Some(CUSTOMER), operation, Intervention::Cancel, LIMIT)).await;
    assert!(!told.then_nothing().then());
}

#[tokio::test]
async fn an_end_that_is_just_recorded_cannot_be_changed() {
    let (world, operation) = on_its_way().await;
    let studio = world.studio();
    world.outbox.put(operation, Standing::Settling);
    for what in [Intervention::Cancel, Intervention::Retry] {
        let told = world.when(intervene(&studio, Some(CUSTOMER), operation, what, LIMIT)).await;
        told.then_refused("operation/on-its-way");
    }
}

#[tokio::test]
async fn only_what_waits_for_an_operator_is_skipped() {
    let (world, operation) = on_its_way().await;
    let studio = world.studio();
    let skip = || intervene(&studio, None, operation, Intervention::Skip, LIMIT);
    world.when(skip()).await.then_refused("operation/not-dead");
    world.outbox.put(operation, Standing::Dead);
    assert!(world.when(skip()).await.then_events(["ResourceVersionRejected"]).then());
}

#[tokio::test]
async fn a_retry_is_not_waited_for_and_takes_a_cancellation_back() {
    let (world, operation) = on_its_way().await;
    let studio = world.studio();
    world.outbox.put(operation, Standing::Dead);
    let told = world.when(intervene(&studio, Some(CUSTOMER), operation, Intervention::Retry, LIMIT)).await;
    assert!(!told.then_nothing().then());
    let before = world.log.len();
    world.outbox.settle();
    assert_eq!(world.log.since(before)[0].kind, "ResourceVersionCreated");
}

#[tokio::test]
async fn an_operation_of_somebody_else_does_not_exist() {
    let (world, operation) = on_its_way().await;
    let (studio, stranger) = (world.studio(), world.stranger());
    for what in [Intervention::Cancel, Intervention::Skip, Intervention::Retry] {
        let told = world.when(intervene(&studio, Some(stranger), operation, what, LIMIT)).await;
        assert_eq!(told.then_refused("operation/not-found").kind, FaultKind::NotFound);
    }
    // Whoever runs this Studio may, whosever it is.
    let told = world.when(intervene(&studio, None, operation, Intervention::Cancel, LIMIT)).await;
    assert!(told.then_events(["ResourceVersionRejected"]).then());
}
