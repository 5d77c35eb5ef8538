//! Documents with a proof in them.

use chrono::DateTime;
use credentials::format::{CredentialFormat, DataModel, Securing, SigningKey, Suite};
use credentials::jwt::Algorithm;
use credentials::verify::{self, CheckName, Kind, Options, Outcome, Verification};
use ed25519_dalek::{Signer as _, SigningKey as Key};
use serde_json::{Value, json};

use crate::vector_files::{DID, fixture, key};

const AT: i64 = 1_796_000_000;

fn key_id() -> String {
    format!("{DID}#key-1")
}

fn method(kind: &str, key: &Key) -> Value {
    let public = credentials::key::PublicKey::ed25519(key.verifying_key().as_bytes()).unwrap();
    let mut method = json!({"id": key_id(), "type": kind, "controller": DID});
    match kind {
        "Ed25519VerificationKey2018" => method["publicKeyBase58"] = json!(public.to_base58()),
        "JsonWebKey2020" => method["publicKeyJwk"] = public.to_jwk(),
        _ => method["publicKeyMultibase"] = json!(public.to_multibase()),
    }
    method
}

fn did_document(kind: &str) -> Value {
    json!({"id": DID, "verificationMethod": [method(kind, &key())], "assertionMethod": [key_id()],
        "authentication": [key_id()]})
}

