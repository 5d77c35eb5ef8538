//! A new API key for a tenant.

use crate::{
    Call, Fault, Studio,
    port::{
        Execute,
        commands::{Meta, Token},
    },
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::{ApiKeyId, Instant},
};
use std::fmt;

/// How many characters of a secret are kept, to recognise it by.
const LAST_CHARS: usize = 4;

/// An API key, in the clear for the only time.
#[derive(Clone)]
pub struct IssuedApiKey {
    /// Its id.
    pub key: ApiKeyId,
    /// The secret. Show it once, keep it nowhere.
    pub secret: String,
    /// When it stops working.
    pub expires_at: Instant,
    /// How far readers must have come to know it.
    pub token: Token,
}

impl fmt::Debug for IssuedApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IssuedApiKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A secret that was made and not yet given to anybody.
pub(super) struct Fresh {
    pub(super) key: ApiKeyId,
    pub(super) secret: String,
    pub(super) hash: String,
    pub(super) last_four: String,
    pub(super) expires_at: Instant,
}

impl Fresh {
    /// Lives until `expires_at`, or as long as the operator's default says. Fault: `api-key/life-invalid`.
    pub(super) fn make(studio: &Studio, call: &Call, expires_at: Option<Instant>) -> Result<Self, Fault> {
        let life = chrono::Days::new(u64::from(studio.settings.api_key_days));
        let expires_at = expires_at
            .or_else(|| call.at.checked_add_days(life))
            .and_then(|end| domain::calendar::within(end).ok())
            .ok_or_else(|| Fault::invalid("api-key/life-invalid", "The key's life is too long."))?;
        let new = studio.api_keys.generate();
        let start = new.secret.char_indices().nth_back(LAST_CHARS - 1).map_or(0, |(start, _)| start);
        let last_four = new.secret.get(start..).unwrap_or_default().to_owned();
        // One request makes one key, however often it is repeated.
        let key = ApiKeyId(call.derived("api-key"));
        Ok(Self { key, secret: new.secret, hash: new.hash, last_four, expires_at })
    }

    pub(super) fn issued(secret: String, key: ApiKeyId, expires_at: Instant, token: Token) -> IssuedApiKey {
        IssuedApiKey { key, secret, expires_at, token }
    }
}

/// Issues a key that works until `expires_at` (the operator's default without). The secret is shown once and kept nowhere, so
/// a repeat of the call is told `customer/api-key-already-issued`: rotate or revoke the key whose answer was lost.
pub async fn issue_api_key(
    studio: &Studio,
    call: &Call,
    name: &str,
    expires_at: Option<Instant>,
) -> Result<IssuedApiKey, Fault> {
    let Fresh { key, secret, hash, last_four, expires_at } = Fresh::make(studio, call, expires_at)?;
    let name = name.to_owned();
    let command = CustomerCommand::IssueApiKey { key, hash, last_four, name, expires_at, at: call.at };
    let meta = Meta::of(call, &format!("api-key/{key}"));
    let id = call.customer.to_string();
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    Ok(Fresh::issued(secret, key, expires_at, done.token))
}
