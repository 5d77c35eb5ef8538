//! Every id and small value type, parsed at the door and typed ever after.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// An instant, handed in; never read from a clock in this crate. Texts from outside become one in [`crate::calendar`], which
/// bounds it.
pub type Instant = chrono::DateTime<chrono::Utc>;

/// Why a text is not the value it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is malformed: {why}")]
pub struct Malformed {
    /// What was parsed, e.g. `DID`.
    pub what: &'static str,
    /// What is wrong with it, safe to show to the caller.
    pub why: String,
}

fn malformed(what: &'static str, why: impl Into<String>) -> Malformed {
    Malformed { what, why: why.into() }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(text: &str) -> Result<Self, Malformed> {
                Uuid::parse_str(text).map(Self).map_err(|_| malformed(stringify!($name), "not a UUID"))
            }
        }
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
    };
}

uuid_id!(/// A tenant.
    CustomerId);
uuid_id!(/// One API key of a customer (not the secret itself).
    ApiKeyId);
uuid_id!(/// A person.
    UserId);
uuid_id!(/// One invitation to a customer (not the token itself).
    InvitationId);
uuid_id!(/// One try to sign in.
    SignInId);
uuid_id!(/// One passkey of a user (not what an authenticator calls it).
    PasskeyId);
uuid_id!(/// One time that personal data was shown to the operator.
    RevealId);
uuid_id!(/// A DID-Linked Resource version on the ledger; chosen before the command, so a retry never pays twice.
    ResourceId);
uuid_id!(/// A status list.
    StatusListId);
uuid_id!(/// A version of a DID document on the ledger; chosen before the command.
    VersionId);
uuid_id!(/// An issued credential.
    CredentialId);
uuid_id!(/// A line of accreditations: `uuid_v5(issuer, name, type)`.
    AccreditationId);
uuid_id!(/// An act that waits for signatures from outside; derived from the request that asked for it.
    JobId);
uuid_id!(/// One ledger write on its way through the outbox; equals the id of the command that asked for it.
    OperationId);

/// Namespace of Studio's name-based (v5) identifiers. Permanent: changing it would change every derived stream id.
pub const STUDIO_NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_9d0a_4b7e_5c1f_9a37_2d84_c5b0_e613);

/// Name-based id over length-prefixed parts, so that `("ab","c")` and `("a","bc")` differ.
pub fn derived_uuid(kind: &str, parts: &[&str]) -> Uuid {
    let mut name = Vec::with_capacity(64);
    for part in std::iter::once(&kind).chain(parts) {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part.as_bytes());
    }
    Uuid::new_v5(&STUDIO_NAMESPACE, &name)
}

/// The id of a line of resource versions: `uuid_v5(did, name, type)`.
pub fn resource_line_id(did: &Did, name: &str, resource_type: &str) -> Uuid {
    derived_uuid("resource", &[did.as_str(), name, resource_type])
}

/// The id of a status list: `uuid_v5(did, name, resource type)`.
pub fn status_list_id(did: &Did, name: &str, resource_type: &str) -> StatusListId {
    StatusListId(derived_uuid("status-list", &[did.as_str(), name, resource_type]))
}

/// The id of a line of accreditations: `uuid_v5(issuer, name, type)`.
pub fn accreditation_id(issuer: &Did, name: &str, resource_type: &str) -> AccreditationId {
    AccreditationId(derived_uuid("accreditation", &[issuer.as_str(), name, resource_type]))
}

/// The cheqd networks; the DID's namespace picks one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// `did:cheqd:mainnet:…`
    Mainnet,
    /// `did:cheqd:testnet:…` (also the namespace of the devnet)
    Testnet,
}

impl Network {
    /// Both, in the order lists show them.
    pub const ALL: [Self; 2] = [Self::Mainnet, Self::Testnet];

    /// The namespace as it stands in a DID.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Network {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "mainnet" => Ok(Self::Mainnet),
            "testnet" => Ok(Self::Testnet),
            _ => Err(malformed("network", "must be mainnet or testnet")),
        }
    }
}

/// The text of a vault key id: 64 lower-case hex characters of the public key (Ed25519), 66 for compressed secp256k1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A `did:cheqd` identifier, valid by construction (docs/ledger.md#identifiers): namespace mainnet or testnet, and a lower-case UUID
/// or 16 bytes of base58btc as the unique id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Did {
    text: String,
    network: Network,
}

/// The most characters that 16 bytes take in base58btc.
const MAX_BASE58_ID_CHARS: usize = 22;

impl Did {
    /// Parses and normalises (UUIDs to lower case, as the ledger does).
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let rest =
            text.strip_prefix("did:cheqd:").ok_or_else(|| malformed("DID", "must start with did:cheqd:"))?;
        let (namespace, unique) =
            rest.split_once(':').ok_or_else(|| malformed("DID", "must be did:cheqd:<network>:<id>"))?;
        let network: Network = namespace.parse()?;
        let unique = if let (36, Ok(uuid)) = (unique.len(), Uuid::parse_str(unique)) {
            uuid.hyphenated().to_string()
        } else {
            // The ledger asks only for 16 bytes; the length is bounded first because decoding takes quadratic time.
            match bs58::decode(unique.get(..MAX_BASE58_ID_CHARS + 1).unwrap_or(unique)).into_vec() {
                Ok(bytes) if bytes.len() == 16 && unique.len() <= MAX_BASE58_ID_CHARS => unique.to_owned(),
                _ => return Err(malformed("DID", "its id must be a UUID or 16 bytes of base58btc")),
            }
        };
        Ok(Self { text: format!("did:cheqd:{network}:{unique}"), network })
    }

    /// The one spelling of what may be a DID: of did:cheqd, capitals name the same; any other text stays as it is.
    pub fn one_spelling(text: &str) -> String {
        Self::parse(text).map_or_else(|_| text.to_owned(), |did| did.text)
    }

    /// The whole DID.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The network its namespace names.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// The unique id after the namespace, which is also the collection id of its resources.
    pub fn unique_id(&self) -> &str {
        self.text.rsplit(':').next().unwrap_or_default()
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Did {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::parse(text)
    }
}

impl Serialize for Did {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Did {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// An amount of ncheq (1 CHEQ = 10^9 ncheq). A string in JSON, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ncheq(pub u128);

impl fmt::Display for Ncheq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Ncheq {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        text.parse().map(Self).map_err(|_| malformed("amount", "must be a whole number of ncheq"))
    }
}

impl Serialize for Ncheq {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Ncheq {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Ciphertext made by the vault (`v1.<key id>.<base64url nonce‖ciphertext>`). Opaque here: personal data stands in
/// events only like this, and deleting the key is the erasure. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed([redacted])")
    }
}

#[cfg(test)]
mod tests;
