//! `POST /trust-registry/accreditation/issue`.

use super::request::schemas;
use crate::{
    Answer, Ask, Input, Problem, check,
    credential::{
        Credential, CredentialStatusRequest, attributes, expiration_date, reserved,
        securing_of_accreditation, status_request, string_list, structured,
    },
    input::{Query, invalid},
    job,
    rules::{Rules, passed},
    schema::{GrantedSchema, ObjectOrObjects, TextOrTexts},
    status_list::resource_metadata,
};
use app::{Fault, accreditation::IssueAccreditation, job::JobAct};
use axum::http::StatusCode;
use domain::{accreditation::AccreditationKind, id::Did};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

const INVALID_VALUE: &str = "Invalid value";

/// An accreditation to issue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccreditationIssueRequest {
    /// Who grants; a did:cheqd of the account.
    issuer_did: String,
    /// Who receives.
    subject_did: String,
    /// The name that all versions share.
    accreditation_name: String,
    /// What is granted.
    schemas: Vec<GrantedSchema>,
    /// DID URL of the accreditation this one hangs on; not for `authorize`.
    parent_accreditation: Option<String>,
    /// DID URL of the root authorisation; not for `authorize`.
    root_authorization: Option<String>,
    /// For `authorize`: the trust framework.
    trust_framework: Option<String>,
    /// For `authorize`: its id.
    trust_framework_id: Option<String>,
    /// More claims about the receiver.
    #[schema(value_type = Option<Object>)]
    attributes: Option<Value>,
    /// A context or several.
    #[serde(rename = "@context")]
    context: Option<TextOrTexts>,
    /// A type or several, besides the accreditation's own.
    #[serde(rename = "type")]
    kind: Option<TextOrTexts>,
    /// ISO 8601.
    expiration_date: Option<String>,
    /// `jwt`, which is the default, or `jsonld` (`lds` and `json-ld` are the same).
    format: Option<String>,
    /// For `jsonld`, as for credentials.
    cryptosuite: Option<String>,
    /// Its place in a status list of the issuer.
    credential_status: Option<CredentialStatusRequest>,
    /// Further policies besides the chain's own.
    terms_of_use: Option<ObjectOrObjects>,
    /// An object or an array of objects.
    evidence: Option<ObjectOrObjects>,
    /// An object or an array of objects.
    refresh_service: Option<ObjectOrObjects>,
    /// The same as `rootAuthorization`.
    root_authorisation: Option<String>,
    /// The same as in the query, which wins.
    accreditation_type: Option<String>,
    /// `studio`.
    provider_id: Option<String>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    mode: Option<String>,
}

/// A published accreditation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccreditationIssueResult {
    /// Exactly this version, and whatever version is the newest.
    did_urls: Vec<String>,
    /// The signed credential.
    #[schema(value_type = Credential)]
    accreditation: Value,
    /// Its resource on the ledger.
    #[schema(value_type = crate::resource::ResourceView)]
    resource_metadata: Value,
}

/// Verifies the chain above, signs the accreditation and publishes it as a DID-Linked Resource of the issuer.
#[utoipa::path(post, path = "/trust-registry/accreditation/issue",
    params(("accreditationType" = Option<String>, Query,
        description = "`authorize` (a root), `accredit` (the right to accredit), or `attest` (the right to issue); may \
                       stand in the body instead.")),
    request_body(content(
        (AccreditationIssueRequest = "application/json"),
        (AccreditationIssueRequest = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, body = AccreditationIssueResult),
        (status = 400, description = "Malformed, or the chain above does not verify.",
            body = crate::problem::ProblemBody),
        (status = 401, description = "No working API key, or the accreditation above does not cover the schemas.",
            body = crate::problem::ProblemBody),
        (status = 404, description = "The DID is not of this account, or the accreditation above does not exist.",
            body = crate::problem::ProblemBody)))]
pub(super) async fn issue(ask: Ask) -> Result<Answer, Problem> {
    let request = parse(&ask.query, &ask.input)?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::AccreditationIssue(Box::new(request))).await;
    }
    let issuer = request.issuer.clone();
    let written = ask.perform(request).await?;
    Answer::written(&ask, StatusCode::OK, written, |issued| AccreditationIssueResult {
        did_urls: vec![issued.exact_url, issued.latest_url],
        accreditation: issued.credential,
        resource_metadata: resource_metadata(&issuer, &issued.metadata),
    })
    .await
}

