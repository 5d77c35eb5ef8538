//! Strict decoding of transaction bytes: deterministic `TxRaw` (ADR-027) and refusal of unknown critical fields.

pub mod tables;

use crate::failure::{Failure, Outcome, sdk};
use tables::{Desc, Kind, desc_of_url};

/// Lowest field number of the non-critical range 1024–2047.
const NON_CRITICAL_BIT: u64 = 1 << 10;
/// Deepest nesting of messages accepted.
const MAX_DEPTH: u32 = 64;

/// One field on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Field number.
    pub number: u64,
    /// Wire type, 0–5.
    pub wire: u8,
    /// Content of a length-delimited field, or the raw bytes of another.
    pub data: &'a [u8],
    /// The whole field with its tag.
    pub whole: &'a [u8],
    /// How many bytes the length prefix took (0 for other wire types).
    pub length_bytes: usize,
}

/// Reads a varint: value and how many bytes it took.
pub fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (i, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(u32::try_from(7 * i).ok()?)?;
        if *byte < 0x80 {
            return Some((value, i + 1));
        }
    }
    None
}

fn parse(text: impl Into<String>) -> Failure {
    sdk(2, text)
}

fn wire_name(wire: u8) -> &'static str {
    match wire {
        0 => "varint",
        1 => "fixed64",
        2 => "bytes",
        3 => "start_group",
        4 => "end_group",
        5 => "fixed32",
        _ => "unknown",
    }
}

/// Number, wire type and length of the tag at the start.
fn tag(bytes: &[u8]) -> Result<(u64, u8, usize), String> {
    let (tag, n) = varint(bytes).ok_or("invalid length; proto:\u{a0}invalid field number")?;
    let (number, wire) = (tag >> 3, u8::try_from(tag & 7).unwrap_or(7));
    if number == 0 || number > (1 << 29) - 1 {
        return Err("invalid length; proto:\u{a0}invalid field number".into());
    }
    Ok((number, wire, n))
}

/// Cuts the next field off; the error is the node's text.
fn next(bytes: &[u8]) -> Result<(Field<'_>, &[u8]), String> {
    let (number, wire, n) = tag(bytes)?;
    let eof = || {
        let wire = wire_name(wire);
        format!("could not consume field value for tagNum: {number}, wireType: \"{wire}\"; unexpected EOF")
    };
    let rest = bytes.get(n..).unwrap_or_default();
    let (skip, size) = match wire {
        0 => (0, varint(rest).ok_or_else(eof)?.1),
        1 => (0, 8),
        5 => (0, 4),
        2 => {
            let (length, m) = varint(rest).ok_or_else(eof)?;
            (m, usize::try_from(length).map_err(|_| eof())?)
        }
        _ => (0, 0),
    };
    let end = skip.checked_add(size).ok_or_else(eof)?;
    let data = rest.get(skip..end).ok_or_else(eof)?;
    let whole = bytes.get(..n + end).unwrap_or_default();
    Ok((Field { number, wire, data, whole, length_bytes: skip }, rest.get(end..).unwrap_or_default()))
}

/// Checks that transaction bytes are in the one permitted form: fields 1 to 3 in order, all bytes, shortest lengths.
pub fn check_adr027(bytes: &[u8]) -> Outcome<()> {
    let (mut rest, mut last) = (bytes, 0);
    while !rest.is_empty() {
        let (tag, n) =
            varint(rest).ok_or_else(|| parse("invalid length; proto:\u{a0}invalid field number"))?;
        let (number, wire) = (tag >> 3, tag & 7);
        if number == 0 {
            return Err(parse("invalid length; proto:\u{a0}invalid field number"));
        }
        if wire != 2 {
            return Err(parse(format!("expected 2 wire type, got {wire}")));
        }
        if number < last || (number == last && number != 3) {
            return Err(parse(format!("txRaw must follow ADR-027, got tagNum {number} after tagNum {last}")));
        }
        let body = rest.get(n..).unwrap_or_default();
        let (length, m) = varint(body).ok_or_else(|| parse("unexpected EOF"))?;
        let minimal = shortest(length);
        if m != minimal {
            return Err(parse(format!(
                "length prefix varint for tagNum {number} is not as short as possible, read {m}, only need {minimal}"
            )));
        }
        let end = usize::try_from(length).ok().and_then(|l| l.checked_add(m));
        rest = end.and_then(|e| body.get(e..)).ok_or_else(|| parse("unexpected EOF"))?;
        last = number;
    }
    Ok(())
}

