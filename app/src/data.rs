//! Bytes as callers write them: base64 in either alphabet, with padding or without, read in the same way at both doors.

use base64::{
    Engine,
    alphabet::{Alphabet, STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Standard base64 (RFC 4648, section 4); `None` for what is none.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    decoded(&STANDARD, text)
}

/// URL-safe base64 (RFC 4648, section 5); `None` for what is none.
pub fn base64url(text: &str) -> Option<Vec<u8>> {
    decoded(&URL_SAFE, text)
}

/// In whichever alphabet; `None` for what is in neither.
pub fn any_base64(text: &str) -> Option<Vec<u8>> {
    base64(text).or_else(|| base64url(text))
}

fn decoded(alphabet: &Alphabet, text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, lenient).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_may_be_left_out_and_alphabets_are_not_mixed() {
        for text in ["+/8=", "+/8"] {
            assert_eq!((base64(text), base64url(text)), (Some(vec![0xfb, 0xff]), None), "{text}");
            assert_eq!(any_base64(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        for text in ["-_8=", "-_8"] {
            assert_eq!((base64(text), base64url(text)), (None, Some(vec![0xfb, 0xff])), "{text}");
            assert_eq!(any_base64(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        for text in ["*", "+_8=", "A", "+/8==", "+/8=A"] {
            assert_eq!(any_base64(text), None, "{text}");
        }
    }
}
