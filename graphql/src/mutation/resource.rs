//! `createResource`.

use super::{ResourcePayload, job};
use crate::{
    fault::Result,
    input::{self, CreateResourceInput, required},
    view::kind::SigningMode,
    write::{Options, Receipt, perform},
};
use app::{
    Call, Fault,
    job::JobAct,
    resource::{CreateResource, template},
};
use async_graphql::{Context, Object};
use domain::id::ResourceId;

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
        let options = Options::from(&input.write);
        if input.mode.0 == SigningMode::Client {
            let act = new_resource(input).map(JobAct::ResourceCreate);
            return job::open(ctx, options, act).await.map(Into::into);
        }
        // The use case chooses this id, before the command, in just this way.
        let shown =
            |call: &Call, _| Receipt::of(&ResourceId(call.derived("resource"))).by(call.operation(""));
        perform(ctx, options, new_resource(input), shown).await.map(Into::into)
    }
}

fn new_resource(input: CreateResourceInput) -> Result<CreateResource, Fault> {
    required("name", &input.name)?;
    let data = input::bytes(input.data, input.encoding.0)?;
    let given = input.resource_type;
    let resource_type = if let Some(template) = input.template {
        template::applied(&template, given.as_deref(), &data)?.to_owned()
    } else {
        let given = given.unwrap_or_default();
        required("resourceType", &given)?;
        given
    };
    Ok(CreateResource {
        did: input::did("did", &input.did)?,
        name: input.name,
        resource_type,
        version: input.version.0,
        also_known_as: input.also_known_as.unwrap_or_default().into_iter().map(Into::into).collect(),
        data,
        id: None,
    })
}
