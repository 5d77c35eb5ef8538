//! Status lists, their entries, and references to them.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    Credential, Did, Operation, Resource,
    kind::{Network, StatusListCategory, StatusListEncoding, StatusListPhase, StatusListType, StatusPurpose},
    ledger::{Inclusion, Rejection},
    load_did, load_operation, load_resource,
};
use crate::{
    asking::asking,
    fault::Result,
    limits::page_cost,
    loader::EntriesOf,
    page::{self, Listed, Window},
    reference::Kind,
    scalar::Long,
};
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{credential, id::Instant};
use projections::{CredentialsOf, StatusEntryRow, StatusListRow};

/// A credential status list.
pub(crate) struct StatusList(pub(crate) StatusListRow);

shows!(StatusList: StatusListRow);

/// What one value of an entry means.
#[derive(SimpleObject)]
pub(crate) struct StatusMessage {
    /// `0x` and lower-case hex.
    status: String,
    /// What it means.
    message: String,
}

/// A credential status list.
#[Object]
impl StatusList {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::StatusList.id(self.0.list)
    }

    /// Its own id.
    async fn status_list_id(&self) -> ID {
        ID(self.0.list.to_string())
    }

    /// The DID it hangs on; issuer of the list.
    async fn did(&self) -> &str {
        self.0.did.as_str()
    }

    /// That DID.
    async fn controller(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        load_did(ctx, self.0.did.as_str()).await
    }

    /// The network of the DID.
    async fn network(&self) -> Network {
        self.0.network.into()
    }

    /// Its name, which is the resource name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its resource type on the ledger.
    async fn resource_type(&self) -> &str {
        &self.0.resource_type
    }

    /// Its format.
    async fn list_type(&self) -> StatusListType {
        self.0.list_type.into()
    }

    /// What its entries say.
    async fn purposes(&self) -> Vec<StatusPurpose> {
        self.0.description.purposes.iter().copied().map(Into::into).collect()
    }

    /// How many entries it has.
    async fn length(&self) -> u32 {
        self.0.description.length
    }

    /// Bits per entry.
    async fn status_size_bits(&self) -> u8 {
        self.0.description.status_size_bits
    }

    /// Text form of the list.
    async fn encoding(&self) -> StatusListEncoding {
        StatusListEncoding::of_list(self.0.list_type, self.0.description.encoding.as_deref())
    }

    /// What each value means, for more than one bit.
    async fn messages(&self) -> Vec<StatusMessage> {
        let messages = self.0.description.messages.iter();
        messages.map(|m| StatusMessage { status: m.status.clone(), message: m.message.clone() }).collect()
    }

    /// How long a verifier may keep a copy, in milliseconds.
    async fn ttl_milliseconds(&self) -> Option<Long> {
        self.0.description.ttl_milliseconds.map(Long)
    }

    /// What it is kept for.
    async fn category(&self) -> StatusListCategory {
        self.0.description.category.into()
    }

    /// Where it stands.
    async fn phase(&self) -> StatusListPhase {
        self.0.phase.into()
    }

    /// How many entries belong to a credential.
    async fn allocated(&self) -> u32 {
        self.0.allocated
    }

    /// Counts changes in our record.
    async fn revision(&self) -> u64 {
        self.0.revision
    }

    /// The newest revision verifiers can see.
    async fn published_revision(&self) -> u64 {
        self.0.published_revision
    }

    /// Whether our record holds changes verifiers cannot see yet.
    async fn has_unpublished_changes(&self) -> bool {
        self.0.unpublished_changes()
    }

    /// DID URL of the newest version on the ledger.
    async fn latest_url(&self) -> Option<String> {
        self.0.latest_url()
    }

    /// The newest version on the ledger.
    async fn latest_resource(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        load_resource(ctx, self.0.latest_resource).await
    }

    /// Publications on their way, creation included.
    async fn pending_operations(&self, ctx: &Context<'_>) -> Result<Vec<Operation>> {
        let asked = self.0.pending.keys().map(|id| load_operation(ctx, Some(*id)));
        Ok(futures::future::try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// The block its newest version is in.
    async fn inclusion(&self) -> Option<Inclusion> {
        self.0.inclusion.clone().map(Into::into)
    }

    /// Why the last write was refused, if it was.
    async fn rejection(&self) -> Option<Rejection> {
        self.0.rejection.clone().map(Into::into)
    }

    /// Entries that are allocated or were ever set, in the order of their indexes, from `from` on.
    #[graphql(complexity = "page_cost(first, None, child_complexity)")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The lowest index to show; 0 by default.")] from: Option<u32>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
    ) -> Result<Vec<StatusEntry>> {
        let wanted =
            EntriesOf { list: self.0.list, from: from.unwrap_or(0), rows: page::rows("first", first)? };
        let rows = asking(ctx)?.loaders.0.load_one(wanted).await?.unwrap_or_default();
        Ok(rows.into_iter().map(StatusEntry).collect())
    }

    /// Credentials whose status stands in this list, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credentials(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Credential>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = CredentialsOf::List(self.0.list);
        Listed::below(asking(ctx)?, "StatusList.credentials", of, window)
    }

    /// When it was asked for.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }

    /// When anything last happened to it.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at
    }
}

/// An entry of a status list, as our record has it.
pub(crate) struct StatusEntry(StatusEntryRow);

/// An entry of a status list, as our record has it.
#[Object]
impl StatusEntry {
    /// Which entry.
    async fn index(&self) -> u32 {
        self.0.index
    }

    /// What it says; 1 means revoked or suspended.
    async fn value(&self) -> u8 {
        self.0.value
    }

    /// The revision of the list that set it last; 0 if it was never set.
    async fn revision(&self) -> u64 {
        self.0.revision
    }

    /// The credential it belongs to, if this account issued it.
    async fn credential(&self, ctx: &Context<'_>) -> Result<Option<Credential>> {
        let Some(id) = self.0.credential else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(id).await?.map(Credential))
    }

    /// When it last changed.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at
    }
}

/// Where the status of a credential stands.
pub(crate) struct StatusReference(pub(crate) credential::StatusReference);

/// Where the status of a credential stands.
#[Object]
impl StatusReference {
    /// Which entry.
    async fn index(&self) -> u32 {
        self.0.index
    }

    /// What the entry says.
    async fn purpose(&self) -> StatusPurpose {
        self.0.purpose.into()
    }

    /// The format of the list.
    async fn list_type(&self) -> StatusListType {
        self.0.list_type.into()
    }

    /// The DID the list hangs on.
    async fn list_did(&self) -> &str {
        self.0.list_did.as_str()
    }

    /// The list's name.
    async fn list_name(&self) -> &str {
        &self.0.list_name
    }

    /// The list.
    async fn status_list(&self, ctx: &Context<'_>) -> Result<Option<StatusList>> {
        Ok(asking(ctx)?.loaders.0.load_one(self.0.list).await?.map(StatusList))
    }
}
