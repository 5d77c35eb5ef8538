//! The Bitstring Status List family, as cheqd publishes it: a credential beside its metadata, whose proof covers the list's
//! digest (`docs/adr/0012-the-list-and-its-proof.md`).

use chrono::{DateTime, Utc};
use domain::status_list::ListDescription;
use serde_json::{Map, Value, json};

use super::digest::{self, DIGEST_MEMBER, list_digest};
use super::published::{Envelope, Proof};
use super::{
    Encoding, EntryInput, ListFormat, ListInput, ListType, Published, Purpose, StatusList, StatusListError,
    StatusMessage, list_address,
};
use crate::format::{CredentialFormat, Draft, Securing, Signed, SigningKey};
use crate::json::insert_some;
use crate::vc::{self, BITSTRING_STATUS_CONTEXT, CREDENTIALS_V1, CREDENTIALS_V2, iso_millis};

pub(super) struct Bitstring;

const ENVELOPE: Envelope = Envelope {
    list_type: ListType::BitstringStatusList,
    content: "/bitstringStatusListCredential",
    list: "/bitstringStatusListCredential/credentialSubject/encodedList",
    // Of a list of cheqd whose metadata has none.
    default_size: 2,
    size: Some("/metadata/statusSize"),
    proof: Proof::Digest,
};

impl ListFormat for Bitstring {
    fn resource_type(&self, _: Purpose) -> Result<&'static str, StatusListError> {
        Ok("BitstringStatusListCredential")
    }

    fn layout(&self, bits: Option<u8>, messages: &[StatusMessage]) -> (u8, Vec<StatusMessage>) {
        let bits = bits.unwrap_or(2);
        let is_usual = messages.is_empty() && bits == 2;
        (bits, if is_usual { default_messages() } else { messages.to_vec() })
    }

    fn draft(&self, list: &ListInput<'_>, by: &SigningKey<'_>) -> Result<Option<Draft>, StatusListError> {
        if list.description.is_w3c() {
            return Ok(Some(vc::jose_draft(&w3c_credential(list)?, by)?));
        }
        let ListInput { description, list, issuance_date } = list;
        let credential = bitstring_credential(&BitstringInput {
            issuer_did: description.did.as_str(),
            purposes: &description.purposes,
            ttl_milliseconds: description.ttl_milliseconds,
            issuance_date: *issuance_date,
            expiration_date: None,
            list,
        });
        Ok(Some(Securing::of(CredentialFormat::Jwt).draft(&credential, by)?))
    }

    fn is_signed(&self) -> bool {
        true
    }

    fn seal(&self, list: &ListInput<'_>, signed: Option<&Signed>) -> Result<Value, StatusListError> {
        let signed = signed.ok_or(StatusListError::Resource("it is not signed"))?;
        if list.description.is_w3c() {
            return Ok(signed.seal()?);
        }
        let metadata = BitstringMetadata {
            length: list.description.length as usize,
            messages: &list.description.messages,
            status_reference: None,
        };
        bitstring_payload(&signed.seal()?, &list.list, &metadata)
    }

    /// Of a list in the W3C's form the token: it holds everything, and once.
    fn bytes(&self, sealed: &Value) -> Result<Vec<u8>, StatusListError> {
        match sealed.get("bitstringStatusListCredential") {
            Some(_) => serde_json::to_vec(sealed).map_err(|_| StatusListError::NotJson),
            None => vc::compact_of(sealed)
                .map(|token| token.as_bytes().to_vec())
                .ok_or(StatusListError::Resource("it is not signed")),
        }
    }

    fn read(&self, document: &Value) -> Option<Result<Published, StatusListError>> {
        let credential = document.get("bitstringStatusListCredential")?;
        let subject = credential.get("credentialSubject");
        let missing = StatusListError::Resource("credentialSubject is missing");
        Some(subject.ok_or(missing).and_then(|subject| ENVELOPE.read(document, subject)))
    }

    fn credential_type(&self) -> Option<&'static str> {
        Some("BitstringStatusListCredential")
    }

    fn entry(&self, place: &EntryInput<'_>, list: &ListDescription) -> Result<Value, StatusListError> {
        if list.is_w3c() {
            return w3c_entry(place, list);
        }
        bitstring_entry(place, list.status_size_bits, &list.messages)
    }

    fn entry_type(&self) -> Option<&'static str> {
        Some("BitstringStatusListEntry")
    }

    fn entry_context(&self) -> Option<&'static str> {
        Some(BITSTRING_STATUS_CONTEXT)
    }
}

