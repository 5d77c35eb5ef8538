use super::*;
use crate::{
    Input,
    captured::{capture, names},
    input::Query,
};
use app::{
    port::resolver::ResourceMetadata,
    status_list::Applied,
    trust::{DocumentVerdict, Findings, VerifyOptions},
};
use chrono::{TimeZone, Utc};
use credentials::{
    status_list::StatusResult,
    verify::{self as crypto, Policies},
};
use domain::{
    credential::StatusAction,
    id::{Did, Instant, StatusListId},
    status_list::{ListCategory, ListDescription, ListType, StatusMessage, StatusPurpose},
};
use serde_json::{Value, json};
use uuid::Uuid;

const DID: &str = "did:cheqd:testnet:3097a653-f223-4d45-9d4a-3ad53f9f7727";
const HOLDER: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

fn input(body: Value) -> Input {
    let Value::Object(members) = body else { panic!("a body is an object") };
    Input::json(members)
}

fn request(extra: impl std::borrow::Borrow<Value>) -> Input {
    let mut body = json!({"issuerDid": DID, "subjectDid": HOLDER, "attributes": {"name": "Ada"}});
    body.as_object_mut().unwrap().extend(extra.borrow().as_object().unwrap().clone());
    input(body)
}

fn refused(extra: Value) -> String {
    issue::parse(&request(extra)).unwrap_err().public
}

#[test]
fn what_cheqd_studio_refuses_is_refused_in_the_same_words() {
    for number in ["164", "165", "166"] {
        let capture = capture(number);
        for input in [capture.input(), capture.form()] {
            assert_eq!(issue::parse(&input).unwrap_err().public, capture.error(), "{number}");
        }
    }
    assert_eq!(issue::parse(&Input::default()).unwrap_err().public, "attributes are required");
}

#[test]
fn a_recorded_request_is_read_from_json_and_from_a_form() {
    for number in ["158", "159", "208", "228", "279", "283"] {
        let capture = capture(number);
        let [from_json, from_form] =
            [capture.input(), capture.form()].map(|input| format!("{:?}", issue::parse(&input).unwrap()));
        assert_eq!(from_json, from_form, "{number}");
    }
    let capture = capture("208");
    let parsed = issue::parse(&capture.input()).unwrap();
    let status = parsed.status.unwrap();
    assert_eq!(status.list_type, Some(ListType::BitstringStatusList));
    assert_eq!(status.purpose, Some(StatusPurpose::Message));
    assert_eq!(status.index, None);
    assert_eq!(parsed.types, ["Person"]);
    assert_eq!(parsed.contexts, ["https://schema.org"]);
    assert_eq!(parsed.expiration_date.as_deref(), Some("2032-06-08T13:49:28.000Z"));
    let extra = issue::parse(&self::capture("283").input()).unwrap().extra;
    assert_eq!(extra.keys().collect::<Vec<_>>(), ["termsOfUse", "evidence", "refreshService"]);
}

#[test]
fn a_single_text_is_a_list_and_terms_may_be_one_or_several() {
    let parsed = issue::parse(&request(json!({
        "type": "Person", "@context": "https://schema.org", "id": "urn:x",
        "termsOfUse": {"type": "AttestationPolicy"}, "credentialStatus": {"statusListName": "a", "statusListIndex": "0"},
    })))
    .unwrap();
    assert_eq!(parsed.types, ["Person"]);
    assert_eq!(parsed.contexts, ["https://schema.org"]);
    assert_eq!(parsed.extra["id"], "urn:x");
    assert_eq!(parsed.extra["termsOfUse"], json!({"type": "AttestationPolicy"}));
    assert_eq!(parsed.status.unwrap().index, Some(0));
}

#[test]
fn members_that_the_signature_decides_cannot_be_set() {
    // cheqd Studio signs with the issuer and the date of capture 281's body.
    assert_eq!(
        issue::parse(&capture("281").input()).unwrap_err().public,
        "issuer cannot be set by the caller"
    );
    for name in ["credentialSubject", "proof", "vc", "iss", "nbf"] {
        assert_eq!(refused(json!({name: {}})), format!("{name} cannot be set by the caller"));
    }
}

#[test]
fn nothing_is_issued_in_another_format_than_the_one_asked_for() {
    let fault = issue::parse(&request(json!({"format": "anoncreds"}))).unwrap_err();
    assert_eq!(fault.code, "credential/format-unsupported");
    assert!(fault.public.contains("anoncreds"), "{}", fault.public);
    for (name, format) in
        [("jsonld", "jsonld"), ("lds", "jsonld"), ("json-ld", "jsonld"), ("sd-jwt-vc", "sd-jwt-vc")]
    {
        let asked = json!({"format": name, "vct": "https://credentials.example/id"});
        let asked = if name == format && name != "jsonld" { asked } else { json!({"format": name}) };
        assert_eq!(issue::parse(&request(asked)).unwrap().securing.format.name(), format);
    }
    assert_eq!(issue::parse(&capture("280").input()).unwrap_err().public, "Invalid credential format");
    assert!(issue::parse(&request(json!({"format": "jwt"}))).is_ok());
}

