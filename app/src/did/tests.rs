//! DIDs: created, changed, ended; signed by whoever must sign.

mod changes;

use super::*;
use crate::{
    Written,
    fake::{CUSTOMER, End, World},
    key,
    port::resolver::Freshness,
};
use credentials::did_document::Profile;
use domain::{
    did::{ControllerKey, DidLabel},
    id::{KeyId, Network},
    key::KeyAlgorithm,
};
use serde_json::{Map, Value, json};

const UUID: &str = "7bf81a20-633c-4cc7-bc4a-5a45801005e0";

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members
}

fn given(document: Value) -> CreateDid {
    let document = NewDocument::Given(GivenDocument::for_creation(&object(document)).unwrap());
    CreateDid { document, ..World::new_did() }
}

fn sections(did: &Did, members: Value) -> UpdateDid {
    UpdateDid::Sections(GivenSections::new(did.clone(), &object(members)).unwrap())
}

fn service(did: &Did, name: &str) -> Value {
    json!([{"id": format!("{did}#{name}"), "type": "LinkedDomains", "serviceEndpoint": ["https://example.org"]}])
}

/// A new key of the tenant's, by its public half in hex.
async fn a_key(world: &World) -> String {
    let wish = key::CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None };
    key::create(&world.studio(), &world.call(), wish).await.unwrap().public_key_hex
}

/// A verification method with this key.
fn method(did: &Did, name: &str, public_key_hex: &str) -> Value {
    let public = credentials::key::PublicKey::ed25519(&hex::decode(public_key_hex).unwrap()).unwrap();
    let kind = VerificationMethodType::Ed25519VerificationKey2020;
    credentials::did_document::verification_method(did.as_str(), name, kind, &public)
}

async fn document_of(world: &World, did: &Did) -> Value {
    world.studio().resolver.did(did, None, Freshness::Fresh).await.unwrap().unwrap().document
}

#[tokio::test]
async fn a_did_is_created_with_a_key_of_its_own() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let told = world.when(create(&studio, &call, World::new_did())).await;
    let made = told.then_events(["KeyCreated", "DidCreateRequested", "DidCreated"]).then_done();
    assert_eq!(made.keys.len(), 1);
    assert_eq!(made.keys[0].verification_method, format!("{}#key-1", made.did));
    assert_eq!(
        document_of(&world, &made.did).await["verificationMethod"][0]["id"],
        made.keys[0].verification_method
    );
    assert_eq!(owned(&studio, &call, &made.did).await.unwrap().phase, DidPhase::Active);
    // The same request again is the same DID, and costs nothing.
    let again = world.when(create(&studio, &call, World::new_did())).await;
    assert_eq!(again.then_events([]).then_done().did, made.did);
}

#[tokio::test]
async fn an_identifier_can_come_from_the_key() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let own = key::create(&studio, &call, key::CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None })
        .await
        .unwrap();
    let mut wish = CreateDid { key: Some(own.kid.clone()), ..World::new_did() };
    if let NewDocument::Template { identifier, network, .. } = &mut wish.document {
        (*identifier, *network) = (IdentifierFormat::Base58btc, Network::Mainnet);
    }
    let told = world.when(create(&studio, &call, wish.clone())).await;
    let made = told.then_events(["DidCreateRequested", "DidCreated"]).then_done();
    assert_eq!((made.did.network(), &made.keys[0].kid), (Network::Mainnet, &own.kid));
    assert!(!made.did.unique_id().contains('-'));
    // One key makes one such DID.
    world.when(create(&studio, &world.call(), wish)).await.then_refused("did/already-exists");
}

#[tokio::test]
async fn a_did_is_controlled_by_a_key_that_can_sign_for_it() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let payer =
        key::create(&studio, &call, key::CreateKey { algorithm: KeyAlgorithm::Secp256k1, alias: None })
            .await
            .unwrap();
    for (kid, code) in [(payer.kid, "key/wrong-type"), (KeyId("00".repeat(32)), "key/not-found")] {
        let wish = CreateDid { key: Some(kid), ..World::new_did() };
        world.when(create(&studio, &world.call(), wish)).await.then_refused(code);
    }
}

