//! `createKey`.

use super::KeyPayload;
use crate::{
    fault::Result,
    input::CreateKeyInput,
    write::{Receipt, perform},
};
use app::key::{CreateKey, KeyRecord};
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
        let act = CreateKey { algorithm: input.algorithm.0.into(), alias: input.alias };
        perform(ctx, &input.keyed, Ok(act), |_, key| receipt(key)).await.map(Into::into)
    }
}

fn receipt(key: Option<KeyRecord>) -> Receipt {
    key.map(|key| Receipt::of(&key.kid)).unwrap_or_default()
}
