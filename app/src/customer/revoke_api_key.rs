//! The end of an API key.

use crate::{
    Act, Call, Fault, Studio, Written,
    act::{API_KEY_REVOKE, Spec},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::ApiKeyId,
};
use serde::Serialize;

/// The end of an API key.
#[derive(Debug, Clone, Serialize)]
pub struct RevokeApiKey(pub ApiKeyId);

/// Stops a key at once, and for good. Fault beside the refusals: `api-key/still-works` (503), if it is recorded but the doors do
/// not know of it yet.
pub async fn revoke_api_key(studio: &Studio, call: &Call, key: ApiKeyId) -> Result<(), Fault> {
    let command = CustomerCommand::RevokeApiKey { key, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("api-key/{key}/revoke"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    studio.key_ring.forget();
    // Whoever is told that a key is dead must be able to rely on it.
    let Some(known) = done.state.api_keys.get(&key) else { return Ok(()) };
    match studio.directory.api_key(&known.hash).await? {
        Some(owner) if owner.works(studio.clock.now()) => Err(Fault::unavailable(
            "api-key/still-works",
            "The key's end is recorded, but the doors do not know of it yet: it may still work. Ask again shortly, and tell the operator if it stays so.",
            format!("API key {key} is revoked in the log and works in the read model"),
        )),
        _ => Ok(()),
    }
}

impl Act for RevokeApiKey {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &API_KEY_REVOKE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        revoke_api_key(studio, call, self.0).await.map(Written::Done)
    }
}
