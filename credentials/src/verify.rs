//! Verification of VC-JWTs and VP-JWTs (docs/credentials.md#verifying) against a DID document that somebody else resolved.
//!
//! The result is a list of named checks, always the same ones, each with its own outcome. `verified` is true only when no
//! check failed. Stricter than did-jwt where that is unsafe: the key must stand in the right verification relationship,
//! `kid` is honoured, whatever is said twice must be the same, and a document with a JWT proof is always compared with its
//! token.

mod consistency;
mod facts;
mod json_ld;
mod keys;
mod time;
mod verdict;

pub(crate) use json_ld::{signer_of_json_ld, verify_json_ld};
pub use verdict::{Check, CheckName, Failure, Outcome, Verification};

use serde_json::{Map, Value};

use crate::did_url::did_of;
use crate::format::CredentialFormat;
use crate::json::{equal, list, text, texts};
use crate::jwt::{self, Jws, JwtError, Token};
use crate::vc::{self, JWT_PROOF_2020};
use facts::{Facts, Party};

/// What the envelope of the data model 2.0 consists of.
const ENVELOPE_MEMBERS: [&str; 3] = ["@context", "id", "type"];
domain::limits! {
    /// Tolerated difference between clocks, in seconds, in both directions.
    pub CLOCK_SKEW_SECONDS: i64 = 300, "seconds";
    /// Verification methods of one DID document that are looked at.
    pub MAX_VERIFICATION_METHODS: usize = 64, "methods";
}

/// What is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A credential; its key must be an assertion method.
    #[default]
    Credential,
    /// A presentation; its key must be an authentication method. Credentials inside are *not* verified by the same
    /// call: take them from the normalised document and verify each.
    Presentation,
}

/// Checks a caller may switch off (`policies` of the REST body).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the four independent switches of the wire format"
)]
pub struct Policies {
    /// `nbf`, `iat`, `issuanceDate` and `validFrom`.
    pub issuance_date: bool,
    /// `exp`, `expirationDate` and `validUntil`.
    pub expiration_date: bool,
    /// `aud`.
    pub audience: bool,
    /// The structural rules.
    pub format: bool,
}

impl Default for Policies {
    fn default() -> Self {
        Self { issuance_date: true, expiration_date: true, audience: true, format: true }
    }
}

/// How to verify.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Credential or presentation.
    pub kind: Kind,
    /// The instant to evaluate at, unix seconds.
    pub at: i64,
    /// Checks that are on.
    pub policies: Policies,
    /// Who we are: one of these must be in `aud` when the token has one. For a presentation, when given, `aud` must
    /// be there.
    pub audience: Vec<String>,
    /// For a presentation: the `nonce` it must carry.
    pub challenge: Option<String>,
}

