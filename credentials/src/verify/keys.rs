//! Which key of a DID document made a signature, and what the document lets that key do.

use serde_json::Value;

use super::{Failure, Kind, MAX_VERIFICATION_METHODS, same_did};
use crate::did_url::{did_of, normalised_did};
use crate::format::Read;
use crate::json::{list, text, texts};
use crate::jwt::{Algorithm, Jws};
use crate::key::PublicKey;

/// Members that may hold whole verification methods; what is embedded in one serves that one only (DID Core 5.3.2).
const RELATIONSHIPS: [&str; 5] =
    ["assertionMethod", "authentication", "capabilityDelegation", "capabilityInvocation", "keyAgreement"];

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
        Algorithm::Es384 => kind == "EcdsaSecp384r1VerificationKey2019",
        Algorithm::Es512 => kind == "EcdsaSecp521r1VerificationKey2019",
        Algorithm::Es256k => matches!(
            kind,
            "EcdsaSecp256k1VerificationKey2019"
                | "Secp256k1VerificationKey2018"
                | "Secp256k1SignatureVerificationKey2018"
                | "EcdsaPublicKeySecp256k1"
        ),
    }
}

/// The key that made a signature.
pub(super) struct Signer {
    /// Its verification method.
    pub(super) method: Value,
    /// The relationship that lets it sign documents of this kind, or why none does.
    pub(super) purpose: Result<&'static str, Failure>,
}

/// A verification method of a document.
#[derive(Clone, Copy)]
struct Method<'a> {
    value: &'a Value,
    /// The relationship it is embedded in; `None` if it is listed for all to refer to.
    embedded_in: Option<&'static str>,
}

/// The verification method whose key verifies, or the failure did-jwt would name. A key that may sign is preferred to
/// the same key under a method that may not.
pub(super) fn find_signer(
    jws: &Jws,
    issuer: &str,
    did_document: &Value,
    kind: Kind,
) -> Result<Signer, Failure> {
    let did = did_of(issuer);
    let alg = jws.header.alg;
    let suits = |method: &Method<'_>| {
        text(method.value, "type").is_some_and(|kind| type_suits(kind, alg))
            && method.value.get("publicKeyJwk").is_none_or(|jwk| may_verify(jwk, alg))
            && PublicKey::from_verification_method(method.value).is_ok_and(|key| key.algorithm() == Some(alg))
    };
    let candidates: Vec<Method<'_>> = methods(did_document).into_iter().filter(suits).collect();
    if candidates.is_empty() {
        return Err(Failure::new(format!(
            "no_suitable_keys: DID document for {did} does not have public keys for {}",
            alg.as_str()
        )));
    }
    let tried: Vec<Method<'_>> = match named_method(jws, issuer, did)? {
        None => candidates,
        Some(id) => {
            let wanted = absolute(&id, did_document);
            let named: Vec<Method<'_>> = candidates
                .into_iter()
                .filter(|method| method_id(method.value, did_document) == wanted)
                .collect();
            if named.is_empty() {
                return Err(Failure::new(format!("invalid_jwt: No authenticator found for did URL {id}")));
            }
            named
        }
    };
    let verifies = |method: &Method<'_>| {
        PublicKey::from_verification_method(method.value)
            .is_ok_and(|key| key.verify(&jws.signing_input, &jws.signature).is_ok())
    };
    let signers: Vec<Method<'_>> = tried.into_iter().filter(verifies).collect();
    let allowed = signers.iter().find_map(|method| Some((*method, purpose(method, did_document, kind)?)));
    match (allowed, signers.first()) {
        (Some((method, purpose)), _) => Ok(Signer { method: method.value.clone(), purpose: Ok(purpose) }),
        (None, Some(method)) => {
            let purpose = Err(unfit(method, did_document, did, alg, kind));
            Ok(Signer { method: method.value.clone(), purpose })
        }
        (None, None) => Err(Failure::new("invalid_signature: no matching public key found")),
    }
}

/// The verification method that a proof names, if its key made the proof.
pub(super) fn find_prover(read: &Read, did_document: &Value, kind: Kind) -> Result<Signer, Failure> {
    let did = did_of(&read.verification_method);
    let wanted = absolute(&read.verification_method, did_document);
    let named =
        methods(did_document).into_iter().find(|method| method_id(method.value, did_document) == wanted);
    let method = named.ok_or_else(|| {
        let id = &read.verification_method;
        Failure::new(format!("no_suitable_keys: DID document for {did} has no verification method {id}"))
    })?;
    let key = PublicKey::from_verification_method(method.value).ok();
    let key = key.and_then(|key| Some((key.algorithm()?, key)));
    let suits = |alg: Algorithm| {
        read.may_be_by(alg)
            && text(method.value, "type").is_some_and(|kind| type_suits(kind, alg))
            && method.value.get("publicKeyJwk").is_none_or(|jwk| may_verify(jwk, alg))
    };
    let Some((alg, key)) = key.filter(|(alg, _)| suits(*alg)) else {
        return Err(Failure::new(format!(
            "no_suitable_keys: {} has no key for this kind of proof",
            read.verification_method
        )));
    };
    let (bytes, signature) = read.signed();
    key.verify(&bytes, signature).map_err(|_| Failure::new("invalid_signature: Invalid signature."))?;
    let purpose =
        purpose(&method, did_document, kind).ok_or_else(|| unfit(&method, did_document, did, alg, kind));
    Ok(Signer { method: method.value.clone(), purpose })
}

