//! Another name or end for an API key.

use super::issue_api_key::bearable;
use crate::{
    Call, Fault, Studio,
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::{ApiKeyId, Instant},
};

/// Changes what is given of a working key. One that was revoked or has expired stays as it is, for good.
/// Fault beside the refusals: `api-key/life-invalid`.
pub async fn change_api_key(
    studio: &Studio,
    call: &Call,
    key: ApiKeyId,
    name: Option<String>,
    expires_at: Option<Instant>,
) -> Result<(), Fault> {
    let expires_at = expires_at.map(bearable).transpose()?;
    let command = CustomerCommand::ChangeApiKey { key, name, expires_at, at: call.at };
    let id = call.customer.to_string();
    let meta = Meta::of(call, &format!("api-key/{key}/change"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await
}