pub(super) fn parse(query: &Query, input: &Input) -> Result<IssueAccreditation, Fault> {
    let mut rules = Rules::default();
    rules.note(reserved(input));
    rules.note(only_here(input));
    let kind = rules.note(kind(query, input));
    let issuer = rules.note(party(input, "issuerDid"));
    let subject = rules.note(party(input, "subjectDid"));
    let contexts = rules.note(string_list(input, "@context"));
    let types = rules.note(string_list(input, "type"));
    let attributes = rules.note(attributes(input));
    let expiration_date = rules.note(expiration_date(input));
    let securing = rules.note(securing_of_accreditation(input));
    let status = rules.note(status_request(input));
    let extra = rules.note(structured(input));
    let schemas = rules.note(schemas(input).and_then(|found| {
        found.filter(|found| !found.is_empty()).ok_or_else(|| invalid("schemas", "schemas must be a array"))
    }));
    let text = |name: &str| {
        let text = input.text(name, &format!("{name} must be a string"))?;
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let parent = rules.note(text("parentAccreditation"));
    let root = rules.note(root(input));
    let trust_framework = rules.note(text("trustFramework"));
    let trust_framework_id = rules.note(text("trustFrameworkId"));
    if let (Some(kind), Some(parent), Some(root), Some(framework), Some(framework_id)) =
        (kind, &parent, &root, &trust_framework, &trust_framework_id)
    {
        rules.note(cross_rule(kind, (parent, root), (framework, framework_id)));
    }
    let name = rules.note(name(input));
    passed!(
        rules: kind, issuer, subject, name, schemas, parent, root, trust_framework, trust_framework_id,
        attributes, contexts, types, expiration_date, status, securing, extra
    );
    Ok(IssueAccreditation {
        kind,
        issuer,
        subject,
        name,
        schemas,
        parent,
        root,
        trust_framework,
        trust_framework_id,
        attributes: attributes.unwrap_or_default(),
        contexts,
        types,
        expiration_date,
        status,
        securing,
        extra,
    })
}

fn kind(query: &Query, input: &Input) -> Result<AccreditationKind, Fault> {
    const NAME: &str = "accreditationType";
    let text = match query.text(NAME) {
        Some(text) => Some(text),
        None => input.text(NAME, INVALID_VALUE)?,
    };
    text.and_then(AccreditationKind::named).ok_or_else(|| invalid(NAME, INVALID_VALUE))
}

fn name(input: &Input) -> Result<String, Fault> {
    const NAME: &str = "accreditationName";
    match input.text(NAME, INVALID_VALUE)? {
        Some(name) if !name.trim().is_empty() => check::short(NAME, name).map(str::to_owned),
        _ => Err(invalid(NAME, INVALID_VALUE)),
    }
}

fn party(input: &Input, name: &str) -> Result<Did, Fault> {
    let did = check::did(name, input.raw(name).unwrap_or(&Value::Null))?;
    check::cheqd_did(name, &did)
}

/// `rootAuthorization`, also as the British spell it; both spellings must not say different things.
fn root(input: &Input) -> Result<Option<String>, Fault> {
    const SENTENCE: &str = "rootAuthorization must be a string";
    let american = input.text("rootAuthorization", SENTENCE)?.filter(|text| !text.is_empty());
    let british = input.text("rootAuthorisation", SENTENCE)?.filter(|text| !text.is_empty());
    match (american, british) {
        (Some(one), Some(other)) if one != other => Err(invalid(
            "rootAuthorization",
            "rootAuthorization and rootAuthorisation must not name different roots",
        )),
        (one, other) => Ok(one.or(other).map(str::to_owned)),
    }
}

type Pair<'a> = (&'a Option<String>, &'a Option<String>);

/// A root names its framework and nothing above it; the others name both documents above them.
fn cross_rule(kind: AccreditationKind, above: Pair<'_>, framework: Pair<'_>) -> Result<(), Fault> {
    let refused = |sentence: &str| Err(Fault::invalid("accreditation/terms-invalid", sentence));
    if kind == AccreditationKind::Authorize {
        return match (above, framework) {
            ((None, None), (Some(_), Some(_))) => Ok(()),
            ((None, None), _) => {
                refused("trustFramework and trustFrameworkId are required for an authorize operation")
            }
            _ => {
                refused("parentAccreditation or rootAuthorization is not required for an authorize operation")
            }
        };
    }
    match above {
        (Some(_), Some(_)) => Ok(()),
        (None, None) => refused("parentAccreditation or rootAuthorization is required"),
        _ => refused("parentAccreditation and rootAuthorization are both required"),
    }
}

fn only_here(input: &Input) -> Result<(), Fault> {
    match input.text("providerId", "providerId should be a string")? {
        None | Some("studio") => Ok(()),
        Some(_) => Err(invalid("providerId", "Only the provider studio issues accreditations here.")),
    }
}
