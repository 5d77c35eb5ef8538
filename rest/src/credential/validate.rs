//! Is this a credential at all? The contract's rules before anything is verified (docs/api.md#bodies).

use crate::{Input, check::did_sentence, input::invalid};
use app::Fault;
use credentials::{jwt, vc};
use serde_json::Value;

const NAME: &str = "credential";
const LD_PROOFS: [&str; 3] = ["Ed25519Signature2018", "Ed25519Signature2020", "JsonWebSignature2020"];

/// `credential` of a request: a compact JWT or an object with its proof. Fault `credential/format-unsupported` for proofs
/// that are credentials, but not read here.
pub(super) fn credential(input: &Input) -> Result<Value, Fault> {
    match input.value(NAME) {
        None | Some(Value::Null) => Err(invalid(NAME, "W3c verifiable credential was not provided")),
        Some(Value::String(text)) => {
            let text = text.trim();
            compact(text)
                .map_err(|reason| invalid(NAME, format!("Credential is not a valid JWT string: {reason}")))?;
            Ok(Value::from(text))
        }
        Some(object @ Value::Object(_)) => {
            self::object(&object).map_err(|sentence| invalid(NAME, sentence))?;
            if vc::compact_of(&object).is_none() {
                return Err(Fault::invalid(
                    "credential/format-unsupported",
                    "Only JWT proofs (JwtProof2020) are read by this version of Studio.",
                )
                .with("field", NAME));
            }
            Ok(object)
        }
        Some(_) => Err(invalid(NAME, "credential should be a JWT string or an object")),
    }
}

fn compact(text: &str) -> Result<(), String> {
    let jws = jwt::parse(text).map_err(|error| error.to_string())?;
    let claims = &jws.claims;
    let bare = claims.get("type").is_some_and(|kind| kind.to_string().contains(vc::VERIFIABLE_CREDENTIAL));
    let body = match claims.get("vc") {
        Some(vc) => vc.get("credentialSubject"),
        None if bare => claims.get("credentialSubject"),
        None => None,
    };
    if body.is_none() {
        return Err("JWT does not contain a verifiable credential".to_owned());
    }
    if claims.contains_key("vc") && claims.get("nbf").and_then(Value::as_f64).is_none() {
        return Err("Invalid time value".to_owned());
    }
    vc::normalise(text).map(|_| ()).map_err(|error| error.to_string())
}

fn object(credential: &Value) -> Result<(), String> {
    let present = |name: &str| credential.get(name).filter(|value| !value.is_null());
    if present("issuer").is_none() {
        return Err("credential.issuer is required".to_owned());
    }
    if present("issuanceDate").or(present("validFrom")).is_none() {
        return Err("credential.issuanceDate is required".to_owned());
    }
    if present("credentialSubject").is_none() {
        return Err("credential.credentialSubject is required".to_owned());
    }
    let proof = present("proof").ok_or("credential.proof is required")?;
    if let (Err(jwt), Err(ld)) = (jwt_proof(proof), ld_proof(proof)) {
        return Err(format!("credential.proof has validation errors: {jwt}, {ld}"));
    }
    let issuer = vc::issuer_id(credential).unwrap_or_default();
    if let Some(sentence) = did_sentence(issuer) {
        return Err(format!("credential.issuer has validation errors: {sentence}"));
    }
    match present("credentialStatus") {
        None => Ok(()),
        Some(Value::Array(entries)) => entries.iter().try_for_each(status),
        Some(entry) => status(entry),
    }
    .map_err(|sentence| format!("credential.credentialStatus has validation error: {sentence}"))
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn jwt_proof(proof: &Value) -> Result<(), String> {
    let Some(token) = member(proof, "jwt") else { return Err("JWT is required".to_owned()) };
    match member(proof, "type") {
        None => return Err("Proof type is required".to_owned()),
        Some(vc::JWT_PROOF_2020) => {}
        Some(_) => return Err("Only JwtProof2020 proof type is supported".to_owned()),
    }
    compact(token).map_err(|reason| format!("JWT is invalid: {reason}"))
}

fn ld_proof(proof: &Value) -> Result<(), String> {
    let kind = member(proof, "type").ok_or("Proof.type is required")?;
    if !LD_PROOFS.contains(&kind) {
        return Err(format!("Only {} proof types are supported", LD_PROOFS.join(", ")));
    }
    for name in ["created", "proofPurpose", "verificationMethod"] {
        if member(proof, name).is_none() {
            return Err(format!("Proof.{name} is required"));
        }
    }
    match member(proof, "proofValue").or(member(proof, "jws")) {
        Some(_) => Ok(()),
        None => Err("Proof.proofValue or Proof.jws is required".to_owned()),
    }
}

fn status(entry: &Value) -> Result<(), String> {
    let required = |name: &str| {
        let value = entry
            .get(name)
            .filter(|value| value.is_number() || value.as_str().is_some_and(|t| !t.is_empty()));
        value.map(|_| ()).ok_or_else(|| format!("credentialStatus.{name} is required"))
    };
    for name in ["id", "type", "statusPurpose", "statusListIndex"] {
        // A Bitstring entry may name its list instead of itself (W3C).
        if name == "id" && entry.get("statusListCredential").is_some() {
            continue;
        }
        required(name)?;
    }
    let purpose = member(entry, "statusPurpose").unwrap_or_default();
    match member(entry, "type") {
        Some("BitstringStatusListEntry") => {
            if ["refresh", "revocation", "suspension", "message"].contains(&purpose) {
                return Ok(());
            }
            Err("credentialStatus.statusPurpose must be one of refresh, revocation, suspension, message"
                .to_owned())
        }
        _ if ["revocation", "suspension"].contains(&purpose) => Ok(()),
        _ => Err("credentialStatus.statusPurpose must be \"revocation\" or \"suspension\"".to_owned()),
    }
}
