//! A document on its way to its signature: drafted, signed, sealed. A draft is bytes and what they say; how a signature turns it
//! into a document is known to it alone, so that a signature may come from anywhere, and later.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::proof::Unproven;
use crate::jwt::{self, Algorithm};
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
            Becomes::Token(shown) => {
                let input = String::from_utf8_lossy(&self.draft.bytes);
                let token = jwt::assemble(&input, &self.signature);
                match shown {
                    Shown::Credential => vc::normalise(&token),
                    Shown::Presentation => vc::normalise_presentation(&token),
                }
            }
        }
    }
}