#[tokio::test]
async fn a_did_is_created_from_a_document_whose_key_is_replaced() {
    let world = World::new();
    let studio = world.studio();
    let did = Did::parse(&format!("did:cheqd:testnet:{UUID}")).unwrap();
    let wish = given(json!({"id": did, "service": service(&did, "web")}));
    let made = create(&studio, &world.call(), wish.clone()).await.unwrap();
    let Written::Done(made) = made else { panic!("done") };
    assert_eq!(made.did, did);
    assert_eq!(made.document["service"][0]["id"], format!("{did}#web"));
    // Its name is taken, for whomever, and no key is made for nothing.
    let stranger = world.call_of(world.stranger());
    world.when(create(&studio, &stranger, wish)).await.then_refused("did/already-exists");
}

/// The vault signs a document with those of the keys it names that it has.
#[tokio::test]
async fn a_did_is_created_with_the_keys_that_its_document_names() {
    let world = World::new();
    let studio = world.studio();
    let did = Did::parse(&format!("did:cheqd:testnet:{UUID}")).unwrap();
    let own = a_key(&world).await;
    let named = |methods: Value| {
        let document = object(json!({"id": did, "verificationMethod": methods}));
        CreateDid::with_named_keys(&document, None, None).unwrap()
    };
    assert!(named(json!([])).is_none(), "who names none asks for one");
    let mine = method(&did, "mine", &own);
    let theirs = method(&did, "theirs", &"66".repeat(32));
    let told = world.when(create(&studio, &world.call(), named(json!([theirs.clone()])).unwrap())).await;
    told.then_nothing().then_refused("did/no-signing-key");
    let told = world.when(create(&studio, &world.call(), named(json!([theirs, mine])).unwrap())).await;
    let made = told.then_events(["DidCreateRequested", "DidCreated"]).then_done();
    let key = ControllerKey { verification_method: format!("{did}#mine"), kid: KeyId(own) };
    assert_eq!((made.keys, made.signers), (vec![key.clone()], vec![key]));
    assert_eq!(made.document["authentication"], json!([format!("{did}#theirs"), format!("{did}#mine")]));
}

#[tokio::test]
async fn a_new_key_need_not_stand_under_assertion_method() {
    let world = World::new();
    let studio = world.studio();
    let mut wish = World::new_did();
    assert!(!serde_json::to_string(&wish).unwrap().contains("assertion_method"), "as kept requests have it");
    if let NewDocument::Template { assertion_method, .. } = &mut wish.document {
        *assertion_method = false;
    }
    let kept = serde_json::to_value(&wish).unwrap();
    let wish: CreateDid = serde_json::from_value(kept).unwrap();
    let made = world.when(create(&studio, &world.call(), wish)).await.then_done();
    assert!(made.document.get("assertionMethod").is_none());
    assert!(made.document.get("authentication").is_some());
}

#[tokio::test]
async fn a_refused_creation_leaves_no_key_behind() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let payer = studio.directory.payer(CUSTOMER, Network::Testnet).await.unwrap().unwrap().0;
    world.ledger.balance_of(&payer, 0);
    world.when(create(&studio, &call, World::new_did())).await.then_refused("ledger/insufficient-funds");
    assert!(world.safe.key_requests().is_empty());
    let dry = Call { dry_run: true, ..call };
    world.when(create(&studio, &dry, World::new_did())).await.then_quoted();
    assert!(world.safe.key_requests().is_empty());
}

#[tokio::test]
async fn a_name_that_the_ledger_refused_is_free_for_everybody() {
    let world = World::new();
    let studio = world.studio();
    let wish = given(json!({"id": format!("did:cheqd:testnet:{UUID}")}));
    world.outbox.end_with(End::Rejected("not today"));
    let call = world.call();
    let told = world.when(create(&studio, &call, wish.clone())).await;
    let told = told.then_events(["KeyCreated", "DidCreateRequested", "DidCreateRejected"]);
    told.then_refused("ledger/rejected");
    world.outbox.end_with(End::Asked);
    let did = Did::parse(&format!("did:cheqd:testnet:{UUID}")).unwrap();
    let change = sections(&did, json!({"service": service(&did, "a")}));
    world.when(update(&studio, &world.call(), change)).await.then_refused("did/not-created");
    let stranger = world.call_of(world.stranger());
    let told = world.when(create(&studio, &stranger, wish)).await;
    told.then_events(["KeyCreated", "DidCreateRequested", "DidCreated"]).then_done();
}

