//! What the gate does with an act: over the world in memory.

use crate::{
    Act, Call, Fault, FaultKind, Principal, Studio, Written,
    act::{DID_CREATE, IdempotencyKey, KEY_CREATE, Networks, Scopes, Settled, Spec, perform},
    credential::{ChangeCredentialStatus, IssuedCredential},
    customer::{Bounds, EraseSubject, IssueApiKey},
    did::{CreateDid, DidIdentifier},
    fake::{CUSTOMER, End, World},
    key::{CreateKey, KeyRecord},
};
use domain::{credential::StatusAction, id::Network, key::KeyAlgorithm};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::Notify;

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse("Idempotency-Key", text).unwrap()
}

fn a_key(alias: &str) -> CreateKey {
    CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: Some(alias.to_owned()) }
}

async fn asked<A: Act>(world: &World, call: Call, text: &str, act: A) -> Settled<A::Done> {
    perform(&world.studio(), call, Some(key(text)), act, ()).await
}

fn done<D>(settled: Settled<D>) -> (D, bool) {
    match settled.outcome {
        Ok(Written::Done(done)) => (done, settled.replayed),
        Ok(_) => panic!("not done"),
        Err(fault) => panic!("{fault}"),
    }
}

fn code<D>(settled: Settled<D>) -> &'static str {
    settled.outcome.err().map_or("done", |fault| fault.code)
}

#[tokio::test]
async fn the_same_request_has_one_effect_and_one_answer() {
    let world = World::new();
    let (first, again) = (done(asked(&world, world.call(), "k", a_key("a")).await), world.log.len());
    let (same, replayed): (KeyRecord, bool) = done(asked(&world, world.call(), "k", a_key("a")).await);
    assert_eq!((&same, replayed, first.1), (&first.0, true, false));
    assert_eq!(world.log.len(), again, "nothing happened again");
    let other = asked(&world, world.call(), "k", a_key("b")).await;
    assert_eq!(code(other), "idempotency/key-reused");
    let (fresh, _) = done(asked(&world, world.call(), "l", a_key("a")).await);
    assert_ne!(fresh.kid, first.0.kid);
    // Nor is it the same for somebody else.
    let stranger = world.call_of(world.stranger());
    let (theirs, replayed) = done(asked(&world, stranger, "k", a_key("a")).await);
    assert!(!replayed && theirs.kid != first.0.kid);
}

#[tokio::test]
async fn a_write_that_went_on_is_told_again_as_it_stands_by_then() {
    let world = World::new();
    let hasty = || Call { wait_seconds: 0, ..world.call() };
    let first = asked(&world, hasty(), "k", World::new_did()).await;
    let Ok(Written::Pending(operation)) = first.outcome else { panic!("pending") };
    let again = asked(&world, hasty(), "k", World::new_did()).await;
    assert!(again.replayed && matches!(again.outcome, Ok(Written::Pending(same)) if same == operation));
    assert_eq!(again.call.operation(""), operation, "the ids of a repeat are those of the first request");
    world.outbox.settle();
    let before = world.log.len();
    let (made, replayed) = done(asked(&world, world.call(), "k", World::new_did()).await);
    assert!(replayed && world.log.len() == before, "its end, and nothing happened again");
    let (same, _) = done(asked(&world, world.call(), "k", World::new_did()).await);
    assert_eq!(same.did, made.did);
}

#[tokio::test]
async fn a_write_that_went_on_and_was_refused_is_told_as_refused() {
    let world = World::new();
    let first = asked(&world, Call { wait_seconds: 0, ..world.call() }, "k", World::new_did()).await;
    let Ok(Written::Pending(operation)) = first.outcome else { panic!("pending") };
    world.outbox.end_with(End::Rejected("No."));
    let again = asked(&world, world.call(), "k", World::new_did()).await;
    let fault = again.outcome.err().unwrap();
    assert_eq!(
        (fault.code, &fault.members["operationId"]),
        ("ledger/rejected", &operation.to_string().into())
    );
}

