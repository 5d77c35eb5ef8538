//! Parameters: by name, by position, or from a URL.

use super::RpcError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Entries of a page when nothing else is asked for.
pub const DEFAULT_PAGE_SIZE: usize = 30;
/// Most entries of a page.
pub const MAX_PAGE_SIZE: usize = 100;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Number of the page, from 1; the first when absent.
    pub number: Option<i64>,
    /// Entries of a page, at most [`MAX_PAGE_SIZE`]; [`DEFAULT_PAGE_SIZE`] when absent, zero or negative.
    pub size: Option<i64>,
}

impl Page {
    /// The entries of this page. An empty list has one empty page.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn of<T>(self, all: Vec<T>) -> Result<Vec<T>, RpcError> {
        let size = match usize::try_from(self.size.unwrap_or(0)) {
            Ok(0) | Err(_) => DEFAULT_PAGE_SIZE,
            Ok(size) => size.min(MAX_PAGE_SIZE),
        };
        let pages = all.len().div_ceil(size).max(1);
        let number = self.number.unwrap_or(1);
        let known = usize::try_from(number).ok().filter(|n| (1..=pages).contains(n));
        let index = known.ok_or_else(|| {
            RpcError::internal(format!("page should be within [1, {pages}] range, given {number}"))
        })?;
        Ok(all.into_iter().skip((index - 1) * size).take(size).collect())
    }
}

/// Parameters of a call.
#[derive(Debug, Clone)]
pub enum Params {
    /// By name.
    Named(Map<String, Value>),
    /// By position.
    Listed(Vec<Value>),
    /// From a URL: name and raw text. Texts and bytes are quoted or hex with `0x`.
    Url(Vec<(String, String)>),
}

fn go_error(text: &str) -> RpcError {
    let first = text.chars().next().unwrap_or(' ');
    RpcError::params(format!("invalid character '{first}' looking for beginning of value"))
}

fn base64(text: &str) -> Result<Vec<u8>, RpcError> {
    STANDARD.decode(text).map_err(|e| {
        let at = match e {
            base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => at,
            base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => text.len(),
        };
        RpcError::params(format!("illegal base64 data at input byte {at}"))
    })
}

fn hex_bytes(text: &str) -> Result<Vec<u8>, RpcError> {
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
        let code = u32::from(bad);
        return Err(RpcError::params(format!("encoding/hex: invalid byte: U+{code:04X} '{bad}'")));
    }
    hex::decode(text).map_err(|_| RpcError::params("encoding/hex: odd length hex string"))
}

fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

fn url_bytes(text: &str) -> Result<Vec<u8>, RpcError> {
    match (text.strip_prefix("0x"), unquoted(text)) {
        (Some(digits), _) => hex_bytes(digits),
        (None, Some(raw)) => Ok(raw.as_bytes().to_vec()),
        (None, None) => Err(go_error(text)),
    }
}

impl Params {
    /// From the `params` member of a request.
    ///
    /// # Errors
    /// When it is neither object, array nor null.
    pub fn from_json(value: Option<&Value>) -> Result<Self, RpcError> {
        match value {
            None | Some(Value::Null) => Ok(Self::Named(Map::new())),
            Some(Value::Object(map)) => Ok(Self::Named(map.clone())),
            Some(Value::Array(list)) => Ok(Self::Listed(list.clone())),
            Some(other) => Err(RpcError::params(format!("unknown type for JSON params: {other}"))),
        }
    }

    fn json(&self, position: usize, name: &str) -> Option<&Value> {
        let value = match self {
            Self::Named(map) => map.get(name),
            Self::Listed(list) => list.get(position),
            Self::Url(_) => None,
        };
        value.filter(|v| !v.is_null())
    }

    fn url(&self, name: &str) -> Option<&str> {
        match self {
            Self::Url(list) => list.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()),
            _ => None,
        }
    }

    /// A text.
    ///
    /// # Errors
    /// When it is there and no text.
    pub fn text(&self, position: usize, name: &str) -> Result<Option<String>, RpcError> {
        if let Some(raw) = self.url(name) {
            return unquoted(raw).map(|t| Some(t.to_owned())).ok_or_else(|| go_error(raw));
        }
        match self.json(position, name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => {
                let kind = if other.is_number() { "number" } else { "value" };
                Err(RpcError::params(format!("json: cannot unmarshal {kind} into Go value of type string")))
            }
        }
    }

    /// Bytes that are base64 in JSON.
    ///
    /// # Errors
    /// When they are there and unreadable.
    pub fn base64(&self, position: usize, name: &str) -> Result<Option<Vec<u8>>, RpcError> {
        if let Some(raw) = self.url(name) {
            return url_bytes(raw).map(Some);
        }
        self.text(position, name)?.map(|t| base64(&t)).transpose()
    }

    /// Bytes that are hex in JSON.
    ///
    /// # Errors
    /// When they are there and unreadable.
    pub fn hex(&self, position: usize, name: &str) -> Result<Option<Vec<u8>>, RpcError> {
        if let Some(raw) = self.url(name) {
            return url_bytes(raw).map(Some);
        }
        self.text(position, name)?.map(|t| hex_bytes(&t)).transpose()
    }

    /// A 64-bit integer, which is a text in JSON.
    ///
    /// # Errors
    /// When it is there and no such text.
    pub fn integer(&self, position: usize, name: &str) -> Result<Option<i64>, RpcError> {
        let text = match (self.url(name), self.json(position, name)) {
            (Some(raw), _) => unquoted(raw).unwrap_or(raw).to_owned(),
            (None, None) => return Ok(None),
            (None, Some(Value::String(text))) => text.clone(),
            (None, Some(other)) => {
                return Err(RpcError::params(format!(
                    "invalid 64-bit integer encoding {:?}, expected string",
                    other.to_string()
                )));
            }
        };
        text.parse().map(Some).map_err(|_| go_error(&text))
    }
}
