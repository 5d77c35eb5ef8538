//! SD-JWT VC (draft-ietf-oauth-sd-jwt-vc): credentials as SD-JWTs. Their issuer is a DID here, and its key is the one that `kid`
//! names in the DID's document: what the draft leaves to extensions.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Concealed, DISCLOSURES_MAX, Parts, SdJwtError, conceal, digest, disclose, salts};
use crate::did_url::did_of;
use crate::format::{Disclosure, Draft, SigningKey};
use crate::json::{list, text};
use crate::jwt::{self, Jws};
use crate::key::PublicKey;
use crate::time::Moment;
use crate::vc::{VcError, issuer_id, parse_date, subject_id};
use crate::verify::{
    self, CLOCK_SKEW_SECONDS, Check, CheckName, Failure, IssuerDocument, Options, Outcome, Verification,
};

/// `typ` of a credential, and of the drafts before.
const TYPES: [&str; 2] = ["dc+sd-jwt", "vc+sd-jwt"];
/// `typ` of the holder's token.
const KEY_BINDING: &str = "kb+jwt";
/// The proof type of the form that is shown.
const PROOF: &str = "SdJwtVc";
/// Claims that say who, of what kind and until when; they are never kept back (section 2.2.2.2 of the draft).
const OPEN: [&str; 9] =
    ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "credentialStatus"];
/// Claims that the issuer decides and attributes cannot set: these, and those above.
const DECIDED: [&str; 3] = ["iat", "sub", "id"];

/// A credential to issue.
#[derive(Debug, Clone)]
pub struct SdJwtVcInput<'a> {
    /// DID of the issuer.
    pub issuer_did: &'a str,
    /// Whom it is about.
    pub subject_did: &'a str,
    /// Its type.
    pub vct: &'a str,
    /// Claims.
    pub attributes: &'a Map<String, Value>,
    /// When it is issued.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// The holder's key: a JWK.
    pub holder_key: Option<&'a Value>,
    /// Its place in a Token Status List, as `status` says it.
    pub status: Option<&'a Value>,
    /// Its place in another status list.
    pub credential_status: Option<&'a Value>,
    /// JSON pointers to attributes that the holder may keep back.
    pub selectively_disclosable: &'a [String],
    /// Digests of nothing, so that their number says less.
    pub decoys: usize,
    /// One for each of both.
    pub salts: &'a [String],
}

/// The payload to sign, and its disclosures.
pub fn payload(input: &SdJwtVcInput<'_>) -> Result<Concealed, SdJwtError> {
    let is_decided = |name: &&String| DECIDED.contains(&name.as_str()) || OPEN.contains(&name.as_str());
    if let Some(name) = input.attributes.keys().find(is_decided) {
        return Err(SdJwtError::Claim(name.clone()));
    }
    for pointer in input.selectively_disclosable {
        let top = pointer.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if OPEN.contains(&top) {
            return Err(SdJwtError::Pointer(pointer.clone(), "readers need this claim"));
        }
    }
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), Value::from(input.issuer_did));
    claims.insert("iat".to_owned(), Value::from(input.issued_at.timestamp()));
    if let Some(end) = input.expires_at {
        claims.insert("exp".to_owned(), Value::from(end.timestamp()));
    }
    claims.insert("vct".to_owned(), Value::from(input.vct));
    claims.insert("sub".to_owned(), Value::from(input.subject_did));
    if let Some(key) = input.holder_key {
        PublicKey::from_jwk(key).map_err(|_| SdJwtError::Claim("cnf".to_owned()))?;
        claims.insert("cnf".to_owned(), json!({"jwk": key}));
    }
    if let Some(status) = input.status {
        claims.insert("status".to_owned(), status.clone());
    }
    if let Some(status) = input.credential_status {
        claims.insert("credentialStatus".to_owned(), status.clone());
    }
    claims.extend(input.attributes.iter().map(|(name, value)| (name.clone(), value.clone())));
    conceal(&claims, input.selectively_disclosable, input.salts, input.decoys)
}

