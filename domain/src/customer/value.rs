//! Values a customer is made of.

use super::{ApiKeyGrant, RoleScopes};
use crate::id::{Instant, Network, Sealed, UserId};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// An account on the ledger that pays the fees of a customer's writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayerAccount {
    /// Which chain.
    pub network: Network,
    /// Bech32 address, `cheqd1…`.
    pub address: String,
    /// The vault key behind it: lower-case hex of the compressed secp256k1 public key.
    pub kid: crate::id::KeyId,
}

/// Which part of a customer's log was shown in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revealed {
    /// Only this stream, as `<type>-<id>`; all of them if absent.
    pub stream: Option<String>,
    /// Only up to this position of the log.
    pub until_position: Option<i64>,
    /// Only what was written up to this instant.
    pub until: Option<Instant>,
}

/// An API key as the customer aggregate knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Keyed hash of its secret, lower-case hex.
    pub hash: String,
    /// What the customer calls it.
    #[serde(default)]
    pub name: String,
    /// When it stops working.
    pub expires_at: Instant,
    /// Whether it was revoked.
    pub revoked: bool,
    /// What it may do; everything without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<ApiKeyGrant>,
    /// Whether it opens nothing as long as who made it is suspended.
    #[serde(default)]
    pub held: bool,
    /// When its end is to be said ahead; nothing once that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder_at: Option<Instant>,
}

/// How long ahead the end of an API key is said.
pub const API_KEY_REMINDER_DAYS: i64 = 14;

impl ApiKey {
    /// When the end of a key that was given this end at `at` is said ahead. Whoever gave it a shorter life than that knows.
    pub fn reminder(at: Instant, expires_at: Instant) -> Option<Instant> {
        let ahead = TimeDelta::days(API_KEY_REMINDER_DAYS);
        expires_at.checked_sub_signed(ahead).filter(|reminder| *reminder > at)
    }

    /// Whether it opens doors at `at`.
    pub fn works(&self, at: Instant) -> bool {
        !self.revoked && !self.held && self.expires_at > at
    }

    /// Whether this user made it.
    pub fn is_made_by(&self, user: UserId) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.maker == Some(user))
    }

    /// Whether it may do more than these scopes.
    pub fn exceeds(&self, may: &RoleScopes) -> bool {
        match (may, self.grant.as_ref().and_then(|grant| grant.scopes.as_ref())) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(may), Some(scopes)) => !scopes.is_subset(may),
        }
    }
}

/// What else is known of a tenant, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Its name; as it was registered without.
    pub name: Option<Sealed>,
    /// Its contact e-mail.
    pub email: Option<Sealed>,
    /// What it says about itself.
    pub description: Option<Sealed>,
}
