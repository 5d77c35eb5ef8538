//! Verdicts as JSON: cheqd Studio's members, and every check by its name.

use app::trust::{ChainVerdict, Check, CheckOutcome, DocumentVerdict, Hop, HopOutcome, VerifyOptions};
use credentials::{status_list::StatusResult, verify::Policies};
use domain::accreditation::AccreditationKind;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// What came of one check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckView {
    /// Which, e.g. `signature`, `keyPurpose`, `consistency`, `expiration`, `issuerActive`, `status`, `scope`.
    name: String,
    /// `passed`, `failed`, or `skipped`: not asked for, or nothing there to check.
    outcome: &'static str,
    /// What is wrong, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What decided, if it did not fail: of `keyPurpose` the relationship that the key stands under.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        let Check { name, outcome, reason } = check;
        let (error, reason) = if outcome == CheckOutcome::Failed { (reason, None) } else { (None, reason) };
        Self { name, outcome: outcome.as_str(), error, reason }
    }
}

/// The checks as they are shown.
pub(crate) fn shown(checks: &[Check]) -> Vec<CheckView> {
    checks.iter().cloned().map(Into::into).collect()
}

/// What one status entry of a document says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusView {
    /// Its value in the list.
    status: u8,
    /// What the entry is about, e.g. `revocation`.
    purpose: String,
    /// Whether the value is 0.
    valid: bool,
    /// The list's text for the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl From<&StatusResult> for StatusView {
    fn from(result: &StatusResult) -> Self {
        let StatusResult { status, purpose, valid, message, .. } = result;
        Self { status: *status, purpose: purpose.to_string(), valid: *valid, message: message.clone() }
    }
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
    fn of(hop: &Hop) -> Self {
        let error = match &hop.outcome {
            HopOutcome::Passed => None,
            HopOutcome::Failed(reason) => Some(reason.clone()),
        };
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
            kind: hop.kind.map(AccreditationKind::name),
            superseded_by: hop.superseded_by.clone(),
            verified: hop.outcome == HopOutcome::Passed,
            error,
            checks: shown(&hop.all_checks()),
        }
    }
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
    members.extend(status_members(verdict, options));
    members.insert("checks".to_owned(), json!(shown(&verdict.checks)));
    members
}

/// `revoked`, `suspended`, `status`, `purpose`, `valid`, `message`; of several entries the first bad one. All that were asked
/// stand in `statuses`.
fn status_members(verdict: &DocumentVerdict, options: &VerifyOptions) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, is) in [("revoked", verdict.revoked()), ("suspended", verdict.suspended())] {
        if let Some(is) = is {
            members.insert(name.to_owned(), Value::Bool(is));
        }
    }
    if let Some(Value::Object(shown)) = verdict.telling_status().map(|status| json!(StatusView::from(status)))
    {
        members.extend(shown);
    }
    if options.status {
        let statuses: Vec<StatusView> = verdict.statuses.iter().map(Into::into).collect();
        members.insert("statuses".to_owned(), json!(statuses));
    }
    members
}

/// The members about a chain: `accreditorDids`, `rootAuthorization`, `termsOfUse`, `hops`, `evaluatedAt`.
pub(crate) fn chain_members(chain: &ChainVerdict) -> Map<String, Value> {
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
    let hops: Vec<HopView> = chain.hops.iter().map(HopView::of).collect();
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