/// The payload of a credential as it is built for every format: its subject's claims stand at the top. Members that have no place in
/// an SD-JWT VC are refused.
pub fn of_credential(credential: &Value, asked: &Disclosure) -> Result<Concealed, VcError> {
    const PLACES: [&str; 8] = [
        "@context",
        "type",
        "issuer",
        "credentialSubject",
        "issuanceDate",
        "expirationDate",
        "status",
        "credentialStatus",
    ];
    let members = credential.as_object().ok_or(VcError::Shape("the credential must be an object"))?;
    if let Some(name) = members.keys().find(|name| !PLACES.contains(&name.as_str())) {
        return Err(VcError::Reserved(name.clone()));
    }
    let subject =
        credential.get("credentialSubject").and_then(Value::as_object).ok_or(VcError::EmptySubject)?;
    let mut attributes = subject.clone();
    attributes.shift_remove("id");
    if attributes.is_empty() {
        return Err(VcError::EmptySubject);
    }
    let date = |name: &'static str| match text(credential, name) {
        None => Ok(None),
        Some(date) => parse_date(name, date).map(Moment::to_date),
    };
    if asked.seed.is_empty() {
        return Err(SdJwtError::Salts.into());
    }
    let decoys = usize::from(asked.decoys);
    let count =
        asked.selectively_disclosable.len().saturating_add(decoys).min(DISCLOSURES_MAX.saturating_add(1));
    let concealed = payload(&SdJwtVcInput {
        issuer_did: issuer_id(credential).ok_or(VcError::MissingIssuer)?,
        subject_did: subject_id(credential).unwrap_or_default(),
        vct: &asked.vct,
        attributes: &attributes,
        issued_at: date("issuanceDate")?.ok_or(VcError::Shape("the issuanceDate is missing"))?,
        expires_at: date("expirationDate")?,
        holder_key: asked.holder_key.as_ref(),
        status: members.get("status"),
        credential_status: members.get("credentialStatus"),
        selectively_disclosable: &asked.selectively_disclosable,
        decoys,
        salts: &salts(&asked.seed, count),
    })?;
    Ok(concealed)
}

/// The credential as its issuer's key is to sign it.
pub fn draft(concealed: &Concealed, by: &SigningKey<'_>) -> Draft {
    let header = json!({"alg": by.algorithm.as_str(), "typ": "dc+sd-jwt", "kid": by.verification_method});
    let payload = Value::Object(concealed.payload.clone());
    Draft::sd_jwt(&header, &payload, concealed.disclosures.clone())
}

/// The compact form in a document: the text itself, or that of the form that is shown.
pub(crate) fn compact_of(document: &Value) -> Option<&str> {
    match document {
        Value::String(compact) => Some(compact.as_str()).filter(|compact| compact.contains('~')),
        other => other.get("proof").and_then(|proof| text(proof, "sdJwt")),
    }
}

/// The token of the issuer: what stays the same whatever the holder keeps back.
pub(crate) fn mark_of(document: &Value) -> Option<&str> {
    compact_of(document)?.split('~').next()
}

/// A credential as it is shown: the claims that are disclosed, and the SD-JWT itself as `proof.sdJwt`. Checks no signature.
pub(crate) fn shown(compact: &str) -> Result<Value, SdJwtError> {
    let parts = Parts::cut(compact)?;
    let jws = jwt::parse(parts.issued).map_err(|_| SdJwtError::Format)?;
    let claims = disclose(&jws.claims, &parts.disclosures)?;
    Ok(document(claims, compact))
}

/// In the words of the data model, so that a history reads alike: `type`, `issuer`, `credentialSubject`.
fn document(mut claims: Map<String, Value>, compact: &str) -> Value {
    let mut shown = Map::new();
    let vct = claims.shift_remove("vct").unwrap_or_default();
    shown.insert("type".to_owned(), json!([vct]));
    shown.insert("vct".to_owned(), vct);
    if let Some(issuer) = claims.shift_remove("iss") {
        shown.insert("issuer".to_owned(), json!({"id": issuer}));
    }
    let mut subject = Map::new();
    if let Some(id) = claims.shift_remove("sub") {
        subject.insert("id".to_owned(), id);
    }
    let mut own = Map::new();
    for (name, value) in claims {
        let is_own = OPEN.contains(&name.as_str()) || name == "iat";
        let place = if is_own { &mut own } else { &mut subject };
        place.insert(name, value);
    }
    shown.insert("credentialSubject".to_owned(), Value::Object(subject));
    shown.extend(own);
    shown.insert("proof".to_owned(), json!({"type": PROOF, "sdJwt": compact}));
    Value::Object(shown)
}

/// The DID whose document verifies it: `iss`, or the DID of `kid` where there is none.
pub(crate) fn signer(compact: &str) -> Result<String, Failure> {
    let parts = Parts::cut(compact).map_err(failed)?;
    let jws = jwt::parse(parts.issued).map_err(|error| Failure::new(error.to_string()))?;
    signed_by(&jws).map(|id| did_of(&id).to_owned()).ok_or_else(|| {
        Failure::new("invalid_jwt: the SD-JWT names no issuer, neither by iss nor by the DID of its kid")
    })
}

fn signed_by(jws: &Jws) -> Option<String> {
    let iss = jws.claims.get("iss").and_then(Value::as_str).filter(|iss| !iss.is_empty());
    let kid = || jws.header.kid.as_deref().filter(|kid| kid.starts_with("did:"));
    iss.or_else(kid).map(str::to_owned)
}

