//! Detection of a resource's media type, which decides its price (docs/ledger.md#media-types).

const TEXT: &str = "text/plain; charset=utf-8";

/// Binary signatures: offset, bytes, media type. Earlier entries win.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"\0asm", "application/wasm"),
    (0, b"\xd9\xd9\xf7", "application/cbor"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "application/ogg"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypisom", "video/mp4"),
    (4, b"ftypmp42", "video/mp4"),
    (0, b"BM", "image/bmp"),
    (0, b"\0\0\x01\0", "image/x-icon"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
];

const HTML_TAGS: &[&str] = &[
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
];

const GEO_TYPES: &[&str] = &[
    "Feature",
    "FeatureCollection",
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
];

fn magic(data: &[u8]) -> Option<&'static str> {
    let hit = |(offset, bytes, _): &&(usize, &[u8], &str)| {
        data.get(*offset..).is_some_and(|d| d.starts_with(bytes))
    };
    MAGIC.iter().find(hit).map(|(_, _, kind)| *kind)
}

fn has_binary_control(data: &[u8]) -> bool {
    data.iter().any(|b| matches!(b, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
}

fn is_html(text: &str) -> bool {
    let text = text.trim_start();
    HTML_TAGS.iter().any(|tag| {
        let head = text.get(..tag.len());
        let next = text.as_bytes().get(tag.len());
        head.is_some_and(|h| h.eq_ignore_ascii_case(tag)) && matches!(next, Some(b' ' | b'>'))
    })
}

fn json(text: &str) -> Option<&'static str> {
    let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    let value: serde_json::Value = match serde_json::from_str(trimmed) {
        Ok(value) => value,
        Err(_) => return ndjson(trimmed),
    };
    let geo = value.get("type").and_then(|t| t.as_str()).is_some_and(|t| GEO_TYPES.contains(&t));
    Some(if geo && first_type_is_top_level(trimmed) { "application/geo+json" } else { "application/json" })
}

/// The ledger looks at the first `"type"` in the text only.
fn first_type_is_top_level(text: &str) -> bool {
    let Some((_, after)) = text.split_once("\"type\"") else { return false };
    let after = after.trim_start().trim_start_matches(':').trim_start();
    GEO_TYPES.iter().any(|t| after.strip_prefix('"').is_some_and(|a| a.starts_with(&format!("{t}\""))))
}

fn ndjson(text: &str) -> Option<&'static str> {
    let lines: Vec<_> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let all = lines.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
    (lines.len() > 1 && all).then_some("application/x-ndjson")
}

/// A table: at least two lines, each with the same number (two or more) of fields.
fn is_table(text: &str, separator: char) -> bool {
    let mut counts = text.lines().filter(|l| !l.is_empty()).map(|line| fields(line, separator));
    let Some(first) = counts.next() else { return false };
    let mut lines = 1;
    for count in counts {
        if count != first {
            return false;
        }
        lines += 1;
    }
    lines >= 2 && first >= 2
}

fn fields(line: &str, separator: char) -> usize {
    let mut quoted = false;
    let mut count = 1;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c == separator && !quoted => count += 1,
            _ => {}
        }
    }
    count
}

fn interpreter(text: &str) -> Option<&'static str> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    let program = line.split(['/', ' ']).rfind(|p| !p.is_empty())?;
    match program {
        "node" | "nodejs" => Some("text/javascript"),
        "php" => Some("text/x-php"),
        "perl" => Some("text/x-perl"),
        "lua" => Some("text/x-lua"),
        "tclsh" | "wish" => Some("text/x-tcl"),
        _ => None,
    }
}

fn text(text: &str) -> &'static str {
    if is_html(text) {
        return "text/html; charset=utf-8";
    }
    if text.contains("<svg") {
        return "image/svg+xml";
    }
    if text.trim_start().starts_with("<?xml") {
        return "text/xml; charset=utf-8";
    }
    if text.starts_with("<?php") {
        return "text/x-php";
    }
    if let Some(kind) = interpreter(text).or_else(|| json(text)) {
        return kind;
    }
    if text.starts_with("{\\rtf") {
        return "text/rtf";
    }
    if is_table(text, ',') {
        return "text/csv";
    }
    if is_table(text, '\t') {
        return "text/tab-separated-values";
    }
    if text.starts_with("BEGIN:VCARD\n") || text.starts_with("BEGIN:VCARD\r\n") {
        return "text/vcard";
    }
    if text.starts_with("BEGIN:VCALENDAR\n") || text.starts_with("BEGIN:VCALENDAR\r\n") {
        return "text/calendar";
    }
    TEXT
}

/// The media type of data.
pub fn detect(data: &[u8]) -> &'static str {
    if let Some(kind) = magic(data) {
        return kind;
    }
    if data.starts_with(b"\xef\xbb\xbf") {
        return TEXT;
    }
    if data.starts_with(b"\xff\xfe") {
        return "text/plain; charset=utf-16le";
    }
    if data.starts_with(b"\xfe\xff") {
        return "text/plain; charset=utf-16be";
    }
    if has_binary_control(data) {
        return "application/octet-stream";
    }
    std::str::from_utf8(data).map_or("text/plain; charset=iso-8859-1", text)
}

#[cfg(test)]
mod tests {
    use super::detect;

    #[test]
    fn the_cases_that_decide_the_price() {
        assert_eq!(detect(br#"{"a": 1}"#), "application/json");
        assert_eq!(detect(b"\"scalar\""), "text/plain; charset=utf-8");
        assert_eq!(detect(br#"{"type":"Feature","geometry":null}"#), "application/geo+json");
        assert_eq!(detect(br#"{"note":"<svg"}"#), "image/svg+xml");
        assert_eq!(detect(b"{\"a\":1}\n{\"b\":2}\n"), "application/x-ndjson");
        assert_eq!(detect(b"{\"a\":1}\n"), "application/json");
        assert_eq!(detect(b"a,b\n1,2\n"), "text/csv");
        assert_eq!(detect(b"\x89PNG\r\n\x1a\n...."), "image/png");
        assert_eq!(detect(b"\xe9t\xe9"), "text/plain; charset=iso-8859-1");
        assert_eq!(detect(&[0, 1, 2]), "application/octet-stream");
    }
}
