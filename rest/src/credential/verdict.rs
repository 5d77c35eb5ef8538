//! Verdicts as JSON: cheqd Studio's members, and every check by its name.

use app::trust::{ChainVerdict, DocumentVerdict, Hop, HopOutcome, VerifyOptions};
use credentials::{
    status_list::{ListProof, Purpose, StatusListError, StatusResult},
    verify::{Check, Outcome, Policies},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// What came of one check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckView {
    /// Which, e.g. `signature`, `expiration`, `status`, `scope`.
    name: String,
    /// `passed`, `failed`, or `skipped`: not asked for, or nothing there to check.
    outcome: &'static str,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl CheckView {
    fn new(name: impl Into<String>, outcome: &'static str, error: Option<String>) -> Self {
        Self { name: name.into(), outcome, error }
    }

    /// Of something that passed, or failed with a reason.
    pub(super) fn judged(name: impl Into<String>, failure: Option<String>) -> Self {
        let outcome = if failure.is_some() { "failed" } else { "passed" };
        Self::new(name, outcome, failure)
    }

    fn of(check: &Check) -> Self {
        let name = wire(&check.name);
        match &check.outcome {
            Outcome::Passed => Self::new(name, "passed", None),
            Outcome::Skipped => Self::new(name, "skipped", None),
            Outcome::Failed(failure) => Self::new(name, "failed", Some(failure.message.clone())),
        }
    }
}

/// What one status entry says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusView {
    /// Its value.
    status: u8,
    /// Its purpose.
    purpose: String,
    /// Whether the value is 0.
    valid: bool,
    /// The list's text for the value.
    message: Option<String>,
}

/// One document of a chain.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HopView {
    /// Its place; 1 is the leaf.
    number: usize,
    /// The reference that led here.
    url: String,
    /// Exactly this version, `<did>/resources/<id>`; null if nothing was found.
    resource_url: Option<String>,
    /// Its resource id.
    resource_id: Option<String>,
    /// Its version label.
    version: Option<String>,
    /// Who grants.
    issuer: Option<String>,
    /// Who receives.
    subject: Option<String>,
    /// `authorize`, `accredit` or `attest`.
    kind: Option<&'static str>,
    /// The newer version that counts beside it, exactly; absent if it is the newest of its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_by: Option<String>,
    /// Whether everything about it is in order.
    verified: bool,
    /// What is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Every check of the hop and of the document.
    checks: Vec<CheckView>,
}

impl HopView {
    fn of(hop: &Hop, options: &VerifyOptions) -> Self {
        let error = match &hop.outcome {
            HopOutcome::Passed => None,
            HopOutcome::Failed(reason) => Some(reason.clone()),
        };
        let rules =
            hop.checks.iter().map(|check| CheckView::judged(wire(&check.name), check.failure.clone()));
        let document = hop.document.iter().flat_map(|document| document_checks(document, options));
        Self {
            number: hop.number,
            url: hop.url.clone(),
            resource_url: hop.resource_url.clone(),
            resource_id: hop
                .resource_url
                .as_deref()
                .and_then(|url| url.rsplit('/').next())
                .map(str::to_owned),
            version: hop.version.clone(),
            issuer: hop.issuer.clone(),
            subject: hop.subject.clone(),
            kind: hop.kind.map(credentials::accreditation::Kind::as_str),
            superseded_by: hop.superseded_by.clone(),
            verified: hop.outcome == HopOutcome::Passed,
            error,
            checks: rules.chain(document).collect(),
        }
    }
}

