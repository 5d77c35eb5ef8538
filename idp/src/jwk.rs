//! A provider's public keys (RFC 7517), each bound to the algorithms that it may be used with.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::Value;

/// An uncompressed point of a curve begins with this (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;
const P256_COORDINATE_BYTES: usize = 32;
const P384_COORDINATE_BYTES: usize = 48;
const ED25519_BYTES: usize = 32;

/// What tokens may be signed with. `none` and MACs are not among them, so no token can choose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    Es384,
    Rs256,
    Ps256,
    EdDsa,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Es256, Self::Es384, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// By its registered name, or by the newer one of the same (RFC 9864).
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its registered name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A key's public part.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// One key that signs tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    kid: Option<String>,
    /// The one algorithm that its owner binds it to, if it does.
    only: Option<Algorithm>,
    material: Material,
}

impl Key {
    /// Whether it is made for this algorithm.
    fn takes(&self, algorithm: Algorithm) -> bool {
        let fits = match self.material {
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::P384(_) => algorithm == Algorithm::Es384,
            Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
            Material::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
        };
        fits && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether it made this signature with this algorithm.
    pub(crate) fn has_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let check = |with: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(with, key).verify(message, signature).is_ok()
        };
        if !self.takes(algorithm) {
            return false;
        }
        match &self.material {
            Material::P256(point) => check(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => check(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(bytes) => check(&ED25519, bytes),
            Material::Rsa { n, e } => {
                let is_pss = algorithm == Algorithm::Ps256;
                let with = if is_pss { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
                RsaPublicKeyComponents { n, e }.verify(with, message, signature).is_ok()
            }
        }
    }
}

/// Which key a token names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    /// This one.
    Key(&'a Key),
    /// None that is known; there may be a newer set.
    Unknown,
    /// One that is not made for the token's algorithm, or none where there is more than one to choose from.
    Unfit,
}

/// A provider's keys that sign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeySet(Vec<Key>);

/// A key set as it is published. Members of private keys are not read.
#[derive(Deserialize)]
pub(crate) struct Published {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// The keys of a published set that sign; others, and kinds that are not known here, are passed over (RFC 7517, 5).
    pub(crate) fn of(published: Published) -> Self {
        let jwks = published.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Self(jwks.filter_map(|jwk| key(&jwk)).collect())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key that a token with this header was signed with.
    pub(crate) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Named<'_> {
        let named = |key: &&Key| kid.is_none() || key.kid.as_deref() == kid;
        if !self.0.iter().any(|key| named(&key)) {
            return Named::Unknown;
        }
        let mut fitting = self.0.iter().filter(named).filter(|key| key.takes(algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Named::Key(key),
            _ => Named::Unfit,
        }
    }
}

fn key(jwk: &Jwk) -> Option<Key> {
    if jwk.purpose.as_deref().is_some_and(|purpose| purpose != "sig")
        || jwk.key_ops.as_ref().is_some_and(|ops| !ops.iter().any(|op| op == "verify"))
    {
        return None;
    }
    let only = match jwk.alg.as_deref() {
        Some(name) => Some(Algorithm::named(name)?),
        None => None,
    };
    let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("EC", Some("P-256")) => Material::P256(point(jwk, P256_COORDINATE_BYTES)?),
        ("EC", Some("P-384")) => Material::P384(point(jwk, P384_COORDINATE_BYTES)?),
        ("OKP", Some("Ed25519")) => {
            Material::Ed25519(bytes(jwk.x.as_ref()).filter(|bytes| bytes.len() == ED25519_BYTES)?)
        }
        ("RSA", _) => Material::Rsa { n: number(jwk.n.as_ref())?, e: number(jwk.e.as_ref())? },
        _ => return None,
    };
    Some(Key { kid: jwk.kid.clone(), only, material })
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

/// A number as RSA wants it: without leading zeros.
fn number(text: Option<&String>) -> Option<Vec<u8>> {
    let bytes = bytes(text)?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(first..).map(<[u8]>::to_vec)
}

fn point(jwk: &Jwk, coordinate: usize) -> Option<Vec<u8>> {
    let (x, y) = (bytes(jwk.x.as_ref())?, bytes(jwk.y.as_ref())?);
    (x.len() == coordinate && y.len() == coordinate).then(|| [&[UNCOMPRESSED], x.as_slice(), &y].concat())
}
