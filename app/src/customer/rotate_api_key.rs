//! A new API key in the place of an old one.

use super::{
    grant::{may_take_over, still_within},
    issue_api_key::{Fresh, IssuedApiKey, or_made_before},
};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{API_KEY_ROTATE, Spec},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::{ApiKeyId, Instant},
};
use serde::Serialize;
use std::time::Duration;

domain::limits! {
    /// Longest time for which an old API key goes on beside the one that replaces it: 30 days.
    pub API_KEY_OVERLAP_SECONDS_MAX: u64 = 30 * 24 * 60 * 60, "seconds";
}

/// A new API key in the place of another.
#[derive(Debug, Clone, Serialize)]
pub struct RotateApiKey {
    /// The key to replace.
    pub old: ApiKeyId,
    /// When the new one stops working; after the operator's default life without.
    pub expires_at: Option<Instant>,
    /// How long the old one goes on.
    pub overlap: Duration,
}

/// Issues a key under the name of `old`, which stops working after `overlap`: at once and for good if that is nothing. Both
/// are one append. Faults: `api-key/overlap-too-long`, those of issuing and revoking.
pub async fn rotate_api_key(
    studio: &Studio,
    call: &Call,
    input: RotateApiKey,
) -> Result<IssuedApiKey, Fault> {
    let RotateApiKey { old, expires_at, overlap } = input;
    if overlap.as_secs() > API_KEY_OVERLAP_SECONDS_MAX {
        let sentence =
            format!("An old API key may work for at most {API_KEY_OVERLAP_SECONDS_MAX} seconds more.");
        return Err(Fault::invalid("api-key/overlap-too-long", sentence));
    }
    may_take_over(studio, call, old, None).await?;
    let fresh = Fresh::make(studio, call, expires_at)?;
    let command = CustomerCommand::RotateApiKey {
        old,
        key: fresh.key,
        hash: fresh.hash.clone(),
        last_four: fresh.last_four.clone(),
        expires_at: fresh.expires_at,
        old_ends_at: call.at + overlap,
        maker: call.who.person,
        at: call.at,
    };
    let meta = Meta::of(call, &format!("api-key/{old}/rotate"));
    let id = call.who.customer.to_string();
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    still_within(studio, call, &done, fresh.key).await?;
    let issued = fresh.issued(&done)?;
    write::visible(studio, done.token).await?;
    studio.key_ring.forget();
    Ok(issued)
}

impl Act for RotateApiKey {
    type Done = IssuedApiKey;

    fn spec(&self) -> &'static Spec {
        &API_KEY_ROTATE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<IssuedApiKey>, Fault> {
        let issued = rotate_api_key(studio, call, self).await;
        or_made_before(studio, call, issued).await.map(Written::Done)
    }
}
