//! Whose API key is this?

use crate::{Actor, Fault, FaultKind, Principal, Studio};
use domain::id::ApiKeyId;

domain::limits! {
    /// Longest text that can be an API key; anything longer is not hashed at all.
    pub API_KEY_CHARS_MAX: usize = 256, "bytes";
}

/// Looks the secret up by its keyed hash, which takes microseconds and tells nothing by its timing. Fault
/// `auth/invalid-key` for unknown, revoked and expired keys alike.
pub async fn authenticate(studio: &Studio, secret: &str) -> Result<Principal, Fault> {
    if secret.is_empty() || secret.len() > API_KEY_CHARS_MAX {
        return Err(invalid_key());
    }
    let (hash, now) = (studio.api_keys.hash(secret), studio.clock.now());
    let owner = studio.key_ring.owner(&hash, now, async || studio.directory.api_key(&hash).await).await?;
    let owner = owner.ok_or_else(invalid_key)?;
    if !owner.works(now) {
        return Err(invalid_key());
    }
    // Until keys carry scopes of their own, each may do all that its tenant may.
    Ok(Principal::unbounded(owner.customer, Actor::ApiKey(owner.key.0)))
}

/// Whether the key that somebody came with still works: asked by whatever does more than one thing, or lives longer than a
/// request. Fault `auth/invalid-key`.
pub async fn still_works(studio: &Studio, who: &Principal) -> Result<(), Fault> {
    let Actor::ApiKey(key) = &who.actor else { return Ok(()) };
    let owner = studio.directory.api_key_of(who.customer, ApiKeyId(*key)).await?;
    let works = owner.is_some_and(|owner| owner.works(studio.clock.now()));
    if works { Ok(()) } else { Err(invalid_key()) }
}

/// Unknown, revoked and expired keys look alike.
pub fn invalid_key() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "auth/invalid-key",
        "Unauthorized error: the API key is unknown, revoked or expired.",
    )
}
