//! The verdict on one signed document: signature, dates, issuer, status.

use super::{
    checks::{Check, first_failure},
    did_document_at,
};
use crate::{Fault, FaultKind, Studio, status_list};
use credentials::{
    status_list::{ListProof, Purpose, StatusListError, StatusResult, entries},
    verify::{self, IssuerDocument, Kind, Policies, Verification},
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

/// `at` is an instant that has been: what will be, nobody can verify.
pub fn not_in_the_future(at: Option<Instant>, now: Instant) -> Result<(), Fault> {
    match at {
        Some(at) if at > now => {
            Err(Fault::invalid("request/invalid", "at should not lie in the future").with("field", "at"))
        }
        _ => Ok(()),
    }
}

/// A verdict: true only if everything that was asked for passed.
#[derive(Debug, Clone)]
pub struct DocumentVerdict {
    /// Whether everything passed.
    pub verified: bool,
    /// The first thing that did not, as a sentence that starts with its code.
    pub error: Option<String>,
    /// Every check by its name, always the same ones in the same order: the cryptographic ones, then `issuerActive`,
    /// `status` and `listProof`.
    pub checks: Vec<Check>,
    /// The cryptographic checks, and what was read.
    pub verification: Verification,
    /// What its status entries say, if they were asked.
    pub statuses: Vec<StatusResult>,
    /// Whether the issuer's DID is deactivated.
    pub issuer_deactivated: bool,
}

/// What was found out beside the cryptography.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Whether the issuer's DID is deactivated; `None` if there is no such DID.
    pub issuer_deactivated: Option<bool>,
    /// What its status entries say, if they were asked.
    pub statuses: Vec<StatusResult>,
    /// Why they could not say it.
    pub status_error: Option<String>,
}

impl DocumentVerdict {
    /// Puts a verdict together.
    pub fn of(verification: Verification, findings: Findings, options: &VerifyOptions) -> Self {
        let mut checks: Vec<Check> = verification.checks.iter().map(Into::into).collect();
        checks.push(issuer_active(&findings, options));
        checks.push(status(&findings, options));
        checks.push(list_proof(&findings));
        let error = first_failure(&checks);
        Self {
            verified: verification.verified && error.is_none(),
            error,
            checks,
            verification,
            statuses: findings.statuses,
            issuer_deactivated: findings.issuer_deactivated.unwrap_or(false),
        }
    }

    /// Whether it is revoked; `None` if no entry that was asked speaks of that.
    pub fn revoked(&self) -> Option<bool> {
        self.says(Purpose::Revocation, StatusResult::revoked)
    }

    /// Whether it is suspended; `None` if no entry that was asked speaks of that.
    pub fn suspended(&self) -> Option<bool> {
        self.says(Purpose::Suspension, StatusResult::suspended)
    }

    fn says(&self, purpose: Purpose, is: fn(&StatusResult) -> bool) -> Option<bool> {
        let speaks = |status: &StatusResult| status.purpose == purpose || status.purpose == Purpose::Message;
        self.statuses.iter().any(speaks).then(|| self.statuses.iter().any(is))
    }

    /// The entry to show where there is room for one: the first bad one.
    pub fn telling_status(&self) -> Option<&StatusResult> {
        self.statuses.iter().find(|status| !status.valid).or(self.statuses.first())
    }
}

fn issuer_active(findings: &Findings, options: &VerifyOptions) -> Check {
    const NAME: &str = "issuerActive";
    match findings.issuer_deactivated {
        None => Check::skipped(NAME),
        Some(false) => Check::passed(NAME),
        Some(true) if options.allow_deactivated => {
            Check::skipped(NAME).because("issuer_deactivated: it is deactivated, which the request allows")
        }
        Some(true) => Check::failed(NAME, "issuer_deactivated: Credential issuer DID is deactivated"),
    }
}

