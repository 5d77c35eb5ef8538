//! Versions of resources as the ledger has them, and what their contents may be.

use super::{event::EventActor, kind::DiffOmitted, ledger::AlternativeUri};
use crate::{asking::Asking, fault::Result, scalar::Long};
use app::{
    Actor, Fault,
    port::resolver::{ResolvedResource, ResourceMetadata},
    resource::{Change, History, Line, Version, template},
};
use async_graphql::{ID, SimpleObject};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{id::Instant, id::ResourceId, resource::AlternativeUri as Uri};
use projections::AuthoredRow;
use serde::Deserialize as _;
use serde_json::Value;

/// What the ledger says of a version; a part of the object that shows it.
#[derive(Debug, SimpleObject)]
pub(crate) struct Described {
    /// Its id on the ledger.
    resource_id: ID,
    /// The DID it hangs on.
    did: String,
    /// Its name.
    name: String,
    /// Its type.
    resource_type: String,
    /// Version label, may be empty.
    version: String,
    /// Other addresses of it.
    also_known_as: Vec<AlternativeUri>,
    /// Its media type as the ledger detected it.
    media_type: String,
    /// How many bytes it has.
    size_bytes: Long,
    /// Lower-case hex SHA-256 of its bytes.
    checksum: String,
    /// When it was written.
    created: Instant,
    /// The version before.
    previous_version_id: Option<ID>,
    /// The version after.
    next_version_id: Option<ID>,
    /// DID URL of exactly this version.
    url: String,
    /// DID URL of whichever version is the newest.
    latest_url: String,
    /// DID URL of the version that was the newest when this one was written, which is this one.
    url_at_time: String,
}

impl Described {
    fn new(line: &Line, metadata: ResourceMetadata, size_bytes: u64) -> Self {
        let also = metadata.also_known_as.into_iter();
        Self {
            url: format!("{}/resources/{}", line.did, metadata.id),
            latest_url: line.latest_url(),
            url_at_time: line.url_at(metadata.created),
            resource_id: ID(metadata.id),
            did: line.did.to_string(),
            name: metadata.name,
            resource_type: metadata.resource_type,
            version: metadata.version,
            also_known_as: also.map(|(uri, description)| Uri { uri, description }.into()).collect(),
            media_type: metadata.media_type,
            size_bytes: Long(size_bytes),
            checksum: metadata.checksum,
            created: metadata.created,
            previous_version_id: metadata.previous_version_id.map(ID),
            next_version_id: metadata.next_version_id.map(ID),
        }
    }
}

/// A version of a resource at a time, with its bytes.
#[derive(Debug, SimpleObject)]
pub(crate) struct ResourceAt {
    #[graphql(flatten)]
    described: Described,
    /// Its bytes, base64.
    data: String,
}

impl ResourceAt {
    pub(crate) fn of(line: &Line, found: ResolvedResource) -> Self {
        let size = found.data.len() as u64;
        Self {
            data: BASE64_STANDARD.encode(found.data),
            described: Described::new(line, found.metadata, size),
        }
    }
}

/// A page of the versions of a resource.
#[derive(SimpleObject)]
pub(crate) struct ResourceHistory {
    /// How many versions there are on all pages.
    total_count: Long,
    /// The page, newest first.
    versions: Vec<ResourceVersion>,
}

/// A version of a resource in its history.
#[derive(SimpleObject)]
pub(crate) struct ResourceVersion {
    #[graphql(flatten)]
    described: Described,
    /// Whether somebody wrote it on the ledger without this Studio.
    is_from_outside: bool,
    /// Who asked for it here; null for a version from outside.
    actor: Option<EventActor>,
    /// When it was asked for here.
    requested_at: Option<Instant>,
    /// Its ledger operation here.
    operation_id: Option<ID>,
    /// Its transaction, where it was written from here.
    tx_hash: Option<String>,
    /// The block it is in, where it was written from here.
    height: Option<Long>,
    /// What it changed of the version before: operations of a JSON Patch (RFC 6902). Null where that cannot be told.
    diff: Option<Vec<Value>>,
    /// Why there is no `diff`.
    diff_omitted: Option<DiffOmitted>,
}

impl ResourceHistory {
    /// With who wrote which.
    pub(crate) async fn of(asking: &Asking, line: &Line, found: History) -> Result<Self> {
        let ids: Vec<ResourceId> = found.versions.iter().filter_map(id).collect();
        let authors = asking.views().resources().authored(asking.customer(), &ids).await?;
        let shown = |version: Version| {
            let own = id(&version).and_then(|id| authors.get(&id));
            ResourceVersion::new(line, version, own)
        };
        let versions = found.versions.into_iter().map(shown).collect::<Result<_>>()?;
        Ok(Self { total_count: Long(found.total), versions })
    }
}

fn id(version: &Version) -> Option<ResourceId> {
    version.metadata.id.parse().ok()
}

impl ResourceVersion {
    fn new(line: &Line, version: Version, own: Option<&AuthoredRow>) -> Result<Self> {
        let inclusion = own.and_then(|own| own.row.inclusion.as_ref());
        let actor = own.and_then(|own| own.actor.as_ref()).map(Actor::deserialize).transpose();
        let (diff, diff_omitted) = match version.change {
            Change::Patch(operations) => (Some(operations), None),
            Change::Untold(why) => (None, Some(why.into())),
        };
        Ok(Self {
            described: Described::new(line, version.metadata, version.size_bytes),
            is_from_outside: own.is_none(),
            actor: actor.map_err(Fault::bug)?.map(Into::into),
            requested_at: own.map(|own| own.row.created_at),
            operation_id: own.map(|own| ID(own.row.operation.to_string())),
            tx_hash: inclusion.and_then(|inclusion| inclusion.tx_hash.clone()),
            height: inclusion.map(|inclusion| Long(inclusion.height)),
            diff,
            diff_omitted,
        })
    }
}

/// What resources of a type hold.
#[derive(Debug, SimpleObject)]
pub(crate) struct ResourceTemplate {
    /// Its name, for `template` of `createResource`.
    id: String,
    /// What it is.
    title: String,
    /// The type of its resources.
    resource_type: String,
    /// The media type of the example.
    media_type: String,
    /// Media types that its contents may have.
    media_types: Vec<String>,
    /// Contents to begin with.
    example: String,
    /// JSON Schema (draft 2020-12) of its contents; null for images.
    content_schema: Option<Value>,
}

impl From<&template::Template> for ResourceTemplate {
    fn from(template: &template::Template) -> Self {
        Self {
            id: template.id.to_owned(),
            title: template.title.to_owned(),
            resource_type: template.resource_type.to_owned(),
            media_type: template.example_media_type().to_owned(),
            media_types: template.media_types.iter().map(|&kind| kind.to_owned()).collect(),
            example: template.example.text(),
            content_schema: template.content_schema.clone(),
        }
    }
}
