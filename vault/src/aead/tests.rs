use super::*;
use proptest::prelude::*;

fn place() -> Place {
    Place::new("kind", &[b"one", b"two"])
}

proptest! {
    #[test]
    fn opens_only_unchanged_in_its_place_under_its_key(
        text in proptest::collection::vec(any::<u8>(), 0..300),
        position in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let key = Secret::random();
        let sealed = encrypt(&key, &place(), &text).unwrap();
        prop_assert_eq!(sealed.len(), NONCE_BYTES + text.len() + 16);
        let opened = decrypt(&key, &place(), &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), text.as_slice());

        let mut tampered = sealed.clone();
        tampered[position.index(sealed.len())] ^= flip;
        prop_assert!(decrypt(&key, &place(), &tampered).is_err());
        prop_assert!(decrypt(&key, &place(), &sealed[..position.index(sealed.len())]).is_err());
        prop_assert!(decrypt(&Secret::random(), &place(), &sealed).is_err());
    }
}

#[test]
fn places_that_join_alike_are_different_places() {
    let key = Secret::random();
    let sealed = encrypt(&key, &place(), b"x").unwrap();
    let others = [
        Place::new("kind", &[b"onet", b"wo"]),
        Place::new("kindone", &[b"two"]),
        Place::new("kind", &[b"two", b"one"]),
        Place::new("kind", &[b"one", b"two", b""]),
        Place::new("kind2", &[b"one", b"two"]),
    ];
    for other in others {
        assert!(decrypt(&key, &other, &sealed).is_err());
    }
}

#[test]
fn the_same_text_never_seals_alike() {
    let key = Secret::random();
    assert_ne!(encrypt(&key, &place(), b"x").unwrap(), encrypt(&key, &place(), b"x").unwrap());
}
