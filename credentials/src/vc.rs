//! Verifiable credentials and presentations as JSON, and their JWT form the way did-jwt-vc/Veramo and cheqd Studio
//! map them (docs/credentials.md#claims-of-a-jwt). Issuing writes VCDM 1.1; reading also accepts VCDM 2.0 content.

mod claims;
mod normalise;

pub use claims::{PresentationInput, jwt_claims, presentation_claims};
pub(crate) use normalise::normalise_presentation_claims;
pub use normalise::{normalise, normalise_claims, normalise_presentation};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::format::DataModel;
use crate::format::{Draft, SigningKey};
use crate::json::{insert_some, list, push_unique, text, texts};
use crate::status_list;
use crate::time::Moment;

/// The VCDM 1.1 context.
pub const CREDENTIALS_V1: &str = "https://www.w3.org/2018/credentials/v1";
/// The VCDM 2.0 context.
pub const CREDENTIALS_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// Context of `StatusList2021Entry`.
pub const STATUS_LIST_2021_CONTEXT: &str = "https://w3id.org/vc-status-list-2021/v1";
/// Context of `BitstringStatusListEntry`.
pub const BITSTRING_STATUS_CONTEXT: &str = "https://www.w3.org/ns/credentials/status/v1";
/// The type every credential has.
pub const VERIFIABLE_CREDENTIAL: &str = "VerifiableCredential";
/// The type every presentation has.
pub const VERIFIABLE_PRESENTATION: &str = "VerifiablePresentation";
/// The synthetic proof type of a normalised JWT.
pub const JWT_PROOF_2020: &str = "JwtProof2020";
/// The enveloping type of VCDM 2.0 for a credential.
pub const ENVELOPED_CREDENTIAL: &str = "EnvelopedVerifiableCredential";
/// The enveloping type of VCDM 2.0 for a presentation.
pub const ENVELOPED_PRESENTATION: &str = "EnvelopedVerifiablePresentation";

/// Members that a caller's extra members may not set: they are decided by the issuer, or are claims of the JWT itself.
const RESERVED_MEMBERS: [&str; 19] = [
    "@context",
    "type",
    "issuer",
    "credentialSubject",
    "credentialStatus",
    "credentialSchema",
    "issuanceDate",
    "expirationDate",
    "validFrom",
    "validUntil",
    "proof",
    "vc",
    "vp",
    "iss",
    "sub",
    "nbf",
    "exp",
    "iat",
    "jti",
];

