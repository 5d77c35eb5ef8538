//! `createResource`.

use super::ResourcePayload;
use crate::{
    asking::Asking,
    fault::Result,
    input::{self, CreateResourceInput, required},
    write::{Receipt, perform},
};
use app::{Call, Fault, resource::CreateResource};
use async_graphql::{Context, Object};
use domain::id::ResourceId;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct ResourceMutation;

#[Object]
impl ResourceMutation {
    /// Publishes a version of a DID-Linked Resource.
    async fn create_resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateResourceInput,
    ) -> Result<ResourcePayload> {
        perform(ctx, input, |input| (&input.write).into(), create).await.map(Into::into)
    }
}

async fn create(asking: Arc<Asking>, call: Call, input: CreateResourceInput) -> Result<Receipt, Fault> {
    required("name", &input.name)?;
    required("resourceType", &input.resource_type)?;
    let create = CreateResource {
        did: input::did("did", &input.did)?,
        name: input.name,
        resource_type: input.resource_type,
        version: input.version.0,
        also_known_as: input.also_known_as.unwrap_or_default().into_iter().map(Into::into).collect(),
        data: input::bytes(input.data, input.encoding.0)?,
    };
    let written = app::resource::create(asking.studio(), &call, create).await?;
    // The use case chooses this id, before the command, in just this way.
    let thing = ResourceId(call.derived("resource")).to_string();
    let operation = Some(call.operation(""));
    Receipt::written(&asking, written, Some(thing), |made| Receipt::of(&made.id).by(operation)).await
}
