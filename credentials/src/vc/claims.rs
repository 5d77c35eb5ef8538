//! Credential or presentation → JWT claims (docs/credentials.md#claims-of-a-jwt).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{
    CREDENTIALS_V1, VERIFIABLE_CREDENTIAL, VERIFIABLE_PRESENTATION, VcError, compact_of, parse_date,
    validate_claims, with_first,
};
use crate::json::truthy;

/// Members that move into `vc` after the subject, in this order.
pub(super) const MOVED_INTO_VC: [&str; 5] =
    ["evidence", "termsOfUse", "refreshService", "credentialSchema", "credentialStatus"];

/// The claims of a credential signed by `issuer_did`, in the byte order of did-jwt-vc: `exp`, `vc`,
/// what was left over, `sub`, `jti`, `nbf`, `iss`. Validates the result. A date that cannot be read is refused
/// (did-jwt-vc drops it, which would make an expiring credential eternal).
pub fn jwt_claims(credential: &Value, issuer_did: &str) -> Result<Value, VcError> {
    let mut rest =
        credential.as_object().cloned().ok_or(VcError::Shape("the credential must be an object"))?;
    if issuer_did.is_empty() {
        return Err(VcError::MissingIssuer);
    }
    let mut vc = Map::new();
    vc.insert("@context".to_owned(), with_first(CREDENTIALS_V1, take_list(&mut rest, "@context")));
    vc.insert("type".to_owned(), with_first(VERIFIABLE_CREDENTIAL, take_list(&mut rest, "type")));

    let mut subject = match rest.shift_remove("credentialSubject") {
        Some(Value::Object(subject)) => subject,
        Some(Value::Array(_)) => return Err(VcError::SubjectArray),
        _ => return Err(VcError::EmptySubject),
    };
    let sub = subject.shift_remove("id").filter(truthy);
    vc.insert("credentialSubject".to_owned(), Value::Object(subject));
    for name in MOVED_INTO_VC {
        if let Some(value) = rest.shift_remove(name).filter(truthy) {
            vc.insert(name.to_owned(), value);
        }
    }
    let exp = take_date(&mut rest, "expirationDate")?;
    let nbf = take_date(&mut rest, "issuanceDate")?;
    let jti = rest.shift_remove("id").filter(truthy);
    // What an issuer object says besides its id stays a claim, at the place it had.
    match rest.get_mut("issuer") {
        Some(Value::Object(issuer)) if issuer.keys().any(|name| name != "id") => {
            issuer.shift_remove("id");
        }
        _ => {
            rest.shift_remove("issuer");
        }
    }
    rest.shift_remove("proof");

    let mut claims = Map::new();
    put(&mut claims, "exp", exp.map(Value::from));
    claims.insert("vc".to_owned(), Value::Object(vc));
    claims.extend(rest);
    put(&mut claims, "sub", sub);
    put(&mut claims, "jti", jti);
    put(&mut claims, "nbf", nbf.map(Value::from));
    put(&mut claims, "iss", Some(Value::from(issuer_did)));
    validate_claims(&claims)?;
    Ok(Value::Object(claims))
}

/// What `POST /presentation/create` signs.
#[derive(Debug, Clone)]
pub struct PresentationInput<'a> {
    /// DID of the holder (`iss`).
    pub holder_did: &'a str,
    /// Credentials, as JSON or as compact JWT.
    pub credentials: &'a [Value],
    /// Intended verifiers (`aud`).
    pub verifiers: &'a [String],
    /// The verifier's challenge (`nonce`).
    pub challenge: Option<&'a str>,
    /// When it is made.
    pub issuance_date: DateTime<Utc>,
}

/// The claims of a presentation: `vp`, `nbf`, `iss`, then `nonce` and `aud` when given. A credential with a JWT proof is
/// put in as its compact JWT.
pub fn presentation_claims(input: &PresentationInput<'_>) -> Result<Value, VcError> {
    if input.holder_did.is_empty() {
        return Err(VcError::MissingHolder);
    }
    let credentials = input
        .credentials
        .iter()
        .map(|credential| compact_of(credential).map_or_else(|| credential.clone(), Value::from))
        .collect::<Vec<_>>();
    let mut vp = Map::new();
    vp.insert("@context".to_owned(), with_first(CREDENTIALS_V1, Vec::new()));
    vp.insert("type".to_owned(), with_first(VERIFIABLE_PRESENTATION, Vec::new()));
    vp.insert("verifiableCredential".to_owned(), Value::Array(credentials));
    let mut audience = Vec::new();
    for verifier in input.verifiers {
        crate::json::push_unique(&mut audience, Value::from(verifier.as_str()));
    }

    let mut claims = Map::new();
    claims.insert("vp".to_owned(), Value::Object(vp));
    put(&mut claims, "nbf", Some(Value::from(input.issuance_date.timestamp())));
    put(&mut claims, "iss", Some(Value::from(input.holder_did)));
    put(&mut claims, "nonce", input.challenge.map(Value::from));
    put(
        &mut claims,
        "aud",
        Some(Value::Array(audience)).filter(|audience| *audience != Value::Array(Vec::new())),
    );
    validate_claims(&claims)?;
    Ok(Value::Object(claims))
}

/// Writes a claim at the end, replacing a leftover member of the same name.
fn put(claims: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        claims.shift_remove(name);
        claims.insert(name.to_owned(), value);
    }
}

fn take_list(rest: &mut Map<String, Value>, name: &str) -> Vec<Value> {
    match rest.shift_remove(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
    }
}

fn take_date(rest: &mut Map<String, Value>, member: &'static str) -> Result<Option<i64>, VcError> {
    match rest.shift_remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(date)) => parse_date(member, &date).map(|moment| Some(moment.floor())),
        Some(other) => Err(VcError::Date { member, value: other.to_string().chars().take(64).collect() }),
    }
}
