//! Credentials: issued, shown, revoked.

mod status;
mod verify;

use super::*;
use crate::{
    Call, FaultKind, did,
    fake::{CUSTOMER, World},
};
use domain::{
    credential::Credential,
    id::Did,
    status_list::{
        ListType::{BitstringStatusList, StatusList2021},
        StatusPurpose,
    },
};
use serde_json::{Value, json};

const ALICE: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

#[tokio::test]
async fn a_credential_is_signed_and_noted_without_its_personal_part() {
    let world = World::new();
    let issuer = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let told = world.when(issue(&studio, &call, World::new_credential(&issuer, ALICE, None))).await;
    let told = told.then_events(["CredentialIssued"]);
    let noted = told.event("CredentialIssued").body().to_string();
    assert!(!noted.contains("Alice") && !noted.contains(ALICE) && !noted.contains("eyJ"), "{noted}");
    let made = told.then();
    assert_eq!(made.credential["issuer"]["id"], issuer.as_str());
    assert_eq!(made.credential["credentialSubject"], json!({"name": "Alice", "id": ALICE}));
    assert!(made.credential["proof"]["jwt"].is_string());
    let sealed = world.log.state::<Credential>(&made.id.to_string()).sealed.unwrap();
    let plain = reveal(&studio, CUSTOMER, &sealed).await.unwrap().unwrap();
    assert_eq!((plain.subject_did.as_str(), &plain.credential), (ALICE, &made.credential));
    assert_eq!(world.outbox.operations().len(), 1, "nothing of it goes to the ledger");
}

#[tokio::test]
async fn a_repeat_answers_what_was_signed_first_to_the_byte() {
    let world = World::new();
    let issuer = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let wish = World::new_credential(&issuer, ALICE, None);
    let first = issue(&studio, &call, wish.clone()).await.unwrap();
    world.time.pass(60);
    let later = Call { at: world.time.present(), ..call };
    let again = world.when(issue(&studio, &later, wish.clone())).await.then_nothing().then();
    assert_eq!(again.credential, first.credential);
    // What was erased is not signed a second time.
    crate::customer::erase_subject(&studio, &world.call(), ALICE).await.unwrap();
    let fault = world.when(issue(&studio, &later, wish)).await.then_refused("credential/erased");
    assert_eq!(fault.kind, FaultKind::Conflict);
}

#[tokio::test]
async fn only_a_did_of_the_caller_that_is_on_the_ledger_issues() {
    let world = World::new();
    let studio = world.studio();
    let issuer = world.did().await;
    let of = |issuer: &Did| World::new_credential(issuer, ALICE, None);
    let stranger = world.call_of(world.stranger());
    world.when(issue(&studio, &stranger, of(&issuer))).await.then_refused("did/not-found");
    let call = Call { wait_seconds: 0, ..world.call() };
    did::create(&studio, &call, World::new_did()).await.unwrap();
    let coming = world.log.since(0).into_iter().rfind(|event| event.kind == "DidCreateRequested").unwrap();
    let coming = Did::parse(&coming.id).unwrap();
    let fault = world.when(issue(&studio, &world.call(), of(&coming))).await;
    assert_eq!(fault.then_refused("did/not-created").kind, FaultKind::Conflict);
    did::deactivate(&studio, &world.call(), &issuer).await.unwrap();
    world.when(issue(&studio, &world.call(), of(&issuer))).await.then_refused("did/deactivated");
}

#[tokio::test]
async fn what_verifiers_would_refuse_is_not_signed() {
    let world = World::new();
    let issuer = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let wish = || World::new_credential(&issuer, ALICE, None);
    let refused = async |wish: IssueCredential, code: &str| {
        world.when(issue(&studio, &call, wish)).await.then_refused(code)
    };
    let fault = refused(IssueCredential { types: vec![" ".to_owned()], ..wish() }, "request/invalid").await;
    assert_eq!(fault.members["field"], "type");
    let other = json!({"id": "did:key:z6Mother"}).as_object().cloned().unwrap();
    refused(IssueCredential { attributes: other, ..wish() }, "credential/invalid").await;
    let no_claims = IssueCredential { attributes: serde_json::Map::new(), ..wish() };
    refused(no_claims, "credential/invalid").await;
    let dated = |date: &str| IssueCredential { expiration_date: Some(date.to_owned()), ..wish() };
    refused(dated("tomorrow"), "credential/invalid").await;
    let huge = json!({"text": "x".repeat(400_000)}).as_object().cloned().unwrap();
    let fault = refused(IssueCredential { attributes: huge, ..wish() }, "credential/too-large").await;
    assert_eq!(fault.kind, FaultKind::TooLarge);
    let nowhere = IssueCredential { status: Some(World::entry_in("")), ..wish() };
    refused(nowhere, "request/invalid").await;
}

