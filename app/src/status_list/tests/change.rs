//! Changing entries in bulk.

use super::{super::*, *};
use crate::fake::Told;
use domain::{
    credential::StatusAction,
    id::{Ncheq, status_list_id},
    status_list::StatusList,
};

const SHOWN: [&str; 3] = ["StatusEntriesChanged", "StatusListPublishRequested", "StatusListPublished"];

fn entries(did: &Did, indices: &[u32], action: StatusAction) -> ChangeStatusList {
    ChangeStatusList {
        did: did.clone(),
        name: "list".to_owned(),
        list_type: BITSTRING,
        purpose: StatusPurpose::Revocation,
        indices: indices.to_vec(),
        selector: StatusSelector::Action(action),
        publish: true,
    }
}

async fn asked(world: &World, call: &Call, wish: ChangeStatusList) -> Told<Written<Applied>> {
    let studio = world.studio();
    world.when(change(&studio, call, wish)).await
}

/// A list, and who holds it.
async fn listed(purpose: StatusPurpose) -> (World, Did) {
    let world = World::new();
    let did = world.did().await;
    let list = World::new_list(&did, "list", BITSTRING, purpose);
    create(&world.studio(), &world.call(), list).await.unwrap();
    (world, did)
}

async fn values(world: &World, did: &Did, indices: &[u32]) -> Vec<u8> {
    let told = read::told(world, did, Selection::Many(indices.to_vec())).await.unwrap();
    told.into_iter().map(|entry| entry.value.unwrap()).collect()
}

#[tokio::test]
async fn many_entries_change_with_one_publication() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    let call = world.call();
    let told = asked(&world, &call, entries(&did, &[1, 2, 3], StatusAction::Revoke)).await;
    let done = told.then_events(SHOWN).then_done();
    assert_eq!((done.changed, done.value, done.previous), (true, 1, vec![0, 0, 0]));
    assert_eq!(values(&world, &did, &[0, 1, 2, 3, 4]).await, [0, 1, 1, 1, 0]);
    let told = asked(&world, &world.call(), entries(&did, &[2, 3], StatusAction::Revoke)).await;
    let done = told.then_nothing().then_done();
    assert_eq!((done.changed, done.previous), (false, vec![1, 1]), "they say so already");
}

#[tokio::test]
async fn revoked_entries_stay_so() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    asked(&world, &world.call(), entries(&did, &[1], StatusAction::Revoke))
        .await
        .then_events(SHOWN)
        .then_done();
    let back =
        ChangeStatusList { selector: StatusSelector::Value(0), ..entries(&did, &[1], StatusAction::Revoke) };
    let told = asked(&world, &world.call(), back).await;
    assert_eq!(told.then_refused("status-list/entry-final").kind, FaultKind::Conflict);
    let told = asked(&world, &world.call(), entries(&did, &[1], StatusAction::Suspend)).await;
    told.then_refused("status-list/purpose-mismatch");
}

#[tokio::test]
async fn an_entry_with_a_text_says_it_by_its_value() {
    let (world, did) = listed(StatusPurpose::Message).await;
    let wish = ChangeStatusList {
        purpose: StatusPurpose::Message,
        selector: StatusSelector::Value(2),
        ..entries(&did, &[9], StatusAction::Revoke)
    };
    let done = asked(&world, &world.call(), wish).await.then_events(SHOWN).then_done();
    let message = done.message().unwrap().to_owned();
    let question =
        CheckStatus { selection: Selection::One(9), purpose: StatusPurpose::Message, ..read::of(&did) };
    let told = check(&world.studio(), &question).await.unwrap();
    assert_eq!((told[0].value.clone(), told[0].message.clone()), (Ok(2), Some(message)));
}

#[tokio::test]
async fn what_names_no_entries_of_the_callers_changes_nothing() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    let revoke = |indices: &[u32]| entries(&did, indices, StatusAction::Revoke);
    let many = vec![1; CHANGES_MAX + 1];
    for indices in [&[] as &[u32], &many] {
        asked(&world, &world.call(), revoke(indices)).await.then_refused("status-list/indices-invalid");
    }
    let told = asked(&world, &world.call(), revoke(&[u32::MAX])).await;
    told.then_refused("status-list/index-out-of-range");
    let large = ChangeStatusList { selector: StatusSelector::Value(2), ..revoke(&[1]) };
    asked(&world, &world.call(), large).await.then_refused("status-list/value-too-large");
    let stranger = world.call_of(world.stranger());
    let told = asked(&world, &stranger, revoke(&[1])).await;
    assert_eq!(told.then_refused("status-list/not-found").kind, FaultKind::NotFound);
    let other = ChangeStatusList { name: "other".to_owned(), ..revoke(&[1]) };
    asked(&world, &world.call(), other).await.then_refused("status-list/not-found");
}

#[tokio::test]
async fn a_list_on_its_way_is_not_changed_yet() {
    let world = World::new();
    let did = world.did().await;
    let call = Call { wait_seconds: 0, ..world.call() };
    create(&world.studio(), &call, wish(&did)).await.unwrap();
    let told = asked(&world, &world.call(), entries(&did, &[1], StatusAction::Revoke)).await;
    told.then_refused("status-list/not-live");
}

