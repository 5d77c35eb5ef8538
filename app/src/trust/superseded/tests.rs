//! Newer versions of a chain's documents: what they narrow, move or take away.

use super::super::{ChainVerdict, HopOutcome, forge::*};
use crate::{
    accreditation::{AccreditedFor, IssueAccreditation},
    fake::{Chain, World},
};
use credentials::accreditation::{HopCheckName, Kind};
use domain::{accreditation::AccreditationKind, id::Did};

const SCHEMA: &str = "https://schema.example/diploma";
const OTHER: &str = "https://schema.example/licence";

/// Why the newer version of a hop's document does not hold.
fn superseded(chain: &ChainVerdict, hop: usize) -> String {
    assert!(!chain.verified, "it holds");
    let hop = chain.hops.iter().find(|known| known.number == hop).unwrap();
    let check = hop.checks.iter().find(|check| check.name == HopCheckName::Superseded).unwrap();
    let reason = check.failure.clone().expect("a newer version that does not hold");
    assert!(hop.superseded_by.as_ref().is_some_and(|by| reason.contains(by)), "{reason}");
    assert_eq!(hop.outcome, HopOutcome::Failed(reason.clone()));
    reason
}

/// A new version of the middle of a chain, as the root issues it.
fn newer(chain: &Chain) -> IssueAccreditation {
    let above = Some((chain.urls[0].as_str(), chain.urls[0].as_str()));
    World::new_accreditation(AccreditationKind::Accredit, &chain.dids[0], &chain.dids[1], above)
}

#[tokio::test]
async fn a_newer_version_that_says_the_same_changes_nothing() {
    let world = World::new();
    let chain = world.chain().await;
    let url = world.accredited(&world.call(), newer(&chain)).await.exact_url;
    let verdict = from_leaf(&world, &chain).await;
    assert!(verdict.verified, "{:?}", verdict.error);
    assert_eq!(verdict.hops[1].superseded_by, Some(url));
    assert_eq!(verdict.hops.len(), 3, "nothing more to walk");
}

/// Whoever narrows an accreditation means everybody who was accredited by the old one.
#[tokio::test]
async fn what_a_newer_version_no_longer_grants_is_no_longer_granted() {
    let world = World::new();
    let licence = AccreditedFor::new(OTHER, ["Licence"]);
    let chain = world
        .chain_with(|wish| {
            if wish.kind == AccreditationKind::Authorize {
                wish.schemas.push(licence.clone());
            }
        })
        .await;
    world.time.pass(10);
    let before = world.time.present();
    world.time.pass(10);
    let other = IssueAccreditation { schemas: vec![licence.clone()], ..newer(&chain) };
    world.accredited(&world.call(), other).await;
    let reason = superseded(&from_leaf(&world, &chain).await, 2);
    assert!(reason.contains(SCHEMA), "{reason}");
    let mut then = options();
    then.verify.at = Some(before);
    assert!(walked(&world, &chain.urls[2], &chain.dids[2], &then).await.verified, "it was granted then");
}

#[tokio::test]
async fn a_newer_version_that_expired_or_was_signed_by_nobody_takes_the_grant_with_it() {
    let world = World::new();
    let chain = world.chain().await;
    let end = (world.time.present() + chrono::TimeDelta::seconds(5)).to_rfc3339();
    let brief = IssueAccreditation { expiration_date: Some(end), ..newer(&chain) };
    world.accredited(&world.call(), brief).await;
    assert!(from_leaf(&world, &chain).await.verified);
    world.time.pass(600);
    superseded(&from_leaf(&world, &chain).await, 2);
    let name = newer(&chain).name;
    let above = (chain.urls[0].as_str(), chain.urls[0].as_str());
    let next =
        |number| Forged { name: name.clone(), ..Forged::new(&chain.dids[0], &chain.dids[1], number, above) };
    next(1).publish(&world).await;
    assert!(from_leaf(&world, &chain).await.verified, "the newest counts, not those between");
    Forged { signer: chain.dids[2].clone(), ..next(2) }.publish(&world).await;
    superseded(&from_leaf(&world, &chain).await, 2);
    next(3).put(&world, b"gone");
    assert!(superseded(&from_leaf(&world, &chain).await, 2).contains("not a credential"));
    next(4).put(&world, b"{}");
    assert!(superseded(&from_leaf(&world, &chain).await, 2).contains("Invalid accreditation"));
}

