//! DID-Linked Resources.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    Did, Operation,
    kind::{Network, PublicationPhase, ResourceSource},
    ledger::{AlternativeUri, Published},
    load_did, load_operation, load_resource,
};
use crate::{
    asking::asking,
    fault::Result,
    limits::{REMOTE_COST, page_cost},
    page::{Listed, Window},
    reference::Kind,
};
use async_graphql::{Context, ID, Object};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use projections::{ResourceRow, ResourcesOf};

/// A version of a DID-Linked Resource.
pub(crate) struct Resource(pub(crate) ResourceRow);

shows!(Resource: ResourceRow);

/// A version of a DID-Linked Resource.
#[Object]
impl Resource {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Resource.id(self.0.resource)
    }

    /// Its id on the ledger.
    async fn resource_id(&self) -> ID {
        ID(self.0.resource.to_string())
    }

    /// The DID it hangs on.
    async fn did(&self) -> &str {
        self.0.did.as_str()
    }

    /// That DID.
    async fn controller(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        load_did(ctx, self.0.did.as_str()).await
    }

    /// DID URL of exactly this version.
    async fn url(&self) -> String {
        format!("{}/resources/{}", self.0.did, self.0.resource)
    }

    /// The network of the DID.
    async fn network(&self) -> Network {
        self.0.network.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its type.
    async fn resource_type(&self) -> &str {
        &self.0.resource_type
    }

    /// A human-readable version label, may be empty.
    async fn version(&self) -> &str {
        &self.0.version
    }

    /// Other addresses of the same thing.
    async fn also_known_as(&self) -> Vec<AlternativeUri> {
        self.0.also_known_as.iter().cloned().map(Into::into).collect()
    }

    /// Size of the data in bytes.
    async fn size_bytes(&self) -> u64 {
        self.0.size_bytes
    }

    /// Lower-case hex SHA-256 of the data.
    async fn checksum(&self) -> &str {
        &self.0.checksum
    }

    /// Its media type.
    async fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// What it was made as.
    async fn source(&self) -> ResourceSource {
        self.0.source.into()
    }

    /// Where its publication stands.
    async fn state(&self) -> PublicationPhase {
        self.0.state.into()
    }

    /// The published version before it.
    async fn previous_version(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        load_resource(ctx, self.0.previous_version).await
    }

    /// The published version after it.
    async fn next_version(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        load_resource(ctx, self.0.next_version).await
    }

    /// All versions of its line (same DID, name and type), newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Resource>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let ResourceRow { did, name, resource_type, .. } = &self.0;
        let of = ResourcesOf::Line(did.clone(), name.clone(), resource_type.clone());
        Listed::below(asking(ctx)?, "Resource.versions", of, window)
    }

    /// Its bytes from the ledger, base64; null while it is not there.
    #[graphql(complexity = "REMOTE_COST")]
    async fn data(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let resolver = &asking(ctx)?.studio().resolver;
        let found = resolver.resource(&self.0.did, &self.0.resource.to_string()).await?;
        Ok(found.map(|found| BASE64_STANDARD.encode(found.data)))
    }

    /// The write that makes it.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, Some(self.0.operation)).await
    }

    #[graphql(flatten)]
    async fn published(&self, _ctx: &Context<'_>) -> Published {
        let inclusion = self.0.inclusion.clone().map(Into::into);
        let rejection = self.0.rejection.clone().map(Into::into);
        Published { inclusion, rejection, created_at: self.0.created_at, updated_at: self.0.updated_at }
    }
}
