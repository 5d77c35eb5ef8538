//! A write as every use case does it: its price before, its end after.

use super::*;
use crate::{
    did,
    fake::{CUSTOMER, End, World},
    key,
    resource::{self, CreateResource, RESOURCE_BYTES_MAX},
};
use domain::{
    did::{ControllerKey, DidRecord},
    id::{Did, KeyId},
    key::KeyAlgorithm,
};

fn note(did: &Did, data: &[u8]) -> CreateResource {
    CreateResource {
        did: did.clone(),
        name: "note".to_owned(),
        resource_type: "Note".to_owned(),
        version: String::new(),
        also_known_as: Vec::new(),
        data: data.to_vec(),
        id: None,
    }
}

const MADE: [&str; 2] = ["ResourceVersionRequested", "ResourceVersionCreated"];

async fn payer_of(world: &World) -> String {
    payer(&world.studio(), &world.call(), Network::Testnet).await.unwrap()
}

#[tokio::test]
async fn a_dry_run_tells_the_price_and_signs_nothing() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), Call { dry_run: true, ..world.call() });
    world.ledger.price(7);
    // A caller may ask for a price before there is money.
    world.ledger.balance_of(&payer_of(&world).await, 0);
    let quote = world.when(resource::create(&studio, &call, note(&did, b"x"))).await.then_quoted();
    assert_eq!(quote.expected, Ncheq(7));
    assert_eq!(world.outbox.operations().len(), 1, "only the DID");
}

#[tokio::test]
async fn a_price_that_nobody_can_tell_stops_only_whoever_asked_for_it() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    world.ledger.away(true);
    let dry = Call { dry_run: true, ..world.call() };
    let told = world.when(resource::create(&studio, &dry, note(&did, b"x"))).await;
    told.then_refused("ledger/unreachable");
    // A write waits until the ledger is back.
    let call = Call { wait_seconds: 0, ..world.call() };
    let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
    let operation = told.then_events(["ResourceVersionRequested"]).then_pending();
    assert_eq!(operation, call.operation(""));
}

#[tokio::test]
async fn a_write_above_the_callers_maximum_is_not_made() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    world.ledger.price(100);
    let of = |fee: u128| Call { fee_max: Some(Ncheq(fee)), ..world.call() };
    for call in [of(99), Call { dry_run: true, ..of(99) }] {
        let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
        let fault = told.then_refused("ledger/fee-above-max");
        assert_eq!((fault.kind, &fault.members["fee"]), (FaultKind::PaymentRequired, &"100".into()));
        assert_eq!(fault.members["maxFee"], "99");
    }
    let call = of(100);
    let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
    let told = told.then_events(MADE);
    let write = told.event("ResourceVersionRequested").write().unwrap();
    assert_eq!(write.fee_max, Some(Ncheq(100)), "the outbox keeps to it as well");
    told.then_done();
}

#[tokio::test]
async fn a_payer_without_money_is_told_what_is_missing() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let payer = payer_of(&world).await;
    world.ledger.price(100);
    world.ledger.balance_of(&payer, 40);
    let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
    let fault = told.then_refused("ledger/insufficient-funds");
    assert_eq!(fault.kind, FaultKind::PaymentRequired);
    let member = |name: &str| fault.members[name].as_str().unwrap().to_owned();
    assert_eq!((member("address"), member("shortfall")), (payer, "60".to_owned()));
    assert_eq!((member("fee"), member("balance")), ("100".to_owned(), "40".to_owned()));
    assert!(!fault.members.contains_key("operationId"), "nothing was made");
}

/// Safety 13: whoever repeats a request that died after it had paid gets what was paid for.
#[tokio::test]
async fn safety_13_a_repeat_of_what_was_paid_is_not_told_that_the_money_is_gone() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let call = Call { wait_seconds: 0, ..world.call() };
    resource::create(&studio, &call, note(&did, b"x")).await.unwrap();
    world.outbox.settle();
    world.ledger.balance_of(&payer_of(&world).await, 0);
    let repeat = Call { wait_seconds: 30, ..call };
    let told = world.when(resource::create(&studio, &repeat, note(&did, b"x"))).await;
    assert_eq!(told.then_events([]).then_done().name, "note");
    let fresh = world.call();
    let told = world.when(resource::create(&studio, &fresh, note(&did, b"x"))).await;
    told.then_refused("ledger/insufficient-funds");
}

