//! `POST /presentation/verify`.

use super::{text, verifier};
use crate::{
    Answer, Ask, Problem,
    credential::{
        CheckView, PoliciesRequest, StatusView, document_members, known, policies_echo, verify_options,
    },
    input::invalid,
    rules::{Rules, passed},
    schema::TextOrObject,
};
use app::{
    Fault,
    presentation::{self, GivenPresentation, PresentationVerdict, VerifyPresentation},
    trust::{DocumentVerdict, VerifyOptions},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A presentation to verify.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PresentationVerifyRequest {
    /// A compact JWT, the presentation as an object with its proof, an `EnvelopedVerifiablePresentation`, or a text of these.
    presentation: TextOrObject,
    /// Whom it must be meant for.
    verifier_did: Option<String>,
    /// Whom it must be meant for, if that is no DID.
    domain: Option<String>,
    /// What it must answer.
    challenge: Option<String>,
    /// Checks that are switched off with `false`.
    policies: Option<PoliciesRequest>,
    /// Must not be on: nothing is paid here.
    make_fee_payment: Option<bool>,
}

/// A verdict on a credential that is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PresentedCredential {
    /// True only if everything that was asked for passed.
    verified: bool,
    /// The DID that signed.
    issuer: Option<String>,
    /// The verification method whose key made the signature.
    #[schema(value_type = Option<Object>)]
    signer: Option<Value>,
    /// Whether it is revoked, if the status was asked for.
    revoked: Option<bool>,
    /// Whether it is suspended, if the status was asked for.
    suspended: Option<bool>,
    /// What every status entry says, if the status was asked for.
    statuses: Option<Vec<StatusView>>,
    /// What failed first.
    error: Option<String>,
    /// Every check and its outcome.
    checks: Vec<CheckView>,
}

/// A verdict on a presentation: the worst of the holder's proof and every credential.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PresentationVerifyResult {
    /// True only if everything that was asked for passed, of the presentation and of every credential in it.
    verified: bool,
    /// The DID that signed: the holder.
    issuer: Option<String>,
    /// The verification method whose key made the signature.
    #[schema(value_type = Option<Object>)]
    signer: Option<Value>,
    /// Switches that were set; `credentialStatus` tells whether the status was asked for.
    #[schema(value_type = Object)]
    policies: Value,
    /// Whether any credential is revoked, if the status was asked for.
    revoked: Option<bool>,
    /// Whether any credential is suspended, if the status was asked for.
    suspended: Option<bool>,
    /// What failed first.
    error: Option<String>,
    /// Every check of the holder's proof, then `credentials`, and `holderBinding`, which tells whether all are about the holder.
    checks: Vec<CheckView>,
    /// Every credential, in its order; none if the holder's proof does not hold.
    credentials: Vec<PresentedCredential>,
    /// As of when this holds.
    evaluated_at: String,
}

/// Verifies a presentation: the proof of its holder, and every credential in it.
#[utoipa::path(post, path = "/presentation/verify",
    params(
        ("verifyStatus" = Option<bool>, Query, description = "Ask the status lists of the credentials. Off by default."),
        ("allowDeactivatedDid" = Option<bool>, Query, description = "Do not mind a deactivated issuer or holder."),
        ("fetchRemoteContexts" = Option<bool>, Query,
            description = "Has no effect: contexts of JSON-LD are never fetched, and what is not bundled fails."),
        ("at" = Option<String>, Query, description = "As of this instant (RFC 3339) instead of now.")),
    request_body(content(
        (PresentationVerifyRequest = "application/json"),
        (PresentationVerifyRequest = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The verdict, good or bad.", body = PresentationVerifyResult),
        (status = 400, description = "What was sent is no presentation, or a parameter is malformed.",
            body = crate::problem::ProblemBody)))]
pub(super) async fn verify(ask: Ask) -> Result<Answer, Problem> {
    let request = parse(&ask)?;
    let options = request.options.clone();
    let verdict = presentation::verify(&ask.house.studio, request).await?;
    Answer::ok(&judged(&verdict, &options))
}

const QUERY: [&str; 4] = ["verifyStatus", "allowDeactivatedDid", "fetchRemoteContexts", "at"];
const BODY: [&str; 6] = ["presentation", "verifierDid", "domain", "challenge", "policies", "makeFeePayment"];

fn parse(ask: &Ask) -> Result<VerifyPresentation, Fault> {
    let (query, input, now) = (&ask.query, &ask.input, ask.call.at);
    let mut rules = Rules::default();
    rules.note(known::only(query, input, &QUERY, &BODY));
    let given = rules.note(GivenPresentation::accept(&input.value("presentation").unwrap_or_default()));
    let verifier = rules.note(verifier(input));
    let challenge = rules.note(text(input, "challenge"));
    rules.note(match input.flag("makeFeePayment", "makeFeePayment: should be a boolean") {
        Ok(Some(true)) => Err(invalid("makeFeePayment", "makeFeePayment: nothing is paid here")),
        flag => flag.map(|_| ()),
    });
    let options = rules.note(verify_options(query, input, now));
    passed!(rules: given, verifier, challenge, options);
    Ok(VerifyPresentation { presentation: given, options, verifier, challenge })
}

fn judged(verdict: &PresentationVerdict, options: &VerifyOptions) -> Map<String, Value> {
    let echo = policies_echo(options.policies, options.status);
    let of_holder = VerifyOptions { status: false, ..options.clone() };
    let mut body = document_members(&verdict.document, &of_holder, &echo);
    body.insert("verified".to_owned(), Value::Bool(verdict.verified));
    let any = |of: fn(&DocumentVerdict) -> Option<bool>| {
        verdict.credentials.iter().filter_map(of).reduce(|a, b| a || b)
    };
    for (name, is) in
        [("revoked", any(DocumentVerdict::revoked)), ("suspended", any(DocumentVerdict::suspended))]
    {
        if let Some(is) = is {
            body.insert(name.to_owned(), Value::Bool(is));
        }
    }
    body.insert("checks".to_owned(), json!(crate::credential::shown(&verdict.checks)));
    let credentials = verdict.credentials.iter().map(|credential| {
        let mut members = document_members(credential, options, &echo);
        // What is said of all, and the single entry for which there is room in other answers.
        for name in ["policies", "status", "purpose", "valid", "message"] {
            members.shift_remove(name);
        }
        if let Some(error) = &credential.error {
            members.insert("error".to_owned(), Value::from(error.as_str()));
        }
        Value::Object(members)
    });
    body.insert("credentials".to_owned(), Value::Array(credentials.collect()));
    body.insert("evaluatedAt".to_owned(), Value::from(credentials::vc::iso_millis(verdict.evaluated_at)));
    if let Some(error) = &verdict.error {
        body.insert("error".to_owned(), Value::from(error.as_str()));
    }
    body
}
