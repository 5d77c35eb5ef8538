//! What callers hand in when they mean a credential or a presentation, and where the line is between one that does not hold
//! (a verdict) and what is none at all.
//!
//! Accepted are a compact JWT, the JSON form with its `proof.jwt`, the VCDM 2.0 envelope and its data URL alone, and any of
//! them once more as a JSON text, with blanks and a byte order mark around. A token that can still be recognised is
//! looked at, however damaged: telling that it does not hold is the answer that was asked for.

use domain::json;
use serde_json::{Map, Value};

use crate::json::{list, text};
use crate::jwt::{self, JwtError};
use crate::vc::{
    self, ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION, JWT_PROOF_2020, VERIFIABLE_CREDENTIAL,
    VERIFIABLE_PRESENTATION,
};
use crate::verify::Kind;

domain::limits! {
    /// How often a JSON text may be wrapped in another one.
    QUOTATIONS_MAX: usize = 3, "levels";
}

/// Linked Data proofs, in the words of the contract; Data Integrity proofs come beside them.
const LD_PROOFS: [&str; 3] = ["Ed25519Signature2018", "Ed25519Signature2020", "JsonWebSignature2020"];

/// Why there is nothing to look at. The sentences are for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Nothing was handed in.
    #[error("{0}")]
    Missing(&'static str),
    /// It is neither a credential nor a presentation, whichever was asked for.
    #[error("{0}")]
    Other(String),
    /// It is one, but secured in a way that is not read here.
    #[error("This version of Studio reads JWTs (JwtProof2020, vc+jwt) and JSON-LD with one proof, not {0}.")]
    Unsupported(String),
}

/// What was handed in, as the compact JWT (a text) or the JSON around one. [`vc::compact_of`] finds the token in it.
pub fn accept(given: &Value, kind: Kind) -> Result<Value, NotSigned> {
    unwrapped(given, kind, 0)
}

fn unwrapped(given: &Value, kind: Kind, quotations: usize) -> Result<Value, NotSigned> {
    let words = Words::of(kind);
    match given {
        Value::Null => Err(NotSigned::Missing(words.missing)),
        Value::String(given) => {
            let given = given.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            if given.is_empty() {
                return Err(NotSigned::Missing(words.missing));
            }
            if given.starts_with(['{', '"']) && quotations < QUOTATIONS_MAX {
                let inner = json::read(given.as_bytes())
                    .map_err(|why| NotSigned::Other(format!("{} is not valid JSON: {why}", words.name)))?;
                return unwrapped(&inner, kind, quotations + 1);
            }
            if is_data_url(given) {
                return enveloped(given, kind).map(Value::from);
            }
            require_token(given, kind).map_err(|reason| {
                reason.told(|why| format!("{} is not a valid JWT string: {why}", words.name))
            })?;
            Ok(Value::from(given))
        }
        Value::Object(members) => object(members, kind),
        _ => Err(NotSigned::Other(format!("{} should be a JWT string or an object", words.member))),
    }
}

/// The contract's words.
struct Words {
    name: &'static str,
    member: &'static str,
    missing: &'static str,
    claim: &'static str,
    base_type: &'static str,
    envelope: &'static str,
    /// Media types of a data URL (W3C VC-JOSE-COSE section 6.1, and the names of its drafts).
    media_types: [&'static str; 3],
}

impl Words {
    const fn of(kind: Kind) -> &'static Self {
        match kind {
            Kind::Credential => &Self {
                name: "Credential",
                member: "credential",
                missing: "W3c verifiable credential was not provided",
                claim: "vc",
                base_type: VERIFIABLE_CREDENTIAL,
                envelope: ENVELOPED_CREDENTIAL,
                media_types: ["application/vc+jwt", "application/vc+ld+json+jwt", "application/jwt"],
            },
            Kind::Presentation => &Self {
                name: "Presentation",
                member: "presentation",
                missing: "W3c verifiable presentation was not provided",
                claim: "vp",
                base_type: VERIFIABLE_PRESENTATION,
                envelope: ENVELOPED_PRESENTATION,
                media_types: ["application/vp+jwt", "application/vp+ld+json+jwt", "application/jwt"],
            },
        }
    }
}

