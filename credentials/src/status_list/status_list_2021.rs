//! The StatusList2021 family, as cheqd publishes it: without a proof, one list per purpose, one bit per entry.

use chrono::{DateTime, Utc};
use domain::status_list::ListDescription;
use serde_json::{Map, Value, json};

use super::published::{Envelope, Proof};
use super::{
    Encoding, EntryInput, ListFormat, ListInput, ListType, Published, Purpose, StatusList, StatusListError,
    StatusMessage, list_address,
};
use crate::format::{Draft, Signed, SigningKey};
use crate::json::insert_some;
use crate::vc::{STATUS_LIST_2021_CONTEXT, iso_millis};

pub(super) struct StatusList2021;

const ENVELOPE: Envelope = Envelope {
    list_type: ListType::StatusList2021,
    content: "/StatusList2021",
    list: "/StatusList2021/encodedList",
    default_size: 1,
    size: None,
    proof: Proof::None,
};

impl ListFormat for StatusList2021 {
    fn resource_type(&self, purpose: Purpose) -> Result<&'static str, StatusListError> {
        match purpose {
            Purpose::Revocation => Ok("StatusList2021Revocation"),
            Purpose::Suspension => Ok("StatusList2021Suspension"),
            other => Err(StatusListError::UnsupportedPurpose(other.to_string())),
        }
    }

    fn layout(&self, _: Option<u8>, _: &[StatusMessage]) -> (u8, Vec<StatusMessage>) {
        (1, Vec::new())
    }

    fn draft(&self, _: &ListInput<'_>, _: &SigningKey<'_>) -> Result<Option<Draft>, StatusListError> {
        Ok(None)
    }

    fn is_signed(&self) -> bool {
        false
    }

    fn seal(&self, list: &ListInput<'_>, _: Option<&Signed>) -> Result<Value, StatusListError> {
        let purpose = list.description.purpose().ok_or(StatusListError::NoPurpose)?;
        let encoding = match list.description.encoding.as_deref() {
            None | Some("base64url") => Encoding::Base64Url,
            Some("hex") => Encoding::Hex,
            Some(_) => return Err(StatusListError::UnsupportedEncoding),
        };
        status_list_2021_payload(purpose, &list.list, encoding, list.issuance_date, None)
    }

    fn read(&self, document: &Value) -> Option<Result<Published, StatusListError>> {
        document.get("StatusList2021").map(|content| ENVELOPE.read(document, content))
    }

    fn credential_type(&self) -> Option<&'static str> {
        Some("StatusList2021Credential")
    }

    fn entry(&self, place: &EntryInput<'_>, _: &ListDescription) -> Result<Value, StatusListError> {
        status_list_2021_entry(place)
    }

    fn entry_type(&self) -> Option<&'static str> {
        Some("StatusList2021Entry")
    }

    fn entry_context(&self) -> Option<&'static str> {
        Some(STATUS_LIST_2021_CONTEXT)
    }
}

/// A `StatusList2021Entry` (it has no `statusListCredential` at cheqd).
pub fn status_list_2021_entry(input: &EntryInput<'_>) -> Result<Value, StatusListError> {
    let address = list_address(input, ListType::StatusList2021)?;
    Ok(json!({
        "id": format!("{address}#{}", input.index),
        "type": "StatusList2021Entry",
        "statusPurpose": input.purpose.name(),
        "statusListIndex": input.index.to_string(),
    }))
}

/// The payload of a `StatusList2021Revocation` or `StatusList2021Suspension` resource. Other purposes are refused.
pub fn status_list_2021_payload(
    purpose: Purpose,
    list: &StatusList,
    encoding: Encoding,
    valid_from: DateTime<Utc>,
    valid_until: Option<DateTime<Utc>>,
) -> Result<Value, StatusListError> {
    let resource_type = StatusList2021.resource_type(purpose)?;
    let mut content = Map::new();
    content.insert("statusPurpose".to_owned(), Value::from(purpose.name()));
    content.insert("encodedList".to_owned(), Value::from(list.encode(encoding)));
    content.insert("validFrom".to_owned(), Value::from(iso_millis(valid_from)));
    insert_some(&mut content, "validUntil", valid_until.map(|until| Value::from(iso_millis(until))));
    Ok(json!({
        "StatusList2021": content,
        "metadata": {"type": resource_type, "encrypted": false, "encoding": encoding.as_str()},
    }))
}
