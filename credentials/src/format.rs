//! Formats as values: what is signed, what a signature makes of it, and how it is read and verified again
//! (`docs/adr/0021-formats-as-values.md`). Nothing outside this room says what a credential is secured with.

mod draft;
mod proof;
mod securing;

pub use crate::jwt::Algorithm;
pub use draft::{Draft, Signed, SigningKey};
pub(crate) use proof::{Purpose, Read, proof_of};
pub use securing::{DataModel, Disclosure, Securing, Suite};

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json;
use crate::sd_jwt;
use crate::vc::{self, VcError};
use crate::verify::{self, Failure, IssuerDocument, Options, Verification};

/// The formats of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum CredentialFormat {
    /// VC-JWT: a compact JWS, shown as JSON with the token as its proof.
    #[default]
    #[serde(rename = "jwt")]
    Jwt,
    /// JSON-LD with its proof in it: a Data Integrity proof, or one of the Linked Data proofs before those.
    #[serde(rename = "jsonld")]
    JsonLd,
    /// SD-JWT VC.
    #[serde(rename = "sd-jwt-vc")]
    SdJwtVc,
}

impl CredentialFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Jwt, Self::JsonLd, Self::SdJwtVc];
    /// Those that are issued and verified.
    pub const OFFERED: [Self; 3] = [Self::Jwt, Self::JsonLd, Self::SdJwtVc];

    /// Its name in requests and in what is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::JsonLd => "jsonld",
            Self::SdJwtVc => "sd-jwt-vc",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a document that [`crate::document::accept`] gave, or that Studio wrote; `None` if nothing secures it.
    pub fn of(document: &Value) -> Option<Self> {
        match document {
            Value::String(text) => Some(Self::of_text(text)),
            document if sd_jwt::compact_of(document).is_some() => Some(Self::SdJwtVc),
            document if vc::compact_of(document).is_some() => Some(Self::Jwt),
            document => document.get("proof").filter(|proof| !proof.is_null()).map(|_| Self::JsonLd),
        }
    }

    /// The format of a text that was kept of a credential.
    pub fn of_text(text: &str) -> Self {
        if text.starts_with('{') {
            Self::JsonLd
        } else if text.contains('~') {
            Self::SdJwtVc
        } else {
            Self::Jwt
        }
    }

    /// The credential as one text, to the byte: what is kept of it. The document is one of this format.
    pub fn text(self, document: &Value) -> Option<Cow<'_, str>> {
        match self {
            Self::Jwt => vc::compact_of(document).map(Cow::Borrowed),
            Self::JsonLd => Some(match document {
                Value::String(text) => Cow::Borrowed(text),
                document => Cow::Owned(document.to_string()),
            }),
            Self::SdJwtVc => sd_jwt::compact_of(document).map(Cow::Borrowed),
        }
    }

    /// What a credential is known again by, however it is handed in: its token, or its JSON in the canonical form, whoever wrote it
    /// out again.
    pub fn mark(self, document: &Value) -> Option<Cow<'_, str>> {
        match self {
            Self::Jwt => self.text(document),
            Self::JsonLd => Some(Cow::Owned(json::canonical(&in_full(document)))),
            Self::SdJwtVc => sd_jwt::mark_of(document).map(Cow::Borrowed),
        }
    }

    /// The credential of such a text. Checks no signature.
    pub fn read(self, text: &str) -> Result<Value, VcError> {
        match self {
            Self::Jwt => vc::normalise(text),
            Self::JsonLd => {
                domain::json::read(text.as_bytes()).map_err(|_| VcError::Shape("no JSON that is read"))
            }
            Self::SdJwtVc => Ok(sd_jwt::shown(text)?),
        }
    }

    /// The credential as it is shown of a document in any form that is accepted. Checks no signature.
    pub fn shown(self, document: &Value) -> Result<Value, VcError> {
        let text = self.text(document).ok_or(VcError::Unsupported(self.name()))?;
        self.read(&text)
    }

    /// The DID whose document verifies this one.
    pub fn signer(self, document: &Value) -> Result<String, Failure> {
        match self {
            Self::Jwt => verify::signer_of_jwt(document),
            Self::JsonLd => verify::signer_of_json_ld(&in_full(document)),
            Self::SdJwtVc => sd_jwt::signer(sd_jwt::compact_of(document).unwrap_or_default()),
        }
    }

    /// The verdict on a document, against the DID document of its issuer. Total.
    pub fn verify(self, document: &Value, issuer: IssuerDocument<'_>, options: &Options) -> Verification {
        match self {
            Self::Jwt => verify::verify_jwt(document, issuer, options),
            Self::JsonLd => verify::verify_json_ld(&in_full(document), issuer, options),
            Self::SdJwtVc => sd_jwt::verify(document, issuer, options),
        }
    }
}

/// A document that may have come as its text.
fn in_full(document: &Value) -> Cow<'_, Value> {
    match document {
        Value::String(text) => Cow::Owned(CredentialFormat::JsonLd.read(text).unwrap_or_default()),
        document => Cow::Borrowed(document),
    }
}

/// A document as one text, in whatever format it is.
pub fn text_of(document: &Value) -> Option<Cow<'_, str>> {
    CredentialFormat::of(document)?.text(document)
}

/// What a credential is known again by, in whatever format it is.
pub fn mark_of(document: &Value) -> Option<Cow<'_, str>> {
    CredentialFormat::of(document)?.mark(document)
}

/// A credential as it is shown, of a document in whatever format. Checks no signature.
pub fn shown(document: &Value) -> Option<Value> {
    CredentialFormat::of(document)?.shown(document).ok()
}

/// The credential of a text that was kept of it, in whatever format it is.
pub fn read(text: &str) -> Result<Value, VcError> {
    CredentialFormat::of_text(text).read(text)
}
