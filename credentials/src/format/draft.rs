//! A document on its way to its signature: drafted, signed, sealed. A draft is bytes and what they say; how a signature turns it
//! into a document is known to it alone, so that a signature may come from anywhere, and later.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::proof::Unproven;
use crate::jwt::{self, Algorithm};
use crate::sd_jwt;
use crate::vc::{self, VcError};

/// The key that will sign a draft. Formats differ in what of it they name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningKey<'a> {
    /// Whose key it is.
    pub did: &'a str,
    /// DID URL of its verification method.
    pub verification_method: &'a str,
    /// The type of that verification method.
    pub method_type: &'a str,
    /// The algorithm that it signs with.
    pub algorithm: Algorithm,
    /// When it signs.
    pub created: DateTime<Utc>,
}

/// What a key is to sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    bytes: Vec<u8>,
    told: Value,
    becomes: Becomes,
}

/// What a signature makes of a draft.
#[derive(Debug, Clone, PartialEq)]
enum Becomes {
    /// A token: the bytes with the signature behind them, shown as JSON.
    Token(Shown),
    /// A document with a proof in it.
    Proof(Unproven),
    /// A compact JWS that is shown as it is.
    Compact,
    /// A tagged `COSE_Sign1`, shown in base64url.
    Cose,
    /// An SD-JWT with these disclosures, shown as JSON.
    SdJwt(Vec<String>),
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Credential,
    Presentation,
}

impl Draft {
    /// Of a token that does not name its key.
    pub(crate) fn token(claims: &Value, shown: Shown, by: &SigningKey<'_>) -> Self {
        let header = jwt::header(by.algorithm, None);
        let bytes = jwt::signing_input(&header, claims).into_bytes();
        let told = json!({"header": header, "claims": claims});
        Self { bytes, told, becomes: Becomes::Token(shown) }
    }

    /// Of a document whose proof stands in it.
    pub(crate) fn proof(bytes: Vec<u8>, unproven: Unproven) -> Self {
        Self { bytes, told: unproven.told(), becomes: Becomes::Proof(unproven) }
    }

    /// Of a credential that is a token's payload, with a header of its own.
    pub(crate) fn jose(header: &Value, credential: &Value) -> Self {
        Self { becomes: Becomes::Token(Shown::Credential), ..Self::compact(header, credential) }
    }

    /// Of a compact JWS with a header of its own.
    pub(crate) fn compact(header: &Value, claims: &Value) -> Self {
        let bytes = jwt::signing_input(header, claims).into_bytes();
        let told = json!({"header": header, "claims": claims});
        Self { bytes, told, becomes: Becomes::Compact }
    }

    /// Of an SD-JWT. Whoever signs is told what is disclosed too.
    pub(crate) fn sd_jwt(header: &Value, payload: &Value, disclosures: Vec<String>) -> Self {
        let Self { bytes, mut told, .. } = Self::compact(header, payload);
        if let Some(told) = told.as_object_mut() {
            let parts = disclosures
                .iter()
                .filter_map(|it| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(it).ok()?).ok());
            told.insert("disclosures".to_owned(), Value::Array(parts.collect()));
        }
        Self { bytes, told, becomes: Becomes::SdJwt(disclosures) }
    }

    /// Of a `COSE_Sign1`: the bytes of its `Sig_structure`, and what they say.
    pub(crate) const fn cose(bytes: Vec<u8>, told: Value) -> Self {
        Self { bytes, told, becomes: Becomes::Cose }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What they say, for whoever is asked to sign.
    pub const fn told(&self) -> &Value {
        &self.told
    }

    /// With the signature of these bytes.
    pub const fn signed(self, signature: Vec<u8>) -> Signed {
        Signed { draft: self, signature }
    }
}

/// A draft and its signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    draft: Draft,
    signature: Vec<u8>,
}

impl Signed {
    /// The document with its proof, as it is shown.
    pub fn seal(&self) -> Result<Value, VcError> {
        match &self.draft.becomes {
            Becomes::Proof(unproven) => Ok(unproven.proven(&self.signature)),
            Becomes::Token(Shown::Credential) => vc::normalise(&self.token()),
            Becomes::Token(Shown::Presentation) => vc::normalise_presentation(&self.token()),
            Becomes::SdJwt(disclosures) => {
                let mut parts = vec![self.token()];
                parts.extend(disclosures.iter().cloned());
                Ok(sd_jwt::shown(&format!("{}~", parts.join("~")))?)
            }
            Becomes::Compact => Ok(Value::from(self.token())),
            Becomes::Cose => crate::cbor::sign1(&self.draft.bytes, &self.signature)
                .map(|bytes| Value::from(URL_SAFE_NO_PAD.encode(bytes)))
                .ok_or(VcError::Shape("the token cannot be put together")),
        }
    }

    fn token(&self) -> String {
        jwt::assemble(&String::from_utf8_lossy(&self.draft.bytes), &self.signature)
    }
}
