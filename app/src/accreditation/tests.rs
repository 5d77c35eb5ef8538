//! Accreditations: granted by whoever may, shown to everybody, taken back.

use super::*;
use crate::{
    Call, Fault, FaultKind, Written,
    credential::StatusRequest,
    did,
    fake::{CUSTOMER, End, Told, World},
    trust::{ChainVerdict, RootsAsked, VerifyOptions},
};
use domain::{
    accreditation::{Accreditation, AccreditationStatusAction},
    credential::CredentialStatus,
    id::{Did, accreditation_id},
};

const ISSUED: [&str; 2] = ["AccreditationRequested", "AccreditationPublished"];
const SHOWN: [&str; 3] = ["StatusEntriesChanged", "StatusListPublishRequested", "StatusListPublished"];

use domain::accreditation::AccreditationKind::{Accredit, Attest, Authorize};

async fn issued(world: &World, call: &Call, wish: IssueAccreditation) -> Told<Written<IssuedAccreditation>> {
    let studio = world.studio();
    world.when(issue(&studio, call, wish)).await
}

async fn refused(world: &World, wish: IssueAccreditation, code: &str) -> Fault {
    issued(world, &world.call(), wish).await.then_refused(code)
}

fn root_of(did: &Did) -> IssueAccreditation {
    World::new_accreditation(Authorize, did, did, None)
}

#[tokio::test]
async fn a_root_is_published_under_its_issuer() {
    let world = World::new();
    let did = world.did().await;
    let call = world.call();
    let made = issued(&world, &call, root_of(&did)).await.then_events(ISSUED).then_done();
    assert_eq!(made.exact_url, format!("{did}/resources/{}", made.metadata.id));
    assert!(made.latest_url.starts_with(&format!("{did}?resourceName=Authorize&")));
    assert_eq!(made.metadata.resource_type, "VerifiableAuthorizationForTrustChain");
    assert_eq!(made.credential["termsOfUse"]["type"], "TrustFrameworkPolicy");
    let found = world.studio().resolver.resource(&did, &made.metadata.id).await.unwrap().unwrap();
    let on_ledger: serde_json::Value = serde_json::from_slice(&found.data).unwrap();
    assert_eq!(on_ledger, made.credential);
    // A repeat answers the version that was signed first, though it would be signed at another time now.
    world.time.pass(5);
    let later = Call { at: world.time.present(), ..call };
    let again = issued(&world, &later, root_of(&did)).await.then_events([]).then_done();
    assert_eq!((again.exact_url, again.credential), (made.exact_url, made.credential));
}

#[tokio::test]
async fn a_chain_grows_from_its_root() {
    let world = World::new();
    let chain = world.chain().await;
    let [root, middle, leaf] = &chain.urls;
    let id = accreditation_id(&chain.dids[1], "Attest", Attest.credential_type()).to_string();
    let known = world.log.state::<Accreditation>(&id).versions[0].description.clone();
    assert_eq!((known.parent.as_ref(), known.root.as_ref()), (Some(middle), Some(root)));
    assert!(leaf.ends_with(&known.resource.to_string()));
}

#[tokio::test]
async fn a_document_has_the_terms_of_its_kind() {
    let world = World::new();
    let did = world.did().await;
    let (parent, root) = (format!("{did}/resources/a"), format!("{did}/resources/b"));
    let above = |parent: Option<&str>, root: Option<&str>| IssueAccreditation {
        parent: parent.map(str::to_owned),
        root: root.map(str::to_owned),
        ..World::new_accreditation(Accredit, &did, &did, None)
    };
    for wish in [
        IssueAccreditation { parent: Some(parent.clone()), ..root_of(&did) },
        IssueAccreditation { trust_framework: None, ..root_of(&did) },
        IssueAccreditation { trust_framework_id: Some(String::new()), ..root_of(&did) },
        above(None, None),
        above(Some(&parent), None),
        above(None, Some(&root)),
    ] {
        refused(&world, wish, "accreditation/terms-invalid").await;
    }
}

