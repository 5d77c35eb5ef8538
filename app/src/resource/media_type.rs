//! The media type the ledger will detect in a resource's bytes (docs/ledger.md#media-types), for the common types. The node itself
//! uses a table of some hundred types, so whatever is not certain here is left to it.

use serde::de::IgnoredAny;
use serde_json::Value;

/// Signatures at the start of binary formats.
const MAGIC: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\0asm", "application/wasm"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
];

/// Starts of an HTML document, upper case; a blank or `>` must follow.
const HTML: &[&str] = &[
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

const GEO_JSON: &[&str] = &[
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

const BOM_UTF8: &[u8] = b"\xef\xbb\xbf";

/// The media type as far as it can be told before the ledger has told it: what is not certain is text, or bytes.
pub(super) fn likely(data: &[u8]) -> &'static str {
    let other = || if is_text(data) { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    detect(data).unwrap_or_else(other)
}

/// The media type, where it is certain.
pub fn detect(data: &[u8]) -> Option<&'static str> {
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| data.starts_with(magic)) {
        // A zip may turn out to be an office document, and "BM" may start a text; only the node's table knows.
        return match *kind {
            "application/zip" => None,
            "image/bmp" if is_text(data) => None,
            kind => Some(kind),
        };
    }
    if data.starts_with(b"RIFF") && data.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    if is_text(data) { text(data) } else { None }
}

/// Whether the node takes it for text: no control characters but the usual ones, or a byte order mark.
pub fn is_text(data: &[u8]) -> bool {
    data.starts_with(BOM_UTF8)
        || data.starts_with(b"\xff\xfe")
        || data.starts_with(b"\xfe\xff")
        || !data.iter().any(|byte| matches!(byte, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
}

fn text(data: &[u8]) -> Option<&'static str> {
    let start = data.trim_ascii_start();
    if is_html(start) {
        return Some("text/html; charset=utf-8");
    }
    // A comment may open HTML, XML or SVG.
    if start.starts_with(b"<!--") {
        return None;
    }
    if has_svg(data) {
        return Some("image/svg+xml");
    }
    if start.starts_with(b"<?xml") {
        return Some("text/xml; charset=utf-8");
    }
    if let Some(kind) = json(data, start) {
        return Some(kind);
    }
    // What is left may be a table, a script, a calendar …: named only when nothing suggests structure.
    let plain = std::str::from_utf8(data).is_ok()
        && !data.iter().any(|byte| matches!(byte, b',' | b'\t'))
        && !["#!", "BEGIN:", "{\\rtf", "<"].iter().any(|mark| start.starts_with(mark.as_bytes()));
    (plain || data.starts_with(BOM_UTF8)).then_some("text/plain; charset=utf-8")
}

/// Whether the node sees an SVG image in a text.
pub fn has_svg(data: &[u8]) -> bool {
    data.windows(4).any(|window| window == b"<svg")
}

fn is_html(start: &[u8]) -> bool {
    let upper = start.get(..start.len().min(20)).unwrap_or_default().to_ascii_uppercase();
    HTML.iter()
        .any(|tag| upper.starts_with(tag.as_bytes()) && matches!(upper.get(tag.len()), Some(b' ' | b'>')))
}

fn json(data: &[u8], start: &[u8]) -> Option<&'static str> {
    if !matches!(start.first(), Some(b'{' | b'[')) {
        return None;
    }
    if let Ok(value) = serde_json::from_slice::<Value>(data) {
        let kind = value.get("type").and_then(Value::as_str);
        let is_geo = kind.is_some_and(|kind| GEO_JSON.contains(&kind));
        return Some(if is_geo { "application/geo+json" } else { "application/json" });
    }
    let lines: Vec<&[u8]> =
        data.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
    let all_are_json =
        lines.len() > 1 && lines.iter().all(|line| serde_json::from_slice::<IgnoredAny>(line).is_ok());
    all_are_json.then_some("application/x-ndjson")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_contents_are_named_as_the_node_names_them() {
        let cases: &[(&[u8], Option<&str>)] = &[
            (b"{\"a\":1}", Some("application/json")),
            (b"  [1,2]\n", Some("application/json")),
            (b"\"x\"", Some("text/plain; charset=utf-8")),
            (b"1", Some("text/plain; charset=utf-8")),
            (b"{\"type\":\"Feature\"}", Some("application/geo+json")),
            (b"{\"a\":1}\n{\"b\":2}\n", Some("application/x-ndjson")),
            (b"{\"a\":\"<svg\"}", Some("image/svg+xml")),
            (b"<!DOCTYPE html><p>", Some("text/html; charset=utf-8")),
            (b"<?xml version=\"1.0\"?><a/>", Some("text/xml; charset=utf-8")),
            (b"plain words", Some("text/plain; charset=utf-8")),
            (b"eyJhbGciOiJFUzI1NiJ9.e30.c2ln", Some("text/plain; charset=utf-8")),
            (b"\xef\xbb\xbf{\"a\":1}", Some("text/plain; charset=utf-8")),
            (b"\x89PNG\r\n\x1a\n\0\0", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"%PDF-1.7\n", Some("application/pdf")),
            (b"a,b\n1,2\n", None),
            (b"PK\x03\x04\0\0", None),
            (b"\0\x01\x02", None),
        ];
        for (data, kind) in cases {
            assert_eq!(detect(data), *kind, "{:?}", String::from_utf8_lossy(data));
        }
    }

    #[test]
    fn what_is_not_certain_is_text_or_bytes() {
        for (data, kind) in [
            (&b"a,b\n1,2\n"[..], "text/plain; charset=utf-8"),
            (b"{}", "application/json"),
            (b"<svg/>", "image/svg+xml"),
            (b"\0\x01\x02", "application/octet-stream"),
            (b"PK\x03\x04\0\0", "application/octet-stream"),
        ] {
            assert_eq!(likely(data), kind, "{data:?}");
        }
    }
}
