//! Whose API key is this?

use crate::{Actor, Fault, FaultKind, Principal, Studio};

domain::limits! {
    /// Longest text that can be an API key; anything longer is not hashed at all.
    pub API_KEY_CHARS_MAX: usize = 256, "bytes";
}

/// Looks the secret up by its keyed hash, which takes microseconds and tells nothing by its timing. Fault
/// `auth/invalid-key` for unknown, revoked and expired keys alike.
pub async fn authenticate(studio: &Studio, secret: &str) -> Result<Principal, Fault> {
    let refused = || {
        Fault::new(
            FaultKind::Unauthenticated,
            "auth/invalid-key",
            "Unauthorized error: the API key is unknown, revoked or expired.",
        )
    };
    if secret.is_empty() || secret.len() > API_KEY_CHARS_MAX {
        return Err(refused());
    }
    let owner = studio.directory.api_key(&studio.api_keys.hash(secret)).await?.ok_or_else(refused)?;
    if owner.revoked || owner.expires_at <= studio.clock.now() {
        return Err(refused());
    }
    // Until keys carry scopes of their own, each may do all that its tenant may.
    Ok(Principal::unbounded(owner.customer, Actor::ApiKey(owner.key.0)))
}
