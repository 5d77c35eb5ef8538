//! The ledger and the log, compared: what somebody else did with a DID's key is found, told once, and told to be over.

use crate::{
    house::{Tenant, TestHouse},
    patience::Deadline,
};
use app::port::{
    Composer as _,
    chain::{ChainMessage, IdentitySignature, Payload, TxDraft},
};
use domain::id::{Did, KeyId, Network, VersionId};
use ledger::CheqdComposer;
use serde_json::json;

async fn pass(house: &TestHouse) -> app::reconcile::Page {
    app::reconcile::page(&house.house.studio, Network::Testnet, None).await.expect("compared")
}

async fn deeds(house: &TestHouse, action: &str) -> usize {
    house.caught_up().await;
    let events = house.get("/event/list?limit=100").await.expect(200);
    events.to_string().matches(action).count()
}

/// A new document under the DID, signed and paid for with its owner's keys but not by Studio's outbox.
async fn update_behind_the_back(house: &TestHouse, did: &Did) {
    let studio = &house.house.studio;
    let fresh = app::port::resolver::Freshness::Fresh;
    let mut document =
        studio.resolver.did(did, None, fresh).await.expect("an answer").expect("a DID").document;
    document["service"] = json!([{"id": format!("{did}#other"), "type": "LinkedDomains",
        "serviceEndpoint": ["https://elsewhere.example"]}]);
    let payload = Payload::UpdateDid { document, version: VersionId(studio.ids.next()) };
    let keys: Vec<String> = sqlx::query_scalar(
        "select payload -> 'DidCreateRequested' -> 'keys' -> 0 ->> 'kid' from es.events
        where event_type = 'DidCreateRequested' and aggregate_id = $1",
    )
    .bind(did.as_str())
    .fetch_all(&house.house.pool)
    .await
    .expect("a key");
    let bytes = CheqdComposer.sign_bytes(&payload).expect("bytes");
    let signature =
        studio.vault.sign(house.alice.customer, &KeyId(keys[0].clone()), &bytes).await.expect("a signature");
    let signatures = [IdentitySignature { verification_method: format!("{did}#key-1"), signature }];
    let message = CheqdComposer.message(&payload, &signatures).expect("a message");
    pay(house, &house.alice, message).await;
}

/// Puts a message on the ledger beside Studio's outbox, paid by this customer, who must have nothing on the way.
pub async fn pay(house: &TestHouse, tenant: &Tenant, message: ChainMessage) {
    let studio = &house.house.studio;
    let (chain, net) = (&*studio.chain, Network::Testnet);
    let (_, kid) = studio.directory.payer(tenant.customer, net).await.expect("found").expect("a payer");
    let account = chain.account(net, &tenant.payer).await.expect("an answer").expect("an account");
    let status = chain.status(net).await.expect("a status");
    let quote = chain.quote(net, std::slice::from_ref(&message), None).await.expect("a quote");
    let draft = TxDraft {
        chain_id: status.chain_id,
        payer: tenant.payer.clone(),
        payer_public_key: hex::decode(&kid).expect("a public key"),
        account_number: account.number,
        sequence: account.sequence,
        messages: vec![message],
        fee: quote.offer,
        gas_limit: quote.gas_limit,
        timeout_height: status.height + 30,
        memo: String::new(),
    };
    let unsigned = chain.unsigned(&draft).expect("a transaction");
    let signature = studio.vault.sign(tenant.customer, &KeyId(kid), &unsigned.sign_bytes).await;
    let signed = chain.signed(&unsigned, &signature.expect("a signature"));
    let answer = chain.broadcast(net, &signed.bytes).await.expect("an answer");
    assert_eq!(answer.code, 0, "{answer:?}");
    let deadline = Deadline::new();
    while chain.lookup(net, &signed.hash).await.expect("an answer").is_none() {
        deadline.pause("the transaction is found").await;
    }
}

#[tokio::test]
async fn a_document_that_studio_did_not_write_is_found_once_and_its_end_is_told() {
    let house = TestHouse::start().await;
    let (mine, other) = (house.did().await, house.did().await);
    let note = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "00"});
    house.post(&format!("/resource/create/{mine}"), note).await.expect(201);
    let calm = pass(&house).await;
    assert_eq!((calm.compared, calm.drifted.len(), calm.next), (2, 0, None), "our own writes are no drift");
    update_behind_the_back(&house, &Did::parse(&mine).expect("a DID")).await;
    for _ in 0..2 {
        let found = pass(&house).await;
        assert_eq!(found.drifted.len(), 1);
        assert_eq!(found.drifted[0].0.as_str(), mine);
        let drift = serde_json::to_value(&found.drifted[0].1).expect("JSON");
        assert!(drift["document"]["otherVersion"]["versionId"].is_string(), "{drift}");
    }
    assert_eq!(deeds(&house, "did-drift-found").await, 1, "told once");
    // The owner writes the document anew; now the newest version is Studio's again.
    let update = json!({"did": mine, "service": [{"id": format!("{mine}#web"), "type": "LinkedDomains",
        "serviceEndpoint": ["https://mine.example"]}]});
    house.post("/did/update", update).await.expect(200);
    let over = pass(&house).await;
    assert_eq!((over.drifted.len(), over.resolved.len()), (0, 1));
    assert_eq!(deeds(&house, "did-drift-resolved").await, 1);
    assert_ne!(mine, other);
    house.stop().await;
}

#[tokio::test]
async fn a_ledger_that_lost_everything_is_found_out() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    // What a database restored beside another chain looks like: the log has a resource that the ledger has not.
    let note = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "00"});
    house.post(&format!("/resource/create/{did}"), note).await.expect(201);
    let forged = "update outbox.ops set effect = (effect::jsonb || '{\"checksum\": \"ff\"}')::json
        where kind = 'resource-create' and ordering_key = $1";
    sqlx::query(forged).bind(&did).execute(&house.house.pool).await.expect("forged");
    let found = pass(&house).await;
    assert_eq!(found.drifted.len(), 1);
    assert_eq!(found.drifted[0].1.missing_resources.len(), 1);
    house.stop().await;
}
