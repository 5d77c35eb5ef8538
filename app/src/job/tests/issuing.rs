//! Credentials, accreditations and status lists whose issuer keeps his keys.

use super::*;
use crate::{
    credential::{GivenCredential, VerifyCredential, verify},
    customer::erase_subject,
    trust::{RootsAsked, VerifyOptions},
};
use domain::{
    accreditation::AccreditationKind,
    credential::StatusAction,
    status_list::{ListType, StatusPurpose},
};

const ALICE: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

/// A DID whose only key is that of the test, and may sign everything.
async fn issuer(world: &World) -> Did {
    let key_id = json!([format!("{}#key-9", id())]);
    let mut document = document(&[9], &[]);
    document["authentication"] = key_id.clone();
    document["assertionMethod"] = key_id;
    let job = job(world, creation(document)).await;
    signed_with(world, job, &[9]).await.then_done();
    Did::parse(&id()).unwrap()
}

async fn result(world: &World, job: JobId) -> Option<Value> {
    read(&world.studio(), &world.call().who, job).await.unwrap().result
}

async fn holds(world: &World, credential: Value) -> bool {
    let credential = GivenCredential::accept(&credential).unwrap();
    let (options, roots) =
        (VerifyOptions { status: true, ..VerifyOptions::default() }, RootsAsked::of(CUSTOMER, &[]).unwrap());
    let question =
        VerifyCredential { credential, options, trust_chain: false, roots, verifier: None, challenge: None };
    verify(&world.studio(), question).await.unwrap().verified
}

/// A list whose proof and publication are both signed elsewhere: two rounds.
async fn listed(world: &World, did: &Did) {
    let act = World::new_list(did, "list", ListType::BitstringStatusList, StatusPurpose::Revocation);
    let job = job(world, JobAct::StatusListCreate(act)).await;
    signed_with(world, job, &[9]).await.then_events(["SignatureGiven", "SignaturesAsked"]).then_done();
    let told = signed_with(world, job, &[9]).await;
    told.then_events(["SignatureGiven", "StatusListCreateRequested", "StatusListCreated", "JobFinished"])
        .then_done();
}

#[tokio::test]
async fn a_credential_is_signed_elsewhere_and_says_when_it_was_asked_for() {
    let world = World::new();
    let did = issuer(&world).await;
    let wish = World::new_credential(&did, ALICE, None);
    let told = world.when(crate::credential::issue(&world.studio(), &world.call(), wish.clone())).await;
    assert!(told.then_refused("did/no-signing-key").public.contains("\"mode\": \"client\""));
    let job = job(&world, JobAct::CredentialIssue(wish)).await;
    let asked_at = world.time.present();
    let inside = read(&world.studio(), &world.call().who, job).await.unwrap();
    let told = inside.content.unwrap().told;
    assert_eq!(told["claims"]["sub"], ALICE, "{told}");
    assert_eq!((result(&world, job).await, inside.state.wanted.len()), (None, 1));
    // Only the price is asked for, signed or not: nothing is issued.
    let (studio, dry) = (world.studio(), dry(&world));
    let price = SubmitSignatures { job, signatures: Vec::new() }.run(&studio, &dry);
    world.when(price).await.then_nothing().then_quoted();
    world.time.pass(3 * DAY_SECONDS);
    let told = signed_with(&world, job, &[9]).await;
    told.then_events(["SignatureGiven", "CredentialIssued", "JobFinished"]).then_done();
    let credential = result(&world, job).await.unwrap();
    let issued = chrono::DateTime::parse_from_rfc3339(credential["issuanceDate"].as_str().unwrap()).unwrap();
    assert_eq!(issued.timestamp(), asked_at.timestamp());
    assert!(holds(&world, credential).await);
    assert!(world.safe.key_requests().is_empty(), "no key was made for it");
    // Whoever is forgotten is forgotten here too.
    erase_subject(&world.studio(), &world.call(), ALICE).await.unwrap();
    let inside = read(&world.studio(), &world.call().who, job).await.unwrap();
    assert!(inside.content.is_none() && inside.result.is_none());
}