#[expect(clippy::needless_pass_by_value, reason = "reads best as map_err(failed)")]
fn failed(error: SdJwtError) -> Failure {
    Failure::new(error.to_string())
}

/// The verdict. The holder's token is looked at where there is one, and wanted where a verifier names itself or its challenge.
pub(crate) fn verify(document: &Value, issuer: IssuerDocument<'_>, options: &Options) -> Verification {
    let unreadable = |failure: Failure| Verification::unreadable(CheckName::Format, &failure);
    let Some(compact) = compact_of(document) else { return unreadable(failed(SdJwtError::Format)) };
    let parts = match Parts::cut(compact) {
        Ok(parts) => parts,
        Err(error) => return unreadable(failed(error)),
    };
    let jws = match jwt::parse(parts.issued) {
        Ok(jws) => jws,
        Err(error) => return unreadable(Failure::new(error.to_string())),
    };
    if !is_type(&jws, &TYPES) {
        return unreadable(Failure::new("invalid_argument: the header's typ is not that of an SD-JWT VC"));
    }
    let claims = match disclose(&jws.claims, &parts.disclosures) {
        Ok(claims) => claims,
        Err(error) => return Verification::unreadable(CheckName::Consistency, &failed(error)),
    };
    let issuer_id = signed_by(&jws).unwrap_or_default();
    let did = did_of(&issuer_id).to_owned();
    let signed = verify::judge_signature(&jws, &issuer_id, issuer);
    let policies = options.policies;
    let shown = self::document(claims.clone(), compact);
    let binding = key_binding(&parts, &claims, options);
    let outcomes = [
        (CheckName::Format, Outcome::Passed),
        (CheckName::Consistency, Outcome::Passed),
        (CheckName::DidDocument, verify::judge_document(&did, issuer)),
        (CheckName::Signature, signed.signature),
        (CheckName::KeyPurpose, signed.purpose),
        (CheckName::NotBefore, on(policies.issuance_date, || not_before(&claims, options.at))),
        (CheckName::Expiration, on(policies.expiration_date, || expiration(&claims, options.at))),
        (CheckName::Audience, on(policies.audience, || binding.audience)),
        (CheckName::Challenge, binding.challenge),
        (CheckName::Structure, on(policies.format, || structure(&jws.claims, &claims))),
        (CheckName::Issuer, issuer_of(&jws, &claims, &did)),
        (CheckName::JsonMatch, json_match(document, &shown)),
    ];
    let checks = outcomes.map(|(name, outcome)| Check { name, outcome }).to_vec();
    let is_failed = checks.iter().any(|check| matches!(check.outcome, Outcome::Failed(_)));
    let verified = !is_failed && signed.signer.is_some();
    let issuer = (!did.is_empty()).then_some(did);
    Verification { verified, checks, issuer, signer: signed.signer, document: Some(shown) }
}

