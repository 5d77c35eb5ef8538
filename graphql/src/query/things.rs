//! What belongs to the account. Somebody else's things do not exist here.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]
#![expect(clippy::too_many_arguments, reason = "a resolver takes what its field takes")]

mod lists;

use crate::{
    asking::{Asking, asking},
    fault::Result,
    input,
    limits::page_cost,
    loader::Version,
    page::{Listed, Window, nothing},
    reference::Kind,
    view::{
        Account, Accreditation, Credential, Did, Event, Job, Key, Node, Operation, Resource, StatusList,
        kind::KeyPurpose, load_did, load_job, load_operation, load_resource, node,
    },
};
use app::{Fault, act};
use async_graphql::{Context, ID, Object};
use domain::id::{CredentialId, Did as DidText, JobId, OperationId, ResourceId, StatusListId};
use lists::KeysFor;
use projections::{
    AccreditationFilter, ActivityFilter, CredentialFilter, DidFilter, JobFilter, JobRow, ResourceFilter,
    ResourceRow, StatusListFilter, StatusListRow, operation::OperationFilter,
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
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Key>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        Listed::root(asking(ctx)?, "Query.keys", KeysFor(purpose.map(Into::into)), window)
    }

    /// A DID of the account.
    async fn did(&self, ctx: &Context<'_>, #[graphql(desc = "The DID.")] did: String) -> Result<Option<Did>> {
        load_did(ctx, Kind::Did.raw(&did)).await
    }

    /// DIDs, newest first unless said otherwise.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn dids(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all by default.")] filter: Option<input::DidFilter>,
        #[graphql(desc = "In which order; cursors fit only the order they were made in.")] order_by: Option<
            input::DidOrder,
        >,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Did>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let filter = filter.unwrap_or_default();
        let filter = DidFilter {
            network: asking(ctx)?.network(&act::DID_LIST, filter.network.map(Into::into))?,
            phases: all(filter.phases),
            created_until: input::time("createdUntil", filter.created_until)?,
            search: filter.search,
            controller_key: filter.controller_key,
            name: filter.name.as_deref().map(app::did::name_spelled),
            kind: filter.kind,
        };
        let order = order_by.map(|order| order.of("Query.dids"));
        Listed::in_order(asking(ctx)?, "Query.dids", filter, order, window)
    }

    /// A resource version by its id.
    async fn resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Resource>> {
        load_resource(ctx, Kind::Resource.uuid(&id).map(ResourceId)).await
    }

    /// Versions of DID-Linked Resources, newest first unless said otherwise.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all by default.")] filter: Option<input::ResourceFilter>,
        #[graphql(desc = "In which order; cursors fit only the order they were made in.")] order_by: Option<
            input::ResourceOrder,
        >,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Resource>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let filter = filter.unwrap_or_default();
        let Ok(did) = filter_did(filter.did.as_deref()) else {
            return nothing::<_, ResourceRow>(asking(ctx)?, "Query.resources", Window::default());
        };
        let filter = ResourceFilter {
            did,
            network: asking(ctx)?.network(&act::RESOURCE_LIST, filter.network.map(Into::into))?,
            name: filter.name,
            resource_type: filter.resource_type,
            media_type: filter.media_type,
            version: filter.version,
            resource: None,
            states: all(filter.states),
            sources: all(filter.sources),
            latest_only: filter.latest_only.0,
            created_until: input::time("createdUntil", filter.created_until)?,
        };
        let order = order_by.map(|order| order.of("Query.resources"));
        Listed::in_order(asking(ctx)?, "Query.resources", filter, order, window)
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
        #[graphql(desc = "Which; all by default.")] filter: Option<input::StatusListFilter>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<StatusList>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let filter = filter.unwrap_or_default();
        let Ok(did) = filter_did(filter.did.as_deref()) else {
            return nothing::<_, StatusListRow>(asking(ctx)?, "Query.statusLists", window);
        };
        let filter = StatusListFilter {
            did,
            network: asking(ctx)?.network(&act::STATUS_LIST_LIST, filter.network.map(Into::into))?,
            name: filter.name,
            list_type: filter.list_type.map(Into::into),
            phases: all(filter.phases),
            ..StatusListFilter::default()
        };
        Listed::root(asking(ctx)?, "Query.statusLists", filter, window)
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
        #[graphql(desc = "Which; all by default.")] filter: Option<input::CredentialFilter>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Credential>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let filter = filter.unwrap_or_default();
        let filter = CredentialFilter {
            issuer: filter.issuer.as_deref().map(DidText::one_spelling),
            status: filter.status.map(Into::into),
            format: filter.format.map(|format| format.text().to_owned()),
            category: filter.category.map(Into::into),
            credential_type: filter.credential_type,
            network: asking(ctx)?.network(&act::CREDENTIAL_LIST, filter.network.map(Into::into))?,
            ..CredentialFilter::default()
        };
        Listed::root(asking(ctx)?, "Query.credentials", filter, window)
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
        #[graphql(desc = "Which; all by default.")] filter: Option<input::AccreditationFilter>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Accreditation>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let filter = filter.unwrap_or_default();
        let filter = AccreditationFilter {
            kind: filter.kind.map(Into::into),
            network: asking(ctx)?.network(&act::ACCREDITATION_LIST, filter.network.map(Into::into))?,
            issuer: filter.issuer.as_deref().map(DidText::one_spelling),
            subject: filter.subject.as_deref().map(DidText::one_spelling),
            name: filter.name,
            publications: all(filter.publications),
            status: filter.status.map(Into::into),
            latest_only: filter.latest_only.0,
        };
        Listed::root(asking(ctx)?, "Query.accreditations", filter, window)
    }

    /// A ledger operation by its id.
    async fn operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Operation>> {
        load_operation(ctx, Kind::Operation.uuid(&id).map(OperationId)).await
    }

    /// Ledger operations, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn operations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all by default.")] filter: Option<input::OperationFilter>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Operation>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let filter = filter.unwrap_or_default();
        let filter = OperationFilter {
            state: filter.state.map(Into::into),
            dead: filter.dead.0,
            did: filter.did.as_deref().map(DidText::one_spelling),
            kind: filter.kind.map(|kind| domain::ledger::OperationKind::from(kind).name().to_owned()),
            network: asking(ctx)?.network(&act::OPERATION_LIST, None)?,
            ..OperationFilter::default()
        };
        Listed::root(asking(ctx)?, "Query.operations", filter, window)
    }

    /// An act that waits for signatures, by its id.
    async fn job(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Job>> {
        load_job(ctx, Kind::Job.uuid(&id).map(JobId)).await
    }

    /// Acts that wait for signatures, or waited, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all by default.")] filter: Option<input::JobFilter>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Job>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let filter = filter.unwrap_or_default();
        let Ok(did) = filter_did(filter.did.as_deref()) else {
            return nothing::<_, JobRow>(asking(ctx)?, "Query.jobs", window);
        };
        let network = asking(ctx)?.network(&act::JOB_LIST, None)?;
        let filter = JobFilter { did, phases: all(filter.phases), network };
        Listed::root(asking(ctx)?, "Query.jobs", filter, window)
    }

    /// What happened, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all by default.")] filter: Option<input::EventFilter>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Event>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        Listed::root(asking(ctx)?, "Query.events", seen_deeds(asking(ctx)?, filter)?, window)
    }
}

/// Which deeds, in the read model's terms.
fn deeds(filter: input::EventFilter) -> Result<ActivityFilter> {
    Ok(ActivityFilter {
        categories: all(filter.categories),
        action: filter.action.map(|action| projections::ActivityAction::from(action).name()),
        entity: filter.entity.as_deref().map(DidText::one_spelling),
        statuses: all(filter.statuses),
        network: filter.network.map(Into::into),
        created_at: None,
        created_from: input::time("createdFrom", filter.created_from)?,
        created_until: input::time("createdUntil", filter.created_until)?,
    })
}

/// Which deeds, as far as the caller may see them.
pub(crate) fn seen_deeds(asking: &Asking, filter: Option<input::EventFilter>) -> Result<ActivityFilter> {
    let filter = deeds(filter.unwrap_or_default())?;
    Ok(ActivityFilter { network: asking.network(&act::EVENT_LIST, filter.network)?, ..filter })
}
