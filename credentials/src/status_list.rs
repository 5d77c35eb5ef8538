//! Status lists: the bit codec, the resources that cheqd publishes, and the entries inside credentials
//! (docs/credentials.md#status-lists).
//!
//! The same bits always give the same text: gzip with time 0, a fixed level and a fixed system byte. Other
//! implementations compress differently, so lists are compared by their bits, never by their text.

mod bits;
mod bitstring;
mod digest;
mod entry;
mod format;
mod published;
mod status_list_2021;
mod token;

pub(crate) use bits::LIMITS as BITS_LIMITS;
pub use bits::{
    BitOrder, Encoding, MAX_BITSTRING_BYTES, MAX_ENCODED_CHARS, MAX_TOKEN_LIST_BYTES, MIN_LENGTH_ENTRIES,
    StatusList,
};
pub use bitstring::{
    BitstringInput, BitstringMetadata, bitstring_credential, bitstring_entry, bitstring_payload,
    default_messages,
};
pub use digest::{ListProof, list_digest};
pub(crate) use entry::LIMITS as ENTRY_LIMITS;
use entry::MAX_ENTRIES_PER_CREDENTIAL;
pub use entry::{EntryInput, SERVED_AT, StatusEntry, StatusResult, check, entries, list_address};
pub use format::{ListFormat, ListInput, format};
pub(crate) use format::{member_of, of_entry};
pub use published::Published;
pub use status_list_2021::{status_list_2021_entry, status_list_2021_payload};

pub use token::{STATUS_LIST_CWT, STATUS_LIST_JWT, Token, TokenInput, cwt_draft, jwt_draft, token_claims};

pub use domain::status_list::{ListType, StatusMessage, StatusPurpose as Purpose};

/// The purpose of this name in a list or an entry.
fn purpose(name: &str) -> Result<Purpose, StatusListError> {
    Purpose::named(name).ok_or_else(|| StatusListError::UnsupportedPurpose(name.chars().take(32).collect()))
}

/// Why a list or an entry cannot be read, built or checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusListError {
    /// Not the text of a list.
    #[error("the encoded list is not {0}")]
    Encoding(&'static str),
    /// More than [`MAX_BITSTRING_BYTES`] after decompression, or more than [`MAX_ENCODED_CHARS`] before.
    #[error("the status list is larger than the limit")]
    TooLarge,
    /// `statusSize` is not 1, 2, 4 or 8.
    #[error("statusSize must be 1, 2, 4, or 8 bits")]
    StatusSize,
    /// Fewer than [`MIN_LENGTH_ENTRIES`] entries.
    #[error("STATUS_LIST_LENGTH_ERROR")]
    Length,
    /// The index is outside of the list.
    #[error("RANGE_ERROR - Index out of bounds")]
    Range,
    /// The value does not fit into an entry.
    #[error("status value {value} does not fit into {bits} bits")]
    Value {
        /// The value.
        value: u8,
        /// Bits per entry.
        bits: u8,
    },
    /// The resource is not JSON.
    #[error("The status list resource is not JSON.")]
    NotJson,
    /// The resource is more than is read.
    #[error("The status list resource is not read: {0}")]
    Unread(domain::json::Refused),
    /// The resource is not a status list.
    #[error("Status List resource content is not valid: {0}")]
    Resource(&'static str),
    /// The list is encrypted and needs its key first.
    #[error("the status list is encrypted")]
    Encrypted,
    /// The token is not the one that the entry names.
    #[error("STATUS_VERIFICATION_ERROR the sub of the status list token is not the uri of the entry")]
    Subject,
    /// The credential's status entry is malformed.
    #[error("credentialStatus.{0}")]
    Entry(&'static str),
    /// The credential has more status entries than are read.
    #[error("credentialStatus has more than {MAX_ENTRIES_PER_CREDENTIAL} entries")]
    ManyEntries,
    /// The list is not the one whose digest its credential carries.
    #[error("the list is not the one that its credential was signed for")]
    Digest,
    /// No address of the list could be read back to its name.
    #[error("the status list's name is empty or too long to be written into an address")]
    Address,
    /// The purpose is unknown, or not one that this kind of entry may have.
    #[error("Unsupported status purpose: {0}")]
    UnsupportedPurpose(String),
    /// The entry's purpose is not declared by the list.
    #[error("STATUS_VERIFICATION_ERROR 'statusPurpose' does not match Bitstring Status List 'statusPurpose'")]
    PurposeMismatch,
    /// Nothing says what the list's entries are about.
    #[error("the list has no purpose")]
    NoPurpose,
    /// A text form that lists of this kind do not have.
    #[error("StatusList2021 lists are encoded as base64url or hex.")]
    UnsupportedEncoding,
    /// The list's credential cannot be built.
    #[error(transparent)]
    Credential(#[from] crate::vc::VcError),
    /// The status messages do not fit the status size.
    #[error("{0}")]
    Messages(String),
}
