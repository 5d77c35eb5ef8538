//! LogTo's webhooks: whether they are its own, and what they tell.

use crate::config::Secret;
use app::{
    Fault,
    port::provider_users::{Told, ToldUser},
};
use chrono::TimeDelta;
use domain::id::Instant;
use ring::hmac;
use serde::Deserialize;

domain::limits! {
    /// How long after its making a webhook is believed, so that nobody plays an old one again.
    pub(crate) HOOK_SECONDS_MAX: i64 = 300, "seconds";
    /// How far a webhook may be from the future.
    HOOK_SKEW_SECONDS_MAX: i64 = 60, "seconds";
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    event: String,
    created_at: Option<String>,
    /// What interactions carry (`PostRegister`, `PostSignIn`).
    user: Option<User>,
    /// What changes of data carry (`User.Created`, `User.Data.Updated`).
    data: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Option<String>,
    primary_email: Option<String>,
    name: Option<String>,
    #[serde(default)]
    profile: Profile,
    is_suspended: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Profile {
    given_name: Option<String>,
    family_name: Option<String>,
}

/// Reads one.
pub(super) fn read(
    secret: Option<&Secret>,
    issuer: &str,
    signature: Option<&str>,
    body: &[u8],
    now: Instant,
) -> Result<Told, Fault> {
    if !is_signed(secret, signature, body) {
        return Err(Fault::invalid("auth/webhook-signature", "Invalid signature in LogTo webhook"));
    }
    let unreadable = |why: &str| {
        Fault::invalid("auth/webhook-body", "User id is not specified or primaryEmail is not set")
            .because(why)
    };
    let body: Body = serde_json::from_slice(body).map_err(|_| unreadable("the body cannot be read"))?;
    let at = body.created_at.as_deref().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
    let at = at.map(|at| at.to_utc()).ok_or_else(|| unreadable("createdAt is missing or no time"))?;
    let age = now - at;
    if age > TimeDelta::seconds(HOOK_SECONDS_MAX) || age < -TimeDelta::seconds(HOOK_SKEW_SECONDS_MAX) {
        let sentence = "The LogTo webhook is not of now. It may have been played again, or a clock is wrong.";
        return Err(Fault::invalid("auth/webhook-stale", sentence));
    }
    let told = body.data.filter(|_| body.event.starts_with("User."));
    let user = body.user.or_else(|| serde_json::from_value(told?).ok());
    let user = user.ok_or_else(|| unreadable("it tells of no user"))?;
    let full_name = || {
        let parts = [user.profile.given_name.as_deref(), user.profile.family_name.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    match (filled(&user.id), filled(&user.primary_email)) {
        (Some(subject), Some(email)) => {
            let (name, is_suspended) =
                (filled(&user.name).or_else(full_name), user.is_suspended == Some(true));
            let user = ToldUser { issuer: issuer.to_owned(), subject, email, name, is_suspended };
            Ok(Told { event: body.event, user })
        }
        _ => Err(unreadable("id or primaryEmail is missing")),
    }
}

/// HMAC-SHA256 over the bytes as they came, as lower-case hex; compared in constant time.
fn is_signed(secret: Option<&Secret>, signature: Option<&str>, body: &[u8]) -> bool {
    let (Some(secret), Some(signature)) = (secret.filter(|secret| !secret.reveal().is_empty()), signature)
    else {
        return false;
    };
    let Ok(tag) = hex::decode(signature) else { return false };
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes()), body, &tag).is_ok()
}
