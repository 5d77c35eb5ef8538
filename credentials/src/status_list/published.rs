//! A status list as it is published: cheqd's two ledger payloads, bare W3C credentials, and tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::json::Refused;
use serde_json::{Value, json};

use super::token::{self, Token};
use super::{
    BitOrder, Encoding, ListProof, ListType, Purpose, StatusList, StatusListError, StatusMessage, digest,
    format, purpose,
};
use crate::json::{list, text, texts};
use crate::jwt;
use crate::vc::{self, issuer_id, types};
use crate::verify::{self, CLOCK_SKEW_SECONDS, Options};

/// What makes a signature on a list say something of its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// There is none.
    None,
    /// It covers the credential without its list, but with the digest of it.
    Digest,
    /// It covers everything.
    Whole,
    /// The document is the payload of a signed token.
    Token,
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
        Ok(Published { document, envelope: self, purposes, encoding, status_size, encrypted, token: None })
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
    /// The token, where the document is its payload.
    token: Option<Token>,
}

impl Published {
    /// Reads a resource of the ledger, which anybody may have written.
    pub fn read(data: &[u8]) -> Result<Self, StatusListError> {
        match Token::of(data) {
            Some(Token::Jwt(compact)) if is_credential(&compact) => {
                return Self::parse(&vc::normalise(&compact)?);
            }
            Some(token) => return token::read(token),
            None => {}
        }
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
        let family =
            |family: &ListType| format(*family).credential_type().is_some_and(|kind| kinds.contains(&kind));
        let list_type = ListType::ALL.into_iter().find(family).ok_or(none)?;
        Envelope::bare(list_type).read(document, subject)
    }

    /// The payload of a token. Its list may say everything that its values mean in the draft's registry.
    pub(super) fn of_token(token: Token, claims: Value, envelope: Envelope, status_size: u8) -> Self {
        Self {
            document: claims,
            envelope,
            purposes: envelope.list_type.rules().purposes.to_vec(),
            encoding: Encoding::Zlib,
            status_size,
            encrypted: false,
            token: Some(token),
        }
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

    /// The bit order inside an entry: cheqd's in cheqd's envelopes, the W3C's in a bare credential, the IETF's in a token.
    pub const fn bit_order(&self) -> BitOrder {
        match self.envelope.proof {
            Proof::Token => BitOrder::FromTheLowEnd,
            _ if self.envelope.is_bare() => BitOrder::MostSignificantFirst,
            _ => BitOrder::LeastSignificantFirst,
        }
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
            Proof::None | Proof::Token => None,
            Proof::Digest | Proof::Whole => self.content().and_then(issuer_id),
        }
    }

    /// What is issued and ends.
    fn content(&self) -> Option<&Value> {
        self.document.pointer(self.envelope.content)
    }

    /// The credential whose proof is to be verified: without `encodedList` for cheqd (its proof covers at most the list's
    /// digest, see [`Published::list_proof`], so the resource must come from the issuer's own collection on the ledger), as
    /// it is for W3C. A StatusList2021 payload of cheqd has no proof, and a token is no credential.
    pub fn signed_credential(&self) -> Option<Value> {
        match self.envelope.proof {
            Proof::None | Proof::Token => None,
            Proof::Whole => Some(self.document.clone()),
            Proof::Digest => {
                let mut credential = self.content()?.clone();
                credential.get_mut("credentialSubject")?.as_object_mut()?.shift_remove("encodedList");
                Some(credential)
            }
        }
    }

    /// Whether anything of it is signed.
    pub const fn has_proof(&self) -> bool {
        !matches!(self.envelope.proof, Proof::None)
    }

    /// Why the proof does not show that this is the list of `issuer`, at an instant in unix seconds; `None` if it does. Says
    /// nothing of the list's end ([`Published::ends`]). Where there is no proof, there is nothing that could fail.
    pub fn proof_failure(&self, issuer: &str, issuer_document: &Value, at: i64) -> Option<String> {
        if let Some(token) = &self.token {
            return self.token_failure(token, issuer, issuer_document, at);
        }
        let credential = self.signed_credential()?;
        let verdict = verify::verify(&credential, issuer_document, &Options { at, ..Options::default() });
        if verdict.verified {
            // Only now is the digest in it what was signed.
            return self.list_proof().err().map(|error| error.to_string());
        }
        let failure = verdict.first_failure().map(|failure| failure.message.clone());
        Some(failure.unwrap_or_else(|| "the proof of the list does not verify".to_owned()))
    }