#[tokio::test]
async fn a_credential_gets_the_entry_of_its_list_that_it_asks_for() {
    let world = World::new();
    let issuer = world.did().await;
    world.revocation_list(&issuer, "list").await;
    let (studio, call) = (world.studio(), world.call());
    let wish = |index| {
        let entry = StatusRequest { index, ..World::entry_in("list") };
        IssueCredential { status: Some(entry), ..World::new_credential(&issuer, ALICE, None) }
    };
    let told = world.when(issue(&studio, &call, wish(Some(7)))).await;
    let made = told.then_events(["StatusIndexAllocated", "CredentialIssued"]).then();
    let entry = &made.credential["credentialStatus"];
    assert_eq!((&entry["statusListIndex"], &entry["statusPurpose"]), (&json!("7"), &json!("revocation")));
    world.when(issue(&studio, &world.call(), wish(Some(7)))).await.then_refused("status-list/index-taken");
    let told = world.when(issue(&studio, &world.call(), wish(Some(u32::MAX)))).await;
    told.then_refused("status-list/index-out-of-range");
    let call = world.call();
    let made = issue(&studio, &call, wish(None)).await.unwrap();
    assert_ne!(made.credential["credentialStatus"]["statusListIndex"], "7");
}

#[tokio::test]
async fn a_request_that_died_after_it_took_an_entry_keeps_it() {
    let world = World::new();
    let issuer = world.did().await;
    world.revocation_list(&issuer, "list").await;
    let (studio, call) = (world.studio(), world.call());
    let wish = World::new_credential(&issuer, ALICE, Some("list"));
    world.log.away_after(1);
    let told = world.when(issue(&studio, &call, wish.clone())).await;
    told.then_events(["StatusIndexAllocated"]).then_refused("store/unavailable");
    world.log.works();
    world.when(issue(&studio, &call, wish)).await.then_events(["CredentialIssued"]).then();
}

#[tokio::test]
async fn the_list_of_an_entry_is_the_issuers_and_serves_its_purpose() {
    let world = World::new();
    let issuer = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let wish = |entry: StatusRequest| IssueCredential {
        status: Some(entry),
        ..World::new_credential(&issuer, ALICE, None)
    };
    let told = world.when(issue(&studio, &call, wish(World::entry_in("list")))).await;
    told.then_refused("status-list/not-found");
    world.revocation_list(&issuer, "list").await;
    let asking = |list_type, purpose| StatusRequest { list_type, purpose, ..World::entry_in("list") };
    let told = world.when(issue(&studio, &call, wish(asking(None, Some(StatusPurpose::Suspension))))).await;
    told.then_refused("status-list/not-found");
    let suspension = Some(StatusPurpose::Suspension);
    let told = world.when(issue(&studio, &call, wish(asking(Some(BitstringStatusList), suspension)))).await;
    told.then_refused("status-list/purpose-mismatch");
    let older = World::new_list(&issuer, "list", StatusList2021, StatusPurpose::Suspension);
    crate::status_list::create(&studio, &world.call(), older).await.unwrap();
    let told = world.when(issue(&studio, &call, wish(World::entry_in("list")))).await;
    told.then_refused("status-list/ambiguous");
    let made = issue(&studio, &world.call(), wish(asking(Some(StatusList2021), suspension))).await.unwrap();
    assert_eq!(made.credential["credentialStatus"]["type"], "StatusList2021Entry");
    let other = world.did().await;
    world.revocation_list(&other, "theirs").await;
    let told = world.when(issue(&studio, &call, wish(World::entry_in("theirs")))).await;
    told.then_refused("status-list/not-found");
}

#[test]
fn what_is_no_credential_is_told_apart_from_one_that_does_not_hold() {
    for (given, code) in [
        (json!("nonsense"), "credential/not-a-credential"),
        (json!({"a": 1}), "credential/not-a-credential"),
        (Value::Null, "credential/not-a-credential"),
    ] {
        assert_eq!(GivenCredential::accept(&given).unwrap_err().code, code, "{given}");
    }
}
