//! Documents that change by tasks: what is named changes, once, and a key is made for nobody who is refused.

use super::{super::changes::CHANGES_PER_REQUEST_MAX, *};
use crate::{
    Act as _, FaultKind,
    job::{self, JobAct, OpenJob, Signatory, SubmitSignatures, Submitted},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use credentials::key::PublicKey;
use domain::ledger::LedgerWrite;
use ed25519_dalek::{Signer as _, SigningKey};
use std::collections::BTreeSet;

const KIND: VerificationMethodType = VerificationMethodType::Ed25519VerificationKey2020;

/// A key that nobody here has.
fn outside() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn multibase(key: &SigningKey) -> KeyWish {
    KeyWish::Elsewhere(PublicKey::Ed25519(*key.verifying_key().as_bytes()).to_multibase())
}

fn changes<const N: usize>(did: &Did, changes: [DidChange; N]) -> UpdateDid {
    UpdateDid::Changes(GivenChanges::new(did.clone(), changes.into()).unwrap())
}

fn add(id: Option<&str>, key: KeyWish) -> DidChange {
    let relationships = vec![Relationship::Authentication, Relationship::AssertionMethod];
    Change::AddKey(NewKey { id: id.map(str::to_owned), method_type: KIND, relationships, key })
}

fn rotate(id: &str, key: KeyWish) -> DidChange {
    Change::RotateKey(RotatedKey { id: id.to_owned(), method_type: None, key })
}

fn remove(id: &str) -> DidChange {
    Change::RemoveKey(id.to_owned())
}

fn new_service(name: &str) -> DidChange {
    let service =
        json!({"idFragment": name, "type": "LinkedDomains", "serviceEndpoint": "https://example.org"});
    Change::AddService(serde_json::from_value(service).unwrap())
}

fn names(keys: &[ControllerKey]) -> Vec<&str> {
    keys.iter().filter_map(|key| Some(key.verification_method.split_once('#')?.1)).collect()
}

async fn present(world: &World, did: &Did) -> DidRecord {
    owned(&world.studio(), &world.call(), did).await.unwrap()
}

#[tokio::test]
async fn what_a_did_is_called_is_published_as_it_is_by_then() {
    let world = World::new();
    let did = world.did().await;
    let (studio, publish) = (world.studio(), changes(&did, [Change::PublishName(())]));
    let named = async |name: &str| {
        label(&studio, &world.call(), LabelDid::new(did.clone(), Some(name), None).unwrap()).await.unwrap();
    };
    let published = async || Profile::of_document(&document_of(&world, &did).await).map(|shown| shown.name);
    let told = world.when(update(&studio, &world.call(), publish.clone())).await.then_nothing();
    assert_eq!(told.then_refused("did/not-named").members["change"], 0);
    for name in ["One", "Two"] {
        named(name).await;
        let told = world.when(update(&studio, &world.call(), publish.clone())).await;
        told.then_events(["DidUpdateRequested", "DidUpdated"]).then_done();
        assert_eq!(published().await.as_deref(), Some(name));
    }
    // What is so already costs nothing.
    world.when(update(&studio, &world.call(), publish)).await.then_nothing().then_done();
    let withdraw = changes(&did, [Change::WithdrawName]);
    world.when(update(&studio, &world.call(), withdraw.clone())).await.then_done();
    assert_eq!(published().await, None);
    world.when(update(&studio, &world.call(), withdraw)).await.then_refused("did/entry-not-found");
}

#[tokio::test]
async fn a_key_is_rotated_under_its_name() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let before = present(&world, &did).await;
    let wish = changes(&did, [rotate("key-1", KeyWish::Minted)]);
    let told = world.when(update(&studio, &call, wish.clone())).await;
    let made = told.then_events(["KeyCreated", "DidUpdateRequested", "DidUpdated"]).then_done();
    assert_eq!(names(&made.keys), ["key-1"]);
    assert_ne!(made.keys, before.keys);
    assert_eq!(
        made.signers,
        [before.keys[0].clone(), made.keys[0].clone()],
        "the old key agrees, the new one is proven"
    );
    let shown = document_of(&world, &did).await;
    for same in ["authentication", "assertionMethod", "controller"] {
        assert_eq!(shown[same], before.document[same]);
    }
    assert_eq!(shown["verificationMethod"], made.document["verificationMethod"]);
    // The same request again is the same key, and costs nothing; another one is another key.
    let again = world.when(update(&studio, &call, wish.clone())).await.then_nothing().then_done();
    assert_eq!((again.keys, again.document), (made.keys.clone(), made.document));
    let other = world.when(update(&studio, &world.call(), wish)).await.then_done();
    assert_ne!(other.keys, made.keys);
}

