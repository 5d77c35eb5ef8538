//! `retryOperation`, `skipOperation`, `cancelOperation`.

use super::OperationPayload;
use crate::{
    fault::Result,
    input::invalid,
    reference::Kind,
    write::{OperationInput, Receipt, perform},
};
use app::{operation::Intervene, port::interventions::Intervention};
use async_graphql::{Context, Object};
use domain::id::OperationId;

#[derive(Default)]
pub(super) struct OperationMutation;

#[Object]
impl OperationMutation {
    /// Tries a waiting ledger write again now, with all its attempts before it. Takes back a request to cancel it.
    async fn retry_operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: OperationInput,
    ) -> Result<OperationPayload> {
        intervene(ctx, input, Intervention::Retry).await
    }

    /// Gives up a ledger write whose attempts are used up, so that what waits behind it under the same DID goes on.
    async fn skip_operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: OperationInput,
    ) -> Result<OperationPayload> {
        intervene(ctx, input, Intervention::Skip).await
    }

    /// Ends a ledger write without effect, if it can still be kept from having one.
    async fn cancel_operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: OperationInput,
    ) -> Result<OperationPayload> {
        intervene(ctx, input, Intervention::Cancel).await
    }
}

async fn intervene(ctx: &Context<'_>, input: OperationInput, what: Intervention) -> Result<OperationPayload> {
    let id = Kind::Operation.uuid(&input.operation).map(OperationId);
    let act = id.map(|operation| Intervene { operation, what });
    let act = act.ok_or_else(|| invalid("operation", "operation should be the id of an operation"));
    perform(ctx, &input, act, |_, _| Receipt::default().by(id)).await.map(Into::into)
}
