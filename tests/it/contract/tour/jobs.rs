//! What waits: for signatures of the caller's own keys, and for the ledger.

use super::{ASYNC, Tour, text};
use crate::flow::client_keys;
use reqwest::Method;
use serde_json::json;

/// A DID whose key only the caller has.
pub async fn jobs(tour: &mut Tour) {
    let did = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e40";
    let body = json!({"mode": "client", "didDocument": client_keys::document(did, &[9])});
    let opened = tour.post("/did/create", body).await;
    let job = text(&opened["jobId"]);
    tour.get("/jobs?phase=open").await;
    tour.get("/jobs?limit=0").await;
    tour.get(&format!("/jobs/{job}")).await;
    tour.get("/jobs/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17").await;
    let signatures = format!("/jobs/{job}/signatures");
    tour.post(&signatures, json!({"signingResponse": {"signingRequest1": {"signature": "c2ln"}}})).await;
    let response = client_keys::response(&opened, &[9]);
    tour.post(&signatures, response.clone()).await;
    tour.post(&signatures, json!({})).await;
    // Another key: the old one and the new one sign, one after the other.
    let method = client_keys::document(did, &[8])["verificationMethod"].clone();
    let rotation = json!({"mode": "client", "did": did, "verificationMethod": method, "authentication": [format!("{did}#key-8")]});
    let opened = tour.post("/did/update", rotation).await;
    let signatures = format!("/jobs/{}/signatures", text(&opened["jobId"]));
    tour.post(&format!("{signatures}?dryRun=true"), json!({})).await;
    tour.post(&signatures, client_keys::response(&opened, &[8])).await;
    tour.post("/jobs/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17/signatures", response).await;
}

/// Operations that wait, are tried again, given up and recalled.
pub async fn operations(tour: &mut Tour, did: &str) {
    tour.get("/operations?limit=1").await;
    tour.get("/operations?state=waiting").await;
    tour.get("/event/list?category=credential&page=1&limit=2").await;
    tour.get("/event/list?category=nothing").await;
    let note = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "6e6f7465"});
    tour.house.node.go_away();
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let path = format!("/resource/create/{did}");
        let operation = tour.ask(Method::POST, &path, Some(note.clone()), &[ASYNC]).await;
        waiting.push(text(&operation["operationId"]));
    }
    tour.get(&format!("/operations/{}", waiting[0])).await;
    tour.get("/operations/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14").await;
    tour.get("/operations/x").await;
    tour.post(&format!("/operations/{}/retry", waiting[0]), json!({})).await;
    tour.post(&format!("/operations/{}/skip", waiting[1]), json!({})).await;
    let dead = "update outbox.ops set state = 'dead', attempts = 10, code = 'ledger/out-of-gas' where operation = $1::uuid";
    sqlx::query(dead).bind(&waiting[1]).execute(&tour.house.house.pool).await.expect("dead");
    tour.post(&format!("/operations/{}/skip", waiting[1]), json!({})).await;
    tour.post(&format!("/operations/{}/cancel", waiting[2]), json!({})).await;
    tour.post(&format!("/operations/{}/cancel", waiting[2]), json!({})).await;
    tour.post(&format!("/operations/{}/retry", waiting[2]), json!({})).await;
    for verb in ["retry", "skip", "cancel"] {
        tour.post(&format!("/operations/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14/{verb}"), json!({})).await;
        tour.post(&format!("/operations/x/{verb}"), json!({})).await;
    }
    tour.house.node.recover();
}