#[tokio::test]
async fn what_waits_for_a_signature_about_somebody_is_erased_with_him() {
    let world = World::new();
    let did = issuer(&world).await;
    let job = job(&world, JobAct::CredentialIssue(World::new_credential(&did, ALICE, None))).await;
    let right = signature(&world, job, 9).await;
    erase_subject(&world.studio(), &world.call(), ALICE).await.unwrap();
    let told = signed(&world, job, vec![right]).await;
    told.then_events(["JobFailed"]).then_refused("job/erased");
}

/// The document is signed, and then its publication, with the signature in it.
#[tokio::test]
async fn an_accreditation_is_signed_twice() {
    let world = World::new();
    let did = issuer(&world).await;
    let wish = World::new_accreditation(AccreditationKind::Authorize, &did, &did, None);
    let job = job(&world, JobAct::AccreditationIssue(Box::new(wish))).await;
    let first = signature(&world, job, 9).await;
    world.time.pass(DAY_SECONDS);
    let told = signed(&world, job, vec![first.clone()]).await;
    told.then_events(["SignatureGiven", "SignaturesAsked"]).then_done();
    // Whoever repeats the first one is told that it is there.
    for by in [Signatory::Number(1), first.by.clone()] {
        let again = Submitted { by, ..first.clone() };
        signed(&world, job, vec![again]).await.then_nothing().then_done();
    }
    world.time.pass(DAY_SECONDS);
    let told = signed_with(&world, job, &[9]).await;
    told.then_events(["SignatureGiven", "AccreditationRequested", "AccreditationPublished", "JobFinished"])
        .then_done();
    let credential = result(&world, job).await.unwrap();
    assert!(holds(&world, credential).await);
}

#[tokio::test]
async fn a_status_changes_by_jobs_too_unless_the_list_has_changed_meanwhile() {
    let world = World::new();
    let did = issuer(&world).await;
    listed(&world, &did).await;
    let mut credentials = Vec::new();
    for _ in 0..2 {
        let wish = World::new_credential(&did, ALICE, Some("list"));
        let job = opened(&world, JobAct::CredentialIssue(wish)).await;
        let job = job.then_events(["StatusIndexAllocated", "JobOpened"]).then_done();
        signed_with(&world, job, &[9])
            .await
            .then_events(["SignatureGiven", "CredentialIssued", "JobFinished"])
            .then_done();
        credentials.push(result(&world, job).await.unwrap());
    }
    let revocation = |number: usize| {
        JobAct::CredentialStatus(ChangeCredentialStatus {
            credential: GivenCredential::accept(&credentials[number]).unwrap(),
            action: StatusAction::Revoke,
            list_type: None,
            publish: true,
            reason: None,
        })
    };
    let (first, second) = (job(&world, revocation(0)).await, job(&world, revocation(1)).await);
    let told = signed_with(&world, first, &[9]).await;
    told.then_events(["SignatureGiven", "SignaturesAsked"]).then_done();
    let told = signed_with(&world, first, &[9]).await;
    told.then_events([
        "SignatureGiven",
        "StatusEntriesChanged",
        "StatusListPublishRequested",
        "StatusListPublished",
        "CredentialRevoked",
        "JobFinished",
    ])
    .then_done();
    assert!(!holds(&world, credentials[0].clone()).await);
    assert!(holds(&world, credentials[1].clone()).await);
    // The second was asked for when the first was not revoked: published now, it would take the revocation back.
    let told = signed_with(&world, second, &[9]).await;
    told.then_events(["SignatureGiven", "JobFailed"]).then_refused("job/outdated");
    assert!(!holds(&world, credentials[0].clone()).await);
}

#[tokio::test]
async fn its_owner_cancels_a_job() {
    let world = World::new();
    let job = job(&world, creation(document(&[9], &[]))).await;
    let right = signature(&world, job, 9).await;
    let studio = world.studio();
    let stranger = world.call_of(world.stranger());
    world.when(CancelJob { job }.run(&studio, &stranger)).await.then_nothing().then_refused("job/not-found");
    world.when(CancelJob { job }.run(&studio, &world.call())).await.then_events(["JobFailed"]).then();
    world.when(CancelJob { job }.run(&studio, &world.call())).await.then_nothing().then();
    let fault = signed(&world, job, vec![right]).await.then_nothing().then_refused("job/failed");
    assert_eq!(fault.members["failure"], "job/cancelled");
}
