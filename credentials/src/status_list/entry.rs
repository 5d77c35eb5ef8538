//! `credentialStatus` entries and the check of one entry against its list.

use serde_json::Value;
use uuid::Uuid;

use super::format::of_entry;
use super::{ListProof, ListType, Published, Purpose, StatusListError, StatusMessage, format, purpose};
use crate::did_url::{DidUrl, ResourceRef, normalised_did, resolver_url, resource_by_name};
use crate::json::{list, text};

domain::limits! {
    /// Status entries of one credential that are read.
    pub MAX_ENTRIES_PER_CREDENTIAL: usize = 16, "entries";
}

/// Where a Studio serves its lists; their ids come after it.
pub const SERVED_AT: &str = "/status-lists/";

/// What an entry points at.
#[derive(Debug, Clone, Copy)]
pub struct EntryInput<'a> {
    /// Base address of the public resolver, for example `https://resolver.cheqd.net/1.0/identifiers/`.
    pub resolver: &'a str,
    /// DID that holds the list.
    pub issuer_did: &'a str,
    /// Name of the list, as it is; escaped where it is written.
    pub list_name: &'a str,
    /// Purpose of the entry.
    pub purpose: Purpose,
    /// Index in the list.
    pub index: u64,
}

/// The address of a list at the resolver, with its name percent-encoded. It was read back: who reads it finds exactly this
/// list. Fault [`StatusListError::Address`] where that cannot be, because the name is too long.
pub fn list_address(input: &EntryInput<'_>, list_type: ListType) -> Result<String, StatusListError> {
    let resource_type = format(list_type).resource_type(input.purpose)?;
    let did_url = resource_by_name(input.issuer_did, input.list_name, resource_type);
    let address = resolver_url(input.resolver, &did_url);
    let meant = ResourceRef::ByName {
        did: normalised_did(input.issuer_did),
        name: input.list_name.to_owned(),
        resource_type: resource_type.to_owned(),
        pin: None,
    };
    let read = DidUrl::parse(&address).ok().and_then(|url| url.resource());
    if read == Some(meant) { Ok(address) } else { Err(StatusListError::Address) }
}

/// A parsed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEntry {
    /// Which family.
    pub list_type: ListType,
    /// Purpose.
    pub purpose: Purpose,
    /// Index in the list.
    pub index: usize,
    /// The list as a DID URL (without fragment), when its address is one. Only such lists can be read from the ledger.
    pub list: Option<DidUrl>,
    /// The list's address as written.
    pub address: String,
    /// Bits per entry, when the credential says so; otherwise the list's own size counts.
    pub status_size: Option<u8>,
    /// Texts as the credential says.
    pub messages: Vec<StatusMessage>,
}

impl StatusEntry {
    /// Reads one entry. The index is a whole number, as text or as number, 0 included.
    pub fn parse(entry: &Value) -> Result<Self, StatusListError> {
        let entry_type = text(entry, "type").ok_or(StatusListError::Entry("type is required"))?;
        let list_type = of_entry(entry_type).ok_or(StatusListError::Entry("type is not supported"))?;
        let purpose = purpose(
            text(entry, "statusPurpose").ok_or(StatusListError::Entry("statusPurpose is required"))?,
        )?;
        let bad_index = || StatusListError::Entry("statusListIndex must be a whole number");
        let index = match entry.get("statusListIndex") {
            Some(Value::String(digits)) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| bad_index())?
            }
            Some(Value::Number(number)) => {
                number.as_u64().and_then(|index| usize::try_from(index).ok()).ok_or_else(bad_index)?
            }
            Some(_) => return Err(bad_index()),
            None => return Err(StatusListError::Entry("statusListIndex is required")),
        };
        let (id_address, fragment) = match text(entry, "id") {
            Some(id) => {
                id.split_once('#').map_or((Some(id), None), |(address, end)| (Some(address), Some(end)))
            }
            None => (None, None),
        };
        let address = text(entry, "statusListCredential")
            .or(id_address)
            .filter(|address| !address.is_empty())
            .ok_or(StatusListError::Entry("id is required"))?;
        // An id that is the list's address with a number says the index a second time.
        let again = fragment.filter(|_| id_address == Some(without_fragment(address)));
        let again = again.and_then(|digits| digits.parse::<usize>().ok());
        if again.is_some_and(|again| again != index) {
            return Err(StatusListError::Entry("id and statusListIndex must name the same entry"));
        }
        let status_size = match entry.get("statusSize") {
            None | Some(Value::Null) => None,
            Some(size) => match size.as_u64() {
                Some(size @ (1 | 2 | 4 | 8)) => u8::try_from(size).ok(),
                _ => return Err(StatusListError::StatusSize),
            },
        };
        let messages = list(entry.get("statusMessage"))
            .into_iter()
            .filter_map(|item| serde_json::from_value(item.clone()).ok())
            .collect();
        let list = DidUrl::parse(address).ok().map(|url| url.without_fragment());
        Ok(Self { list_type, purpose, index, list, address: address.to_owned(), status_size, messages })
    }

    /// Reads `status_list` of a claim `status` (draft-ietf-oauth-status-list, section 6.2). Its values say themselves what they
    /// mean, as those with the purpose `message` do.
    pub fn of_token(entry: &Value) -> Result<Self, StatusListError> {
        let index = entry.get("idx").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let index = index.ok_or(StatusListError::Entry("idx of status_list must be a whole number"))?;
        let address = text(entry, "uri").filter(|uri| !uri.is_empty());
        let address = address.ok_or(StatusListError::Entry("uri of status_list is required"))?;
        Ok(Self {
            list_type: ListType::TokenStatusList,
            purpose: Purpose::Message,
            index,
            list: DidUrl::parse(address).ok().map(|url| url.without_fragment()),
            address: address.to_owned(),
            status_size: None,
            messages: Vec::new(),
        })
    }

    /// The id of the list in an address that a Studio serves it at (`…/status-lists/<id>`). The host is not asked: whose DID
    /// and name make this id, is looked up on the ledger.
    pub fn list_id(&self) -> Option<Uuid> {
        let (_, id) = self.address.split_once(SERVED_AT)?;
        Uuid::try_parse(id.split(['?', '#']).next()?).ok()
    }
}

