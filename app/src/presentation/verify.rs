//! `POST /presentation/verify`.

use super::CREDENTIALS_MAX;
use crate::{
    Fault, Studio,
    credential::GivenCredential,
    trust::{self, Check, DocumentVerdict, Meant, VerifyOptions},
};
use credentials::{
    document::{NotSigned, accept},
    vc,
    verify::Kind,
};
use domain::id::Instant;
use serde_json::Value;

/// A presentation in any form that is read. Whether it holds is another question.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenPresentation(Value);

impl GivenPresentation {
    /// Faults: `presentation/not-a-presentation`, `presentation/format-unsupported`.
    pub fn accept(given: &Value) -> Result<Self, Fault> {
        accept(given, Kind::Presentation).map(Self).map_err(|why| {
            let code = match &why {
                NotSigned::Missing(_) | NotSigned::Other(_) => "presentation/not-a-presentation",
                NotSigned::Unsupported(_) => "presentation/format-unsupported",
            };
            let sentence = format!("Provide a valid w3c verifiable presentation: {why}");
            Fault::invalid(code, sentence).with("field", "presentation")
        })
    }
}

/// A question about a presentation.
#[derive(Debug, Clone)]
pub struct VerifyPresentation {
    /// The presentation.
    pub presentation: GivenPresentation,
    /// What is asked about each document; the status of the credentials.
    pub options: VerifyOptions,
    /// Whom it must be meant for.
    pub verifier: Option<String>,
    /// What it must answer.
    pub challenge: Option<String>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct PresentationVerdict {
    /// True only if everything that was asked for passed, of the presentation and of every credential in it.
    pub verified: bool,
    /// The first thing that did not.
    pub error: Option<String>,
    /// Every check: those of the holder's proof, then `credentials` and `holderBinding`.
    pub checks: Vec<Check>,
    /// About the holder's proof.
    pub document: DocumentVerdict,
    /// About each credential, in its order.
    pub credentials: Vec<DocumentVerdict>,
    /// As of when this holds.
    pub evaluated_at: Instant,
}

/// Verifies a presentation: the holder's proof, and every credential by itself. The worst decides. Fault `request/invalid` for an
/// instant that has not been.
pub async fn verify(studio: &Studio, input: VerifyPresentation) -> Result<PresentationVerdict, Fault> {
    let now = studio.clock.now();
    trust::not_in_the_future(input.options.at, now)?;
    let evaluated_at = input.options.at.unwrap_or(now);
    // A presentation has no status of its own.
    let of_holder = VerifyOptions { status: false, ..input.options.clone() };
    let meant = Meant {
        kind: Kind::Presentation,
        audience: input.verifier.into_iter().collect(),
        challenge: input.challenge,
    };
    let document = trust::verify_as(studio, &input.presentation.0, &of_holder, &meant).await?;
    let mut checks = document.checks.clone();
    let Some(read) = document.verification.document.clone().filter(|_| document.verification.is_proven())
    else {
        // What nobody has shown is not looked at.
        checks.push(Check::skipped(CREDENTIALS).because("the presentation itself is not proven"));
        checks.push(Check::skipped(BINDING));
        return Ok(judged(checks, document, Vec::new(), evaluated_at));
    };
    let presented: Vec<Value> = vc::presented(&read).into_iter().cloned().collect();
    if presented.is_empty() || presented.len() > CREDENTIALS_MAX {
        let why = format!(
            "invalid_presentation: it holds {} credentials; from 1 to {CREDENTIALS_MAX} are verified",
            presented.len()
        );
        checks.push(Check::failed(CREDENTIALS, why));
        checks.push(Check::skipped(BINDING));
        return Ok(judged(checks, document, Vec::new(), evaluated_at));
    }
    let mut credentials = Vec::with_capacity(presented.len());
    let mut failure = None;
    for (number, credential) in (1_usize..).zip(&presented) {
        let error = match GivenCredential::accept(credential) {
            Ok(given) => {
                let verdict = trust::verify_document(studio, given.document(), &input.options).await?;
                let error = verdict.error.clone();
                let refused = error.or_else(|| (!verdict.verified).then(|| "it is not proven".to_owned()));
                credentials.push(verdict);
                refused
            }
            Err(fault) => Some(format!("invalid_credential: {}", fault.public)),
        };
        let told = error.map(|error| format!("credential {number} of the presentation: {error}"));
        failure = failure.or(told);
    }
    checks.push(Check::judged(CREDENTIALS, failure));
    checks.push(binding(document.verification.issuer.as_deref(), &credentials));
    Ok(judged(checks, document, credentials, evaluated_at))
}

const CREDENTIALS: &str = "credentials";
const BINDING: &str = "holderBinding";

/// Whether every credential is about whoever shows it. Others may be shown too, so this fails nothing; who relies on it looks here.
fn binding(holder: Option<&str>, credentials: &[DocumentVerdict]) -> Check {
    let is_about_holder = |verdict: &DocumentVerdict| {
        let subject = verdict.verification.document.as_ref().and_then(vc::subject_id);
        subject.is_some() && subject == holder
    };
    match credentials.iter().position(|verdict| !is_about_holder(verdict)) {
        None => Check::passed(BINDING),
        Some(at) => Check::skipped(BINDING)
            .because(format!("credential {} is about somebody else than the holder", at.saturating_add(1))),
    }
}

fn judged(
    checks: Vec<Check>,
    document: DocumentVerdict,
    credentials: Vec<DocumentVerdict>,
    evaluated_at: Instant,
) -> PresentationVerdict {
    let error = trust::first_failure(&checks);
    let verified = document.verified && error.is_none();
    PresentationVerdict { verified, error, checks, document, credentials, evaluated_at }
}
