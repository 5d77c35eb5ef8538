//! Verification of documents with a proof in them (docs/credentials.md#json-ld), by the same checks as tokens.

use serde_json::{Map, Value};

use super::facts::Facts;
use super::{
    CLOCK_SKEW_SECONDS, Check, CheckName, CheckResult, Failure, IssuerDocument, Kind, Options, Outcome, Told,
    Verification, check_did_document, check_issuer, guarded, keys,
};
use crate::did_url::did_of;
use crate::format::{Purpose, Read, proof_of};
use crate::json::{list, text};
use crate::time::Moment;
use crate::vc::{self, VcError};

/// The DID whose key made the proof.
pub(crate) fn signer_of_json_ld(document: &Value) -> Result<String, Failure> {
    let method = text(proof_of(document)?, "verificationMethod").unwrap_or_default();
    match did_of(method) {
        "" => Err(Failure::new("invalid_argument: the proof names no verification method")),
        did => Ok(did.to_owned()),
    }
}

pub(crate) fn verify_json_ld(
    document: &Value,
    issuer: IssuerDocument<'_>,
    options: &Options,
) -> Verification {
    let purpose = match options.kind {
        Kind::Credential => Purpose::Assertion,
        Kind::Presentation => Purpose::Authentication { challenge: None, domain: None },
    };
    let read = match is_of_kind(document, options.kind).and_then(|()| Read::of(document, &purpose)) {
        Ok(read) => read,
        Err(failure) => return Verification::unreadable(CheckName::Format, &failure),
    };
    let nothing = Map::new();
    let members = document.as_object().unwrap_or(&nothing);
    let facts = Facts::new(members, options.kind);
    let did = did_of(&read.verification_method).to_owned();
    let signer = match issuer {
        IssuerDocument::Found(did_document) => keys::find_prover(&read, did_document, options.kind).map(Some),
        IssuerDocument::Missing(_) => Ok(None),
    };
    let (signature, key_purpose, signer) = match signer {
        Ok(Some(signer)) => (Ok(Told::Passed), signer.purpose.map(Told::PassedBy), Some(signer.method)),
        Ok(None) => (Ok(Told::Skipped), Ok(Told::Skipped), None),
        Err(failure) => (Err(failure), Ok(Told::Skipped), None),
    };
    let policies = options.policies;
    let checks: Vec<Check> = [
        (CheckName::Format, Ok(Told::Passed)),
        // Nothing is said twice: a member stands once, and the proof covers it.
        (CheckName::Consistency, Ok(Told::Skipped)),
        (CheckName::DidDocument, check_did_document(&did, issuer)),
        (CheckName::Signature, signature),
        (CheckName::KeyPurpose, key_purpose),
        (CheckName::NotBefore, guarded(policies.issuance_date, || not_before(members, &read, options.at))),
        (CheckName::Expiration, guarded(policies.expiration_date, || expiration(members, &read, options.at))),
        (CheckName::Audience, guarded(policies.audience, || audience(&read, options))),
        (CheckName::Challenge, challenge(&read, options)),
        (CheckName::Structure, guarded(policies.format, || structure(document, options.kind))),
        (CheckName::Issuer, named(members, options.kind).and_then(|()| check_issuer(facts, &did))),
        (CheckName::JsonMatch, Ok(Told::Skipped)),
    ]
    .into_iter()
    .map(|(name, result)| Check { name, outcome: Outcome::of(result) })
    .collect();
    let failed = |check: &Check| matches!(check.outcome, Outcome::Failed(_));
    let verified = !checks.iter().any(failed) && signer.is_some();
    Verification { verified, checks, issuer: Some(did), signer, document: Some(document.clone()) }
}

fn is_of_kind(document: &Value, kind: Kind) -> Result<(), Failure> {
    let types = vc::types(document);
    let is = |base_type: &str| types.contains(&base_type);
    let (credential, presentation) = (is(vc::VERIFIABLE_CREDENTIAL), is(vc::VERIFIABLE_PRESENTATION));
    let refuse = |why: &str| Err(Failure::new(format!("invalid_argument: {why}")));
    match kind {
        // A document that is both at once could be read differently by two parties.
        _ if credential && presentation => refuse("the document is both a credential and a presentation"),
        Kind::Credential if !credential => refuse("the document is no verifiable credential"),
        Kind::Presentation if !presentation => refuse("the document is no verifiable presentation"),
        _ => Ok(()),
    }
}

/// Whoever stands there as issuer or holder has a name: a text, or the `id` of an object. Only a presentation may leave him out.
fn named(members: &Map<String, Value>, kind: Kind) -> Result<(), Failure> {
    let (member, may_be_absent) = match kind {
        Kind::Credential => ("issuer", false),
        Kind::Presentation => ("holder", true),
    };
    let has_name = match members.get(member) {
        None => may_be_absent,
        Some(Value::String(name)) => !name.is_empty(),
        Some(party) => text(party, "id").is_some_and(|name| !name.is_empty()),
    };
    if has_name { Ok(()) } else { Err(Failure::new(format!("invalid_credential: the {member} has no id"))) }
}

