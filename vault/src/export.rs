//! Private keys that leave, and come again: a JWK set (RFC 7517, 5) as a JWE (RFC 7516, compact) under a password of their owner's,
//! `PBES2-HS512+A256KW` with `A256GCM` (RFC 7518, 4.8 and 5.3). Any JOSE library opens it.

use crate::{
    secret::{SECRET_BYTES, Secret, random_bytes},
    signer::SigningKey,
};
use aes_kw::KekAes256;
use app::port::vault::{ExportedKey, PrivateKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::key::KeyAlgorithm;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    pbkdf2,
};
use serde_json::{Value, json};
use std::{num::NonZeroU32, sync::Arc};
use zeroize::Zeroizing;

domain::limits! {
    /// How often PBKDF2 hashes the password of an export (OWASP, for HMAC-SHA-512).
    EXPORT_ITERATIONS: u32 = 210_000, "hashes";
    /// Fewest hashes of one that is taken in: RFC 7518, 4.8.1.2.
    EXPORT_ITERATIONS_MIN: u32 = 1_000, "hashes";
    /// Most hashes of one that is taken in: they take a core for a second or two.
    EXPORT_ITERATIONS_MAX: u32 = 400_000, "hashes";
    /// Longest salt of one that is taken in.
    EXPORT_SALT_BYTES_MAX: usize = 256, "bytes";
}

const ALGORITHM: &str = "PBES2-HS512+A256KW";
const ENCRYPTION: &str = "A256GCM";
const CONTENT: &str = "jwk-set+json";
/// A 256-bit key, wrapped (RFC 3394).
const WRAPPED_BYTES: usize = 40;

fn wrapping_key(password: &str, salt: &[u8], iterations: u32) -> Option<KekAes256> {
    let salt = [ALGORITHM.as_bytes(), &[0], salt].concat();
    let mut key = Zeroizing::new([0; 32]);
    let iterations = NonZeroU32::new(iterations)?;
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, iterations, &salt, password.as_bytes(), &mut *key);
    Some(KekAes256::from(*key))
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?))
}

/// Room for a key's JSON beside its name.
const KEY_CHARS: usize = 256;

/// Writes a private key as JSON (RFC 8037, 2; RFC 8812, 3.1; RFC 7518, 6.2), called `name`, into a text that is wiped and has room for it.
fn push_jwk(json: &mut Zeroizing<String>, name: &str, key: &SigningKey) {
    let public = match key.algorithm() {
        KeyAlgorithm::Ed25519 => {
            format!(r#""kty":"OKP","crv":"Ed25519","x":"{}""#, BASE64.encode(key.public_bytes()))
        }
        KeyAlgorithm::Secp256k1 | KeyAlgorithm::Secp256r1 => {
            let curve = if key.algorithm() == KeyAlgorithm::Secp256k1 { "secp256k1" } else { "P-256" };
            let point = key.uncompressed_bytes();
            let half = |at: usize| BASE64.encode(point.get(at..at + SECRET_BYTES).unwrap_or_default());
            format!(r#""kty":"EC","crv":"{curve}","x":"{}","y":"{}""#, half(1), half(1 + SECRET_BYTES))
        }
    };
    for part in ["{\"kid\":", &Value::from(name).to_string(), ",", &public, ",\"d\":\""] {
        json.push_str(part);
    }
    BASE64.encode_string(key.secret_bytes().as_slice(), json);
    json.push_str("\"}");
}

/// The keys with their names, locked.
pub(crate) fn lock(password: &str, keys: &[(String, Arc<SigningKey>)]) -> Option<String> {
    // Never grown, so that no copy of the text stays behind.
    let room = keys.iter().map(|(name, _)| KEY_CHARS + 6 * name.len()).sum::<usize>();
    let mut json = Zeroizing::new(String::with_capacity(room + KEY_CHARS));
    json.push_str("{\"keys\":[");
    for (number, (name, key)) in keys.iter().enumerate() {
        json.push_str(if number == 0 { "" } else { "," });
        push_jwk(&mut json, name, key);
    }
    json.push_str("]}");
    let mut bytes = Zeroizing::new(json.as_bytes().to_vec());
    let (salt, nonce): ([u8; 16], [u8; NONCE_LEN]) = (random_bytes(), random_bytes());
    let content_key = Secret::random();
    let mut wrapped = [0; WRAPPED_BYTES];
    let by = wrapping_key(password, &salt, EXPORT_ITERATIONS)?;
    by.wrap(content_key.expose(), &mut wrapped).ok()?;
    let header = json!({
        "alg": ALGORITHM,
        "enc": ENCRYPTION,
        "cty": CONTENT,
        "p2s": BASE64.encode(salt),
        "p2c": EXPORT_ITERATIONS,
    });
    let header = BASE64.encode(header.to_string());
    let tag = cipher(content_key.expose())?.seal_in_place_separate_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(header.as_bytes()),
        bytes.as_mut_slice(),
    );
    let tag = tag.ok()?;
    let part = |bytes: &[u8]| BASE64.encode(bytes);
    Some([header, part(&wrapped), part(&nonce), part(&bytes), part(tag.as_ref())].join("."))
}

/// Why what came does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// It is no JWE of the kind that [`lock`] makes.
    Unknown,
    /// It was locked with another password, or changed.
    Locked,
    /// What is in it is no set of private keys.
    Content,
}