/// An erasure cannot be taken back: its repeat, told late, must not take what came after it.
#[tokio::test]
async fn a_repeated_erasure_erases_nothing_that_came_after_it() {
    const BOB: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
    let world = World::new();
    let issuer = world.did().await;
    world.credential(&issuer, BOB, None).await;
    let erase = || asked(&world, world.call(), "e", EraseSubject(BOB.to_owned()));
    let ((), replayed) = done(erase().await);
    assert!(!replayed);
    world.credential(&issuer, BOB, None).await;
    let before = world.log.len();
    let ((), replayed) = done(erase().await);
    assert!(replayed && world.log.len() == before, "told again, and nothing erased");
}

/// Nobody has the secret any more; the key itself is named, so that it can be rotated or revoked.
#[tokio::test]
async fn a_new_api_key_whose_answer_was_lost_is_told_without_its_secret() {
    let world = World::new();
    let act = || IssueApiKey { name: "a".to_owned(), expires_at: None, bounds: Bounds::default() };
    let (first, _) = done(asked(&world, world.call(), "k", act()).await);
    assert!(first.secret.is_some());
    // The answer is gone, the key stays bound to its request.
    let call =
        Call { command_id: asked(&world, world.call(), "k", act()).await.call.command_id, ..world.call() };
    let (again, _) = done(perform(&world.studio(), call, None, act(), ()).await);
    assert_eq!((again.key, again.secret), (first.key, None));
}

#[tokio::test]
async fn nothing_is_claimed_by_a_dry_run_and_only_ledger_writes_have_one() {
    let world = World::new();
    let dry = || Call { dry_run: true, ..world.call() };
    assert!(matches!(asked(&world, dry(), "k", World::new_did()).await.outcome, Ok(Written::Quoted(_))));
    let other = CreateDid { key: Some(domain::id::KeyId("ab".to_owned())), ..World::new_did() };
    assert_eq!(code(asked(&world, dry(), "k", other).await), "key/not-found", "and another may use it too");
    let before = world.log.len();
    assert_eq!(code(asked(&world, dry(), "k", a_key("a")).await), "request/dry-run-unsupported");
    assert_eq!(world.log.len(), before);
    let (_, replayed): (DidIdentifier, bool) = done(asked(&world, world.call(), "k", World::new_did()).await);
    assert!(!replayed);
}

#[tokio::test]
async fn what_one_may_not_do_is_refused_before_anything_is_claimed() {
    let world = World::new();
    let as_one = |scopes: &[&str], networks| Call {
        who: Principal {
            scopes: Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
            networks,
            ..world.call().who
        },
        ..world.call()
    };
    let before = world.log.len();
    let refused =
        asked(&world, as_one(&["read:key"], Networks::All), "k", a_key("a")).await.outcome.err().unwrap();
    assert_eq!((refused.kind, refused.code), (FaultKind::Forbidden, "auth/forbidden"));
    let elsewhere = Networks::Only(BTreeSet::from([Network::Mainnet]));
    let all = ["create:did:testnet", "create:did:mainnet"];
    assert_eq!(code(asked(&world, as_one(&all, elsewhere), "d", World::new_did()).await), "auth/forbidden");
    assert_eq!(world.log.len(), before);
    done(asked(&world, as_one(&["create:key"], Networks::All), "k", a_key("b")).await);
    done(asked(&world, as_one(&["create:did:testnet"], Networks::All), "d", World::new_did()).await);
}

/// Does as it is told.
#[derive(Serialize)]
struct Odd {
    what: &'static str,
    #[serde(skip)]
    runs: Arc<AtomicU32>,
    #[serde(skip)]
    gate: Arc<Notify>,
}

impl Odd {
    fn new(what: &'static str) -> Self {
        Self { what, runs: Arc::default(), gate: Arc::default() }
    }

    fn again(&self) -> Self {
        Self { what: self.what, runs: Arc::clone(&self.runs), gate: Arc::clone(&self.gate) }
    }
}

impl Act for Odd {
    type Done = String;

    fn spec(&self) -> &'static Spec {
        if self.what == "ledger" { &DID_CREATE } else { &KEY_CREATE }
    }

    async fn run(self, _: &Studio, _: &Call) -> Result<Written<String>, Fault> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        match self.what {
            "panic" => panic!("a secret detail"),
            "wait" => self.gate.notified().await,
            "large" => return Ok(Written::Done("x".repeat(5 * 1024 * 1024))),
            _ => {}
        }
        Ok(Written::Done(self.what.to_owned()))
    }
}

