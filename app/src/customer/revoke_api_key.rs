//! The end of an API key.

use crate::{
    Call, Fault, Studio,
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::ApiKeyId,
};

/// Stops a key at once, and for good.
pub async fn revoke_api_key(studio: &Studio, call: &Call, key: ApiKeyId) -> Result<(), Fault> {
    let command = CustomerCommand::RevokeApiKey { key, at: call.at };
    let id = call.customer.to_string();
    let meta = Meta::of(call, &format!("api-key/{key}/revoke"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await
}
