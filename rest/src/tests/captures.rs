//! Exchanges recorded on a real cheqd Studio 3.16.1 (all ids in them were made for the recording), played against our door.

use super::{ask, house, send};
use crate::{
    did::{DidEntry, Identifier, Resolution},
    event::EventEntry,
    key::KeyView,
    resource::{ResourceEntry, ResourceView},
    router,
};
use app::{
    did::DidIdentifier,
    fake::SECRET,
    port::resolver::{ResolvedDid, ResourceMetadata},
};
use axum::{body::Body, http::Method};
use domain::{
    accreditation::PublicationPhase,
    did::{ControllerKey, DidPhase},
    id::{Did, Instant, KeyId, Network, resource_line_id},
    key::{KeyAlgorithm, KeyPurpose},
};
use projections::{
    ActivityAction, ActivityCategory, ActivityRow, ActivityStatus, DidRow, KeyRow, ResourceRow,
    ResourceSource,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

fn capture(number: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../fixtures/studio-captures-dids.json")).unwrap();
    all[number].clone()
}

/// Sends a recorded request with our key; status and body.
async fn replay(number: &str) -> (u16, Value) {
    let exchange = capture(number);
    let method: Method = exchange["method"].as_str().unwrap().parse().unwrap();
    let mut request = ask(&method, exchange["path"].as_str().unwrap()).header("x-api-key", SECRET);
    if let Some(kind) = exchange["contentType"].as_str() {
        request = request.header("content-type", kind);
    }
    let body = match &exchange["body"] {
        Value::Null => Body::empty(),
        Value::String(text) => Body::from(text.clone()),
        other => Body::from(other.to_string()),
    };
    let reply = send(&router(house().0), request.body(body).unwrap()).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn refusals_have_the_recorded_status_and_sentence() {
    for number in ["062", "063", "071", "086", "089", "094", "098", "099", "100", "108"] {
        let exchange = capture(number);
        let (status, body) = replay(number).await;
        assert_eq!(json!(status), exchange["status"], "{number}: {body}");
        assert_eq!(body["error"], exchange["response"]["error"], "{number}");
    }
}

#[tokio::test]
async fn recorded_defects_are_answered_honestly() {
    // The original says "no auth rules" where the network is missing or wrong, and 401 to malformed JSON.
    for (number, sentence) in [
        ("060", "Provide a DID Document or the VerificationMethodType to create a DID"),
        ("061", "Invalid network"),
        ("087", "Provide a DID Document or atleast one field to update"),
    ] {
        let (status, body) = replay(number).await;
        assert_eq!((status, &body["error"]), (400, &json!(sentence)), "{number}");
    }
    let (status, body) = replay("268").await;
    assert_eq!((status, &body["code"]), (400, &json!("request/body-malformed")));
}

/// Our answer has every member of the recorded one.
fn assert_members(number: &str, recorded: &Value, ours: &impl serde::Serialize) {
    let ours = serde_json::to_value(ours).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let missing: Vec<String> = names(recorded).difference(&names(&ours)).cloned().collect();
    assert!(missing.is_empty(), "capture {number}: our answer lacks {missing:?}");
    for (name, value) in recorded.as_object().unwrap() {
        let kind = |value: &Value| std::mem::discriminant(value);
        let fits = value.is_null() || ours[name].is_null() || kind(value) == kind(&ours[name]);
        assert!(fits, "capture {number}: {name} is of another type: {}", ours[name]);
    }
}

const KID: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
const AT: Instant = Instant::UNIX_EPOCH;

fn did() -> Did {
    Did::parse("did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop").unwrap()
}

fn document() -> Value {
    json!({
        "id": did(),
        "controller": [did()],
        "verificationMethod": [{
            "id": format!("{}#key-1", did()), "type": "Ed25519VerificationKey2020", "controller": did(),
            "publicKeyMultibase": "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX",
        }],
        "service": [{"id": format!("{}#s", did()), "type": "T", "serviceEndpoint": ["https://e.org"]}],
    })
}

fn controller_key() -> ControllerKey {
    ControllerKey { verification_method: format!("{}#key-1", did()), kid: KeyId(KID.to_owned()) }
}

#[test]
fn keys_and_dids_have_every_recorded_member() {
    let row = KeyRow {
        kid: KeyId(KID.to_owned()),
        customer: Uuid::nil().into(),
        algorithm: KeyAlgorithm::Ed25519,
        deleted: false,
        purpose: KeyPurpose::Identity,
        public_key_hex: KID.to_owned(),
        alias: None,
        sealed_alias: None,
        created_at: AT,
        position: 1,
    };
    let key = KeyView::of(row, None);
    let recorded = capture("055");
    assert_members("055", &recorded["response"], &key);
    assert_eq!(serde_json::to_value(&key).unwrap()["meta"], recorded["response"]["meta"]);
    assert_eq!(serde_json::to_value(&key).unwrap()["createdAt"], "1970-01-01T00:00:00.000Z");

    let (keys, signers) = (vec![controller_key()], vec![controller_key()]);
    let identifier = Identifier::from(DidIdentifier { did: did(), document: document(), keys, signers });
    let ours = serde_json::to_value(&identifier).unwrap();
    for number in ["065", "072", "085"] {
        let recorded = capture(number);
        assert_members(number, &recorded["response"], &identifier);
        assert_members(number, &recorded["response"]["keys"][0], &ours["keys"][0]);
        assert_members(number, &recorded["response"]["controllerKeys"][0], &ours["controllerKeys"][0]);
    }
    let resolved = ResolvedDid {
        document: document(),
        version_id: Uuid::nil().to_string(),
        created: AT,
        updated: None,
        deactivated: true,
        previous_version_id: None,
        next_version_id: None,
    };
    let resolution = Resolution::from(resolved);
    assert_members("092", &capture("092")["response"], &resolution);
    // The original's metadata is empty.
    assert_eq!(resolution.did_document_metadata["deactivated"], true);

    let row = DidRow {
        did: did(),
        customer: Uuid::nil().into(),
        network: Network::Testnet,
        unique_id: did().unique_id().to_owned(),
        controller_key: controller_key().kid.0,
        name: String::new(),
        name_key: String::new(),
        kind: String::new(),
        phase: DidPhase::Active,
        document: document(),
        keys: vec![controller_key()],
        version: Uuid::nil().into(),
        pending: None,
        rejection: None,
        created_at: AT,
        created: None,
        updated_at: AT,
        updated: None,
        position: 1,
    };
    assert_members("082", &capture("082")["response"]["dids"][0], &DidEntry::from(row));
}

#[test]
fn resources_and_events_have_every_recorded_member() {
    let metadata = ResourceMetadata {
        collection_id: did().unique_id().to_owned(),
        id: Uuid::nil().to_string(),
        name: "n".to_owned(),
        resource_type: "t".to_owned(),
        version: String::new(),
        also_known_as: Vec::new(),
        media_type: "application/json".to_owned(),
        created: AT,
        checksum: String::new(),
        previous_version_id: None,
        next_version_id: None,
    };
    assert_members("096", &capture("096")["response"]["resource"], &ResourceView::new(&did(), metadata));
    let row = ResourceRow {
        operation: Uuid::nil().into(),
        customer: Uuid::nil().into(),
        resource: Uuid::nil().into(),
        did: did(),
        network: Network::Testnet,
        name: "n".to_owned(),
        resource_type: "t".to_owned(),
        version: String::new(),
        also_known_as: Vec::new(),
        size_bytes: 1,
        checksum: String::new(),
        media_type: "application/json".to_owned(),
        source: ResourceSource::Resource,
        line: resource_line_id(&did(), "n", "t"),
        state: PublicationPhase::Published,
        previous_version: None,
        next_version: None,
        latest: true,
        inclusion: None,
        rejection: None,
        created_at: AT,
        updated_at: AT,
        position: 1,
    };
    assert_members("110", &capture("110")["response"]["resources"][0], &ResourceEntry::from(row));
    let row = ActivityRow {
        activity: Uuid::nil(),
        customer: Uuid::nil().into(),
        category: ActivityCategory::Did,
        action: ActivityAction::DidCreate,
        entity: did().to_string(),
        operation: None,
        network: None,
        status: ActivityStatus::Succeeded,
        failure: None,
        tx_hash: None,
        fee_paid: None,
        actor: Value::Null,
        correlation: Uuid::nil(),
        created_at: AT,
        updated_at: None,
        position: 1,
        changed: 1,
    };
    let event = EventEntry::from(row);
    assert_members("112", &capture("112")["response"]["events"][0], &event);
    assert_eq!(serde_json::to_value(event).unwrap()["category"], "did");
}
