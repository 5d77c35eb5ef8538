//! Another name or end for an API key.

use super::{grant::may_take_over, issue_api_key::bearable};
use crate::{
    Call, Fault, Studio,
    act::{API_KEY_UPDATE, act},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::{ApiKeyId, Instant},
};
use serde::Serialize;

/// What to change of an API key.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeApiKey {
    /// Which key.
    pub key: ApiKeyId,
    /// Its new name.
    pub name: Option<String>,
    /// Its new end.
    pub expires_at: Option<Instant>,
}

/// Changes what is given of a working key. One that was revoked or has expired stays as it is, for good.
/// Faults beside the refusals: `api-key/life-invalid`, `auth/beyond-own-rights`.
pub async fn change_api_key(studio: &Studio, call: &Call, input: ChangeApiKey) -> Result<(), Fault> {
    let ChangeApiKey { key, name, expires_at } = input;
    let expires_at = expires_at.map(bearable).transpose()?;
    may_take_over(studio, call, key, expires_at).await?;
    let command = CustomerCommand::ChangeApiKey { key, name, expires_at, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("api-key/{key}/change"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    studio.key_ring.forget();
    Ok(())
}

act!(ChangeApiKey => (): API_KEY_UPDATE, change_api_key);
