//! Revoking, suspending and reinstating credentials.

use super::*;
use crate::{
    fake::{End, Told},
    port::resolver::Freshness,
};
use domain::{
    credential::{CredentialStatus, StatusAction},
    status_list::ListType,
};

const SHOWN: [&str; 4] =
    ["StatusEntriesChanged", "StatusListPublishRequested", "StatusListPublished", "CredentialRevoked"];

fn wish(credential: &IssuedCredential, action: StatusAction) -> ChangeCredentialStatus {
    ChangeCredentialStatus {
        credential: World::handed_in(credential),
        action,
        list_type: None,
        publish: true,
        reason: None,
    }
}

async fn asked(
    world: &World,
    call: &Call,
    wish: ChangeCredentialStatus,
) -> Told<crate::Written<StatusChanged>> {
    let studio = world.studio();
    world.when(change_status(&studio, call, wish)).await
}

/// A world with a credential in a list for revocations.
async fn revocable() -> (World, Did, IssuedCredential) {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let issued = world.credential(&did, ALICE, Some("list")).await;
    (world, did, issued)
}

fn status_of(world: &World, credential: &IssuedCredential) -> CredentialStatus {
    world.log.state::<Credential>(&credential.id.to_string()).status
}

#[tokio::test]
async fn a_revocation_is_recorded_and_shown_to_verifiers() {
    let (world, did, issued) = revocable().await;
    let call = world.call();
    let reason =
        ChangeCredentialStatus { reason: Some("left".to_owned()), ..wish(&issued, StatusAction::Revoke) };
    let told = asked(&world, &call, reason).await.then_events(SHOWN);
    let noted = told.event("CredentialRevoked").body().clone();
    assert_eq!(noted["publication"], call.operation("").to_string());
    assert_eq!(noted["reason"], "left");
    let done = told.then_done();
    assert_eq!((done.id, done.previous, done.applied.value), (issued.id, CredentialStatus::Issued, 1));
    let (_, metadata) = done.applied.published.unwrap();
    let kind = "BitstringStatusListCredential";
    let latest = world.studio().resolver.latest_resource(&did, "list", kind, Freshness::Fresh).await;
    assert_eq!(latest.unwrap().unwrap().metadata, metadata);
    assert_eq!(status_of(&world, &issued), CredentialStatus::Revoked);
}

#[tokio::test]
async fn revocation_is_final_and_asking_again_is_no_second_write() {
    let (world, _, issued) = revocable().await;
    let call = world.call();
    asked(&world, &call, wish(&issued, StatusAction::Revoke)).await.then_events(SHOWN).then_done();
    let again = asked(&world, &call, wish(&issued, StatusAction::Revoke)).await.then_events([]).then_done();
    assert!(again.applied.published.is_some(), "a repeat sees what it published");
    let other = asked(&world, &world.call(), wish(&issued, StatusAction::Revoke)).await;
    assert!(!other.then_nothing().then_done().applied.changed);
    for action in [StatusAction::Reinstate, StatusAction::Suspend] {
        let told = asked(&world, &world.call(), wish(&issued, action)).await;
        assert_eq!(told.then_refused("credential/already-revoked").kind, FaultKind::Conflict);
    }
}

#[tokio::test]
async fn a_suspension_ends_with_its_reinstatement() {
    let world = World::new();
    let did = world.did().await;
    world.suspension_list(&did, "list").await;
    let issued = world.credential(&did, ALICE, Some("list")).await;
    let told = asked(&world, &world.call(), wish(&issued, StatusAction::Revoke)).await;
    told.then_refused("credential/wrong-purpose");
    for (action, event, after) in [
        (StatusAction::Suspend, "CredentialSuspended", CredentialStatus::Suspended),
        (StatusAction::Reinstate, "CredentialReinstated", CredentialStatus::Issued),
    ] {
        let call = world.call();
        let told = asked(&world, &call, wish(&issued, action)).await;
        let [changed, requested, published, _] = SHOWN;
        told.then_events([changed, requested, published, event]).then_done();
        assert_eq!(status_of(&world, &issued), after);
    }
}

#[tokio::test]
async fn a_list_with_messages_tells_suspended_from_revoked() {
    let world = World::new();
    let did = world.did().await;
    let list = World::new_list(&did, "list", ListType::BitstringStatusList, StatusPurpose::Message);
    crate::status_list::create(&world.studio(), &world.call(), list).await.unwrap();
    let issued = world.credential(&did, ALICE, Some("list")).await;
    let suspended = asked(&world, &world.call(), wish(&issued, StatusAction::Suspend)).await.then_events([
        SHOWN[0],
        SHOWN[1],
        SHOWN[2],
        "CredentialSuspended",
    ]);
    assert_eq!(suspended.then_done().applied.value, 2);
    let call = world.call();
    let revoked = asked(&world, &call, wish(&issued, StatusAction::Revoke)).await.then_events(SHOWN);
    assert_eq!(revoked.then_done().previous, CredentialStatus::Suspended);
}

#[tokio::test]
async fn what_is_not_published_yet_is_published_with_the_next_change() {
    let (world, did, issued) = revocable().await;
    let quiet = ChangeCredentialStatus { publish: false, ..wish(&issued, StatusAction::Revoke) };
    let told = asked(&world, &world.call(), quiet).await;
    let done = told.then_events(["StatusEntriesChanged", "CredentialRevoked"]).then_done();
    assert!(done.applied.published.is_none() && done.applied.content.is_some());
    let other = world.credential(&did, ALICE, Some("list")).await;
    let call = world.call();
    asked(&world, &call, wish(&other, StatusAction::Revoke)).await.then_events(SHOWN).then_done();
    let verdicts = [&issued, &other].map(|credential| verify_status(&world, credential));
    for verdict in verdicts {
        assert!(!verdict.await, "both are shown as revoked");
    }
}

