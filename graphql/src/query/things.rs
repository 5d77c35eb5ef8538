//! What belongs to the account. Somebody else's things do not exist here.

use crate::{
    asking::asking,
    fault::Result,
    input,
    limits::{CONNECTION_ROWS_MAX, page_cost},
    loader::Version,
    page::{self, Listed, listed, paging},
    reference::Kind,
    view::{
        Account, Accreditation, Credential, Did, Event, Key, Node, Operation, Resource, StatusList,
        kind::KeyPurpose, load_did, load_operation, load_resource, node,
    },
};
use app::Fault;
use async_graphql::{Context, ID, Object};
use domain::id::{CredentialId, Did as DidText, OperationId, ResourceId, StatusListId};
use projections::{
    AccreditationFilter, ActivityFilter, CredentialFilter, DidFilter, Page, ResourceFilter, ResourceRow,
    StatusListFilter, StatusListRow,
    operation::{MAX_PAGE_OPERATIONS, Operation as OperationRow, OperationFilter},
};

#[derive(Default)]
pub(super) struct ThingQuery;

/// Domain values of a list of the schema's.
fn all<T, U: From<T>>(values: Option<Vec<T>>) -> Vec<U> {
    values.unwrap_or_default().into_iter().map(Into::into).collect()
}

/// The DID of a filter; `Err` for a text that is none, which matches nothing.
fn filter_did(text: Option<&str>) -> Result<Option<DidText>, domain::id::Malformed> {
    text.map(DidText::parse).transpose()
}

fn nothing<T>() -> Page<T> {
    Page { rows: Vec::new(), total: Some(0), has_previous: false, has_next: false }
}

