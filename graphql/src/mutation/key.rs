//! `createKey`.

use super::KeyPayload;
use crate::{
    fault::Result,
    input::CreateKeyInput,
    write::{Receipt, perform},
};
use app::key;
use async_graphql::{Context, Object};

#[derive(Default)]
pub(super) struct KeyMutation;

#[Object]
impl KeyMutation {
    /// Makes a key in the vault.
    async fn create_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateKeyInput,
    ) -> Result<KeyPayload> {
        let options = |input: &CreateKeyInput| (&input.keyed).into();
        let receipt = perform(ctx, input, options, async |asking, call, input| {
            let key = key::create(asking.studio(), &call, input.algorithm.0.into(), input.alias).await?;
            Ok(Receipt::of(&key.kid))
        });
        receipt.await.map(Into::into)
    }
}
