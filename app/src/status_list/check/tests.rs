//! Lists of cheqd Studio as they were recorded on a real node: their proofs must verify, and nothing else may.

use super::*;
use chrono::{TimeZone, Utc};
use serde_json::{Value, json};

const CAPTURES: &str = include_str!("../../../../credentials/tests/fixtures/studio-captures.json");

fn capture(number: &str) -> Value {
    let captures: Value = serde_json::from_str(CAPTURES).unwrap();
    captures[number].clone()
}

/// A suspended list, and the document of its issuer as the signer of a verification in the same recording names its key.
fn recorded() -> (Value, Value) {
    let list = capture("213")["response"]["statusList"].clone();
    let signer = capture("211")["response"]["signer"].clone();
    let did = signer["controller"].clone();
    let document =
        json!({"id": did, "verificationMethod": [signer.clone()], "assertionMethod": [signer["id"]]});
    (list, document)
}

fn at() -> Instant {
    Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap()
}

fn failure(list: &Value, document: &Value) -> Option<String> {
    let issuer = document["id"].as_str().unwrap();
    Published::parse(list).unwrap().proof_failure(issuer, document, at().timestamp())
}

#[test]
fn the_proof_of_a_recorded_list_verifies_against_its_issuer() {
    let (list, document) = recorded();
    assert_eq!(failure(&list, &document), None);
}

#[test]
fn a_list_that_says_something_else_than_its_proof_does_not_verify() {
    let (mut list, document) = recorded();
    list["bitstringStatusListCredential"]["credentialSubject"]["statusPurpose"] =
        json!(["message", "suspension"]);
    assert!(failure(&list, &document).unwrap().contains("does not match JWT payload"));
}

#[test]
fn a_list_signed_by_somebody_else_does_not_verify() {
    let (list, mut document) = recorded();
    document["verificationMethod"][0]["publicKeyBase58"] =
        json!("HBYg7YkkDPqKBWLgPZvqMq2hEUqYzYt5x5Hk3vBTXbJo");
    assert!(failure(&list, &document).is_some());
    let (list, mut document) = recorded();
    document["id"] = json!("did:cheqd:testnet:00000000-0000-4000-8000-000000000001");
    assert!(failure(&list, &document).is_some());
}

#[test]
fn a_list_without_proof_does_not_verify() {
    let (mut list, document) = recorded();
    list["bitstringStatusListCredential"].as_object_mut().unwrap().remove("proof");
    assert!(failure(&list, &document).is_some());
}

fn current(until: &str) -> Result<(), Fault> {
    let list = json!({
        "StatusList2021": {"statusPurpose": "revocation", "encodedList": "x", "validUntil": until},
        "metadata": {"type": "StatusList2021Revocation", "encrypted": false, "encoding": "base64url"},
    });
    require_current(&Published::parse(&list).unwrap(), at())
}

#[test]
fn a_list_counts_until_its_validity_ends() {
    assert!(current("2027-01-01T00:00:01Z").is_ok());
    assert_eq!(current("2027-01-01T00:00:00Z").unwrap_err().code, "status-list/expired");
    assert_eq!(current("2027-01-01T01:00:00+02:00").unwrap_err().code, "status-list/expired");
    assert_eq!(current("tomorrow").unwrap_err().code, "status-list/invalid");
}
