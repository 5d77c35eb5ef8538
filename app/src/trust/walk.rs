//! The walk from an accreditation up to its root (docs/trust.md#the-walk).

use super::{
    DocumentVerdict, Root, VerifyOptions,
    hop::{Hop, HopOutcome},
    resource_at, superseded, verify_document,
};
use crate::{
    Fault, FaultKind, Studio,
    port::resolver::{ResolvedResource, ResourceMetadata},
};
use credentials::{
    accreditation::{
        Accreditation, AccreditedFor, HopCheck, HopCheckName, Question, SchemaKey, Terms, check_hop,
    },
    did_url::{DidUrl, ResourceIdentity},
};
use domain::id::{Did, Instant};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};

domain::limits! {
    /// Longest chain that is walked.
    pub CHAIN_HOPS_MAX: usize = 16, "hops";
    /// Hops walked above newer versions of a chain's documents, all together.
    SUPERSEDING_HOPS_MAX: usize = 32, "hops";
}

/// How to walk.
#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// What is asked about each document.
    pub verify: VerifyOptions,
    /// Longest chain; at most [`CHAIN_HOPS_MAX`].
    pub hops_max: usize,
}

/// The verdict on a chain.
#[derive(Debug, Clone)]
pub struct ChainVerdict {
    /// True only if every hop passed and the last is the declared root.
    pub verified: bool,
    /// What is wrong first, with its hop.
    pub error: Option<String>,
    /// The documents, leaf first.
    pub hops: Vec<Hop>,
    /// Issuer of every hop, leaf first.
    pub accreditor_dids: Vec<String>,
    /// The exact root resource, if it was reached.
    pub root_url: Option<String>,
    /// The subject of the root, if it was reached.
    pub root_subject: Option<String>,
    /// The root's terms of use.
    pub root_terms: Option<Value>,
    /// The root itself, if it was reached.
    pub root: Option<Root>,
    /// Whether whoever asks trusts that root; `None` where nobody asked, or no root was reached.
    pub root_trusted: Option<bool>,
    /// As of when this holds.
    pub evaluated_at: Instant,
}

/// What sort of thing is wrong with a chain; doors that keep cheqd Studio's status codes need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFailure {
    /// A reference leads to nothing on the ledger.
    NotFound,
    /// An accreditation does not cover what is asked.
    Scope,
    /// The question does not fit the document: wrong subject, wrong kind, missing references, no DID URL.
    Mismatch,
    /// The verdict proper: signature, dates, status, deactivation, root, loops, length.
    Untrusted,
}

impl ChainVerdict {
    /// The sort of the failure; `None` for a verified chain.
    pub fn failure(&self) -> Option<ChainFailure> {
        if self.verified {
            return None;
        }
        let Some(hop) = self.hops.iter().find(|hop| hop.outcome != HopOutcome::Passed) else {
            return Some(ChainFailure::Untrusted);
        };
        let failed = hop.checks.iter().find(|check| check.failure.is_some()).map(|check| check.name);
        Some(match failed {
            Some(HopCheckName::Scope) => ChainFailure::Scope,
            Some(HopCheckName::Subject | HopCheckName::Kind | HopCheckName::References) => {
                ChainFailure::Mismatch
            }
            Some(HopCheckName::Root | HopCheckName::Superseded) => ChainFailure::Untrusted,
            None if hop.resource_url.is_some() => {
                // Found, but no accreditation can be read from it.
                if hop.document.is_none() && !hop.revisited {
                    ChainFailure::Mismatch
                } else {
                    ChainFailure::Untrusted
                }
            }
            None if DidUrl::parse(&hop.url).is_ok_and(|url| url.resource().is_some()) => {
                ChainFailure::NotFound
            }
            None => ChainFailure::Mismatch,
        })
    }
}

/// What a newer version of a document asks of the chain above it.
struct Branch {
    start: String,
    question: Question,
    /// Number of the hop whose newer version it is.
    hop: usize,
}

