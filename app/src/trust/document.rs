//! The verdict on one signed document: signature, dates, issuer, status.

use super::did_document_at;
use crate::{Fault, FaultKind, Studio, status_list};
use credentials::{
    status_list::{StatusResult, entries},
    verify::{self, Policies, Verification},
};
use domain::id::Instant;
use serde_json::Value;

/// What is asked about a document.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Ask its status list.
    pub status: bool,
    /// Do not mind a deactivated issuer.
    pub allow_deactivated: bool,
    /// Dates and audience.
    pub policies: Policies,
    /// As of when; now if `None`.
    pub at: Option<Instant>,
}

/// A verdict: true only if everything that was asked for passed.
#[derive(Debug, Clone)]
pub struct DocumentVerdict {
    /// Whether everything passed.
    pub verified: bool,
    /// The first thing that did not, as a sentence that starts with its code.
    pub error: Option<String>,
    /// The cryptographic checks.
    pub verification: Verification,
    /// What its status entries say, if they were asked.
    pub statuses: Vec<StatusResult>,
    /// Whether the issuer's DID is deactivated.
    pub issuer_deactivated: bool,
}

/// Verifies a credential (compact JWT or JSON with its proof). A ledger that is away is a fault: no answer is no
/// verdict. Anything wrong with the document is a verdict.
pub async fn verify_document(
    studio: &Studio,
    document: &Value,
    options: &VerifyOptions,
) -> Result<DocumentVerdict, Fault> {
    let evaluated_at = options.at.unwrap_or_else(|| studio.clock.now());
    let did = match verify::did_to_resolve(document) {
        Ok(did) => did,
        Err(failure) => {
            let nobody = Value::Null;
            let checked = verify::verify(document, &nobody, &crypto(options, evaluated_at));
            return Ok(verdict(checked, Vec::new(), false, Some(failure.message)));
        }
    };
    let issuer = match did_document_at(studio, &did, options.at).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let error = format!("resolver_error: Unable to resolve DID document for {did}: notFound");
            let checked = verify::verify(document, &Value::Null, &crypto(options, evaluated_at));
            return Ok(verdict(checked, Vec::new(), false, Some(error)));
        }
        Err(fault) if fault.kind == FaultKind::Invalid => {
            let checked = verify::verify(document, &Value::Null, &crypto(options, evaluated_at));
            return Ok(verdict(
                checked,
                Vec::new(),
                false,
                Some(format!("resolver_error: {}", fault.public)),
            ));
        }
        Err(fault) => return Err(fault),
    };
    let checked = verify::verify(document, &issuer.document, &crypto(options, evaluated_at));
    let deactivated_error = (issuer.deactivated && !options.allow_deactivated)
        .then(|| "issuer_deactivated: Credential issuer DID is deactivated".to_owned());
    let (statuses, status_error) = if options.status && checked.verified {
        statuses(studio, checked.document.as_ref().unwrap_or(document), &did, options.at).await?
    } else {
        (Vec::new(), None)
    };
    Ok(verdict(checked, statuses, issuer.deactivated, deactivated_error.or(status_error)))
}

fn crypto(options: &VerifyOptions, at: Instant) -> verify::Options {
    verify::Options { at: at.timestamp(), policies: options.policies, ..verify::Options::default() }
}

fn verdict(
    verification: Verification,
    statuses: Vec<StatusResult>,
    issuer_deactivated: bool,
    other: Option<String>,
) -> DocumentVerdict {
    let error = other.or_else(|| verification.first_failure().map(|failure| failure.message.clone()));
    let bad_status = statuses.iter().find(|status| !status.valid).map(|status| {
        let told = if status.revoked() {
            "revoked"
        } else if status.suspended() {
            "suspended"
        } else {
            status.message.as_deref().unwrap_or("not valid")
        };
        format!("credential_status: the credential is {told}")
    });
    let verified = verification.verified && error.is_none() && bad_status.is_none();
    DocumentVerdict { verified, error: error.or(bad_status), verification, statuses, issuer_deactivated }
}

/// What the document's status entries say. A list that is missing or unreadable is a failed check, not a pass.
async fn statuses(
    studio: &Studio,
    document: &Value,
    issuer: &str,
    at: Option<Instant>,
) -> Result<(Vec<StatusResult>, Option<String>), Fault> {
    let entries = match entries(document) {
        Ok(entries) => entries,
        Err(error) => return Ok((Vec::new(), Some(format!("credential_status: {error}")))),
    };
    let mut told = Vec::with_capacity(entries.len());
    for entry in &entries {
        match status_list::fetch_list(studio, entry, issuer, at).await {
            Ok(status) => told.push(status),
            Err(fault) if matches!(fault.kind, FaultKind::Invalid | FaultKind::NotFound) => {
                return Ok((told, Some(format!("credential_status: {}", fault.public))));
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok((told, None))
}
