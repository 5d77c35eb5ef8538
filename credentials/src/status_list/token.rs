//! The IETF Token Status List family (draft-ietf-oauth-status-list): a signed token that holds the list, as JWT or as CWT.
//! What refers to an entry is the claim `status` of another token; `credentialStatus` knows nothing of it.

mod cwt;

use cwt::cwt_to_sign;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::status_list::ListDescription;
use serde_json::{Map, Value, json};

use super::published::{Envelope, Proof};
use super::{
    BitOrder, Encoding, EntryInput, ListFormat, ListInput, ListType, Published, Purpose, SERVED_AT,
    StatusList, StatusListError, StatusMessage,
};
use crate::format::{Draft, Signed, SigningKey};
use crate::json::insert_some;
use crate::jwt::{self, Jws};

/// `typ` of a token that is a list.
const TYP: &str = "statuslist+jwt";
/// Media type of such a token.
pub const STATUS_LIST_JWT: &str = "application/statuslist+jwt";
/// Media type of a list in CBOR.
pub const STATUS_LIST_CWT: &str = "application/statuslist+cwt";
/// The type of the resource that holds one, as cheqd's documentation wants it.
const RESOURCE_TYPE: &str = "TokenStatusList";

/// A token as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A compact JWS.
    Jwt(String),
    /// A `COSE_Sign1` with its tag.
    Cwt(Vec<u8>),
}

impl Token {
    /// The token that these bytes are, judged by how they begin.
    pub fn of(data: &[u8]) -> Option<Self> {
        if cwt::begins(data) {
            return Some(Self::Cwt(data.to_vec()));
        }
        let text = std::str::from_utf8(data).ok()?.trim();
        // `{"` in base64url; JSON begins with a bracket.
        (text.starts_with("ey") && text.split('.').count() == 3).then(|| Self::Jwt(text.to_owned()))
    }

    /// Its media type.
    pub const fn media_type(&self) -> &'static str {
        match self {
            Self::Jwt(_) => STATUS_LIST_JWT,
            Self::Cwt(_) => STATUS_LIST_CWT,
        }
    }
}

/// What a token says of its list besides the list.
#[derive(Debug, Clone)]
pub struct TokenInput<'a> {
    /// The address in the tokens that refer to it.
    pub subject: &'a str,
    /// When it is issued.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// How long a reader may keep it, in seconds.
    pub ttl_seconds: Option<u64>,
    /// Where the lists of its issuer are named.
    pub aggregation: Option<String>,
    /// The list.
    pub list: &'a StatusList,
}

/// The claims of a list as JWT (section 5.1).
pub fn token_claims(input: &TokenInput<'_>) -> Value {
    let mut list = Map::new();
    list.insert("bits".to_owned(), Value::from(input.list.status_size()));
    list.insert("lst".to_owned(), Value::from(input.list.encode(Encoding::Zlib)));
    insert_some(&mut list, "aggregation_uri", input.aggregation.as_deref().map(Value::from));
    let mut claims = Map::new();
    insert_some(&mut claims, "exp", input.expires_at.map(|at| Value::from(at.timestamp())));
    claims.insert("iat".to_owned(), Value::from(input.issued_at.timestamp()));
    claims.insert("status_list".to_owned(), Value::Object(list));
    claims.insert("sub".to_owned(), Value::from(input.subject));
    insert_some(&mut claims, "ttl", input.ttl_seconds.map(Value::from));
    Value::Object(claims)
}

/// A list as its issuer's key is to sign it, as JWT.
pub fn jwt_draft(input: &TokenInput<'_>, by: &SigningKey<'_>) -> Draft {
    let header = json!({"alg": by.algorithm.as_str(), "kid": by.verification_method, "typ": TYP});
    Draft::compact(&header, &token_claims(input))
}

/// The same as CWT.
pub fn cwt_draft(input: &TokenInput<'_>, by: &SigningKey<'_>) -> Draft {
    let header = json!({"alg": by.algorithm.as_str(), "kid": by.verification_method, "typ": STATUS_LIST_CWT});
    let told = json!({"header": header, "claims": token_claims(input)});
    Draft::cose(cwt_to_sign(input, by.algorithm, by.verification_method), told)
}

/// Reads a token: its claims, with the names that they have in a JWT. Checks no signature.
pub(super) fn read(token: Token) -> Result<Published, StatusListError> {
    let claims = match &token {
        Token::Jwt(compact) => Value::Object(jws_of(compact)?.claims),
        Token::Cwt(bytes) => cwt::claims(bytes)?,
    };
    let invalid = StatusListError::Resource;
    let text = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str);
    if text("/status_list/lst").is_none_or(str::is_empty) {
        return Err(invalid("STATUS_LIST_MISSING_ENCODED"));
    }
    if text("/sub").is_none_or(str::is_empty) {
        return Err(invalid("sub is missing"));
    }
    let whole = |name: &str| claims.get(name).map(|value| value.as_f64().filter(|value| value.is_finite()));
    if whole("iat").flatten().is_none() || whole("exp") == Some(None) {
        return Err(invalid("iat and exp must be times, and there must be an iat"));
    }
    // A positive number (section 5.1).
    if whole("ttl").is_some_and(|ttl| ttl.is_none_or(|ttl| ttl <= 0.0)) {
        return Err(invalid("ttl must be a positive number"));
    }
    let status_size = match claims.pointer("/status_list/bits").and_then(Value::as_u64) {
        Some(size @ (1 | 2 | 4 | 8)) => u8::try_from(size).map_err(|_| StatusListError::StatusSize)?,
        _ => return Err(StatusListError::StatusSize),
    };
    Ok(Published::of_token(token, claims, ENVELOPE, status_size))
}

