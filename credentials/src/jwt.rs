//! Compact JWS (RFC 7515) in two steps, so that the key can live elsewhere: [`signing_input`], then [`assemble`].
//!
//! Reading is strict: only signature algorithms that Studio knows, no `crit`, no unencoded payload, canonical base64url,
//! and limits on size and nesting. Whether an algorithm is allowed is decided by the key, never by the header alone
//! (see [`crate::verify`]).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::json::{self, Refused};
use serde_json::{Map, Value, json};

use crate::json::text;

domain::limits! {
    /// Longest compact JWS read, in bytes.
    pub MAX_COMPACT_BYTES: usize = 1024 * 1024, "bytes";
    /// Longest encoded JOSE header read, in bytes.
    pub MAX_HEADER_BYTES: usize = 8 * 1024, "bytes";
    /// Levels of nesting in header and claims.
    pub MAX_DEPTH: usize = json::DEPTH_MAX, "levels";
}

/// The signature algorithms of VC-JWT that Studio checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA P-256 with SHA-256.
    Es256,
    /// ECDSA P-384 with SHA-384.
    Es384,
    /// ECDSA P-521 with SHA-512.
    Es512,
    /// ECDSA secp256k1 with SHA-256 (RFC 8812).
    Es256k,
}

impl Algorithm {
    /// The JOSE name that is written into headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Es256k => "ES256K",
        }
    }

    /// Reads a JOSE name; `Ed25519` (RFC 9864) is `EdDSA`. `none`, MACs and everything else are `None`.
    pub fn from_jose_name(name: &str) -> Option<Self> {
        match name {
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            "ES512" => Some(Self::Es512),
            "ES256K" => Some(Self::Es256k),
            _ => None,
        }
    }
}

/// Why a text is not a JWS that Studio reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Longer than [`MAX_COMPACT_BYTES`] or [`MAX_HEADER_BYTES`].
    #[error("invalid_argument: the JWT is larger than {0} bytes")]
    TooLarge(usize),
    /// Not three non-empty base64url parts.
    #[error("invalid_argument: Incorrect format JWS")]
    Format,
    /// A part is not base64url of a JSON object.
    #[error("invalid_argument: invalid_jwt: the {0} is not a JSON object")]
    Json(&'static str),
    /// A part is JSON that readers could understand differently, or more than is read (RFC 7515 section 4: a member name
    /// stands once).
    #[error("invalid_argument: invalid_jwt: the {0}: {1}")]
    Refused(&'static str, Refused),
    /// The header names an algorithm that is not a supported signature (this includes `none`).
    #[error("not_supported: No supported signature types for algorithm {0}")]
    Algorithm(String),
    /// The header demands an extension (`crit`, `b64`) that Studio does not process.
    #[error("not_supported: JWS header member {0} is not supported")]
    Extension(&'static str),
}

/// The protected header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// `alg`, a supported signature algorithm.
    pub alg: Algorithm,
    /// `kid`, as written.
    pub kid: Option<String>,
    /// `typ`, as written.
    pub typ: Option<String>,
    /// Every member.
    pub raw: Map<String, Value>,
}

/// A parsed, not yet verified JWS.
#[derive(Debug, Clone, PartialEq)]
pub struct Jws {
    /// The protected header.
    pub header: Header,
    /// The payload.
    pub claims: Map<String, Value>,
    /// The bytes that are signed: `b64(header).b64(payload)`.
    pub signing_input: Vec<u8>,
    /// The raw signature bytes.
    pub signature: Vec<u8>,
}

/// The header cheqd Studio writes: exactly `alg` and `typ`, plus `kid` (a DID URL) when asked for.
pub fn header(alg: Algorithm, kid: Option<&str>) -> Value {
    let mut header = json!({"alg": alg.as_str(), "typ": "JWT"});
    if let (Some(kid), Some(members)) = (kid, header.as_object_mut()) {
        members.insert("kid".to_owned(), Value::from(kid));
    }
    header
}

/// `b64(header).b64(claims)`. Member order is kept as given, so equal values give equal tokens.
pub fn signing_input(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Puts the signature behind the signing input.
pub fn assemble(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token cut into its parts, each as far as it can be read. Nothing is judged yet: a token that somebody damaged is still
/// one that can be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'a> {
    /// The members of the protected header.
    pub header: Result<Map<String, Value>, JwtError>,
    /// The payload.
    pub claims: Result<Map<String, Value>, JwtError>,
    /// The raw signature bytes.
    pub signature: Result<Vec<u8>, JwtError>,
    /// `b64(header).b64(payload)`: the bytes that are signed.
    pub signing_input: &'a str,
}

/// Cuts a compact JWS into its parts. Fails only for what has not the form of one: three parts of base64url characters
/// with dots between them. The signature may be missing, as in an unsecured JWS.
pub fn cut(compact: &str) -> Result<Token<'_>, JwtError> {
    if compact.len() > MAX_COMPACT_BYTES {
        return Err(JwtError::TooLarge(MAX_COMPACT_BYTES));
    }
    let (signing_input, signature) = compact.rsplit_once('.').ok_or(JwtError::Format)?;
    let (header, claims) = signing_input.split_once('.').ok_or(JwtError::Format)?;
    let is_base64url =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if header.is_empty() || claims.is_empty() || ![header, claims, signature].into_iter().all(is_base64url) {
        return Err(JwtError::Format);
    }
    let header = if header.len() > MAX_HEADER_BYTES {
        Err(JwtError::TooLarge(MAX_HEADER_BYTES))
    } else {
        object(header, "header")
    };
    let signature = match URL_SAFE_NO_PAD.decode(signature) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(JwtError::Format),
    };
    Ok(Token { header, claims: object(claims, "payload"), signature, signing_input })
}

/// Parses a compact JWS without checking its signature.
pub fn parse(compact: &str) -> Result<Jws, JwtError> {
    let Token { header, claims, signature, signing_input } = cut(compact)?;
    let signature = signature?;
    let header = read_header(header?)?;
    Ok(Jws { header, claims: claims?, signing_input: signing_input.as_bytes().to_vec(), signature })
}

pub(crate) fn object(part: &str, what: &'static str) -> Result<Map<String, Value>, JwtError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Format)?;
    match json::read(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Err(refused) if refused.is_limit() => Err(JwtError::Refused(what, refused)),
        _ => Err(JwtError::Json(what)),
    }
}

/// Judges a header: a supported algorithm, no extension.
pub(crate) fn read_header(raw: Map<String, Value>) -> Result<Header, JwtError> {
    let raw = Value::Object(raw);
    let name = text(&raw, "alg").unwrap_or_default();
    let alg = Algorithm::from_jose_name(name)
        .ok_or_else(|| JwtError::Algorithm(name.chars().take(32).collect()))?;
    for extension in ["crit", "b64"] {
        if raw.get(extension).is_some() {
            return Err(JwtError::Extension(extension));
        }
    }
    for name in ["kid", "typ"] {
        if raw.get(name).is_some_and(|value| !value.is_string()) {
            return Err(JwtError::Json(name));
        }
    }
    let (kid, typ) = (text(&raw, "kid").map(str::to_owned), text(&raw, "typ").map(str::to_owned));
    match raw {
        Value::Object(raw) => Ok(Header { alg, kid, typ, raw }),
        _ => Err(JwtError::Json("header")),
    }
}