#[tokio::test]
async fn nobody_grants_what_the_chain_above_does_not_permit() {
    let world = World::new();
    let chain = world.chain().await;
    let [root, middle, leaf] = &chain.urls;
    let other = world.did().await;
    let wish = |kind, issuer: &Did, parent: &str| {
        World::new_accreditation(kind, issuer, &other, Some((parent, root.as_str())))
    };
    let code = "accreditation/parent-invalid";
    // Somebody who has an accreditation to attest cannot accredit.
    let fault = refused(&world, wish(Attest, &chain.dids[2], leaf), code).await;
    assert_eq!(fault.kind, FaultKind::Invalid, "{fault}");
    // The parent was given to somebody else.
    let fault = refused(&world, wish(Attest, &chain.dids[2], middle), code).await;
    assert_eq!(fault.kind, FaultKind::Invalid, "{fault}");
    // More than was granted.
    let mut more = wish(Attest, &chain.dids[1], middle);
    more.schemas = vec![AccreditedFor::new("https://schema.example/diploma", ["Diploma", "Licence"])];
    assert_eq!(refused(&world, more, code).await.kind, FaultKind::Unauthenticated);
    // There is no such parent.
    let nowhere = format!("{}/resources/00000000-0000-4000-8000-000000000001", chain.dids[0]);
    let fault = refused(&world, wish(Attest, &chain.dids[1], &nowhere), code).await;
    assert_eq!(fault.kind, FaultKind::NotFound, "{fault}");
    // Another root than the chain's.
    let mut elsewhere = wish(Attest, &chain.dids[1], middle);
    elsewhere.root = Some(leaf.clone());
    assert_eq!(refused(&world, elsewhere, code).await.kind, FaultKind::Invalid);
}

#[tokio::test]
async fn a_parent_that_was_revoked_permits_nothing_more() {
    let world = World::new();
    let chain = world.chain().await;
    world.revocation_list(&chain.dids[0], "list").await;
    let above = Some((chain.urls[0].as_str(), chain.urls[0].as_str()));
    let mut wish = World::new_accreditation(Accredit, &chain.dids[0], &chain.dids[2], above);
    (wish.name, wish.status) = ("second".to_owned(), Some(World::entry_in("list")));
    let parent = world.accredited(&world.call(), wish).await.exact_url;
    let below = || {
        let above = Some((parent.as_str(), chain.urls[0].as_str()));
        World::new_accreditation(Attest, &chain.dids[2], &chain.dids[1], above)
    };
    issued(&world, &world.call(), below()).await.then_events(ISSUED).then_done();
    changed(&world, &world.call(), &parent, AccreditationStatusAction::Revoke)
        .await
        .then_events(REVOKED)
        .then_done();
    let fault = refused(&world, below(), "accreditation/parent-invalid").await;
    assert!(fault.public.contains("revoked"), "{fault}");
}

#[tokio::test]
async fn a_grant_has_a_name_that_leads_to_it_and_parties_that_exist() {
    let world = World::new();
    let did = world.did().await;
    for name in [String::new(), "x".repeat(9_000)] {
        let wish = IssueAccreditation { name, ..root_of(&did) };
        refused(&world, wish, "accreditation/name-invalid").await;
    }
    let nobody = Did::parse("did:cheqd:testnet:00000000-0000-4000-8000-000000000001").unwrap();
    refused(&world, IssueAccreditation { subject: nobody, ..root_of(&did) }, "did/unresolvable").await;
    let ended = world.did().await;
    did::deactivate(&world.studio(), &world.call(), &ended).await.unwrap();
    let wish = IssueAccreditation { subject: ended.clone(), ..root_of(&did) };
    refused(&world, wish, "did/deactivated").await;
    refused(&world, root_of(&ended), "did/deactivated").await;
    refused(&world, IssueAccreditation { schemas: Vec::new(), ..root_of(&did) }, "request/invalid").await;
    let dated = IssueAccreditation { expiration_date: Some("soon".to_owned()), ..root_of(&did) };
    refused(&world, dated, "accreditation/invalid").await;
    let stranger = world.call_of(world.stranger());
    issued(&world, &stranger, root_of(&did)).await.then_refused("did/not-found");
}

#[tokio::test]
async fn the_price_of_a_grant_is_told_and_no_entry_is_taken_for_it() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let wish = IssueAccreditation { status: Some(World::entry_in("list")), ..root_of(&did) };
    let dry = Call { dry_run: true, ..world.call() };
    issued(&world, &dry, wish).await.then_quoted();
}

