//! Whose API key is this?

use crate::{
    Actor, Fault, FaultKind, Principal, Studio,
    act::Networks,
    people,
    port::{directory::ApiKeyOwner, sign_in::expired_token},
};
use domain::{
    customer::ApiKeyGrant,
    id::{ApiKeyId, Instant, UserId},
};
use std::net::IpAddr;

domain::limits! {
    /// Longest text that can be an API key; anything longer is not hashed at all.
    pub API_KEY_CHARS_MAX: usize = 256, "bytes";
}

/// Looks the secret up by its keyed hash, which takes microseconds and tells nothing by its timing. Faults:
/// `auth/invalid-key`; `auth/api-key-revoked`, `auth/api-key-expired` and `auth/api-key-held` for whoever shows the secret of a
/// key that there is; `auth/address-not-allowed` if the key is bound to addresses and the request does not come `from` one of
/// them.
pub async fn authenticate(studio: &Studio, secret: &str, from: IpAddr) -> Result<Principal, Fault> {
    if secret.is_empty() || secret.len() > API_KEY_CHARS_MAX {
        return Err(invalid_key());
    }
    let (hash, now) = (studio.api_keys.hash(secret), studio.clock.now());
    let owner = studio.key_ring.owner(&hash, now, async || studio.directory.api_key(&hash).await).await?;
    let owner = owner.ok_or_else(invalid_key)?;
    still_opens(&owner, now)?;
    let (key, who) = (owner.key, principal(owner));
    if who.addresses.is_empty() || who.addresses.iter().any(|range| range.contains(from)) {
        studio.last_uses.note(key, now);
        return Ok(who);
    }
    Err(Fault::new(
        FaultKind::Forbidden,
        "auth/address-not-allowed",
        "This API key cannot be used from the address that the request comes from.",
    ))
}

/// What a key may do stands in its own row.
fn principal(owner: ApiKeyOwner) -> Principal {
    let ApiKeyOwner { customer, key, grant, expires_at, .. } = owner;
    let unbounded =
        Principal { ends_at: Some(expires_at), ..Principal::unbounded(customer, Actor::ApiKey(key.0)) };
    let Some(ApiKeyGrant { scopes, networks, addresses, maker }) = grant else { return unbounded };
    let networks = networks.map_or(Networks::All, Networks::Only);
    Principal { scopes: scopes.into(), networks, person: maker, addresses, ..unbounded }
}

/// Whether the key, the session or the token that somebody came with still works, and the user is a member still: asked by
/// whatever does more than one thing, or lives longer than a request. Faults: `auth/invalid-key`, `auth/api-key-revoked`,
/// `…-expired`, `…-held`, `auth/session-ended`, `auth/token-expired`, `auth/suspended`, `auth/not-a-member`.
pub async fn still_works(studio: &Studio, who: &Principal) -> Result<(), Fault> {
    if who.token_until.is_some_and(|until| until <= studio.clock.now()) {
        return Err(expired_token());
    }
    if let Some(session) = who.session {
        return people::session_still_works(studio, who, session).await;
    }
    let key = match &who.actor {
        Actor::ApiKey(key) => key,
        Actor::User(user) => {
            return people::principal_of(studio, who.customer, UserId(*user)).await.map(|_| ());
        }
        Actor::Machine(_) | Actor::Operator | Actor::Studio(_) => return Ok(()),
    };
    let owner = studio.directory.api_key_of(who.customer, ApiKeyId(*key)).await?;
    still_opens(&owner.ok_or_else(invalid_key)?, studio.clock.now())
}

/// What a key that there is answers if it opens nothing. Only whoever has shown its secret is told, so that guesses learn nothing.
fn still_opens(owner: &ApiKeyOwner, now: Instant) -> Result<(), Fault> {
    let (code, sentence) = if owner.revoked {
        ("auth/api-key-revoked", "Unauthorized error: the API key is revoked.")
    } else if owner.expires_at <= now {
        ("auth/api-key-expired", "Unauthorized error: the API key has expired.")
    } else if owner.held {
        ("auth/api-key-held", "Unauthorized error: who made the API key is suspended, and the key with him.")
    } else {
        return Ok(());
    };
    Err(Fault::new(FaultKind::Unauthenticated, code, sentence))
}

/// Nobody has such a key.
fn invalid_key() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "auth/invalid-key",
        "Unauthorized error: there is no such API key.",
    )
}
