//! `POST /trust-registry/accreditation/verify`.

use super::scope;
use crate::{
    Fault, Studio,
    did::did_sentence,
    trust::{self, ChainVerdict, RootsAsked, VerifyOptions, WalkOptions},
};
use credentials::{
    accreditation::{AccreditedFor, Question},
    did_url::DidUrl,
};

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
/// contract: it is about the chain alone. Fault `request/invalid` for what cannot be asked: an instant that has not been, a
/// URL that names no resource, a subject that is no DID, a scope without types.
pub async fn verify(studio: &Studio, input: VerifyAccreditation) -> Result<ChainVerdict, Fault> {
    trust::not_in_the_future(input.options.at, studio.clock.now())?;
    names_a_resource(&input.did_url)?;
    if let Some(sentence) = did_sentence(&input.subject_did) {
        return Err(Fault::about("subjectDid", sentence));
    }
    scope::check(&input.schemas)?;
    let question = Question::of_verifier(input.subject_did, input.schemas, input.root);
    let options = WalkOptions { verify: input.options, hops_max: trust::CHAIN_HOPS_MAX };
    let mut chain = trust::walk(studio, &input.did_url, question, &options).await?;
    if let Some(root) = &chain.root {
        chain.root_trusted = Some(trust::is_trusted(studio, &input.roots, root).await?);
    }
    Ok(chain)
}

fn names_a_resource(did_url: &str) -> Result<(), Fault> {
    if DidUrl::parse(did_url).is_ok_and(|url| url.resource().is_some()) {
        return Ok(());
    }
    Err(Fault::about("didUrl", "didUrls should point to a unique DID Linked Resource"))
}
