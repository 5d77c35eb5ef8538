//! What lists on the ledger say, whoever wrote them.

use super::{super::*, *};
use crate::Fault;
use credentials::status_list::{StatusEntry, StatusResult};
use domain::{id::ResourceId, resource::ResourceDescription};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn of(did: &Did) -> CheckStatus {
    CheckStatus {
        did: did.clone(),
        name: "list".to_owned(),
        list_type: BITSTRING,
        purpose: StatusPurpose::Revocation,
        selection: Selection::One(0),
    }
}

pub(super) async fn told(world: &World, did: &Did, selection: Selection) -> Result<Vec<CheckedEntry>, Fault> {
    check(&world.studio(), &CheckStatus { selection, ..of(did) }).await
}

/// Somebody writes a resource where a list would be.
fn put(world: &World, did: &Did, resource_type: &str, number: u128, data: &[u8]) {
    let description = ResourceDescription {
        did: did.clone(),
        resource: ResourceId(Uuid::from_u128(number)),
        name: "list".to_owned(),
        resource_type: resource_type.to_owned(),
        version: String::new(),
        also_known_as: Vec::new(),
        size_bytes: data.len() as u64,
        checksum: String::new(),
        media_type: "application/json".to_owned(),
    };
    world.ledger.put_resource(&description, data);
}

#[tokio::test]
async fn entries_are_told_sorted_and_once_each() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let indices = |told: Vec<CheckedEntry>| told.into_iter().map(|entry| entry.index).collect::<Vec<_>>();
    let many = told(&world, &did, Selection::Many(vec![9, 3, 9, 0])).await.unwrap();
    assert_eq!(indices(many), [0, 3, 9]);
    let beyond = told(&world, &did, Selection::One(u32::MAX)).await.unwrap();
    assert!(beyond[0].value.is_err(), "there is no such entry");
    let all = (0..=u32::try_from(CHECKED_ENTRIES_MAX).unwrap()).collect();
    let fault = told(&world, &did, Selection::Many(all)).await.unwrap_err();
    assert_eq!(fault.code, "status-list/indices-invalid");
}

#[tokio::test]
async fn a_list_answers_for_its_purpose_only() {
    let world = World::new();
    let did = world.did().await;
    let fault = told(&world, &did, Selection::One(0)).await.unwrap_err();
    assert_eq!((fault.code, fault.kind), ("status-list/not-found", FaultKind::NotFound));
    world.revocation_list(&did, "list").await;
    let other = CheckStatus { purpose: StatusPurpose::Suspension, ..of(&did) };
    let fault = check(&world.studio(), &other).await.unwrap_err();
    assert_eq!(fault.code, "status-list/purpose-mismatch");
    world.ledger.away(true);
    assert_eq!(told(&world, &did, Selection::One(0)).await.unwrap_err().code, "ledger/unreachable");
}

#[tokio::test]
async fn a_list_that_its_holder_did_not_sign_says_nothing() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let other = world.did().await;
    let kind = "BitstringStatusListCredential";
    let found =
        search(&world.studio(), &did, "list", BITSTRING, StatusPurpose::Revocation).await.unwrap().unwrap();
    put(&world, &other, kind, 1, found.resource.to_string().as_bytes());
    let fault = told(&world, &other, Selection::One(0)).await.unwrap_err();
    assert_eq!(fault.code, "status-list/proof-invalid", "copied from {did}");
    put(&world, &other, kind, 2, b"[]");
    assert_eq!(told(&world, &other, Selection::One(0)).await.unwrap_err().code, "status-list/invalid");
    put(&world, &other, kind, 3, b"no json");
    assert_eq!(told(&world, &other, Selection::One(0)).await.unwrap_err().code, "status-list/invalid");
}

#[tokio::test]
async fn an_encrypted_list_is_named_so() {
    let world = World::new();
    let did = world.did().await;
    let list = json!({
        "StatusList2021": {"statusPurpose": "revocation", "encodedList": "x"},
        "metadata": {"type": "StatusList2021Revocation", "encrypted": true, "encoding": "base64url"},
    });
    put(&world, &did, "StatusList2021Revocation", 1, list.to_string().as_bytes());
    let question = CheckStatus { list_type: ListType::StatusList2021, ..of(&did) };
    assert_eq!(check(&world.studio(), &question).await.unwrap_err().code, "status-list/encrypted");
}

