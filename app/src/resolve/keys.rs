//! `transformKeys`: the same Ed25519 key written down another way.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

/// Multicodec prefix of an Ed25519 public key.
const ED25519_PREFIX: [u8; 2] = [0xed, 0x01];

domain::limits! {
    /// Most characters of a key that is decoded (base58 takes quadratic time).
    KEY_CHARS_MAX: usize = 64, "characters";
}

/// A way to write down an Ed25519 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Ed25519In2018,
    Ed25519In2020,
    Jwk,
}

impl KeyType {
    const ALL: [Self; 3] = [Self::Ed25519In2018, Self::Ed25519In2020, Self::Jwk];

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519In2018 => "Ed25519VerificationKey2018",
            Self::Ed25519In2020 => "Ed25519VerificationKey2020",
            Self::Jwk => "JsonWebKey2020",
        }
    }

    const fn context(self) -> &'static str {
        match self {
            Self::Ed25519In2018 => "https://w3id.org/security/suites/ed25519-2018/v1",
            Self::Ed25519In2020 => "https://w3id.org/security/suites/ed25519-2020/v1",
            Self::Jwk => "https://w3id.org/security/suites/jws-2020/v1",
        }
    }

    const fn member(self) -> &'static str {
        match self {
            Self::Ed25519In2018 => "publicKeyBase58",
            Self::Ed25519In2020 => "publicKeyMultibase",
            Self::Jwk => "publicKeyJwk",
        }
    }

    fn written(self, key: &[u8]) -> Value {
        match self {
            Self::Ed25519In2018 => json!(bs58::encode(key).into_string()),
            Self::Ed25519In2020 => {
                json!(format!("z{}", bs58::encode([&ED25519_PREFIX, key].concat()).into_string()))
            }
            Self::Jwk => json!({"crv": "Ed25519", "kty": "OKP", "x": URL_SAFE_NO_PAD.encode(key)}),
        }
    }

    fn read_key(self, value: &Value) -> Option<Vec<u8>> {
        let text =
            |value: &Value| value.as_str().filter(|text| text.len() <= KEY_CHARS_MAX).map(str::to_owned);
        let key = match self {
            Self::Ed25519In2018 => bs58::decode(text(value)?).into_vec().ok()?,
            Self::Ed25519In2020 => {
                let bytes = bs58::decode(text(value)?.strip_prefix('z')?).into_vec().ok()?;
                bytes.strip_prefix(&ED25519_PREFIX)?.to_vec()
            }
            Self::Jwk if value.get("crv").and_then(Value::as_str) == Some("Ed25519") => {
                URL_SAFE_NO_PAD.decode(text(value.get("x")?)?).ok()?
            }
            Self::Jwk => return None,
        };
        (key.len() == 32).then_some(key)
    }
}

/// Rewrites every Ed25519 key of a document and its contexts to match. Keys of other curves stay as they are.
pub(super) fn transform(document: &mut Value, to: KeyType) {
    let Some(methods) = document.get_mut("verificationMethod").and_then(Value::as_array_mut) else { return };
    let mut kinds: Vec<KeyType> = Vec::new();
    for method in methods {
        let Some(members) = method.as_object_mut() else { continue };
        let Some(from) = members.get("type").and_then(Value::as_str).and_then(KeyType::read) else {
            continue;
        };
        let is_rewritten = rewrite(members, from, to).is_some();
        let kind = if is_rewritten { to } else { from };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if let Some(contexts) = document.get_mut("@context").and_then(Value::as_array_mut) {
        contexts.retain(|context| !KeyType::ALL.iter().any(|kind| context == kind.context()));
        contexts.extend(kinds.iter().map(|kind| json!(kind.context())));
    }
}

fn rewrite(members: &mut Map<String, Value>, from: KeyType, to: KeyType) -> Option<()> {
    let key = from.read_key(members.get(from.member())?)?;
    members.shift_remove(from.member());
    members.insert("type".to_owned(), json!(to.as_str()));
    members.insert(to.member().to_owned(), to.written(&key));
    Some(())
}
