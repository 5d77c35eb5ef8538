//! `createApiKey`, `updateApiKey`, `rotateApiKey`, `revokeApiKey`.

use super::ApiKeyPayload;
use crate::{
    asking::Asking,
    default::OrDefault,
    fault::Result,
    input::KeyedInput,
    write::{Receipt, Secret, perform},
};
use app::{
    Call, Fault,
    customer::{self, IssuedApiKey},
    write,
};
use async_graphql::{Context, ID, InputObject, Object};
use domain::id::{ApiKeyId, Instant};
use std::time::Duration;

#[derive(Default)]
pub(super) struct ApiKeyMutation;

/// An API key to issue.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreateApiKeyInput {
    /// A name for it, for people.
    name: String,
    /// When it stops working; after the operator's default life without.
    expires_at: Option<Instant>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// What to change of an API key.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct UpdateApiKeyInput {
    /// The key's id, or its secret.
    api_key: ID,
    /// Its new name.
    name: Option<String>,
    /// When it stops working.
    expires_at: Option<Instant>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// An API key to replace.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RotateApiKeyInput {
    /// The id of the key to replace, or its secret.
    api_key: ID,
    /// When the new one stops working; after the operator's default life without.
    expires_at: Option<Instant>,
    /// For how many seconds the old one goes on; with none it stops at once. At most 30 days.
    #[graphql(default)]
    overlap_seconds: OrDefault<u32>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// An API key to revoke.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RevokeApiKeyInput {
    /// The key's id, or its secret.
    api_key: ID,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

#[Object]
impl ApiKeyMutation {
    /// Issues an API key. Its secret is in this answer for the only time.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let options = |input: &CreateApiKeyInput| (&input.keyed).into();
        let receipt = perform(ctx, input, options, async |asking, call, input| {
            let studio = asking.studio();
            let issued = customer::issue_api_key(studio, &call, &input.name, input.expires_at).await?;
            write::visible(studio, issued.token).await?;
            Ok(shown_once(issued))
        });
        receipt.await.map(Into::into)
    }

    /// Changes the name or the end of a working API key.
    async fn update_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let options = |input: &UpdateApiKeyInput| (&input.keyed).into();
        let receipt = perform(ctx, input, options, async |asking, call, input| {
            let key = named(&asking, &call, &input.api_key).await?;
            customer::change_api_key(asking.studio(), &call, key, input.name, input.expires_at).await?;
            Ok(Receipt::of(&key))
        });
        receipt.await.map(Into::into)
    }

    /// Issues an API key with the name of another one, which stops working. The secret is in this answer for the only time.
    async fn rotate_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RotateApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let options = |input: &RotateApiKeyInput| (&input.keyed).into();
        let receipt = perform(ctx, input, options, async |asking, call, input| {
            let old = named(&asking, &call, &input.api_key).await?;
            let overlap = Duration::from_secs(input.overlap_seconds.0.into());
            let rotated = customer::rotate_api_key(asking.studio(), &call, old, input.expires_at, overlap);
            Ok(shown_once(rotated.await?))
        });
        receipt.await.map(Into::into)
    }

    /// Stops an API key at once, and for good; also the one that the request came with.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let options = |input: &RevokeApiKeyInput| (&input.keyed).into();
        let receipt = perform(ctx, input, options, async |asking, call, input| {
            let key = named(&asking, &call, &input.api_key).await?;
            customer::revoke_api_key(asking.studio(), &call, key).await?;
            Ok(Receipt::of(&key))
        });
        receipt.await.map(Into::into)
    }
}

async fn named(asking: &Asking, call: &Call, text: &ID) -> Result<ApiKeyId, Fault> {
    customer::find_api_key(asking.studio(), call.customer, text).await
}

fn shown_once(issued: IssuedApiKey) -> Receipt {
    Receipt { secret: Some(Secret(issued.secret)), ..Receipt::of(&issued.key) }
}
