//! Cursors of lists: a place in the log, sealed for one customer and one list.
//!
//! Deterministic authenticated encryption in the manner of SIV (RFC 5297), with HMAC-SHA256 for both of its functions: the
//! tag is a keyed hash of everything, and the place is covered by a pad made from the tag. The same place gives the same
//! text, and nobody without the key can make one, read one, or use one elsewhere. A list that is sorted by a column has the
//! value of that column beside the place.

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

/// Length of a block of the pad in bytes: what HMAC-SHA256 gives.
const PAD_BYTES: usize = 32;
domain::limits! {
    /// Longest text that is read as a cursor. The longest that is made has the longest value of an indexed column in it.
    CURSOR_BYTES_MAX: usize = 4_096, "bytes";
}

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

    pub(crate) fn seal(&self, customer: CustomerId, list: &str, place: i64, value: Option<&str>) -> String {
        let tag = self.tag(customer, list, place, value);
        let mut covered = place.to_be_bytes().to_vec();
        covered.extend(value.unwrap_or_default().as_bytes());
        self.cover(&tag, &mut covered);
        let mut text = tag.to_vec();
        text.extend(covered);
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    /// The place and the value of a text; an empty value and none are told apart by who asks.
    pub(crate) fn open(
        &self,
        customer: CustomerId,
        list: &str,
        text: &str,
        has_value: bool,
    ) -> Option<(i64, String)> {
        if text.len() > CURSOR_BYTES_MAX {
            return None;
        }
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, covered) = bytes.split_first_chunk_mut::<TAG_BYTES>()?;
        self.cover(tag, covered);
        let (place, value) = covered.split_first_chunk::<PLACE_BYTES>()?;
        let (place, value) = (i64::from_be_bytes(*place), str::from_utf8(value).ok()?);
        let expected = self.tag(customer, list, place, has_value.then_some(value));
        (bool::from(expected.ct_eq(tag)) && (has_value || value.is_empty()))
            .then(|| (place, value.to_owned()))
    }

    fn tag(&self, customer: CustomerId, list: &str, place: i64, value: Option<&str>) -> [u8; TAG_BYTES] {
        // Lengths are fixed but for the list's, which never holds U+0000, and the value's, which stands last.
        let place = place.to_be_bytes();
        let mut parts = vec![&customer.0.as_bytes()[..], &place, list.as_bytes()];
        if let Some(value) = value {
            parts.extend([&[0][..], value.as_bytes()]);
        }
        let hash = hmac_sha256(self.tag.expose(), &parts);
        let mut tag = [0; TAG_BYTES];
        tag.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        tag
    }

    /// Covers and uncovers: the first block of the pad is made from the tag alone, the others from the tag and their number.
    fn cover(&self, tag: &[u8; TAG_BYTES], bytes: &mut [u8]) {
        for (number, block) in (0_u32..).zip(bytes.chunks_mut(PAD_BYTES)) {
            let number = number.to_be_bytes();
            let parts = if number == [0; 4] { &[&tag[..]][..] } else { &[&tag[..], &number] };
            let pad = hmac_sha256(self.pad.expose(), parts);
            block.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn customer(number: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(number))
    }

    fn place_of(keys: &PlaceKeys, customer: CustomerId, list: &str, text: &str) -> Option<i64> {
        keys.open(customer, list, text, false).map(|(place, _)| place)
    }

    #[test]
    fn a_value_beside_the_place_is_sealed_with_it() {
        let keys = PlaceKeys::new(&Secret::random());
        for value in ["", "a", "Zoë & Sons", &"x".repeat(1_000)] {
            let text = keys.seal(customer(1), "l by NAME ASC", 7, Some(value));
            let opened = |list: &str, has_value| keys.open(customer(1), list, &text, has_value);
            assert_eq!(opened("l by NAME ASC", true), Some((7, value.to_owned())));
            assert_eq!(opened("l by NAME ASC", false), None, "a list without values has other cursors");
            assert_eq!(opened("l by NAME DESC", true), None);
            let plain = keys.seal(customer(1), "l by NAME ASC", 7, None);
            assert_eq!(keys.open(customer(1), "l by NAME ASC", &plain, true), None);
            assert!(value.len() < 9 || !text.contains(&BASE64_URL_SAFE_NO_PAD.encode(value)));
            let mut turned = BASE64_URL_SAFE_NO_PAD.decode(&text).unwrap();
            let last = turned.len() - 1;
            turned[last] ^= 1;
            assert_eq!(
                keys.open(customer(1), "l by NAME ASC", &BASE64_URL_SAFE_NO_PAD.encode(turned), true),
                None
            );
        }
    }

    #[test]
    fn a_place_is_told_to_its_customer_and_list_only() {
        let keys = PlaceKeys::new(&Secret::random());
        for place in [1, 42, i64::MAX, 0, -1] {
            let text = keys.seal(customer(1), "Query.dids", place, None);
            assert_eq!(text.len(), 32);
            assert_eq!(
                text,
                keys.seal(customer(1), "Query.dids", place, None),
                "the same place, the same text"
            );
            assert_eq!(place_of(&keys, customer(1), "Query.dids", &text), Some(place));
            assert_eq!(place_of(&keys, customer(2), "Query.dids", &text), None);
            assert_eq!(place_of(&keys, customer(1), "Query.keys", &text), None);
            assert_eq!(place_of(&PlaceKeys::new(&Secret::random()), customer(1), "Query.dids", &text), None);
        }
    }

    /// doors 14: a cursor told how many events everybody had.
    #[test]
    fn neighbouring_places_have_nothing_in_common() {
        let keys = PlaceKeys::new(&Secret::random());
        let bytes = |place| BASE64_URL_SAFE_NO_PAD.decode(keys.seal(customer(1), "l", place, None)).unwrap();
        let (one, two) = (bytes(1_000), bytes(1_001));
        let same = one.iter().zip(&two).filter(|(one, two)| one == two).count();
        assert!(same < 6, "{same} of {} bytes are the same", one.len());
        assert!(!one.windows(2).any(|pair| pair == 1_000_u16.to_be_bytes()), "the place stands in it");
    }

    #[test]
    fn what_is_changed_or_made_up_names_nothing() {
        let keys = PlaceKeys::new(&Secret::random());
        let text = keys.seal(customer(1), "l", 7, None);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text).unwrap();
        for index in 0..bytes.len() {
            let mut turned = bytes.clone();
            turned[index] ^= 1;
            assert_eq!(place_of(&keys, customer(1), "l", &BASE64_URL_SAFE_NO_PAD.encode(turned)), None);
        }
        for wrong in ["", "cDEuNDI", "x", &text[1..], &format!("{text}A"), &format!("{text}="), "é"] {
            assert_eq!(place_of(&keys, customer(1), "l", wrong), None, "{wrong}");
        }
    }
}