#[test]
fn every_rule_of_an_issue_has_its_sentence() {
    let table = [
        (json!({"attributes": []}), "attributes should be an object"),
        (json!({"attributes": null}), "attributes are required"),
        (json!({"expirationDate": "soon"}), "Expect to see ISO8601 date format"),
        (json!({"format": 1}), "Invalid credential format"),
        (
            json!({"subjectDid": "did:vda:testnet:0x1"}),
            "credentialSchema is required for a verida DID subject",
        ),
        (json!({"issuerDid": HOLDER}), "DID method key is not supported"),
        (json!({"type": [1]}), "type should be a string or an array of strings"),
        (json!({"evidence": "x"}), "evidence should be an object or an array"),
        (json!({"credentialStatus": "x"}), "credentialStatus should be an object"),
        (json!({"credentialStatus": {}}), "credentialStatus.statusListName is required"),
        (
            json!({"credentialStatus": {"statusListName": "a", "statusPurpose": "x"}}),
            "credentialStatus.statusPurpose must be one of refresh, revocation, suspension, message",
        ),
        (
            json!({"credentialStatus": {"statusListName": "a", "statusListIndex": -1}}),
            "credentialStatus.statusListIndex should be a whole number",
        ),
        (
            json!({"credentialStatus": {"statusListName": "a", "indexNotIn": ["x"]}}),
            "credentialStatus.indexNotIn should be an array of whole numbers",
        ),
        (json!({"providerId": "dock"}), "Only the provider studio issues credentials here."),
        (
            json!({"connector": "resource"}),
            "connector is not supported: the credential is answered, not sent on.",
        ),
    ];
    for (extra, sentence) in table {
        assert_eq!(refused(extra.clone()), sentence, "{extra}");
    }
}

fn credential(value: impl Into<Value>) -> Result<Value, String> {
    given_credential(&input(json!({"credential": value.into()})))
        .map(|given| given.document().clone())
        .map_err(|fault| fault.public)
}

#[test]
fn recorded_credentials_are_credentials_and_garbage_is_not() {
    for number in ["171", "172", "173", "178", "179"] {
        let capture = capture(number);
        assert!(given_credential(&capture.input()).is_ok(), "{number}");
        assert!(given_credential(&capture.form()).is_ok(), "{number}");
    }
    let missing = given_credential(&capture("177").input()).unwrap_err().public;
    assert_eq!(missing, "W3c verifiable credential was not provided");
    let garbage = credential(json!("abc")).unwrap_err();
    assert!(garbage.starts_with("Credential is not a valid JWT string: "), "{garbage}");
    assert!(credential(json!(7)).is_err());
}

#[test]
fn an_object_is_checked_in_the_contracts_order() {
    let whole = capture("159").response().clone();
    assert!(credential(whole.clone()).is_ok());
    let without = |name: &str| {
        let mut partly = whole.clone();
        partly.as_object_mut().unwrap().remove(name);
        credential(partly).unwrap_err()
    };
    for name in ["issuer", "issuanceDate", "credentialSubject", "proof"] {
        assert_eq!(without(name), format!("credential.{name} is required"));
    }
    let with = |name: &str, value: Value| {
        let mut changed = whole.clone();
        changed[name] = value;
        credential(changed).unwrap_err()
    };
    assert_eq!(
        with("proof", json!({"type": "Other"})),
        "credential.proof has validation errors: JWT is required, Only Ed25519Signature2018, Ed25519Signature2020, \
         JsonWebSignature2020 proof types are supported"
    );
    assert_eq!(
        with("issuer", json!({"name": "Acme"})),
        "credential.issuer should be a DID or an object with its id"
    );
    let mut linked = whole.clone();
    linked["proof"] = json!({
        "type": "Ed25519Signature2020", "created": "2026-01-01T00:00:00Z", "proofPurpose": "assertionMethod",
        "verificationMethod": "x#1", "proofValue": "z",
    });
    // A proof that stands in it is looked at; whether it holds is another question.
    assert!(given_credential(&input(json!({"credential": linked}))).is_ok());
}

fn at() -> Instant {
    Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap()
}

