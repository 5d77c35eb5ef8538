use super::*;
use proptest::prelude::*;

fn refusal(text: &str) -> Option<&'static str> {
    read(text.as_bytes()).err().map(|why| why.code())
}

fn nested(levels: usize) -> String {
    format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn safety_1_depth_is_counted_in_arrays_and_objects_and_not_in_texts() {
    assert_eq!(refusal(&nested(DEPTH_MAX)), None);
    assert_eq!(refusal(&nested(DEPTH_MAX + 1)), Some("request/json-too-deep"));
    let objects = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    assert_eq!(refusal(&objects(DEPTH_MAX)), None);
    assert_eq!(refusal(&objects(DEPTH_MAX + 1)), Some("request/json-too-deep"));
    assert_eq!(refusal(&format!("\"{}\"", "[{".repeat(1_000))), None);
    assert_eq!(refusal(&format!("\"\\\"{}\"", "[{".repeat(1_000))), None, "an escaped quote ends nothing");
    assert_eq!(refusal(&format!("[{}]", vec!["[]"; 1_000].join(","))), None, "breadth is not depth");
    assert_eq!(scan_within(nested(DEPTH_MAX + 3).as_bytes(), DEPTH_MAX + 3), Ok(()));
}

#[test]
fn safety_4_nesting_costs_no_stack() {
    for open in ["[", "{\"a\":", "{\"a\":[", "[{\"\":"] {
        assert_eq!(refusal(&open.repeat(1_000_000)), Some("request/json-too-deep"), "{open}");
    }
}

#[test]
fn breadth_and_length_are_bounded() {
    let many = |count: usize| format!("[{}]", vec!["0"; count].join(","));
    assert_eq!(refusal(&many(VALUES_MAX - 1)), None, "the array is a value itself");
    assert_eq!(refusal(&many(VALUES_MAX)), Some("request/json-too-many-values"));
    assert_eq!(
        refusal(&format!("[{}]", vec!["[]"; VALUES_MAX].join(","))),
        Some("request/json-too-many-values")
    );
    assert_eq!(
        refusal(&format!("[{}]", vec!["null"; VALUES_MAX].join(","))),
        Some("request/json-too-many-values")
    );
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
    assert_eq!(refusal(&text(TEXT_BYTES_MAX)), None);
    assert_eq!(refusal(&text(TEXT_BYTES_MAX + 1)), Some("request/json-text-too-long"));
    let named = |bytes: usize| format!("{{\"{}\":1}}", "x".repeat(bytes));
    assert_eq!(refusal(&named(NAME_BYTES_MAX)), None);
    assert_eq!(refusal(&named(NAME_BYTES_MAX + 1)), Some("request/json-name-too-long"));
    let digits = |count: usize| format!("0.{}", "0".repeat(count - 2));
    assert_eq!(refusal(&digits(NUMBER_CHARS_MAX)), None);
    assert_eq!(refusal(&digits(NUMBER_CHARS_MAX + 1)), Some("request/json-number"));
}

#[test]
fn characters_that_no_store_holds_are_refused() {
    for text in ["\"\\u0000\"", "\"a\0b\"", "{\"\\u0000\":1}", "{\"a\":[\"\\\\\\u0000\"]}"] {
        assert_eq!(refusal(text), Some("request/json-nul"), "{text:?}");
    }
    assert_eq!(refusal("\"\\\\u0000\""), None, "an escaped backslash before letters");
    for text in ["\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\uD83Dx\"", "{\"\\udfff\":0}"] {
        assert_eq!(refusal(text), Some("request/json-surrogate"), "{text}");
    }
    assert_eq!(refusal("\"\\ud83d\\ude00 \\uFFFF \u{1F600}\""), None);
}

#[test]
fn a_name_stands_once_however_it_is_spelled() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"b":{"a":2},"\u0061":3}"#,
        r#"[{"x":{"é":[],"\u00e9":{}}}]"#,
        r#"{"":1,"":1}"#,
    ] {
        assert_eq!(refusal(text), Some("request/json-duplicate-name"), "{text}");
    }
    assert_eq!(refusal(r#"{"a":{"a":{"a":"a"}},"b":["a","a",{"a":"b"}],"A":1}"#), None);
    let why = read(br#"{"alg":"none","alg":"EdDSA"}"#).unwrap_err();
    assert_eq!(why.to_string(), "The member alg stands twice in one object.");
    let long = format!("{{\"{0}\":1,\"{0}\":2}}", "n".repeat(1_000));
    assert!(read(long.as_bytes()).unwrap_err().to_string().chars().count() < 130);
}

#[test]
fn verdicts_8_numbers_are_kept_as_they_are_or_refused() {
    for kept in [
        "0",
        "-0",
        "-1",
        "1.0",
        "1.50",
        "1e5",
        "1E+5",
        "0.1",
        "1795893110.5",
        "9007199254740993",
        "18446744073709551615",
        "-9223372036854775808",
        "1e22",
        "10000000000000000000000",
        "5e-324",
        "1.7976931348623157e308",
        "123456789012345.6",
        "0.30000000000000004",
        "1529733057941485.2",
    ] {
        assert_eq!(refusal(kept), None, "{kept}");
        assert_eq!(refusal(&format!("[{kept} ,{kept}]")), None, "{kept}");
    }
    for lost in [
        "12345678901234567890123",
        "18446744073709551616",
        "-9223372036854775809",
        "1e400",
        "-1e400",
        "1e-400",
        "0.1234567890123456789",
        "1e99999999999999999999",
        "9007199254740993.0",
        "1.79769313486231581e308",
    ] {
        assert_eq!(refusal(lost), Some("request/json-number"), "{lost}");
    }
}

#[test]
fn what_is_no_json_is_the_parsers_to_refuse() {
    for text in [
        "",
        "{",
        "[1",
        "\"",
        "\"\\",
        "\"\\u12",
        "{\"a\" 1}",
        "[1,]",
        "tru",
        "01",
        "1 2",
        "]",
        "}{",
        "--1",
        "1e",
        "{1:2}",
    ] {
        assert_eq!(refusal(text), Some("request/body-malformed"), "{text}");
    }
    assert_eq!(read(b"\xff").unwrap_err().code(), "request/body-malformed");
    assert!(!read(b"\xff").unwrap_err().is_limit());
}

#[test]
fn a_text_may_hold_json() {
    assert_eq!(holds_json(" {\"a\":1}"), Some(Ok(serde_json::json!({"a": 1}))));
    assert_eq!(holds_json("[not json"), None);
    assert_eq!(holds_json("plain"), None);
    assert_eq!(holds_json(&nested(65)), Some(Err(Refused::TooDeep)));
}

/// JSON values without floats, for which text and value are one to one.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Into::into),
        "[^\0]*".prop_map(Into::into),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map("[^\0]{0,8}", inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// What the parser's own writer writes is within the limits, and comes back as it was.
    #[test]
    fn what_is_within_the_limits_comes_back(value in values()) {
        let text = value.to_string();
        prop_assert_eq!(read(text.as_bytes()), Ok(value.clone()), "{}", &text);
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(read(pretty.as_bytes()), Ok(value));
    }

    /// Nothing panics, and what is refused as malformed is what the parser refuses.
    #[test]
    fn any_text_has_an_answer(text in r#"[\[\]{}:,"\\u0d8e.1a\x00 -]{0,40}"#) {
        let parsed = serde_json::from_str::<serde_json::Value>(&text);
        match read(text.as_bytes()) {
            Ok(value) => prop_assert_eq!(parsed.ok(), Some(value)),
            Err(Refused::Malformed(_)) => prop_assert!(parsed.is_err()),
            Err(_) => {}
        }
    }
}