/// The issuer's DID document.
#[derive(Debug, Clone, Copy)]
pub enum IssuerDocument<'a> {
    /// As it was resolved.
    Found(&'a Value),
    /// There is none; the sentence says why and starts with its code.
    Missing(&'a str),
}

/// The DID whose document [`verify`] needs: `iss`, else (VC-JOSE-COSE) the issuer or holder of the payload.
pub fn did_to_resolve(document: &Value) -> Result<String, Failure> {
    CredentialFormat::of(document).ok_or_else(no_proof)?.signer(document)
}

pub(crate) fn signer_of_jwt(document: &Value) -> Result<String, Failure> {
    let compact = vc::compact_of(document).ok_or_else(no_proof)?;
    let failure = |error: JwtError| Failure::new(error.to_string());
    let claims = jwt::cut(compact).and_then(|token| token.claims).map_err(failure)?;
    let signer = signer_id(&claims).ok_or_else(no_issuer)?;
    Ok(did_of(&signer).to_owned())
}

/// Verifies a compact JWT (JSON string) or a document with a JWT proof against the resolved DID document of its issuer.
/// Total: every input gives a verdict.
pub fn verify(document: &Value, did_document: &Value, options: &Options) -> Verification {
    verify_with(document, IssuerDocument::Found(did_document), options)
}

/// As [`verify`], for a DID document that may be missing.
pub fn verify_with(document: &Value, issuer: IssuerDocument<'_>, options: &Options) -> Verification {
    match CredentialFormat::of(document) {
        Some(format) => format.verify(document, issuer, options),
        None => Verification::unreadable(CheckName::Format, &no_proof()),
    }
}

pub(crate) fn verify_jwt(document: &Value, issuer: IssuerDocument<'_>, options: &Options) -> Verification {
    let read = match Read::of(document, options.kind) {
        Ok(read) => read,
        Err((name, failure)) => return Verification::unreadable(name, &failure),
    };
    let Read { jws, normalised, .. } = &read;
    let facts = Facts::new(&jws.claims, options.kind);
    let signed_by = signer_id(&jws.claims);
    let did = signed_by.as_deref().map(did_of).unwrap_or_default().to_owned();
    let (signature, purpose, signer) =
        judge(jws, signed_by.as_deref().unwrap_or_default(), issuer, options.kind);
    let policies = options.policies;
    let structure = || vc::validate_claims(&jws.claims).map_err(|error| Failure::new(error.to_string()));
    let checks: Vec<Check> = [
        (CheckName::Format, Ok(Told::Passed)),
        (CheckName::Consistency, consistency::check(facts, options.kind)),
        (CheckName::DidDocument, check_did_document(&did, issuer)),
        (CheckName::Signature, signature),
        (CheckName::KeyPurpose, purpose),
        (CheckName::NotBefore, guarded(policies.issuance_date, || time::not_before(facts, options.at))),
        (CheckName::Expiration, guarded(policies.expiration_date, || time::expiration(facts, options.at))),
        (CheckName::Audience, guarded(policies.audience, || check_audience(jws, options))),
        (CheckName::Challenge, check_challenge(jws, options)),
        (CheckName::Structure, guarded(policies.format, || structure().map(|()| Told::Passed))),
        (CheckName::Issuer, check_issuer(facts, &did)),
        (CheckName::JsonMatch, check_json(document, normalised)),
    ]
    .into_iter()
    .map(|(name, result)| Check { name, outcome: Outcome::of(result) })
    .collect();
    let verified =
        !checks.iter().any(|check| matches!(check.outcome, Outcome::Failed(_))) && signer.is_some();
    let issuer = (!did.is_empty()).then_some(did);
    Verification { verified, checks, issuer, signer, document: Some(read.normalised) }
}

/// Whether a key made the signature, whether it may, and which it is.
fn judge(
    jws: &Jws,
    signed_by: &str,
    issuer: IssuerDocument<'_>,
    kind: Kind,
) -> (CheckResult, CheckResult, Option<Value>) {
    let IssuerDocument::Found(did_document) = issuer else {
        return (Ok(Told::Skipped), Ok(Told::Skipped), None);
    };
    match keys::find_signer(jws, signed_by, did_document, kind) {
        Ok(signer) => (Ok(Told::Passed), signer.purpose.map(Told::PassedBy), Some(signer.method)),
        Err(failure) => (Err(failure), Ok(Told::Skipped), None),
    }
}

/// The signature of a credential's token, as its checks tell it.
pub(crate) struct JudgedSignature {
    pub(crate) signature: Outcome,
    pub(crate) purpose: Outcome,
    pub(crate) signer: Option<Value>,
}

/// The signature of a credential in a token of another kind than JWT.
pub(crate) fn judge_signature(jws: &Jws, signed_by: &str, issuer: IssuerDocument<'_>) -> JudgedSignature {
    let (signature, purpose, signer) = judge(jws, signed_by, issuer, Kind::Credential);
    JudgedSignature { signature: Outcome::of(signature), purpose: Outcome::of(purpose), signer }
}

/// Whether the DID document is that of the issuer.
pub(crate) fn judge_document(did: &str, issuer: IssuerDocument<'_>) -> Outcome {
    Outcome::of(check_did_document(did, issuer))
}

/// Why a signature is not that of one of the issuer's assertion keys; `None` if it is.
pub(crate) fn signature_failure(jws: &Jws, issuer: &str, did_document: &Value) -> Option<Failure> {
    match keys::find_signer(jws, issuer, did_document, Kind::Credential) {
        Ok(signer) => signer.purpose.err(),
        Err(failure) => Some(failure),
    }
}

/// A check that did not fail.
enum Told {
    Passed,
    PassedBy(&'static str),
    /// Nothing to check.
    Skipped,
}

type CheckResult = Result<Told, Failure>;

impl Outcome {
    fn of(result: CheckResult) -> Self {
        match result {
            Ok(Told::Passed) => Self::Passed,
            Ok(Told::PassedBy(by)) => Self::PassedBy(by),
            Ok(Told::Skipped) => Self::Skipped,
            Err(failure) => Self::Failed(failure),
        }
    }
}

fn guarded(on: bool, check: impl FnOnce() -> CheckResult) -> CheckResult {
    if on { check() } else { Ok(Told::Skipped) }
}

/// A token that can be judged.
struct Read {
    jws: Jws,
    normalised: Value,
}

impl Read {
    /// Or the check that fails already here.
    fn of(document: &Value, kind: Kind) -> Result<Self, (CheckName, Failure)> {
        let unreadable = |failure: Failure| (CheckName::Format, failure);
        let named = |error: JwtError| {
            // Two members of one name are a fact that is said twice; which of them counts, readers do not agree on.
            let name = match &error {
                JwtError::Refused(_, domain::json::Refused::DuplicateName(_)) => CheckName::Consistency,
                _ => CheckName::Format,
            };
            (name, Failure::new(error.to_string()))
        };
        let compact = vc::compact_of(document).ok_or_else(|| unreadable(no_proof()))?;
        let Token { header, claims, signature, signing_input } = jwt::cut(compact).map_err(named)?;
        let header = header.and_then(jwt::read_header).map_err(named)?;
        let claims = claims.map_err(named)?;
        // What is no base64url cannot be what the issuer signed, but it is a signature that was looked at.
        let signature = signature.unwrap_or_default();
        let jws = Jws { header, claims, signing_input: signing_input.as_bytes().to_vec(), signature };
        require_kind(&jws, kind).map_err(unreadable)?;
        let normalised = match kind {
            Kind::Credential => Ok(vc::normalise_claims(jws.claims.clone(), compact)),
            Kind::Presentation => vc::normalise_presentation_claims(jws.claims.clone(), compact),
        };
        let normalised = normalised.map_err(|error| unreadable(Failure::new(error.to_string())))?;
        Ok(Self { jws, normalised })
    }
}

fn no_proof() -> Failure {
    Failure::new("invalid_argument: the document has no proof that is read here")
}

fn no_issuer() -> Failure {
    Failure::new("invalid_jwt: JWT iss or client_id are required")
}

fn require_kind(jws: &Jws, kind: Kind) -> Result<(), Failure> {
    let payload_types = texts(jws.claims.get("type"));
    let bare = |base_type: &str| !jws.claims.contains_key("vc") && payload_types.contains(&base_type);
    let is_presentation = jws.claims.contains_key("vp") || bare(vc::VERIFIABLE_PRESENTATION);
    // Any other token an issuer signs (an access token, a key-binding token) must not pass for a credential.
    let is_credential = jws.claims.contains_key("vc") || bare(vc::VERIFIABLE_CREDENTIAL);
    let refuse = |why: &str| Err(Failure::new(format!("invalid_argument: {why}")));
    let typ = jws.header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    match kind {
        // The header says so (RFC 8725 section 3.11).
        Kind::Credential if typ.starts_with("vp+") => {
            refuse("the header's typ says that this is a presentation")
        }
        Kind::Presentation if typ.starts_with("vc+") => {
            refuse("the header's typ says that this is a credential")
        }
        // A token that is both at once could be read differently by two parties.
        _ if is_credential && is_presentation => refuse("JWT contains both a credential and a presentation"),
        Kind::Credential if !is_credential => refuse("JWT does not contain a verifiable credential"),
        Kind::Presentation if !is_presentation => refuse("JWT does not contain a verifiable presentation"),
        _ => Ok(()),
    }
}

fn signer_id(claims: &Map<String, Value>) -> Option<String> {
    let from_payload = || match claims.get("issuer").or_else(|| claims.get("holder")) {
        Some(Value::String(id)) => Some(id.as_str()),
        Some(party) => text(party, "id"),
        None => None,
    };
    match claims.get("iss") {
        Some(iss) => iss.as_str(),
        None if !claims.contains_key("vc") && !claims.contains_key("vp") => from_payload(),
        None => None,
    }
    .filter(|id| !id.is_empty())
    .map(str::to_owned)
}

fn check_did_document(did: &str, issuer: IssuerDocument<'_>) -> CheckResult {
    if did.is_empty() {
        return Err(no_issuer());
    }
    match issuer {
        IssuerDocument::Missing(why) => Err(Failure::new(why)),
        IssuerDocument::Found(document) => match text(document, "id") {
            Some(id) if same_did(id, did) => Ok(Told::Passed),
            _ => Err(Failure::new(format!(
                "resolver_error: Unable to resolve DID document for {did}: the document given is not of that DID"
            ))),
        },
    }
}

/// did:cheqd identifiers that are UUIDs are the same in either case; the ledger stores them in lower case.
pub(crate) fn same_did(left: &str, right: &str) -> bool {
    crate::did_url::normalised_did(left) == crate::did_url::normalised_did(right)
}

fn check_audience(jws: &Jws, options: &Options) -> CheckResult {
    let audience = jws.claims.get("aud").filter(|audience| crate::json::truthy(audience));
    let Some(audience) = audience else {
        return match (options.kind, options.audience.first()) {
            (Kind::Presentation, Some(domain)) => Err(Failure::new(format!(
                "auth_error: Presentation does not contain the mandatory domain (JWT: aud) for : {domain}"
            ))),
            _ => Ok(Told::Skipped),
        };
    };
    if options.audience.is_empty() {
        return Err(Failure::new(
            "invalid_config: JWT audience is required but your app address has not been configured",
        ));
    }
    if list(Some(audience))
        .iter()
        .filter_map(|item| item.as_str())
        .any(|item| options.audience.iter().any(|own| own == item))
    {
        Ok(Told::Passed)
    } else {
        Err(Failure::new("invalid_config: JWT audience does not match your DID or callback url"))
    }
}

fn check_challenge(jws: &Jws, options: &Options) -> CheckResult {
    match &options.challenge {
        None => Ok(Told::Skipped),
        Some(challenge) if jws.claims.get("nonce").and_then(Value::as_str) == Some(challenge) => {
            Ok(Told::Passed)
        }
        Some(challenge) => Err(Failure::new(format!(
            "auth_error: Presentation does not contain the mandatory challenge (JWT: nonce) for : {challenge}"
        ))),
    }
}

/// Whoever the token names as issuer (holder), at any place, must be the DID that signed it; not a version of it, which
/// readers would take for the DID as it stands. A fragment does no harm: it is the key that some issuers add.
fn check_issuer(facts: Facts<'_>, did: &str) -> CheckResult {
    let is_signer = |value: &Value| match Party::of(value) {
        Party::Named(id) => {
            id.split('#').next() == Some(did_of(id)) && !did.is_empty() && same_did(did_of(id), did)
        }
        Party::Described => true,
        Party::Malformed => false,
    };
    let issuers = facts.issuers();
    if issuers.iter().all(|said| is_signer(said.value)) && !did.is_empty() {
        return Ok(Told::Passed);
    }
    Err(Failure::new("invalid_credential: the issuer named in the document is not the DID that signed it"))
}

/// The JSON around the token. Its normalised form must say all that the token says and nothing else; an envelope says
/// nothing by itself, so whatever it says must be in the token.
fn check_json(document: &Value, normalised: &Value) -> CheckResult {
    let mismatch = || Err(Failure::new("invalid_credential: Credential JSON does not match JWT payload"));
    let Value::Object(members) = document else { return Ok(Told::Skipped) };
    let Some(proof) = document.get("proof").filter(|proof| !proof.is_null()) else {
        let mut said = members.iter().filter(|(name, _)| !ENVELOPE_MEMBERS.contains(&name.as_str()));
        let agrees =
            said.all(|(name, value)| normalised.get(name).is_some_and(|signed| equal(signed, value)));
        return if agrees { Ok(Told::Skipped) } else { mismatch() };
    };
    if text(proof, "type") == Some(JWT_PROOF_2020) && equal(document, normalised) {
        Ok(Told::Passed)
    } else {
        mismatch()
    }
}
