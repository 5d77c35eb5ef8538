//! Who belongs to a customer, and what he may do there.

use crate::id::{ApiKeyId, Instant, UserId};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

crate::limits! {
    /// Longest name of a role.
    ROLE_NAME_CHARS_MAX: usize = 40, "characters";
}

/// The name of a role: lower-case letters, digits and hyphens, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RoleName(String);

impl RoleName {
    /// Everything.
    pub const OWNER: &'static str = "owner";
    /// Everything but what concerns owners.
    pub const ADMIN: &'static str = "admin";
    /// Identifiers, resources, credentials, status lists and accreditations.
    pub const ISSUER: &'static str = "issuer";
    /// Reads and verifies.
    pub const AUDITOR: &'static str = "auditor";
    /// The roles that every customer has.
    pub const BUILT_IN: [&'static str; 4] = [Self::OWNER, Self::ADMIN, Self::ISSUER, Self::AUDITOR];

    /// Parses a name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_fine = text.len() <= ROLE_NAME_CHARS_MAX
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(is_plain);
        is_fine.then(|| Self(text.to_owned()))
    }

    /// The role that may do everything.
    pub fn owner() -> Self {
        Self(Self::OWNER.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the role that may do everything.
    pub fn is_owner(&self) -> bool {
        self.0 == Self::OWNER
    }

    /// Whether every customer has it, and none can change it.
    pub fn is_built_in(&self) -> bool {
        Self::BUILT_IN.contains(&self.as_str())
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("no name of a role"))
    }
}

/// A user in a customer, as the customer aggregate knows him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// What he may do.
    pub role: RoleName,
    /// Keyed hash of his verified e-mail address, lower-case hex.
    pub email_hash: Option<String>,
    /// Whether he may do nothing for now.
    pub suspended: bool,
}

/// An invitation, as the customer aggregate knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Keyed hash of the e-mail address it is bound to, lower-case hex.
    pub email_hash: String,
    /// The role it gives.
    pub role: RoleName,
    /// When it can no longer be accepted.
    pub expires_at: Instant,
    /// Who wrote it, if that was a user.
    #[serde(default)]
    pub inviter: Option<UserId>,
    /// The API key that wrote it, if one did.
    #[serde(default)]
    pub key: Option<ApiKeyId>,
    /// What became of it.
    pub fate: InvitationFate,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InvitationFate {
    /// Nothing yet.
    Open,
    /// This user joined with it.
    Accepted(UserId),
    /// It was taken back.
    Revoked,
}

impl Invitation {
    /// Whether it can be accepted at `at`.
    pub fn is_open(&self, at: Instant) -> bool {
        self.fate == InvitationFate::Open && self.expires_at > at
    }
}

/// What somebody's right to decide was judged by, before the customer was asked: it decides only if all of it is still so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// A member, and his role.
    pub member: Option<(UserId, RoleName)>,
    /// Roles, and what those of them may do that are the customer's own.
    pub roles: BTreeMap<RoleName, Option<BTreeSet<String>>>,
}

/// What a role may do: scopes by name, as in `create:did:testnet`; `None` is everything.
pub type RoleScopes = Option<BTreeSet<String>>;