#[tokio::test]
async fn many_changes_are_one_write() {
    let world = World::new();
    let (did, parent) = (world.did().await, world.did().await);
    let studio = world.studio();
    let held = a_key(&world).await;
    let list = [
        add(None, KeyWish::Held(KeyId(held.clone()))),
        add(Some("#theirs"), multibase(&outside())),
        remove(&format!("{did}#key-1")),
        new_service("web"),
        Change::AddController(parent.to_string()),
        Change::AddAlsoKnownAs("https://example.org/me".to_owned()),
    ];
    let told = world.when(update(&studio, &world.call(), changes(&did, list))).await;
    let made = told.then_events(["DidUpdateRequested", "DidUpdated"]).then_done();
    assert_eq!(names(&made.keys), ["key-2"], "of those that are left");
    assert_eq!(made.keys[0].kid, KeyId(held));
    let signers: Vec<_> = made.signers.iter().map(|key| key.verification_method.clone()).collect();
    assert_eq!(signers, [format!("{did}#key-1"), format!("{did}#key-2"), format!("{parent}#key-1")]);
    let shown = document_of(&world, &did).await;
    let both = json!([format!("{did}#key-2"), format!("{did}#theirs")]);
    assert_eq!((&shown["authentication"], &shown["assertionMethod"]), (&both, &both));
    assert_eq!(shown["controller"], json!([did, parent]));
    assert_eq!(shown["alsoKnownAs"], json!(["https://example.org/me"]));
    // And back again.
    let list = [
        Change::RemoveService("web".to_owned()),
        Change::RemoveController(parent.to_string()),
        Change::RemoveAlsoKnownAs("https://example.org/me".to_owned()),
        remove("theirs"),
    ];
    let made = world.when(update(&studio, &world.call(), changes(&did, list))).await.then_done();
    assert_eq!(made.document["controller"], json!([did]));
    assert!(made.document.get("service").is_none() && made.document.get("alsoKnownAs").is_none());
}

#[tokio::test]
async fn what_is_not_so_is_told_and_changes_nothing() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let at_stake = |change: DidChange| [new_service("s"), change];
    for (change, kind, code) in [
        (rotate("key-7", KeyWish::Minted), FaultKind::NotFound, "did/entry-not-found"),
        (remove("key-7"), FaultKind::NotFound, "did/entry-not-found"),
        (Change::RemoveService("x".to_owned()), FaultKind::NotFound, "did/entry-not-found"),
        (Change::RemoveAlsoKnownAs("a:b".to_owned()), FaultKind::NotFound, "did/entry-not-found"),
        (add(Some("key-1"), KeyWish::Minted), FaultKind::Conflict, "did/entry-exists"),
        (new_service("s"), FaultKind::Conflict, "did/entry-exists"),
        (Change::AddController(did.to_string()), FaultKind::Conflict, "did/entry-exists"),
        (remove("key-1"), FaultKind::Conflict, "did/last-key"),
        (Change::RemoveController(did.to_string()), FaultKind::Conflict, "did/last-controller"),
        (add(Some("not a fragment"), KeyWish::Minted), FaultKind::Invalid, "request/invalid"),
        (rotate("key-1", KeyWish::Held(KeyId("00".repeat(32)))), FaultKind::NotFound, "key/not-found"),
        (rotate("key-1", multibase(&outside())), FaultKind::Invalid, "did/no-signing-key"),
    ] {
        let told = world.when(update(&studio, &world.call(), changes(&did, at_stake(change.clone())))).await;
        let fault = told.then_nothing().then_refused(code);
        assert_eq!(fault.kind, kind, "{change:?}");
        if code.starts_with("did/entry") {
            assert_eq!((&fault.members["field"], &fault.members["change"]), (&json!("changes"), &json!(1)));
            assert!(fault.public.starts_with("changes[1]: "), "{}", fault.public);
        }
    }
    let stranger = world.call_of(world.stranger());
    let wish = changes(&did, [rotate("key-1", KeyWish::Minted)]);
    world.when(update(&studio, &stranger, wish)).await.then_nothing().then_refused("did/not-found");
}

