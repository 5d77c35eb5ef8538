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

/// Issues a key that works for `days` (the operator's default without). A repeat of the call yields a further secret:
/// the first was shown once and is not kept.
pub async fn issue_api_key(
    studio: &Studio,
    call: &Call,
    name: &str,
    days: Option<u32>,
) -> Result<IssuedApiKey, Fault> {
    let new = studio.api_keys.generate();
    let key = ApiKeyId(studio.ids.next());
    let life = chrono::Days::new(u64::from(days.unwrap_or(studio.settings.api_key_days)));
    let expires_at = call
        .at
        .checked_add_days(life)
        .and_then(|end| domain::calendar::within(end).ok())
        .ok_or_else(|| Fault::invalid("api-key/life-invalid", "The key's life is too long."))?;
    let last_four: String = new.secret.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    let command = CustomerCommand::IssueApiKey {
        key,
        hash: new.hash,
        last_four,
        name: name.to_owned(),
        expires_at,
        at: call.at,
    };
    let meta = Meta::of(call, &format!("api-key/{key}"));
    let id = call.customer.to_string();
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    Ok(IssuedApiKey { key, secret: new.secret, expires_at, token: done.token })
}
