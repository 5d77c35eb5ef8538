use super::*;
use std::collections::HashSet;

#[test]
fn keys_have_the_published_shape_a_checksum_and_a_stable_keyed_hash() {
    let secret = Secret::random();
    let mut seen = HashSet::new();
    for _ in 0..64 {
        let key = generate(&secret);
        let digits = key.secret.strip_prefix("caas_").unwrap();
        assert_eq!(digits.len(), 128);
        assert!(digits.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)));
        let random = hex::decode(&digits[..64]).unwrap();
        assert_eq!(hex::encode(Sha256::digest([b"caas_", random.as_slice()].concat())), digits[64..]);
        assert_eq!(key.hash, hash(&secret, &key.secret));
        assert_eq!(key.hash.len(), 64);
        assert!(!key.secret.contains(&key.hash));
        assert_ne!(key.hash, hash(&Secret::random(), &key.secret), "useless without the vault");
        assert!(seen.insert(key.secret));
    }
}