#[tokio::test]
async fn a_newer_version_belongs_to_the_same_root() {
    let world = World::new();
    let (chain, other) = (world.chain().await, world.chain().await);
    let name = newer(&chain).name;
    let above = (chain.urls[0].as_str(), other.urls[0].as_str());
    let moved = Forged { name, ..Forged::new(&chain.dids[0], &chain.dids[1], 1, above) };
    moved.publish(&world).await;
    let reason = superseded(&from_leaf(&world, &chain).await, 2);
    assert!(reason.contains(&other.urls[0]), "{reason}");
}

#[tokio::test]
async fn a_newer_version_that_hangs_elsewhere_needs_the_chain_there() {
    let world = World::new();
    let chain = world.chain().await;
    let [top, below, leaf] = &chain.dids;
    let root = chain.urls[0].as_str();
    // Another way up to the same root: the same DIDs, another document.
    let way = Forged::new(top, below, 1, (root, root)).publish(&world).await;
    let kind = Kind::Attest;
    let name = "Attest".to_owned();
    let next = |number, parent: &str| Forged {
        kind,
        name: name.clone(),
        ..Forged::new(below, leaf, number, (parent, root))
    };
    next(2, &way).publish(&world).await;
    let verdict = from_leaf(&world, &chain).await;
    assert!(verdict.verified, "{:?}", verdict.error);
    // A way that leads nowhere, and one that grants less than the newer version passes on.
    next(3, &format!("{top}/resources/00000000-0000-4000-8000-00000000ffff")).publish(&world).await;
    superseded(&from_leaf(&world, &chain).await, 1);
    let scope = vec![AccreditedFor::new(OTHER, ["Licence"])];
    let less = Forged { scope, ..Forged::new(top, below, 4, (root, root)) }.publish(&world).await;
    next(5, &less).publish(&world).await;
    superseded(&from_leaf(&world, &chain).await, 1);
}

#[tokio::test]
async fn whoever_refers_to_a_line_by_its_name_has_got_the_newest() {
    let world = World::new();
    let chain = world.chain().await;
    let made = world.accredited(&world.call(), newer(&chain)).await;
    let verdict = walked(&world, &made.latest_url, &chain.dids[1], &options()).await;
    assert!(verdict.verified && verdict.hops[0].superseded_by.is_none());
    assert_eq!(verdict.hops[0].resource_url, Some(made.exact_url));
}

/// A chain of so many documents, each of which was narrowed by a newer version that still grants what is needed: above each
/// of these the chain has to be walked again. The leaf and whom it is about.
async fn narrowed(world: &World, documents: u128) -> (String, Did) {
    let top = world.did().await;
    let extra = |number: u128| AccreditedFor::new(format!("https://schema.example/{number}"), ["Extra"]);
    let scope = |extras: u128| {
        let mut scope = vec![AccreditedFor::new(SCHEMA, ["Diploma"])];
        scope.extend((1..=extras).map(extra));
        scope
    };
    let root = Forged {
        kind: Kind::Authorize,
        above: None,
        scope: scope(documents),
        ..Forged::new(&top, &top, 1_000, ("", ""))
    };
    let root = root.publish(world).await;
    let (mut above, mut issuer, mut later) = (root.clone(), top, Vec::new());
    for number in 1..=documents {
        let subject = world.did().await;
        let extras = documents - number;
        let first =
            Forged { scope: scope(extras + 1), ..Forged::new(&issuer, &subject, number, (&above, &root)) };
        later.push(Forged { scope: scope(extras), number: 2_000 + number, ..first.clone() });
        above = first.publish(world).await;
        issuer = subject;
    }
    for version in later {
        version.publish(world).await;
    }
    (above, issuer)
}

#[tokio::test]
async fn newer_versions_are_followed_for_so_many_hops_and_no_further() {
    let world = World::new();
    let (leaf, subject) = narrowed(&world, 4).await;
    let verdict = walked(&world, &leaf, &subject, &options()).await;
    assert!(verdict.verified, "{:?}", verdict.error);
    let world = World::new();
    let (leaf, subject) = narrowed(&world, 12).await;
    let questions = world.ledger.questions();
    let verdict = walked(&world, &leaf, &subject, &options()).await;
    assert!(!verdict.verified && verdict.error.unwrap().contains("more than"));
    assert!(world.ledger.questions() - questions < 1_000, "the work has an end");
}