#[tokio::test]
async fn a_change_is_kept_back_until_something_is_published() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    let quiet =
        |indices: &[u32]| ChangeStatusList { publish: false, ..entries(&did, indices, StatusAction::Revoke) };
    let done =
        asked(&world, &world.call(), quiet(&[1])).await.then_events(["StatusEntriesChanged"]).then_done();
    assert!(done.content.is_some() && done.published.is_none());
    assert_eq!(values(&world, &did, &[1]).await, [0]);
    // The same again, and shown this time: there is nothing to change, but something to publish.
    let told = asked(&world, &world.call(), entries(&did, &[1], StatusAction::Revoke)).await;
    told.then_events([SHOWN[1], SHOWN[2]]).then_done();
    assert_eq!(values(&world, &did, &[1]).await, [1]);
    let dry = Call { dry_run: true, ..world.call() };
    let shown = asked(&world, &dry, entries(&did, &[2], StatusAction::Revoke)).await.then_quoted();
    assert!(shown.expected > Ncheq(0));
    // What is kept back costs nothing, and neither does what says so already.
    for free in [quiet(&[2]), entries(&did, &[1], StatusAction::Revoke)] {
        let quote = asked(&world, &dry, free).await.then_quoted();
        assert_eq!((quote.expected, quote.offer, quote.height), (Ncheq(0), Ncheq(0), shown.height));
    }
    world.ledger.away(true);
    asked(&world, &dry, quiet(&[2])).await.then_refused("ledger/unreachable");
}

/// Verdicts 11: no bit is lost, and nobody is turned away.
#[tokio::test(start_paused = true)]
async fn verdicts_11_changes_at_the_same_time_share_publications() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    let before = world.log.len();
    let one = async |index: u32| {
        let wish = entries(&did, &[index], StatusAction::Revoke);
        change(&world.studio(), &world.call(), wish).await.unwrap()
    };
    let answers = tokio::join!(one(1), one(2), one(3), one(4));
    for written in [answers.0, answers.1, answers.2, answers.3] {
        assert!(matches!(written, Written::Done(Applied { published: Some(_), .. })));
    }
    assert_eq!(values(&world, &did, &[1, 2, 3, 4]).await, [1, 1, 1, 1]);
    let kinds: Vec<_> = world.log.since(before).into_iter().map(|event| event.kind).collect();
    let count = |kind: &str| kinds.iter().filter(|known| **known == kind).count();
    assert_eq!(count("StatusEntriesChanged"), 4);
    assert!(count("StatusListPublishRequested") < 4, "{kinds:?}");
}

#[tokio::test]
async fn a_change_behind_a_publication_that_nobody_waits_for_is_shown_after_it() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    let hasty = Call { wait_seconds: 0, ..world.call() };
    let told = asked(&world, &hasty, entries(&did, &[1], StatusAction::Revoke)).await;
    told.then_events([SHOWN[0], SHOWN[1]]).then_pending();
    let told = asked(&world, &world.call(), entries(&did, &[2], StatusAction::Revoke)).await;
    told.then_events([SHOWN[0], SHOWN[2], SHOWN[1], SHOWN[2]]).then_done();
    assert_eq!(values(&world, &did, &[1, 2]).await, [1, 1]);
}

#[tokio::test]
async fn a_repeat_of_what_was_published_answers_it_again() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    let call = Call { wait_seconds: 0, ..world.call() };
    asked(&world, &call, entries(&did, &[1], StatusAction::Revoke))
        .await
        .then_events([SHOWN[0], SHOWN[1]])
        .then_pending();
    world.outbox.settle();
    let repeat = Call { wait_seconds: 30, ..call };
    let done =
        asked(&world, &repeat, entries(&did, &[1], StatusAction::Revoke)).await.then_events([]).then_done();
    assert!(done.published.is_some());
}

#[tokio::test]
async fn a_refused_publication_loses_no_change() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    world.outbox.end_with(End::Rejected("no"));
    let told = asked(&world, &world.call(), entries(&did, &[1], StatusAction::Revoke)).await;
    told.then_events([SHOWN[0], SHOWN[1], "StatusListPublishRejected"]).then_refused("ledger/rejected");
    let list = status_list_id(&did, "list", "BitstringStatusListCredential").to_string();
    assert_eq!(world.log.state::<StatusList>(&list).value_at(1), 1, "it stays decided");
    world.outbox.end_with(End::Asked);
    let told = asked(&world, &world.call(), entries(&did, &[2], StatusAction::Revoke)).await;
    told.then_events(SHOWN).then_done();
    assert_eq!(values(&world, &did, &[1, 2]).await, [1, 1]);
}

/// Verdicts 11: two processes know nothing of each other but what the log says.
#[tokio::test]
async fn verdicts_11_two_processes_lose_no_bit_either() {
    let (world, did) = listed(StatusPurpose::Revocation).await;
    let here = world.studio();
    let there = crate::Studio { status_turns: std::sync::Arc::default(), ..world.studio() };
    let (one, two) = (world.call(), world.call());
    let (one, two) = tokio::join!(
        change(&here, &one, entries(&did, &[1], StatusAction::Revoke)),
        change(&there, &two, entries(&did, &[2], StatusAction::Revoke)),
    );
    assert!(matches!((one.unwrap(), two.unwrap()), (Written::Done(_), Written::Done(_))));
    assert_eq!(values(&world, &did, &[1, 2, 3]).await, [1, 1, 0]);
}
