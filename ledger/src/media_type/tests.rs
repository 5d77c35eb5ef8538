//! The table of ledger.md 2.10.

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
fn the_fee_class_is_told_only_where_it_is_certain() {
    assert_eq!(fee_class(b"{}"), Some(FeeClass::Json));
    assert_eq!(fee_class(b"{\"type\":\"Point\"}"), Some(FeeClass::Default));
    assert_eq!(fee_class(b"x <svg> y"), Some(FeeClass::Image));
    assert_eq!(fee_class(b"a,b\n1,2\n"), Some(FeeClass::Default));
    assert_eq!(fee_class(b"\0\x01\x02"), None);
}