/// Walks from `start` to the root. Where a document was superseded by a newer version of its line, the newer one must hold
/// too, and the chain above it. Faults only when the ledger gives no answer; everything else is a verdict that names its
/// hop.
pub(crate) async fn walk(
    studio: &Studio,
    start: &str,
    question: Question,
    options: &WalkOptions,
) -> Result<ChainVerdict, Fault> {
    let hops_max = options.hops_max.clamp(1, CHAIN_HOPS_MAX);
    let mut branches = VecDeque::new();
    let mut chain = path(studio, start, question, options, hops_max, &mut branches).await?;
    let mut walked: Vec<(String, Question)> = Vec::new();
    let mut left = SUPERSEDING_HOPS_MAX;
    while chain.verified
        && let Some(Branch { start, question, hop }) = branches.pop_front()
    {
        if walked.iter().any(|known| known.0 == start && known.1 == question) {
            continue;
        }
        if left == 0 {
            chain.supersede(
                hop,
                &format!("more than {SUPERSEDING_HOPS_MAX} hops of newer versions stand above it"),
            );
            break;
        }
        walked.push((start.clone(), question.clone()));
        let mut more = VecDeque::new();
        let above = path(studio, &start, question, options, hops_max.min(left), &mut more).await?;
        left = left.saturating_sub(above.hops.len());
        if !above.verified {
            chain.supersede(hop, above.error.as_deref().unwrap_or("the chain above it does not hold"));
        }
        branches.extend(more.into_iter().map(|branch| Branch { hop, ..branch }));
    }
    Ok(chain)
}

impl ChainVerdict {
    fn begun(evaluated_at: Instant) -> Self {
        Self {
            verified: false,
            error: None,
            hops: Vec::new(),
            accreditor_dids: Vec::new(),
            root_url: None,
            root_subject: None,
            root_terms: None,
            root: None,
            root_trusted: None,
            evaluated_at,
        }
    }

    /// The newer version of a hop's document does not hold.
    fn supersede(&mut self, number: usize, reason: &str) {
        let Some(hop) = self.hops.iter_mut().find(|hop| hop.number == number) else { return };
        let by = hop.superseded_by.clone().unwrap_or_default();
        let reason = superseded::sentence(&by, reason);
        hop.checks.retain(|check| check.name != HopCheckName::Superseded);
        hop.checks.push(HopCheck { name: HopCheckName::Superseded, failure: Some(reason.clone()) });
        hop.outcome = HopOutcome::Failed(reason.clone());
        self.error = Some(format!("Error on verifying accreditation {}: {reason}", hop.url));
        self.verified = false;
    }
}

/// One way up, from a document to its root.
async fn path(
    studio: &Studio,
    start: &str,
    question: Question,
    options: &WalkOptions,
    hops_max: usize,
    branches: &mut VecDeque<Branch>,
) -> Result<ChainVerdict, Fault> {
    let evaluated_at = options.verify.at.unwrap_or_else(|| studio.clock.now());
    let mut chain = ChainVerdict::begun(evaluated_at);
    let mut seen = BTreeSet::new();
    let mut question = question;
    let mut url = start.to_owned();
    for number in 1..=hops_max {
        complete_schemas(studio, &mut question.scope).await?;
        let step = hop(studio, number, &url, &question, options, &mut seen).await?;
        chain.hops.push(step.hop.clone());
        if let Some(issuer) = &step.hop.issuer {
            chain.accreditor_dids.push(issuer.clone());
        }
        if let HopOutcome::Failed(reason) = &step.hop.outcome {
            chain.error = Some(format!("Error on verifying accreditation {url}: {reason}"));
            return Ok(chain);
        }
        if let Some((start, question)) = step.above_newer.clone() {
            branches.push_back(Branch { start, question, hop: number });
        }
        let Some(document) = step.document.clone() else {
            return Err(Fault::bug("a passed hop without document"));
        };
        if let Some(next) = Question::of_document(&document) {
            document.terms.as_ref().and_then(Terms::parent).unwrap_or_default().clone_into(&mut url);
            question = next;
            continue;
        }
        return Ok(at_root(chain, &question, &step, &document));
    }
    chain.error = Some(format!("The trust chain has more than {hops_max} hops."));
    Ok(chain)
}

