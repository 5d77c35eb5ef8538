//! `POST /credential/verify`.

use super::{
    chain_members, document_members, given_credential, known, policies_echo,
    verdict::{CheckView, HopView, StatusView, shown},
};
use crate::{
    Answer, Ask, Input, Problem, check,
    input::Query,
    presentation::{text, verifier},
    rules::{Rules, passed},
    schema::{ObjectOrObjects, TextOrObject},
};
use app::{
    Fault,
    credential::{self, CredentialVerdict, VerifyCredential},
    trust::{RootsAsked, VerifyOptions, not_in_the_future},
};
use credentials::verify::Policies;
use domain::id::{CustomerId, Instant};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A credential to verify.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CredentialVerifyRequest {
    /// A compact JWT, the credential as an object with its `proof` (a JWT, or JSON-LD with one proof), an `EnvelopedVerifiableCredential`, or a text of these.
    credential: TextOrObject,
    /// Checks that are switched off with `false`.
    policies: Option<PoliciesRequest>,
    /// Roots that are trusted beside the account's: DIDs, or DID URLs of root authorisations by id or by name.
    trusted_roots: Option<Vec<String>>,
    /// Whom it must be meant for, or the key binding with which an SD-JWT is presented.
    verifier_did: Option<String>,
    /// The same, if that is no DID.
    domain: Option<String>,
    /// What that key binding must answer.
    challenge: Option<String>,
}

/// Checks that are on unless switched off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PoliciesRequest {
    /// Already valid.
    issuance_date: Option<bool>,
    /// Not yet expired.
    expiration_date: Option<bool>,
    /// Meant for us.
    audience: Option<bool>,
    /// Has the members a credential must have.
    format: Option<bool>,
}

/// A verdict.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyResult {
    /// True only if everything that was asked for passed.
    verified: bool,
    /// The DID that signed.
    issuer: Option<String>,
    /// The verification method whose key made the signature.
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
    /// What every status entry says, if the status was asked for.
    statuses: Option<Vec<StatusView>>,
    /// What failed first.
    error: Option<String>,
    /// Every check and its outcome, always the same ones in the same order.
    checks: Vec<CheckView>,
    /// As of when this holds.
    evaluated_at: String,
    /// With `verifyTrustChain`: `verified`, `failed`, `untrustedRoot` (it holds, but nobody said that its root is trusted),
    /// `not_declared`, or `not_walked` if the credential itself is not proven.
    chain: Option<String>,
    /// Whether the root is among the `trustedRoots` of the request, on the account's list, or the account's own.
    root_trusted: Option<bool>,
    /// Issuer of every hop, leaf first.
    accreditor_dids: Option<Vec<String>>,
    /// Subject of the root authorisation.
    root_authorization: Option<String>,
    /// Exactly the root resource.
    root_authorization_url: Option<String>,
    /// The root's terms.
    terms_of_use: Option<ObjectOrObjects>,
    /// Every document of the chain, leaf first.
    hops: Option<Vec<HopView>>,
}

/// Verifies a credential: signature, dates and issuer; its status and the chain of accreditations above it if asked.
#[utoipa::path(post, path = "/credential/verify",
    params(
        ("verifyStatus" = Option<bool>, Query, description = "Ask its status list. Off by default."),
        ("verifyTrustChain" = Option<bool>, Query,
            description = "Walk the chain of accreditations up to its root. Off by default."),
        ("allowDeactivatedDid" = Option<bool>, Query, description = "Do not mind a deactivated issuer."),
        ("fetchRemoteContexts" = Option<bool>, Query, description = "Has no effect: contexts of JSON-LD are never fetched, and what is not bundled fails."),
        ("at" = Option<String>, Query, description = "As of this instant (RFC 3339) instead of now.")),
    request_body(content(
        (CredentialVerifyRequest = "application/json"),
        (CredentialVerifyRequest = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The verdict, good or bad.", body = VerifyResult),
        (status = 400, description = "What was sent is no credential, or a parameter is malformed.",
            body = crate::problem::ProblemBody)))]
pub(super) async fn verify(ask: Ask) -> Result<Answer, Problem> {
    let request = parse(&ask)?;
    let options = request.options.clone();
    let verdict = credential::verify(&ask.house.studio, request).await?;
    Answer::ok(&judged(&verdict, &options))
}