/// What [`lock`] locked.
pub(crate) fn open(password: &str, text: &str) -> Result<Vec<ExportedKey>, Unopened> {
    let unknown = Unopened::Unknown;
    let mut parts = text.trim().split('.');
    let header = parts.next().ok_or(unknown)?;
    let mut part = || parts.next().and_then(|part| BASE64.decode(part).ok()).ok_or(unknown);
    let (wrapped, nonce, content, tag) = (part()?, part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(unknown);
    }
    let read = BASE64.decode(header).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let read = read.ok_or(unknown)?;
    let says = |member: &str, wanted: &str| read.get(member).and_then(Value::as_str) == Some(wanted);
    if !says("alg", ALGORITHM)
        || !says("enc", ENCRYPTION)
        || ["crit", "zip"].iter().any(|name| read.get(name).is_some())
    {
        return Err(unknown);
    }
    let salt = read.get("p2s").and_then(Value::as_str).and_then(|salt| BASE64.decode(salt).ok());
    let salt = salt.filter(|salt| salt.len() <= EXPORT_SALT_BYTES_MAX).ok_or(unknown)?;
    let iterations = read.get("p2c").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    let iterations = iterations
        .filter(|count| (EXPORT_ITERATIONS_MIN..=EXPORT_ITERATIONS_MAX).contains(count))
        .ok_or(unknown)?;
    let wrapped: [u8; WRAPPED_BYTES] = wrapped.try_into().map_err(|_| unknown)?;
    let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| unknown)?;
    let mut content_key = Zeroizing::new([0; 32]);
    let by = wrapping_key(password, &salt, iterations).ok_or(unknown)?;
    by.unwrap(&wrapped, &mut *content_key).map_err(|_| Unopened::Locked)?;
    let mut bytes = Zeroizing::new([content, tag].concat());
    let opened = cipher(&content_key).ok_or(unknown)?.open_in_place(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(header.as_bytes()),
        &mut bytes,
    );
    private_keys(opened.map_err(|_| Unopened::Locked)?).ok_or(Unopened::Content)
}