#[tokio::test]
async fn another_controller_signs_too() {
    let world = World::new();
    let studio = world.studio();
    let parent = world.did().await;
    let id = format!("did:cheqd:testnet:{UUID}");
    let call = world.call();
    let wish = given(json!({"id": id, "controller": [id, parent]}));
    let made = world.when(create(&studio, &call, wish)).await;
    let made = made.then_events(["KeyCreated", "DidCreateRequested", "DidCreated"]).then_done();
    let signers: Vec<_> = made.signers.iter().map(|key| key.verification_method.clone()).collect();
    assert_eq!(signers, [format!("{id}#key-1"), format!("{parent}#key-1")]);
}

#[tokio::test]
async fn a_controller_must_be_there_alive_and_the_callers() {
    let world = World::new();
    let studio = world.studio();
    let id = format!("did:cheqd:testnet:{UUID}");
    let theirs = world.did_of(world.stranger()).await;
    let ended = world.did().await;
    deactivate(&studio, &world.call(), &ended).await.unwrap();
    let absent = "did:cheqd:testnet:aaaaaaaa-633c-4cc7-bc4a-5a45801005e0".to_owned();
    let elsewhere = theirs.as_str().replace("testnet", "mainnet");
    for (controller, code) in [
        (absent, "did/controller-not-found"),
        (elsewhere, "did/controller-not-found"),
        (ended.to_string(), "did/controller-deactivated"),
        (theirs.to_string(), "did/controller-not-managed"),
    ] {
        let wish = given(json!({"id": id, "controller": [id, controller]}));
        world.when(create(&studio, &world.call(), wish)).await.then_refused(code);
    }
}

#[tokio::test]
async fn sections_replace_those_of_the_present_document() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let wish = sections(&did, json!({"service": service(&did, "web")}));
    let told = world.when(update(&studio, &call, wish.clone())).await;
    let made = told.then_events(["DidUpdateRequested", "DidUpdated"]).then_done();
    let shown = document_of(&world, &did).await;
    assert_eq!(shown["service"][0]["id"], format!("{did}#web"));
    assert_eq!(shown["verificationMethod"], made.document["verificationMethod"], "the rest stays");
    world.when(update(&studio, &call, wish)).await.then_events([]).then_done();
}

#[tokio::test]
async fn a_new_key_is_proven_by_the_old_one_and_itself() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let fresh = key::create(&studio, &call, key::CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None })
        .await
        .unwrap();
    let bytes: [u8; 32] = hex::decode(&fresh.public_key_hex).unwrap().try_into().unwrap();
    let method = credentials::did_document::verification_method(
        did.as_str(),
        "key-2",
        VerificationMethodType::Ed25519VerificationKey2020,
        &credentials::key::PublicKey::Ed25519(bytes),
    );
    let wish = sections(
        &did,
        json!({"verificationMethod": [method], "authentication": [format!("{did}#key-2")],
        "assertionMethod": [format!("{did}#key-2")]}),
    );
    let made = world.when(update(&studio, &call, wish)).await;
    let made = made.then_events(["DidUpdateRequested", "DidUpdated"]).then_done();
    let names: Vec<_> = made.signers.iter().map(|key| key.verification_method.clone()).collect();
    assert_eq!(names, [format!("{did}#key-1"), format!("{did}#key-2")]);
    assert_eq!(made.keys.len(), 1);
    // From now on the new key signs alone.
    deactivate(&studio, &world.call(), &did).await.unwrap();
}