fn status(findings: &Findings, options: &VerifyOptions) -> Check {
    const NAME: &str = "status";
    if let Some(reason) = &findings.status_error {
        return Check::failed(NAME, format!("credential_status: {reason}"));
    }
    match findings.statuses.iter().find(|status| !status.valid) {
        Some(status) => {
            let told = if status.revoked() {
                "revoked"
            } else if status.suspended() {
                "suspended"
            } else {
                status.message.as_deref().unwrap_or("not valid")
            };
            Check::failed(NAME, format!("credential_status: the credential is {told}"))
        }
        None if options.status && !findings.statuses.is_empty() => Check::passed(NAME),
        None => Check::skipped(NAME),
    }
}

/// Whether the proofs of the status lists cover their bits: skipped where one says nothing of them.
fn list_proof(findings: &Findings) -> Check {
    const NAME: &str = "listProof";
    let mismatch = StatusListError::Digest.to_string();
    if let Some(error) = findings.status_error.as_ref().filter(|error| error.ends_with(&mismatch)) {
        return Check::failed(NAME, format!("credential_status: {error}"));
    }
    let are_covered = findings.statuses.iter().all(|status| status.list_proof == ListProof::Covered);
    if findings.statuses.is_empty() || !are_covered { Check::skipped(NAME) } else { Check::passed(NAME) }
}

/// Verifies a credential (compact JWT or JSON with its proof). A ledger that is away is a fault: no answer is no
/// verdict. Anything wrong with the document is a verdict.
pub(crate) async fn verify_document(
    studio: &Studio,
    document: &Value,
    options: &VerifyOptions,
) -> Result<DocumentVerdict, Fault> {
    verify_as(studio, document, options, &Meant::default()).await
}

/// What a document is taken for, and whom it must be meant for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meant {
    /// A credential or a presentation.
    pub(crate) kind: Kind,
    /// Who we are.
    pub(crate) audience: Vec<String>,
    /// What it must answer.
    pub(crate) challenge: Option<String>,
}

/// As [`verify_document`], for presentations too.
pub(crate) async fn verify_as(
    studio: &Studio,
    document: &Value,
    options: &VerifyOptions,
    meant: &Meant,
) -> Result<DocumentVerdict, Fault> {
    let evaluated_at = options.at.unwrap_or_else(|| studio.clock.now());
    let judge = |issuer: IssuerDocument<'_>| {
        let crypto = verify::Options {
            at: evaluated_at.timestamp(),
            policies: options.policies,
            kind: meant.kind,
            audience: meant.audience.clone(),
            challenge: meant.challenge.clone(),
        };
        verify::verify_with(document, issuer, &crypto)
    };
    let without_issuer =
        |why: &str| DocumentVerdict::of(judge(IssuerDocument::Missing(why)), Findings::default(), options);
    // What nobody can read is not worth a question to the ledger.
    let unread = judge(IssuerDocument::Missing(""));
    if unread.document.is_none() {
        return Ok(DocumentVerdict::of(unread, Findings::default(), options));
    }
    let did = match verify::did_to_resolve(document) {
        Ok(did) => did,
        Err(failure) => return Ok(without_issuer(&failure.message)),
    };
    let issuer = match did_document_at(studio, &did, options.at).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let error = format!("resolver_error: Unable to resolve DID document for {did}: notFound");
            return Ok(without_issuer(&error));
        }
        Err(fault) if fault.kind == FaultKind::Invalid => {
            return Ok(without_issuer(&format!("resolver_error: {}", fault.public)));
        }
        Err(fault) => return Err(fault),
    };
    let checked = judge(IssuerDocument::Found(&issuer.document));
    let mut findings = Findings { issuer_deactivated: Some(issuer.deactivated), ..Findings::default() };
    // What is not proven sends nobody to other documents.
    if options.status && checked.is_proven() {
        let signed = checked.document.as_ref().unwrap_or(document);
        (findings.statuses, findings.status_error) = statuses(studio, signed, &did, options.at).await?;
    }
    Ok(DocumentVerdict::of(checked, findings, options))
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
        Err(error) => return Ok((Vec::new(), Some(error.to_string()))),
    };
    let mut told = Vec::with_capacity(entries.len());
    for entry in &entries {
        match status_list::fetch_list(studio, entry, issuer, at).await {
            Ok(status) => told.push(status),
            Err(fault) if matches!(fault.kind, FaultKind::Invalid | FaultKind::NotFound) => {
                return Ok((told, Some(fault.public)));
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok((told, None))
}
