//! Bits ⇄ compressed text.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::write::ZlibEncoder;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};

use super::StatusListError;

domain::limits! {
    /// Fewest entries a list may have: 131 072 (16 KiB of single bits), for the privacy of holders.
    pub MIN_LENGTH_ENTRIES: usize = 131_072, "entries";
    /// Largest list after decompression, in bytes (33 million single bits).
    pub MAX_BITSTRING_BYTES: usize = 4 * 1024 * 1024, "bytes";
    /// Largest list of a token after decompression, in bytes.
    pub MAX_TOKEN_LIST_BYTES: usize = 16 * 1024 * 1024, "bytes";
    /// Longest encoded list read, in characters.
    pub MAX_ENCODED_CHARS: usize = 8 * 1024 * 1024, "characters";
}

/// The "system" byte of the gzip header: Unix, on every machine.
const GZIP_SYSTEM_UNIX: u8 = 3;
/// Fixed, so that output does not depend on a default that may change. (Level 6 also leaves the XFL byte 0, as pako.)
const GZIP_LEVEL: u32 = 6;
/// What draft-ietf-oauth-status-list recommends (section 4.1).
const ZLIB_LEVEL: u32 = 9;

/// Reads base64url as found in the wild: with or without padding, and without insisting on zero trailing bits.
const URL_SAFE_TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How an entry of several bits is laid out. Single bits are the same in the first two: entry 0 is the most significant bit
/// of byte 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BitOrder {
    /// cheqd: the first bit of an entry is its least significant.
    LeastSignificantFirst,
    /// W3C Bitstring Status List: the first bit of an entry is its most significant.
    MostSignificantFirst,
    /// IETF Token Status List: entry 0 stands at the low end of byte 0, and each entry is the number its bits say.
    FromTheLowEnd,
}

impl BitOrder {
    /// Fewest entries; a token's list has no such rule.
    const fn least(self) -> usize {
        match self {
            Self::LeastSignificantFirst | Self::MostSignificantFirst => MIN_LENGTH_ENTRIES,
            Self::FromTheLowEnd => 1,
        }
    }

    /// Most bytes after decompression.
    const fn most_bytes(self) -> usize {
        match self {
            Self::LeastSignificantFirst | Self::MostSignificantFirst => MAX_BITSTRING_BYTES,
            Self::FromTheLowEnd => MAX_TOKEN_LIST_BYTES,
        }
    }
}

/// Text forms of a compressed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// Base64url without padding and without multibase prefix (what cheqd writes). Reading accepts a `u` prefix.
    #[serde(rename = "base64url")]
    Base64Url,
    /// Multibase `u` + base64url (W3C Bitstring Status List v1.0). Reading accepts a missing prefix.
    #[serde(rename = "multibase")]
    Multibase,
    /// Lower-case hex.
    #[serde(rename = "hex")]
    Hex,
    /// Padded base64, only found in old lists.
    #[serde(rename = "base64")]
    Base64,
    /// Base64url without padding of a zlib stream, which all the others are not (IETF Token Status List).
    #[serde(rename = "zlib")]
    Zlib,
}

impl Encoding {
    /// The name in `metadata.encoding`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base64Url => "base64url",
            Self::Multibase => "multibase",
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Zlib => "zlib",
        }
    }
}

/// A decoded list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bytes: Vec<u8>,
    bits_per_entry: u8,
    order: BitOrder,
}

impl StatusList {
    /// `length` entries of 0. `status_size` is 1, 2, 4 or 8 bits.
    pub fn empty(length: usize, status_size: u8, order: BitOrder) -> Result<Self, StatusListError> {
        let size = checked_size(status_size)?;
        if length < order.least() {
            return Err(StatusListError::Length);
        }
        let bytes = length.checked_mul(size).ok_or(StatusListError::TooLarge)?.div_ceil(8);
        if bytes > order.most_bytes() {
            return Err(StatusListError::TooLarge);
        }
        Ok(Self { bytes: vec![0; bytes], bits_per_entry: status_size, order })
    }

    /// From uncompressed bytes.
    pub fn from_bytes(bytes: Vec<u8>, status_size: u8, order: BitOrder) -> Result<Self, StatusListError> {
        let size = checked_size(status_size)?;
        if bytes.len() > order.most_bytes() {
            return Err(StatusListError::TooLarge);
        }
        if bytes.len() * 8 / size < order.least() {
            return Err(StatusListError::Length);
        }
        Ok(Self { bytes, bits_per_entry: status_size, order })
    }

    /// Decodes and decompresses; stops at [`MAX_BITSTRING_BYTES`], for a token's list at [`MAX_TOKEN_LIST_BYTES`].
    pub fn decode(
        text: &str,
        encoding: Encoding,
        status_size: u8,
        order: BitOrder,
    ) -> Result<Self, StatusListError> {
        checked_size(status_size)?;
        let compressed = decode_text(text, encoding)?;
        let bytes = match encoding {
            Encoding::Zlib => inflate(&compressed, order.most_bytes())?,
            _ => decompress(&compressed, order.most_bytes())?,
        };
        Self::from_bytes(bytes, status_size, order)
    }

    /// Compresses and encodes; equal lists give equal text.
    pub fn encode(&self, encoding: Encoding) -> String {
        let compressed = match encoding {
            Encoding::Zlib => self.deflate(),
            _ => self.compress(),
        };
        match encoding {
            Encoding::Base64Url | Encoding::Zlib => URL_SAFE_NO_PAD.encode(compressed),
            Encoding::Multibase => format!("u{}", URL_SAFE_NO_PAD.encode(compressed)),
            Encoding::Hex => hex::encode(compressed),
            Encoding::Base64 => STANDARD.encode(compressed),
        }
    }

