//! Formats as values: what is signed, what a signature makes of it, and how it is read and verified again
//! (`docs/adr/0021-formats-as-values.md`). Nothing outside this room says what a credential is secured with.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::jwt::{self, Algorithm};
use crate::vc::{self, VcError};
use crate::verify::{self, Failure, IssuerDocument, Options, Verification};

/// The formats of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialFormat {
    /// VC-JWT: a compact JWS, shown as JSON with the token as its proof.
    #[default]
    Jwt,
}

impl CredentialFormat {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Jwt];

    /// Its name in requests and in what is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a document that [`crate::document::accept`] gave, or that Studio wrote; `None` if nothing secures it.
    pub fn of(document: &Value) -> Option<Self> {
        vc::compact_of(document).map(|_| Self::Jwt)
    }

    /// The format of a text that was kept of a credential. So far all of them are tokens.
    pub const fn of_text(_: &str) -> Self {
        Self::Jwt
    }

    /// A credential as its issuer's key is to sign it.
    pub fn draft(self, credential: &Value, issuer_did: &str) -> Result<Draft, VcError> {
        match self {
            Self::Jwt => {
                let claims = vc::jwt_claims(credential, issuer_did)?;
                Ok(Draft(jwt::signing_input(&jwt::header(Algorithm::EdDsa, None), &claims)))
            }
        }
    }

    /// The credential with its proof, as it is shown.
    pub fn seal(self, signed: &Signed) -> Result<Value, VcError> {
        match self {
            Self::Jwt => vc::normalise(&jwt::assemble(&signed.draft.0, &signed.signature)),
        }
    }

    /// What was signed, as one text: what is kept and fingerprinted. The document is one of this format.
    pub fn text(self, document: &Value) -> Option<&str> {
        match self {
            Self::Jwt => vc::compact_of(document),
        }
    }

    /// The credential of such a text. Checks no signature.
    pub fn read(self, text: &str) -> Result<Value, VcError> {
        match self {
            Self::Jwt => vc::normalise(text),
        }
    }

    /// The DID whose document verifies this one.
    pub fn signer(self, document: &Value) -> Result<String, Failure> {
        match self {
            Self::Jwt => verify::signer_of_jwt(document),
        }
    }

    /// The verdict on a document, against the DID document of its issuer. Total.
    pub fn verify(self, document: &Value, issuer: IssuerDocument<'_>, options: &Options) -> Verification {
        match self {
            Self::Jwt => verify::verify_jwt(document, issuer, options),
        }
    }
}

/// What was signed of a document, in whatever format it is.
pub fn text_of(document: &Value) -> Option<&str> {
    CredentialFormat::of(document)?.text(document)
}

/// The credential of a text that was kept of it, in whatever format it is.
pub fn read(text: &str) -> Result<Value, VcError> {
    CredentialFormat::of_text(text).read(text)
}

/// What a key is to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft(pub(crate) String);

impl Draft {
    /// Its bytes.
    pub const fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// What they say, for whoever is asked to sign: the header and the claims of a token.
    pub fn told(&self) -> Value {
        let part = |part: &str| jwt::object(part, "part").map_or(Value::Null, Value::Object);
        match self.0.split_once('.') {
            Some((header, claims)) => json!({"header": part(header), "claims": part(claims)}),
            None => Value::Null,
        }
    }

    /// With the signature of these bytes.
    pub const fn signed(self, signature: Vec<u8>) -> Signed {
        Signed { draft: self, signature }
    }
}

/// A draft and its signature, to be sealed by the format that made the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    draft: Draft,
    signature: Vec<u8>,
}
