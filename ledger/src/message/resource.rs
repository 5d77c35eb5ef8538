//! DID-Linked Resources (cheqd.resource.v2).

use app::port::resolver::{ResolvedResource, ResourceMetadata};
use domain::resource::ResourceDescription;
use proto::cheqd::resource::v2::{AlternativeUri, Metadata, MsgCreateResourcePayload, ResourceWithMetadata};

use super::did::instant;
use sha2::{Digest as _, Sha256};

/// The payload an identity key signs for a new resource version.
pub fn payload(description: &ResourceDescription, data: &[u8]) -> MsgCreateResourcePayload {
    MsgCreateResourcePayload {
        data: data.to_vec(),
        collection_id: description.did.unique_id().to_owned(),
        id: description.resource.to_string(),
        name: description.name.clone(),
        version: description.version.clone(),
        resource_type: description.resource_type.clone(),
        also_known_as: description
            .also_known_as
            .iter()
            .map(|entry| AlternativeUri { uri: entry.uri.clone(), description: entry.description.clone() })
            .collect(),
    }
}

/// Metadata as the ledger answers it; `None` if it lacks its creation time.
pub fn metadata(metadata: Metadata) -> Option<ResourceMetadata> {
    Some(ResourceMetadata {
        collection_id: metadata.collection_id,
        id: metadata.id,
        name: metadata.name,
        resource_type: metadata.resource_type,
        version: metadata.version,
        also_known_as: metadata
            .also_known_as
            .into_iter()
            .map(|entry| (entry.uri, entry.description))
            .collect(),
        media_type: metadata.media_type,
        created: instant(metadata.created?)?,
        checksum: metadata.checksum,
        previous_version_id: Some(metadata.previous_version_id).filter(|id| !id.is_empty()),
        next_version_id: Some(metadata.next_version_id).filter(|id| !id.is_empty()),
    })
}

/// A resource as the ledger answers it; in words why it is none: a part is missing, or the data is not what the checksum is of
/// (SHA-256, docs/ledger.md#resources).
pub fn resolved(resource: ResourceWithMetadata) -> Result<ResolvedResource, &'static str> {
    let metadata = resource.metadata.and_then(metadata).ok_or("a resource is incomplete")?;
    let data = resource.resource.unwrap_or_default().data;
    if !hex::encode(Sha256::digest(&data)).eq_ignore_ascii_case(&metadata.checksum) {
        return Err("the data of a resource is not what its checksum says");
    }
    Ok(ResolvedResource { data, metadata })
}