#[tokio::test]
async fn a_grant_that_the_ledger_refused_is_not_there() {
    let world = World::new();
    let did = world.did().await;
    world.outbox.end_with(End::Rejected("no"));
    let told = issued(&world, &world.call(), root_of(&did)).await;
    told.then_events(["AccreditationRequested", "AccreditationRejected"]).then_refused("ledger/rejected");
    world.outbox.end_with(End::Pending(None));
    let call = world.call();
    let told = issued(&world, &call, root_of(&did)).await.then_events(["AccreditationRequested"]);
    assert_eq!(told.then_pending(), call.operation(""));
}

const REVOKED: [&str; 4] = [SHOWN[0], SHOWN[1], SHOWN[2], "AccreditationRevoked"];

async fn changed(
    world: &World,
    call: &Call,
    did_url: &str,
    action: AccreditationStatusAction,
) -> Told<Written<AccreditationStatusChanged>> {
    let studio = world.studio();
    let wish = ChangeAccreditationStatus { did_url: did_url.to_owned(), action, publish: true };
    world.when(change_status(&studio, call, wish)).await
}

/// A root with an entry in a list.
async fn with_status(world: &World, did: &Did, list: &str) -> IssuedAccreditation {
    let status = Some(StatusRequest { index: Some(3), ..World::entry_in(list) });
    world.accredited(&world.call(), IssueAccreditation { status, ..root_of(did) }).await
}

#[tokio::test]
async fn a_grant_is_taken_back_for_good() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let made = with_status(&world, &did, "list").await;
    let call = world.call();
    let told = changed(&world, &call, &made.exact_url, AccreditationStatusAction::Revoke).await;
    let done = told.then_events(REVOKED).then_done();
    assert_eq!((done.previous, done.reference.index), (CredentialStatus::Issued, 3));
    let told = changed(&world, &call, &made.exact_url, AccreditationStatusAction::Revoke).await;
    told.then_events([]).then_done();
    let told = changed(&world, &world.call(), &made.exact_url, AccreditationStatusAction::Reinstate).await;
    assert_eq!(told.then_refused("accreditation/already-revoked").kind, FaultKind::Conflict);
}

#[tokio::test]
async fn a_grant_is_suspended_and_reinstated_by_the_name_of_its_line() {
    let world = World::new();
    let did = world.did().await;
    world.suspension_list(&did, "list").await;
    let made = with_status(&world, &did, "list").await;
    for (action, event) in [
        (AccreditationStatusAction::Suspend, "AccreditationSuspended"),
        (AccreditationStatusAction::Reinstate, "AccreditationReinstated"),
    ] {
        let told = changed(&world, &world.call(), &made.latest_url, action).await;
        told.then_events([SHOWN[0], SHOWN[1], SHOWN[2], event]).then_done();
    }
    let dry = Call { dry_run: true, ..world.call() };
    changed(&world, &dry, &made.latest_url, AccreditationStatusAction::Suspend).await.then_quoted();
}

#[tokio::test]
async fn a_request_that_died_between_list_and_grant_is_finished_by_its_repeat() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let made = with_status(&world, &did, "list").await;
    let call = world.call();
    world.log.away_after(1);
    let told = changed(&world, &call, &made.exact_url, AccreditationStatusAction::Revoke).await;
    told.then_events(SHOWN).then_refused("store/unavailable");
    world.log.works();
    let told = changed(&world, &call, &made.exact_url, AccreditationStatusAction::Revoke).await;
    told.then_events(["AccreditationRevoked"]).then_done();
}

#[tokio::test]
async fn only_grants_of_the_caller_that_have_a_status_change() {
    let world = World::new();
    let did = world.did().await;
    let plain = world.accredited(&world.call(), root_of(&did)).await;
    let revoke = AccreditationStatusAction::Revoke;
    changed(&world, &world.call(), &plain.exact_url, revoke).await.then_refused("accreditation/no-status");
    let stranger = world.call_of(world.stranger());
    let told = changed(&world, &stranger, &plain.exact_url, revoke).await;
    assert_eq!(told.then_refused("accreditation/not-found").kind, FaultKind::NotFound);
    let nowhere = format!("{did}/resources/00000000-0000-4000-8000-000000000001");
    changed(&world, &world.call(), &nowhere, revoke).await.then_refused("accreditation/not-found");
    changed(&world, &world.call(), "nonsense", revoke).await.then_refused("did-url/invalid");
    let unnamed = format!("{did}?resourceName=x");
    changed(&world, &world.call(), &unnamed, revoke).await.then_refused("did-url/no-resource");
}