#[tokio::test]
async fn control_is_not_given_to_keys_that_nobody_here_has() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let foreign = credentials::did_document::verification_method(
        did.as_str(),
        "key-9",
        VerificationMethodType::Ed25519VerificationKey2020,
        &credentials::key::PublicKey::Ed25519(
            *ed25519_dalek::SigningKey::from_bytes(&[9; 32]).verifying_key().as_bytes(),
        ),
    );
    let wish = sections(
        &did,
        json!({"verificationMethod": [foreign], "authentication": [format!("{did}#key-9")],
        "assertionMethod": [format!("{did}#key-9")]}),
    );
    world.when(update(&studio, &world.call(), wish)).await.then_refused("did/no-signing-key");
}

#[tokio::test]
async fn one_change_of_a_document_is_on_its_way_at_a_time() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let call = Call { wait_seconds: 0, ..world.call() };
    let told =
        world.when(update(&studio, &call, sections(&did, json!({"service": service(&did, "a")})))).await;
    told.then_events(["DidUpdateRequested"]).then_pending();
    let other = world.call();
    let told =
        world.when(update(&studio, &other, sections(&did, json!({"service": service(&did, "b")})))).await;
    told.then_refused("did/write-pending");
    world.when(deactivate(&studio, &world.call(), &did)).await.then_refused("did/write-pending");
}

#[tokio::test]
async fn an_update_that_the_ledger_refused_changes_nothing() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    world.outbox.end_with(End::Rejected("no"));
    let call = world.call();
    let told =
        world.when(update(&studio, &call, sections(&did, json!({"service": service(&did, "a")})))).await;
    told.then_events(["DidUpdateRequested", "DidUpdateRejected"]).then_refused("ledger/rejected");
    assert!(owned(&studio, &call, &did).await.unwrap().document.get("service").is_none());
}

#[tokio::test]
async fn the_price_of_a_change_is_told_and_nothing_else() {
    let world = World::new();
    let did = world.did().await;
    let (studio, dry) = (world.studio(), Call { dry_run: true, ..world.call() });
    world
        .when(update(&studio, &dry, sections(&did, json!({"service": service(&did, "a")}))))
        .await
        .then_quoted();
    world.when(deactivate(&studio, &dry, &did)).await.then_quoted();
}

#[tokio::test]
async fn a_did_ends_once_and_for_good() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let call = world.call();
    let told = world.when(deactivate(&studio, &call, &did)).await;
    let last = told.then_events(["DidDeactivateRequested", "DidDeactivated"]).then_done();
    assert!(last.deactivated);
    // Asking again is a success without a second write.
    assert!(
        world.when(deactivate(&studio, &world.call(), &did)).await.then_nothing().then_done().deactivated
    );
    let wish = sections(&did, json!({"service": service(&did, "a")}));
    world.when(update(&studio, &world.call(), wish)).await.then_refused("did/deactivated");
}

/// It costs nothing and waits for nothing; what it would cost to write anything is told all the same.
#[tokio::test]
async fn an_update_that_changes_nothing_is_done_at_once() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let present = owned(&studio, &world.call(), &did).await.unwrap().document;
    let whole = UpdateDid::Document(GivenDocument::for_update(&object(present.clone())).unwrap());
    let same = sections(&did, json!({"authentication": present["authentication"]}));
    for wish in [whole, same.clone()] {
        let told = world.when(update(&studio, &world.call(), wish)).await;
        assert_eq!(told.then_nothing().then_done().document, present);
    }
    let dry = Call { dry_run: true, ..world.call() };
    world.when(update(&studio, &dry, same)).await.then_quoted();
}

#[tokio::test]
async fn dids_of_others_do_not_exist() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let stranger = world.call_of(world.stranger());
    world.when(owned(&studio, &stranger, &did)).await.then_refused("did/not-found");
    world.when(deactivate(&studio, &stranger, &did)).await.then_refused("did/not-found");
    let wish = sections(&did, json!({"service": service(&did, "a")}));
    world.when(update(&studio, &stranger, wish)).await.then_refused("did/not-found");
}

