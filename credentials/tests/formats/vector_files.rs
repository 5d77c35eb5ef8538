//! Shared by the tests: the fixture files and the fixed key of the vectors.

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

pub(crate) const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

pub(crate) fn vectors() -> Value {
    serde_json::from_str(include_str!("../fixtures/credential-vectors.json")).unwrap()
}

pub(crate) fn fixture(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn captures() -> Value {
    serde_json::from_str(include_str!("../fixtures/studio-captures.json")).unwrap()
}

pub(crate) fn jwt_vector(name: &str) -> Value {
    vectors()["jwt"].as_array().unwrap().iter().find(|vector| vector["name"] == name).unwrap().clone()
}

pub(crate) fn key() -> SigningKey {
    let seed: Vec<u8> = (0..32).collect();
    SigningKey::from_bytes(&seed.try_into().unwrap())
}

pub(crate) fn sign(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let input = credentials::jwt::signing_input(header, claims);
    credentials::jwt::assemble(&input, &key.sign(input.as_bytes()).to_bytes())
}

/// The DID document of the fixed key, as `/did/create` makes it.
pub(crate) fn did_document() -> Value {
    did_document_for(DID, &key())
}

pub(crate) fn did_document_for(did: &str, key: &SigningKey) -> Value {
    let id = format!("{did}#key-1");
    json!({
        "id": did,
        "controller": [did],
        "verificationMethod": [{
            "id": id, "type": "Ed25519VerificationKey2018", "controller": did,
            "publicKeyBase58": bs58::encode(key.verifying_key().as_bytes()).into_string(),
        }],
        "authentication": [id],
        "assertionMethod": [id],
    })
}
