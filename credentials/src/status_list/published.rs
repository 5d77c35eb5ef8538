//! The JSON of a status list as it is published: cheqd's two ledger payloads, and bare W3C credentials (reading only).

use domain::json::Refused;
use serde_json::Value;

use super::{
    BitOrder, Encoding, ListProof, ListType, Purpose, StatusList, StatusListError, StatusMessage, digest,
    format, purpose,
};
use crate::json::{list, text, texts};
use crate::vc::{issuer_id, types};

/// What makes a signature on a list say something of its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// There is none.
    None,
    /// It covers the credential without its list, but with the digest of it.
    Digest,
    /// It covers everything.
    Whole,
}

/// Where a document has what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) list_type: ListType,
    /// What is issued and ends.
    pub(super) content: &'static str,
    /// The text of the list.
    pub(super) list: &'static str,
    /// The number of bits per entry, if it is written down.
    pub(super) size: Option<&'static str>,
    pub(super) default_size: u8,
    pub(super) proof: Proof,
}

impl Envelope {
    /// A status list credential on its own, as the W3C has it.
    const fn bare(list_type: ListType) -> Self {
        Self {
            list_type,
            content: "",
            list: "/credentialSubject/encodedList",
            size: Some("/credentialSubject/statusSize"),
            default_size: 1,
            proof: Proof::Whole,
        }
    }

    const fn is_bare(&self) -> bool {
        self.content.is_empty()
    }

    /// Reads a document whose list is described by `subject`.
    pub(super) fn read(self, document: &Value, subject: &Value) -> Result<Published, StatusListError> {
        let invalid = StatusListError::Resource;
        if text(subject, "encodedList").is_none_or(str::is_empty) {
            return Err(invalid("STATUS_LIST_MISSING_ENCODED"));
        }
        let purposes: Vec<Purpose> =
            texts(subject.get("statusPurpose")).into_iter().map(purpose).collect::<Result<_, _>>()?;
        if purposes.is_empty() {
            return Err(invalid("statusPurpose is missing"));
        }
        let metadata = document.get("metadata").filter(|_| !self.is_bare());
        if !self.is_bare() && metadata.is_none() {
            return Err(invalid("metadata is missing"));
        }
        let encoding = match metadata.map(|metadata| text(metadata, "encoding")) {
            None => Encoding::Multibase,
            Some(Some("base64url")) => Encoding::Base64Url,
            Some(Some("hex")) => Encoding::Hex,
            Some(Some("base64")) => Encoding::Base64,
            Some(_) => return Err(invalid("metadata.encoding is unknown")),
        };
        let size = self.size.and_then(|pointer| document.pointer(pointer));
        let status_size = read_size(size, self.default_size)?;
        let encrypted = metadata.is_some_and(|metadata| {
            metadata.get("encrypted") == Some(&Value::Bool(true))
                || metadata.get("encryptedSymmetricKey").is_some()
        });
        let document = document.clone();
        Ok(Published { document, envelope: self, purposes, encoding, status_size, encrypted })
    }
}

/// A published status list that has been read. The list inside may be encrypted.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    document: Value,
    envelope: Envelope,
    purposes: Vec<Purpose>,
    encoding: Encoding,
    status_size: u8,
    encrypted: bool,
}

impl Published {
    /// Reads a resource of the ledger, which anybody may have written.
    pub fn read(data: &[u8]) -> Result<Self, StatusListError> {
        let document = domain::json::read(data).map_err(|why| match why {
            Refused::Malformed(_) => StatusListError::NotJson,
            limit => StatusListError::Unread(limit),
        })?;
        Self::parse(&document)
    }

    /// Reads a resource payload or a bare status list credential. Checks shape only: neither signature nor validity.
    pub fn parse(document: &Value) -> Result<Self, StatusListError> {
        // What is in the envelopes of two families counts as the older.
        let mut families = ListType::ALL.into_iter().rev();
        if let Some(read) = families.find_map(|family| format(family).read(document)) {
            return read;
        }
        let none = StatusListError::Resource("it is no status list");
        let Some(subject) = document.get("credentialSubject") else { return Err(none) };
        let kinds = types(document);
        let family = |family: &ListType| kinds.contains(&format(*family).credential_type());
        let list_type = ListType::ALL.into_iter().find(family).ok_or(none)?;
        Envelope::bare(list_type).read(document, subject)
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
        if self.list_proof()? == ListProof::Covered && self.envelope.proof == Proof::Digest {
            return Err(StatusListError::Digest);
        }
        let mut document = self.document.clone();
        match document.pointer_mut(self.envelope.list) {
            Some(encoded) => *encoded = Value::from(list.encode(self.encoding)),
            None => return Err(StatusListError::Resource("STATUS_LIST_MISSING_ENCODED")),
        }
        Ok(document)
    }

    /// The text of the list as published.
    pub fn encoded_list(&self) -> &str {
        self.document.pointer(self.envelope.list).and_then(Value::as_str).unwrap_or_default()
    }

    /// The bit order inside an entry: cheqd's in cheqd's envelopes, the W3C's in a bare credential.
    pub const fn bit_order(&self) -> BitOrder {
        if self.envelope.is_bare() { BitOrder::MostSignificantFirst } else { BitOrder::LeastSignificantFirst }
    }

    /// Which family.
    pub const fn list_type(&self) -> ListType {
        self.envelope.list_type
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
        let pointer = if self.envelope.is_bare() {
            "/credentialSubject/statusMessage"
        } else {
            "/metadata/statusMessages"
        };
        list(self.document.pointer(pointer))
            .into_iter()
            .filter_map(|item| serde_json::from_value(item.clone()).ok())
            .collect()
    }

    /// The issuer of the list's credential; a StatusList2021 payload of cheqd has none.
    pub fn issuer(&self) -> Option<&str> {
        match self.envelope.proof {
            Proof::None => None,
            Proof::Digest | Proof::Whole => self.content().and_then(issuer_id),
        }
    }

    /// What is issued and ends.
    fn content(&self) -> Option<&Value> {
        self.document.pointer(self.envelope.content)
    }

    /// The credential whose proof is to be verified: without `encodedList` for cheqd (its proof covers at most the list's
    /// digest, see [`Published::list_proof`], so the resource must come from the issuer's own collection on the ledger), as
    /// it is for W3C. A StatusList2021 payload of cheqd has no proof.
    pub fn signed_credential(&self) -> Option<Value> {
        match self.envelope.proof {
            Proof::None => None,
            Proof::Whole => Some(self.document.clone()),
            Proof::Digest => {
                let mut credential = self.content()?.clone();
                credential.get_mut("credentialSubject")?.as_object_mut()?.shift_remove("encodedList");
                Some(credential)
            }
        }
    }

    /// What a proof of [`Published::signed_credential`] that verifies says about the bits. An error when they are not those
    /// that were signed.
    pub fn list_proof(&self) -> Result<ListProof, StatusListError> {
        match self.envelope.proof {
            Proof::None => Ok(ListProof::Ledger),
            Proof::Whole => Ok(ListProof::Covered),
            Proof::Digest => {
                let subject = self.content().and_then(|content| content.get("credentialSubject"));
                subject.map_or(Ok(ListProof::Ledger), digest::judge)
            }
        }
    }

    /// When the list stops being usable, as written (`validUntil` or `expirationDate`).
    pub fn valid_until(&self) -> Option<&str> {
        self.content().and_then(|credential| {
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