#[tokio::test]
async fn the_same_request_at_two_doors_at_once_is_one_did() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let before = world.log.len();
    let (one, two) =
        tokio::join!(create(&studio, &call, World::new_did()), create(&studio, &call, World::new_did()));
    let [one, two] = [one, two].map(|written| match written.unwrap() {
        Written::Done(made) => made.did,
        _ => panic!("done"),
    });
    assert_eq!(one, two);
    let kinds: Vec<_> = world.log.since(before).into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["KeyCreated", "DidCreateRequested", "DidCreated"]);
}

/// Whoever dies after the key was made goes on with that key.
#[tokio::test]
async fn a_request_that_died_after_its_key_was_made_is_finished_by_its_repeat() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    world.log.away_after(1);
    let told = world.when(create(&studio, &call, World::new_did())).await;
    told.then_events(["KeyCreated"]).then_refused("store/unavailable");
    world.log.works();
    let told = world.when(create(&studio, &call, World::new_did())).await;
    told.then_events(["DidCreateRequested", "DidCreated"]).then_done();
}

fn brought(studio: &crate::Studio, seed: u8) -> key::ImportKey {
    let hex = hex::encode([seed; 32]);
    key::ImportKey::new(studio, KeyAlgorithm::Ed25519, &hex, None, None).unwrap()
}

/// A document of elsewhere with the keys of these seeds.
fn of_elsewhere(seeds: &[u8]) -> (Did, Value) {
    let did = Did::parse(&format!("did:cheqd:testnet:{UUID}")).unwrap();
    let method = |seed: &u8| {
        let key = ed25519_dalek::SigningKey::from_bytes(&[*seed; 32]).verifying_key();
        let multibase = credentials::key::PublicKey::Ed25519(key.to_bytes()).to_multibase();
        json!({"id": format!("{did}#key-{seed}"), "type": "Ed25519VerificationKey2020", "controller": did,
            "publicKeyMultibase": multibase})
    };
    let methods: Vec<Value> = seeds.iter().map(method).collect();
    let ids: Vec<Value> = methods.iter().map(|method| method["id"].clone()).collect();
    let document =
        json!({"id": did, "controller": [did], "verificationMethod": methods, "authentication": ids});
    (did, document)
}

#[tokio::test]
async fn a_did_of_elsewhere_is_taken_over_by_whoever_holds_all_of_its_keys() {
    let world = World::new();
    let studio = world.studio();
    let (did, document) = of_elsewhere(&[1, 2]);
    let wish = |seeds: &[u8]| {
        let keys = seeds.iter().map(|seed| brought(&studio, *seed)).collect();
        ImportDid::new(did.clone(), keys, None).unwrap()
    };
    world.when(import(&studio, &world.call(), wish(&[1, 2]))).await.then_refused("did/not-on-ledger");
    world.ledger.put_did(&document, UUID);
    for seeds in [&[1][..], &[1, 3], &[1, 2, 3], &[1, 2, 2]] {
        world.when(import(&studio, &world.call(), wish(seeds))).await.then_refused("did/keys-incomplete");
    }
    let told = world.when(import(&studio, &world.call(), wish(&[2, 1]))).await;
    let made = told.then_events(["KeyCreated", "KeyCreated", "DidImported"]).then();
    let methods: Vec<_> = made.keys.iter().map(|key| key.verification_method.as_str()).collect();
    assert_eq!(methods, [format!("{did}#key-1"), format!("{did}#key-2")]);
    world.when(import(&studio, &world.call(), wish(&[1, 2]))).await.then_nothing().then();
    let stranger = world.call_of(world.stranger());
    world.when(import(&studio, &stranger, wish(&[1, 2]))).await.then_refused("did/already-exists");
    // It is written for like any other, and taken over anew once somebody has changed it elsewhere.
    let change = sections(&did, json!({"service": service(&did, "a")}));
    let told = world.when(update(&studio, &world.call(), change)).await;
    told.then_events(["DidUpdateRequested", "DidUpdated"]).then_done();
    let (_, without) = of_elsewhere(&[1]);
    world.ledger.put_did(&without, "8bf81a20-633c-4cc7-bc4a-5a45801005e0");
    let told = world.when(import(&studio, &world.call(), wish(&[1]))).await;
    assert_eq!(told.then_events(["DidImported"]).then().keys.len(), 1);
    // A write of it is on its way: nothing is taken over meanwhile, no key either.
    world.outbox.end_with(End::Pending(None));
    let change = sections(&did, json!({"service": service(&did, "b")}));
    world.when(update(&studio, &world.call(), change)).await.then_events(["DidUpdateRequested"]).then();
    let (_, third) = of_elsewhere(&[1, 2, 3]);
    world.ledger.put_did(&third, "6bf81a20-633c-4cc7-bc4a-5a45801005e0");
    let requests = world.safe.key_requests().len();
    world.when(import(&studio, &world.call(), wish(&[1, 2, 3]))).await.then_refused("did/write-pending");
    assert_eq!(world.safe.key_requests().len(), requests);
}

