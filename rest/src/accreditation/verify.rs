//! `POST /trust-registry/accreditation/verify`.

use super::{
    locator::{Locator, Parts},
    request::schemas,
};
use crate::{
    Answer, Ask, Input, Problem, check,
    credential::{
        CheckView, HopView, PoliciesRequest, StatusView, chain_members, document_members, known,
        policies_echo, trusted_roots, verify_options,
    },
    input::{INVALID, Query},
    rules::{Rules, passed},
    schema::{GrantedSchema, ObjectOrObjects},
};
use app::{
    Fault, FaultKind,
    accreditation::{self, VerifyAccreditation},
    trust::{ChainFailure, ChainVerdict, VerifyOptions},
};
use credentials::accreditation::AccreditedFor;
use domain::id::Instant;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An accreditation to verify, up to its root.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccreditationVerifyRequest {
    /// The DID that is said to be accredited.
    subject_did: String,
    /// DID URL of the accreditation, or its address at a resolver.
    did_url: Option<String>,
    /// Or its DID …
    did: Option<String>,
    /// … with the resource's id …
    resource_id: Option<String>,
    /// … or its name …
    resource_name: Option<String>,
    /// … and type.
    resource_type: Option<String>,
    /// What it must be accredited for.
    schemas: Option<Vec<GrantedSchema>>,
    /// The root the chain must end at.
    root_authorization: Option<String>,
    /// Checks that are switched off with `false`.
    policies: Option<PoliciesRequest>,
    /// Roots that are trusted beside the account's: DIDs, or DID URLs of root authorisations by id or by name.
    trusted_roots: Option<Vec<String>>,
}

/// The verdict on a chain.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccreditationVerifyResult {
    /// True only if every hop passed and the last one is the declared root.
    verified: bool,
    /// Who issued the accreditation asked about.
    issuer: Option<String>,
    /// The verification method whose key signed it.
    #[schema(value_type = Option<Object>)]
    signer: Option<Value>,
    /// Switches that were set; `credentialStatus` tells whether the status was asked for.
    #[schema(value_type = Object)]
    policies: Value,
    /// Whether it is revoked, if the status was asked for.
    revoked: Option<bool>,
    /// Whether it is suspended, if the status was asked for.
    suspended: Option<bool>,
    /// Value of its status entry.
    status: Option<u8>,
    /// Purpose of its status entry.
    purpose: Option<String>,
    /// Whether that value is 0.
    valid: Option<bool>,
    /// The list's text for that value.
    message: Option<String>,
    /// What every status entry of it says, if the status was asked for.
    statuses: Option<Vec<StatusView>>,
    /// Checks of the accreditation asked about.
    checks: Vec<CheckView>,
    /// Issuer of every hop, leaf first.
    accreditor_dids: Vec<String>,
    /// Subject of the root authorisation, if it was reached.
    root_authorization: Option<String>,
    /// Exactly the root resource, if it was reached.
    root_authorization_url: Option<String>,
    /// Whether that root is among the `trustedRoots` of the request, on the account's list, or the account's own. `verified`
    /// does not depend on it.
    root_trusted: Option<bool>,
    /// The root's terms, if it was reached.
    terms_of_use: Option<ObjectOrObjects>,
    /// Every document of the chain, leaf first.
    hops: Vec<HopView>,
    /// As of when this holds.
    evaluated_at: String,
    /// What is wrong first, naming the hop.
    error: Option<String>,
}

/// Walks the chain of accreditations up to its root and checks every hop. A chain that was walked and is not to be trusted
/// answers 200 with `verified: false`.
#[utoipa::path(post, path = "/trust-registry/accreditation/verify",
    params(
        ("verifyStatus" = Option<bool>, Query, description = "Ask the status list of every hop. Off by default."),
        ("fetchRemoteContexts" = Option<bool>, Query, description = "Has no effect on JWTs."),
        ("allowDeactivatedDid" = Option<bool>, Query, description = "Do not mind deactivated issuers."),
        ("at" = Option<String>, Query, description = "As of this instant (RFC 3339) instead of now.")),
    request_body(content(
        (AccreditationVerifyRequest = "application/json"),
        (AccreditationVerifyRequest = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The verdict, good or bad.", body = AccreditationVerifyResult),
        (status = 400, description = "Malformed, or a document does not fit the question.",
            body = crate::problem::ProblemBody),
        (status = 401, description = "No working API key, or an accreditation does not cover the schemas.",
            body = crate::problem::ProblemBody),
        (status = 404, description = "A document of the chain does not exist.",
            body = crate::problem::ProblemBody)))]
