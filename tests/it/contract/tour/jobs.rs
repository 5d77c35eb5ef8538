//! What waits: for signatures of the caller's own keys, and for the ledger.

use super::{ASYNC, Tour, text};
use crate::flow::client_keys;
use reqwest::Method;
use serde_json::{Value, json};

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
    tour.post(&format!("/jobs/{job}/cancel"), json!({})).await;
    let other = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e42";
    let body = json!({"mode": "client", "didDocument": client_keys::document(other, &[9])});
    let unwanted = tour.post("/did/create", body).await;
    tour.post(&format!("/jobs/{}/cancel", text(&unwanted["jobId"])), json!({})).await;
    tour.post("/jobs/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17/cancel", json!({})).await;
    // Another key: the old one and the new one sign, one after the other.
    let method = client_keys::document(did, &[8])["verificationMethod"].clone();
    let rotation = json!({"mode": "client", "did": did, "verificationMethod": method, "authentication": [format!("{did}#key-8")]});
    let opened = tour.post("/did/update", rotation).await;
    let signatures = format!("/jobs/{}/signatures", text(&opened["jobId"]));
    tour.post(&format!("{signatures}?dryRun=true"), json!({})).await;
    tour.post(&signatures, client_keys::response(&opened, &[8])).await;
    tour.post("/jobs/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17/signatures", response).await;
}

/// Credentials of an issuer whose key only the caller has; behind those of the vault, whose requests are the examples.
pub async fn credentials(tour: &mut Tour) {
    let did = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e44";
    let body = json!({"mode": "client", "didDocument": client_keys::document(did, &[9])});
    let mut opened = tour.post("/did/create", body).await;
    for path in ["/credential/issue", "/credential/create"] {
        let signatures = format!("/jobs/{}/signatures", text(&opened["jobId"]));
        tour.post(&signatures, client_keys::response(&opened, &[9])).await;
        let claims =
            json!({"mode": "client", "issuerDid": did, "subjectDid": did, "attributes": {"name": "Bob"}});
        opened = tour.post(path, claims).await;
    }
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

/// The same in the words of DIF's DID Registration, on every route of it.
pub async fn registrations(tour: &mut Tour) {
    for path in ["/1.0/methods", "/1.0/properties", "/1.0/traits", "/1.0/methods?method=web"] {
        tour.ask_as(None, Method::GET, path, None, &[]).await;
    }
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    for key in [public, "d75a"] {
        let query = "verificationMethod=Ed25519VerificationKey2020&methodSpecificIdAlgo=uuid&network=testnet";
        let target = format!("/1.0/did-document?{query}&publicKeyHex={key}");
        tour.ask_as(None, Method::GET, &target, None, &[]).await;
    }
    // What a stranger is refused for is the job, so the example is the request that names one.
    let first = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e42";
    let opened = tour
        .post("/did/create", json!({"mode": "client", "didDocument": client_keys::document(first, &[9])}))
        .await;
    let body = json!({"jobId": opened["jobId"], "secret": client_keys::response(&opened, &[9])});
    tour.post("/1.0/create", body).await;
    let did = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e41";
    let document = client_keys::document(did, &[9]);
    registered(tour, "/1.0/create", "didState", json!({"didDocument": document})).await;
    let service = json!([{"id": format!("{did}#website"), "type": "LinkedDomains", "serviceEndpoint": ["https://issuer.example"]}]);
    let changed = json!({"verificationMethod": document["verificationMethod"], "controller": [did],
        "authentication": [format!("{did}#key-9")], "service": service});
    let body = json!({"did": did, "didDocumentOperation": ["setDidDocument"], "didDocument": [changed]});
    registered(tour, "/1.0/update", "didState", body).await;
    for operation in ["addToDidDocument", "removeFromDidDocument"] {
        let part = json!({"alsoKnownAs": ["https://issuer.example/me"]});
        let body = json!({"did": did, "didDocumentOperation": [operation], "didDocument": [part]});
        registered(tour, "/1.0/update", "didState", body).await;
    }
    let options = |version: &str| json!({"name": "schema", "type": "anonCredsSchema", "versionId": version});
    let body = json!({"did": did, "content": "eyJuYW1lIjoiZGVncmVlIn0=", "options": options("1.0")});
    registered(tour, "/1.0/createResource", "didUrlState", body.clone()).await;
    tour.post("/1.0/createResource", body).await;
    let body = json!({"did": did, "content": ["eyJuYW1lIjoiZGVncmVlIn0="], "options": options("1.1")});
    registered(tour, "/1.0/updateResource", "didUrlState", body.clone()).await;
    tour.post("/1.0/updateResource", body).await;
    let below = format!("/1.0/{did}/create-resource");
    let body = json!({"data": "eyJuYW1lIjoiZGVncmVlIn0=", "name": "note", "type": "Note", "version": "1"});
    registered(tour, &below, "resourceState", body).await;
    registered(tour, "/1.0/deactivate", "didState", json!({"did": did})).await;
    for path in [
        "/1.0/create",
        "/1.0/update",
        "/1.0/deactivate",
        "/1.0/createResource",
        "/1.0/updateResource",
        &below,
    ] {
        tour.post(path, json!({})).await;
        tour.post(path, json!({"jobId": "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17"})).await;
    }
}

/// What is to be signed, what waits while the ledger is away, and what has become of it.
async fn registered(tour: &mut Tour, path: &str, member: &str, body: Value) {
    let begun = tour.post(path, body).await;
    let secret = client_keys::response(&json!({"didState": begun[member]}), &[9]);
    tour.house.node.go_away();
    let signed = json!({"jobId": begun["jobId"], "secret": secret});
    tour.ask(Method::POST, path, Some(signed.clone()), &[ASYNC]).await;
    tour.house.node.recover();
    tour.post(path, signed).await;
}
