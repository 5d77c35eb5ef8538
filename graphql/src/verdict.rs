//! Verdicts: on a trust chain, on a credential, on entries of a status list. Wrong answers to a verifier's question are
//! data; only the lack of an answer is an error.

use crate::view::kind::AccreditationKind;
use app::{
    credential::CredentialVerdict,
    status_list::CheckedEntry as CheckedRow,
    trust::{ChainFailure, ChainVerdict, DocumentVerdict, Hop, HopOutcome},
};
use async_graphql::{Enum, SimpleObject};
use domain::id::Instant;
use serde::Serialize;
use serde_json::Value;

/// What sort of thing is wrong with a trust chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ChainFailure")]
pub(crate) enum TrustChainFailure {
    /// A reference leads to nothing on the ledger.
    NotFound,
    /// An accreditation does not cover what is asked.
    Scope,
    /// The question does not fit the document: wrong subject, wrong kind, missing references, no DID URL.
    Mismatch,
    /// The verdict proper: signature, dates, status, deactivation, root, loops, length.
    Untrusted,
}

/// The verdict on a chain of accreditations.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct TrustChain {
    /// True only if every hop passed and the last is the declared root.
    verified: bool,
    /// What is wrong first, with its hop.
    error: Option<String>,
    /// The sort of what is wrong.
    failure: Option<TrustChainFailure>,
    /// The documents, leaf first.
    hops: Vec<TrustChainHop>,
    /// The issuer of every hop, leaf first.
    accreditor_dids: Vec<String>,
    /// DID URL of the exact root authorisation, if it was reached.
    root_authorization: Option<String>,
    /// The subject of the root, if it was reached.
    root_subject: Option<String>,
    /// The root's terms of use.
    terms_of_use: Option<Value>,
    /// Whether that root is among the `trustedRoots` of the question, on the account's list, or the account's own; null if
    /// that was not found out.
    root_trusted: Option<bool>,
    /// As of when this holds.
    evaluated_at: Instant,
}

/// One document of a trust chain.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct TrustChainHop {
    /// Its place, 1 is the leaf.
    number: usize,
    /// The reference that led here.
    url: String,
    /// DID URL of the exact resource, if it was found.
    resource_url: Option<String>,
    /// Its version label.
    version: Option<String>,
    /// The DID that grants.
    issuer: Option<String>,
    /// The DID that receives.
    subject: Option<String>,
    /// Which document.
    kind: Option<AccreditationKind>,
    /// DID URL of the newer version that counts beside it; null if it is the newest of its line.
    superseded_by: Option<String>,
    /// Whether this hop passed.
    passed: bool,
    /// What is wrong with it.
    error: Option<String>,
    /// The rules of the chain, each with its outcome.
    checks: Vec<TrustChainCheck>,
    /// The verdict on the document itself.
    document: Option<DocumentVerification>,
}

/// The outcome of one rule for one hop.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct TrustChainCheck {
    /// `kind`, `subject`, `scope`, `root`, `references` or `superseded`.
    name: String,
    /// Whether it passed.
    passed: bool,
    /// Why not.
    reason: Option<String>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum CheckOutcome {
    /// Asked and in order.
    Passed,
    /// Switched off, or there was nothing to check.
    Skipped,
    /// Asked and wrong.
    Failed,
}

/// One check of a signed document.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct DocumentCheck {
    /// Which, e.g. `signature` or `expiration`.
    name: String,
    /// How it went.
    outcome: CheckOutcome,
    /// Why it failed, a sentence that starts with its code.
    reason: Option<String>,
}

/// What one status entry of a document says.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct StatusVerification {
    /// What the entry is about, e.g. `revocation`.
    purpose: String,
    /// Its value in the list.
    value: u8,
    /// Whether the value is 0.
    valid: bool,
    /// The text of the value, if the list has texts.
    message: Option<String>,
}

/// The verdict on one signed document.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct DocumentVerification {
    /// True only if everything that was asked for passed.
    verified: bool,
    /// The first thing that did not.
    error: Option<String>,
    /// The DID that signed, or claims to have.
    issuer: Option<String>,
    /// Whether that DID is deactivated.
    issuer_deactivated: bool,
    /// Every check in order.
    checks: Vec<DocumentCheck>,
    /// What its status entries say, if they were asked.
    statuses: Vec<StatusVerification>,
    /// Whether a status entry says revoked; null if none was asked.
    revoked: Option<bool>,
    /// Whether a status entry says suspended; null if none was asked.
    suspended: Option<bool>,
    /// The document in its normal form, if it could be read.
    document: Option<Value>,
}

/// The verdict on a credential.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct CredentialVerification {
    /// True only if everything that was asked for passed.
    verified: bool,
    /// The first thing that did not.
    error: Option<String>,
    /// About the credential itself.
    document: DocumentVerification,
    /// About the chain above it, if that was asked for and the credential declares one.
    trust_chain: Option<TrustChain>,
    /// The credential declares no chain although one was asked for.
    trust_chain_not_declared: bool,
}