fn shortest(value: u64) -> usize {
    let bits = 64 - value.max(1).leading_zeros();
    usize::try_from(bits.div_ceil(7)).unwrap_or(10)
}

/// Fields of a message, in order.
pub fn fields(bytes: &[u8]) -> Result<Vec<Field<'_>>, String> {
    let (mut rest, mut out) = (bytes, Vec::new());
    while !rest.is_empty() {
        let (field, after) = next(rest)?;
        out.push(field);
        rest = after;
    }
    Ok(out)
}

/// Refuses unknown fields; with `allow_non_critical` the numbers 1024–2047 (bit 11 set) may be unknown.
pub fn reject_unknown(bytes: &[u8], desc: &Desc, allow_non_critical: bool) -> Outcome<()> {
    walk(bytes, desc, allow_non_critical, 0).map_err(parse)
}

fn walk(bytes: &[u8], desc: &Desc, allow: bool, depth: u32) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("recursion limit reached".into());
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        // Whether a field is known is decided before its value is read.
        let (number, wire, _) = tag(rest)?;
        let known = desc.fields.iter().find(|(n, _)| *n == number);
        if known.is_none() && !(allow && number & NON_CRITICAL_BIT != 0) {
            let (name, wire) = (desc.name, wire_name(wire));
            return Err(format!("errUnknownField \"{name}\": {{TagNum: {number}, WireType:\"{wire}\"}}"));
        }
        let (field, after) = next(rest)?;
        rest = after;
        let Some((_, kind)) = known else { continue };
        let want = if matches!(kind, Kind::Varint) { 0 } else { 2 };
        // Numbers may also come packed, as the ledger accepts.
        if field.wire != want && !(want == 0 && field.wire == 2) {
            return Err(format!(
                "Mismatched \"{}\": {{TagNum: {}, GotWireType: \"{}\" != WantWireType: \"{}\"}}",
                desc.name,
                field.number,
                wire_name(field.wire),
                wire_name(want)
            ));
        }
        match kind {
            Kind::Message(inner) => walk(field.data, inner, allow, depth + 1)?,
            Kind::Any => walk_any(field.data, allow, depth + 1)?,
            Kind::Varint | Kind::Bytes => {}
        }
    }
    Ok(())
}

fn walk_any(bytes: &[u8], allow: bool, depth: u32) -> Result<(), String> {
    walk(bytes, &tables::ANY, allow, depth)?;
    let parts = fields(bytes)?;
    let find = |n| parts.iter().rev().find(|f| f.number == n).map_or(&[][..], |f| f.data);
    let url = String::from_utf8_lossy(find(1)).into_owned();
    if url.is_empty() {
        return Ok(());
    }
    let desc = desc_of_url(&url).ok_or_else(|| format!("unable to resolve type URL {url}"))?;
    walk(find(2), desc, allow, depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_must_be_shortest() {
        assert_eq!(shortest(0), 1);
        assert_eq!(shortest(127), 1);
        assert_eq!(shortest(128), 2);
        assert!(check_adr027(&[0x0a, 0x01, 0x00]).is_ok());
        assert!(check_adr027(&[0x0a, 0x81, 0x00, 0x00]).is_err());
        assert!(check_adr027(&[0x12, 0x00, 0x0a, 0x00]).is_err());
    }
}
