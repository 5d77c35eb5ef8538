//! DID documents between their JSON form and the ledger's form.

use credentials::did_document::{
    DidDoc, ServiceRequest, Template, VerificationMethodType, public_keys, with_key,
};
use credentials::key::PublicKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::vector_files::{DID, captures, key, vectors};

fn public_key() -> PublicKey {
    PublicKey::Ed25519(key().verifying_key().to_bytes())
}

fn template(method_type: VerificationMethodType) -> Value {
    let service: ServiceRequest = serde_json::from_value(
        json!({"idFragment": "svc-1", "type": "LinkedDomains", "serviceEndpoint": "https://example.com"}),
    )
    .unwrap();
    Template {
        did: DID,
        method_type,
        public_key: &public_key(),
        services: &[service],
        contexts: &["https://www.w3.org/ns/did/v1".to_owned()],
        assertion_method: true,
    }
    .to_json()
}

#[test]
fn services_get_their_id_and_a_list_of_endpoints() {
    let document = template(VerificationMethodType::Ed25519VerificationKey2018);
    assert_eq!(
        document["service"],
        json!([{"id": format!("{DID}#svc-1"), "type": "LinkedDomains", "serviceEndpoint": ["https://example.com"]}])
    );
    assert_eq!(document["@context"], json!(["https://www.w3.org/ns/did/v1"]));
}

#[test]
fn ledger_material_is_the_string_the_ledger_checks() {
    let fixed = vectors()["ed25519"].clone();
    for (kind, material) in [
        (
            VerificationMethodType::Ed25519VerificationKey2018,
            fixed["publicKeyBase58"].as_str().unwrap().to_owned(),
        ),
        (
            VerificationMethodType::Ed25519VerificationKey2020,
            fixed["publicKeyMultibase"].as_str().unwrap().to_owned(),
        ),
        (
            VerificationMethodType::JsonWebKey2020,
            r#"{"crv":"Ed25519","kty":"OKP","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}"#.to_owned(),
        ),
    ] {
        let document = template(kind);
        let ledger = DidDoc::from_json(&document).unwrap();
        assert_eq!(ledger.verification_method[0].verification_material, material);
        assert_eq!(ledger.verification_method[0].verification_method_type, kind.as_str());
        assert_eq!(ledger.to_json().to_string(), document.to_string());
        assert_eq!(public_keys(&document), [(format!("{DID}#key-1"), public_key())]);
    }
}

#[test]
fn resolver_rendering_writes_its_own_contexts() {
    let ledger = DidDoc::from_json(&template(VerificationMethodType::Ed25519VerificationKey2020)).unwrap();
    let with = ledger.to_resolver_json(true);
    assert_eq!(
        with["@context"],
        json!([
            "https://www.w3.org/ns/did/v1",
            "https://identity.foundation/.well-known/did-configuration/v1",
            "https://w3id.org/security/suites/ed25519-2020/v1"
        ])
    );
    assert_eq!(with["service"][0]["serviceEndpoint"], "https://example.com");
    assert_eq!(ledger.to_resolver_json(false).get("@context"), None);
}

#[test]
fn embedded_assertion_methods_are_quoted_twice() {
    let mut document = template(VerificationMethodType::Ed25519VerificationKey2020);
    let embedded = json!({"id": format!("{DID}#key-2"), "type": "JsonWebKey2020", "controller": DID,
        "publicKeyJwk": public_key().to_jwk()});
    document["assertionMethod"] = json!([format!("{DID}#key-1"), embedded]);
    let ledger = DidDoc::from_json(&document).unwrap();
    let quoted = &ledger.assertion_method[1];
    assert!(quoted.starts_with("\"{\\\"id\\\":"), "{quoted}");
    let flat: Value = serde_json::from_str(&serde_json::from_str::<String>(quoted).unwrap()).unwrap();
    assert!(flat["publicKeyJwk"].is_string());
    assert_eq!(ledger.to_json(), document);
}

