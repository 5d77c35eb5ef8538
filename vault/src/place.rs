//! Cursors of lists: a place in the log, sealed for one customer and one list.
//!
//! Deterministic authenticated encryption in the manner of SIV (RFC 5297), with HMAC-SHA256 for both of its functions: the
//! tag is a keyed hash of everything, and the place is covered by a pad made from the tag. The same place gives the same
//! text, and nobody without the key can make one, read one, or use one elsewhere.

use crate::{
    kdf::{Label, derive, hmac_sha256},
    secret::Secret,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::id::CustomerId;
use subtle::ConstantTimeEq as _;

/// Length of the tag in bytes.
const TAG_BYTES: usize = 16;
/// Length of a place in bytes.
const PLACE_BYTES: usize = 8;

/// The keys of cursors.
pub(crate) struct PlaceKeys {
    tag: Secret,
    pad: Secret,
}

impl PlaceKeys {
    /// From a secret that all processes of a database share and that outlives the master key.
    pub(crate) fn new(shared: &Secret) -> Self {
        Self { tag: derive(shared, Label::PlaceTag), pad: derive(shared, Label::PlacePad) }
    }

    pub(crate) fn seal(&self, customer: CustomerId, list: &str, place: i64) -> String {
        let tag = self.tag(customer, list, place);
        let mut text = tag.to_vec();
        text.extend(self.covered(&tag, place.to_be_bytes()));
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    pub(crate) fn open(&self, customer: CustomerId, list: &str, text: &str) -> Option<i64> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, covered) = bytes.split_first_chunk::<TAG_BYTES>()?;
        let place = i64::from_be_bytes(self.covered(tag, covered.try_into().ok()?));
        let expected = self.tag(customer, list, place);
        bool::from(expected.ct_eq(tag)).then_some(place)
    }

    fn tag(&self, customer: CustomerId, list: &str, place: i64) -> [u8; TAG_BYTES] {
        // Lengths are fixed but for the list's, which stands last.
        let parts = [&customer.0.as_bytes()[..], &place.to_be_bytes(), list.as_bytes()];
        let hash = hmac_sha256(self.tag.expose(), &parts);
        let mut tag = [0; TAG_BYTES];
        tag.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        tag
    }

    /// Covers and uncovers.
    fn covered(&self, tag: &[u8; TAG_BYTES], mut place: [u8; PLACE_BYTES]) -> [u8; PLACE_BYTES] {
        let pad = hmac_sha256(self.pad.expose(), &[tag]);
        place.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn customer(number: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(number))
    }

    #[test]
    fn a_place_is_told_to_its_customer_and_list_only() {
        let keys = PlaceKeys::new(&Secret::random());
        for place in [1, 42, i64::MAX, 0, -1] {
            let text = keys.seal(customer(1), "Query.dids", place);
            assert_eq!(text.len(), 32);
            assert_eq!(text, keys.seal(customer(1), "Query.dids", place), "the same place, the same text");
            assert_eq!(keys.open(customer(1), "Query.dids", &text), Some(place));
            assert_eq!(keys.open(customer(2), "Query.dids", &text), None);
            assert_eq!(keys.open(customer(1), "Query.keys", &text), None);
            assert_eq!(PlaceKeys::new(&Secret::random()).open(customer(1), "Query.dids", &text), None);
        }
    }

    /// doors 14: a cursor told how many events everybody had.
    #[test]
    fn neighbouring_places_have_nothing_in_common() {
        let keys = PlaceKeys::new(&Secret::random());
        let bytes = |place| BASE64_URL_SAFE_NO_PAD.decode(keys.seal(customer(1), "l", place)).unwrap();
        let (one, two) = (bytes(1_000), bytes(1_001));
        let same = one.iter().zip(&two).filter(|(one, two)| one == two).count();
        assert!(same < 6, "{same} of {} bytes are the same", one.len());
        assert!(!one.windows(2).any(|pair| pair == 1_000_u16.to_be_bytes()), "the place stands in it");
    }

    #[test]
    fn what_is_changed_or_made_up_names_nothing() {
        let keys = PlaceKeys::new(&Secret::random());
        let text = keys.seal(customer(1), "l", 7);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text).unwrap();
        for index in 0..bytes.len() {
            let mut turned = bytes.clone();
            turned[index] ^= 1;
            assert_eq!(keys.open(customer(1), "l", &BASE64_URL_SAFE_NO_PAD.encode(turned)), None);
        }
        for wrong in ["", "cDEuNDI", "x", &text[1..], &format!("{text}A"), &format!("{text}="), "é"] {
            assert_eq!(keys.open(customer(1), "l", wrong), None, "{wrong}");
        }
    }
}
