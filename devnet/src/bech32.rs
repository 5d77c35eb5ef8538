//! Bech32 addresses (BIP 173) with the ledger's error texts.

const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Longest string the ledger decodes, in characters.
const MAX_LENGTH_CHARS: usize = 1023;
const CHECKSUM_CHARS: usize = 6;

/// Account address prefix of cheqd.
pub const ACCOUNT_PREFIX: &str = "cheqd";

fn polymod(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let mut checksum = 1_u32;
    for value in values {
        let top = checksum >> 25;
        checksum = ((checksum & 0x01ff_ffff) << 5) ^ u32::from(value);
        for (bit, generator) in GENERATOR.iter().enumerate() {
            if (top >> bit) & 1 == 1 {
                checksum ^= generator;
            }
        }
    }
    checksum
}

fn expand(prefix: &str) -> Vec<u8> {
    let high = prefix.bytes().map(|b| b >> 5);
    let low = prefix.bytes().map(|b| b & 31);
    high.chain(std::iter::once(0)).chain(low).collect()
}

fn regroup(data: &[u8], from_bits: u32, to_bits: u32, pad: bool) -> Option<Vec<u8>> {
    let (mut acc, mut bits) = (0_u32, 0_u32);
    let mask = (1_u32 << to_bits) - 1;
    let mut out = Vec::with_capacity(data.len() * 2);
    for byte in data {
        acc = ((acc << from_bits) | u32::from(*byte)) & 0x000f_ffff;
        bits += from_bits;
        while bits >= to_bits {
            bits -= to_bits;
            out.push(u8::try_from((acc >> bits) & mask).ok()?);
        }
    }
    if pad && bits > 0 {
        out.push(u8::try_from((acc << (to_bits - bits)) & mask).ok()?);
    } else if !pad && (bits >= from_bits || (acc << (to_bits - bits)) & mask != 0) {
        return None;
    }
    Some(out)
}

fn char_of(value: u8) -> char {
    CHARSET.get(usize::from(value)).map_or('q', |c| char::from(*c))
}

/// Encodes bytes under a prefix.
pub fn encode(prefix: &str, bytes: &[u8]) -> String {
    let data = regroup(bytes, 8, 5, true).unwrap_or_default();
    let tail = [0_u8; CHECKSUM_CHARS];
    let checksum = polymod(expand(prefix).into_iter().chain(data.iter().copied()).chain(tail)) ^ 1;
    let mut out = format!("{prefix}1");
    out.extend(data.iter().map(|v| char_of(*v)));
    out.extend(
        (0..CHECKSUM_CHARS).map(|i| char_of(u8::try_from((checksum >> (5 * (5 - i))) & 31).unwrap_or(0))),
    );
    out
}

/// Encodes a cheqd account address.
pub fn account(bytes: &[u8]) -> String {
    encode(ACCOUNT_PREFIX, bytes)
}

/// Decodes a string into prefix and bytes; the error is the ledger's text after `decoding bech32 failed: `.
pub fn decode(text: &str) -> Result<(String, Vec<u8>), String> {
    if text.len() < 8 || text.len() > MAX_LENGTH_CHARS {
        return Err(format!("invalid bech32 string length {}", text.len()));
    }
    if let Some(bad) = text.bytes().find(|b| !(33..=126).contains(b)) {
        return Err(format!("invalid character in string: '{}'", char::from(bad)));
    }
    if text.bytes().any(|b| b.is_ascii_lowercase()) && text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("string not all lowercase or all uppercase".into());
    }
    let text = text.to_ascii_lowercase();
    let separator = text.rfind('1').map_or(-1, |i| i64::try_from(i).unwrap_or(-1));
    let index = usize::try_from(separator).unwrap_or(0);
    if separator < 1 || index + CHECKSUM_CHARS + 1 > text.len() {
        return Err(format!("invalid separator index {separator}"));
    }
    let (prefix, rest) = text.split_at(index);
    let mut values = Vec::with_capacity(rest.len());
    for c in rest.bytes().skip(1) {
        match CHARSET.iter().position(|x| *x == c) {
            Some(v) => values.push(u8::try_from(v).unwrap_or(0)),
            None => return Err(format!("invalid character not part of charset: {c}")),
        }
    }
    if polymod(expand(prefix).into_iter().chain(values.iter().copied())) != 1 {
        let (_, got) = rest.split_at(rest.len() - CHECKSUM_CHARS);
        return Err(format!("invalid checksum (got {got})"));
    }
    values.truncate(values.len() - CHECKSUM_CHARS);
    let bytes = regroup(&values, 5, 8, false).ok_or_else(|| "invalid incomplete group".to_owned())?;
    Ok((prefix.to_owned(), bytes))
}

/// Decodes a cheqd account address.
pub fn decode_account(text: &str) -> Result<Vec<u8>, String> {
    if text.trim().is_empty() {
        return Err("empty address string is not allowed".into());
    }
    let (prefix, bytes) = decode(text).map_err(|e| format!("decoding bech32 failed: {e}"))?;
    if prefix != ACCOUNT_PREFIX {
        return Err(format!("invalid Bech32 prefix; expected {ACCOUNT_PREFIX}, got {prefix}"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_address_round_trips_and_a_changed_character_is_refused() {
        let address = "cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz96";
        let bytes = decode_account(address).unwrap();
        assert_eq!(bytes.len(), 20);
        assert_eq!(account(&bytes), address);
        assert!(
            decode_account("cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz97").unwrap_err().contains("checksum")
        );
        assert_eq!(
            decode_account("cheqd1notanaddress").unwrap_err(),
            "decoding bech32 failed: invalid character not part of charset: 111"
        );
    }
}