async fn verify_status(world: &World, credential: &IssuedCredential) -> bool {
    let options = crate::trust::VerifyOptions { status: true, ..Default::default() };
    let roots = crate::trust::RootsAsked::of(CUSTOMER, &[]).unwrap();
    let credential = World::handed_in(credential);
    let question =
        VerifyCredential { credential, options, trust_chain: false, roots, verifier: None, challenge: None };
    super::super::verify(&world.studio(), question).await.unwrap().verified
}

#[tokio::test]
async fn what_cannot_be_paid_for_is_not_recorded_either() {
    let (world, _, issued) = revocable().await;
    let studio = world.studio();
    let payer = studio.directory.payer(CUSTOMER, domain::id::Network::Testnet).await.unwrap().unwrap().0;
    world.ledger.balance_of(&payer, 0);
    let told = asked(&world, &world.call(), wish(&issued, StatusAction::Revoke)).await;
    told.then_refused("ledger/insufficient-funds");
    assert_eq!(status_of(&world, &issued), CredentialStatus::Issued);
    let dry = Call { dry_run: true, ..world.call() };
    asked(&world, &dry, wish(&issued, StatusAction::Revoke)).await.then_quoted();
}

/// Whoever asked is told that the ledger refused; what was decided stays decided, and comes with the next publication.
#[tokio::test]
async fn a_publication_that_the_ledger_refused_is_told_and_made_good_by_the_next() {
    let (world, _, issued) = revocable().await;
    world.outbox.end_with(End::Rejected("no"));
    let call = world.call();
    let told = asked(&world, &call, wish(&issued, StatusAction::Revoke)).await;
    let [changed, requested, ..] = SHOWN;
    told.then_events([changed, requested, "StatusListPublishRejected"]).then_refused("ledger/rejected");
    world.outbox.end_with(End::Asked);
    let call = world.call();
    let told = asked(&world, &call, wish(&issued, StatusAction::Revoke)).await;
    told.then_events([requested, "StatusListPublished", "CredentialRevoked"]).then_done();
    assert_eq!(status_of(&world, &issued), CredentialStatus::Revoked);
}

#[tokio::test]
async fn a_request_that_died_between_list_and_credential_is_finished_by_its_repeat() {
    let (world, _, issued) = revocable().await;
    let call = world.call();
    world.log.away_after(1);
    let told = asked(&world, &call, wish(&issued, StatusAction::Revoke)).await;
    let [changed, requested, published, revoked] = SHOWN;
    told.then_events([changed, requested, published]).then_refused("store/unavailable");
    world.log.works();
    let told = asked(&world, &call, wish(&issued, StatusAction::Revoke)).await;
    let noted = told.then_events([revoked]);
    assert_eq!(noted.event(revoked).body()["publication"], call.operation("").to_string());
    noted.then_done();
}

#[tokio::test]
async fn a_change_that_goes_on_is_followed_by_its_publication() {
    let (world, _, issued) = revocable().await;
    let call = Call { wait_seconds: 0, ..world.call() };
    let told = asked(&world, &call, wish(&issued, StatusAction::Revoke)).await;
    let [changed, requested, _, revoked] = SHOWN;
    assert_eq!(told.then_events([changed, requested, revoked]).then_pending(), call.operation(""));
}

#[tokio::test]
async fn only_the_caller_who_issued_it_changes_a_status_and_only_if_it_has_one() {
    let (world, did, issued) = revocable().await;
    let stranger = world.call_of(world.stranger());
    let told = asked(&world, &stranger, wish(&issued, StatusAction::Revoke)).await;
    assert_eq!(told.then_refused("credential/not-found").kind, FaultKind::NotFound);
    let plain =
        world.credential(&did, "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX", None).await;
    let told = asked(&world, &world.call(), wish(&plain, StatusAction::Revoke)).await;
    told.then_refused("credential/no-status");
    let other = ChangeCredentialStatus {
        list_type: Some(ListType::StatusList2021),
        ..wish(&issued, StatusAction::Revoke)
    };
    asked(&world, &world.call(), other).await.then_refused("credential/list-type-mismatch");
    for reason in ["a\0b".to_owned(), "x".repeat(REASON_CHARS_MAX + 1)] {
        let bad = ChangeCredentialStatus { reason: Some(reason), ..wish(&issued, StatusAction::Revoke) };
        asked(&world, &world.call(), bad).await.then_refused("malformed");
    }
}

#[tokio::test]
async fn a_list_that_is_full_goes_on_in_the_next_of_its_name() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    world.revocation_list(&did, "list-ext1").await;
    // One entry is all that is asked for: it is taken by the first.
    let range = EntryRange::of(Some(5), Some(5), Vec::new());
    let wish = || IssueCredential {
        status: Some(StatusRequest { range: range.clone(), ..World::entry_in("list") }),
        ..World::new_credential(&did, ALICE, None)
    };
    let mut lists = Vec::new();
    for _ in 0..2 {
        let (studio, call) = (world.studio(), world.call());
        let issued = world.when(issue(&studio, &call, wish())).await.then();
        let again = world.when(issue(&studio, &call, wish())).await.then_events([]).then();
        assert_eq!(again.credential, issued.credential);
        let entry = &issued.credential["credentialStatus"];
        assert_eq!(entry["statusListIndex"], "5");
        lists.push(entry["statusListCredential"].as_str().unwrap().contains("list-ext1"));
    }
    assert_eq!(lists, [false, true]);
    let (studio, call) = (world.studio(), world.call());
    world.when(issue(&studio, &call, wish())).await.then_refused("status-list/full");
}
