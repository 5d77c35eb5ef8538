//! Resources: written once, known by their name ever after.

use super::{Change, CreateResource, Line, Untold, create, history, version_at};
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

/// The line of [`note`]s.
fn notes(did: &Did) -> Line {
    Line { did: did.clone(), name: "note".to_owned(), resource_type: "Note".to_owned() }
}

#[tokio::test]
async fn a_history_has_every_version_with_what_it_changed_newest_first() {
    let world = World::new();
    let (did, studio) = (world.did().await, world.studio());
    assert_eq!(history(&studio, &notes(&did), 0, 25).await.unwrap(), None);
    let mut ids = Vec::new();
    for data in [&b"{\"n\":1}"[..], b"{\"n\":2}", b"words", b"{\"n\":3}"] {
        world.time.pass(1);
        ids.push(create(&studio, &world.call(), note(&did, data)).await.unwrap());
    }
    let other = CreateResource { resource_type: "Other".to_owned(), ..note(&did, b"{}") };
    create(&studio, &world.call(), other).await.unwrap();

    let found = history(&studio, &notes(&did), 0, 25).await.unwrap().unwrap();
    assert_eq!(found.total, 4);
    let patch = Change::Patch(vec![serde_json::json!({"op": "replace", "path": "/n", "value": 2})]);
    let changes: Vec<_> = found.versions.iter().map(|version| version.change.clone()).collect();
    let not_json = Change::Untold(Untold::NotJson);
    assert_eq!(
        changes,
        [not_json.clone(), not_json.clone(), patch.clone(), Change::Untold(Untold::FirstVersion)]
    );
    let sizes: Vec<_> = found.versions.iter().map(|version| version.size_bytes).collect();
    assert_eq!(sizes, [7, 5, 7, 7]);

    // The last of a page is compared with the first of the next.
    let page = history(&studio, &notes(&did), 1, 2).await.unwrap().unwrap();
    assert_eq!((page.total, page.versions.as_slice()), (4, &found.versions[1..3]));
    let beyond = history(&studio, &notes(&did), 9, 2).await.unwrap().unwrap();
    assert_eq!((beyond.total, beyond.versions.len()), (4, 0));
}

#[tokio::test]
async fn a_version_is_the_newest_from_its_very_instant_until_the_next() {
    let world = World::new();
    let (did, studio) = (world.did().await, world.studio());
    let mut times = Vec::new();
    for data in [&b"one"[..], b"two", b"three"] {
        world.time.pass(10);
        times.push(world.time.present());
        create(&studio, &world.call(), note(&did, data)).await.unwrap();
    }
    let line = notes(&did);
    let at = async |at| version_at(&studio, &line, at).await.unwrap().map(|found| found.data);
    let nanosecond = chrono::TimeDelta::nanoseconds(1);
    assert_eq!(at(times[0] - nanosecond).await, None);
    for (place, data) in [&b"one"[..], b"two", b"three"].iter().enumerate() {
        assert_eq!(at(times[place]).await.as_deref(), Some(*data));
        if let Some(next) = times.get(place + 1) {
            assert_eq!(at(*next - nanosecond).await.as_deref(), Some(*data));
        }
    }
    assert_eq!(at(times[2] + chrono::TimeDelta::days(1)).await.as_deref(), Some(&b"three"[..]));
}

#[test]
fn names_are_escaped_in_the_urls_of_a_line() {
    let did = Did::parse("did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0").unwrap();
    let line = Line { did, name: "a&b=c+d %41".to_owned(), resource_type: "é/#?".to_owned() };
    let url = line.latest_url();
    assert_eq!(url, format!("{}?resourceName=a%26b%3Dc%2Bd%20%2541&resourceType=%C3%A9%2F%23%3F", line.did));
    let at = domain::id::Instant::from_timestamp(1, 5).unwrap();
    assert_eq!(line.url_at(at), format!("{url}&resourceVersionTime=1970-01-01T00%3A00%3A01.000000005Z"));
}
