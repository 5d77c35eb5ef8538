//! `POST /credential/verify`.

use crate::{
    Fault, Studio,
    trust::{self, ChainVerdict, DocumentVerdict, RootsAsked, VerifyOptions, WalkOptions},
};
use credentials::accreditation::{Accreditation, Question, Terms};
use serde_json::Value;

/// A question about a credential.
#[derive(Debug, Clone)]
pub struct VerifyCredential {
    /// The credential: compact JWT or JSON with its proof.
    pub credential: Value,
    /// What is asked.
    pub options: VerifyOptions,
    /// Whether the issuer's right to issue it is asked too.
    pub trust_chain: bool,
    /// Whose trust in the root counts, and which roots the request names.
    pub roots: RootsAsked,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct CredentialVerdict {
    /// True only if everything that was asked for passed.
    pub verified: bool,
    /// The first thing that did not.
    pub error: Option<String>,
    /// About the credential itself.
    pub document: DocumentVerdict,
    /// About the chain above it, if that was asked for and the credential declares one.
    pub chain: Option<ChainVerdict>,
    /// The credential declares no chain although one was asked for.
    pub chain_not_declared: bool,
}

/// Verifies a credential and, if asked, the chain of accreditations above it.
pub async fn verify(studio: &Studio, input: VerifyCredential) -> Result<CredentialVerdict, Fault> {
    let document = trust::verify_document(studio, &input.credential, &input.options).await?;
    if !input.trust_chain {
        let (verified, error) = (document.verified, document.error.clone());
        return Ok(CredentialVerdict { verified, error, document, chain: None, chain_not_declared: false });
    }
    let read = document.verification.document.clone().unwrap_or(input.credential);
    let parsed = Accreditation::parse(&read);
    let declared = parsed.as_ref().ok().and_then(|parsed| {
        let start = parsed.terms.as_ref().and_then(Terms::parent)?.to_owned();
        Some((start, Question::of_document(parsed)?))
    });
    let Some((start, question)) = declared else {
        let error = match parsed {
            Err(error) => format!("trust_chain: {error}"),
            Ok(_) => "trust_chain: the credential declares no trust chain".to_owned(),
        };
        let error = document.error.clone().unwrap_or(error);
        return Ok(CredentialVerdict {
            verified: false,
            error: Some(error),
            document,
            chain: None,
            chain_not_declared: true,
        });
    };
    let walk = WalkOptions { verify: input.options, hops_max: trust::CHAIN_HOPS_MAX };
    let mut chain = trust::walk(studio, &start, question, &walk).await?;
    let untrusted = root_failure(studio, &input.roots, &mut chain).await?;
    Ok(CredentialVerdict {
        verified: document.verified && chain.verified && untrusted.is_none(),
        error: document.error.clone().or_else(|| chain.error.clone()).or(untrusted),
        document,
        chain: Some(chain),
        chain_not_declared: false,
    })
}

/// A chain proves only that it reaches its root. Notes whether the root is trusted, and says what is wrong if it is not.
async fn root_failure(
    studio: &Studio,
    asked: &RootsAsked,
    chain: &mut ChainVerdict,
) -> Result<Option<String>, Fault> {
    let Some(root) = chain.root.as_ref().filter(|_| chain.verified) else { return Ok(None) };
    let is_trusted = trust::is_trusted(studio, asked, root).await?;
    chain.root_trusted = Some(is_trusted);
    let url = chain.root_url.as_deref().unwrap_or_default();
    Ok((!is_trusted).then(|| {
        format!(
            "untrusted_root: the chain holds, but its root {url} is neither among the trustedRoots of the request, nor on \
             the account's list, nor the account's own"
        )
    }))
}