fn private_keys(json: &[u8]) -> Option<Vec<ExportedKey>> {
    #[derive(serde::Deserialize)]
    struct Set {
        keys: Vec<Jwk>,
    }
    #[derive(serde::Deserialize)]
    struct Jwk {
        crv: String,
        d: String,
    }
    let Set { keys } = serde_json::from_slice(json).ok()?;
    let of = |Jwk { crv, d }: Jwk| {
        let d = Zeroizing::new(d);
        let algorithm = match crv.as_str() {
            "Ed25519" => KeyAlgorithm::Ed25519,
            "secp256k1" => KeyAlgorithm::Secp256k1,
            "P-256" => KeyAlgorithm::Secp256r1,
            _ => return None,
        };
        let private = Zeroizing::new(BASE64.decode(d.as_bytes()).ok()?);
        Some(ExportedKey { algorithm, private: PrivateKey::from_bytes(&private) })
    };
    keys.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(byte: u8) -> Arc<SigningKey> {
        let secret = Secret::copy_of(&[byte; 32]);
        Arc::new(SigningKey::from_secret(KeyAlgorithm::Ed25519, &secret).unwrap_or_else(|_| panic!("a key")))
    }

    fn opened(password: &str, text: &str) -> Result<Vec<Vec<u8>>, Unopened> {
        let keys = open(password, text)?.into_iter();
        Ok(keys.map(|key| key.private.expose().to_vec()).collect())
    }

    #[test]
    fn what_is_locked_opens_with_its_password_only_and_as_it_was() {
        let text = lock("correct horse", &[("did:x#a".to_owned(), seed(1)), ("did:x#b".to_owned(), seed(2))]);
        let text = text.unwrap();
        let keys = vec![vec![1; 32], vec![2; 32]];
        assert_eq!(opened("correct horse", &text), Ok(keys));
        assert_eq!(opened("correct horsf", &text), Err(Unopened::Locked));
        let parts: Vec<&str> = text.split('.').collect();
        // Every part is looked at: one byte of it changed, and nothing opens.
        for number in 1..5 {
            let mut bytes = BASE64.decode(parts[number]).unwrap();
            bytes[0] ^= 1;
            let changed = BASE64.encode(bytes);
            let mut parts = parts.clone();
            parts[number] = &changed;
            assert_eq!(opened("correct horse", &parts.join(".")), Err(Unopened::Locked), "part {number}");
        }
        assert_eq!(opened("correct horse", &parts[..4].join(".")), Err(Unopened::Unknown));
        assert_eq!(opened("correct horse", ""), Err(Unopened::Unknown));
    }

    #[test]
    fn a_header_that_asks_for_something_else_or_for_too_much_is_not_followed() {
        let text = lock("correct horse", &[("a".to_owned(), seed(1))]).unwrap();
        let (header, rest) = text.split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&BASE64.decode(header).unwrap()).unwrap();
        for (member, value) in [
            ("alg", json!("dir")),
            ("enc", json!("A128GCM")),
            ("p2c", json!(999)),
            ("p2c", json!(400_001)),
            ("p2c", json!(4_294_967_297_u64)),
            ("p2s", json!(7)),
            ("p2s", json!(BASE64.encode([0; 257]))),
            ("crit", json!(["b64"])),
            ("zip", json!("DEF")),
        ] {
            let mut header = header.clone();
            header[member] = value;
            let changed = format!("{}.{rest}", BASE64.encode(header.to_string()));
            assert_eq!(opened("correct horse", &changed), Err(Unopened::Unknown), "{member}: {header}");
        }
    }

    #[test]
    fn a_key_of_every_curve_comes_back_as_what_it_was() {
        let keys: Vec<_> = KeyAlgorithm::ALL
            .into_iter()
            .map(|algorithm| ("k".to_owned(), Arc::new(SigningKey::generate(algorithm).1)))
            .collect();
        let opened = open("correct horse", &lock("correct horse", &keys).unwrap()).unwrap();
        for ((_, key), opened) in keys.iter().zip(opened) {
            assert_eq!(key.algorithm(), opened.algorithm);
            assert_eq!(key.secret_bytes().as_slice(), opened.private.expose());
        }
    }

    /// A seed of 32 times 01 that another implementation locked (Python's `jwcrypto`, 4 096 hashes).
    #[test]
    fn what_another_implementation_locked_opens() {
        const TEXT: &str = "eyJhbGciOiJQQkVTMi1IUzUxMitBMjU2S1ciLCJjdHkiOiJqd2stc2V0K2pzb24iLCJlbmMiOiJBMjU2R0NNIiwicDJjIjo0MDk2LCJwMnMiOiItQTdxZ2RhM1Bkb0hzVHdyX1ZWb3N3In0.IxhEJDhOqmZFpf5tdZRYXiVc4rwWD6f6VKKj-jamcwvFRAYtoa_ByA.gxs_gUd02ptyFq0M.eIWyy1keu_ibzYKCbcT_-oXsRI-SOTqMdpJz_VC6TB7ZAHc7UtjfLmnQi2VaCrjxaJ6B0MP4fC0TAE46hylBiK2ujVSn6HIordTYVhJnasarhfI_BQo7G1xFDUwj8Bwggm77UEEgLFQ7LAfyy8arCNNmQZPyAmqlijSA0S-vXvTAwDsV98MuRAn73v7vxy-89YZm6eUeIV_0z2qZXW6TYnMZPJM.T5uR3oNGxq9d3DN3KgpeZA";
        assert_eq!(opened("a password of theirs", TEXT), Ok(vec![vec![1; 32]]));
    }
}