#[tokio::test]
async fn a_refused_change_leaves_no_key_behind() {
    let world = World::new();
    let (did, dead) = (world.did().await, world.did().await);
    let studio = world.studio();
    deactivate(&studio, &world.call(), &dead).await.unwrap();
    let keys = world.safe.key_requests().len();
    let wish = || changes(&did, [add(None, KeyWish::Minted)]);
    let under = changes(&did, [add(None, KeyWish::Minted), Change::AddController(dead.to_string())]);
    let told = world.when(update(&studio, &world.call(), under)).await;
    told.then_nothing().then_refused("did/controller-deactivated");
    let payer = studio.directory.payer(CUSTOMER, Network::Testnet).await.unwrap().unwrap().0;
    world.ledger.balance_of(&payer, 0);
    let told = world.when(update(&studio, &world.call(), wish())).await;
    told.then_nothing().then_refused("ledger/insufficient-funds");
    world.ledger.balance_of(&payer, u128::MAX);
    let dry = Call { dry_run: true, ..world.call() };
    world.when(update(&studio, &dry, wish())).await.then_quoted();
    let swap = changes(&did, [remove("key-1"), add(None, KeyWish::Minted)]);
    world.when(update(&studio, &dry, swap)).await.then_quoted();
    let call = Call { wait_seconds: 0, ..world.call() };
    update(&studio, &call, sections(&did, json!({"service": service(&did, "a")}))).await.unwrap();
    let told = world.when(update(&studio, &world.call(), wish())).await;
    told.then_nothing().then_refused("did/write-pending");
    assert_eq!(world.safe.key_requests().len(), keys);
}

/// Whoever dies after the key was made goes on with that key; whoever dies after the write was asked for finds it.
#[tokio::test]
async fn a_change_that_broke_off_is_finished_by_its_repeat() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let call = Call { wait_seconds: 0, ..world.call() };
    let wish = changes(&did, [rotate("key-1", KeyWish::Minted), new_service("s")]);
    world.log.away_after(1);
    let told = world.when(update(&studio, &call, wish.clone())).await;
    told.then_events(["KeyCreated"]).then_refused("store/unavailable");
    world.log.works();
    let told = world.when(update(&studio, &call, wish.clone())).await;
    let told = told.then_events(["DidUpdateRequested"]);
    let asked: LedgerWrite = told.event("DidUpdateRequested").write().unwrap();
    assert_eq!(told.then_pending(), asked.operation);
    let told = world.when(update(&studio, &call, wish)).await;
    assert_eq!(told.then_nothing().then_pending(), asked.operation);
    let keys: BTreeSet<_> = world.safe.key_requests().into_iter().collect();
    assert_eq!(keys.len(), 2, "one of the DID, one of the change");
}

#[tokio::test]
async fn a_repeat_is_told_the_end_whatever_came_since() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    world.outbox.end_with(End::Rejected("no"));
    let refused = world.call();
    let wish = changes(&did, [add(Some("key-2"), KeyWish::Minted)]);
    let told = world.when(update(&studio, &refused, wish.clone())).await;
    let told = told.then_events(["KeyCreated", "DidUpdateRequested", "DidUpdateRejected"]);
    told.then_refused("ledger/rejected");
    world.outbox.end_with(End::Asked);
    let told = world.when(update(&studio, &refused, wish.clone())).await;
    told.then_nothing().then_refused("ledger/rejected");
    // One that took effect stands, though its key is gone again.
    let call = world.call();
    world.when(update(&studio, &call, wish.clone())).await.then_done();
    let away = changes(&did, [remove("key-2")]);
    world.when(update(&studio, &world.call(), away)).await.then_done();
    let told = world.when(update(&studio, &call, wish)).await.then_nothing().then_done();
    assert_eq!(names(&told.keys), ["key-1"]);
}