/// The verdict of the real verifier on a recorded credential, with the document of its issuer.
fn verdict(number: &'static str) -> DocumentVerdict {
    let capture = capture(number);
    let signer = self::capture("171").response()["signer"].clone();
    let document = json!({
        "id": signer["controller"], "verificationMethod": [signer.clone()], "assertionMethod": [signer["id"]],
    });
    let options = crypto::Options { at: at().timestamp(), ..crypto::Options::default() };
    let verification = crypto::verify(&capture.members()["credential"], &document, &options);
    let findings = Findings { issuer_deactivated: Some(false), ..Findings::default() };
    DocumentVerdict::of(verification, findings, &VerifyOptions::default())
}

/// What the door answers about a document.
fn judged(document: DocumentVerdict, options: &VerifyOptions) -> serde_json::Map<String, Value> {
    verify::judged(&app::credential::CredentialVerdict::of(document, None, at()), options)
}

fn outcome(body: &serde_json::Map<String, Value>, name: &str) -> Value {
    let checks = body["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name}"))["outcome"]
        .clone()
}

#[test]
fn a_good_verdict_has_the_recorded_members() {
    for number in ["171", "172"] {
        let body = judged(verdict(number), &VerifyOptions::default());
        capture(number).assert_superset(&Value::Object(body.clone()), &[]);
        assert_eq!(body["verified"], true);
        assert_eq!(body["evaluatedAt"], "2027-01-01T00:00:00.000Z");
        for name in ["signature", "consistency", "keyPurpose", "issuerActive"] {
            assert_eq!(outcome(&body, name), "passed", "{name}");
        }
        for name in ["status", "trustChain", "challenge"] {
            assert_eq!(outcome(&body, name), "skipped", "{name}");
        }
    }
}

#[test]
fn verdicts_13_a_proof_that_does_not_hold_is_a_verdict_in_the_recorded_words() {
    let body = judged(verdict("179"), &VerifyOptions::default());
    assert_eq!(body["verified"], false);
    // cheqd Studio wraps the sentence in a 400: `verify: {"message": …, "errorCode": …}`.
    let recorded = capture("179");
    let told = recorded.error().strip_prefix("verify: ").unwrap().to_owned();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(body["error"], told["message"]);
    let body = judged(verdict("178"), &VerifyOptions::default());
    assert_eq!((body["verified"].clone(), outcome(&body, "jsonMatch")), (json!(false), json!("failed")));
    assert!(
        body["error"].as_str().unwrap().contains("Credential JSON does not match JWT payload"),
        "{body:?}"
    );
}

#[test]
fn a_bad_status_is_a_verdict_with_the_recorded_members() {
    let recorded = capture("211");
    let status = |status: u8, purpose: &str| {
        serde_json::from_value::<credentials::status_list::Purpose>(json!(purpose))
            .map(|purpose| credentials::status_list::StatusResult {
                status,
                purpose,
                valid: status == 0,
                message: (status == 2).then(|| "suspended".to_owned()),
                list_proof: credentials::status_list::ListProof::Covered,
            })
            .unwrap()
    };
    let options = VerifyOptions { status: true, ..VerifyOptions::default() };
    let document = |statuses: Vec<StatusResult>, issuer_deactivated: bool| {
        let findings =
            Findings { issuer_deactivated: Some(issuer_deactivated), statuses, status_error: None };
        DocumentVerdict::of(verdict("171").verification, findings, &options)
    };
    let body = judged(document(vec![status(2, "message")], false), &options);
    recorded.assert_superset(&Value::Object(body.clone()), &[]);
    let told = |name: &str| body[name].clone();
    assert_eq!(told("verified"), false);
    assert_eq!(
        (told("status"), told("valid"), told("message")),
        (json!(2), json!(false), json!("suspended"))
    );
    assert_eq!((told("suspended"), told("revoked")), (json!(true), json!(false)));
    assert_eq!(told("policies"), json!({"credentialStatus": true}));
    assert_eq!(told("error"), "credential_status: the credential is suspended");
    assert_eq!(outcome(&body, "status"), "failed");

    let body = judged(document(vec![status(0, "suspension"), status(1, "revocation")], false), &options);
    assert_eq!((body["revoked"].clone(), body["suspended"].clone()), (json!(true), json!(false)));
    assert_eq!(body["purpose"], "revocation");
    assert_eq!(body["statuses"].as_array().unwrap().len(), 2);

    // A deactivated issuer is a verdict too.
    let body = judged(document(vec![status(0, "revocation")], true), &options);
    assert_eq!(body["error"], "issuer_deactivated: Credential issuer DID is deactivated");
    assert_eq!(
        (outcome(&body, "issuerActive"), outcome(&body, "status")),
        (json!("failed"), json!("passed"))
    );
}

