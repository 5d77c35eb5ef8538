//! The walk, hop by hop.

use super::{super::forge::*, *};
use crate::{
    accreditation::{self, ChangeAccreditationStatus, IssueAccreditation},
    did,
    fake::World,
};
use chrono::TimeDelta;
use domain::{
    accreditation::AccreditationKind::{Accredit, Attest, Authorize},
    credential::StatusAction,
};

/// The number of the hop that failed, and why.
fn broken(chain: &ChainVerdict) -> (usize, String) {
    assert!(!chain.verified && chain.error.is_some(), "it holds");
    let failed = chain.hops.iter().find_map(|hop| match &hop.outcome {
        HopOutcome::Failed(reason) => Some((hop.number, reason.clone())),
        HopOutcome::Passed => None,
    });
    failed.expect("a hop that failed")
}

fn at(world: &World, instant: Instant) -> WalkOptions {
    assert!(instant < world.time.present());
    let WalkOptions { verify, hops_max } = options();
    WalkOptions { verify: VerifyOptions { at: Some(instant), ..verify }, hops_max }
}

#[tokio::test]
async fn a_chain_of_three_is_walked_to_its_root() {
    let world = World::new();
    let chain = world.chain().await;
    let verdict = from_leaf(&world, &chain).await;
    assert!(verdict.verified, "{:?}", verdict.error);
    let urls: Vec<_> = verdict.hops.iter().map(|hop| hop.url.clone()).collect();
    let [root, middle, leaf] = chain.urls.clone();
    assert_eq!(urls, [leaf, middle, root.clone()]);
    let [top, below, _] = &chain.dids;
    assert_eq!(verdict.accreditor_dids, [below.to_string(), top.to_string(), top.to_string()]);
    assert_eq!((verdict.root_url.clone(), verdict.failure()), (Some(root), None));
    assert_eq!(verdict.root.as_ref().unwrap().did, top.as_str());
    assert!(verdict.hops.iter().flat_map(|hop| &hop.checks).all(|check| check.failure.is_none()));
    assert_eq!(verdict.root_trusted, None, "nobody asked");
}

#[tokio::test]
async fn a_chain_may_be_referred_to_by_names() {
    let world = World::new();
    let [top, below, leaf] = [world.did().await, world.did().await, world.did().await];
    let issued = async |wish: IssueAccreditation| world.accredited(&world.call(), wish).await;
    let root = issued(World::new_accreditation(Authorize, &top, &top, None)).await;
    let above = Some((root.latest_url.as_str(), root.exact_url.as_str()));
    let middle = issued(World::new_accreditation(Accredit, &top, &below, above)).await;
    let above = Some((middle.latest_url.as_str(), root.latest_url.as_str()));
    let end = issued(World::new_accreditation(Attest, &below, &leaf, above)).await;
    let verdict = walked(&world, &end.latest_url, &leaf, &options()).await;
    assert!(verdict.verified, "a root by its name is the root by its id: {:?}", verdict.error);
}

#[tokio::test]
async fn a_chain_that_ends_at_another_root_than_declared_does_not_hold() {
    let world = World::new();
    let (chain, other) = (world.chain().await, world.chain().await);
    let wish = Forged::new(&chain.dids[1], &chain.dids[2], 1, (&chain.urls[1], &other.urls[0]));
    let url = wish.publish(&world).await;
    let verdict = walked(&world, &url, &chain.dids[2], &options()).await;
    let (number, reason) = broken(&verdict);
    assert_eq!((number, verdict.failure()), (2, Some(ChainFailure::Untrusted)), "{reason}");
    // One that declares the foreign root all the way up is found out where its path ends.
    let root = Forged::new(&chain.dids[0], &chain.dids[1], 2, (&chain.urls[0], &other.urls[0]));
    let middle = root.publish(&world).await;
    let leaf =
        Forged::new(&chain.dids[1], &chain.dids[2], 3, (&middle, &other.urls[0])).publish(&world).await;
    let verdict = walked(&world, &leaf, &chain.dids[2], &options()).await;
    let (number, reason) = broken(&verdict);
    assert_eq!(number, 3, "{reason}");
    assert!(reason.contains(&other.urls[0]) && reason.contains(&chain.urls[0]), "{reason}");
    assert_eq!(verdict.failure(), Some(ChainFailure::Untrusted));
}

