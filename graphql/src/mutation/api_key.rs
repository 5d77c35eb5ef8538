//! `createApiKey`, `updateApiKey`, `rotateApiKey`, `revokeApiKey`.

use super::ApiKeyPayload;
use crate::{
    asking::{Asking, asking},
    default::OrDefault,
    fault::Result,
    input::{KeyedInput, invalid},
    view::kind::Network,
    write::{Receipt, Secret, perform},
};
use app::{
    Call, Fault,
    customer::{self, Bounds, ChangeApiKey, IssueApiKey, IssuedApiKey, RevokeApiKey, RotateApiKey},
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
    /// What it may do, by scopes; what the caller may, without.
    scopes: Option<Vec<String>>,
    /// On which networks; where the caller may, without.
    networks: Option<Vec<Network>>,
    /// From which client addresses: single ones, and ranges as `192.0.2.0/24`; from where the caller may, without.
    allowed_addresses: Option<Vec<String>>,
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
    /// Issues an API key, which may do no more than the caller. Its secret is in this answer for the only time.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let CreateApiKeyInput { name, expires_at, scopes, networks, allowed_addresses, keyed } = input;
        let act = bounds(scopes, networks, allowed_addresses);
        let act = act.map(|bounds| IssueApiKey { name, expires_at, bounds });
        perform(ctx, &keyed, act, shown_once).await.map(Into::into)
    }

    /// Changes the name or the end of a working API key.
    async fn update_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let key = named(asking(ctx)?, &input.api_key).await;
        let shown = receipt(&key);
        let act = key.map(|key| ChangeApiKey { key, name: input.name, expires_at: input.expires_at });
        perform(ctx, &input.keyed, act, |_, _| shown).await.map(Into::into)
    }

    /// Issues an API key with the name of another one, which stops working. The secret is in this answer for the only time.
    async fn rotate_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RotateApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let overlap = Duration::from_secs(input.overlap_seconds.0.into());
        let old = named(asking(ctx)?, &input.api_key).await;
        let act = old.map(|old| RotateApiKey { old, expires_at: input.expires_at, overlap });
        perform(ctx, &input.keyed, act, shown_once).await.map(Into::into)
    }

    /// Stops an API key at once, and for good; also the one that the request came with.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeApiKeyInput,
    ) -> Result<ApiKeyPayload> {
        let key = named(asking(ctx)?, &input.api_key).await;
        let shown = receipt(&key);
        perform(ctx, &input.keyed, key.map(RevokeApiKey), |_, _| shown).await.map(Into::into)
    }
}

fn bounds(
    scopes: Option<Vec<String>>,
    networks: Option<Vec<Network>>,
    addresses: Option<Vec<String>>,
) -> Result<Bounds, Fault> {
    let addresses = addresses.map(|texts| texts.iter().map(|text| text.parse()).collect()).transpose();
    let addresses = addresses.map_err(|why: domain::id::Malformed| invalid("allowedAddresses", why.why))?;
    Ok(Bounds {
        scopes: scopes.map(|scopes| scopes.into_iter().collect()),
        networks: networks.map(|networks| networks.into_iter().map(Into::into).collect()),
        addresses,
    })
}

/// Which key.
async fn named(asking: &Asking, text: &ID) -> Result<ApiKeyId, Fault> {
    customer::find_api_key(asking.studio(), asking.customer(), text).await
}

fn receipt(key: &Result<ApiKeyId, Fault>) -> Receipt {
    key.as_ref().map(Receipt::of).unwrap_or_default()
}

fn shown_once(_: &Call, issued: Option<IssuedApiKey>) -> Receipt {
    let Some(issued) = issued else { return Receipt::default() };
    Receipt { secret: issued.secret.map(Secret), ..Receipt::of(&issued.key) }
}