#[test]
fn a_list_of_changes_has_bounds_and_speaks_of_its_did() {
    let did = Did::parse(&format!("did:cheqd:testnet:{UUID}")).unwrap();
    let given = |list: Vec<DidChange>| {
        let given = GivenChanges::new(did.clone(), list).map_err(|fault| {
            assert_eq!((fault.code, &fault.members["field"]), ("request/invalid", &json!("changes")));
            fault.public
        });
        given.map(|given| given.changes().to_vec())
    };
    let sentence = format!("changes should be an array of 1 to {CHANGES_PER_REQUEST_MAX} changes");
    assert_eq!(given(Vec::new()), Err(sentence.clone()));
    assert!(given(vec![new_service("s"); CHANGES_PER_REQUEST_MAX]).is_ok());
    assert_eq!(given(vec![new_service("s"); CHANGES_PER_REQUEST_MAX + 1]), Err(sentence));
    let upper = did.as_str().replace("7bf81a20", "7BF81A20");
    for id in ["key-1".to_owned(), "#key-1".to_owned(), format!("{did}#key-1"), format!("{upper}#key-1")] {
        assert_eq!(given(vec![remove(&id)]), Ok(vec![remove("key-1")]), "{id}");
    }
    assert_eq!(given(vec![Change::AddController(upper)]), Ok(vec![Change::AddController(did.to_string())]));
    let foreign = did.as_str().replace('7', "8");
    let secp = "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme".to_owned();
    for wrong in [
        remove(""),
        remove("#"),
        remove(&format!("{foreign}#key-1")),
        remove(did.as_str()),
        Change::AddController("nobody".to_owned()),
        Change::AddAlsoKnownAs("no uri".to_owned()),
        add(None, KeyWish::Elsewhere("z6Mk".to_owned())),
        add(None, KeyWish::Elsewhere(secp)),
    ] {
        let sentence = given(vec![new_service("s"), wrong.clone()]).unwrap_err();
        assert!(sentence.starts_with("changes[1]: "), "{wrong:?}: {sentence}");
    }
    let both = KeyWish::new(Some(KeyId("k".to_owned())), Some("z".to_owned()));
    assert!(both.unwrap_err().public.starts_with("Give either kid"));
}

/// The job of an update that lacks a signature of the key outside, which gives it.
async fn signed(world: &World, wish: UpdateDid, then_opened: &[&str]) {
    let (studio, before) = (world.studio(), world.log.len());
    let opened = world.when(OpenJob::new(JobAct::DidUpdate(wish)).run(&studio, &world.call())).await;
    let kinds: Vec<_> = world.log.since(before).into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, then_opened);
    let job = opened.then_done();
    let job::JobInside { state, content, .. } = job::read(&studio, &world.call().who, job).await.unwrap();
    assert_eq!(state.wanted.len(), 1);
    let bytes = STANDARD.decode(content.unwrap().payload).unwrap();
    let by = Signatory::Number(1);
    let signatures = vec![Submitted { by, signature: outside().sign(&bytes).to_bytes().to_vec() }];
    let told = world.when(SubmitSignatures { job, signatures }.run(&studio, &world.call())).await;
    told.then_events(["SignatureGiven", "DidUpdateRequested", "DidUpdated", "JobFinished"]).then_done();
}

/// A key of the vault gives way to one that never comes here, and a key of the vault joins it later: the changes wait with the job,
/// and the key that was made for them is the one that is written.
#[tokio::test]
async fn changes_wait_for_the_signatures_of_keys_that_are_kept_elsewhere() {
    let world = World::new();
    let did = world.did().await;
    signed(&world, changes(&did, [rotate("key-1", multibase(&outside())), new_service("s")]), &["JobOpened"])
        .await;
    assert!(present(&world, &did).await.keys.is_empty(), "no key of it is here any more");
    let wish = changes(&did, [add(None, KeyWish::Minted), Change::RemoveService("s".to_owned())]);
    world.when(update(&world.studio(), &world.call(), wish.clone())).await.then_refused("did/no-signing-key");
    signed(&world, wish, &["KeyCreated", "JobOpened"]).await;
    assert_eq!(names(&present(&world, &did).await.keys), ["key-2"]);
    let keys: BTreeSet<_> = world.safe.key_requests().into_iter().collect();
    assert_eq!(keys.len(), 2, "one of the DID, one of the change");
    let shown = document_of(&world, &did).await;
    assert_eq!(shown["verificationMethod"].as_array().unwrap().len(), 2);
    assert!(shown.get("service").is_none());
}