#[tokio::test]
async fn a_network_that_this_studio_has_not_is_named() {
    let world = World::new();
    let did = world.did().await;
    world.ledger.without(Network::Testnet);
    let (studio, call) = (world.studio(), world.call());
    let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
    let fault = told.then_refused("ledger/not-configured");
    assert!(fault.public.contains("TESTNET_RPC_URL"), "{fault}");
}

#[tokio::test]
async fn a_customer_without_an_account_on_the_network_cannot_pay() {
    let world = World::new();
    let did = world.did().await;
    world.given::<domain::customer::Customer>(
        &CUSTOMER.to_string(),
        [domain::customer::CustomerEvent::CustomerRegistered {
            customer: CUSTOMER,
            name: domain::id::Sealed(String::new()),
            email: None,
            payers: Vec::new(),
            at: world.time.present(),
        }],
    );
    let (studio, call) = (world.studio(), world.call());
    let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
    told.then_refused("payer/missing");
}

#[tokio::test]
async fn a_did_whose_keys_are_elsewhere_signs_nothing() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let document = world.log.state::<DidRecord>(did.as_str()).document;
    let payload = Payload::UpdateDid { document, version: domain::id::VersionId(call.command_id) };
    let effect =
        Effect::DidVersion { did: did.clone(), version_id: call.command_id.to_string(), deactivates: false };
    let draft = |signers| Draft {
        payload: &payload,
        did: &did,
        signers,
        effect: effect.clone(),
        price: Price::Unasked,
    };
    let nobody = Signers::default();
    world.when(prepare(&studio, &call, draft(&nobody))).await.then_refused("did/no-signing-key");
    let verification_method = format!("{did}#key-1");
    let lost = vec![ControllerKey { verification_method, kid: KeyId("00".repeat(32)) }];
    let lost = Signers { ours: lost, wanted: Vec::new() };
    world.when(prepare(&studio, &call, draft(&lost))).await.then_refused("key/not-found");
}

/// What no node takes must not stand before what others want to write.
#[tokio::test]
async fn what_no_block_holds_is_refused_before_anything_is_made() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    let largest = note(&did, &vec![b'x'; RESOURCE_BYTES_MAX]);
    world.when(resource::create(&studio, &call, largest)).await.then_events(MADE).then_done();
    let larger = note(&did, &vec![b'x'; RESOURCE_BYTES_MAX + 1]);
    let fault = world.when(resource::create(&studio, &world.call(), larger)).await;
    assert_eq!(fault.then_refused("resource/too-large").kind, FaultKind::TooLarge);
    let mut wish = World::new_did();
    if let did::NewDocument::Template { services, .. } = &mut wish.document {
        services.push(did::ServiceRequest {
            id_fragment: "web".to_owned(),
            service_type: "LinkedDomains".to_owned(),
            service_endpoint: vec![format!("https://{}", "x".repeat(MESSAGE_BYTES_MAX))],
            recipient_keys: Vec::new(),
            routing_keys: Vec::new(),
            priority: None,
            accept: Vec::new(),
        });
    }
    let fault = world.when(did::create(&studio, &world.call(), wish)).await.then_refused("did/too-large");
    assert_eq!(fault.kind, FaultKind::TooLarge);
    assert!(world.safe.key_requests().len() == 1, "no key was made for it");
}

