//! `POST /trust-registry/accreditation/verify`.

use crate::{
    Fault, Studio,
    trust::{self, ChainVerdict, RootsAsked, VerifyOptions, WalkOptions},
};
use credentials::accreditation::{AccreditedFor, Question};

/// A question about an accreditation.
#[derive(Debug, Clone)]
pub struct VerifyAccreditation {
    /// The DID that is said to be accredited.
    pub subject_did: String,
    /// DID URL of the accreditation.
    pub did_url: String,
    /// What it must be accredited for; empty asks for nothing in particular.
    pub schemas: Vec<AccreditedFor>,
    /// The root the caller insists on.
    pub root: Option<String>,
    /// What is asked about each document.
    pub options: VerifyOptions,
    /// Whose trust in the root is told beside the verdict, and which roots the request names.
    pub roots: RootsAsked,
}

/// Walks the chain from the accreditation to its root. Whether that root is trusted is told, but the verdict is that of the
/// contract: it is about the chain alone. Fault `request/invalid` for an instant that has not been.
pub async fn verify(studio: &Studio, input: VerifyAccreditation) -> Result<ChainVerdict, Fault> {
    trust::not_in_the_future(input.options.at, studio.clock.now())?;
    let question = Question::of_verifier(input.subject_did, input.schemas, input.root);
    let options = WalkOptions { verify: input.options, hops_max: trust::CHAIN_HOPS_MAX };
    let mut chain = trust::walk(studio, &input.did_url, question, &options).await?;
    if let Some(root) = &chain.root {
        chain.root_trusted = Some(trust::is_trusted(studio, &input.roots, root).await?);
    }
    Ok(chain)
}