#[Object]
impl ThingQuery {
    /// The account of the API key.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Account> {
        let asking = asking(ctx)?;
        let row = asking.views().accounts().customer(asking.customer()).await?;
        Ok(Account(row.ok_or_else(|| Fault::bug("an API key of no customer"))?))
    }

    /// Anything by its global id; null if there is no such thing, or not for this account.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<Node>> {
        node::load(asking(ctx)?, &id).await
    }

    /// A key by its id.
    async fn key(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] kid: String) -> Result<Option<Key>> {
        let asking = asking(ctx)?;
        Ok(asking.views().accounts().key(asking.customer(), Kind::Key.raw(&kid)).await?.map(Key))
    }

    /// Keys, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those for this purpose.")] purpose: Option<KeyPurpose>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listed<Key>> {
        let paging = paging(ctx, first, after.as_deref(), last, before.as_deref())?;
        let asking = asking(ctx)?;
        let purpose = purpose.map(Into::into);
        Ok(listed(asking.views().accounts().keys(asking.customer(), purpose, paging).await?))
    }

    /// A DID of the account.
    async fn did(&self, ctx: &Context<'_>, #[graphql(desc = "The DID.")] did: String) -> Result<Option<Did>> {
        load_did(ctx, Kind::Did.raw(&did)).await
    }

    /// DIDs, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn dids(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.", default)] filter: input::DidFilter,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listed<Did>> {
        let paging = paging(ctx, first, after.as_deref(), last, before.as_deref())?;
        let asking = asking(ctx)?;
        let filter = DidFilter {
            network: filter.network.map(Into::into),
            phases: all(filter.phases),
            ..DidFilter::default()
        };
        Ok(listed(asking.views().dids().list(asking.customer(), &filter, paging).await?))
    }

    /// A resource version by its id.
    async fn resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Resource>> {
        load_resource(ctx, Kind::Resource.uuid(&id).map(ResourceId)).await
    }

    /// Versions of DID-Linked Resources, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.", default)] filter: input::ResourceFilter,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listed<Resource>> {
        let paging = paging(ctx, first, after.as_deref(), last, before.as_deref())?;
        let asking = asking(ctx)?;
        let Ok(did) = filter_did(filter.did.as_deref()) else {
            return Ok(listed(nothing::<ResourceRow>()));
        };
        let filter = ResourceFilter {
            did,
            network: filter.network.map(Into::into),
            name: filter.name,
            resource_type: filter.resource_type,
            states: all(filter.states),
            sources: all(filter.sources),
            latest_only: filter.latest_only,
            ..ResourceFilter::default()
        };
        Ok(listed(asking.views().resources().list(asking.customer(), &filter, paging).await?))
    }

    /// A status list by its id.
    async fn status_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<StatusList>> {
        let Some(list) = Kind::StatusList.uuid(&id) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(StatusListId(list)).await?.map(StatusList))
    }

    /// Status lists, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn status_lists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.", default)] filter: input::StatusListFilter,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listed<StatusList>> {
        let paging = paging(ctx, first, after.as_deref(), last, before.as_deref())?;
        let asking = asking(ctx)?;
        let Ok(did) = filter_did(filter.did.as_deref()) else {
            return Ok(listed(nothing::<StatusListRow>()));
        };
        let filter = StatusListFilter {
            did,
            network: filter.network.map(Into::into),
            name: filter.name,
            list_type: filter.list_type.map(Into::into),
            phases: all(filter.phases),
            ..StatusListFilter::default()
        };
        Ok(listed(asking.views().status_lists().list(asking.customer(), &filter, paging).await?))
    }

    /// A credential this account signed, by its id.
    async fn credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Credential>> {
        let Some(credential) = Kind::Credential.uuid(&id) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(CredentialId(credential)).await?.map(Credential))
    }

    /// Credentials and accreditations this account signed, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credentials(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.", default)] filter: input::CredentialFilter,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listed<Credential>> {
        let paging = paging(ctx, first, after.as_deref(), last, before.as_deref())?;
        let asking = asking(ctx)?;
        let filter = CredentialFilter {
            issuer: filter.issuer,
            status: filter.status.map(Into::into),
            format: filter.format,
            category: filter.category.map(Into::into),
            credential_type: filter.credential_type,
            network: filter.network.map(Into::into),
            ..CredentialFilter::default()
        };
        Ok(listed(asking.views().credentials().list(asking.customer(), &filter, paging).await?))
    }

    /// An accreditation version this account granted, by its id or resource id.
    async fn accreditation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Accreditation>> {
        let Some(version) = Kind::Accreditation.uuid(&id) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(Version(ResourceId(version))).await?.map(Accreditation))
    }

    /// Accreditation versions this account granted, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn accreditations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.", default)] filter: input::AccreditationFilter,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listed<Accreditation>> {
        let paging = paging(ctx, first, after.as_deref(), last, before.as_deref())?;
        let asking = asking(ctx)?;
        let filter = AccreditationFilter {
            kind: filter.kind.map(Into::into),
            network: filter.network.map(Into::into),
            issuer: filter.issuer,
            subject: filter.subject,
            name: filter.name,
            publications: all(filter.publications),
            status: filter.status.map(Into::into),
            latest_only: filter.latest_only,
        };
        Ok(listed(asking.views().accreditations().list(asking.customer(), &filter, paging).await?))
    }

    /// A ledger operation by its id.
    async fn operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Operation>> {
        load_operation(ctx, Kind::Operation.uuid(&id).map(OperationId)).await
    }

    /// Ledger operations, newest first. They are walked forward only, and not counted.
    #[graphql(complexity = "page_cost(first, None, child_complexity)")]
    async fn operations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.", default)] filter: input::OperationFilter,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Listed<Operation>> {
        const { assert!(CONNECTION_ROWS_MAX <= MAX_PAGE_OPERATIONS, "a page must fit into what the store gives") };
        let rows = page::rows("first", first)?;
        let after = page::cursor("after", after.as_deref())?;
        let asking = asking(ctx)?;
        if rows == 0 {
            return Ok(listed(Page { total: None, ..nothing::<OperationRow>() }));
        }
        let filter = OperationFilter {
            state: filter.state.map(Into::into),
            dead: filter.dead,
            did: filter.did,
            kind: filter.kind,
            before: None,
            limit: rows,
        };
        let page = asking.views().operations().list(asking.customer(), &filter, after).await?;
        let (has_previous, has_next) = (after.is_some(), page.next.is_some());
        Ok(listed(Page { rows: page.operations, total: None, has_previous, has_next }))
    }

    /// What happened, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.", default)] filter: input::EventFilter,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listed<Event>> {
        let paging = paging(ctx, first, after.as_deref(), last, before.as_deref())?;
        let asking = asking(ctx)?;
        Ok(listed(asking.views().activities().list(asking.customer(), &deeds(filter)?, paging).await?))
    }
}

/// Which deeds, in the read model's terms.
pub(crate) fn deeds(filter: input::EventFilter) -> Result<ActivityFilter> {
    Ok(ActivityFilter {
        categories: all(filter.categories),
        action: filter.action,
        entity: filter.entity,
        statuses: all(filter.statuses),
        network: filter.network.map(Into::into),
        created_at: None,
        created_from: input::time("createdFrom", filter.created_from)?,
        created_until: input::time("createdUntil", filter.created_until)?,
    })
}