/// Why a credential or presentation cannot be built or read. Texts of `schema_error` and `invalid_argument` are those of
/// did-jwt-vc and Veramo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VcError {
    /// `@context` lacks the credentials context.
    #[error("schema_error: @context is missing default context \"{CREDENTIALS_V1}\"")]
    MissingContext,
    /// `type` lacks the base type.
    #[error("schema_error: type is missing default \"{0}\"")]
    MissingType(&'static str),
    /// The subject has no claims besides its id.
    #[error("schema_error: credentialSubject must not be empty")]
    EmptySubject,
    /// A credential for a list of subjects has no JWT form.
    #[error("credentialSubject of type array not supported")]
    SubjectArray,
    /// A time claim out of range.
    #[error("schema_error: \"{0}\" is not a unix timestamp in seconds")]
    Timestamp(String),
    /// A date member that is not an RFC 3339 date-time.
    #[error("schema_error: \"{value}\" is not a valid time in {member}")]
    Date {
        /// The member.
        member: &'static str,
        /// What it holds (cut to 64 characters).
        value: String,
    },
    /// No issuer in the credential and none given.
    #[error("invalid_argument: credential.issuer must not be empty")]
    MissingIssuer,
    /// No holder given.
    #[error("invalid_argument: presentation.holder must not be empty")]
    MissingHolder,
    /// The caller tried to set a member that the issuer decides.
    #[error("invalid_argument: {0} cannot be set by the caller")]
    Reserved(String),
    /// Not an object, or a member of the wrong kind.
    #[error("invalid_argument: {0}")]
    Shape(&'static str),
    /// A format that this version does not write or read.
    #[error(
        "not_supported: Credentials in the format {0} are neither issued nor verified by this version of Studio."
    )]
    Unsupported(&'static str),
    /// What it says cannot be put into a form that is signed.
    #[error("invalid_json_ld: {0}.")]
    JsonLd(#[from] crate::json_ld::LdError),
    /// The cryptosuite and the key do not fit together.
    #[error("invalid_argument: {suite} does not sign with a key of the type {method_type} ({algorithm})")]
    Suite {
        /// The cryptosuite.
        suite: &'static str,
        /// The type of the verification method.
        method_type: String,
        /// The algorithm of its key.
        algorithm: &'static str,
    },
    /// The SD-JWT cannot be read or made.
    #[error(transparent)]
    SdJwt(#[from] crate::sd_jwt::SdJwtError),
    /// The JWT cannot be read.
    #[error(transparent)]
    Jwt(#[from] crate::jwt::JwtError),
}

/// What `POST /credential/issue` turns into a credential (docs/credentials.md#issuing).
#[derive(Debug, Clone)]
pub struct IssueInput<'a> {
    /// DID of the issuer.
    pub issuer_did: &'a str,
    /// DID of the subject.
    pub subject_did: &'a str,
    /// Claims about the subject; an `id` among them wins over `subject_did`, as in cheqd Studio.
    pub attributes: &'a Map<String, Value>,
    /// Contexts of the caller.
    pub contexts: &'a [String],
    /// Types of the caller.
    pub types: &'a [String],
    /// When it is issued.
    pub issuance_date: DateTime<Utc>,
    /// By which data model.
    pub data_model: DataModel,
    /// RFC 3339 text as given by the caller.
    pub expiration_date: Option<&'a str>,
    /// The raw value of the request (a string in cheqd Studio).
    pub credential_schema: Option<Value>,
    /// A ready status entry; its context is added.
    pub credential_status: Option<Value>,
    /// Everything else of the request body (`termsOfUse`, `evidence`, `id`, …).
    pub extra: &'a Map<String, Value>,
}

/// Builds the credential to sign. Members come in the order cheqd Studio writes them; the default context and type are
/// first and nothing is listed twice. Refuses extra members that would override what the issuer decides.
pub fn build_credential(input: &IssueInput<'_>) -> Result<Value, VcError> {
    if let Some(name) = input.extra.keys().find(|name| RESERVED_MEMBERS.contains(&name.as_str())) {
        return Err(VcError::Reserved(name.clone()));
    }
    let mut subject = Map::new();
    subject.insert("id".to_owned(), Value::from(input.subject_did));
    subject.extend(input.attributes.iter().map(|(name, value)| (name.clone(), value.clone())));

    let mut contexts: Vec<Value> =
        input.contexts.iter().map(|context| Value::from(context.as_str())).collect();
    let entry = list(input.credential_status.as_ref()).first().copied();
    if let Some(list_type) = entry.and_then(|entry| text(entry, "type")).and_then(status_list::of_entry) {
        contexts.extend(status_list::format(list_type).entry_context().map(Value::from));
    }
    let types = input.types.iter().map(|kind| Value::from(kind.as_str())).collect();
    if let Some(date) = input.expiration_date {
        parse_date("expirationDate", date)?;
    }

    let mut credential = Map::new();
    credential.insert("@context".to_owned(), with_first(input.data_model.context(), contexts));
    credential.insert("type".to_owned(), with_first(VERIFIABLE_CREDENTIAL, types));
    credential.insert("issuer".to_owned(), json!({"id": input.issuer_did}));
    credential.insert("credentialSubject".to_owned(), Value::Object(subject));
    insert_some(&mut credential, "credentialSchema", input.credential_schema.clone());
    let (start, end) = input.data_model.dates();
    credential.insert(start.to_owned(), Value::from(iso_millis(input.issuance_date)));
    insert_some(&mut credential, end, input.expiration_date.map(Value::from));
    credential.extend(input.extra.iter().map(|(name, value)| (name.clone(), value.clone())));
    let member = entry.map_or("credentialStatus", status_list::member_of);
    insert_some(&mut credential, member, input.credential_status.clone());
    Ok(Value::Object(credential))
}

/// A credential of the data model 2.0 as its issuer's key is to sign it (W3C VC-JOSE-COSE, section 3.1.1): the payload is the
/// credential, and the header names the key.
pub(crate) fn jose_draft(credential: &Value, by: &SigningKey<'_>) -> Result<Draft, VcError> {
    let members = credential.as_object().ok_or(VcError::Shape("the credential must be an object"))?;
    if issuer_id(credential).is_none_or(|issuer| issuer != by.did) {
        return Err(VcError::MissingIssuer);
    }
    validate_claims(members)?;
    let header = json!({
        "alg": by.algorithm.as_str(),
        "kid": by.verification_method,
        "typ": "vc+jwt",
        "cty": "vc",
    });
    Ok(Draft::jose(&header, credential))
}

/// The compact JWT inside a document: the text itself, `proof.jwt`, or the data URL of a VCDM 2.0 envelope. The document is
/// one that [`crate::document::accept`] gave, or that Studio wrote.
pub fn compact_of(document: &Value) -> Option<&str> {
    if let Value::String(compact) = document {
        return Some(compact);
    }
    if let Some(compact) = document.get("proof").and_then(|proof| text(proof, "jwt")) {
        return Some(compact);
    }
    let kinds = types(document);
    if !kinds.contains(&ENVELOPED_CREDENTIAL) && !kinds.contains(&ENVELOPED_PRESENTATION) {
        return None;
    }
    crate::document::token_of_data_url(text(document, "id")?)
}

/// The credentials inside a presentation, each as it stands there.
pub fn presented(presentation: &Value) -> Vec<&Value> {
    list(presentation.get("verifiableCredential"))
}

/// `issuer` or `issuer.id`.
pub fn issuer_id(credential: &Value) -> Option<&str> {
    match credential.get("issuer") {
        Some(Value::String(id)) => Some(id),
        Some(issuer) => text(issuer, "id"),
        None => None,
    }
}

/// `credentialSubject.id` (of the first subject when there are several).
pub fn subject_id(credential: &Value) -> Option<&str> {
    list(credential.get("credentialSubject")).first().and_then(|subject| text(subject, "id"))
}

/// The types of a credential or presentation.
pub fn types(document: &Value) -> Vec<&str> {
    texts(document.get("type"))
}

/// `YYYY-MM-DDThh:mm:ss.sssZ`, the form of all dates that Studio writes.
pub fn iso_millis(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An RFC 3339 date-time, or a plain date (midnight UTC).
pub(crate) fn parse_date(member: &'static str, value: &str) -> Result<Moment, VcError> {
    Moment::date(value).ok_or_else(|| VcError::Date { member, value: value.chars().take(64).collect() })
}

/// `first`, then the others without repetition.
fn with_first(first: &str, others: Vec<Value>) -> Value {
    let mut all = vec![Value::from(first)];
    for other in others {
        push_unique(&mut all, other);
    }
    Value::Array(all)
}

/// The structural rules over JWT claims (docs/credentials.md#structural-rules). VCDM 2.0 content (its context comes first) passes too.
/// VC-JOSE-COSE claims, where the payload is the credential, are checked in their own form.
pub fn validate_claims(claims: &Map<String, Value>) -> Result<(), VcError> {
    for name in ["nbf", "iat", "exp"] {
        check_timestamp(claims.get(name))?;
    }
    if let Some(presentation) = claims.get("vp") {
        return check_context_and_type(presentation, VERIFIABLE_PRESENTATION);
    }
    let outer;
    let credential = if let Some(credential) = claims.get("vc") {
        credential
    } else {
        outer = Value::Object(claims.clone());
        &outer
    };
    if claims.get("vc").is_none() && types(credential).contains(&VERIFIABLE_PRESENTATION) {
        return check_context_and_type(credential, VERIFIABLE_PRESENTATION);
    }
    check_context_and_type(credential, VERIFIABLE_CREDENTIAL)?;
    let subjects = credential.get("credentialSubject").or_else(|| claims.get("credentialSubject"));
    let is_empty = |subject: &&Value| subject.as_object().is_none_or(Map::is_empty);
    match list(subjects) {
        subjects if subjects.is_empty() || subjects.iter().any(is_empty) => Err(VcError::EmptySubject),
        _ => Ok(()),
    }
}

/// A `NumericDate`, within the years that calendars have: anything beyond is in milliseconds by mistake.
fn check_timestamp(value: Option<&Value>) -> Result<(), VcError> {
    match value {
        None | Some(Value::Null) => Ok(()),
        Some(value) if Moment::numeric_date(value).is_some_and(Moment::is_in_calendar) => Ok(()),
        Some(value) => Err(VcError::Timestamp(value.to_string().chars().take(64).collect())),
    }
}

fn check_context_and_type(document: &Value, base_type: &'static str) -> Result<(), VcError> {
    let contexts = texts(document.get("@context"));
    if !contexts.contains(&CREDENTIALS_V1) && contexts.first() != Some(&CREDENTIALS_V2) {
        return Err(VcError::MissingContext);
    }
    if !types(document).contains(&base_type) {
        return Err(VcError::MissingType(base_type));
    }
    Ok(())
}
