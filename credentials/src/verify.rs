//! Verification of VC-JWTs and VP-JWTs (docs/credentials.md#verifying) against a DID document that somebody else resolved.
//!
//! The result is a list of named checks, each with its own outcome, in the order did-jwt reports failures.
//! `verified` is true only when no check failed. Stricter than did-jwt where that is unsafe: the key must stand in
//! the right verification relationship, `kid` is honoured, the issuer of the JSON form must be the signer, and a
//! document with a JWT proof is always compared with its token.

mod keys;
mod time;

use serde::Serialize;
use serde_json::Value;

use crate::did_url::did_of;
use crate::json::{equal, list, text, texts};
use crate::jwt::{self, Jws};
use crate::vc::{self, JWT_PROOF_2020};

/// Tolerated difference between clocks, in seconds, in both directions.
pub const CLOCK_SKEW_SECONDS: i64 = 300;
/// Verification methods of one DID document that are looked at.
pub const MAX_VERIFICATION_METHODS: usize = 64;

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

/// Which keys of the DID document may have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyUse {
    /// Those in the relationship that fits the [`Kind`]; all when the document has no such member.
    #[default]
    Relationship,
    /// Every verification method (what did-jwt does).
    AnyMethod,
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
    /// Which keys count.
    pub key_use: KeyUse,
}

/// The checks, by their stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CheckName {
    /// The text is a JWS that Studio reads, of the kind asked for.
    Format,
    /// The DID document is the issuer's.
    DidDocument,
    /// A key of the DID document, allowed for this use, made the signature.
    Signature,
    /// Already valid.
    NotBefore,
    /// Not yet expired.
    Expiration,
    /// Meant for us.
    Audience,
    /// Answers our challenge.
    Challenge,
    /// Has the members a credential must have.
    Structure,
    /// The issuer (holder) the document names is the signer.
    Issuer,
    /// The JSON around the token says what the token says.
    JsonMatch,
}

/// A named failure. The text starts with the code, as in did-jwt: `invalid_jwt: JWT has expired: …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Text before the first colon.
    pub code: String,
    /// The whole sentence.
    pub message: String,
}

impl Failure {
    /// From a sentence that starts with its code.
    pub fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        let code = message.split(':').next().unwrap_or_default().to_owned();
        Self { code, message }
    }
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Asked and in order.
    Passed,
    /// Switched off by a policy, or there was nothing to check.
    Skipped,
    /// Asked and wrong.
    Failed(Failure),
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// How it went.
    pub outcome: Outcome,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// No check failed.
    pub verified: bool,
    /// Every check in order.
    pub checks: Vec<Check>,
    /// The DID that signed (or claims to have).
    pub issuer: Option<String>,
    /// The verification method whose key made the signature.
    pub signer: Option<Value>,
    /// The normalised document.
    pub document: Option<Value>,
}

impl Verification {
    /// The failure to report when there is room for one.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.checks.iter().find_map(|check| match &check.outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        })
    }

    fn unreadable(failure: Failure) -> Self {
        let checks = vec![Check { name: CheckName::Format, outcome: Outcome::Failed(failure) }];
        Self { verified: false, checks, issuer: None, signer: None, document: None }
    }
}

/// The DID whose document [`verify`] needs: `iss`, else (VC-JOSE-COSE) the issuer or holder of the payload.
pub fn did_to_resolve(document: &Value) -> Result<String, Failure> {
    let jws = read(document)?.1;
    let signer =
        signer_id(&jws).ok_or_else(|| Failure::new("invalid_jwt: JWT iss or client_id are required"))?;
    Ok(did_of(&signer).to_owned())
}

/// Verifies a compact JWT (JSON string) or a document with a JWT proof against the resolved DID document of its issuer.
/// Total: every input gives a verdict.
pub fn verify(document: &Value, did_document: &Value, options: &Options) -> Verification {
    let (compact, jws) = match read(document).and_then(|(compact, jws)| {
        require_kind(&jws, options.kind)?;
        Ok((compact, jws))
    }) {
        Ok(read) => read,
        Err(failure) => return Verification::unreadable(failure),
    };
    let normalised = match options.kind {
        Kind::Credential => vc::normalise(compact),
        Kind::Presentation => vc::normalise_presentation(compact),
    };
    let normalised = match normalised {
        Ok(normalised) => normalised,
        Err(error) => return Verification::unreadable(Failure::new(error.to_string())),
    };
    let issuer = signer_id(&jws);
    let did = issuer.as_deref().map(did_of).unwrap_or_default().to_owned();
    let signature = keys::find_signer(&jws, issuer.as_deref().unwrap_or_default(), did_document, options);
    let (signer, signature) = match signature {
        Ok(method) => (Some(method), Ok(true)),
        Err(failure) => (None, Err(failure)),
    };
    let structure = || vc::validate_claims(&jws.claims).map_err(|error| Failure::new(error.to_string()));
    let results = [
        (CheckName::Format, Ok(true)),
        (CheckName::DidDocument, check_did_document(&did, did_document)),
        (CheckName::Signature, signature),
        (
            CheckName::NotBefore,
            guarded(options.policies.issuance_date, || time::not_before(&jws, options.at)),
        ),
        (
            CheckName::Expiration,
            guarded(options.policies.expiration_date, || time::expiration(&jws, options.at)),
        ),
        (CheckName::Audience, guarded(options.policies.audience, || check_audience(&jws, options))),
        (CheckName::Challenge, check_challenge(&jws, options)),
        (CheckName::Structure, guarded(options.policies.format, || structure().map(|()| true))),
        (CheckName::Issuer, check_issuer(&normalised, &did, options.kind)),
        (CheckName::JsonMatch, check_json(document, &normalised)),
    ];
    let checks: Vec<Check> = results
        .into_iter()
        .map(|(name, result)| {
            let outcome = match result {
                Ok(true) => Outcome::Passed,
                Ok(false) => Outcome::Skipped,
                Err(failure) => Outcome::Failed(failure),
            };
            Check { name, outcome }
        })
        .collect();
    let verified = !checks.iter().any(|check| matches!(check.outcome, Outcome::Failed(_)));
    let issuer = (!did.is_empty()).then_some(did);
    Verification { verified, checks, issuer, signer, document: Some(normalised) }
}

