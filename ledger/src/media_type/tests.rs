//! What a real node detected in the same bytes.

use super::*;
use app::resource::media_type::detect;

#[test]
fn the_fee_class_is_told_only_where_it_is_certain() {
    assert_eq!(fee_class(b"{}"), Some(FeeClass::Json));
    assert_eq!(fee_class(b"{\"type\":\"Point\"}"), Some(FeeClass::Default));
    assert_eq!(fee_class(b"x <svg> y"), Some(FeeClass::Image));
    assert_eq!(fee_class(b"a,b\n1,2\n"), Some(FeeClass::Default));
    assert_eq!(fee_class(b"\0\x01\x02"), None);
    assert_eq!(fee_class(b"BMW, a text or a bitmap"), None);
}

#[test]
fn what_is_named_is_what_the_devnet_names() {
    let samples: &[&[u8]] = &[
        b"{\"a\":1}",
        b"[]",
        b" [1]\n",
        b"{\"type\":\"Polygon\"}",
        b"{\"type\":\"X\"}",
        b"{\"a\":1}\n[2]\n",
        b"{\"a\":",
        b"true",
        b"x <svg y",
        b"<html>",
        b"<a>",
        b"<ab>",
        b"<!-- x -->",
        b"<?xml?>",
        b"plain",
        b"a,b\n1,2\n",
        b"a\tb\n1\t2\n",
        b"\xef\xbb\xbf[]",
        b"\xff\xfea\0",
        b"\xe4",
        b"\0",
        b"BM text",
        b"BM\0\0",
        b"GIF89a",
        b"%PDF-1",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"\0asm",
        b"II*\0",
        b"RIFF\0\0\0\0WEBP",
        b"#!/usr/bin/python\n",
        b"BEGIN:VCARD\n",
        b"{\\rtf1}",
        b"\0\0\x01\0",
    ];
    for sample in samples {
        let theirs = devnet::media_type::detect(sample);
        if let Some(ours) = detect(sample) {
            assert_eq!(ours, theirs, "{:?}", String::from_utf8_lossy(sample));
        }
        let class = match theirs {
            kind if kind.starts_with("image/") => FeeClass::Image,
            "application/json" => FeeClass::Json,
            _ => FeeClass::Default,
        };
        assert!(fee_class(sample).is_none_or(|ours| ours == class), "{:?}", String::from_utf8_lossy(sample));
    }
}
