//! Just enough protobuf to blank recorded timestamps.

/// A field on the wire: number, wire type, content.
pub(crate) type Field = (u64, u8, Vec<u8>);

fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (i, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if *byte < 0x80 {
            return Some((value, i + 1));
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(u8::try_from(value & 127).unwrap() | 128);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
}

/// Fields of a message, `None` when the bytes are none.
pub(crate) fn fields(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let (tag, n) = varint(bytes)?;
        let rest = bytes.get(n..)?;
        let wire = u8::try_from(tag & 7).ok()?;
        let (skip, size) = match wire {
            0 => (0, varint(rest)?.1),
            1 => (0, 8),
            5 => (0, 4),
            2 => {
                let (length, m) = varint(rest)?;
                (m, usize::try_from(length).ok()?)
            }
            _ => return None,
        };
        out.push((tag >> 3, wire, rest.get(skip..skip + size)?.to_vec()));
        bytes = rest.get(skip + size..)?;
    }
    Some(out)
}

/// Writes a length-delimited field.
pub(crate) fn delimited(out: &mut Vec<u8>, number: u64, content: &[u8]) {
    put_varint(out, number << 3 | 2);
    put_varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

/// Empties the length-delimited fields at the given paths.
pub(crate) fn blank(bytes: &[u8], paths: &[Vec<u64>]) -> Vec<u8> {
    if paths.is_empty() {
        return bytes.to_vec();
    }
    let Some(fields) = fields(bytes) else { return bytes.to_vec() };
    let mut out = Vec::new();
    for (number, wire, content) in fields {
        if wire != 2 {
            put_varint(&mut out, number << 3 | u64::from(wire));
            out.extend(content);
            continue;
        }
        let inner: Vec<Vec<u64>> = paths.iter().filter(|p| p[0] == number).map(|p| p[1..].to_vec()).collect();
        if inner.iter().any(Vec::is_empty) {
            delimited(&mut out, number, &[]);
        } else {
            delimited(&mut out, number, &blank(&content, &inner));
        }
    }
    out
}

/// Blanks the metadata times inside transaction result data.
pub(crate) fn blank_tx_data(bytes: &[u8]) -> Vec<u8> {
    let Some(all) = fields(bytes) else { return bytes.to_vec() };
    let mut out = Vec::new();
    for (number, wire, content) in all {
        if wire != 2 {
            continue;
        }
        let url =
            fields(&content).and_then(|f| f.into_iter().find(|f| f.0 == 1)).map(|f| f.2).unwrap_or_default();
        let url = String::from_utf8_lossy(&url).into_owned();
        let paths: Vec<Vec<u64>> = if url.contains("DidDoc") {
            vec![vec![2, 1, 2, 1], vec![2, 1, 2, 2]]
        } else if url.contains("MsgCreateResourceResponse") {
            vec![vec![2, 1, 8]]
        } else {
            vec![]
        };
        delimited(&mut out, number, &blank(&content, &paths));
    }
    out
}
