//! How a credential is to be secured: what a request asks for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::draft::Shown;
use super::proof::{self, Purpose};
use super::{CredentialFormat, Draft, SigningKey};
use crate::json_ld;
use crate::jwt::Algorithm;
use crate::sd_jwt;
use crate::vc::{self, PresentationInput, VcError};

/// The data models of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum DataModel {
    /// W3C Verifiable Credentials Data Model 1.1.
    #[default]
    #[serde(rename = "1.1")]
    V1_1,
    /// W3C Verifiable Credentials Data Model 2.0.
    #[serde(rename = "2.0")]
    V2_0,
}

impl DataModel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V1_1, Self::V2_0];

    /// Its name in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V2_0 => "2.0",
        }
    }

    /// The data model of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// The members that say from when and until when a credential holds.
    pub const fn dates(self) -> (&'static str, &'static str) {
        match self {
            Self::V1_1 => ("issuanceDate", "expirationDate"),
            Self::V2_0 => ("validFrom", "validUntil"),
        }
    }

    /// The cryptosuite that goes with a key, if none is asked for.
    fn suite_of(self, key: &SigningKey<'_>) -> Suite {
        match (self, key.method_type) {
            (Self::V1_1, "Ed25519VerificationKey2018") => Suite::Ed25519Signature2018,
            (Self::V1_1, "Ed25519VerificationKey2020") => Suite::Ed25519Signature2020,
            (Self::V1_1, "JsonWebKey2020") => Suite::JsonWebSignature2020,
            _ if key.algorithm == Algorithm::EdDsa => Suite::EddsaRdfc2022,
            _ => Suite::EcdsaRdfc2019,
        }
    }

    /// The context that comes first.
    pub const fn context(self) -> &'static str {
        match self {
            Self::V1_1 => vc::CREDENTIALS_V1,
            Self::V2_0 => vc::CREDENTIALS_V2,
        }
    }
}

/// Cryptosuites of JSON-LD credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Suite {
    /// `Ed25519Signature2018`: a detached JWS over canonical RDF.
    Ed25519Signature2018,
    /// `Ed25519Signature2020`: a multibase signature over canonical RDF.
    Ed25519Signature2020,
    /// `JsonWebSignature2020`: a detached JWS over canonical RDF.
    JsonWebSignature2020,
    /// Data Integrity, `EdDSA` over canonical RDF.
    #[serde(rename = "eddsa-rdfc-2022")]
    EddsaRdfc2022,
    /// Data Integrity, `EdDSA` over canonical JSON.
    #[serde(rename = "eddsa-jcs-2022")]
    EddsaJcs2022,
    /// Data Integrity, ECDSA over canonical RDF.
    #[serde(rename = "ecdsa-rdfc-2019")]
    EcdsaRdfc2019,
    /// Data Integrity, ECDSA over canonical JSON.
    #[serde(rename = "ecdsa-jcs-2019")]
    EcdsaJcs2019,
}

impl Suite {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ed25519Signature2018,
        Self::Ed25519Signature2020,
        Self::JsonWebSignature2020,
        Self::EddsaRdfc2022,
        Self::EddsaJcs2022,
        Self::EcdsaRdfc2019,
        Self::EcdsaJcs2019,
    ];

    /// Its name in requests and proofs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519Signature2018 => "Ed25519Signature2018",
            Self::Ed25519Signature2020 => "Ed25519Signature2020",
            Self::JsonWebSignature2020 => "JsonWebSignature2020",
            Self::EddsaRdfc2022 => "eddsa-rdfc-2022",
            Self::EddsaJcs2022 => "eddsa-jcs-2022",
            Self::EcdsaRdfc2019 => "ecdsa-rdfc-2019",
            Self::EcdsaJcs2019 => "ecdsa-jcs-2019",
        }
    }

    /// Whether it signs with keys of this algorithm.
    pub(crate) const fn signs_with(self, algorithm: Algorithm) -> bool {
        match self {
            Self::Ed25519Signature2018
            | Self::Ed25519Signature2020
            | Self::EddsaRdfc2022
            | Self::EddsaJcs2022 => {
                matches!(algorithm, Algorithm::EdDsa)
            }
            Self::EcdsaRdfc2019 | Self::EcdsaJcs2019 => matches!(algorithm, Algorithm::Es256),
            Self::JsonWebSignature2020 => !matches!(algorithm, Algorithm::Es512),
        }
    }

    /// The suite of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }
}

/// How a credential is to be secured. What stands at its default is not written, so that acts of before read and compare as they did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Securing {
    /// In which format.
    #[serde(default)]
    pub format: CredentialFormat,
    /// By which data model.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub data_model: DataModel,
    /// Of JSON-LD: with which cryptosuite; by the type of the key's verification method if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cryptosuite: Option<Suite>,
    /// Of SD-JWT VC: what else it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<Box<Disclosure>>,
}

