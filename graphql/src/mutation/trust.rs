//! `setTrustedRoots`.

use super::TrustedRootsPayload;
use crate::{
    asking::asking,
    fault::Result,
    input::KeyedInput,
    query::TrustedRoots,
    write::{Receipt, perform},
};
use app::trust::SetTrustedRoots;
use async_graphql::{ComplexObject, Context, InputObject, Object};

#[derive(Default)]
pub(super) struct TrustMutation;

/// The roots of trust chains to trust.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SetTrustedRootsInput {
    /// The whole list: DIDs, or DID URLs of root authorisations by id or by name. At most 100.
    pub(crate) roots: Vec<String>,
    /// Idempotency.
    #[graphql(flatten)]
    pub(crate) keyed: KeyedInput,
}

#[ComplexObject]
impl TrustedRootsPayload {
    /// The roots that are trusted now.
    async fn trusted_roots(&self, ctx: &Context<'_>) -> Result<TrustedRoots> {
        TrustedRoots::load(asking(ctx)?).await
    }
}

#[Object]
impl TrustMutation {
    /// Replaces the account's list of trusted roots. It is recorded: what was trusted at an instant can be told from the log.
    async fn set_trusted_roots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: SetTrustedRootsInput,
    ) -> Result<TrustedRootsPayload> {
        let act = Ok(SetTrustedRoots(input.roots));
        perform(ctx, &input.keyed, act, |_, _| Receipt::default()).await.map(Into::into)
    }
}