/// The credential of a list exactly as W3C Bitstring Status List 1.0 has it (section 2.2); everything in it is signed. How many bits
/// an entry has stands in entries alone there; a list of more than one says it too.
fn w3c_credential(list: &ListInput<'_>) -> Result<Value, StatusListError> {
    let ListInput { description, list, issuance_date } = list;
    let address = description.address().ok_or(StatusListError::Address)?;
    let purposes: Vec<&str> = description.purposes.iter().map(|purpose| purpose.name()).collect();
    let mut subject = Map::new();
    subject.insert("id".to_owned(), Value::from(format!("{address}#list")));
    subject.insert("type".to_owned(), Value::from("BitstringStatusList"));
    let purpose = match purposes.as_slice() {
        [one] => Value::from(*one),
        several => json!(several),
    };
    subject.insert("statusPurpose".to_owned(), purpose);
    subject.insert("encodedList".to_owned(), Value::from(list.encode(Encoding::Multibase)));
    insert_some(&mut subject, "ttl", description.ttl_milliseconds.map(Value::from));
    if list.status_size() > 1 {
        check_messages(&description.messages, list.status_size())?;
        subject.insert("statusSize".to_owned(), Value::from(list.status_size()));
        subject.insert("statusMessage".to_owned(), json!(description.messages));
    }
    Ok(json!({
        "@context": [CREDENTIALS_V2],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": description.did.as_str(),
        "validFrom": iso_millis(*issuance_date),
        "credentialSubject": subject,
    }))
}

/// An entry of such a list (section 2.1): texts stand in it only where there is more than one bit.
fn w3c_entry(place: &EntryInput<'_>, list: &ListDescription) -> Result<Value, StatusListError> {
    let address = list.address().ok_or(StatusListError::Address)?;
    let mut entry = Map::new();
    entry.insert("id".to_owned(), Value::from(format!("{address}#{}", place.index)));
    entry.insert("type".to_owned(), Value::from("BitstringStatusListEntry"));
    entry.insert("statusPurpose".to_owned(), Value::from(place.purpose.name()));
    entry.insert("statusListIndex".to_owned(), Value::from(place.index.to_string()));
    entry.insert("statusListCredential".to_owned(), Value::from(address));
    if list.status_size_bits > 1 {
        entry.insert("statusSize".to_owned(), Value::from(list.status_size_bits));
        entry.insert("statusMessage".to_owned(), json!(list.messages));
    }
    Ok(Value::Object(entry))
}

/// A `BitstringStatusListEntry`. Size and messages are those of the list.
pub fn bitstring_entry(
    input: &EntryInput<'_>,
    status_size: u8,
    messages: &[StatusMessage],
) -> Result<Value, StatusListError> {
    let address = list_address(input, ListType::BitstringStatusList)?;
    Ok(json!({
        "id": format!("{address}#{}", input.index),
        "type": "BitstringStatusListEntry",
        "statusPurpose": input.purpose.name(),
        "statusListIndex": input.index.to_string(),
        "statusListCredential": address,
        "statusSize": status_size,
        "statusMessage": messages,
    }))
}

/// What the credential of a Bitstring list says besides its list.
#[derive(Debug, Clone)]
pub struct BitstringInput<'a> {
    /// Issuer DID.
    pub issuer_did: &'a str,
    /// Purposes, written as a list (cheqd's own check fails on a plain text).
    pub purposes: &'a [Purpose],
    /// How long a reader may keep the list, in milliseconds.
    pub ttl_milliseconds: Option<u64>,
    /// When it is issued.
    pub issuance_date: DateTime<Utc>,
    /// When it ends.
    pub expiration_date: Option<DateTime<Utc>>,
    /// The list it is for; its digest is signed.
    pub list: &'a StatusList,
}

