//! The types of the schema that show what the read models hold.

/// A type of the schema that shows a row.
macro_rules! shows {
    ($view:ident: $row:ty) => {
        impl From<$row> for $view {
            fn from(row: $row) -> Self {
                Self(row)
            }
        }
    };
}

pub(crate) mod account;
pub(crate) mod accreditation;
pub(crate) mod browser;
pub(crate) mod credential;
mod deed;
pub(crate) mod did;
pub(crate) mod event;
pub(crate) mod job;
pub(crate) mod key_use;
pub(crate) mod kind;
pub(crate) mod ledger;
pub(crate) mod node;
pub(crate) mod operation;
pub(crate) mod passkey;
pub(crate) mod people;
pub(crate) mod resource;
pub(crate) mod resource_version;
pub(crate) mod status_list;

pub(crate) use account::{Account, ApiKey, Key};
pub(crate) use accreditation::Accreditation;
pub(crate) use credential::Credential;
pub(crate) use did::Did;
pub(crate) use event::Event;
pub(crate) use job::Job;
pub(crate) use node::Node;
pub(crate) use operation::Operation;
pub(crate) use resource::Resource;
pub(crate) use status_list::StatusList;

use crate::{
    asking::{Asking, asking},
    fault::Result,
};
use app::act;
use async_graphql::Context;
use domain::id::{Did as DidText, JobId, OperationId, ResourceId};
use projections::JobRow;

/// A DID of the caller, if this text is one.
pub(crate) async fn load_did(ctx: &Context<'_>, text: &str) -> Result<Option<Did>> {
    let Ok(did) = DidText::parse(text) else { return Ok(None) };
    Ok(asking(ctx)?.loaders.0.load_one(did).await?.map(Did))
}

/// A ledger operation of the caller.
pub(crate) async fn load_operation(ctx: &Context<'_>, id: Option<OperationId>) -> Result<Option<Operation>> {
    let Some(id) = id else { return Ok(None) };
    Ok(asking(ctx)?.loaders.0.load_one(id).await?.map(Operation::from))
}

/// A job of the caller.
pub(crate) async fn load_job(ctx: &Context<'_>, id: Option<JobId>) -> Result<Option<Job>> {
    let Some(id) = id else { return Ok(None) };
    Ok(seen_job(asking(ctx)?, id).await?.map(Job))
}

/// A job of the caller, where he may see such.
pub(crate) async fn seen_job(asking: &Asking, id: JobId) -> Result<Option<JobRow>> {
    let found = asking.views().jobs().get(asking.customer(), id).await?;
    Ok(found.filter(|row| !asking.caller.hides(&act::JOB_READ, row.network)))
}

/// A resource version of the caller.
pub(crate) async fn load_resource(ctx: &Context<'_>, id: Option<ResourceId>) -> Result<Option<Resource>> {
    let Some(id) = id else { return Ok(None) };
    Ok(asking(ctx)?.loaders.0.load_one(id).await?.map(Resource))
}