fn without_fragment(address: &str) -> &str {
    address.split('#').next().unwrap_or_default()
}

/// The entries of a credential: none, one, or a list of them; and the one of its claim `status`.
pub fn entries(credential: &Value) -> Result<Vec<StatusEntry>, StatusListError> {
    let found = list(credential.get("credentialStatus"));
    if found.len() > MAX_ENTRIES_PER_CREDENTIAL {
        return Err(StatusListError::ManyEntries);
    }
    // A mechanism that is not known here is no reason to say that nothing is wrong.
    let of_token = credential
        .get("status")
        .filter(|status| !status.is_null())
        .map(|status| status.get("status_list").unwrap_or(&Value::Null));
    found.into_iter().map(StatusEntry::parse).chain(of_token.map(StatusEntry::of_token)).collect()
}

/// The status of one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusResult {
    /// The value in the list.
    pub status: u8,
    /// Purpose of the entry.
    pub purpose: Purpose,
    /// The value is 0.
    pub valid: bool,
    /// The value's text, for purpose `message`.
    pub message: Option<String>,
    /// What the list's proof says about its bits, provided that it was verified.
    pub list_proof: ListProof,
}

impl StatusResult {
    /// True when the entry says that the credential may not be relied on: revoked, suspended, or (purpose `message`)
    /// one of cheqd's values 1 revoked and 2 suspended.
    pub fn revoked(&self) -> bool {
        match self.purpose {
            Purpose::Revocation => !self.valid,
            Purpose::Message => self.status == 1,
            Purpose::Refresh | Purpose::Suspension => false,
        }
    }

    /// As [`StatusResult::revoked`], for suspension.
    pub fn suspended(&self) -> bool {
        match self.purpose {
            Purpose::Suspension => !self.valid,
            Purpose::Message => self.status == 2,
            Purpose::Refresh | Purpose::Revocation => false,
        }
    }
}

/// Looks an entry up in its list (docs/credentials.md#reading-an-entry). The entry's size must be the list's: a credential that reads the
/// bits of another entry is malformed.
pub fn check(entry: &StatusEntry, published: &Published) -> Result<StatusResult, StatusListError> {
    if entry.list_type != published.list_type() {
        return Err(StatusListError::Resource("the list is of another type than the entry"));
    }
    if !published.purposes().contains(&entry.purpose) {
        return Err(StatusListError::PurposeMismatch);
    }
    format(entry.list_type).resource_type(entry.purpose)?;
    if entry.status_size.is_some_and(|size| size != published.status_size()) {
        return Err(StatusListError::Entry("statusSize is not that of the list"));
    }
    if published.subject().is_some_and(|subject| subject != entry.address) {
        return Err(StatusListError::Subject);
    }
    let list_proof = published.list_proof()?;
    let status = published.list()?.get(entry.index)?;
    let wanted = format!("0x{status:x}");
    let listed = published.messages();
    let message = entry
        .messages
        .iter()
        .chain(&listed)
        .find(|message| message.status == wanted)
        .map(|message| message.message.clone())
        .filter(|_| entry.purpose == Purpose::Message);
    Ok(StatusResult { status, purpose: entry.purpose, valid: status == 0, message, list_proof })
}
