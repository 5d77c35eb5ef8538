//! RSA signatures, made with OpenSSL once.

use crate::{
    jwk::{Key, KeySet, Named, Published},
    jws::Jws,
};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("rsa.json")).unwrap()
}

fn keys(change: impl FnOnce(&mut Value)) -> KeySet {
    let mut vectors = vectors();
    change(&mut vectors);
    KeySet::of(serde_json::from_value::<Published>(vectors).unwrap())
}

/// Whether a key of the set made the token.
fn is_signed(keys: &KeySet, token: &str) -> bool {
    let jws = Jws::parse(token).unwrap();
    match keys.find(jws.kid.as_deref(), jws.algorithm) {
        Named::Key(key) => Key::has_signed(key, jws.algorithm, jws.signed, &jws.signature),
        Named::Unknown | Named::Unfit => false,
    }
}

#[test]
fn rsa_signatures_of_both_kinds_hold_and_none_of_a_short_key() {
    let vectors = vectors();
    let token = |name: &str| vectors["tokens"][name].as_str().unwrap();
    let all = keys(|_| ());
    assert!(is_signed(&all, token("RS256")));
    assert!(is_signed(&all, token("PS256")));
    assert!(!is_signed(&all, token("weak")), "1024 bits are too few");
    let bound = keys(|vectors| vectors["keys"][0]["alg"] = "RS256".into());
    assert!(is_signed(&bound, token("RS256")));
    assert!(!is_signed(&bound, token("PS256")), "the key is bound to the other kind");
    let (head, signature) = token("RS256").rsplit_once('.').unwrap();
    let other = format!("{}x.{signature}", head.strip_suffix(|_: char| true).unwrap());
    assert!(Jws::parse(&other).is_err() || !is_signed(&all, &other));
}