    fn token_failure(&self, token: &Token, issuer: &str, issuer_document: &Value, at: i64) -> Option<String> {
        let is_anothers = text(&self.document, "iss").is_some_and(|iss| !verify::same_did(iss, issuer));
        if is_anothers {
            return Some("invalid_jwt: the status list token names another issuer".to_owned());
        }
        let issued_at = self.document.get("iat").and_then(Value::as_f64).unwrap_or(f64::MAX);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a calendar are exact in 53 bits")]
        let latest = at.saturating_add(CLOCK_SKEW_SECONDS) as f64;
        if issued_at > latest {
            return Some("invalid_jwt: the status list token is of the future".to_owned());
        }
        let jws = match token::signed(token) {
            Ok(jws) => jws,
            Err(error) => return Some(error.to_string()),
        };
        verify::signature_failure(&jws, issuer, issuer_document).map(|failure| failure.message)
    }

    /// Whether it is a signed credential as the W3C has it, without an envelope of cheqd's.
    pub fn is_w3c(&self) -> bool {
        self.envelope.proof == Proof::Whole && vc::compact_of(&self.document).is_some()
    }

    /// The token itself, where the list is one.
    pub const fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// The address that a token says of itself: who refers to its entries must refer to it by this one.
    pub fn subject(&self) -> Option<&str> {
        self.token.as_ref().and_then(|_| text(&self.document, "sub"))
    }

    /// What a proof of [`Published::signed_credential`] that verifies says about the bits. An error when they are not those
    /// that were signed.
    pub fn list_proof(&self) -> Result<ListProof, StatusListError> {
        match self.envelope.proof {
            Proof::None => Ok(ListProof::Ledger),
            Proof::Whole | Proof::Token => Ok(ListProof::Covered),
            Proof::Digest => {
                let subject = self.content().and_then(|content| content.get("credentialSubject"));
                subject.map_or(Ok(ListProof::Ledger), digest::judge)
            }
        }
    }

    /// When the list stops being usable, as written (`exp`, `validUntil` or `expirationDate`); an error if that is no time.
    pub fn ends(&self) -> Result<Option<DateTime<Utc>>, StatusListError> {
        let unreadable = StatusListError::Resource("the end of its validity is not a time");
        if self.token.is_some() {
            let Some(end) = self.document.get("exp").and_then(Value::as_f64) else { return Ok(None) };
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and then it is no time")]
            let end = DateTime::from_timestamp(end as i64, 0);
            return end.map(Some).ok_or(unreadable);
        }
        let credential = self.content();
        let end = credential.and_then(|it| text(it, "validUntil").or_else(|| text(it, "expirationDate")));
        let Some(end) = end else { return Ok(None) };
        DateTime::parse_from_rfc3339(end).map(|end| Some(end.to_utc())).map_err(|_| unreadable)
    }

    /// How long a reader may keep it, in milliseconds, if it says so.
    pub fn ttl_milliseconds(&self) -> Option<u64> {
        if self.token.is_some() {
            return self.document.get("ttl").and_then(Value::as_u64).map(|ttl| ttl.saturating_mul(1000));
        }
        self.content()?.get("credentialSubject")?.get("ttl")?.as_u64()
    }

    /// As it is shown in JSON: a token with what it says beside it, anything else as it is.
    pub fn shown(&self) -> Value {
        match &self.token {
            None => self.document.clone(),
            Some(token) => {
                let text = match token {
                    Token::Jwt(compact) => compact.clone(),
                    Token::Cwt(bytes) => URL_SAFE_NO_PAD.encode(bytes),
                };
                json!({"mediaType": token.media_type(), "token": text, "claims": self.document})
            }
        }
    }

    /// The whole document.
    pub const fn document(&self) -> &Value {
        &self.document
    }
}

/// Whether a token is a credential: a list as the W3C has it.
fn is_credential(compact: &str) -> bool {
    let header = jwt::cut(compact).and_then(|token| token.header);
    let typ = header.ok().and_then(|header| header.get("typ").and_then(Value::as_str).map(str::to_owned));
    typ.is_some_and(|typ| typ.trim_start_matches("application/").eq_ignore_ascii_case("vc+jwt"))
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
