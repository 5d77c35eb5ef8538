//! Verdicts: on a trust chain, on a credential, on entries of a status list. Wrong answers to a verifier's question are
//! data; only the lack of an answer is an error.

use crate::view::kind::AccreditationKind;
use app::{
    credential::{ChainState, CredentialVerdict},
    presentation::PresentationVerdict,
    status_list::CheckedEntry as CheckedRow,
    trust::{ChainFailure, ChainVerdict, Check, CheckOutcome, DocumentVerdict, Hop, HopOutcome},
};
use async_graphql::{Enum, SimpleObject};
use domain::id::Instant;
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
    /// The rules of the chain, each with its outcome: `kind`, `subject`, `scope`, `root`, `references`, `superseded`.
    checks: Vec<VerdictCheck>,
    /// The verdict on the document itself.
    document: Option<DocumentVerification>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "CheckOutcome", name = "CheckOutcome")]
pub(crate) enum VerdictOutcome {
    /// Asked and in order.
    Passed,
    /// Switched off, not asked for, or there was nothing to check.
    Skipped,
    /// Asked and wrong.
    Failed,
}

/// One check of a verdict.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "Check")]
pub(crate) struct VerdictCheck {
    /// Which, e.g. `signature`, `keyPurpose`, `consistency`, `expiration`, `issuerActive`, `status`, `scope`.
    name: String,
    /// How it went.
    outcome: VerdictOutcome,
    /// Of a failed check what is wrong, a sentence that starts with its code; of another one what decided, e.g. of
    /// `keyPurpose` the relationship that the key stands under.
    reason: Option<String>,
}

impl From<Check> for VerdictCheck {
    fn from(check: Check) -> Self {
        let Check { name, outcome, reason } = check;
        Self { name, outcome: outcome.into(), reason }
    }
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
    /// The verification method whose key made the signature.
    signer: Option<Value>,
    /// Whether that DID is deactivated.
    issuer_deactivated: bool,
    /// Every check, always the same ones in the same order.
    checks: Vec<VerdictCheck>,
    /// What its status entries say, if they were asked.
    statuses: Vec<StatusVerification>,
    /// Whether a status entry says revoked; null if none that was asked speaks of it.
    revoked: Option<bool>,
    /// Whether a status entry says suspended; null if none that was asked speaks of it.
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
    /// Every check: those of the document, then `trustChain` and `trustedRoot`.
    checks: Vec<VerdictCheck>,
    /// About the credential itself.
    document: DocumentVerification,
    /// What is known of the chain above it, if that was asked for.
    trust_chain_state: Option<TrustChainState>,
    /// The chain, if it was walked.
    trust_chain: Option<TrustChain>,
    /// As of when this holds.
    evaluated_at: Instant,
}

/// What is known of the chain above a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ChainState")]
pub(crate) enum TrustChainState {
    /// It holds.
    Verified,
    /// It does not.
    Failed,
    /// It holds, but nobody said that its root is trusted.
    UntrustedRoot,
    /// The credential declares none.
    NotDeclared,
    /// The credential itself is not proven, so nobody goes where it points.
    NotWalked,
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

fn shown(checks: Vec<Check>) -> Vec<VerdictCheck> {
    checks.into_iter().map(Into::into).collect()
}

impl From<DocumentVerdict> for DocumentVerification {
    fn from(verdict: DocumentVerdict) -> Self {
        let (revoked, suspended) = (verdict.revoked(), verdict.suspended());
        Self {
            verified: verdict.verified,
            error: verdict.error,
            issuer: verdict.verification.issuer,
            signer: verdict.verification.signer,
            issuer_deactivated: verdict.issuer_deactivated,
            checks: shown(verdict.checks),
            revoked,
            suspended,
            statuses: verdict
                .statuses
                .into_iter()
                .map(|status| StatusVerification {
                    purpose: status.purpose.to_string(),
                    value: status.status,
                    valid: status.valid,
                    message: status.message,
                })
                .collect(),
            document: verdict.verification.document,
        }
    }
}

impl From<Hop> for TrustChainHop {
    fn from(hop: Hop) -> Self {
        let checks = shown(hop.rules());
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
            kind: hop.kind.map(Into::into),
            superseded_by: hop.superseded_by,
            passed,
            error,
            checks,
            document: hop.document.map(Into::into),
        }
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
            checks: shown(verdict.checks),
            document: verdict.document.into(),
            trust_chain_state: verdict.chain_state.map(Into::into),
            trust_chain: verdict.chain.map(Into::into),
            evaluated_at: verdict.evaluated_at,
        }
    }
}

/// The verdict on a presentation: the worst of the holder's proof and every credential.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PresentationVerification {
    /// True only if everything that was asked for passed, of the presentation and of every credential in it.
    verified: bool,
    /// What failed first.
    error: Option<String>,
    /// Every check: those of the holder's proof, then `credentials`, and `holderBinding`, which tells whether all are about the holder.
    checks: Vec<VerdictCheck>,
    /// About the holder's proof.
    document: DocumentVerification,
    /// Every credential, in its order; none if the holder's proof does not hold.
    credentials: Vec<DocumentVerification>,
    /// As of when this holds.
    evaluated_at: Instant,
}

impl From<PresentationVerdict> for PresentationVerification {
    fn from(verdict: PresentationVerdict) -> Self {
        Self {
            verified: verdict.verified,
            error: verdict.error,
            checks: shown(verdict.checks),
            document: verdict.document.into(),
            credentials: verdict.credentials.into_iter().map(Into::into).collect(),
            evaluated_at: verdict.evaluated_at,
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