/// Whether a JWK is for signatures of this algorithm, as far as it says so (RFC 7517 4.2 to 4.4).
fn may_verify(jwk: &Value, alg: Algorithm) -> bool {
    let says = |name: &str| jwk.get(name).filter(|value| !value.is_null());
    let is_for_it = |value: &Value| value.as_str().and_then(Algorithm::from_jose_name) == Some(alg);
    let verifies = |ops: &Value| texts(Some(ops)).iter().any(|op| ["verify", "sign"].contains(op));
    says("use").is_none_or(|usage| usage.as_str() == Some("sig"))
        && says("key_ops").is_none_or(verifies)
        && says("alg").is_none_or(is_for_it)
}

/// The relationship by which this method may sign: for presentations `authentication`; for credentials `assertionMethod`, or
/// `authentication` where the document has no such member at all (older did:cheqd documents have nothing else).
fn purpose(method: &Method<'_>, did_document: &Value, kind: Kind) -> Option<&'static str> {
    let relationship = wanted_relationship(did_document, kind);
    stands_under(method, did_document, relationship).then_some(relationship)
}

fn wanted_relationship(did_document: &Value, kind: Kind) -> &'static str {
    let has_assertion_methods = did_document.get("assertionMethod").is_some_and(|member| !member.is_null());
    match kind {
        Kind::Credential if has_assertion_methods => "assertionMethod",
        Kind::Credential | Kind::Presentation => "authentication",
    }
}

fn stands_under(method: &Method<'_>, did_document: &Value, relationship: &str) -> bool {
    if let Some(embedded_in) = method.embedded_in {
        return embedded_in == relationship;
    }
    let id = method_id(method.value, did_document);
    list(did_document.get(relationship))
        .into_iter()
        .filter_map(Value::as_str)
        .any(|reference| absolute(reference, did_document) == id)
}

fn unfit(method: &Method<'_>, did_document: &Value, did: &str, alg: Algorithm, kind: Kind) -> Failure {
    let others: Vec<&str> =
        RELATIONSHIPS.into_iter().filter(|name| stands_under(method, did_document, name)).collect();
    let stands =
        if others.is_empty() { "no purpose".to_owned() } else { format!("{} only", others.join(" and ")) };
    Failure::new(format!(
        "no_suitable_keys: DID document for {did} does not have public keys suitable for {} with {} purpose: {} stands under {stands}",
        alg.as_str(),
        wanted_relationship(did_document, kind),
        method_id(method.value, did_document),
    ))
}

/// The one method that the token names: `iss` with a fragment, or a `kid` that is a DID URL (absolute or `#…`). A `kid`
/// of another form (a thumbprint, a number) narrows nothing.
fn named_method(jws: &Jws, issuer: &str, did: &str) -> Result<Option<String>, Failure> {
    let kid = match jws.header.kid.as_deref() {
        Some(kid) if kid.starts_with('#') => Some(format!("{did}{kid}")),
        Some(kid) if kid.starts_with("did:") && !same_did(did_of(kid), did) => {
            return Err(Failure::new(format!("invalid_jwt: No authenticator found for did URL {kid}")));
        }
        Some(kid) if kid.starts_with("did:") && kid.contains('#') => Some(kid.to_owned()),
        _ => None,
    };
    match (issuer.contains('#').then(|| issuer.to_owned()), kid) {
        // Said twice, and not the same.
        (Some(issuer), Some(kid))
            if issuer.split_once('#').map(|at| at.1) != kid.split_once('#').map(|at| at.1) =>
        {
            Err(Failure::new(format!("invalid_jwt: No authenticator found for did URL {kid}")))
        }
        (issuer, kid) => Ok(issuer.or(kid)),
    }
}

/// `verificationMethod`, the legacy `publicKey`, and methods embedded in the relationships. Of methods with the same id
/// the first counts, wherever they stand: an id must not lead to two keys.
fn methods(did_document: &Value) -> Vec<Method<'_>> {
    let mut seen: Vec<(String, &Value)> = Vec::new();
    let mut found: Vec<Method<'_>> = Vec::new();
    for member in ["verificationMethod", "publicKey"] {
        for value in list(did_document.get(member)).into_iter().filter(|method| method.is_object()) {
            let id = method_id(value, did_document);
            if found.len() < MAX_VERIFICATION_METHODS && !seen.iter().any(|(other, _)| *other == id) {
                seen.push((id, value));
                found.push(Method { value, embedded_in: None });
            }
        }
    }
    for relationship in RELATIONSHIPS {
        for value in list(did_document.get(relationship)).into_iter().filter(|method| method.is_object()) {
            let id = method_id(value, did_document);
            let is_another = seen.iter().any(|(other, listed)| *other == id && *listed != value);
            if found.len() < MAX_VERIFICATION_METHODS && !is_another {
                seen.push((id, value));
                found.push(Method { value, embedded_in: Some(relationship) });
            }
        }
    }
    found
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