#[test]
fn document_mode_replaces_the_verification_methods() {
    let document = json!({"id": DID, "controller": [DID], "verificationMethod": [],
        "authentication": [format!("{DID}#key-1")], "service": []});
    let with =
        with_key(&document, VerificationMethodType::Ed25519VerificationKey2018, &public_key()).unwrap();
    assert_eq!(with["verificationMethod"].as_array().unwrap().len(), 1);
    assert_eq!(with["verificationMethod"][0]["id"], format!("{DID}#key-1"));
    assert_eq!(with["authentication"], document["authentication"]);
    assert!(with_key(&json!({}), VerificationMethodType::JsonWebKey2020, &public_key()).is_err());
}

#[test]
fn documents_the_ledger_cannot_hold_are_refused() {
    let good = template(VerificationMethodType::Ed25519VerificationKey2020);
    let broken: [(&str, Value); 9] = [
        ("/id", json!(null)),
        ("/controller", json!([1])),
        ("/verificationMethod", json!({})),
        ("/verificationMethod/0/type", json!("Multikey")),
        ("/verificationMethod/0/publicKeyMultibase", json!(null)),
        ("/verificationMethod/0/controller", json!("")),
        ("/service/0/serviceEndpoint", json!([{"uri": "https://example.com"}])),
        ("/service/0/type", json!(null)),
        ("/authentication", json!(vec![format!("{DID}#key-1"); 257])),
    ];
    assert!(DidDoc::from_json(&good).is_ok());
    for (pointer, value) in broken {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        assert!(DidDoc::from_json(&document).is_err(), "{pointer}");
    }
    assert!(DidDoc::from_json(&json!([])).is_err());
}

#[test]
fn keys_are_read_from_every_form_and_only_from_valid_ones() {
    let signer = &captures()["305"]["response"]["signer"];
    let key = PublicKey::from_verification_method(signer).unwrap();
    assert_eq!(format!("did:key:{}", key.to_multibase()), signer["controller"]);
    let method = |kind: &str, member: &str, material: Value| {
        PublicKey::from_verification_method(&json!({"type": kind, member: material}))
    };
    let hex = vectors()["ed25519"]["publicKeyHex"].clone();
    assert_eq!(method("Ed25519VerificationKey2018", "publicKeyHex", hex), Ok(public_key()));
    let bare = format!("z{}", public_key().to_base58());
    assert_eq!(method("Ed25519VerificationKey2020", "publicKeyMultibase", json!(bare)), Ok(public_key()));
    for (member, material) in [
        ("publicKeyMultibase", json!("z6Mk")),
        ("publicKeyMultibase", json!("6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd")),
        ("publicKeyBase58", json!("0OIl")),
        ("publicKeyJwk", json!({"kty": "oct", "k": "AAAA"})),
        ("publicKeyJwk", json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})),
        ("other", json!("x")),
    ] {
        assert!(method("JsonWebKey2020", member, material.clone()).is_err(), "{member}: {material}");
    }
    // Short coordinates (leading zeros dropped by their writer) are still the same point.
    let p256 = PublicKey::from_multibase("zDnaej4NHntda4rNW4FBUJgFzdcgEAXKGRVGE8LuVfRbuMuc1").unwrap();
    assert_eq!(PublicKey::from_jwk(&p256.to_jwk()), Ok(p256));
}

proptest! {
    #[test]
    fn arbitrary_key_material_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..70), text in ".{0,80}") {
        let _ = PublicKey::from_multicodec(&bytes);
        let _ = PublicKey::from_multibase(&text);
        let _ = PublicKey::from_multibase(&format!("z{}", bs58::encode(&bytes).into_string()));
        let _ = credentials::did_key::resolve(&format!("did:key:{text}"));
        let _ = credentials::did_key::resolve(&format!("did:jwk:{text}"));
    }

    #[test]
    fn every_ed25519_key_goes_round_in_every_form(seed in any::<[u8; 32]>()) {
        let key = PublicKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes());
        prop_assert_eq!(PublicKey::from_multibase(&key.to_multibase()), Ok(key.clone()));
        prop_assert_eq!(PublicKey::from_jwk(&key.to_jwk()), Ok(key.clone()));
        for kind in [
            VerificationMethodType::Ed25519VerificationKey2018,
            VerificationMethodType::Ed25519VerificationKey2020,
            VerificationMethodType::JsonWebKey2020,
        ] {
            let method = json!({"type": kind.as_str(), kind.material_member(): kind.material(&key)});
            prop_assert_eq!(PublicKey::from_verification_method(&method), Ok(key.clone()));
        }
    }
}