fn is_type(jws: &Jws, types: &[&str]) -> bool {
    let typ = jws.header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    types.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

fn on(is_on: bool, check: impl FnOnce() -> Outcome) -> Outcome {
    if is_on { check() } else { Outcome::Skipped }
}

fn no(sentence: impl Into<String>) -> Outcome {
    Outcome::Failed(Failure::new(sentence))
}

/// `nbf`, and `iat`, which says when it was signed.
fn not_before(claims: &Map<String, Value>, at: i64) -> Outcome {
    let latest = at.saturating_add(CLOCK_SKEW_SECONDS);
    for name in ["nbf", "iat"] {
        match claims.get(name).map(Moment::numeric_date) {
            Some(None) => return no(format!("invalid_jwt: {name} is not a time")),
            Some(Some(moment)) if moment > Moment::seconds(latest) => {
                return no(format!("invalid_jwt: JWT not valid before {name}"));
            }
            None | Some(Some(_)) => {}
        }
    }
    if claims.contains_key("nbf") || claims.contains_key("iat") { Outcome::Passed } else { Outcome::Skipped }
}

fn expiration(claims: &Map<String, Value>, at: i64) -> Outcome {
    let earliest = at.saturating_sub(CLOCK_SKEW_SECONDS);
    match claims.get("exp").map(Moment::numeric_date) {
        None => Outcome::Skipped,
        Some(None) => no("invalid_jwt: exp is not a time"),
        Some(Some(moment)) if moment > Moment::seconds(earliest) => Outcome::Passed,
        Some(Some(_)) => no("invalid_jwt: JWT has expired"),
    }
}

/// A type, and nothing of what readers need among what can be kept back: it is looked for in what was signed.
fn structure(payload: &Map<String, Value>, claims: &Map<String, Value>) -> Outcome {
    if let Some(name) = OPEN.iter().find(|name| claims.contains_key(**name) && !payload.contains_key(**name))
    {
        return no(format!("schema_error: {name} must not be selectively disclosable"));
    }
    match payload.get("vct").and_then(Value::as_str) {
        Some(vct) if !vct.is_empty() => Outcome::Passed,
        _ => no("schema_error: vct is missing"),
    }
}

fn issuer_of(jws: &Jws, claims: &Map<String, Value>, did: &str) -> Outcome {
    // Whoever reads the claims takes `iss` for the issuer, whatever it is and wherever it comes from.
    let said = jws.claims.get("iss");
    if claims.get("iss") != said || said.is_some_and(|iss| iss.as_str().is_none_or(str::is_empty)) {
        return no("invalid_credential: iss is no text, or is not among what was signed in the open");
    }
    let kid = jws.header.kid.as_deref().filter(|kid| kid.starts_with("did:"));
    if kid.is_some_and(|kid| !verify::same_did(did_of(kid), did)) {
        return no("invalid_credential: the key of another DID is named");
    }
    if did.is_empty() { no("invalid_jwt: the SD-JWT names no issuer") } else { Outcome::Passed }
}

fn json_match(document: &Value, shown: &Value) -> Outcome {
    if !document.is_object() {
        return Outcome::Skipped;
    }
    if crate::json::equal(document, shown) {
        Outcome::Passed
    } else {
        no("invalid_credential: Credential JSON does not match SD-JWT payload")
    }
}

struct KeyBinding {
    audience: Outcome,
    challenge: Outcome,
}

impl KeyBinding {
    fn failed(sentence: &str) -> Self {
        Self { audience: Outcome::Skipped, challenge: no(sentence) }
    }
}

/// The holder's token (RFC 9901, section 7.3): by the key that the issuer named, over exactly what is presented, for this verifier and
/// this challenge.
fn key_binding(parts: &Parts<'_>, claims: &Map<String, Value>, options: &Options) -> KeyBinding {
    let is_wanted = options.challenge.is_some() || !options.audience.is_empty();
    let Some(token) = parts.key_binding else {
        return if is_wanted {
            KeyBinding::failed("auth_error: the SD-JWT is presented without a key binding")
        } else {
            KeyBinding { audience: Outcome::Skipped, challenge: Outcome::Skipped }
        };
    };
    let Ok(jws) = jwt::parse(token) else {
        return KeyBinding::failed("auth_error: the key binding is no JWT");
    };
    let key = claims.get("cnf").and_then(|cnf| cnf.get("jwk")).and_then(|jwk| PublicKey::from_jwk(jwk).ok());
    let Some(key) = key else {
        return KeyBinding::failed("auth_error: the credential names no holder's key");
    };
    let is_of_key =
        key.algorithm() == Some(jws.header.alg) && key.verify(&jws.signing_input, &jws.signature).is_ok();
    if !is_type(&jws, &[KEY_BINDING]) || !is_of_key {
        return KeyBinding::failed("auth_error: the key binding is not that of the holder's key");
    }
    if jws.claims.get("sd_hash").and_then(Value::as_str) != Some(&digest(parts.presented)) {
        return KeyBinding::failed("auth_error: the key binding is of something else than is presented");
    }
    let latest = options.at.saturating_add(CLOCK_SKEW_SECONDS);
    let issued = jws.claims.get("iat").and_then(Moment::numeric_date);
    if issued.is_none_or(|issued| issued > Moment::seconds(latest)) {
        return KeyBinding::failed("auth_error: the iat of the key binding is missing or of the future");
    }
    let nonce = jws.claims.get("nonce").and_then(Value::as_str);
    let challenge = match (nonce, options.challenge.as_deref()) {
        (None, _) => no("auth_error: the key binding has no nonce"),
        (Some(nonce), Some(wanted)) if nonce != wanted => {
            no("auth_error: the key binding does not answer the challenge")
        }
        (Some(_), Some(_)) => Outcome::Passed,
        // Nobody said what it should answer.
        (Some(_), None) => Outcome::Skipped,
    };
    let named = list(jws.claims.get("aud"));
    let is_named = |own: &String| named.iter().any(|name| name.as_str() == Some(own));
    let audience = if named.is_empty() {
        no("auth_error: the key binding has no aud")
    } else if options.audience.is_empty() {
        Outcome::Skipped
    } else if options.audience.iter().any(is_named) {
        Outcome::Passed
    } else {
        no("invalid_config: JWT audience does not match your DID or callback url")
    };
    KeyBinding { audience, challenge }
}