fn options(document: &Value) -> Options {
    let is_presentation = document["type"].to_string().contains("VerifiablePresentation");
    let kind = if is_presentation { Kind::Presentation } else { Kind::Credential };
    let text =
        |name: &str| document["proof"][name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Options {
        kind,
        at: AT,
        challenge: text("challenge"),
        audience: text("domain").into_iter().collect(),
        ..Options::default()
    }
}

fn verified(document: &Value, did_document: &Value) -> Verification {
    verify::verify(document, did_document, &options(document))
}

fn by<'a>(kind: &'a str, named: &'a str, algorithm: Algorithm) -> SigningKey<'a> {
    let created = DateTime::from_timestamp(1_704_067_200, 0).unwrap();
    SigningKey { did: DID, verification_method: named, method_type: kind, algorithm, created }
}

fn signed(document: &Value, securing: &Securing, kind: &str) -> Value {
    let draft = securing.draft(document, &by(kind, &key_id(), Algorithm::EdDsa)).unwrap();
    let signature = key().sign(draft.bytes()).to_bytes().to_vec();
    draft.signed(signature).seal().unwrap()
}

#[test]
fn what_veramo_signed_verifies_and_is_signed_again_to_the_letter() {
    let vectors = fixture("json-ld-vectors.json");
    for vector in vectors["ld"].as_array().unwrap() {
        let document = &vector["document"];
        let name = vector["name"].as_str().unwrap();
        let kind = match document["proof"]["type"].as_str().unwrap() {
            "Ed25519Signature2018" => "Ed25519VerificationKey2018",
            "JsonWebSignature2020" => "JsonWebKey2020",
            _ => "Ed25519VerificationKey2020",
        };
        let verdict = verified(document, &did_document(kind));
        assert!(verdict.verified, "{name}: {verdict:?}");
        if name.starts_with("vp-") {
            continue;
        }
        let mut unsigned = document.clone();
        unsigned.as_object_mut().unwrap().shift_remove("proof");
        let named = key_id();
        let created = DateTime::parse_from_rfc3339(document["proof"]["created"].as_str().unwrap()).unwrap();
        let by = SigningKey { created: created.to_utc(), ..by(kind, &named, Algorithm::EdDsa) };
        let draft = Securing::of(CredentialFormat::JsonLd).draft(&unsigned, &by).unwrap();
        let signature = key().sign(draft.bytes()).to_bytes().to_vec();
        assert_eq!(draft.signed(signature).seal().unwrap(), *document, "{name}");
    }
}

#[test]
fn what_w3c_signed_verifies_and_is_signed_again_to_the_letter() {
    let vectors = fixture("data-integrity-vectors.json");
    let secret = vectors["keyPair"]["privateKeyMultibase"].as_str().unwrap();
    let secret = bs58::decode(secret.strip_prefix('z').unwrap()).into_vec().unwrap();
    let key = Key::from_bytes(secret[2..].try_into().unwrap());
    for vector in vectors["vectors"].as_array().unwrap() {
        let name = vector["suite"].as_str().unwrap();
        let document = &vector["signed"];
        let method_id = document["proof"]["verificationMethod"].as_str().unwrap();
        let did = method_id.split('#').next().unwrap();
        let did_document = credentials::did_key::resolve(did).unwrap();
        // The issuer that the document names is a URL, not the key that signed it: nobody may vouch for another.
        let verdict = verified(document, &did_document);
        if name == "employ" {
            assert!(verdict.first_failure().unwrap().message.contains("https://w3id.org/citizenship/v4rc1"));
            continue;
        }
        assert_eq!(verdict.outcome(CheckName::Signature), Some(&Outcome::Passed), "{name}: {verdict:?}");
        assert!(matches!(verdict.outcome(CheckName::Issuer), Some(Outcome::Failed(_))), "{name}");
        if name.starts_with("ecdsa") {
            continue;
        }
        let mut unsigned = document.clone();
        unsigned.as_object_mut().unwrap().shift_remove("proof");
        let securing = Securing {
            data_model: DataModel::V2_0,
            cryptosuite: Suite::named(name),
            ..Securing::of(CredentialFormat::JsonLd)
        };
        let created = DateTime::parse_from_rfc3339("2023-02-24T23:36:38Z").unwrap().to_utc();
        let by = SigningKey {
            did,
            verification_method: method_id,
            created,
            ..by("Multikey", "", Algorithm::EdDsa)
        };
        let draft = securing.draft(&unsigned, &by).unwrap();
        let signature = key.sign(draft.bytes()).to_bytes().to_vec();
        assert_eq!(draft.signed(signature).seal().unwrap(), *document, "{name}");
    }
}

fn credential(model: DataModel) -> Value {
    let (start, end) = model.dates();
    // That of schema.org changes terms that the data model 2.0 protects.
    let vocabulary = match model {
        DataModel::V1_1 => "https://schema.org",
        DataModel::V2_0 => "https://www.w3.org/ns/credentials/undefined-terms/v2",
    };
    let mut credential = json!({
        "@context": [model.context(), vocabulary],
        "type": ["VerifiableCredential", "Person"],
        "issuer": {"id": DID},
        "credentialSubject": {"id": "did:example:alice", "name": "Alice", "age": 30, "knows": [{"name": "Bob"}, {"name": "Eve"}]},
        "termsOfUse": {"type": "Thing", "name": "terms"},
    });
    credential[start] = json!("2026-01-01T00:00:00Z");
    credential[end] = json!("2036-01-01T00:00:00Z");
    credential
}

/// The key types and suites that sign by each data model.
fn ways() -> Vec<(&'static str, Securing)> {
    let with = |data_model, cryptosuite| Securing {
        data_model,
        cryptosuite,
        ..Securing::of(CredentialFormat::JsonLd)
    };
    let mut ways: Vec<_> = ["Ed25519VerificationKey2018", "Ed25519VerificationKey2020", "JsonWebKey2020"]
        .map(|kind| (kind, with(DataModel::V1_1, None)))
        .into();
    ways.push(("Ed25519VerificationKey2020", with(DataModel::V1_1, Some(Suite::EddsaRdfc2022))));
    ways.push(("JsonWebKey2020", with(DataModel::V2_0, None)));
    ways.push(("Multikey", with(DataModel::V2_0, Some(Suite::EddsaJcs2022))));
    ways
}

#[test]
fn every_suite_signs_what_it_verifies_and_nothing_else() {
    for (kind, securing) in ways() {
        let document = signed(&credential(securing.data_model), &securing, kind);
        let did_document = did_document(kind);
        let verdict = verified(&document, &did_document);
        assert!(verdict.verified, "{kind} {securing:?}: {verdict:?}");
        // Whatever is changed, added or taken away.
        let (start, end) = securing.data_model.dates();
        let changes: [(&str, Value); 11] = [
            ("/credentialSubject/name", json!("Mallory")),
            ("/credentialSubject/age", json!(31)),
            ("/credentialSubject/id", json!("did:example:mallory")),
            ("/credentialSubject/knows", json!([{"name": "Bob"}])),
            ("/credentialSubject/knows/0/name", json!("Bert")),
            ("/termsOfUse/name", json!("others")),
            ("/type", json!(["VerifiableCredential"])),
            (&format!("/{start}"), json!("2026-01-01T00:00:01Z")),
            (&format!("/{end}"), json!("2046-01-01T00:00:00Z")),
            ("/proof/created", json!("2024-01-01T00:00:01Z")),
            ("/proof/verificationMethod", json!(format!("{DID}#key-2"))),
        ];
        for (at, value) in changes {
            let mut forged = document.clone();
            *forged.pointer_mut(at).unwrap() = value;
            assert!(!verified(&forged, &did_document).verified, "{kind} {securing:?}: {at}");
        }
        for (name, value) in [("evidence", json!({"type": "Thing"})), ("undefinedTerm", json!("x"))] {
            let mut forged = document.clone();
            forged[name] = value;
            assert!(!verified(&forged, &did_document).verified, "{kind} {securing:?}: {name}");
        }
        let other = json!({"id": DID, "verificationMethod": [method(kind, &Key::from_bytes(&[9; 32]))],
            "assertionMethod": [key_id()]});
        assert!(!verified(&document, &other).verified, "{kind}: by another key");
    }
}

#[test]
fn a_key_signs_only_for_what_the_did_document_lets_it() {
    let securing = Securing::of(CredentialFormat::JsonLd);
    let kind = "Ed25519VerificationKey2020";
    let document = signed(&credential(DataModel::V1_1), &securing, kind);
    let mut did_document = did_document(kind);
    did_document["assertionMethod"] = json!([]);
    let verdict = verified(&document, &did_document);
    assert!(!verdict.verified);
    assert!(matches!(verdict.outcome(CheckName::KeyPurpose), Some(Outcome::Failed(_))), "{verdict:?}");
    let mut presented = document.clone();
    presented["proof"]["proofPurpose"] = json!("authentication");
    assert!(!verified(&presented, &did_document).verified);
}

#[test]
fn dates_are_checked_and_can_be_left_unchecked() {
    let securing = Securing::of(CredentialFormat::JsonLd);
    let kind = "Ed25519VerificationKey2020";
    let check = |start: &str, end: &str, name: CheckName| {
        let mut credential = credential(DataModel::V1_1);
        credential["issuanceDate"] = json!(start);
        credential["expirationDate"] = json!(end);
        let document = signed(&credential, &securing, kind);
        let verdict = verified(&document, &did_document(kind));
        assert!(matches!(verdict.outcome(name), Some(Outcome::Failed(_))), "{verdict:?}");
        let mut options = options(&document);
        options.policies.issuance_date = false;
        options.policies.expiration_date = false;
        assert!(verify::verify(&document, &did_document(kind), &options).verified);
    };
    check("2036-01-01T00:00:00Z", "2046-01-01T00:00:00Z", CheckName::NotBefore);
    check("2016-01-01T00:00:00Z", "2017-01-01T00:00:00Z", CheckName::Expiration);
    check("tomorrow", "2046-01-01T00:00:00Z", CheckName::NotBefore);
    check("2016-01-01T00:00:00Z", "someday", CheckName::Expiration);
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let securing = Securing::of(CredentialFormat::JsonLd);
    let kind = "Ed25519VerificationKey2020";
    let document = signed(&credential(DataModel::V1_1), &securing, kind);
    let refused = |document: &Value, what: &str| {
        let verdict = verified(document, &did_document(kind));
        let failure = verdict.first_failure().unwrap_or_else(|| panic!("{what}"));
        assert!(failure.message.contains(what), "{what}: {failure}");
    };
    let mut two = document.clone();
    two["proof"] = json!([document["proof"], document["proof"]]);
    refused(&two, "several proofs");
    let mut chained = document.clone();
    chained["proof"]["previousProof"] = json!("urn:x");
    refused(&chained, "chains of proofs");
    let mut other = document.clone();
    other["proof"]["type"] = json!("BbsBlsSignature2020");
    refused(&other, "BbsBlsSignature2020");
    let mut undefined = credential(DataModel::V1_1);
    undefined["@context"] = json!(["https://www.w3.org/2018/credentials/v1"]);
    let named = key_id();
    let refusal = securing.draft(&undefined, &by(kind, &named, Algorithm::EdDsa)).unwrap_err();
    assert!(refusal.to_string().contains("is not defined by any context"), "{refusal}");
    let refusal =
        securing.draft(&credential(DataModel::V1_1), &by(kind, &named, Algorithm::Es256)).unwrap_err();
    assert!(refusal.to_string().contains("Ed25519Signature2020"), "{refusal}");
}

/// Contexts are not signed, and RDF has many spellings for one statement: what is written in another way says the same to a signature,
/// and nothing to whoever looks for a date or a status by its name.
#[test]
fn what_is_signed_cannot_be_hidden_under_another_name() {
    for (kind, securing) in ways() {
        let mut unsigned = credential(securing.data_model);
        let end = if securing.data_model == DataModel::V2_0 { "validUntil" } else { "expirationDate" };
        unsigned[end] = json!("2020-01-01T00:00:00Z");
        let signed = signed(&unsigned, &securing, kind);
        assert!(!verified(&signed, &did_document(kind)).verified, "it is over");
        let iri = format!("https://www.w3.org/2018/credentials#{end}");
        let typed =
            json!({"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2020-01-01T00:00:00Z"});
        let hide = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut document = signed.clone();
            change(document.as_object_mut().unwrap());
            verified(&document, &did_document(kind))
        };
        let renamed = hide(&|document| {
            document.shift_remove(end);
            document.insert(iri.clone(), typed.clone());
        });
        let aliased = hide(&|document| {
            document.shift_remove(end);
            let mut contexts = document["@context"].as_array().unwrap().clone();
            contexts
                .push(json!({"never": {"@id": iri, "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}}));
            document.insert("@context".to_owned(), Value::Array(contexts));
            document.insert("never".to_owned(), json!("2020-01-01T00:00:00Z"));
        });
        let unnamed = hide(&|document| {
            document.shift_remove(end);
            let issuer =
                document["issuer"].as_str().or(document["issuer"]["id"].as_str()).unwrap().to_owned();
            document.insert("issuer".to_owned(), json!({"@id": issuer}));
        });
        for (what, verdict) in [("renamed", renamed), ("aliased", aliased), ("unnamed", unnamed)] {
            assert!(!verdict.verified && !verdict.is_proven(), "{what}: {kind} {verdict:?}");
        }
    }
}

/// Two objects of one id are one node to a signature: whoever holds the credential could move its end to where nobody looks.
#[test]
fn what_is_said_of_one_id_stands_in_one_place() {
    let mut unsigned = credential(DataModel::V1_1);
    unsigned["id"] = json!("did:example:holder");
    unsigned["credentialSubject"]["id"] = json!("did:example:holder");
    unsigned["expirationDate"] = json!("2020-01-01T00:00:00Z");
    let kind = "Ed25519VerificationKey2020";
    let named = key_id();
    let securing = Securing::of(CredentialFormat::JsonLd);
    let refused = securing.draft(&unsigned, &by(kind, &named, Algorithm::EdDsa)).unwrap_err();
    assert!(refused.to_string().contains("described in two places"), "{refused}");
    // Who signs over JCS signs the letters, and moving them breaks the proof: it is nobody's way around.
    unsigned["credentialSubject"]["id"] = json!("did:example:other");
    let mut document = signed(&unsigned, &securing, kind);
    let end = document.as_object_mut().unwrap().shift_remove("expirationDate").unwrap();
    document["credentialSubject"] = json!([
        document["credentialSubject"].clone(),
        {"id": "did:example:holder", "https://www.w3.org/2018/credentials#expirationDate":
            {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": end}},
    ]);
    let verdict = verified(&document, &did_document(kind));
    assert!(!verdict.verified && !verdict.is_proven(), "{verdict:?}");
    // A mention is no description.
    let mut named_twice = credential(DataModel::V1_1);
    named_twice["issuer"] = json!({"id": DID});
    named_twice["credentialSubject"]["id"] = json!(DID);
    assert!(verified(&signed(&named_twice, &securing, kind), &did_document(kind)).verified);
}

#[test]
fn members_of_a_proof_are_texts() {
    let kind = "Ed25519VerificationKey2020";
    let securing = Securing::of(CredentialFormat::JsonLd);
    let document = signed(&credential(DataModel::V1_1), &securing, kind);
    for (name, value) in [
        (
            "created",
            json!({"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2024-01-01T00:00:00Z"}),
        ),
        ("proofPurpose", json!({"id": "https://w3id.org/security#assertionMethod"})),
        ("expires", json!(1)),
    ] {
        let mut document = document.clone();
        document["proof"][name] = value;
        let verdict = verified(&document, &did_document(kind));
        assert!(!verdict.verified && !verdict.is_proven(), "{name}: {verdict:?}");
    }
}