/// I4: the path must end at the very resource that was declared as root.
fn at_root(
    mut chain: ChainVerdict,
    question: &Question,
    step: &Step,
    document: &Accreditation,
) -> ChainVerdict {
    chain.root_url.clone_from(&step.hop.resource_url);
    chain.root_subject = Some(document.subject.clone());
    chain.root_terms = document.terms.as_ref().map(Terms::to_json);
    chain.root = step.identity.clone().map(|identity| Root { did: document.issuer.clone(), identity });
    let is_declared = match (&question.root, &step.identity) {
        (None, _) => true,
        (Some(declared), Some(identity)) => DidUrl::parse(declared)
            .ok()
            .and_then(|url| url.resource())
            .is_some_and(|reference| identity.is_named_by(&reference)),
        (Some(_), None) => false,
    };
    if is_declared {
        chain.verified = true;
    } else {
        let declared = question.root.clone().unwrap_or_default();
        let found = step.hop.resource_url.clone().unwrap_or_default();
        let reason = format!(
            "Expected accreditation to be linked to root accreditation {declared}, but the chain ends at {found}"
        );
        if let Some(last) = chain.hops.last_mut() {
            last.outcome = HopOutcome::Failed(reason.clone());
        }
        chain.error = Some(format!("Error on verifying accreditation {found}: {reason}"));
    }
    chain
}

struct Step {
    hop: Hop,
    document: Option<Accreditation>,
    identity: Option<ResourceIdentity>,
    /// Where the newer version hangs, if it hangs elsewhere or asks for something else, and what it asks there.
    above_newer: Option<(String, Question)>,
}

async fn hop(
    studio: &Studio,
    number: usize,
    url: &str,
    question: &Question,
    options: &WalkOptions,
    seen: &mut BTreeSet<String>,
) -> Result<Step, Fault> {
    let mut hop = Hop::begun(number, url);
    let (found, host) = match fetch(studio, url, options.verify.at).await? {
        Ok(found) => found,
        Err(reason) => return Ok(failed(hop, reason)),
    };
    let exact = format!("{host}/resources/{}", found.metadata.id);
    hop.resource_url = Some(exact.clone());
    hop.version = Some(found.metadata.version.clone());
    if !seen.insert(exact.clone()) {
        hop.revisited = true;
        return Ok(failed(hop, format!("the chain comes back to {exact}: it has no root")));
    }
    let json = match domain::json::read(&found.data) {
        Ok(json) => json,
        Err(limit) if limit.is_limit() => {
            return Ok(failed(hop, format!("the resource is not read: {limit}")));
        }
        Err(_) => return Ok(failed(hop, "the resource is not a credential".to_owned())),
    };
    let verdict = verify_document(studio, &json, &options.verify).await?;
    let signed = verdict.verification.document.clone().unwrap_or(json);
    let mut document = match Accreditation::parse(&signed) {
        Ok(document) => document,
        Err(error) => return Ok(failed(hop, format!("Invalid accreditation: {error}"))),
    };
    hop.issuer = Some(document.issuer.clone());
    hop.subject = Some(document.subject.clone());
    hop.kind = document.kind;
    if !verdict.verification.is_proven() {
        // What is not proven sends nobody to other documents.
        let reason = verdict.error.clone().unwrap_or_else(unverified);
        hop.document = Some(verdict);
        return Ok(failed(hop, reason));
    }
    complete_schemas(studio, &mut document.scope).await?;
    let identity = identity(&host, &found.metadata);
    let root_identity = root_identity(studio, question, options.verify.at).await?;
    hop.checks = check_hop(question, &document, root_identity.as_ref());
    hop.outcome = judge(&hop.checks, &verdict, &document, &host);
    hop.document = Some(verdict);
    let mut above_newer = None;
    if hop.outcome == HopOutcome::Passed {
        let asked = superseded::Asked {
            question,
            document: &document,
            metadata: &found.metadata,
            host: &host,
            root: root_identity.as_ref(),
        };
        above_newer = hop.supersede(superseded::newer(studio, url, &asked, &options.verify).await?);
    }
    Ok(Step { hop, document: Some(document), identity, above_newer })
}