#[tokio::test]
async fn an_expired_document_breaks_the_chain_from_then_on() {
    let world = World::new();
    let begin = world.time.present();
    let end = begin + TimeDelta::hours(1);
    let chain = world
        .chain_with(|wish| {
            let is_middle = wish.kind == Accredit;
            wish.expiration_date = is_middle.then(|| end.to_rfc3339());
        })
        .await;
    assert!(from_leaf(&world, &chain).await.verified);
    world.time.pass(7_200);
    let verdict = from_leaf(&world, &chain).await;
    assert_eq!((broken(&verdict).0, verdict.failure()), (2, Some(ChainFailure::Untrusted)));
    let then = at(&world, begin);
    assert!(walked(&world, &chain.urls[2], &chain.dids[2], &then).await.verified, "it held before");
}

/// A chain whose middle has an entry in a list of its issuer: for revocations or suspensions.
async fn with_status(world: &World, is_final: bool) -> (crate::fake::Chain, String) {
    let chain = world.chain().await;
    let top = &chain.dids[0];
    if is_final {
        world.revocation_list(top, "list").await;
    } else {
        world.suspension_list(top, "list").await;
    }
    let above = Some((chain.urls[0].as_str(), chain.urls[0].as_str()));
    let wish = World::new_accreditation(Accredit, top, &chain.dids[1], above);
    let status = Some(World::entry_in("list"));
    let middle = IssueAccreditation { name: "watched".to_owned(), status, ..wish };
    let middle = world.accredited(&world.call(), middle).await.exact_url;
    let above = Some((middle.as_str(), chain.urls[0].as_str()));
    let wish = World::new_accreditation(Attest, &chain.dids[1], &chain.dids[2], above);
    let leaf = IssueAccreditation { name: "watched".to_owned(), ..wish };
    let leaf = world.accredited(&world.call(), leaf).await.exact_url;
    let urls = [chain.urls[0].clone(), middle.clone(), leaf];
    (crate::fake::Chain { urls, ..chain }, middle)
}

async fn change(world: &World, url: &str, action: StatusAction) {
    let wish = ChangeAccreditationStatus { did_url: url.to_owned(), action, publish: true };
    accreditation::change_status(&world.studio(), &world.call(), wish).await.unwrap();
}

/// I11: descendants are not touched; their verdicts change because their walk fails.
#[tokio::test]
async fn a_revoked_document_takes_everybody_below_with_it() {
    let world = World::new();
    let (chain, middle) = with_status(&world, true).await;
    assert!(from_leaf(&world, &chain).await.verified);
    world.time.pass(10);
    let before = world.time.present();
    world.time.pass(10);
    let events = world.log.len();
    change(&world, &middle, StatusAction::Revoke).await;
    let touched: Vec<_> = world.log.since(events).into_iter().map(|event| event.aggregate_type).collect();
    assert_eq!(touched.iter().filter(|kind| **kind == "accreditation").count(), 1);
    let verdict = from_leaf(&world, &chain).await;
    let (number, reason) = broken(&verdict);
    assert_eq!((number, verdict.failure()), (2, Some(ChainFailure::Untrusted)));
    assert!(reason.contains("revoked"), "{reason}");
    let then = at(&world, before);
    assert!(walked(&world, &chain.urls[2], &chain.dids[2], &then).await.verified, "it held before");
    let unasked = WalkOptions { verify: VerifyOptions::default(), ..options() };
    let verdict = walked(&world, &chain.urls[2], &chain.dids[2], &unasked).await;
    assert!(verdict.verified, "whoever does not ask for the status is not told");
}

#[tokio::test]
async fn a_suspended_document_breaks_the_chain_until_it_is_reinstated() {
    let world = World::new();
    let (chain, middle) = with_status(&world, false).await;
    change(&world, &middle, StatusAction::Suspend).await;
    let (number, reason) = broken(&from_leaf(&world, &chain).await);
    assert!(number == 2 && reason.contains("suspended"), "{reason}");
    change(&world, &middle, StatusAction::Reinstate).await;
    assert!(from_leaf(&world, &chain).await.verified);
}

#[tokio::test]
async fn a_granter_that_has_ended_grants_nothing_more() {
    let world = World::new();
    let chain = world.chain().await;
    did::deactivate(&world.studio(), &world.call(), &chain.dids[0]).await.unwrap();
    let (number, reason) = broken(&from_leaf(&world, &chain).await);
    assert!(number == 2 && reason.contains("deactivated"), "{reason}");
}