fn parse(ask: &Ask) -> Result<VerifyCredential, Fault> {
    let (query, input, now) = (&ask.query, &ask.input, ask.call.at);
    let mut rules = Rules::default();
    rules.note(known::only(query, input, &QUERY, &BODY));
    let roots = rules.note(trusted_roots(input, ask.call.who.customer));
    let credential = rules.note(given_credential(input));
    let options = rules.note(verify_options(query, input, now));
    let trust_chain = rules.note(query.flag("verifyTrustChain"));
    let verifier = rules.note(verifier(input));
    let challenge = rules.note(text(input, "challenge"));
    passed!(rules: credential, options, roots, verifier, challenge);
    let trust_chain = trust_chain.flatten().unwrap_or(false);
    Ok(VerifyCredential { credential, options, trust_chain, roots, verifier, challenge })
}

const QUERY: [&str; 5] =
    ["verifyStatus", "verifyTrustChain", "allowDeactivatedDid", "fetchRemoteContexts", "at"];
const BODY: [&str; 6] = ["credential", "policies", "trustedRoots", "verifierDid", "domain", "challenge"];

/// `trustedRoots` of the body.
pub(crate) fn trusted_roots(input: &Input, customer: CustomerId) -> Result<RootsAsked, Fault> {
    const SENTENCE: &str = "trustedRoots should be an array of DIDs or DID URLs";
    let given = input.array("trustedRoots", SENTENCE)?.unwrap_or_default();
    RootsAsked::of(customer, &check::texts("trustedRoots", &given, SENTENCE)?)
}

/// `verifyStatus`, `fetchRemoteContexts`, `allowDeactivatedDid`, `at` and the body's `policies`.
pub(crate) fn verify_options(query: &Query, input: &Input, now: Instant) -> Result<VerifyOptions, Fault> {
    let mut rules = Rules::default();
    let status = rules.note(query.flag("verifyStatus"));
    rules.note(query.flag("fetchRemoteContexts"));
    let allow_deactivated = rules.note(query.flag("allowDeactivatedDid"));
    let policies = rules.note(policies(input));
    let at = rules.note(at(query, now));
    passed!(rules: policies);
    Ok(VerifyOptions {
        status: status.flatten().unwrap_or(false),
        allow_deactivated: allow_deactivated.flatten().unwrap_or(false),
        policies,
        at: at.flatten(),
    })
}

/// `at`: an instant that has been. What will be, nobody can verify.
pub(crate) fn at(query: &Query, now: Instant) -> Result<Option<Instant>, Fault> {
    let Some(text) = query.named("at") else { return Ok(None) };
    let at = check::instant("at", text, "at should be an RFC 3339 time")?;
    not_in_the_future(Some(at), now)?;
    Ok(Some(at))
}

/// `policies` of the body: four switches. What else stands there is refused: it would be a question that is not answered.
/// `checkExternalProvider` of the contract may say `false`.
pub(crate) fn policies(input: &Input) -> Result<Policies, Fault> {
    let mut policies = Policies::default();
    let Some(given) = input.nested("policies", "Verification policies should be an object")? else {
        return Ok(policies);
    };
    known::policies(&given)?;
    let switches = [
        ("issuanceDate", &mut policies.issuance_date),
        ("expirationDate", &mut policies.expiration_date),
        ("audience", &mut policies.audience),
        ("format", &mut policies.format),
    ];
    for (name, switch) in switches {
        let sentence = format!("policies.{name} should be a boolean value");
        *switch = given.flag(name, &sentence)?.unwrap_or(*switch);
    }
    Ok(policies)
}

/// The answer.
pub(super) fn judged(verdict: &CredentialVerdict, options: &VerifyOptions) -> Map<String, Value> {
    let echo = policies_echo(options.policies, options.status);
    let mut body = document_members(&verdict.document, options, &echo);
    body.insert("verified".to_owned(), Value::Bool(verdict.verified));
    body.insert("checks".to_owned(), json!(shown(&verdict.checks)));
    body.insert("evaluatedAt".to_owned(), Value::from(credentials::vc::iso_millis(verdict.evaluated_at)));
    if let Some(state) = verdict.chain_state {
        body.insert("chain".to_owned(), Value::from(state.as_str()));
    }
    if let Some(chain) = &verdict.chain {
        body.extend(chain_members(chain));
    }
    if let Some(error) = &verdict.error {
        body.insert("error".to_owned(), Value::from(error.as_str()));
    }
    body
}