#[tokio::test]
async fn an_end_on_the_ledger_is_the_end_of_the_call() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let made = async |end: End, call: &Call| {
        world.outbox.end_with(end);
        world.when(resource::create(&studio, call, note(&did, b"x"))).await
    };
    let asked = "ResourceVersionRequested";
    let call = world.call();
    let told = made(End::Asked, &call).await.then_events(MADE);
    told.then_done();
    assert!(world.outbox.waited_for().0 >= i64::try_from(world.log.len()).unwrap(), "readers have seen it");

    let call = world.call();
    let told = made(End::Rejected("no such thing"), &call).await;
    let fault = told.then_events([asked, "ResourceVersionRejected"]).then_refused("ledger/rejected");
    assert_eq!((fault.kind, fault.public.as_str()), (FaultKind::LedgerRefused, "no such thing"));
    assert_eq!(fault.members["operationId"], call.operation("").to_string());

    let call = world.call();
    let told = made(End::Cancelled, &call).await;
    let fault = told.then_events([asked, "ResourceVersionRejected"]).then_refused("operation/cancelled");
    assert_eq!(fault.members["operationId"], call.operation("").to_string());

    let call = world.call();
    let told = made(End::Pending(Some("ledger/unreachable")), &call).await;
    assert_eq!(told.then_events([asked]).then_pending(), call.operation(""));

    let call = world.call();
    let told = made(End::Pending(Some("ledger/insufficient-funds")), &call).await;
    let fault = told.then_events([asked]).then_refused("ledger/insufficient-funds");
    assert_eq!((fault.kind, &fault.members["state"]), (FaultKind::PaymentRequired, &"pending".into()));
    assert_eq!(fault.members["operationId"], call.operation("").to_string());
}

#[tokio::test]
async fn whoever_does_not_wait_is_told_what_to_follow() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), Call { wait_seconds: 0, ..world.call() });
    let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
    assert_eq!(told.then_events(["ResourceVersionRequested"]).then_pending(), call.operation(""));
}

/// Safety 13: a fault would invite a second, paid write.
#[tokio::test]
async fn safety_13_a_write_that_cannot_be_read_back_stands_and_is_to_be_followed() {
    let world = World::new();
    let did = world.did().await;
    let (studio, call) = (world.studio(), world.call());
    world.ledger.reads_away(true);
    let told = world.when(resource::create(&studio, &call, note(&did, b"x"))).await;
    let told = told.then_events(MADE);
    assert_eq!(told.then_pending(), call.operation(""));
}

#[tokio::test]
async fn a_key_of_somebody_else_signs_nothing() {
    let world = World::new();
    let studio = world.studio();
    let stranger = world.stranger();
    let theirs = key::create(
        &studio,
        &world.call_of(stranger),
        key::CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None },
    )
    .await
    .unwrap();
    let wish = did::CreateDid { key: Some(theirs.kid), ..World::new_did() };
    world.when(did::create(&studio, &world.call(), wish)).await.then_refused("key/not-found");
}

#[tokio::test]
async fn what_no_block_of_the_chain_holds_is_refused_before_anything_is_recorded() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    let large = vec![b'x'; 20_000];
    world.ledger.message_bytes_max(10_000);
    let dry = Call { dry_run: true, ..world.call() };
    for call in [world.call(), dry] {
        let told = world.when(resource::create(&studio, &call, note(&did, &large))).await;
        let fault = told.then_events([]).then_refused("resource/too-large");
        assert_eq!(fault.kind, FaultKind::TooLarge);
        assert!(fault.public.ends_with("the ledger takes at most 10000."), "{}", fault.public);
    }
    world
        .when(resource::create(&studio, &world.call(), note(&did, b"x")))
        .await
        .then_events(MADE)
        .then_done();
    // A node that is away says nothing of its blocks: then the usual limit holds.
    world.ledger.away(true);
    let call = Call { wait_seconds: 0, ..world.call() };
    let told = world.when(resource::create(&studio, &call, note(&did, &large))).await;
    told.then_events(["ResourceVersionRequested"]).then_pending();
}

#[tokio::test]
async fn a_chain_with_large_blocks_does_not_raise_the_limit() {
    let world = World::new();
    let did = world.did().await;
    let studio = world.studio();
    world.ledger.message_bytes_max(10_000_000);
    let large = vec![b'x'; RESOURCE_BYTES_MAX + 1];
    let told = world.when(resource::create(&studio, &world.call(), note(&did, &large))).await;
    told.then_events([]).then_refused("resource/too-large");
}