#[tokio::test]
async fn a_chain_that_comes_back_to_itself_has_no_root() {
    let world = World::new();
    let [one, two] = [world.did().await, world.did().await];
    let root = format!("{one}/resources/{}", uuid::Uuid::from_u128(9));
    let mut first = Forged::new(&one, &two, 1, ("", ""));
    let mut second = Forged::new(&two, &one, 2, ("", ""));
    first.above = Some((second.url(), root.clone()));
    second.above = Some((first.url(), root.clone()));
    let start = first.publish(&world).await;
    second.publish(&world).await;
    let verdict = walked(&world, &start, &two, &options()).await;
    let (number, reason) = broken(&verdict);
    assert!(number == 3 && reason.contains("comes back"), "{reason}");
    assert!(verdict.hops[2].revisited);
    assert_eq!(verdict.failure(), Some(ChainFailure::Untrusted));
    let mut itself = Forged::new(&one, &one, 3, ("", ""));
    itself.above = Some((itself.url(), root));
    let start = itself.publish(&world).await;
    assert_eq!(broken(&walked(&world, &start, &one, &options()).await).0, 2);
}

/// A chain of so many documents above a root, leaf first; the DID that the leaf is about.
async fn long(world: &World, documents: u128) -> (String, domain::id::Did) {
    let top = world.did().await;
    let mut root = Forged::new(&top, &top, 1_000, ("", ""));
    (root.kind, root.above) = (Authorize, None);
    let root = root.publish(world).await;
    let (mut above, mut issuer) = (root.clone(), top);
    for number in 1..=documents {
        let subject = world.did().await;
        above = Forged::new(&issuer, &subject, number, (&above, &root)).publish(world).await;
        issuer = subject;
    }
    (above, issuer)
}

#[tokio::test]
async fn a_chain_is_walked_for_so_many_hops_and_no_further() {
    let world = World::new();
    let most = CHAIN_HOPS_MAX as u128;
    let (leaf, subject) = long(&world, most - 1).await;
    let verdict = walked(&world, &leaf, &subject, &options()).await;
    assert!(verdict.verified && verdict.hops.len() == CHAIN_HOPS_MAX, "{:?}", verdict.error);
    let short = WalkOptions { hops_max: CHAIN_HOPS_MAX - 1, ..options() };
    let verdict = walked(&world, &leaf, &subject, &short).await;
    assert_eq!((verdict.verified, verdict.failure()), (false, Some(ChainFailure::Untrusted)));
    let world = World::new();
    let (leaf, subject) = long(&world, most).await;
    let endless = WalkOptions { hops_max: usize::MAX, ..options() };
    let verdict = walked(&world, &leaf, &subject, &endless).await;
    assert_eq!((verdict.verified, verdict.hops.len()), (false, CHAIN_HOPS_MAX), "whatever is asked for");
    assert!(verdict.error.unwrap().contains("more than 16 hops"));
}

#[tokio::test]
async fn what_leads_nowhere_is_told_apart_from_what_does_not_fit() {
    let world = World::new();
    let chain = world.chain().await;
    let [top, below, leaf] = &chain.dids;
    let above = (chain.urls[1].as_str(), chain.urls[0].as_str());
    let garbage = Forged::new(below, leaf, 1, above);
    garbage.put(&world, b"no json");
    let plain = Forged::new(below, leaf, 2, above);
    plain.put(&world, b"{\"a\":1}");
    let nowhere = format!("{below}/resources/00000000-0000-4000-8000-000000000001");
    let elsewhere = "did:cheqd:testnet:00000000-0000-4000-8000-000000000001/resources/00000000-0000-4000-8000-000000000001";
    for (start, failure) in [
        (nowhere.as_str(), ChainFailure::NotFound),
        (elsewhere, ChainFailure::NotFound),
        ("nonsense", ChainFailure::Mismatch),
        (top.as_str(), ChainFailure::Mismatch),
        (&garbage.url(), ChainFailure::Mismatch),
        (&plain.url(), ChainFailure::Mismatch),
    ] {
        let verdict = walked(&world, start, leaf, &options()).await;
        assert_eq!((verdict.failure(), broken(&verdict).0), (Some(failure), 1), "{start}");
    }
    let verdict = walked(&world, &chain.urls[2], top, &options()).await;
    assert_eq!(verdict.failure(), Some(ChainFailure::Mismatch), "about somebody else");
    let dangling = Forged::new(below, leaf, 3, (&nowhere, above.1)).publish(&world).await;
    let verdict = walked(&world, &dangling, leaf, &options()).await;
    assert_eq!((verdict.failure(), broken(&verdict).0), (Some(ChainFailure::NotFound), 2));
}

