//! What is looked at, in whatever wrapping, and what is no credential at all (verdicts 13 and 14).

use crate::vector_files::{DID, did_document, jwt_vector, key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credentials::document::{NotSigned, accept};
use credentials::jwt::{self, Algorithm};
use credentials::vc;
use credentials::verify::{self, CheckName, Kind, Options, Outcome};
use serde_json::{Value, json};

const NOW: i64 = 1_710_000_000;

fn compact() -> String {
    jwt_vector("full")["jwt"].as_str().unwrap().to_owned()
}

fn credential(given: impl Into<Value>) -> Result<Value, NotSigned> {
    accept(&given.into(), Kind::Credential)
}

fn verifies(given: &Value) -> bool {
    let options = Options { at: NOW, ..Options::default() };
    credential(given.clone())
        .is_ok_and(|document| verify::verify(&document, &did_document(), &options).verified)
}

fn envelope(kind: &str, media_type: &str, token: &str) -> Value {
    json!({"@context": "https://www.w3.org/ns/credentials/v2", "type": kind, "id": format!("data:{media_type},{token}")})
}

#[test]
fn verdicts_14_every_wrapping_of_a_credential_is_read() {
    let compact = compact();
    let normalised = jwt_vector("full")["normalised"].clone();
    let enveloped = envelope("EnvelopedVerifiableCredential", "application/vc+jwt", &compact);
    let mut proofs = normalised.clone();
    proofs["proof"] = json!([normalised["proof"]]);
    for given in [
        json!(compact),
        json!(format!("\u{feff} \r\n{compact}\n")),
        json!(format!("\"{compact}\"")),
        json!(format!("data:application/vc+jwt,{compact}")),
        json!(format!("DATA:application/VC+JWT;charset=utf-8,{compact}")),
        normalised.clone(),
        json!(normalised.to_string()),
        json!(format!(" {normalised}\n")),
        json!(json!(normalised.to_string()).to_string()),
        proofs,
        enveloped.clone(),
        json!(enveloped.to_string()),
        envelope("EnvelopedVerifiableCredential", "application/vc+ld+json+jwt", &compact),
        json!({"type": ["EnvelopedVerifiableCredential"], "id": format!("data:application/vc+jwt,{compact}")}),
    ] {
        assert!(verifies(&given), "{given}: {:?}", credential(given.clone()));
    }
}

#[test]
fn verdicts_14_an_envelope_adds_nothing_to_what_is_signed() {
    let compact = compact();
    let with = |name: &str, value: Value| {
        let mut envelope = envelope("EnvelopedVerifiableCredential", "application/vc+jwt", &compact);
        envelope[name] = value;
        let options = Options { at: NOW, ..Options::default() };
        verify::verify(&credential(envelope).unwrap(), &did_document(), &options)
    };
    let signed = jwt_vector("full")["normalised"].clone();
    assert!(with("credentialSubject", signed["credentialSubject"].clone()).verified);
    for (name, value) in [
        ("credentialSubject", json!({"name": "Eve"})),
        ("credentialStatus", json!([])),
        ("issuer", json!("did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd")),
        ("validUntil", json!("2099-01-01T00:00:00Z")),
    ] {
        let verdict = with(name, value);
        assert!(matches!(verdict.outcome(CheckName::JsonMatch), Some(Outcome::Failed(_))), "{name}");
        assert!(!verdict.verified, "{name}");
    }
}

#[test]
fn presentations_are_read_as_presentations_and_never_as_credentials() {
    let presentation = jwt_vector("vp");
    let token = presentation["jwt"].as_str().unwrap();
    for given in [
        json!(token),
        json!(format!("data:application/vp+jwt,{token}")),
        envelope("EnvelopedVerifiablePresentation", "application/vp+jwt", token),
        presentation["normalised"].clone(),
    ] {
        let read = accept(&given, Kind::Presentation).unwrap();
        assert_eq!(vc::compact_of(&read), Some(token), "{given}");
        assert!(matches!(credential(given.clone()), Err(NotSigned::Other(_))), "{given}");
    }
    for given in
        [json!(compact()), envelope("EnvelopedVerifiableCredential", "application/vc+jwt", &compact())]
    {
        assert!(matches!(accept(&given, Kind::Presentation), Err(NotSigned::Other(_))), "{given}");
    }
    // The header may not say otherwise than the payload.
    for (typ, kind) in [
        ("vp+jwt", Kind::Credential),
        ("application/VP+JWT", Kind::Credential),
        ("vc+jwt", Kind::Presentation),
    ] {
        let mut header = jwt::header(Algorithm::EdDsa, None);
        header["typ"] = json!(typ);
        let payload = match kind {
            Kind::Credential => jwt_vector("full")["payload"].clone(),
            Kind::Presentation => presentation["payload"].clone(),
        };
        let token = Value::from(sign(&key(), &header, &payload));
        let verdict =
            verify::verify(&token, &did_document(), &Options { at: NOW, kind, ..Options::default() });
        assert!(matches!(verdict.outcome(CheckName::Format), Some(Outcome::Failed(_))), "{typ}");
    }
}

#[test]
fn verdicts_13_a_damaged_credential_is_looked_at() {
    let compact = compact();
    let parts: Vec<&str> = compact.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { panic!("three parts") };
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let doubled =
        URL_SAFE_NO_PAD.encode(format!(r#"{{"vc":{{}},"vc":{{"credentialSubject":{{}}}},"iss":"{DID}"}}"#));
    for damaged in [
        format!("{header}.{payload}.x{}", &signature[1..]),
        format!("{header}.{payload}.{}x", &signature[..signature.len() - 1]),
        format!("{header}.{payload}.{signature}A"),
        format!("{header}.{payload}."),
        format!("{header}.{}.{signature}", &payload[..payload.len() - 1]),
        format!("{header}.x{payload}.{signature}"),
        format!("x{header}.{payload}.{signature}"),
        format!("{none}.{payload}."),
        format!("{header}.{doubled}.{signature}"),
    ] {
        let document = credential(damaged.clone()).unwrap_or_else(|why| panic!("{damaged}: {why}"));
        let verdict = verify::verify(&document, &did_document(), &Options { at: NOW, ..Options::default() });
        assert!(!verdict.verified && verdict.first_failure().is_some(), "{damaged}");
        let names: Vec<CheckName> = verdict.checks.iter().map(|check| check.name).collect();
        assert_eq!(names, CheckName::ALL, "{damaged}");
    }
}

#[test]
fn verdicts_13_what_is_no_credential_is_not_looked_at() {
    let token = |payload: Value| sign(&key(), &jwt::header(Algorithm::EdDsa, None), &payload);
    for given in [
        json!("abc"),
        json!("a.b.c"),
        json!("a.b"),
        json!("eyJhbGciOiJFZERTQSJ9"),
        json!("{"),
        json!("{}"),
        json!("[1]"),
        json!("\"\\\"\\\""),
        json!({}),
        json!([compact()]),
        json!(7),
        json!(true),
        json!({"proof": {"type": "JwtProof2020", "jwt": compact()}}),
        json!(token(json!({"iss": DID, "sub": DID, "scope": "admin"}))),
        json!(token(json!({"iss": DID, "vc": "x"}))),
        json!(token(json!({"iss": DID, "vc": {"type": ["VerifiableCredential"]}}))),
        json!("data:,x"),
        json!("data:text/plain,abc"),
        json!("data:application/vc+jwt,abc"),
        envelope("EnvelopedVerifiableCredential", "application/vp+jwt", &compact()),
        json!({"type": "EnvelopedVerifiableCredential"}),
        json!({"type": "EnvelopedVerifiableCredential", "id": compact()}),
        json!({"type": "VerifiableCredential", "id": format!("data:application/vc+jwt,{}", compact())}),
        json!("{\"issuer\":\"a\",\"issuer\":\"b\"}"),
        json!(format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000))),
    ] {
        assert!(
            matches!(credential(given.clone()), Err(NotSigned::Other(_))),
            "{given}: {:?}",
            credential(given.clone())
        );
    }
    for nothing in [json!(null), json!(""), json!(" \n"), json!("\"\""), json!("\u{feff}")] {
        assert!(matches!(credential(nothing.clone()), Err(NotSigned::Missing(_))), "{nothing}");
    }
}

#[test]
fn credentials_that_are_secured_otherwise_are_refused_by_name() {
    let mut linked = jwt_vector("full")["normalised"].clone();
    linked["proof"] = json!({"type": "Ed25519Signature2020", "created": "2026-01-01T00:00:00Z",
        "proofPurpose": "assertionMethod", "verificationMethod": "x#1", "proofValue": "z"});
    let mut integrity = linked.clone();
    integrity["proof"] = json!({"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod", "verificationMethod": "x#1", "proofValue": "z"});
    for read in [&linked, &integrity] {
        assert_eq!(credential(read.clone()).as_ref(), Ok(read));
    }
    let mut several = linked.clone();
    several["proof"] = json!([linked["proof"], linked["proof"]]);
    for (given, name) in [
        (several, "several proofs"),
        (envelope("EnvelopedVerifiableCredential", "application/vc+sd-jwt", "x"), "sd-jwt"),
        (envelope("EnvelopedVerifiableCredential", "application/vc+cose", "x"), "cose"),
    ] {
        match credential(given.clone()) {
            Err(NotSigned::Unsupported(format)) => assert!(format.contains(name), "{format}"),
            other => panic!("{given}: {other:?}"),
        }
    }
}

#[test]
fn what_a_credential_must_have_is_asked_for_in_the_contracts_words() {
    let whole = jwt_vector("full")["normalised"].clone();
    assert!(credential(whole.clone()).is_ok());
    let told = |change: &dyn Fn(&mut Value)| {
        let mut changed = whole.clone();
        change(&mut changed);
        credential(changed).unwrap_err().to_string()
    };
    for name in ["issuer", "issuanceDate", "credentialSubject", "proof"] {
        let sentence = told(&|document| {
            document.as_object_mut().unwrap().remove(name);
        });
        assert_eq!(sentence, format!("credential.{name} is required"));
        assert_eq!(told(&|document| document[name] = Value::Null), format!("credential.{name} is required"));
    }
    assert_eq!(
        told(&|document| document["proof"] = json!({"type": "Other"})),
        "credential.proof has validation errors: JWT is required, Only Ed25519Signature2018, Ed25519Signature2020, \
         JsonWebSignature2020 proof types are supported"
    );
    assert_eq!(
        told(&|document| document["proof"]["jwt"] = json!("a.b.c")).split(", ").next().unwrap(),
        "credential.proof has validation errors: JWT is invalid: invalid_argument: Incorrect format JWS"
    );
    assert_eq!(
        credential(json!(null)).unwrap_err().to_string(),
        "W3c verifiable credential was not provided"
    );
    assert!(
        credential(json!("abc"))
            .unwrap_err()
            .to_string()
            .starts_with("Credential is not a valid JWT string: ")
    );
    // Who it is from, and what its status says, are questions about a credential.
    for (name, value) in [
        ("issuer", json!({"id": "did:web:x"})),
        ("issuer", json!("https://issuer.example")),
        ("credentialStatus", json!({"id": "x"})),
    ] {
        let mut changed = whole.clone();
        changed[name] = value;
        assert!(credential(changed).is_ok(), "{name}");
    }
}