/// What an SD-JWT VC takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Disclosure {
    /// Its type.
    pub vct: String,
    /// Claims that the holder may keep back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selectively_disclosable: Vec<String>,
    /// Digests of nothing, so that their number says less.
    #[serde(default, skip_serializing_if = "is_none")]
    pub decoys: u16,
    /// The holder's key: a JWK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_key: Option<Value>,
    /// Of what the salts are made: nobody may be able to guess it. Given when it is signed, never kept.
    #[serde(skip)]
    pub seed: String,
}

impl Disclosure {
    /// Whether this credential can be made into such a token; the salts make no difference.
    pub fn suits(&self, credential: &Value) -> Result<(), VcError> {
        let rehearsed = Self { seed: "rehearsed".to_owned(), ..self.clone() };
        crate::sd_jwt::of_credential(credential, &rehearsed).map(|_| ())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_none(decoys: &u16) -> bool {
    *decoys == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_usual(model: &DataModel) -> bool {
    *model == DataModel::default()
}

impl Securing {
    /// In this format, with everything else at its default.
    pub fn of(format: CredentialFormat) -> Self {
        Self { format, ..Self::default() }
    }

    /// Whether a credential can be put into the form that is signed, whoever signs it: so that nothing is taken for one that cannot.
    pub fn check(&self, credential: &Value) -> Result<(), VcError> {
        match self.format {
            CredentialFormat::JsonLd if self.cryptosuite.is_none_or(|suite| !suite.is_jcs()) => {
                proof::readable(credential, &Map::new())?;
                Ok(json_ld::canonical(credential).map(|_| ())?)
            }
            _ => Ok(()),
        }
    }

    /// A credential as its issuer's key is to sign it.
    pub fn draft(&self, credential: &Value, by: &SigningKey<'_>) -> Result<Draft, VcError> {
        match self.format {
            CredentialFormat::Jwt if self.data_model == DataModel::V2_0 => vc::jose_draft(credential, by),
            CredentialFormat::Jwt => {
                Ok(Draft::token(&vc::jwt_claims(credential, by.did)?, Shown::Credential, by))
            }
            CredentialFormat::JsonLd => {
                let suite = self.cryptosuite.unwrap_or_else(|| self.data_model.suite_of(by));
                proof::draft(credential, suite, &Purpose::Assertion, by)
            }
            CredentialFormat::SdJwtVc => {
                let asked = self.disclosure.as_deref().ok_or(VcError::Shape("vct is required"))?;
                Ok(sd_jwt::draft(&sd_jwt::of_credential(credential, asked)?, by))
            }
        }
    }

    /// A presentation of credentials as its holder's key is to sign it. A token stands in a JSON-LD presentation in an envelope, which
    /// the data model 2.0 alone has.
    pub fn present(&self, input: &PresentationInput<'_>, by: &SigningKey<'_>) -> Result<Draft, VcError> {
        let is_sd_jwt =
            |credential: &Value| vc::compact_of(credential).is_some_and(|text| text.contains('~'));
        if input.credentials.iter().any(is_sd_jwt) {
            return Err(VcError::Shape(
                "an SD-JWT VC is presented by its holder with a key binding, and does not stand in another presentation",
            ));
        }
        match self.format {
            CredentialFormat::Jwt if self.data_model == DataModel::V2_0 => Err(VcError::Shape(
                "a presentation as a JWT is of the data model 1.1; ask for jsonld for 2.0",
            )),
            CredentialFormat::Jwt => {
                Ok(Draft::token(&vc::presentation_claims(input)?, Shown::Presentation, by))
            }
            CredentialFormat::JsonLd => {
                let credentials = input.credentials.iter().map(|credential| self.enclosed(credential));
                let credentials: Vec<Value> = credentials.collect::<Result<_, _>>()?;
                let presentation = json!({
                    "@context": [self.data_model.context()],
                    "type": [vc::VERIFIABLE_PRESENTATION],
                    "verifiableCredential": credentials,
                    "holder": input.holder_did,
                });
                let purpose = Purpose::Authentication {
                    challenge: input.challenge.map(str::to_owned),
                    domain: input.verifiers.first().cloned(),
                };
                let suite = self.cryptosuite.unwrap_or_else(|| self.data_model.suite_of(by));
                proof::draft(&presentation, suite, &purpose, by)
            }
            CredentialFormat::SdJwtVc => Err(VcError::Unsupported("sd-jwt-vc")),
        }
    }

    fn enclosed(&self, credential: &Value) -> Result<Value, VcError> {
        match vc::compact_of(credential) {
            None => Ok(credential.clone()),
            Some(token) if self.data_model == DataModel::V2_0 => Ok(json!({
                "@context": vc::CREDENTIALS_V2,
                "id": format!("data:application/vc+jwt,{token}"),
                "type": vc::ENVELOPED_CREDENTIAL,
            })),
            Some(_) => Err(VcError::Shape(
                "a JWT does not stand in a JSON-LD presentation of the data model 1.1; ask for jwt, or for the data model 2.0",
            )),
        }
    }
}
