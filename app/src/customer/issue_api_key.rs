//! A new API key for a tenant.

use super::{Bounds, grant::still_within};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{API_KEY_CREATE, Spec},
    port::{
        Execute,
        commands::{Committed, Meta, Token},
    },
    write,
};
use domain::{
    customer::{ApiKeyGrant, Customer, CustomerCommand, CustomerRefusal},
    id::{ApiKeyId, Instant},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many characters of a secret are kept, to recognise it by.
const LAST_CHARS: usize = 4;

/// A new API key.
#[derive(Debug, Clone, Serialize)]
pub struct IssueApiKey {
    /// A name for it, for people.
    pub name: String,
    /// When it stops working; after the operator's default life without.
    pub expires_at: Option<Instant>,
    /// What it is bound to.
    #[serde(flatten)]
    pub bounds: Bounds,
}

/// An API key, in the clear for the only time.
#[derive(Clone, Serialize, Deserialize)]
pub struct IssuedApiKey {
    /// Its id.
    pub key: ApiKeyId,
    /// The secret: shown once, kept nowhere. `None` for a repeat of the request that made it.
    #[serde(skip)]
    pub secret: Option<String>,
    /// What it is called.
    pub name: String,
    /// When it stops working.
    pub expires_at: Instant,
    /// What it may do; everything without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<ApiKeyGrant>,
    /// How far readers must have come to know it.
    #[serde(skip)]
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
    /// Lives until `expires_at`, or as long as the operator's default says and the caller's own key does. Faults:
    /// `api-key/life-invalid`, `auth/beyond-own-rights`.
    pub(super) fn make(studio: &Studio, call: &Call, expires_at: Option<Instant>) -> Result<Self, Fault> {
        let life = chrono::Days::new(u64::from(studio.settings.api_key_days));
        let usual =
            || call.at.checked_add_days(life).map(|end| call.who.ends_at.map_or(end, |own| end.min(own)));
        let expires_at = bearable(expires_at.or_else(usual).ok_or_else(too_long)?)?;
        call.who.may_last_until(expires_at)?;
        let new = studio.api_keys.generate();
        let start = new.secret.char_indices().nth_back(LAST_CHARS - 1).map_or(0, |(start, _)| start);
        let last_four = new.secret.get(start..).unwrap_or_default().to_owned();
        // One request makes one key, however often it is repeated.
        let key = ApiKeyId(call.derived("api-key"));
        Ok(Self { key, secret: new.secret, hash: new.hash, last_four, expires_at })
    }

    /// What came of it. A repeat of a request made its key the first time, with a secret that nobody has any more: the one of
    /// this time would open nothing.
    pub(super) fn issued(self, done: &Committed<Customer>) -> Result<IssuedApiKey, Fault> {
        let Self { key, secret, hash, .. } = self;
        let known = done.state.api_keys.get(&key).filter(|known| known.hash == hash);
        let known = known.ok_or_else(|| Fault::refused(&CustomerRefusal::ApiKeyAlreadyIssued))?;
        let (name, expires_at, grant) = (known.name.clone(), known.expires_at, known.grant.clone());
        let (secret, token) = (Some(secret), done.token);
        Ok(IssuedApiKey { key, secret, name, expires_at, grant, token })
    }
}

fn too_long() -> Fault {
    Fault::invalid("api-key/life-invalid", "The key's life is too long.")
}

/// An end that every store can hold.
pub(super) fn bearable(end: Instant) -> Result<Instant, Fault> {
    domain::calendar::within(end).map_err(|_| too_long())
}

/// Issues a key of the caller's own rights; see [`issue_bound_api_key`].
pub async fn issue_api_key(
    studio: &Studio,
    call: &Call,
    name: &str,
    expires_at: Option<Instant>,
) -> Result<IssuedApiKey, Fault> {
    let (name, bounds) = (name.to_owned(), Bounds::default());
    issue_bound_api_key(studio, call, IssueApiKey { name, expires_at, bounds }).await
}

/// Issues a key that works until `expires_at` (the operator's default without), and neither does more than the caller may nor
/// outlives the caller's own key. The secret is shown once and kept nowhere, so
/// a repeat of the call is told `customer/api-key-already-issued`: rotate or revoke the key whose answer was lost. Faults
/// beside those: `customer/scope-unknown`, `auth/beyond-own-rights`.
pub(super) async fn issue_bound_api_key(
    studio: &Studio,
    call: &Call,
    input: IssueApiKey,
) -> Result<IssuedApiKey, Fault> {
    let IssueApiKey { name, expires_at, bounds } = input;
    let grant = bounds.within(&call.who)?;
    let fresh = Fresh::make(studio, call, expires_at)?;
    let command = CustomerCommand::IssueApiKey {
        key: fresh.key,
        hash: fresh.hash.clone(),
        last_four: fresh.last_four.clone(),
        name,
        expires_at: fresh.expires_at,
        grant,
        at: call.at,
    };
    let meta = Meta::of(call, &format!("api-key/{}", fresh.key));
    let id = call.who.customer.to_string();
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    still_within(studio, call, &done, fresh.key).await?;
    fresh.issued(&done)
}

/// The key that a request made the first time, without its secret, which nobody has any more: for a repeat whose first answer
/// was lost.
pub(super) async fn or_made_before(
    studio: &Studio,
    call: &Call,
    issued: Result<IssuedApiKey, Fault>,
) -> Result<IssuedApiKey, Fault> {
    let lost = domain::Refusal::code(&CustomerRefusal::ApiKeyAlreadyIssued);
    let fault = match issued {
        Err(fault) if fault.code == lost => fault,
        other => return other,
    };
    // The doors show it from the read models.
    studio.outcomes.all_visible().await?;
    let key = ApiKeyId(call.derived("api-key"));
    let loaded = Execute::<Customer>::load(&*studio.commands, &call.who.customer.to_string()).await?;
    let known = loaded.state.api_keys.get(&key).ok_or(fault)?;
    let (name, expires_at, grant) = (known.name.clone(), known.expires_at, known.grant.clone());
    // Readers know it already: they were waited for.
    Ok(IssuedApiKey { key, secret: None, name, expires_at, grant, token: Token::default() })
}

impl Act for IssueApiKey {
    type Done = IssuedApiKey;

    fn spec(&self) -> &'static Spec {
        &API_KEY_CREATE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<IssuedApiKey>, Fault> {
        let issued = issue_bound_api_key(studio, call, self).await;
        let issued = or_made_before(studio, call, issued).await?;
        write::visible(studio, issued.token).await?;
        Ok(Written::Done(issued))
    }
}
