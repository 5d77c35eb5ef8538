//! Which key of a DID document made a signature.

use serde_json::Value;

use super::{Failure, KeyUse, Kind, MAX_VERIFICATION_METHODS, Options, same_did};
use crate::did_url::{did_of, normalised_did};
use crate::json::{list, text};
use crate::jwt::{Algorithm, Jws};
use crate::key::PublicKey;

/// Verification method types that may carry a key for `alg`.
fn type_suits(kind: &str, alg: Algorithm) -> bool {
    if matches!(kind, "JsonWebKey2020" | "JsonWebKey" | "Multikey") {
        return true;
    }
    match alg {
        Algorithm::EdDsa => matches!(
            kind,
            "ED25519SignatureVerification" | "Ed25519VerificationKey2018" | "Ed25519VerificationKey2020"
        ),
        Algorithm::Es256 => kind == "EcdsaSecp256r1VerificationKey2019",
        Algorithm::Es256k => matches!(
            kind,
            "EcdsaSecp256k1VerificationKey2019"
                | "Secp256k1VerificationKey2018"
                | "Secp256k1SignatureVerificationKey2018"
                | "EcdsaPublicKeySecp256k1"
        ),
    }
}

/// The verification method whose key verifies, or the failure did-jwt would name.
pub(super) fn find_signer(
    jws: &Jws,
    issuer: &str,
    did_document: &Value,
    options: &Options,
) -> Result<Value, Failure> {
    let did = did_of(issuer);
    let alg = jws.header.alg;
    let all = methods(did_document);
    let allowed: Vec<&Value> = match options.key_use {
        KeyUse::AnyMethod => all.clone(),
        KeyUse::Relationship => {
            all.iter().copied().filter(|method| in_relationship(method, did_document, options.kind)).collect()
        }
    };
    let suits = |method: &&Value| {
        text(method, "type").is_some_and(|kind| type_suits(kind, alg))
            && PublicKey::from_verification_method(method).is_ok_and(|key| key.algorithm() == Some(alg))
    };
    let candidates: Vec<&Value> = allowed.into_iter().filter(suits).collect();
    if candidates.is_empty() {
        let known = all.iter().any(suits);
        return Err(Failure::new(if known {
            format!(
                "no_suitable_keys: DID document for {did} does not have public keys suitable for {} with {} purpose",
                alg.as_str(),
                relationship(options.kind)
            )
        } else {
            format!("no_suitable_keys: DID document for {did} does not have public keys for {}", alg.as_str())
        }));
    }
    let wanted = named_method(jws, issuer, did)?;
    let tried: Vec<&Value> = match &wanted {
        Some(id) => candidates
            .into_iter()
            .filter(|method| method_id(method, did_document) == absolute(id, did_document))
            .collect(),
        None => candidates,
    };
    if let (Some(id), true) = (&wanted, tried.is_empty()) {
        return Err(Failure::new(format!("invalid_jwt: No authenticator found for did URL {id}")));
    }
    let verifies = |method: &&&Value| {
        PublicKey::from_verification_method(method)
            .is_ok_and(|key| key.verify(jws.signing_input.as_bytes(), &jws.signature).is_ok())
    };
    tried
        .iter()
        .find(verifies)
        .map(|method| (*method).clone())
        .ok_or_else(|| Failure::new("invalid_signature: no matching public key found"))
}

/// The one method that the token names: `iss` with a fragment, or a `kid` that is a DID URL (absolute or `#…`). A `kid`
/// of another form (a thumbprint, a number) narrows nothing.
fn named_method(jws: &Jws, issuer: &str, did: &str) -> Result<Option<String>, Failure> {
    if issuer.contains('#') {
        return Ok(Some(issuer.to_owned()));
    }
    match jws.header.kid.as_deref() {
        Some(kid) if kid.starts_with('#') => Ok(Some(format!("{did}{kid}"))),
        Some(kid) if kid.starts_with("did:") && !same_did(did_of(kid), did) => {
            Err(Failure::new(format!("invalid_jwt: No authenticator found for did URL {kid}")))
        }
        Some(kid) if kid.starts_with("did:") && kid.contains('#') => Ok(Some(kid.to_owned())),
        _ => Ok(None),
    }
}

const fn relationship(kind: Kind) -> &'static str {
    match kind {
        Kind::Credential => "assertionMethod",
        Kind::Presentation => "authentication",
    }
}

/// `verificationMethod`, the legacy `publicKey`, and methods embedded in the relationships.
fn methods(did_document: &Value) -> Vec<&Value> {
    ["verificationMethod", "publicKey", "assertionMethod", "authentication"]
        .iter()
        .flat_map(|member| list(did_document.get(*member)))
        .filter(|method| method.is_object())
        .take(MAX_VERIFICATION_METHODS)
        .collect()
}

fn in_relationship(method: &Value, did_document: &Value, kind: Kind) -> bool {
    let Some(member) = did_document.get(relationship(kind)).filter(|member| !member.is_null()) else {
        return true;
    };
    let id = method_id(method, did_document);
    list(Some(member)).iter().any(|entry| match entry {
        Value::String(reference) => absolute(reference, did_document) == id,
        embedded => **embedded == *method,
    })
}

fn method_id(method: &Value, did_document: &Value) -> String {
    absolute(text(method, "id").unwrap_or_default(), did_document)
}

/// The whole DID URL of a reference, with its DID in the form that is compared.
fn absolute(reference: &str, did_document: &Value) -> String {
    let did = match did_of(reference) {
        "" => text(did_document, "id").unwrap_or_default(),
        did => did,
    };
    let rest = reference.get(did_of(reference).len()..).unwrap_or_default();
    format!("{}{rest}", normalised_did(did))
}