#[tokio::test]
async fn a_document_must_cover_what_is_asked_and_what_stands_below_it() {
    let world = World::new();
    let chain = world.chain().await;
    let other = vec![AccreditedFor::new("https://schema.example/licence", ["Licence"])];
    let question = Question::of_verifier(chain.dids[2].as_str(), other.clone(), None);
    let verdict = walk(&world.studio(), &chain.urls[2], question, &options()).await.unwrap();
    assert_eq!((verdict.failure(), broken(&verdict).0), (Some(ChainFailure::Scope), 1));
    let mut more = Forged::new(&chain.dids[1], &chain.dids[2], 1, (&chain.urls[1], &chain.urls[0]));
    more.scope.extend(other);
    let start = more.publish(&world).await;
    let verdict = walked(&world, &start, &chain.dids[2], &options()).await;
    assert_eq!((verdict.failure(), broken(&verdict).0), (Some(ChainFailure::Scope), 2));
}

/// Whoever is accredited for a schema by its name is so for each of its versions; by its id, for that version alone.
#[tokio::test]
async fn a_schema_by_its_name_covers_each_of_its_versions() {
    let world = World::new();
    let did = world.did().await;
    let schema = Forged { name: "diploma".to_owned(), ..Forged::new(&did, &did, 50, ("", "")) };
    schema.put(&world, b"{}");
    let kind = schema.kind.credential_type();
    let (by_id, by_name) = (schema.url(), format!("{did}?resourceName=diploma&resourceType={kind}"));
    let chain = world
        .chain_with(|wish| {
            let is_leaf = wish.kind == Attest;
            let reference = if is_leaf { &by_id } else { &by_name };
            wish.schemas = vec![AccreditedFor::new(reference, ["Diploma"])];
        })
        .await;
    assert!(from_leaf(&world, &chain).await.verified);
    let about = async |schema: &str| {
        let asked = vec![AccreditedFor::new(schema, ["Diploma"])];
        let question = Question::of_verifier(chain.dids[2].as_str(), asked, None);
        walk(&world.studio(), &chain.urls[2], question, &options()).await.unwrap()
    };
    assert!(about(&by_id).await.verified);
    assert_eq!(about(&by_name).await.failure(), Some(ChainFailure::Scope));
}

/// Safety 8: what is not proven sends nobody to other documents.
#[tokio::test]
async fn safety_8_what_somebody_else_signed_leads_nowhere() {
    let world = World::new();
    let chain = world.chain().await;
    let mallory = world.did().await;
    let above = (chain.urls[1].as_str(), chain.urls[0].as_str());
    let forged = Forged { signer: mallory.clone(), ..Forged::new(&chain.dids[1], &mallory, 1, above) };
    let start = forged.publish(&world).await;
    let verdict = walked(&world, &start, &mallory, &options()).await;
    assert_eq!((verdict.hops.len(), verdict.failure()), (1, Some(ChainFailure::Untrusted)));
}

/// Whoever hosts a line of versions decides which is the latest; only the issuer may.
#[tokio::test]
async fn a_document_under_another_did_than_its_issuers_does_not_count() {
    let world = World::new();
    let chain = world.chain().await;
    let mallory = world.did().await;
    let above = (chain.urls[1].as_str(), chain.urls[0].as_str());
    let moved = Forged { host: mallory.clone(), ..Forged::new(&chain.dids[1], &chain.dids[2], 1, above) };
    let start = moved.publish(&world).await;
    let (number, reason) = broken(&walked(&world, &start, &chain.dids[2], &options()).await);
    assert!(number == 1 && reason.contains(mallory.as_str()), "{reason}");
}

#[tokio::test]
async fn no_answer_of_the_ledger_is_no_verdict() {
    let world = World::new();
    let chain = world.chain().await;
    world.ledger.away(true);
    let question = Question::of_verifier(chain.dids[2].as_str(), Vec::new(), None);
    let fault = walk(&world.studio(), &chain.urls[2], question, &options()).await.unwrap_err();
    assert_eq!(fault.code, "ledger/unreachable");
}