    /// The gzip bytes: what an encrypted list encrypts.
    pub fn compress(&self) -> Vec<u8> {
        let mut writer = GzBuilder::new()
            .mtime(0)
            .operating_system(GZIP_SYSTEM_UNIX)
            .write(Vec::new(), Compression::new(GZIP_LEVEL));
        // Writing into memory cannot fail; a short result would be caught by every reader's checksum.
        let _infallible = writer.write_all(&self.bytes);
        writer.finish().unwrap_or_default()
    }

    /// The zlib bytes: what a token holds.
    pub fn deflate(&self) -> Vec<u8> {
        let mut writer = ZlibEncoder::new(Vec::new(), Compression::new(ZLIB_LEVEL));
        let _infallible = writer.write_all(&self.bytes);
        writer.finish().unwrap_or_default()
    }

    /// The uncompressed bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of entries (what fits into the bytes).
    pub fn len(&self) -> usize {
        self.bytes.len() * 8 / usize::from(self.bits_per_entry)
    }

    /// Never true: a list has at least [`MIN_LENGTH_ENTRIES`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bits per entry.
    pub const fn status_size(&self) -> u8 {
        self.bits_per_entry
    }

    /// The value of an entry.
    pub fn get(&self, index: usize) -> Result<u8, StatusListError> {
        let (byte, shift, mask) = self.place(index)?;
        let raw = (self.bytes.get(byte).ok_or(StatusListError::Range)? >> shift) & mask;
        Ok(self.reordered(raw))
    }

    /// Sets an entry and gives the value it had.
    pub fn set(&mut self, index: usize, value: u8) -> Result<u8, StatusListError> {
        let previous = self.get(index)?;
        let (byte, shift, mask) = self.place(index)?;
        if value & !mask != 0 {
            return Err(StatusListError::Value { value, bits: self.bits_per_entry });
        }
        let raw = self.reordered(value) << shift;
        let target = self.bytes.get_mut(byte).ok_or(StatusListError::Range)?;
        *target = *target & !(mask << shift) | raw;
        Ok(previous)
    }

    /// Byte, shift and mask of an entry. Sizes divide 8, so an entry never crosses a byte.
    fn place(&self, index: usize) -> Result<(usize, u32, u8), StatusListError> {
        if index >= self.len() {
            return Err(StatusListError::Range);
        }
        let size = usize::from(self.bits_per_entry);
        let before = index % (8 / size) * size;
        let shift = match self.order {
            BitOrder::FromTheLowEnd => before,
            BitOrder::LeastSignificantFirst | BitOrder::MostSignificantFirst => 8 - size - before,
        };
        let shift = u32::try_from(shift).map_err(|_| StatusListError::Range)?;
        let mask = u8::MAX >> (8 - self.bits_per_entry);
        Ok((index / (8 / size), shift, mask))
    }

    /// Between the bits as they stand left to right and the value; its own inverse.
    const fn reordered(&self, raw: u8) -> u8 {
        match self.order {
            BitOrder::MostSignificantFirst | BitOrder::FromTheLowEnd => raw,
            BitOrder::LeastSignificantFirst => raw.reverse_bits() >> (8 - self.bits_per_entry),
        }
    }
}

fn checked_size(status_size: u8) -> Result<usize, StatusListError> {
    match status_size {
        1 | 2 | 4 | 8 => Ok(usize::from(status_size)),
        _ => Err(StatusListError::StatusSize),
    }
}

fn decode_text(text: &str, encoding: Encoding) -> Result<Vec<u8>, StatusListError> {
    if text.len() > MAX_ENCODED_CHARS {
        return Err(StatusListError::TooLarge);
    }
    match encoding {
        Encoding::Hex => hex::decode(text).map_err(|_| StatusListError::Encoding("hex")),
        Encoding::Base64 => STANDARD.decode(text).map_err(|_| StatusListError::Encoding("base64")),
        Encoding::Zlib => URL_SAFE_TOLERANT.decode(text).map_err(|_| StatusListError::Encoding("base64url")),
        Encoding::Base64Url | Encoding::Multibase => {
            // A gzip stream starts with 1f 8b, in base64url "H4s": a leading `u` can only be the multibase prefix.
            let encoded = text.strip_prefix('u').unwrap_or(text);
            URL_SAFE_TOLERANT.decode(encoded).map_err(|_| StatusListError::Encoding("base64url"))
        }
    }
}

/// Exactly one gzip member with a right checksum and nothing behind it.
fn decompress(compressed: &[u8], most_bytes: usize) -> Result<Vec<u8>, StatusListError> {
    let mut reader = flate2::bufread::GzDecoder::new(compressed);
    let bytes = read_up_to(&mut reader, most_bytes, "a GZIP compressed bitstring")?;
    if !reader.into_inner().is_empty() {
        return Err(StatusListError::Encoding("a single GZIP compressed bitstring"));
    }
    Ok(bytes)
}

/// Exactly one zlib stream with a right checksum and nothing behind it.
fn inflate(compressed: &[u8], most_bytes: usize) -> Result<Vec<u8>, StatusListError> {
    let mut reader = flate2::bufread::ZlibDecoder::new(compressed);
    let bytes = read_up_to(&mut reader, most_bytes, "a zlib compressed list")?;
    if !reader.into_inner().is_empty() {
        return Err(StatusListError::Encoding("a single zlib compressed list"));
    }
    Ok(bytes)
}

fn read_up_to(
    reader: &mut impl Read,
    most_bytes: usize,
    what: &'static str,
) -> Result<Vec<u8>, StatusListError> {
    let limit = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    reader
        .by_ref()
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| StatusListError::Encoding(what))?;
    if bytes.len() > most_bytes { Err(StatusListError::TooLarge) } else { Ok(bytes) }
}