fn question(subject: &Did, did_url: &str) -> VerifyAccreditation {
    VerifyAccreditation {
        subject_did: subject.to_string(),
        did_url: did_url.to_owned(),
        schemas: Vec::new(),
        root: None,
        options: VerifyOptions { status: true, ..VerifyOptions::default() },
        roots: RootsAsked::of(CUSTOMER, &[]).unwrap(),
    }
}

async fn asked(world: &World, question: VerifyAccreditation) -> Result<ChainVerdict, Fault> {
    verify(&world.studio(), question).await
}

#[tokio::test]
async fn an_accreditation_holds_up_to_its_root_and_whose_root_it_is_is_told() {
    let world = World::new();
    let chain = world.chain().await;
    let own = question(&chain.dids[2], &chain.urls[2]);
    let verdict = asked(&world, own.clone()).await.unwrap();
    assert!(verdict.verified, "{:?}", verdict.error);
    assert_eq!((verdict.hops.len(), verdict.root_trusted), (3, Some(true)), "the caller's own root");
    assert_eq!(verdict.root_url.as_ref(), Some(&chain.urls[0]));
    // Trust in the root is told beside the verdict, which is about the chain alone.
    let stranger = world.stranger();
    let theirs = VerifyAccreditation { roots: RootsAsked::of(stranger, &[]).unwrap(), ..own.clone() };
    let verdict = asked(&world, theirs).await.unwrap();
    assert_eq!((verdict.verified, verdict.root_trusted), (true, Some(false)));
    let asked_for = |schema: &str, kind: &str| VerifyAccreditation {
        schemas: vec![AccreditedFor::new(schema, [kind])],
        ..own.clone()
    };
    let schema = chain.scope[0].schema_id.as_str();
    assert!(asked(&world, asked_for(schema, "Diploma")).await.unwrap().verified);
    assert!(!asked(&world, asked_for(schema, "Licence")).await.unwrap().verified);
    let insisting = VerifyAccreditation { root: Some(chain.urls[0].clone()), ..own.clone() };
    assert!(asked(&world, insisting).await.unwrap().verified);
    let other = VerifyAccreditation { root: Some(chain.urls[1].clone()), ..own.clone() };
    assert!(!asked(&world, other).await.unwrap().verified);
    let somebody = VerifyAccreditation { subject_did: chain.dids[0].to_string(), ..own };
    assert!(!asked(&world, somebody).await.unwrap().verified);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let world = World::new();
    let did = world.did().await;
    let fine = question(&did, &format!("{did}/resources/00000000-0000-4000-8000-000000000001"));
    let later = world.time.present() + chrono::TimeDelta::seconds(1);
    let table = [
        (VerifyAccreditation { did_url: did.to_string(), ..fine.clone() }, "didUrl"),
        (VerifyAccreditation { did_url: "nonsense".to_owned(), ..fine.clone() }, "didUrl"),
        (VerifyAccreditation { subject_did: "nobody".to_owned(), ..fine.clone() }, "subjectDid"),
        (
            VerifyAccreditation {
                schemas: vec![AccreditedFor::new("https://s.example", Vec::<String>::new())],
                ..fine.clone()
            },
            "schemas",
        ),
        (
            VerifyAccreditation {
                options: VerifyOptions { at: Some(later), ..VerifyOptions::default() },
                ..fine.clone()
            },
            "at",
        ),
    ];
    for (bad, field) in table {
        let fault = asked(&world, bad).await.unwrap_err();
        assert_eq!((fault.code, &fault.members["field"]), ("request/invalid", &field.into()));
    }
    assert!(!asked(&world, fine.clone()).await.unwrap().verified, "nothing is there");
    world.ledger.away(true);
    assert_eq!(asked(&world, fine).await.unwrap_err().code, "ledger/unreachable");
}