/// Rotating a key must not undo what it signed while it was in force.
#[tokio::test]
async fn a_list_outlives_the_key_that_signed_it() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let studio = world.studio();
    world.time.pass(60);
    let call = world.call();
    let fresh = crate::key::create(
        &studio,
        &call,
        crate::key::CreateKey { algorithm: domain::key::KeyAlgorithm::Ed25519, alias: None },
    )
    .await
    .unwrap();
    let bytes: [u8; 32] = hex::decode(&fresh.public_key_hex).unwrap().try_into().unwrap();
    let method = credentials::did_document::verification_method(
        did.as_str(),
        "key-2",
        did::VerificationMethodType::Ed25519VerificationKey2020,
        &credentials::key::PublicKey::Ed25519(bytes),
    );
    let name = format!("{did}#key-2");
    let members =
        json!({"verificationMethod": [method], "authentication": [name], "assertionMethod": [name]});
    let sections = did::GivenSections::new(did.clone(), members.as_object().unwrap()).unwrap();
    did::update(&studio, &call, did::UpdateDid::Sections(sections)).await.unwrap();
    assert_eq!(told(&world, &did, Selection::One(0)).await.unwrap()[0].value, Ok(0));
}

#[tokio::test]
async fn a_list_is_found_by_its_name_as_the_ledger_has_it() {
    let world = World::new();
    let did = world.did().await;
    let found = |list_type| {
        let (studio, did) = (world.studio(), did.clone());
        async move { search(&studio, &did, "list", list_type, StatusPurpose::Revocation).await }
    };
    assert!(found(BITSTRING).await.unwrap().is_none());
    world.revocation_list(&did, "list").await;
    let list = found(BITSTRING).await.unwrap().unwrap();
    assert_eq!(
        (list.metadata.name.as_str(), &list.resource["metadata"]["encrypted"]),
        ("list", &Value::Bool(false))
    );
    put(&world, &did, "StatusList2021Revocation", 1, b"no json");
    assert_eq!(found(ListType::StatusList2021).await.unwrap_err().code, "status-list/unreadable");
}

/// What an entry of this address says, to whoever verifies a credential of this issuer.
async fn entry(world: &World, issuer: &Did, address: &str) -> Result<StatusResult, Fault> {
    let entry = json!({"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1",
        "statusListCredential": address, "id": format!("{address}#1")});
    fetch_list(&world.studio(), &StatusEntry::parse(&entry).unwrap(), issuer.as_str(), None).await
}

/// Safety 8: a verdict asks the issuer's own lists on the ledger, and nothing else.
#[tokio::test]
async fn safety_8_an_entry_leads_to_a_list_of_its_issuer_and_nowhere_else() {
    let world = World::new();
    let (did, other) = (world.did().await, world.did().await);
    world.revocation_list(&did, "list").await;
    let kind = "BitstringStatusListCredential";
    let of = |did: &Did, name: &str| format!("{did}?resourceName={name}&resourceType={kind}");
    assert!(entry(&world, &did, &of(&did, "list")).await.unwrap().valid);
    let code = async |issuer: &Did, address: String| entry(&world, issuer, &address).await.unwrap_err().code;
    assert_eq!(code(&did, of(&did, "none")).await, "status-list/not-found");
    let questions = world.ledger.questions();
    assert_eq!(code(&other, of(&did, "list")).await, "status-list/foreign");
    assert_eq!(code(&did, "https://example.org/list".to_owned()).await, "status-list/address-unsupported");
    let twice = format!("{}&resourceName=x", of(&did, "list"));
    assert_eq!(code(&did, twice).await, "status-list/address-ambiguous");
    assert_eq!(world.ledger.questions(), questions, "nothing was asked for these");
}

/// Whoever points to one version of a list cannot hide by it what the list says now.
#[tokio::test]
async fn an_entry_that_names_an_old_version_says_what_the_newest_says() {
    let world = World::new();
    let did = world.did().await;
    let list = wish(&did);
    let Written::Done(made) = create(&world.studio(), &world.call(), list).await.unwrap() else {
        panic!("a list")
    };
    let old = format!("{did}/resources/{}", made.metadata.id);
    assert!(entry(&world, &did, &old).await.unwrap().valid);
    world.time.pass(1);
    let revoke = ChangeStatusList {
        did: did.clone(),
        name: "list".to_owned(),
        list_type: BITSTRING,
        purpose: StatusPurpose::Revocation,
        indices: vec![1],
        selector: StatusSelector::Value(1),
        publish: true,
    };
    super::super::change(&world.studio(), &world.call(), revoke).await.unwrap();
    assert!(entry(&world, &did, &old).await.unwrap().revoked());
}
