use super::*;
use crate::captured::{capture, names};
use chrono::{TimeZone, Utc};
use domain::id::{Did, ResourceId};

fn row() -> CredentialRow {
    let issuer = Did::parse("did:cheqd:testnet:3097a653-f223-4d45-9d4a-3ad53f9f7727").unwrap();
    let at = Utc.with_ymd_and_hms(2026, 11, 22, 4, 16, 48).unwrap();
    CredentialRow {
        credential: CredentialId(Uuid::from_u128(1)),
        customer: CustomerId(Uuid::from_u128(2)),
        category: CredentialCategory::Credential,
        visible: true,
        network: issuer.network(),
        issuer,
        types: vec!["VerifiableCredential".to_owned()],
        format: "jwt".to_owned(),
        fingerprint: None,
        sealed: None,
        public_credential: None,
        resource: None,
        status: CredentialStatus::Issued,
        status_updated_at: None,
        status_reason: None,
        status_publication: None,
        status_revision: None,
        status_reference: None,
        list: None,
        list_index: None,
        issuance_date: at,
        expiration_date: None,
        created_at: at,
        updated_at: at,
        position: 1,
    }
}

fn json_of(view: &IssuedCredential) -> Value {
    serde_json::to_value(view).unwrap()
}

#[test]
fn a_record_has_the_recorded_members() {
    let signed = capture("158").response().clone();
    let ours = json_of(&described(&row(), Some(signed.clone()), false));
    for theirs in [capture("189").response()["credentials"][0].clone(), capture("190").response().clone()] {
        assert!(names(&theirs).is_subset(&names(&ours)), "{ours:#}");
    }
    assert_eq!(ours["type"], signed["type"]);
    assert_eq!(ours["subjectId"], signed["credentialSubject"]["id"]);
    assert_eq!(ours["providerMetadata"]["proof"], signed["proof"]);
    assert_eq!(ours["status"], "issued");
    assert_eq!(ours["statusUpdatedAt"], "2026-11-22T04:16:48.000Z");
    assert!(ours.get("credential").is_none());
    let with = json_of(&described(&row(), Some(signed.clone()), true));
    assert_eq!(with["credential"], signed);
}

#[test]
fn of_an_erased_subject_only_the_metadata_is_left() {
    let ours = json_of(&described(&row(), None, true));
    assert_eq!(ours["subjectId"], Value::Null);
    assert!(ours.get("providerMetadata").is_none());
    assert!(ours.get("credential").is_none());
    assert_eq!(ours["type"], json!(["VerifiableCredential"]));
}

#[test]
fn an_accreditation_names_its_resource() {
    let mut row = row();
    row.resource = Some(ResourceId(Uuid::from_u128(1)));
    row.types.push("VerifiableAccreditationToAttest".to_owned());
    let ours = json_of(&described(&row, Some(json!({"type": ["VerifiableCredential"]})), false));
    assert_eq!(ours["providerCredentialId"], "00000000-0000-0000-0000-000000000001");
    let metadata = &ours["providerMetadata"];
    assert_eq!(metadata["resourceType"], "VerifiableAccreditationToAttest");
    assert!(
        metadata["didUrl"].as_str().unwrap().ends_with("/resources/00000000-0000-0000-0000-000000000001")
    );
}

fn filtered(text: &str) -> Result<Option<CredentialFilter>, String> {
    filter(&Query::parse(text).unwrap()).map_err(|fault| fault.public)
}

#[test]
fn filters_are_exact_and_what_cannot_exist_is_an_empty_list() {
    let filter =
        filtered("status=revoked&category=accreditation&issuerId=x&credentialType=Y").unwrap().unwrap();
    assert_eq!(filter.status, Some(CredentialStatus::Revoked));
    assert_eq!(filter.category, Some(CredentialCategory::Accreditation));
    assert_eq!(filter.issuer.as_deref(), Some("x"));
    assert_eq!(filter.credential_type.as_deref(), Some("Y"));
    for nothing in ["status=offered", "category=x", "providerId=dock", "statusRegistryId=x"] {
        assert!(filtered(nothing).unwrap().is_none(), "{nothing}");
    }
    assert!(filtered("providerId=studio").unwrap().is_some());
    assert_eq!(filtered("createdAt=x").unwrap_err(), "createdAt should be an ISO 8601 date");
}
