//! The ledger against the log.

use super::*;
use crate::{
    Call, did,
    fake::{CUSTOMER, World},
    resource::{self, CreateResource},
};
use domain::did::DocumentDrift;

const TESTNET: Network = Network::Testnet;

fn note(did: &Did) -> CreateResource {
    CreateResource {
        did: did.clone(),
        name: "note".to_owned(),
        resource_type: "Note".to_owned(),
        version: String::new(),
        also_known_as: Vec::new(),
        data: b"x".to_vec(),
        id: None,
    }
}

/// A DID with one resource: its id.
async fn with_resource(world: &World) -> (Did, String) {
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let told = world.when(resource::create(&studio, &call, note(&did))).await;
    let made = told.then_events(["ResourceVersionRequested", "ResourceVersionCreated"]).then_done();
    (did, made.id)
}

#[tokio::test]
async fn a_ledger_that_agrees_is_no_news() {
    let world = World::new();
    with_resource(&world).await;
    world.did().await;
    let studio = world.studio();
    let found = world.when(page(&studio, TESTNET, None)).await.then_nothing().then();
    assert_eq!(found, Page { compared: 2, ..Page::default() });
    let other = world.when(page(&studio, Network::Mainnet, None)).await.then_nothing().then();
    assert_eq!(other, Page::default(), "nothing of ours is there");
}

#[tokio::test]
async fn a_resource_that_is_gone_is_told_once_and_so_is_its_return() {
    let world = World::new();
    let (did, id) = with_resource(&world).await;
    let studio = world.studio();
    let kept = studio.resolver.resource(&did, &id).await.unwrap().unwrap();
    world.ledger.forget_resource(&id);
    let drift = LedgerDrift { document: None, missing_resources: vec![id.clone()] };
    let found = world.when(page(&studio, TESTNET, None)).await.then_events(["DidDriftFound"]).then();
    assert_eq!(found.drifted, [(did.clone(), drift.clone())]);
    let again = world.when(page(&studio, TESTNET, None)).await.then_nothing().then();
    assert_eq!(again.drifted, [(did.clone(), drift)], "known, and still so");
    let description = domain::resource::ResourceDescription {
        did: did.clone(),
        resource: id.parse().unwrap(),
        name: kept.metadata.name,
        resource_type: kept.metadata.resource_type,
        version: kept.metadata.version,
        also_known_as: Vec::new(),
        size_bytes: 1,
        checksum: kept.metadata.checksum,
        media_type: kept.metadata.media_type,
    };
    // Another content under the same id is not what was written.
    world.ledger.put_resource(&description, b"y");
    world.when(page(&studio, TESTNET, None)).await.then_nothing().then();
    world.ledger.forget_resource(&id);
    world.ledger.put_resource(&description, b"x");
    let back = world.when(page(&studio, TESTNET, None)).await.then_events(["DidDriftResolved"]).then();
    assert_eq!((back.resolved, back.drifted), (vec![did], Vec::new()));
}

#[tokio::test]
async fn what_others_did_to_a_document_is_told() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let document_drift = async |world: &World| {
        let found = world.when(page(&studio, TESTNET, None)).await.then_events(["DidDriftFound"]).then();
        found.drifted[0].1.document.clone().unwrap()
    };
    let document = world.log.state::<DidRecord>(did.as_str()).document;
    world.ledger.put_did(&document, "of-somebody-else");
    let version_id = "of-somebody-else".to_owned();
    assert_eq!(document_drift(&world).await, DocumentDrift::OtherVersion { version_id });
    world.ledger.end_did(&did, "its-end");
    assert_eq!(document_drift(&world).await, DocumentDrift::Deactivated);
    world.ledger.forget_did(&did);
    assert_eq!(document_drift(&world).await, DocumentDrift::Absent);
}

#[tokio::test]
async fn a_did_with_a_write_on_its_way_is_left_alone() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), Call { wait_seconds: 0, ..world.call() });
    did::deactivate(&studio, &call, &did).await.unwrap();
    world.ledger.forget_did(&did);
    let found = world.when(page(&studio, TESTNET, None)).await.then_nothing().then();
    assert_eq!(found.compared, 0);
}

/// What a node has not seen yet is not gone.
#[tokio::test]
async fn a_node_that_is_behind_is_compared_with_nothing() {
    let world = World::new();
    let did = world.did().await;
    world.ledger.forget_did(&did);
    let studio = world.studio();
    world.ledger.behind(1);
    world.when(page(&studio, TESTNET, None)).await.then_refused("ledger/node-behind");
    world.ledger.away(true);
    world.when(page(&studio, TESTNET, None)).await.then_refused("ledger/unreachable");
}

#[tokio::test]
async fn a_pass_goes_page_by_page() {
    let world = World::new();
    for _ in 0..=PAGE_DIDS {
        world.did().await;
    }
    let studio = world.studio();
    let first = page(&studio, TESTNET, None).await.unwrap();
    assert_eq!(first.compared, PAGE_DIDS as usize);
    let last = page(&studio, TESTNET, first.next.as_ref()).await.unwrap();
    assert_eq!((last.compared, last.next), (1, None));
    assert!(world.log.state::<DidRecord>(first.next.unwrap().as_str()).customer == Some(CUSTOMER));
}
