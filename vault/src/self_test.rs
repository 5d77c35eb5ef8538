//! Known answers, computed once at start: a build or a machine that computes wrongly must not touch real keys.

use crate::{
    aead::{self, NONCE_BYTES, Place},
    kdf,
    secret::Secret,
    signer::SigningKey,
};
use domain::key::KeyAlgorithm;
use ed25519_dalek::Verifier as _;

/// A known answer came out wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cryptographic self-test failed: {what}; this build or machine must not be used")]
pub struct SelfTestFailed {
    /// Which test.
    pub what: &'static str,
}

/// RFC 4231 test case 2.
const HMAC_ANSWER: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
/// draft-irtf-cfrg-xchacha-03, appendix A.3.1: key, nonce, associated data, plaintext, tag.
const XCHACHA_KEY: &str = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
const XCHACHA_NONCE: &str = "404142434445464748494a4b4c4d4e4f5051525354555657";
const XCHACHA_AAD: &str = "50515253c0c1c2c3c4c5c6c7";
const XCHACHA_TEXT: &[u8] =
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
sunscreen would be it.";
const XCHACHA_TAG: &str = "c0875924c1c7987947deafd8780acf49";
/// RFC 8032 7.1, test 1: seed, public key, signature of the empty message.
const ED25519_SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const ED25519_PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const ED25519_SIGNATURE: &str = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac\
c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
/// The widely used RFC 6979 vector for secp256k1 and SHA-256 with private key 1.
const SECP256K1_TEXT: &[u8] = b"Satoshi Nakamoto";
const SECP256K1_SIGNATURE: &str = "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8\
2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5";
/// RFC 6979 A.2.5, with SHA-256 and the message "sample": private key, signature.
const SECP256R1_SECRET: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const SECP256R1_SIGNATURE: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

/// Computes every primitive the vault relies on and compares with published answers.
pub fn self_test() -> Result<(), SelfTestFailed> {
    check("HMAC-SHA256", hmac())?;
    check("XChaCha20-Poly1305", xchacha())?;
    check("Ed25519", ed25519())?;
    check("secp256k1", secp256k1())?;
    check("P-256", secp256r1())
}

fn check(what: &'static str, outcome: Option<bool>) -> Result<(), SelfTestFailed> {
    if outcome == Some(true) { Ok(()) } else { Err(SelfTestFailed { what }) }
}

fn secret(hex_text: &str) -> Option<Secret> {
    Secret::from_slice(&hex::decode(hex_text).ok()?)
}

#[expect(clippy::unnecessary_wraps, reason = "all checks have one shape")]
fn hmac() -> Option<bool> {
    Some(hex::encode(kdf::hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"])) == HMAC_ANSWER)
}

fn xchacha() -> Option<bool> {
    let key = secret(XCHACHA_KEY)?;
    let nonce: [u8; NONCE_BYTES] = hex::decode(XCHACHA_NONCE).ok()?.try_into().ok()?;
    let known = aead::encrypt_with_nonce(&key, nonce, &hex::decode(XCHACHA_AAD).ok()?, XCHACHA_TEXT).ok()?;
    let place = Place::new("self-test", &[b"here"]);
    let elsewhere = Place::new("self-test", &[b"there"]);
    let sealed = aead::encrypt(&key, &place, XCHACHA_TEXT).ok()?;
    let opened = aead::decrypt(&key, &place, &sealed).ok()?;
    Some(
        hex::encode(known).ends_with(XCHACHA_TAG)
            && opened.as_slice() == XCHACHA_TEXT
            && aead::decrypt(&key, &elsewhere, &sealed).is_err(),
    )
}

fn ed25519() -> Option<bool> {
    let key = SigningKey::from_secret(KeyAlgorithm::Ed25519, &secret(ED25519_SEED)?).ok()?;
    let signature = key.sign(b"");
    let public = ed25519_dalek::VerifyingKey::from_bytes(&key.public_bytes().try_into().ok()?).ok()?;
    let parsed = ed25519_dalek::Signature::from_slice(&signature).ok()?;
    Some(
        key.kid().0 == ED25519_PUBLIC
            && hex::encode(&signature) == ED25519_SIGNATURE
            && public.verify(b"", &parsed).is_ok()
            && public.verify(b"x", &parsed).is_err(),
    )
}

fn secp256k1() -> Option<bool> {
    let mut one = [0; 32];
    *one.last_mut()? = 1;
    let key = SigningKey::from_secret(KeyAlgorithm::Secp256k1, &Secret::from_slice(&one)?).ok()?;
    let signature = key.sign(SECP256K1_TEXT);
    let public = k256::ecdsa::VerifyingKey::from_sec1_bytes(&key.public_bytes()).ok()?;
    let parsed = k256::ecdsa::Signature::from_slice(&signature).ok()?;
    Some(
        hex::encode(&signature) == SECP256K1_SIGNATURE
            && public.verify(SECP256K1_TEXT, &parsed).is_ok()
            && public.verify(b"x", &parsed).is_err(),
    )
}

fn secp256r1() -> Option<bool> {
    let key = SigningKey::from_secret(KeyAlgorithm::Secp256r1, &secret(SECP256R1_SECRET)?).ok()?;
    let signature = key.sign(b"sample");
    let public = p256::ecdsa::VerifyingKey::from_sec1_bytes(&key.public_bytes()).ok()?;
    let parsed = p256::ecdsa::Signature::from_slice(&signature).ok()?;
    Some(
        hex::encode(&signature) == SECP256R1_SIGNATURE
            && public.verify(b"sample", &parsed).is_ok()
            && public.verify(b"x", &parsed).is_err(),
    )
}