pub(super) async fn verify(ask: Ask) -> Result<Answer, Problem> {
    let request = parse(&ask.query, &ask.input, ask.call.at)?;
    let roots = trusted_roots(&ask.input, ask.call.who.customer)?;
    let did_url = request.locator.settle(&ask.house.studio).await?;
    let question = VerifyAccreditation {
        subject_did: request.subject_did,
        did_url,
        schemas: request.schemas,
        root: request.root,
        options: request.options.clone(),
        roots,
    };
    let chain = accreditation::verify(&ask.house.studio, question).await?;
    Answer::ok(&judged(&chain, &request.options)?)
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) locator: Locator,
    pub(super) subject_did: String,
    pub(super) schemas: Vec<AccreditedFor>,
    pub(super) root: Option<String>,
    pub(super) options: VerifyOptions,
}

pub(super) fn parse(query: &Query, input: &Input, now: Instant) -> Result<Request, Fault> {
    let mut rules = Rules::default();
    rules.note(known::only(query, input, &QUERY, &BODY));
    let parts = Parts::read(input, &mut rules);
    let schemas = rules.note(schemas(input));
    let root = rules.note(input.text("rootAuthorization", "rootAuthorization must be a string"));
    let locator = parts.and_then(|parts| rules.note(located(parts)));
    let subject_did = rules.note(check::did("subjectDid", input.raw("subjectDid").unwrap_or(&Value::Null)));
    let options = rules.note(verify_options(query, input, now));
    passed!(rules: locator, subject_did, options);
    Ok(Request {
        locator,
        subject_did,
        schemas: schemas.flatten().unwrap_or_default(),
        root: root.flatten().filter(|root| !root.is_empty()).map(str::to_owned),
        options,
    })
}

const QUERY: [&str; 4] = ["verifyStatus", "allowDeactivatedDid", "fetchRemoteContexts", "at"];
const BODY: [&str; 10] = [
    "subjectDid",
    "didUrl",
    "did",
    "resourceId",
    "resourceName",
    "resourceType",
    "schemas",
    "rootAuthorization",
    "policies",
    "trustedRoots",
];

fn located(parts: Parts) -> Result<Locator, Fault> {
    if parts.names_no_did() {
        return Err(Fault::invalid(INVALID, "Either \"did\" or \"didUrl\" is required"));
    }
    parts.locator("Either \"resourceId\" or both \"resourceName\" and \"resourceType\" are required")
}

/// The answer. Which failures are 200 and which are not is cheqd Studio's choice that its clients rely on.
pub(super) fn judged(chain: &ChainVerdict, options: &VerifyOptions) -> Result<Map<String, Value>, Fault> {
    let echo = policies_echo(options.policies, options.status);
    let leaf = chain.hops.first().and_then(|hop| hop.document.as_ref());
    let mut body = leaf.map(|leaf| document_members(leaf, options, &echo)).unwrap_or_default();
    body.insert("verified".to_owned(), Value::Bool(chain.verified));
    body.extend(chain_members(chain));
    let Some(failure) = chain.failure() else { return Ok(body) };
    let error = chain.error.clone().unwrap_or_default();
    let (kind, code) = match failure {
        ChainFailure::Untrusted => {
            body.insert("error".to_owned(), Value::from(error));
            return Ok(body);
        }
        ChainFailure::NotFound => (FaultKind::NotFound, "accreditation/not-found"),
        ChainFailure::Scope => (FaultKind::Unauthenticated, "accreditation/out-of-scope"),
        ChainFailure::Mismatch => (FaultKind::Invalid, "accreditation/mismatch"),
    };
    // `status` is the status entry's value in a verdict, but the HTTP status in a problem (RFC 9457).
    body.shift_remove("status");
    let fault = Fault::new(kind, code, error);
    Err(body.into_iter().fold(fault, |fault, (name, value)| fault.with(&name, value)))
}
