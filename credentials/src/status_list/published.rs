//! The JSON of a status list as it is published: cheqd's two ledger payloads, and bare W3C credentials (reading only).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    BitOrder, Encoding, ListProof, ListType, Purpose, StatusList, StatusListError, StatusMessage,
    digest::{self, DIGEST_MEMBER, list_digest},
    purpose,
};
use crate::json::{insert_some, list, text, texts};
use crate::vc::{CREDENTIALS_V1, iso_millis, issuer_id, types};

/// `statusSize` of a cheqd Bitstring list whose metadata has none.
const CHEQD_DEFAULT_STATUS_SIZE: u8 = 2;

/// Where the list stands in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Envelope {
    /// `{"StatusList2021": …, "metadata": …}`.
    Cheqd2021,
    /// `{"bitstringStatusListCredential": …, "metadata": …}`.
    CheqdBitstring,
    /// A status list credential on its own.
    W3c,
}

impl Envelope {
    const fn encoded_list_pointer(self) -> &'static str {
        match self {
            Self::Cheqd2021 => "/StatusList2021/encodedList",
            Self::CheqdBitstring => "/bitstringStatusListCredential/credentialSubject/encodedList",
            Self::W3c => "/credentialSubject/encodedList",
        }
    }
}

/// A published status list that has been read. The list inside may be encrypted.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    document: Value,
    envelope: Envelope,
    list_type: ListType,
    purposes: Vec<Purpose>,
    encoding: Encoding,
    status_size: u8,
    encrypted: bool,
}

impl Published {
    /// Reads a resource payload or a bare status list credential. Checks shape only: neither signature nor validity.
    pub fn parse(document: &Value) -> Result<Self, StatusListError> {
        let invalid = StatusListError::Resource;
        let (envelope, list_type, subject) = if let Some(content) = document.get("StatusList2021") {
            (Envelope::Cheqd2021, ListType::StatusList2021, content)
        } else if let Some(credential) = document.get("bitstringStatusListCredential") {
            let subject =
                credential.get("credentialSubject").ok_or(invalid("credentialSubject is missing"))?;
            (Envelope::CheqdBitstring, ListType::BitstringStatusList, subject)
        } else {
            let subject = document.get("credentialSubject").ok_or(invalid("it is no status list"))?;
            let kinds = types(document);
            let list_type = if kinds.contains(&"BitstringStatusListCredential") {
                ListType::BitstringStatusList
            } else if kinds.contains(&"StatusList2021Credential") {
                ListType::StatusList2021
            } else {
                return Err(invalid("it is no status list"));
            };
            (Envelope::W3c, list_type, subject)
        };
        if text(subject, "encodedList").is_none_or(str::is_empty) {
            return Err(invalid("STATUS_LIST_MISSING_ENCODED"));
        }
        let purposes: Vec<Purpose> =
            texts(subject.get("statusPurpose")).into_iter().map(purpose).collect::<Result<_, _>>()?;
        if purposes.is_empty() {
            return Err(invalid("statusPurpose is missing"));
        }
        let metadata = document.get("metadata").filter(|_| envelope != Envelope::W3c);
        if envelope != Envelope::W3c && metadata.is_none() {
            return Err(invalid("metadata is missing"));
        }
        let encoding = match metadata.map(|metadata| text(metadata, "encoding")) {
            None => Encoding::Multibase,
            Some(Some("base64url")) => Encoding::Base64Url,
            Some(Some("hex")) => Encoding::Hex,
            Some(Some("base64")) => Encoding::Base64,
            Some(_) => return Err(invalid("metadata.encoding is unknown")),
        };
        let size_member = match envelope {
            Envelope::Cheqd2021 => None,
            Envelope::CheqdBitstring => metadata.and_then(|metadata| metadata.get("statusSize")),
            Envelope::W3c => subject.get("statusSize"),
        };
        let default_size = if envelope == Envelope::CheqdBitstring { CHEQD_DEFAULT_STATUS_SIZE } else { 1 };
        let status_size = read_size(size_member, default_size)?;
        let encrypted = metadata.is_some_and(|metadata| {
            metadata.get("encrypted") == Some(&Value::Bool(true))
                || metadata.get("encryptedSymmetricKey").is_some()
        });
        Ok(Self {
            document: document.clone(),
            envelope,
            list_type,
            purposes,
            encoding,
            status_size,
            encrypted,
        })
    }

    /// The decoded list; an error when it is encrypted.
    pub fn list(&self) -> Result<StatusList, StatusListError> {
        if self.encrypted {
            return Err(StatusListError::Encrypted);
        }
        StatusList::decode(self.encoded_list(), self.encoding, self.status_size, self.bit_order())
    }

    /// Reads another encoded list (a decrypted one) with this list's settings.
    pub fn list_from_gzip_text(
        &self,
        encoded: &str,
        encoding: Encoding,
    ) -> Result<StatusList, StatusListError> {
        StatusList::decode(encoded, encoding, self.status_size, self.bit_order())
    }