#[tokio::test]
async fn a_panic_ends_the_act_and_a_repeat_runs_it_again() {
    let world = World::new();
    let odd = Odd::new("panic");
    for run in 1..=2 {
        let fault = asked(&world, world.call(), "k", odd.again()).await.outcome.err().unwrap();
        assert_eq!((fault.kind, odd.runs.load(Ordering::SeqCst)), (FaultKind::Bug, run));
        assert!(!fault.public.contains("secret") && fault.private.unwrap().contains("a secret detail"));
    }
    assert_eq!(code(asked(&world, world.call(), "k", Odd::new("fine")).await), "idempotency/key-reused");
}

#[tokio::test]
async fn an_act_goes_on_when_its_caller_hangs_up_and_keeps_its_place_until_its_end() {
    let world = World::new();
    let (odd, place) = (Odd::new("wait"), Arc::new(()));
    let held = Arc::clone(&place);
    let studio = world.studio();
    let caller = tokio::spawn({
        let (studio, call, act) = (studio.clone(), world.call(), odd.again());
        async move { perform(&studio, call, Some(key("k")), act, held).await }
    });
    while odd.runs.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(code(asked(&world, world.call(), "k", odd.again()).await), "idempotency/in-flight");
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    assert_eq!(Arc::strong_count(&place), 2, "it still has its place");
    odd.gate.notify_one();
    while Arc::strong_count(&place) > 1 {
        tokio::task::yield_now().await;
    }
    let (answer, replayed) = done(asked(&world, world.call(), "k", odd.again()).await);
    assert_eq!((answer.as_str(), replayed, odd.runs.load(Ordering::SeqCst)), ("wait", true, 1));
}

#[tokio::test]
async fn what_is_too_large_to_be_kept_is_answered_and_its_repeat_runs_again() {
    let world = World::new();
    let odd = Odd::new("large");
    for run in 1..=2 {
        let (answer, replayed) = done(asked(&world, world.call(), "k", odd.again()).await);
        assert_eq!((answer.len(), replayed), (5 * 1024 * 1024, false));
        assert_eq!(odd.runs.load(Ordering::SeqCst), run);
    }
}

#[tokio::test]
async fn an_answer_whose_key_is_gone_is_not_told_and_nothing_runs_again() {
    let world = World::new();
    done(asked(&world, world.call(), "k", a_key("a")).await);
    let before = world.log.len();
    let erased = world.studio().vault.erase(CUSTOMER, crate::port::replies::REPLIES_SUBJECT).await.unwrap();
    assert!(erased > 0);
    assert_eq!(code(asked(&world, world.call(), "k", a_key("a")).await), "idempotency/answer-erased");
    assert_eq!(world.log.len(), before);
}

/// What it would find by running again is what has changed since, and what others keep back would be published.
#[tokio::test]
async fn a_change_of_status_that_went_on_is_never_made_again_by_its_repeat() {
    let world = World::new();
    let issuer = world.did().await;
    world.revocation_list(&issuer, "list").await;
    let one = world
        .credential(&issuer, "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd", Some("list"))
        .await;
    let other = world
        .credential(&issuer, "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd", Some("list"))
        .await;
    let revoke = |issued: &IssuedCredential, publish| ChangeCredentialStatus {
        credential: World::handed_in(issued),
        action: StatusAction::Revoke,
        list_type: None,
        publish,
        reason: None,
    };
    let hasty = Call { wait_seconds: 0, ..world.call() };
    let first = asked(&world, hasty, "k", revoke(&one, true)).await;
    let Ok(Written::Pending(operation)) = first.outcome else { panic!("pending") };
    world.outbox.settle();
    done(asked(&world, world.call(), "l", revoke(&other, false)).await);
    let before = world.log.len();
    let again = asked(&world, world.call(), "k", revoke(&one, true)).await;
    assert!(again.replayed && matches!(again.outcome, Ok(Written::Pending(same)) if same == operation));
    assert_eq!(world.log.len(), before);
}
