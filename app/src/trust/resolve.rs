//! Any DID, and any DID-Linked Resource, now or as of an instant.

use crate::{
    Fault, Studio,
    port::resolver::{Freshness, ResolvedDid, ResolvedResource, ResourceMetadata, method_unsupported},
};
use credentials::{
    did_key,
    did_url::{DidUrl, Pin, ResourceRef},
    did_web::WebDid,
};
use domain::{
    id::{Did, Instant},
    instant::covers,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// A DID document for a verdict.
#[derive(Debug, Clone)]
pub(crate) struct DidDocumentAt {
    /// The document.
    pub document: Value,
    /// Whether the DID is deactivated (at that instant).
    pub deactivated: bool,
}

/// The document of a did:cheqd, did:key, did:jwk or did:web; `None` if there is none (or was none at `at`). That of a did:cheqd is
/// never from a cache; that of a did:web is the present one whatever `at` is, because nobody keeps older ones. Faults:
/// `did/method-unsupported`, `did/unresolvable`, `did/web-unreachable`, `ledger/…`.
pub(crate) async fn did_document_at(
    studio: &Studio,
    did: &str,
    at: Option<Instant>,
) -> Result<Option<DidDocumentAt>, Fault> {
    if did.starts_with("did:key:") || did.starts_with("did:jwk:") {
        let document = did_key::resolve(did)
            .map_err(|error| Fault::invalid("did/unresolvable", format!("{did}: {error}")))?;
        return Ok(Some(DidDocumentAt { document, deactivated: false }));
    }
    if did.starts_with("did:web:") {
        let names_none = || Fault::invalid("did/unresolvable", format!("{did} names no host of the web"));
        let found = studio.resolver.web(&WebDid::parse(did).ok_or_else(names_none)?).await?;
        return Ok(found.map(|document| DidDocumentAt { document, deactivated: false }));
    }
    if !did.starts_with("did:cheqd:") {
        return Err(method_unsupported(did));
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
        .filter(|version| covers(at, version.updated.unwrap_or(version.created)))
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
            Ok(found.filter(|found| at.is_none_or(|at| covers(at, found.metadata.created))))
        }
        Some(ResourceRef::ByName { did, name, resource_type, pin }) => {
            let did = Did::parse(&did)?;
            if pin.is_none() && at.is_none() {
                return newest_of_line(studio, &did, &name, &resource_type, None).await;
            }
            let line = |m: &ResourceMetadata| m.name == name && m.resource_type == resource_type;
            let mut candidates: Vec<_> =
                studio.resolver.resources(&did, Freshness::Fresh).await?.into_iter().filter(line).collect();
            candidates.retain(|m| at.is_none_or(|at| covers(at, m.created)));
            retain_pinned(&mut candidates, pin)?;
            match newest(candidates) {
                Some(metadata) => studio.resolver.resource(&did, &metadata.id).await,
                None => Ok(None),
            }
        }
        None => {
            Err(Fault::invalid("did-url/no-resource", "The DID URL does not name a DID-Linked Resource."))
        }
    }
}

/// The newest version of a line, as of an instant.
pub(crate) async fn newest_of_line(
    studio: &Studio,
    did: &Did,
    name: &str,
    resource_type: &str,
    at: Option<Instant>,
) -> Result<Option<ResolvedResource>, Fault> {
    let Some(at) = at else {
        return studio.resolver.latest_resource(did, name, resource_type, Freshness::Fresh).await;
    };
    let mut line = studio.resolver.resources(did, Freshness::Fresh).await?;
    line.retain(|m| m.name == name && m.resource_type == resource_type && covers(at, m.created));
    match newest(line) {
        Some(metadata) => studio.resolver.resource(did, &metadata.id).await,
        None => Ok(None),
    }
}

/// The newest of a line. Versions of one block bear the same time; among them the one that no other of them follows.
fn newest(candidates: Vec<ResourceMetadata>) -> Option<ResourceMetadata> {
    let last = candidates.iter().map(|m| m.created).max()?;
    let tied: Vec<_> = candidates.into_iter().filter(|m| m.created == last).collect();
    let ids: BTreeSet<String> = tied.iter().map(|m| m.id.clone()).collect();
    let is_followed =
        |m: &ResourceMetadata| m.next_version_id.as_ref().is_some_and(|next| ids.contains(next.as_str()));
    let end = tied.iter().position(|m| !is_followed(m));
    tied.into_iter().nth(end.unwrap_or_default())
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
            candidates.retain(|m| covers(time.to_utc(), m.created));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: &str, created: &str, next: Option<&str>) -> ResourceMetadata {
        ResourceMetadata {
            collection_id: "c".to_owned(),
            id: id.to_owned(),
            name: "n".to_owned(),
            resource_type: "t".to_owned(),
            version: String::new(),
            also_known_as: Vec::new(),
            media_type: "application/json".to_owned(),
            created: created.parse().unwrap(),
            checksum: String::new(),
            previous_version_id: None,
            next_version_id: next.map(str::to_owned),
        }
    }

    fn newest_id(versions: &[ResourceMetadata]) -> Option<String> {
        newest(versions.to_vec()).map(|m| m.id)
    }

    #[test]
    fn verdicts_10_of_versions_in_one_block_the_last_written_is_the_newest() {
        let (early, block) = ("2026-11-28T10:00:00.1Z", "2026-11-28T10:00:00.2Z");
        let old = version("z", early, Some("b"));
        // Their order in the list is that of their random ids.
        let line = [old.clone(), version("a", block, None), version("b", block, Some("a"))];
        assert_eq!(newest_id(&line).as_deref(), Some("a"));
        let line = [old.clone(), version("a", block, Some("b")), version("b", block, Some("c"))];
        assert_eq!(
            newest_id(&line).as_deref(),
            Some("b"),
            "a later one that is not yet there does not count"
        );
        assert_eq!(newest_id(&[old]).as_deref(), Some("z"));
        assert_eq!(newest_id(&[]), None);
    }

    #[test]
    fn verdicts_10_a_version_time_as_shown_includes_what_it_dates() {
        let left = |time: &str| {
            let mut line = vec![version("a", "2026-11-28T10:00:00.7Z", None)];
            retain_pinned(&mut line, Some(Pin::VersionTime(time.to_owned()))).unwrap();
            line.len()
        };
        assert_eq!((left("2026-11-28T10:00:00Z"), left("2026-11-28T09:59:59Z")), (1, 0));
        assert_eq!((left("2026-11-28T10:00:00.7Z"), left("2026-11-28T10:00:00.699Z")), (1, 0));
        assert_eq!(left("2026-11-28T11:00:00+01:00"), 1);
    }
}