#[test]
fn options_are_read_and_refused_in_the_contracts_words() {
    let options = |query: &str, body: Value| {
        verify::verify_options(&Query::parse(query).unwrap(), &input(body), at())
            .map_err(|fault| fault.public)
    };
    let capture = capture("285");
    let credential = verify::verify_options(&capture.query(), &capture.input(), at()).unwrap_err();
    assert_eq!(credential.public, capture.error());
    for name in ["fetchRemoteContexts", "allowDeactivatedDid"] {
        assert_eq!(
            options(&format!("{name}=x"), json!({})).unwrap_err(),
            format!("{name} should be a boolean value")
        );
    }
    assert_eq!(options("", json!({"policies": 1})).unwrap_err(), "Verification policies should be an object");
    let read =
        options("verifyStatus=1&at=2026-01-01T00:00:00Z", json!({"policies": {"expirationDate": false}}))
            .unwrap();
    assert!(read.status && !read.allow_deactivated);
    assert_eq!(read.policies, Policies { expiration_date: false, ..Policies::default() });
    assert_eq!(read.at, Some(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()));
    assert_eq!(options("at=2027-01-01T00:00:01Z", json!({})).unwrap_err(), "at should not lie in the future");
    assert_eq!(options("at=now", json!({})).unwrap_err(), "at should be an RFC 3339 time");
}

fn applied(list_type: ListType, changed: bool, value: u8, content: Value) -> Applied {
    let metadata = ResourceMetadata {
        collection_id: "c".to_owned(),
        id: "e040a7e1-d63e-4f25-a348-eca07e76dc45".to_owned(),
        name: "n".to_owned(),
        resource_type: "t".to_owned(),
        version: "1".to_owned(),
        also_known_as: Vec::new(),
        media_type: "application/json".to_owned(),
        created: at(),
        checksum: "00".to_owned(),
        previous_version_id: None,
        next_version_id: None,
    };
    let message = |status: &str, message: &str| StatusMessage {
        status: status.to_owned(),
        message: message.to_owned(),
    };
    Applied {
        list: StatusListId(Uuid::from_u128(1)),
        changed,
        published: changed.then(|| (content.clone(), metadata)),
        operation: None,
        description: ListDescription {
            did: Did::parse(DID).unwrap(),
            name: "n".to_owned(),
            resource_type: "t".to_owned(),
            list_type,
            purposes: vec![StatusPurpose::Message],
            length: 131_072,
            status_size_bits: 2,
            encoding: None,
            messages: vec![message("0x0", "valid"), message("0x1", "revoked"), message("0x2", "suspended")],
            ttl_milliseconds: None,
            category: ListCategory::Credential,
            served: None,
        },
        value,
        previous: vec![0],
        content: changed.then_some(content),
    }
}

#[test]
fn changes_of_status_answer_with_the_recorded_members() {
    let table = [
        ("181", StatusAction::Revoke, ListType::StatusList2021, true, 1),
        ("183", StatusAction::Revoke, ListType::StatusList2021, false, 1),
        ("210", StatusAction::Suspend, ListType::BitstringStatusList, true, 2),
        ("213", StatusAction::Revoke, ListType::BitstringStatusList, true, 1),
        ("214", StatusAction::Revoke, ListType::BitstringStatusList, false, 1),
    ];
    for (number, action, list_type, changed, value) in table {
        let capture = capture(number);
        let content = capture.response()["statusList"].clone();
        let applied = applied(list_type, changed, value, content);
        let ours = Value::Object(StatusAnswer { action, applied: &applied }.to_json());
        capture.assert_superset(&ours, &[]);
        for name in [
            "updated",
            "statusValue",
            "previousStatusValue",
            "statusMessage",
            "published",
            "revoked",
            "error",
        ] {
            if let Some(theirs) = capture.response().get(name) {
                assert_eq!(&ours[name], theirs, "{number} {name}");
            }
        }
    }
}

#[test]
fn a_change_that_is_not_published_answers_the_list_to_publish() {
    let mut applied = applied(ListType::BitstringStatusList, true, 1, json!({"x": 1}));
    applied.published = None;
    let ours = Value::Object(StatusAnswer { action: StatusAction::Revoke, applied: &applied }.to_json());
    assert_eq!(ours["published"], false);
    assert_eq!(ours["statusList"], json!({"x": 1}));
    assert!(!names(&ours).contains("resourceMetadata"));
}

#[test]
fn publishing_is_the_default() {
    let publish = |text: &str| status::publish(&Query::parse(text).unwrap()).map_err(|fault| fault.public);
    assert_eq!(publish(""), Ok(true));
    assert_eq!(publish("publish=false"), Ok(false));
    assert_eq!(publish("publish=x"), Err("publish should be a boolean value".to_owned()));
}
