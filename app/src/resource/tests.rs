//! Resources: written once, known by their name ever after.

use super::{CreateResource, create};
use crate::{
    Call, FaultKind, did,
    fake::{End, World},
    port::resolver::Freshness,
};
use domain::{
    id::{Did, ResourceId},
    resource::AlternativeUri,
};

const MADE: [&str; 2] = ["ResourceVersionRequested", "ResourceVersionCreated"];

fn note(did: &Did, data: &[u8]) -> CreateResource {
    CreateResource {
        did: did.clone(),
        name: "note".to_owned(),
        resource_type: "Note".to_owned(),
        version: "1".to_owned(),
        also_known_as: vec![AlternativeUri {
            uri: "https://example.org/n".to_owned(),
            description: "web".to_owned(),
        }],
        data: data.to_vec(),
        id: None,
    }
}

#[tokio::test]
async fn a_resource_is_on_the_ledger_as_it_was_given() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let told = world.when(create(&studio, &call, note(&did, b"{\"n\":1}"))).await;
    let made = told.then_events(MADE).then_done();
    assert_eq!((made.media_type.as_str(), made.version.as_str()), ("application/json", "1"));
    assert_eq!(made.also_known_as, [("https://example.org/n".to_owned(), "web".to_owned())]);
    let found = studio.resolver.resource(&did, &made.id).await.unwrap().unwrap();
    assert_eq!((found.data.as_slice(), &found.metadata), (b"{\"n\":1}".as_slice(), &made));
}

#[tokio::test]
async fn a_second_one_of_the_same_name_and_type_is_its_next_version() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let call = world.call();
    let first = world.when(create(&studio, &call, note(&did, b"one"))).await.then_events(MADE).then_done();
    let call = world.call();
    let second = world.when(create(&studio, &call, note(&did, b"two"))).await.then_events(MADE).then_done();
    assert_eq!(second.previous_version_id.as_ref(), Some(&first.id));
    let latest = studio.resolver.latest_resource(&did, "note", "Note", Freshness::Fresh).await.unwrap();
    assert_eq!(latest.unwrap().data, b"two");
}

#[tokio::test]
async fn the_same_request_again_is_the_same_version() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let first = world.when(create(&studio, &call, note(&did, b"x"))).await.then_events(MADE).then_done();
    let again = world.when(create(&studio, &call, note(&did, b"x"))).await;
    assert_eq!(again.then_events([]).then_done(), first);
}

#[tokio::test]
async fn a_version_that_the_ledger_refused_does_not_keep_others_from_the_name() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    world.outbox.end_with(End::Rejected("no"));
    let call = world.call();
    let told = world.when(create(&studio, &call, note(&did, b"x"))).await;
    told.then_events(["ResourceVersionRequested", "ResourceVersionRejected"]).then_refused("ledger/rejected");
    world.outbox.end_with(End::Asked);
    world.when(create(&studio, &world.call(), note(&did, b"x"))).await.then_events(MADE).then_done();
}

#[tokio::test]
async fn what_the_ledger_could_not_hold_is_refused_before_it_is_asked_for() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    world.when(create(&studio, &call, note(&did, b""))).await.then_refused("resource/empty");
    let unnamed = CreateResource { name: String::new(), ..note(&did, b"x") };
    world.when(create(&studio, &call, unnamed)).await.then_refused("resource/invalid");
    let stranger = world.call_of(world.stranger());
    world.when(create(&studio, &stranger, note(&did, b"x"))).await.then_refused("did/not-found");
    did::deactivate(&studio, &world.call(), &did).await.unwrap();
    let fault = world.when(create(&studio, &call, note(&did, b"x"))).await.then_refused("did/deactivated");
    assert_eq!(fault.kind, FaultKind::Invalid);
}

#[tokio::test]
async fn the_price_of_a_resource_is_told_and_nothing_else() {
    let world = World::new();
    let did = world.did().await;
    let (studio, dry) = (world.studio(), Call { dry_run: true, ..world.call() });
    world.when(create(&studio, &dry, note(&did, b"x"))).await.then_quoted();
}

/// Of the caller's own choice.
fn chosen(did: &Did, data: &[u8], id: ResourceId) -> CreateResource {
    CreateResource { id: Some(id), ..note(did, data) }
}

#[tokio::test]
async fn the_caller_may_choose_the_id_and_a_repeat_is_the_same_version() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call, id) = (world.studio(), world.call(), ResourceId(uuid::Uuid::from_u128(7)));
    let made = world.when(create(&studio, &call, chosen(&did, b"x", id))).await.then_events(MADE).then_done();
    assert_eq!(made.id, id.to_string());
    // The same request finds on the ledger what it wrote there itself.
    let again = world.when(create(&studio, &call, chosen(&did, b"x", id))).await;
    assert_eq!(again.then_events([]).then_done(), made);
}

#[tokio::test]
async fn an_id_is_chosen_once_whatever_the_line() {
    let world = World::new();
    let did = world.did().await;
    let (studio, id) = (world.studio(), ResourceId(uuid::Uuid::from_u128(7)));
    world.when(create(&studio, &world.call(), chosen(&did, b"x", id))).await.then_events(MADE).then_done();
    for name in ["note", "another"] {
        let second = CreateResource { name: name.to_owned(), ..chosen(&did, b"y", id) };
        let told = world.when(create(&studio, &world.call(), second)).await;
        told.then_events([]).then_refused("resource/already-exists");
    }
}

#[test]
fn an_id_that_nobody_chose_is_not_written_down() {
    let did = Did::parse("did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0").unwrap();
    let written = serde_json::to_value(note(&did, b"x")).unwrap();
    assert_eq!(written.get("id"), None);
    let read: CreateResource = serde_json::from_value(written).unwrap();
    assert_eq!(read.id, None, "as it was written before there was a choice");
}
