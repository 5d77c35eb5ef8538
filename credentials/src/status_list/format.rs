//! What the formats of status lists have in common. Each has a file of its own, and [`ListType`] picks it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::status_list::ListDescription;
use serde_json::Value;

use super::bitstring::Bitstring;
use super::status_list_2021::StatusList2021;
use super::token::TokenStatusList;
use super::{BitOrder, EntryInput, ListType, Published, Purpose, StatusList, StatusListError, StatusMessage};
use crate::format::{Draft, Signed, SigningKey};

/// A format of status lists: how a list is drafted, sealed and read, and what an entry of it looks like.
pub trait ListFormat: Sync {
    /// The type of the resource that holds a list for this purpose.
    fn resource_type(&self, purpose: Purpose) -> Result<&'static str, StatusListError>;

    /// Bits per entry and texts of a new list, as they were asked for or by default.
    fn layout(&self, bits: Option<u8>, messages: &[StatusMessage]) -> (u8, Vec<StatusMessage>);

    /// What the issuer of a list is to sign; `None` where a list has no proof.
    fn draft(&self, list: &ListInput<'_>, by: &SigningKey<'_>) -> Result<Option<Draft>, StatusListError>;

    /// Whether its lists have a proof.
    fn is_signed(&self) -> bool;

    /// How the entries of new lists are laid out.
    fn bit_order(&self, list: &ListDescription) -> BitOrder {
        if list.is_w3c() { BitOrder::MostSignificantFirst } else { BitOrder::LeastSignificantFirst }
    }

    /// The list as its resource holds it, with the draft that was signed.
    fn seal(&self, list: &ListInput<'_>, signed: Option<&Signed>) -> Result<Value, StatusListError>;

    /// The bytes of the resource of a sealed list.
    fn bytes(&self, sealed: &Value) -> Result<Vec<u8>, StatusListError> {
        serde_json::to_vec(sealed).map_err(|_| StatusListError::NotJson)
    }

    /// Reads a resource of this format; `None` if it is none.
    fn read(&self, document: &Value) -> Option<Result<Published, StatusListError>>;

    /// The type of a credential that is a list of this format without an envelope of cheqd's; `None` if none is.
    fn credential_type(&self) -> Option<&'static str>;

    /// An entry of a list, as a credential holds it.
    fn entry(&self, place: &EntryInput<'_>, list: &ListDescription) -> Result<Value, StatusListError>;

    /// The member that holds it.
    fn entry_member(&self) -> &'static str {
        "credentialStatus"
    }

    /// The type of such an entry, if it has one.
    fn entry_type(&self) -> Option<&'static str>;

    /// The context of such an entry, if it needs one.
    fn entry_context(&self) -> Option<&'static str>;
}

/// The format of a family.
pub fn format(list_type: ListType) -> &'static dyn ListFormat {
    match list_type {
        ListType::BitstringStatusList => &Bitstring,
        ListType::StatusList2021 => &StatusList2021,
        ListType::TokenStatusList => &TokenStatusList,
    }
}

/// The family of entries of this type.
pub(crate) fn of_entry(entry_type: &str) -> Option<ListType> {
    ListType::ALL.into_iter().find(|list_type| format(*list_type).entry_type() == Some(entry_type))
}

/// The member of a credential that holds an entry of this form.
pub(crate) fn member_of(entry: &Value) -> &'static str {
    let list_type = if entry.get("status_list").is_some() {
        ListType::TokenStatusList
    } else {
        ListType::BitstringStatusList
    };
    format(list_type).entry_member()
}

/// A list as it is to be published.
#[derive(Debug, Clone)]
pub struct ListInput<'a> {
    /// What it is.
    pub description: &'a ListDescription,
    /// What its entries say.
    pub list: StatusList,
    /// When it is issued.
    pub issuance_date: DateTime<Utc>,
}

impl<'a> ListInput<'a> {
    /// The list whose entries say `entries`, all others zero.
    pub fn of(
        description: &'a ListDescription,
        entries: &BTreeMap<u32, u8>,
        issuance_date: DateTime<Utc>,
    ) -> Result<Self, StatusListError> {
        let (length, bits) = (description.length as usize, description.status_size_bits);
        let order = format(description.list_type).bit_order(description);
        let mut list = StatusList::empty(length, bits, order)?;
        for (index, value) in entries {
            list.set(*index as usize, *value)?;
        }
        Ok(Self { description, list, issuance_date })
    }
}
