//! What a token claims, and whether that holds here and now (OpenID Connect Core 1.0, 3.1.3.7; RFC 9068).

use crate::fault;
use app::{Fault, port::sign_in::expired_token};
use domain::id::Instant;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use subtle::ConstantTimeEq as _;

domain::limits! {
    /// How much the clocks of Studio and of an identity provider may differ.
    pub(crate) CLOCK_SKEW_SECONDS_MAX: i64 = 60, "seconds";
    /// Longest name that an identity provider may have for somebody (OpenID Connect Core 1.0, 2).
    SUBJECT_CHARS_MAX: usize = 255, "characters";
    /// Longest name of a session there, and of a logout token.
    NAME_CHARS_MAX: usize = 255, "characters";
    /// How long after its making a logout token is believed.
    pub(crate) LOGOUT_SECONDS_MAX: i64 = 300, "seconds";
}

/// What a logout token tells (OpenID Connect Back-Channel Logout 1.0, 2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A token's claims; its signature was checked.
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A text for people, which may be absent, empty or of another kind.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A truth; some providers write it as a text.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Bool(true))) || self.text(name) == Some("true")
    }

    /// The texts of an array.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let all = self.0.get(name).and_then(Value::as_array);
        all.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The words of a text, e.g. `scope`.
    pub(crate) fn words(&self, name: &str) -> BTreeSet<String> {
        self.text(name).unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect()
    }

    /// Who it is about.
    pub(crate) fn subject(&self) -> Result<&str, Fault> {
        self.text("sub")
            .filter(|subject| subject.chars().count() <= SUBJECT_CHARS_MAX)
            .ok_or_else(|| fault::invalid_token("sub is missing or too long"))
    }

    /// Whether it is this issuer's, to the letter, and of now.
    pub(crate) fn hold(&self, issuer: &str, now: Instant) -> Result<(), Fault> {
        if self.text("iss") != Some(issuer) {
            return Err(fault::invalid_token("iss is another issuer"));
        }
        let now = now.timestamp();
        let missing = |name: &str| fault::invalid_token(format!("{name} is missing or no time"));
        let expires = self.seconds("exp").ok_or_else(|| missing("exp"))?;
        if now >= expires.saturating_add(CLOCK_SKEW_SECONDS_MAX) {
            return Err(expired_token());
        }
        let made_at = self.seconds("iat").ok_or_else(|| missing("iat"))?;
        let starts = if self.0.contains_key("nbf") {
            self.seconds("nbf").ok_or_else(|| missing("nbf"))?
        } else {
            made_at
        };
        if made_at.max(starts) > now.saturating_add(CLOCK_SKEW_SECONDS_MAX) {
            return Err(fault::invalid_token("it is from the future"));
        }
        Ok(())
    }

    /// Until when it is believed.
    pub(crate) fn until(&self) -> Instant {
        let expires = self.seconds("exp").unwrap_or_default().saturating_add(CLOCK_SKEW_SECONDS_MAX);
        Instant::from_timestamp(expires, 0).unwrap_or(Instant::MAX_UTC)
    }

    /// Whether it was made for this client: the audience is it alone, or others too and the client is the party it was made for.
    pub(crate) fn are_for_client(&self, client: &str) -> Result<(), Fault> {
        let party = self.text("azp");
        if self.0.contains_key("azp") && party != Some(client) {
            return Err(fault::invalid_token("azp is another client"));
        }
        let audience = self.audience();
        let is_named = audience.iter().any(|one| one == client);
        if is_named && (audience.len() == 1 || party == Some(client)) {
            return Ok(());
        }
        Err(fault::invalid_token("aud is another client"))
    }

    /// Whether this resource is among those that it was made for.
    pub(crate) fn are_for_resource(&self, resource: &str) -> Result<(), Fault> {
        if self.audience().iter().any(|one| one == resource) {
            return Ok(());
        }
        Err(fault::invalid_token("aud is another resource"))
    }

    /// Whether it belongs to the sign-in that this nonce was made for.
    pub(crate) fn belong_to(&self, nonce: &str) -> Result<(), Fault> {
        let said = self.text("nonce").unwrap_or_default();
        if bool::from(said.as_bytes().ct_eq(nonce.as_bytes())) {
            return Ok(());
        }
        Err(fault::invalid_token("nonce is that of another sign-in"))
    }

    /// Whether they tell of something that happened, which no ID token does.
    pub(crate) fn tell_of_an_event(&self) -> bool {
        self.0.contains_key("events")
    }

    /// Whether they tell of a sign-out, and of a recent one (OpenID Connect Back-Channel Logout 1.0, 2.6).
    pub(crate) fn tell_of_sign_out(&self, now: Instant) -> Result<(), Fault> {
        let event = self.0.get("events").and_then(|events| events.get(LOGOUT_EVENT));
        if !event.is_some_and(Value::is_object) {
            return Err(fault::invalid_token("events does not tell of a sign-out"));
        }
        // Nobody passes off an ID token as one.
        if self.0.contains_key("nonce") {
            return Err(fault::invalid_token("a logout token has no nonce"));
        }
        let made_at = self.seconds("iat").unwrap_or_default();
        if now.timestamp() >= made_at.saturating_add(LOGOUT_SECONDS_MAX) {
            return Err(expired_token());
        }
        Ok(())
    }

    /// A name that is not longer than names are; `None` if there is none, and a fault for one that is none.
    pub(crate) fn name(&self, claim: &str) -> Result<Option<String>, Fault> {
        match self.0.get(claim) {
            None => Ok(None),
            Some(Value::String(name)) if (1..=NAME_CHARS_MAX).contains(&name.chars().count()) => {
                Ok(Some(name.clone()))
            }
            Some(_) => Err(fault::invalid_token(format!("{claim} is no name, or too long"))),
        }
    }

    fn audience(&self) -> Vec<String> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            _ => self.texts("aud"),
        }
    }

    /// A time; fractions of a second are cut off.
    fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float that is no time saturates, and is then out of range"
        )]
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }
}