#[tokio::test]
async fn a_did_whose_keys_or_versions_cannot_be_held_is_left_alone() {
    let world = World::new();
    let studio = world.studio();
    let (did, mut document) = of_elsewhere(&[1]);
    let wish = |first: Option<&str>| ImportDid::new(did.clone(), vec![brought(&studio, 1)], first).unwrap();
    let refused = async |code: &str, wish: ImportDid| {
        world.when(import(&studio, &world.call(), wish)).await.then_refused(code);
        assert!(world.safe.key_requests().is_empty());
    };
    world.ledger.put_did(&document, "first");
    refused("did/version-unsupported", wish(None)).await;
    world.ledger.put_did(&document, UUID);
    refused("request/invalid", wish(Some("aa"))).await;
    let (x, y) = (
        "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
        "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f",
    );
    let other = json!({"id": format!("{did}#other"), "type": "JsonWebKey2020", "controller": did,
        "publicKeyJwk": {"kty": "EC", "crv": "P-384", "x": x, "y": y}});
    document["verificationMethod"].as_array_mut().unwrap().push(other);
    world.ledger.put_did(&document, "8bf81a20-633c-4cc7-bc4a-5a45801005e0");
    refused("did/keys-not-held", wish(None)).await;
    world.ledger.end_did(&did, "9bf81a20-633c-4cc7-bc4a-5a45801005e0");
    refused("did/deactivated", wish(None)).await;
    assert!(ImportDid::new(did.clone(), Vec::new(), None).is_err());
    let many = (0..=IMPORTED_KEYS_MAX).map(|_| brought(&studio, 1)).collect();
    assert!(ImportDid::new(did.clone(), many, None).is_err());
}

/// What its owner publishes travels in the document, and is read where the DID is taken over.
#[tokio::test]
async fn a_name_is_published_and_read_again() {
    let world = World::new();
    let studio = world.studio();
    let label = async |did: &Did| owned(&studio, &world.call(), did).await.unwrap().label;
    let called = |name: &str, kind: Option<&str>| DidLabel {
        name: Some(name.to_owned()),
        kind: kind.map(str::to_owned),
    };
    let wish = World::new_did().called(Some("Zoe\u{308} & Sons"), Some("organisation"), true).unwrap();
    let told = world.when(create(&studio, &world.call(), wish)).await;
    let made =
        told.then_events(["KeyCreated", "DidCreateRequested", "DidLabelled", "DidCreated"]).then_done();
    let zoe = called("Zo\u{eb} & Sons", Some("organisation"));
    assert_eq!(label(&made.did).await, zoe);
    let profile = Profile::of_document(&document_of(&world, &made.did).await).unwrap();
    assert_eq!((Some(profile.name), profile.kind), (zoe.name, zoe.kind));
    for (name, publish) in [(None, true), (Some(""), true), (Some("a\nb"), false)] {
        let fault = World::new_did().called(name, None, publish).unwrap_err();
        assert_eq!(fault.code, "request/invalid");
    }
    let own = given(json!({"id": made.did.as_str()}));
    assert_eq!(own.called(Some("a"), None, true).unwrap_err().members["field"], "publishName");

    let import_of = |did: &Did| ImportDid::new(did.clone(), vec![brought(&studio, 1)], None).unwrap();
    let (did, mut document) = of_elsewhere(&[1]);
    for (version, published, name, expected) in [
        (
            "2bf81a20-633c-4cc7-bc4a-5a45801005e0",
            "Else\u{202e}where",
            None,
            DidLabel { name: None, kind: Some("agent".to_owned()) },
        ),
        ("3bf81a20-633c-4cc7-bc4a-5a45801005e0", "Elsewhere", None, called("Elsewhere", Some("agent"))),
        ("4bf81a20-633c-4cc7-bc4a-5a45801005e0", "Another", Some("Mine"), called("Mine", Some("agent"))),
        ("5bf81a20-633c-4cc7-bc4a-5a45801005e0", "Third", None, called("Mine", Some("agent"))),
    ] {
        let profile = Profile { name: published.to_owned(), kind: Some("agent".to_owned()) };
        document["service"] = json!([profile.service().to_json(did.as_str())]);
        world.ledger.put_did(&document, version);
        let wish = import_of(&did).called(name, None).unwrap();
        world.when(import(&studio, &world.call(), wish)).await.then();
        assert_eq!(label(&did).await, expected, "{published}");
    }
}

