//! Status lists: made, changed, shown, read.

mod change;
mod read;

use super::*;
use crate::{
    Call, FaultKind, Written, did,
    fake::{End, World},
};
use domain::{
    id::Did,
    status_list::{LIST_BITS_MAX, ListType, StatusPurpose},
};

const BITSTRING: ListType = ListType::BitstringStatusList;
const MADE: [&str; 2] = ["StatusListCreateRequested", "StatusListCreated"];

fn wish(did: &Did) -> CreateStatusList {
    World::new_list(did, "list", BITSTRING, StatusPurpose::Revocation)
}

async fn refused(world: &World, wish: CreateStatusList, code: &str) {
    let (studio, call) = (world.studio(), world.call());
    world.when(create(&studio, &call, wish)).await.then_refused(code);
}

#[tokio::test]
async fn a_list_is_published_empty() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let made = world.when(create(&studio, &call, wish(&did))).await.then_events(MADE).then_done();
    assert_eq!(made.metadata.resource_type, "BitstringStatusListCredential");
    let told = read::told(&world, &did, Selection::Many(vec![5, 0])).await.unwrap();
    assert_eq!(
        told.iter().map(|entry| (entry.index, entry.value.clone())).collect::<Vec<_>>(),
        [(0, Ok(0)), (5, Ok(0))]
    );
    let again = world.when(create(&studio, &call, wish(&did))).await.then_events([]).then_done();
    assert_eq!(again.metadata, made.metadata);
}

#[tokio::test]
async fn the_older_family_has_one_purpose_and_no_proof() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let old = World::new_list(&did, "list", ListType::StatusList2021, StatusPurpose::Suspension);
    let made = world.when(create(&studio, &call, old)).await.then_events(MADE).then_done();
    assert_eq!(made.metadata.resource_type, "StatusList2021Suspension");
    assert_eq!(made.resource["StatusList2021"]["statusPurpose"], "suspension");
    let message = World::new_list(&did, "other", ListType::StatusList2021, StatusPurpose::Message);
    refused(&world, message, "status-list/purpose-unsupported").await;
}

#[tokio::test]
async fn a_list_is_kept_by_its_readers_for_a_year_at_most() {
    let world = World::new();
    let did = world.did().await;
    let with = |ttl| CreateStatusList { ttl_milliseconds: Some(ttl), ..wish(&did) };
    refused(&world, with(create::TTL_MAX_MILLISECONDS + 1), "request/invalid").await;
    refused(&world, with(u64::MAX), "request/invalid").await;
    let (studio, call) = (world.studio(), world.call());
    let made = create(&studio, &call, with(create::TTL_MAX_MILLISECONDS));
    world.when(made).await.then_events(MADE).then_done();
}

/// Publishing zeros over a list would reinstate everybody.
#[tokio::test]
async fn a_list_is_made_once() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), Call { wait_seconds: 0, ..world.call() });
    world.when(create(&studio, &call, wish(&did))).await.then_events([MADE[0]]).then_pending();
    let fault = world.when(create(&studio, &world.call(), wish(&did))).await;
    assert_eq!(fault.then_refused("status-list/exists").kind, FaultKind::Conflict);
    world.outbox.settle();
    refused(&world, wish(&did), "status-list/exists").await;
}

#[tokio::test]
async fn a_list_that_the_ledger_refused_is_made_again() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    world.outbox.end_with(End::Rejected("no"));
    let call = world.call();
    let told = world.when(create(&studio, &call, wish(&did))).await;
    told.then_events([MADE[0], "StatusListCreateRejected"]).then_refused("ledger/rejected");
    world.outbox.end_with(End::Asked);
    let call = world.call();
    world.when(create(&studio, &call, wish(&did))).await.then_events(MADE).then_done();
}

#[tokio::test]
async fn a_list_that_nobody_could_read_or_tell_apart_in_is_not_made() {
    let world = World::new();
    let did = world.did().await;
    refused(&world, CreateStatusList { purposes: Vec::new(), ..wish(&did) }, "status-list/purpose-missing")
        .await;
    refused(&world, CreateStatusList { length: Some(131_071), ..wish(&did) }, "status-list/length-invalid")
        .await;
    refused(
        &world,
        CreateStatusList { length: Some(LIST_BITS_MAX + 1), ..wish(&did) },
        "status-list/too-long",
    )
    .await;
    let odd = CreateStatusList { status_size_bits: Some(3), ..wish(&did) };
    refused(&world, odd, "status-list/invalid").await;
    let name = "x".repeat(9_000);
    refused(&world, CreateStatusList { name, ..wish(&did) }, "status-list/name-invalid").await;
    let old = World::new_list(&did, "list", ListType::StatusList2021, StatusPurpose::Revocation);
    let encoding = Some("base2".to_owned());
    refused(&world, CreateStatusList { encoding, ..old }, "status-list/encoding-unsupported").await;
    let (studio, stranger) = (world.studio(), world.call_of(world.stranger()));
    world.when(create(&studio, &stranger, wish(&did))).await.then_refused("did/not-found");
    did::deactivate(&studio, &world.call(), &did).await.unwrap();
    refused(&world, wish(&did), "did/deactivated").await;
}

#[tokio::test]
async fn the_price_of_a_list_is_told_and_nothing_else() {
    let world = World::new();
    let did = world.did().await;
    let (studio, dry) = (world.studio(), Call { dry_run: true, ..world.call() });
    world.when(create(&studio, &dry, wish(&did))).await.then_quoted();
}
