//! A signed token (RFC 7515, compact form), taken apart and not yet believed.

use crate::jwk::Algorithm;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value};

domain::limits! {
    /// Longest token that is looked at.
    pub(crate) TOKEN_BYTES_MAX: usize = 16 * 1024, "bytes";
}

/// Where the parts of a token end.
const DOT: char = '.';

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A token, taken apart.
pub(crate) struct Jws<'a> {
    /// What it says it is signed with.
    pub(crate) algorithm: Algorithm,
    /// Which key it says signed it.
    pub(crate) kid: Option<String>,
    /// What kind of token it says it is, in lower case and without `application/`.
    pub(crate) kind: Option<String>,
    /// What is signed.
    pub(crate) signed: &'a [u8],
    /// The signature.
    pub(crate) signature: Vec<u8>,
    payload: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes a token apart. The error says why it is none that can be believed.
    pub(crate) fn parse(token: &'a str) -> Result<Self, String> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(format!("longer than {TOKEN_BYTES_MAX} bytes"));
        }
        let (signed, signature) = token.rsplit_once(DOT).ok_or("not three parts")?;
        let (header, payload) =
            signed.split_once(DOT).filter(|(_, rest)| !rest.contains(DOT)).ok_or("not three parts")?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "not base64url".to_owned());
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| "the header cannot be read".to_owned())?;
        if header.crit.is_some() {
            return Err("it has critical header parameters, none of which is understood".to_owned());
        }
        let algorithm =
            Algorithm::named(&header.alg).ok_or("signed with an algorithm that is not accepted")?;
        let kind = header.typ.map(|typ| typ.to_ascii_lowercase());
        let kind = kind.map(|typ| typ.strip_prefix("application/").map_or(typ.clone(), str::to_owned));
        Ok(Self {
            algorithm,
            kid: header.kid,
            kind,
            signed: signed.as_bytes(),
            signature: decode(signature)?,
            payload: decode(payload)?,
        })
    }

    /// What it claims; to be believed only once the signature was checked.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>, String> {
        serde_json::from_slice(&self.payload).map_err(|_| "the claims cannot be read".to_owned())
    }
}
