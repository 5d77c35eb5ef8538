//! Values a status list is made of.

use crate::id::{CredentialId, Did, ResourceId};
use crate::ledger::LedgerWrite;
use crate::resource::ResourceDescription;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The list formats (docs/credentials.md#status-lists).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ListType {
    /// W3C Bitstring Status List 1.0.
    BitstringStatusList,
    /// Its predecessor.
    StatusList2021,
    /// IETF Token Status List: a signed token, for SD-JWT VC and other tokens.
    TokenStatusList,
}

impl ListType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BitstringStatusList, Self::StatusList2021, Self::TokenStatusList];

    /// Its name, in lists and in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BitstringStatusList => "BitstringStatusList",
            Self::StatusList2021 => "StatusList2021",
            Self::TokenStatusList => "TokenStatusList",
        }
    }

    /// The family of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list_type| list_type.name() == name)
    }

    /// What its lists may be.
    pub const fn rules(self) -> ListRules {
        match self {
            Self::BitstringStatusList => ListRules {
                purposes: &[
                    StatusPurpose::Refresh,
                    StatusPurpose::Revocation,
                    StatusPurpose::Suspension,
                    StatusPurpose::Message,
                ],
                has_several_purposes: true,
                sizes: &[1, 2, 4, 8],
                encodings: &["base64url", "w3c"],
                has_messages: true,
            },
            Self::StatusList2021 => ListRules {
                purposes: &[StatusPurpose::Revocation, StatusPurpose::Suspension],
                has_several_purposes: false,
                sizes: &[1],
                encodings: &["base64url", "hex"],
                has_messages: true,
            },
            Self::TokenStatusList => ListRules {
                purposes: &[StatusPurpose::Revocation, StatusPurpose::Suspension, StatusPurpose::Message],
                has_several_purposes: true,
                sizes: &[1, 2, 4, 8],
                encodings: &["jwt", "cwt"],
                has_messages: false,
            },
        }
    }
}

/// What the lists of a family may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListRules {
    /// What entries may say, in the contract's order.
    pub purposes: &'static [StatusPurpose],
    /// Whether one list may serve several of them.
    pub has_several_purposes: bool,
    /// Bits per entry.
    pub sizes: &'static [u8],
    /// Text forms, the usual one first.
    pub encodings: &'static [&'static str],
    /// Whether a list can say what each value means.
    pub has_messages: bool,
}

/// What an entry of a list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusPurpose {
    /// Final.
    Revocation,
    /// Reversible.
    Suspension,
    /// A message per value.
    Message,
    /// A newer credential is available.
    Refresh,
}

impl StatusPurpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Revocation, Self::Suspension, Self::Message, Self::Refresh];

    /// Its name, in lists, entries and requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
            Self::Message => "message",
            Self::Refresh => "refresh",
        }
    }

    /// The purpose of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

impl fmt::Display for StatusPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a status list is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListDescription {
    /// The DID it hangs on; issuer of the list.
    pub did: Did,
    /// Its name = the resource name.
    pub name: String,
    /// The resource type on the ledger.
    pub resource_type: String,
    /// Its format.
    pub list_type: ListType,
    /// What its entries say; StatusList2021 has exactly one.
    pub purposes: Vec<StatusPurpose>,
    /// How many entries.
    pub length: u32,
    /// Bits per entry: 1, 2, 4 or 8.
    pub status_size_bits: u8,
    /// Text form of the list when it is not base64url, e.g. `hex`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What each value means; needed for more than one bit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<StatusMessage>,
    /// How long a verifier may keep a copy, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_milliseconds: Option<u64>,
    /// Whose entries it holds, as its owner says; only for finding it again.
    #[serde(default, skip_serializing_if = "ListCategory::is_default")]
    pub category: ListCategory,
    /// Where readers fetch it, if its form is one whose readers do not go by the DID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Box<Served>>,
}

/// How readers get a list who do not know of cheqd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    /// The address. It is signed with the list and stands in what refers to it, so it stays what it was when the list was made.
    pub address: String,
}

impl ListDescription {
    /// What the list was made for: its first purpose.
    pub fn purpose(&self) -> Option<StatusPurpose> {
        self.purposes.first().copied()
    }

    /// Whether it is a credential exactly as the W3C has it, and not in the envelope of cheqd.
    pub fn is_w3c(&self) -> bool {
        self.encoding.as_deref() == Some("w3c")
    }

    /// The address that is signed with the list, if it has one.
    pub fn address(&self) -> Option<&str> {
        self.served.as_deref().map(|served| served.address.as_str())
    }
}

/// What a list is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListCategory {
    /// Credentials.
    #[default]
    Credential,
    /// Accreditations of a trust registry.
    Accreditation,
}

impl ListCategory {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if hands a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What one value of an entry means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusMessage {
    /// `0x` and lower-case hex.
    pub status: String,
    /// What it means.
    pub message: String,
}

/// A version of the list as a resource, ready for the ledger. The signed message is beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// The resource version.
    pub resource: ResourceId,
    /// What it is.
    pub description: ResourceDescription,
    /// The signed message. Emitted beside the publication in events, where it is `None` here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<LedgerWrite>,
}

/// One change of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryChange {
    /// The entry.
    pub index: u32,
    /// Its new value; 1 means revoked or suspended.
    pub value: u8,
    /// The credential it is for, if we issued it.
    pub credential: Option<CredentialId>,
}

/// Where a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListPhase {
    /// Nobody asked for it.
    #[default]
    Absent,
    /// On its way to the ledger.
    Creating,
    /// On the ledger.
    Live,
    /// The ledger refused to create it.
    Failed,
}