/// The dates under these names; what is no date is malformed, not absent.
fn dates<'a>(
    members: &'a Map<String, Value>,
    names: &[&'static str],
) -> Result<Vec<(&'static str, &'a str, Moment)>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let Some(value) = members.get(*name).filter(|value| !value.is_null()) else { continue };
        let shown = value.as_str().unwrap_or_default();
        let moment = Moment::date(shown).ok_or_else(|| {
            let value = value.to_string().chars().take(64).collect();
            Failure::new(VcError::Date { member: name, value }.to_string())
        })?;
        found.push((*name, shown, moment));
    }
    Ok(found)
}

/// Neither the document nor its proof begins in the future.
fn not_before(members: &Map<String, Value>, read: &Read, at: i64) -> CheckResult {
    let latest = Moment::seconds(at.saturating_add(CLOCK_SKEW_SECONDS));
    let mut starts = dates(members, &["issuanceDate", "validFrom"])?;
    starts.extend(dates(proof_members(read), &["created"])?);
    if let Some((name, shown, _)) = starts.iter().find(|(.., moment)| *moment > latest) {
        return Err(Failure::new(format!(
            "not_yet_valid: The current date time ({at}) is before the \"{name}\" ({shown})."
        )));
    }
    Ok(if starts.is_empty() { Told::Skipped } else { Told::Passed })
}

/// Neither the document nor its proof has ended.
fn expiration(members: &Map<String, Value>, read: &Read, at: i64) -> CheckResult {
    let earliest = Moment::seconds(at.saturating_sub(CLOCK_SKEW_SECONDS));
    let mut ends = dates(members, &["expirationDate", "validUntil"])?;
    ends.extend(dates(proof_members(read), &["expires"])?);
    if let Some((name, shown, _)) = ends.iter().find(|(.., moment)| *moment <= earliest) {
        return Err(Failure::new(format!("expired: Credential has expired: {name} {shown} < now: {at}")));
    }
    Ok(if ends.is_empty() { Told::Skipped } else { Told::Passed })
}

fn proof_members(read: &Read) -> &Map<String, Value> {
    static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    read.proof.as_object().unwrap_or(&NOTHING)
}

/// A text of the proof; an empty one is what some writers put where there is none.
fn said<'a>(read: &'a Read, name: &str) -> Vec<&'a str> {
    crate::json::texts(read.proof.get(name)).into_iter().filter(|text| !text.is_empty()).collect()
}

fn audience(read: &Read, options: &Options) -> CheckResult {
    let domains = said(read, "domain");
    match (domains.as_slice(), options.audience.as_slice()) {
        ([], [domain, ..]) if options.kind == Kind::Presentation => Err(Failure::new(format!(
            "auth_error: Presentation does not contain the mandatory domain for : {domain}"
        ))),
        ([], _) => Ok(Told::Skipped),
        (_, []) => {
            Err(Failure::new("invalid_config: the proof is made for a domain, and the request names none"))
        }
        (domains, ours) if domains.iter().any(|domain| ours.iter().any(|own| own == domain)) => {
            Ok(Told::Passed)
        }
        _ => Err(Failure::new("invalid_config: the proof is made for another domain")),
    }
}

fn challenge(read: &Read, options: &Options) -> CheckResult {
    match &options.challenge {
        None => Ok(Told::Skipped),
        Some(challenge) if said(read, "challenge") == [challenge.as_str()] => Ok(Told::Passed),
        Some(challenge) => Err(Failure::new(format!(
            "auth_error: Presentation does not contain the mandatory challenge for : {challenge}"
        ))),
    }
}

/// What a credential (presentation) must have.
fn structure(document: &Value, kind: Kind) -> CheckResult {
    let wrong = |why: &str| Err(Failure::new(format!("schema_error: {why}")));
    let contexts = list(document.get("@context"));
    let first = contexts.first().and_then(|first| first.as_str()).unwrap_or_default();
    if ![vc::CREDENTIALS_V1, vc::CREDENTIALS_V2].contains(&first) {
        return wrong(&format!("\"{}\" needs to be first in the list of contexts.", vc::CREDENTIALS_V1));
    }
    if kind == Kind::Presentation {
        return Ok(Told::Passed);
    }
    let subjects = list(document.get("credentialSubject"));
    if subjects.is_empty() || subjects.iter().any(|subject| subject.as_object().is_none_or(Map::is_empty)) {
        return Err(Failure::new(VcError::EmptySubject.to_string()));
    }
    if vc::issuer_id(document).is_none_or(str::is_empty) {
        return wrong("the issuer is missing");
    }
    if first == vc::CREDENTIALS_V1 && document.get("issuanceDate").is_none_or(Value::is_null) {
        return wrong("issuanceDate is missing");
    }
    Ok(Told::Passed)
}
