//! What the formats of status lists have in common. Each has a file of its own, and [`ListType`] picks it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::status_list::ListDescription;
use serde_json::Value;

use super::bitstring::Bitstring;
use super::status_list_2021::StatusList2021;
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

    /// The list as its resource holds it, with the draft that was signed.
    fn seal(&self, list: &ListInput<'_>, signed: Option<&Signed>) -> Result<Value, StatusListError>;

    /// Reads a resource of this format; `None` if it is none.
    fn read(&self, document: &Value) -> Option<Result<Published, StatusListError>>;

    /// The type of a credential that is a list of this format without an envelope of cheqd's.
    fn credential_type(&self) -> &'static str;

    /// An entry of a list, as a credential holds it.
    fn entry(&self, place: &EntryInput<'_>, list: &ListDescription) -> Result<Value, StatusListError>;

    /// The type of such an entry.
    fn entry_type(&self) -> &'static str;

    /// The context of such an entry.
    fn entry_context(&self) -> &'static str;
}

/// The format of a family.
pub fn format(list_type: ListType) -> &'static dyn ListFormat {
    match list_type {
        ListType::BitstringStatusList => &Bitstring,
        ListType::StatusList2021 => &StatusList2021,
    }
}

/// The family of entries of this type.
pub(crate) fn of_entry(entry_type: &str) -> Option<ListType> {
    ListType::ALL.into_iter().find(|list_type| format(*list_type).entry_type() == entry_type)
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
        let mut list = StatusList::empty(length, bits, BitOrder::LeastSignificantFirst)?;
        for (index, value) in entries {
            list.set(*index as usize, *value)?;
        }
        Ok(Self { description, list, issuance_date })
    }
}