/// What an entry of a status list on the ledger says.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct CheckedEntry {
    /// Which entry.
    index: u32,
    /// Its value; null if it has none.
    value: Option<u8>,
    /// Why it has none.
    error: Option<String>,
    /// The text of the value, if the list has texts.
    message: Option<String>,
}

/// The serde form of an enum of the formats' crate, which this door does not know by name.
fn tag(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl From<DocumentVerdict> for DocumentVerification {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the type is of a room this door may not name"
    )]
    fn from(verdict: DocumentVerdict) -> Self {
        let DocumentVerdict { verified, error, verification, statuses, issuer_deactivated } = verdict;
        let asked = !statuses.is_empty();
        Self {
            verified,
            error,
            issuer: verification.issuer,
            issuer_deactivated,
            checks: verification.checks.iter().map(|check| document_check(&tag(check))).collect(),
            revoked: asked.then(|| statuses.iter().any(|status| status.revoked())),
            suspended: asked.then(|| statuses.iter().any(|status| status.suspended())),
            statuses: statuses
                .into_iter()
                .map(|status| StatusVerification {
                    purpose: status.purpose.to_string(),
                    value: status.status,
                    valid: status.valid,
                    message: status.message,
                })
                .collect(),
            document: verification.document,
        }
    }
}

/// From `{"name": …, "outcome": "passed" | "skipped" | {"failed": {"code", "message"}}}`. What is not understood failed.
fn document_check(check: &Value) -> DocumentCheck {
    let outcome = check.get("outcome");
    DocumentCheck {
        name: check.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        outcome: match outcome.and_then(Value::as_str) {
            Some("passed") => CheckOutcome::Passed,
            Some("skipped") => CheckOutcome::Skipped,
            _ => CheckOutcome::Failed,
        },
        reason: outcome
            .and_then(|outcome| outcome.pointer("/failed/message"))
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

impl From<Hop> for TrustChainHop {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the type is of a room this door may not name"
    )]
    fn from(hop: Hop) -> Self {
        let kind = hop.kind.map(|kind| kind.as_str());
        let (passed, error) = match hop.outcome {
            HopOutcome::Passed => (true, None),
            HopOutcome::Failed(reason) => (false, Some(reason)),
        };
        Self {
            number: hop.number,
            url: hop.url,
            resource_url: hop.resource_url,
            version: hop.version,
            issuer: hop.issuer,
            subject: hop.subject,
            kind: kind.and_then(kind_of),
            superseded_by: hop.superseded_by,
            passed,
            error,
            checks: hop
                .checks
                .into_iter()
                .map(|check| TrustChainCheck {
                    name: tag(&check.name).as_str().unwrap_or_default().to_owned(),
                    passed: check.failure.is_none(),
                    reason: check.failure,
                })
                .collect(),
            document: hop.document.map(Into::into),
        }
    }
}

fn kind_of(verb: &str) -> Option<AccreditationKind> {
    match verb {
        "authorize" => Some(AccreditationKind::Authorize),
        "accredit" => Some(AccreditationKind::Accredit),
        "attest" => Some(AccreditationKind::Attest),
        _ => None,
    }
}

impl From<ChainVerdict> for TrustChain {
    fn from(chain: ChainVerdict) -> Self {
        Self {
            verified: chain.verified,
            failure: chain.failure().map(Into::into),
            error: chain.error,
            hops: chain.hops.into_iter().map(Into::into).collect(),
            accreditor_dids: chain.accreditor_dids,
            root_authorization: chain.root_url,
            root_subject: chain.root_subject,
            terms_of_use: chain.root_terms,
            root_trusted: chain.root_trusted,
            evaluated_at: chain.evaluated_at,
        }
    }
}

impl From<CredentialVerdict> for CredentialVerification {
    fn from(verdict: CredentialVerdict) -> Self {
        Self {
            verified: verdict.verified,
            error: verdict.error,
            document: verdict.document.into(),
            trust_chain: verdict.chain.map(Into::into),
            trust_chain_not_declared: verdict.chain_not_declared,
        }
    }
}

impl From<CheckedRow> for CheckedEntry {
    fn from(entry: CheckedRow) -> Self {
        let (value, error) = match entry.value {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        };
        Self { index: entry.index, value, error, message: entry.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_check_that_is_not_understood_counts_as_failed() {
        let passed = document_check(&json!({"name": "signature", "outcome": "passed"}));
        assert_eq!((passed.name.as_str(), passed.outcome), ("signature", CheckOutcome::Passed));
        let failed = json!({"name": "expiration", "outcome": {"failed": {"code": "invalid_jwt", "message": "invalid_jwt: expired"}}});
        let failed = document_check(&failed);
        assert_eq!(failed.outcome, CheckOutcome::Failed);
        assert_eq!(failed.reason.as_deref(), Some("invalid_jwt: expired"));
        assert_eq!(document_check(&json!({})).outcome, CheckOutcome::Failed);
        assert_eq!(document_check(&json!({"outcome": "skipped"})).outcome, CheckOutcome::Skipped);
    }
}