/// `Ok(true)` passed, `Ok(false)` nothing to check.
type CheckResult = Result<bool, Failure>;

fn guarded(on: bool, check: impl FnOnce() -> CheckResult) -> CheckResult {
    if on { check() } else { Ok(false) }
}

fn read(document: &Value) -> Result<(&str, Jws), Failure> {
    let compact = vc::compact_of(document)
        .ok_or_else(|| Failure::new("invalid_argument: the document has no JWT proof"))?;
    let jws = jwt::parse(compact).map_err(|error| Failure::new(error.to_string()))?;
    Ok((compact, jws))
}

fn require_kind(jws: &Jws, kind: Kind) -> Result<(), Failure> {
    let payload_types = texts(jws.claims.get("type"));
    let bare = |base_type: &str| !jws.claims.contains_key("vc") && payload_types.contains(&base_type);
    let is_presentation = jws.claims.contains_key("vp") || bare(vc::VERIFIABLE_PRESENTATION);
    // Any other token an issuer signs (an access token, a key-binding token) must not pass for a credential.
    let is_credential = jws.claims.contains_key("vc") || bare(vc::VERIFIABLE_CREDENTIAL);
    let refuse = |why: &str| Err(Failure::new(format!("invalid_argument: {why}")));
    match kind {
        // A token that is both at once could be read differently by two parties.
        _ if is_credential && is_presentation => refuse("JWT contains both a credential and a presentation"),
        Kind::Credential if !is_credential => refuse("JWT does not contain a verifiable credential"),
        Kind::Presentation if !is_presentation => refuse("JWT does not contain a verifiable presentation"),
        _ => Ok(()),
    }
}

fn signer_id(jws: &Jws) -> Option<String> {
    let from_payload = || match jws.claims.get("issuer").or_else(|| jws.claims.get("holder")) {
        Some(Value::String(id)) => Some(id.as_str()),
        Some(party) => text(party, "id"),
        None => None,
    };
    match jws.claims.get("iss") {
        Some(iss) => iss.as_str(),
        None if !jws.claims.contains_key("vc") && !jws.claims.contains_key("vp") => from_payload(),
        None => None,
    }
    .filter(|id| !id.is_empty())
    .map(str::to_owned)
}

fn check_did_document(did: &str, did_document: &Value) -> CheckResult {
    if did.is_empty() {
        return Err(Failure::new("invalid_jwt: JWT iss or client_id are required"));
    }
    match text(did_document, "id") {
        Some(id) if same_did(id, did) => Ok(true),
        _ => Err(Failure::new(format!(
            "resolver_error: Unable to resolve DID document for {did}: the document given is not of that DID"
        ))),
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
            _ => Ok(false),
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
        Ok(true)
    } else {
        Err(Failure::new("invalid_config: JWT audience does not match your DID or callback url"))
    }
}

fn check_challenge(jws: &Jws, options: &Options) -> CheckResult {
    match &options.challenge {
        None => Ok(false),
        Some(challenge) if jws.claims.get("nonce").and_then(Value::as_str) == Some(challenge) => Ok(true),
        Some(challenge) => Err(Failure::new(format!(
            "auth_error: Presentation does not contain the mandatory challenge (JWT: nonce) for : {challenge}"
        ))),
    }
}

/// The reference lets an `issuer` claim replace the signer in the JSON form; here both must be the same DID.
fn check_issuer(normalised: &Value, did: &str, kind: Kind) -> CheckResult {
    let named = match kind {
        Kind::Credential => vc::issuer_id(normalised),
        Kind::Presentation => match normalised.get("holder") {
            Some(Value::String(id)) => Some(id.as_str()),
            Some(holder) => text(holder, "id"),
            None => None,
        },
    };
    match named {
        Some(named) if same_did(did_of(named), did) => Ok(true),
        _ => Err(Failure::new(
            "invalid_credential: the issuer named in the document is not the DID that signed it",
        )),
    }
}

fn check_json(document: &Value, normalised: &Value) -> CheckResult {
    let mismatch = || Err(Failure::new("invalid_credential: Credential JSON does not match JWT payload"));
    match document.get("proof") {
        None => Ok(false),
        Some(proof) if text(proof, "type") != Some(JWT_PROOF_2020) => mismatch(),
        Some(_) if equal(document, normalised) => Ok(true),
        Some(_) => mismatch(),
    }
}