    /// The same document with another list: what cheqd Studio publishes to update one. Everything else stays, the proof
    /// included, because cheqd's proof covers the credential without its list. Refused for an encrypted list (its text is
    /// no plain list), and where the proof does cover the list.
    pub fn with_list(&self, list: &StatusList) -> Result<Value, StatusListError> {
        if self.encrypted {
            return Err(StatusListError::Encrypted);
        }
        if self.list_proof()? == ListProof::Covered && self.envelope == Envelope::CheqdBitstring {
            return Err(StatusListError::Digest);
        }
        let mut document = self.document.clone();
        match document.pointer_mut(self.envelope.encoded_list_pointer()) {
            Some(encoded) => *encoded = Value::from(list.encode(self.encoding)),
            None => return Err(StatusListError::Resource("STATUS_LIST_MISSING_ENCODED")),
        }
        Ok(document)
    }

    /// The text of the list as published.
    pub fn encoded_list(&self) -> &str {
        self.document
            .pointer(self.envelope.encoded_list_pointer())
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The bit order inside an entry: cheqd's in cheqd's envelopes, the W3C's in a bare credential.
    pub const fn bit_order(&self) -> BitOrder {
        match self.envelope {
            Envelope::W3c => BitOrder::MostSignificantFirst,
            _ => BitOrder::LeastSignificantFirst,
        }
    }

    /// Which family.
    pub const fn list_type(&self) -> ListType {
        self.list_type
    }

    /// The purposes the list declares.
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// Bits per entry.
    pub const fn status_size(&self) -> u8 {
        self.status_size
    }

    /// Text form of the list.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether the list needs a key.
    pub const fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// The texts of the values, when the list has some.
    pub fn messages(&self) -> Vec<StatusMessage> {
        let found = match self.envelope {
            Envelope::W3c => self.document.pointer("/credentialSubject/statusMessage"),
            _ => self.document.pointer("/metadata/statusMessages"),
        };
        list(found).into_iter().filter_map(|item| serde_json::from_value(item.clone()).ok()).collect()
    }

    /// The issuer of the list's credential; a StatusList2021 payload of cheqd has none.
    pub fn issuer(&self) -> Option<&str> {
        match self.envelope {
            Envelope::Cheqd2021 => None,
            Envelope::CheqdBitstring => {
                self.document.get("bitstringStatusListCredential").and_then(issuer_id)
            }
            Envelope::W3c => issuer_id(&self.document),
        }
    }

    /// The credential whose proof is to be verified: without `encodedList` for cheqd (its proof covers at most the list's
    /// digest, see [`Published::list_proof`], so the resource must come from the issuer's own collection on the ledger), as
    /// it is for W3C. A StatusList2021 payload of cheqd has no proof.
    pub fn signed_credential(&self) -> Option<Value> {
        match self.envelope {
            Envelope::Cheqd2021 => None,
            Envelope::W3c => Some(self.document.clone()),
            Envelope::CheqdBitstring => {
                let mut credential = self.document.get("bitstringStatusListCredential")?.clone();
                credential.get_mut("credentialSubject")?.as_object_mut()?.shift_remove("encodedList");
                Some(credential)
            }
        }
    }

    /// What a proof of [`Published::signed_credential`] that verifies says about the bits. An error when they are not those
    /// that were signed.
    pub fn list_proof(&self) -> Result<ListProof, StatusListError> {
        match self.envelope {
            Envelope::Cheqd2021 => Ok(ListProof::Ledger),
            Envelope::W3c => Ok(ListProof::Covered),
            Envelope::CheqdBitstring => {
                let subject = self.document.pointer("/bitstringStatusListCredential/credentialSubject");
                subject.map_or(Ok(ListProof::Ledger), digest::judge)
            }
        }
    }

    /// When the list stops being usable, as written (`validUntil` or `expirationDate`).
    pub fn valid_until(&self) -> Option<&str> {
        let credential = match self.envelope {
            Envelope::Cheqd2021 => self.document.get("StatusList2021"),
            Envelope::CheqdBitstring => self.document.get("bitstringStatusListCredential"),
            Envelope::W3c => Some(&self.document),
        };
        credential.and_then(|credential| {
            text(credential, "validUntil").or_else(|| text(credential, "expirationDate"))
        })
    }

    /// The whole document.
    pub const fn document(&self) -> &Value {
        &self.document
    }
}

fn read_size(member: Option<&Value>, default: u8) -> Result<u8, StatusListError> {
    match member {
        None | Some(Value::Null) => Ok(default),
        Some(value) => match value.as_u64() {
            Some(size @ (1 | 2 | 4 | 8)) => u8::try_from(size).map_err(|_| StatusListError::StatusSize),
            _ => Err(StatusListError::StatusSize),
        },
    }
}

/// The payload of a `StatusList2021Revocation` or `StatusList2021Suspension` resource. Other purposes are refused.
pub fn status_list_2021_payload(
    purpose: Purpose,
    list: &StatusList,
    encoding: Encoding,
    valid_from: DateTime<Utc>,
    valid_until: Option<DateTime<Utc>>,
) -> Result<Value, StatusListError> {
    let resource_type = resource_type(ListType::StatusList2021, purpose)?;
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

/// The type of the resource that holds a list of this family.
pub fn resource_type(list_type: ListType, purpose: Purpose) -> Result<&'static str, StatusListError> {
    match (list_type, purpose) {
        (ListType::BitstringStatusList, _) => Ok("BitstringStatusListCredential"),
        (ListType::StatusList2021, Purpose::Revocation) => Ok("StatusList2021Revocation"),
        (ListType::StatusList2021, Purpose::Suspension) => Ok("StatusList2021Suspension"),
        (ListType::StatusList2021, other) => Err(StatusListError::UnsupportedPurpose(other.to_string())),
    }
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