/// Out with a password, and in again elsewhere: the keys are the same, and the log has it before anything is given.
#[tokio::test]
async fn a_did_leaves_with_its_keys_and_comes_again() {
    const PASSWORD: &str = "correct horse battery";
    let world = World::new();
    let studio = world.studio();
    let did = world.did().await;
    let wish = |did: &Did| ExportDid::new(did.clone(), Some(PASSWORD)).unwrap();
    let stranger = world.call_of(world.stranger());
    world.when(export(&studio, &stranger, wish(&did))).await.then_nothing().then_refused("did/not-found");
    for bad in [None, Some("too short"), Some(&*"x".repeat(257))] {
        assert_eq!(ExportDid::new(did.clone(), bad).err().unwrap().members["field"], "password");
    }
    let told = world.when(export(&studio, &world.call(), wish(&did))).await;
    let told = told.then_events(["DidExported"]);
    assert!(!told.event("DidExported").body().to_string().contains(PASSWORD));
    let exported = told.then();
    assert_eq!(exported.document["id"], did.as_str());
    let locked = exported.locked.unwrap();
    let back = |password: &str| ImportDid::exported(did.clone(), &locked, Some(password), None).unwrap();
    world.when(import(&studio, &stranger, back("another password"))).await.then_refused("key/not-decrypted");
    world.when(import(&studio, &stranger, back(PASSWORD))).await.then_refused("did/already-exists");
    let told = world.when(import(&studio, &world.call(), back(PASSWORD))).await;
    assert_eq!(told.then_nothing().then().keys.len(), exported.keys.len());
}

/// What signed is told beside what it signed for.
#[tokio::test]
async fn the_log_names_the_keys_that_signed() {
    let world = World::new();
    let did = world.did().await;
    let created = world.log.since(0).into_iter().rfind(|event| event.kind == "DidCreateRequested").unwrap();
    let key = created.body()["keys"][0]["kid"].as_str().unwrap().to_owned();
    let used = |meta: &crate::port::Meta| meta.keys_used.iter().map(|kid| kid.0.clone()).collect::<Vec<_>>();
    assert_eq!(used(&created.meta), std::slice::from_ref(&key));
    let studio = world.studio();
    world.credential(&did, "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd", None).await;
    let issued = world.log.since(0).into_iter().rfind(|event| event.kind == "CredentialIssued").unwrap();
    assert_eq!(used(&issued.meta), [key]);
    // What nothing was signed for names none, and a price is no signature.
    let call = Call { dry_run: true, ..world.call() };
    let change = sections(&did, json!({"service": service(&did, "a")}));
    update(&studio, &call, change).await.unwrap();
    let account = world.log.since(0).into_iter().find(|event| event.kind == "CustomerRegistered");
    assert!(account.is_none_or(|event| used(&event.meta).is_empty()));
}