/// What is wrong with a document of a chain, if anything.
pub(super) fn judge(
    checks: &[HopCheck],
    verdict: &DocumentVerdict,
    document: &Accreditation,
    host: &Did,
) -> HopOutcome {
    if let Some(reason) = checks.iter().find_map(|check| check.failure.clone()) {
        return HopOutcome::Failed(reason);
    }
    if !verdict.verified {
        let issuer = &document.issuer;
        let reason = match (verdict.statuses.iter().find(|status| !status.valid), &verdict.error) {
            (Some(status), _) if status.revoked() => {
                format!("the accreditation by {issuer} is revoked in the trust chain")
            }
            (Some(status), _) if status.suspended() => {
                format!("the accreditation by {issuer} is suspended in the trust chain")
            }
            (_, Some(error)) => error.clone(),
            (_, None) => unverified(),
        };
        return HopOutcome::Failed(reason);
    }
    // Whoever hosts a line of versions decides which is the latest; only the issuer may.
    if document.issuer != host.as_str() {
        return HopOutcome::Failed(format!(
            "it is published under {host}, not under its issuer {}",
            document.issuer
        ));
    }
    HopOutcome::Passed
}

pub(super) fn unverified() -> String {
    "the document does not verify".to_owned()
}

fn failed(mut hop: Hop, reason: String) -> Step {
    hop.outcome = HopOutcome::Failed(reason);
    Step { hop, document: None, identity: None, above_newer: None }
}

type Fetched = Result<(ResolvedResource, Did), String>;

async fn fetch(studio: &Studio, url: &str, at: Option<Instant>) -> Result<Fetched, Fault> {
    let parsed = match DidUrl::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Err(format!("{url} is not a DID URL: {error}"))),
    };
    let host = match Did::parse(parsed.did()) {
        Ok(host) => host,
        Err(error) => return Ok(Err(error.to_string())),
    };
    match resource_at(studio, &parsed, at).await {
        Ok(Some(found)) => Ok(Ok((found, host))),
        Ok(None) => Ok(Err(format!("DID URL {url} is not found"))),
        Err(fault) if fault.kind == FaultKind::Invalid => Ok(Err(fault.public)),
        Err(fault) => Err(fault),
    }
}

fn identity(host: &Did, metadata: &ResourceMetadata) -> Option<ResourceIdentity> {
    Some(ResourceIdentity {
        did: host.to_string(),
        id: uuid::Uuid::parse_str(&metadata.id).ok()?,
        name: metadata.name.clone(),
        resource_type: metadata.resource_type.clone(),
    })
}

/// What the declared root is, so that a reference by id and one by name can be told to be the same.
async fn root_identity(
    studio: &Studio,
    question: &Question,
    at: Option<Instant>,
) -> Result<Option<ResourceIdentity>, Fault> {
    let Some(root) = &question.root else { return Ok(None) };
    Ok(fetch(studio, root, at).await?.ok().and_then(|(found, host)| identity(&host, &found.metadata)))
}

/// Schemas named by id get the name and type the ledger knows for that id, so that they compare with named ones.
pub(super) async fn complete_schemas(studio: &Studio, scope: &mut [AccreditedFor]) -> Result<(), Fault> {
    for entry in scope {
        if let SchemaKey::Id { did, id } = &entry.schema
            && let Ok(did) = Did::parse(did)
            && let Some(found) = studio.resolver.resource(&did, &id.to_string()).await?
        {
            entry.schema =
                entry.schema.clone().with_name(&found.metadata.name, &found.metadata.resource_type);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
