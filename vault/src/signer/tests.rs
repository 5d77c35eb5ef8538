use super::*;
use k256::ecdsa::signature::Verifier as _;
use proptest::prelude::*;

#[test]
fn the_self_test_passes() {
    crate::self_test().unwrap();
}

#[test]
fn scalars_outside_the_group_are_no_secp256k1_keys() {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    for hex_text in [order, &"00".repeat(32), &"ff".repeat(32)] {
        let secret = Secret::from_slice(&hex::decode(hex_text).unwrap()).unwrap();
        assert!(SigningKey::from_secret(KeyAlgorithm::Secp256k1, &secret).is_err());
        assert!(SigningKey::from_secret(KeyAlgorithm::Ed25519, &secret).is_ok());
    }
}

proptest! {
    #[test]
    fn signatures_verify_and_secp256k1_is_always_low_s(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (_, key) = SigningKey::generate(KeyAlgorithm::Secp256k1);
        let signature = key.sign(&text);
        prop_assert_eq!(signature.len(), 64);
        let parsed = k256::ecdsa::Signature::from_slice(&signature).unwrap();
        prop_assert!(parsed.normalize_s().is_none(), "already low");
        let public = k256::ecdsa::VerifyingKey::from_sec1_bytes(&key.public_bytes()).unwrap();
        prop_assert!(public.verify(&text, &parsed).is_ok());
        prop_assert_eq!(key.sign(&text), signature, "deterministic");

        let (_, key) = SigningKey::generate(KeyAlgorithm::Ed25519);
        let parsed = ed25519_dalek::Signature::from_slice(&key.sign(&text)).unwrap();
        let public = ed25519_dalek::VerifyingKey::from_bytes(&key.public_bytes().try_into().unwrap()).unwrap();
        prop_assert!(public.verify_strict(&text, &parsed).is_ok());
    }
}
