//! `POST /credential/verify`.

use super::GivenCredential;
use crate::{
    Fault, Studio,
    trust::{self, ChainVerdict, Check, DocumentVerdict, Meant, RootsAsked, VerifyOptions, WalkOptions},
};
use credentials::{
    accreditation::{Accreditation, Question},
    verify::Kind,
};
use domain::id::Instant;

/// A question about a credential.
#[derive(Debug, Clone)]
pub struct VerifyCredential {
    /// The credential.
    pub credential: GivenCredential,
    /// What is asked.
    pub options: VerifyOptions,
    /// Whether the issuer's right to issue it is asked too.
    pub trust_chain: bool,
    /// Whose trust in the root counts, and which roots the request names.
    pub roots: RootsAsked,
    /// Whom it must be meant for, or the key binding with which an SD-JWT is presented.
    pub verifier: Option<String>,
    /// What that key binding must answer.
    pub challenge: Option<String>,
}

/// What is known of the chain above a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainState {
    /// It holds.
    Verified,
    /// It does not.
    Failed,
    /// It holds, but nobody said that its root is trusted.
    UntrustedRoot,
    /// The credential declares none.
    NotDeclared,
    /// The credential itself is not proven, so nobody goes where it points.
    NotWalked,
}

impl ChainState {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::UntrustedRoot => "untrustedRoot",
            Self::NotDeclared => "not_declared",
            Self::NotWalked => "not_walked",
        }
    }
}

/// The answer.
#[derive(Debug, Clone)]
pub struct CredentialVerdict {
    /// True only if everything that was asked for passed.
    pub verified: bool,
    /// The first thing that did not.
    pub error: Option<String>,
    /// Every check: those of the document, then `trustChain` and `trustedRoot`.
    pub checks: Vec<Check>,
    /// About the credential itself.
    pub document: DocumentVerdict,
    /// What is known of the chain above it, if that was asked for.
    pub chain_state: Option<ChainState>,
    /// The chain, if it was walked.
    pub chain: Option<ChainVerdict>,
    /// As of when this holds.
    pub evaluated_at: Instant,
}

impl CredentialVerdict {
    /// Puts a verdict together. `chain` is what came of the question about the chain, if it was asked, with its failure.
    pub fn of(
        document: DocumentVerdict,
        chain: Option<(ChainState, Option<ChainVerdict>, Option<String>)>,
        evaluated_at: Instant,
    ) -> Self {
        const CHAIN: &str = "trustChain";
        const ROOT: &str = "trustedRoot";
        let (chain_state, chain, failure) = match chain {
            Some((state, chain, failure)) => (Some(state), chain, failure),
            None => (None, None, None),
        };
        let reason = failure.clone().unwrap_or_default();
        let (holds_above, trusted) = match chain_state {
            None => (Check::skipped(CHAIN), Check::skipped(ROOT)),
            Some(ChainState::Verified) => (Check::passed(CHAIN), Check::passed(ROOT)),
            Some(ChainState::UntrustedRoot) => (Check::passed(CHAIN), Check::failed(ROOT, reason)),
            Some(ChainState::NotWalked) => {
                let why = "trust_chain: the credential itself is not proven";
                (Check::skipped(CHAIN).because(why), Check::skipped(ROOT))
            }
            Some(ChainState::Failed | ChainState::NotDeclared) => {
                (Check::failed(CHAIN, reason), Check::skipped(ROOT))
            }
        };
        let holds = chain_state.is_none_or(|state| state == ChainState::Verified);
        let mut checks = document.checks.clone();
        checks.extend([holds_above, trusted]);
        Self {
            verified: document.verified && holds,
            error: document.error.clone().or(failure),
            checks,
            document,
            chain_state,
            chain,
            evaluated_at,
        }
    }
}

/// Verifies a credential and, if asked, the chain of accreditations above it. Fault `request/invalid` for an instant that has
/// not been.
pub async fn verify(studio: &Studio, input: VerifyCredential) -> Result<CredentialVerdict, Fault> {
    let now = studio.clock.now();
    trust::not_in_the_future(input.options.at, now)?;
    let evaluated_at = input.options.at.unwrap_or(now);
    let meant = Meant {
        kind: Kind::Credential,
        audience: input.verifier.into_iter().collect(),
        challenge: input.challenge,
    };
    let document = trust::verify_as(studio, input.credential.document(), &input.options, &meant).await?;
    if !input.trust_chain {
        return Ok(CredentialVerdict::of(document, None, evaluated_at));
    }
    let Some(read) = document.verification.document.as_ref().filter(|_| document.verification.is_proven())
    else {
        return Ok(CredentialVerdict::of(document, Some((ChainState::NotWalked, None, None)), evaluated_at));
    };
    let parsed = Accreditation::parse(read);
    let declared = parsed.as_ref().ok().and_then(|parsed| {
        let start = parsed.above()?.to_owned();
        Some((start, Question::of_document(parsed)?))
    });
    let Some((start, question)) = declared else {
        let error = match parsed {
            Err(error) => format!("trust_chain: {error}"),
            Ok(_) => "trust_chain: the credential declares no trust chain".to_owned(),
        };
        let chain = (ChainState::NotDeclared, None, Some(error));
        return Ok(CredentialVerdict::of(document, Some(chain), evaluated_at));
    };
    let walk = WalkOptions { verify: input.options, hops_max: trust::CHAIN_HOPS_MAX };
    let mut chain = trust::walk(studio, &start, question, &walk).await?;
    let untrusted = root_failure(studio, &input.roots, &mut chain).await?;
    let state = match (chain.verified, &untrusted) {
        (true, None) => ChainState::Verified,
        (true, Some(_)) => ChainState::UntrustedRoot,
        (false, _) => ChainState::Failed,
    };
    let failure = chain.error.clone().or(untrusted);
    Ok(CredentialVerdict::of(document, Some((state, Some(chain), failure)), evaluated_at))
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