/// The credential to sign for a Bitstring list, without `encodedList` but with its digest ([`list_digest`]). Sign it with
/// [`crate::vc::jwt_claims`], normalise it, and give the result to [`bitstring_payload`].
pub fn bitstring_credential(input: &BitstringInput<'_>) -> Value {
    let purposes: Vec<&str> = input.purposes.iter().map(|purpose| purpose.name()).collect();
    let mut subject = Map::new();
    subject.insert("type".to_owned(), Value::from("BitstringStatusList"));
    subject.insert("statusPurpose".to_owned(), json!(purposes));
    insert_some(&mut subject, "ttl", input.ttl_milliseconds.map(Value::from));
    let digest = list_digest(&input.list.encode(Encoding::Base64Url));
    subject.insert(DIGEST_MEMBER.to_owned(), Value::from(digest));
    let mut credential = Map::new();
    credential.insert("@context".to_owned(), json!([CREDENTIALS_V1]));
    credential.insert("type".to_owned(), json!(["VerifiableCredential", "BitstringStatusListCredential"]));
    credential.insert("issuer".to_owned(), json!({"id": input.issuer_did}));
    credential.insert("credentialSubject".to_owned(), Value::Object(subject));
    credential.insert("issuanceDate".to_owned(), Value::from(iso_millis(input.issuance_date)));
    insert_some(
        &mut credential,
        "expirationDate",
        input.expiration_date.map(|date| Value::from(iso_millis(date))),
    );
    Value::Object(credential)
}

/// Metadata of a Bitstring payload.
#[derive(Debug, Clone)]
pub struct BitstringMetadata<'a> {
    /// Entries asked for (the list may hold a few more, to fill its last byte).
    pub length: usize,
    /// One text per value; for more than one bit there must be exactly `2^statusSize`.
    pub messages: &'a [StatusMessage],
    /// A page about the list.
    pub status_reference: Option<&'a str>,
}

/// The payload of a `BitstringStatusListCredential` resource: the signed, normalised credential with the list spliced
/// in after `statusPurpose`, and its metadata.
pub fn bitstring_payload(
    signed_credential: &Value,
    list: &StatusList,
    metadata: &BitstringMetadata<'_>,
) -> Result<Value, StatusListError> {
    let size = list.status_size();
    check_messages(metadata.messages, size)?;
    let mut credential = signed_credential.clone();
    let subject = credential
        .get_mut("credentialSubject")
        .and_then(Value::as_object_mut)
        .ok_or(StatusListError::Resource("credentialSubject is missing"))?;
    let (ttl, digest) = (subject.shift_remove("ttl"), subject.shift_remove(DIGEST_MEMBER));
    subject.insert("encodedList".to_owned(), Value::from(list.encode(Encoding::Base64Url)));
    insert_some(subject, "ttl", ttl);
    insert_some(subject, DIGEST_MEMBER, digest);
    digest::judge(&Value::Object(subject.clone()))?;
    let mut about = Map::new();
    about.insert("encrypted".to_owned(), Value::Bool(false));
    about.insert("encoding".to_owned(), Value::from(Encoding::Base64Url.as_str()));
    about.insert("length".to_owned(), Value::from(metadata.length));
    about.insert("statusSize".to_owned(), Value::from(size));
    if !metadata.messages.is_empty() {
        about.insert("statusMessages".to_owned(), json!(metadata.messages));
    }
    insert_some(&mut about, "statusReference", metadata.status_reference.map(Value::from));
    Ok(json!({"bitstringStatusListCredential": credential, "metadata": about}))
}

/// The texts of a two-bit list when the issuer gives none.
pub fn default_messages() -> Vec<StatusMessage> {
    ["issued", "revoked", "suspended", "unknown"]
        .iter()
        .enumerate()
        .map(|(value, message)| StatusMessage {
            status: format!("0x{value:x}"),
            message: (*message).to_owned(),
        })
        .collect()
}

/// cheqd's rules for messages, in its words.
fn check_messages(messages: &[StatusMessage], size: u8) -> Result<(), StatusListError> {
    let expected = 1_usize << size;
    if messages.is_empty() {
        return if size == 1 {
            Ok(())
        } else {
            Err(StatusListError::Messages(format!(
                "statusMessages is required for {size}-bit status (expected {expected} messages)"
            )))
        };
    }
    if messages.len() != expected {
        return Err(StatusListError::Messages(format!(
            "statusMessages must have exactly {expected} entries for {size}-bit status"
        )));
    }
    if let Some(bad) = messages.iter().find(|message| !message.status.starts_with("0x")) {
        let shown: String = bad.status.chars().take(32).collect();
        return Err(StatusListError::Messages(format!(
            "Invalid status format {shown}. Must be hex prefixed with 0x"
        )));
    }
    (0..expected).map(|value| format!("0x{value:x}")).try_for_each(|wanted| {
        if messages.iter().any(|message| message.status == wanted) {
            Ok(())
        } else {
            Err(StatusListError::Messages(format!("Missing status message for value {wanted}")))
        }
    })
}