/// The text of an enum's serde form.
fn wire(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The checks of a document: the cryptographic ones, whether its issuer is active, and its status.
fn document_checks(verdict: &DocumentVerdict, options: &VerifyOptions) -> Vec<CheckView> {
    let mut checks: Vec<CheckView> = verdict.verification.checks.iter().map(CheckView::of).collect();
    let active = if !verdict.issuer_deactivated {
        CheckView::judged("issuerActive", None)
    } else if options.allow_deactivated {
        CheckView::new("issuerActive", "skipped", None)
    } else {
        CheckView::judged(
            "issuerActive",
            Some("issuer_deactivated: the issuer DID is deactivated".to_owned()),
        )
    };
    // Whether a DID is active is only known once its document was found.
    if verdict.verification.signer.is_some() {
        checks.push(active);
    }
    let unread = verdict.error.clone().filter(|error| error.starts_with("credential_status:"));
    let bad = verdict.statuses.iter().any(|status| !status.valid);
    checks.push(match (options.status, unread, verdict.statuses.is_empty()) {
        (true, Some(reason), _) => CheckView::judged("status", Some(reason)),
        (true, None, false) if bad => {
            CheckView::judged("status", Some("credential_status: the status is not valid".to_owned()))
        }
        (true, None, false) => CheckView::judged("status", None),
        _ => CheckView::new("status", "skipped", None),
    });
    if options.status {
        checks.push(list_proof(verdict));
    }
    checks
}

/// Whether the proofs of the status lists cover their bits: `skipped` where one says nothing of them.
fn list_proof(verdict: &DocumentVerdict) -> CheckView {
    let mismatch = StatusListError::Digest.to_string();
    if let Some(error) = verdict.error.as_ref().filter(|error| error.ends_with(&mismatch)) {
        return CheckView::judged("listProof", Some(error.clone()));
    }
    let are_covered = verdict.statuses.iter().all(|status| status.list_proof == ListProof::Covered);
    if verdict.statuses.is_empty() || !are_covered {
        return CheckView::new("listProof", "skipped", None);
    }
    CheckView::judged("listProof", None)
}

/// The members about the document itself: `verified`, `issuer`, `signer`, `policies`, the status, `checks`.
pub(crate) fn document_members(
    verdict: &DocumentVerdict,
    options: &VerifyOptions,
    policies: &Map<String, Value>,
) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("verified".to_owned(), Value::Bool(verdict.verified));
    if let Some(issuer) = &verdict.verification.issuer {
        members.insert("issuer".to_owned(), Value::from(issuer.as_str()));
    }
    if let Some(signer) = &verdict.verification.signer {
        members.insert("signer".to_owned(), signer.clone());
    }
    members.insert("policies".to_owned(), Value::Object(policies.clone()));
    members.extend(status_members(&verdict.statuses));
    members.insert("checks".to_owned(), json!(document_checks(verdict, options)));
    members
}

/// `revoked`, `suspended`, `status`, `purpose`, `valid`, `message`; of several entries the first bad one, with all of
/// them in `statuses`.
fn status_members(statuses: &[StatusResult]) -> Map<String, Value> {
    let mut members = Map::new();
    let speaks_of = |purpose: Purpose| {
        statuses.iter().any(|status| status.purpose == purpose || status.purpose == Purpose::Message)
    };
    if speaks_of(Purpose::Revocation) {
        members.insert("revoked".to_owned(), Value::Bool(statuses.iter().any(StatusResult::revoked)));
    }
    if speaks_of(Purpose::Suspension) {
        members.insert("suspended".to_owned(), Value::Bool(statuses.iter().any(StatusResult::suspended)));
    }
    let shown = statuses.iter().find(|status| !status.valid).or(statuses.first());
    if let Some(Ok(Value::Object(shown))) = shown.map(serde_json::to_value) {
        members.extend(shown);
    }
    if statuses.len() > 1 {
        members.insert("statuses".to_owned(), json!(statuses));
    }
    members
}

/// The members about a chain: `accreditorDids`, `rootAuthorization`, `termsOfUse`, `hops`, `evaluatedAt`.
pub(crate) fn chain_members(chain: &ChainVerdict, options: &VerifyOptions) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("accreditorDids".to_owned(), json!(chain.accreditor_dids));
    if let Some(subject) = &chain.root_subject {
        members.insert("rootAuthorization".to_owned(), Value::from(subject.as_str()));
    }
    if let Some(url) = &chain.root_url {
        members.insert("rootAuthorizationUrl".to_owned(), Value::from(url.as_str()));
    }
    if let Some(is_trusted) = chain.root_trusted {
        members.insert("rootTrusted".to_owned(), Value::Bool(is_trusted));
    }
    if let Some(terms) = &chain.root_terms {
        members.insert("termsOfUse".to_owned(), terms.clone());
    }
    let hops: Vec<HopView> = chain.hops.iter().map(|hop| HopView::of(hop, options)).collect();
    members.insert("hops".to_owned(), json!(hops));
    members.insert("evaluatedAt".to_owned(), Value::from(credentials::vc::iso_millis(chain.evaluated_at)));
    members
}

/// `policies` of the answer: what was switched off, and whether the status was asked for.
pub(crate) fn policies_echo(policies: Policies, status: bool) -> Map<String, Value> {
    let mut echo = Map::new();
    let switches = [
        ("issuanceDate", policies.issuance_date),
        ("expirationDate", policies.expiration_date),
        ("audience", policies.audience),
        ("format", policies.format),
    ];
    for (name, on) in switches {
        if !on {
            echo.insert(name.to_owned(), Value::Bool(false));
        }
    }
    echo.insert("credentialStatus".to_owned(), Value::Bool(status));
    echo
}