/// What is wrong with a token, before it has been said where it stood.
enum NoToken {
    Other(String),
    Unsupported(&'static str),
}

impl NoToken {
    fn told(self, sentence: impl FnOnce(String) -> String) -> NotSigned {
        match self {
            Self::Other(why) => NotSigned::Other(sentence(why)),
            Self::Unsupported(format) => NotSigned::Unsupported(format.to_owned()),
        }
    }
}

/// A text that is recognisably a token of this kind: its payload says so, or can no longer be read while the header can.
fn require_token(compact: &str, kind: Kind) -> Result<(), NoToken> {
    if compact.contains('~') && compact.split('~').next().is_some_and(|issued| jwt::cut(issued).is_ok()) {
        return match kind {
            Kind::Credential => Ok(()),
            Kind::Presentation => Err(NoToken::Unsupported("SD-JWT")),
        };
    }
    let other = |error: JwtError| NoToken::Other(error.to_string());
    let token = jwt::cut(compact).map_err(other)?;
    match (&token.header, &token.claims) {
        (_, Ok(claims)) if is_of_kind(claims, kind) => Ok(()),
        (_, Ok(_)) => Err(NoToken::Other(match kind {
            Kind::Credential => "JWT does not contain a verifiable credential".to_owned(),
            Kind::Presentation => "JWT does not contain a verifiable presentation".to_owned(),
        })),
        // A payload that says something twice, or more than is read, is no less a payload.
        (_, Err(JwtError::Refused(..))) => Ok(()),
        (Ok(header), Err(_)) if header.contains_key("alg") => Ok(()),
        (_, Err(error)) => Err(other(error.clone())),
    }
}

/// Whether a payload speaks of a credential (presentation): in its `vc` (`vp`) claim, or by being one (VC-JOSE-COSE).
fn is_of_kind(claims: &Map<String, Value>, kind: Kind) -> bool {
    let words = Words::of(kind);
    let inner = claims.get(words.claim);
    let speaks = match inner {
        Some(inner) => inner.is_object(),
        None => list(claims.get("type")).iter().any(|name| name.as_str() == Some(words.base_type)),
    };
    let subject = || {
        [claims.get("credentialSubject"), inner.and_then(|inner| inner.get("credentialSubject"))]
            .into_iter()
            .flatten()
            .any(|subject| !subject.is_null())
    };
    speaks && (kind == Kind::Presentation || subject())
}

fn is_data_url(given: &str) -> bool {
    given.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// Media type (in lower case) and content of a data URL (RFC 2397). Parameters mean nothing for a JWT.
fn data_url(url: &str) -> Option<(String, &str)> {
    let rest = url.get(5..).filter(|_| is_data_url(url))?;
    let (head, content) = rest.split_once(',')?;
    let media_type = head.split(';').next().unwrap_or_default();
    Some((media_type.trim().to_ascii_lowercase(), content.trim()))
}

/// The token in the data URL of an envelope.
pub(crate) fn token_of_data_url(url: &str) -> Option<&str> {
    let (media_type, token) = data_url(url)?;
    let known = [Kind::Credential, Kind::Presentation].map(|kind| Words::of(kind).media_types).concat();
    known.contains(&media_type.as_str()).then_some(token)
}

/// The token of a data URL of this kind.
fn enveloped(url: &str, kind: Kind) -> Result<&str, NotSigned> {
    let words = Words::of(kind);
    let sentence = |why: String| format!("{} is not a valid envelope: {why}", words.name);
    let other = |why: String| NotSigned::Other(sentence(why));
    let (media_type, token) = data_url(url).ok_or_else(|| other("its id is not a data URL".to_owned()))?;
    if !words.media_types.contains(&media_type.as_str()) {
        let known = ["sd-jwt", "cose", "mso_mdoc"];
        return Err(if known.iter().any(|format| media_type.contains(format)) {
            NotSigned::Unsupported(media_type.chars().take(64).collect())
        } else {
            other(format!(
                "{} does not hold a {}",
                media_type.chars().take(64).collect::<String>(),
                words.member
            ))
        });
    }
    require_token(token, kind).map_err(|reason| reason.told(sentence))?;
    Ok(token)
}

fn object(members: &Map<String, Value>, kind: Kind) -> Result<Value, NotSigned> {
    let words = Words::of(kind);
    let present = |name: &str| members.get(name).filter(|value| !value.is_null());
    if present("proof").is_none()
        && list(members.get("type")).iter().any(|name| name.as_str() == Some(words.envelope))
    {
        enveloped(members.get("id").and_then(Value::as_str).unwrap_or_default(), kind)?;
        return Ok(Value::Object(members.clone()));
    }
    if kind == Kind::Presentation {
        return presentation(members);
    }
    let required = |name: &str| NotSigned::Other(format!("credential.{name} is required"));
    let issuer = present("issuer").ok_or_else(|| required("issuer"))?;
    if issuer.as_str().or_else(|| text(issuer, "id")).is_none_or(str::is_empty) {
        return Err(NotSigned::Other(
            "credential.issuer should be a DID or an object with its id".to_owned(),
        ));
    }
    let is_sd_jwt = present("proof").is_some_and(|proof| proof.get("sdJwt").is_some());
    let is_dated = is_sd_jwt || ["issuanceDate", "validFrom"].iter().any(|name| present(name).is_some());
    // The data model 2.0 leaves the date free.
    if !is_dated
        && !list(members.get("@context")).iter().any(|name| name.as_str() == Some(vc::CREDENTIALS_V2))
    {
        return Err(required("issuanceDate"));
    }
    present("credentialSubject").ok_or_else(|| required("credentialSubject"))?;
    let proof = present("proof").ok_or_else(|| required("proof"))?;
    let (proof, alone) = single(proof).map_err(|why| why.unwrap_or_else(|| required("proof")))?;
    require_proof(proof)?;
    Ok(with_proof(members, proof, alone))
}

/// The proof of a document that has one, and whether it stood in a list; `None` if that was empty.
fn single(proof: &Value) -> Result<(&Value, bool), Option<NotSigned>> {
    match proof {
        Value::Array(proofs) => match proofs.as_slice() {
            [proof] => Ok((proof, true)),
            [] => Err(None),
            _ => Err(Some(NotSigned::Unsupported("several proofs".to_owned()))),
        },
        proof => Ok((proof, false)),
    }
}

fn with_proof(members: &Map<String, Value>, proof: &Value, alone: bool) -> Value {
    let mut members = members.clone();
    if alone {
        members.insert("proof".to_owned(), proof.clone());
    }
    Value::Object(members)
}

fn presentation(members: &Map<String, Value>) -> Result<Value, NotSigned> {
    let present = |name: &str| members.get(name).filter(|value| !value.is_null());
    let required = |name: &str| NotSigned::Other(format!("Presentation {name} is required"));
    let proof = present("proof").ok_or_else(|| required("proof"))?;
    let wrong = |why: String| format!("Presentation proof has validation errors: {why}");
    let (proof, alone) = single(proof).map_err(|why| why.unwrap_or_else(|| required("proof")))?;
    match jwt_proof(proof, Kind::Presentation) {
        Ok(()) => {}
        Err(NoToken::Other(_)) if ld_proof(proof).is_ok() => {}
        Err(reason) => return Err(reason.told(wrong)),
    }
    for name in ["verifiableCredential", "holder"] {
        present(name).ok_or_else(|| required(name))?;
    }
    Ok(with_proof(members, proof, alone))
}

/// A JWT proof, a Data Integrity proof, or one of the Linked Data proofs before those.
fn require_proof(proof: &Value) -> Result<(), NotSigned> {
    if let Some(compact) = member(proof, "sdJwt") {
        return require_token(compact, Kind::Credential).map_err(|reason| {
            reason.told(|why| format!("credential.proof has validation errors: SD-JWT is invalid: {why}"))
        });
    }
    let reason = match jwt_proof(proof, Kind::Credential) {
        Ok(()) => return Ok(()),
        Err(NoToken::Unsupported(format)) => return Err(NotSigned::Unsupported(format.to_owned())),
        Err(NoToken::Other(reason)) => reason,
    };
    match ld_proof(proof) {
        Ok(()) => Ok(()),
        Err(ld) => Err(NotSigned::Other(format!("credential.proof has validation errors: {reason}, {ld}"))),
    }
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    text(value, name).filter(|text| !text.is_empty())
}

fn jwt_proof(proof: &Value, kind: Kind) -> Result<(), NoToken> {
    let other = |sentence: &str| Err(NoToken::Other(sentence.to_owned()));
    let Some(token) = member(proof, "jwt") else { return other("JWT is required") };
    match member(proof, "type") {
        None => return other("Proof type is required"),
        Some(JWT_PROOF_2020) => {}
        Some(_) => return other("Only JwtProof2020 proof type is supported"),
    }
    require_token(token, kind).map_err(|reason| match reason {
        NoToken::Other(why) => NoToken::Other(format!("JWT is invalid: {why}")),
        unsupported @ NoToken::Unsupported(_) => unsupported,
    })
}

fn ld_proof(proof: &Value) -> Result<(), String> {
    let kind = member(proof, "type").ok_or("Proof.type is required")?;
    let needed: &[&str] = match kind {
        "DataIntegrityProof" => &["cryptosuite", "proofPurpose", "verificationMethod"],
        kind if LD_PROOFS.contains(&kind) => &["created", "proofPurpose", "verificationMethod"],
        _ => return Err(format!("Only {} proof types are supported", LD_PROOFS.join(", "))),
    };
    for name in needed {
        if member(proof, name).is_none() {
            return Err(format!("Proof.{name} is required"));
        }
    }
    match member(proof, "proofValue").or(member(proof, "jws")) {
        Some(_) => Ok(()),
        None => Err("Proof.proofValue or Proof.jws is required".to_owned()),
    }
}
