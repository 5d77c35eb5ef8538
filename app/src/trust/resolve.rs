//! Any DID, and any DID-Linked Resource, now or as of an instant.

use crate::{
    Fault, Studio,
    port::resolver::{Freshness, ResolvedDid, ResolvedResource, ResourceMetadata},
};
use credentials::{
    did_key,
    did_url::{DidUrl, Pin, ResourceRef},
};
use domain::id::{Did, Instant};
use serde_json::Value;

/// A DID document for a verdict.
#[derive(Debug, Clone)]
pub struct DidDocumentAt {
    /// The document.
    pub document: Value,
    /// Whether the DID is deactivated (at that instant).
    pub deactivated: bool,
}

/// The document of a did:cheqd, did:key or did:jwk; `None` if there is none (or was none at `at`). Never from a cache.
/// Faults: `did/method-unsupported`, `ledger/…`.
pub async fn did_document_at(
    studio: &Studio,
    did: &str,
    at: Option<Instant>,
) -> Result<Option<DidDocumentAt>, Fault> {
    if did.starts_with("did:key:") || did.starts_with("did:jwk:") {
        let document = did_key::resolve(did)
            .map_err(|error| Fault::invalid("did/unresolvable", format!("{did}: {error}")))?;
        return Ok(Some(DidDocumentAt { document, deactivated: false }));
    }
    if !did.starts_with("did:cheqd:") {
        return Err(Fault::invalid(
            "did/method-unsupported",
            format!("{did} is of a DID method that is not supported."),
        ));
    }
    let did = Did::parse(did)?;
    let found = match at {
        None => studio.resolver.did(&did, None, Freshness::Fresh).await?,
        Some(at) => version_at(studio, &did, at).await?,
    };
    Ok(found.map(|found| DidDocumentAt { document: found.document, deactivated: found.deactivated }))
}

async fn version_at(studio: &Studio, did: &Did, at: Instant) -> Result<Option<ResolvedDid>, Fault> {
    let versions = studio.resolver.did_versions(did).await?;
    let newest = versions
        .into_iter()
        .filter(|version| version.updated.unwrap_or(version.created) <= at)
        .max_by_key(|version| version.updated.unwrap_or(version.created));
    match newest {
        Some(version) => {
            // Deactivation is a property of that version; asking for an older one must not show a later end.
            let deactivated = version.deactivated;
            let found = studio.resolver.did(did, Some(&version.version_id), Freshness::Fresh).await?;
            Ok(found.map(|found| ResolvedDid { deactivated, ..found }))
        }
        None => Ok(None),
    }
}

/// The resource a DID URL names: exactly, or the latest of its name and type (at `at`, if given). Fault
/// `did-url/no-resource` for a URL that names none.
pub async fn resource_at(
    studio: &Studio,
    url: &DidUrl,
    at: Option<Instant>,
) -> Result<Option<ResolvedResource>, Fault> {
    match url.resource() {
        Some(ResourceRef::ById { did, id }) => {
            let found = studio.resolver.resource(&Did::parse(&did)?, &id.to_string()).await?;
            Ok(found.filter(|found| at.is_none_or(|at| found.metadata.created <= at)))
        }
        Some(ResourceRef::ByName { did, name, resource_type, pin }) => {
            let did = Did::parse(&did)?;
            if pin.is_none() && at.is_none() {
                return studio.resolver.latest_resource(&did, &name, &resource_type, Freshness::Fresh).await;
            }
            let line = |m: &ResourceMetadata| m.name == name && m.resource_type == resource_type;
            let mut candidates: Vec<_> =
                studio.resolver.resources(&did, Freshness::Fresh).await?.into_iter().filter(line).collect();
            candidates.retain(|m| at.is_none_or(|at| m.created <= at));
            retain_pinned(&mut candidates, pin)?;
            match candidates.into_iter().max_by_key(|m| m.created) {
                Some(metadata) => studio.resolver.resource(&did, &metadata.id).await,
                None => Ok(None),
            }
        }
        None => {
            Err(Fault::invalid("did-url/no-resource", "The DID URL does not name a DID-Linked Resource."))
        }
    }
}

fn retain_pinned(candidates: &mut Vec<ResourceMetadata>, pin: Option<Pin>) -> Result<(), Fault> {
    match pin {
        None => {}
        Some(Pin::Id(id)) => candidates.retain(|m| m.id == id.to_string()),
        Some(Pin::Version(version)) => candidates.retain(|m| m.version == version),
        Some(Pin::Checksum(checksum)) => candidates.retain(|m| m.checksum.eq_ignore_ascii_case(&checksum)),
        Some(Pin::VersionTime(text)) => {
            let time = domain::calendar::parse(&text).map_err(|why| {
                let malformed =
                    Fault::invalid("did-url/invalid", "resourceVersionTime is not an RFC 3339 time.");
                Fault::time("resourceVersionTime", why, malformed)
            })?;
            candidates.retain(|m| m.created <= time);
        }
    }
    Ok(())
}