fn jws_of(compact: &str) -> Result<Jws, StatusListError> {
    let jws = jwt::parse(compact).map_err(|_| StatusListError::Resource("it is no status list token"))?;
    let typ = jws.header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if typ.strip_prefix("application/").unwrap_or(&typ) != TYP {
        return Err(StatusListError::Resource("the token's typ is not statuslist+jwt"));
    }
    Ok(jws)
}

/// The signature of a token, to be judged against the keys of a DID document.
pub(super) fn signed(token: &Token) -> Result<Jws, StatusListError> {
    match token {
        Token::Jwt(compact) => jws_of(compact),
        Token::Cwt(bytes) => cwt::signed(bytes),
    }
}

const ENVELOPE: Envelope = Envelope {
    list_type: ListType::TokenStatusList,
    content: "",
    list: "/status_list/lst",
    size: Some("/status_list/bits"),
    default_size: 1,
    proof: Proof::Token,
};

pub(super) struct TokenStatusList;

impl ListFormat for TokenStatusList {
    fn resource_type(&self, purpose: Purpose) -> Result<&'static str, StatusListError> {
        match purpose {
            Purpose::Revocation | Purpose::Suspension | Purpose::Message => Ok(RESOURCE_TYPE),
            Purpose::Refresh => Err(StatusListError::UnsupportedPurpose(purpose.to_string())),
        }
    }

    fn layout(&self, bits: Option<u8>, messages: &[StatusMessage]) -> (u8, Vec<StatusMessage>) {
        (bits.unwrap_or(2), messages.to_vec())
    }

    fn draft(&self, list: &ListInput<'_>, by: &SigningKey<'_>) -> Result<Option<Draft>, StatusListError> {
        let input = input(list)?;
        Ok(Some(if is_cwt(list.description) { cwt_draft(&input, by) } else { jwt_draft(&input, by) }))
    }

    fn is_signed(&self) -> bool {
        true
    }

    fn bit_order(&self, _: &ListDescription) -> BitOrder {
        BitOrder::FromTheLowEnd
    }

    fn seal(&self, _: &ListInput<'_>, signed: Option<&Signed>) -> Result<Value, StatusListError> {
        let signed = signed.ok_or(StatusListError::Resource("it is not signed"))?;
        Ok(signed.seal()?)
    }

    fn bytes(&self, sealed: &Value) -> Result<Vec<u8>, StatusListError> {
        let no_token = StatusListError::Resource("it is no status list token");
        let token = sealed.as_str().ok_or(no_token.clone())?;
        // Of the two forms only the compact JWS has dots.
        if token.contains('.') {
            return Ok(token.as_bytes().to_vec());
        }
        URL_SAFE_NO_PAD.decode(token).map_err(|_| no_token)
    }

    fn read(&self, _: &Value) -> Option<Result<Published, StatusListError>> {
        None
    }

    fn credential_type(&self) -> Option<&'static str> {
        None
    }

    fn entry(&self, place: &EntryInput<'_>, list: &ListDescription) -> Result<Value, StatusListError> {
        let address = list.address().ok_or(StatusListError::Address)?;
        Ok(json!({"status_list": {"idx": place.index, "uri": address}}))
    }

    fn entry_member(&self) -> &'static str {
        "status"
    }

    fn entry_type(&self) -> Option<&'static str> {
        None
    }

    fn entry_context(&self) -> Option<&'static str> {
        None
    }
}

fn is_cwt(list: &ListDescription) -> bool {
    list.encoding.as_deref() == Some("cwt")
}

fn input<'a>(list: &'a ListInput<'_>) -> Result<TokenInput<'a>, StatusListError> {
    let subject = list.description.address().ok_or(StatusListError::Address)?;
    // Where its list is served, an issuer's lists are named too (section 9).
    let aggregation = subject.split_once(SERVED_AT).map(|(base, _)| {
        let path = SERVED_AT.trim_end_matches('/');
        format!("{base}{path}?issuer={}", list.description.did)
    });
    Ok(TokenInput {
        subject,
        issued_at: list.issuance_date,
        expires_at: None,
        // Shorter than a second is a second: a token may not say 0.
        ttl_seconds: list.description.ttl_milliseconds.map(|ttl| ttl.div_ceil(1000).max(1)),
        aggregation,
        list: &list.list,
    })
}
