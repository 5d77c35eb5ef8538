use super::*;
use async_graphql::parser::parse_query;
use proptest::prelude::*;

fn code(query: &str) -> Option<&'static str> {
    check(query).err().map(|fault| fault.code)
}

/// A literal of so many objects, each in a list or in another object.
fn literal(levels: usize) -> String {
    format!("{}1{}", "{a:".repeat(levels), "}".repeat(levels))
}

fn mutation(literal: &str) -> String {
    format!(
        "mutation($f: [DidFilter!] = [], $g: T) {{ a: createDid(input: {literal}) @include(if: $g) {{ id }} }}"
    )
}

/// What a worker thread of the server has; tests' own threads may have more.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn safety_1_a_literal_obeys_the_limits_of_json() {
    for (text, wanted) in [
        (literal(json::DEPTH_MAX), None),
        (literal(json::DEPTH_MAX + 1), Some("request/json-too-deep")),
        (format!("{}1{}", "[".repeat(65), "]".repeat(65)), Some("request/json-too-deep")),
        (format!("{}1{}", "[".repeat(64), "]".repeat(64)), None),
        ("{a: 1, a: 2}".to_owned(), Some("request/json-duplicate-name")),
        ("{a: {b: 1 c: {b: 2}} b: ENUM, ENUM: $f}".to_owned(), None),
        ("{a # the name\n , : 1 \u{feff} a\t: 2}".to_owned(), Some("request/json-duplicate-name")),
        ("{a: 1e999}".to_owned(), Some("request/json-number")),
        ("[12345678901234567890123]".to_owned(), Some("request/json-number")),
        ("\"a\\u0000\"".to_owned(), Some("request/json-nul")),
        ("\"a\\\\u0000\"".to_owned(), None),
        ("\"\"\"a\0\"\"\"".to_owned(), Some("request/json-nul")),
        ("\"\"\"a\\u0000 \\\"\"\" { ( \"\"\"".to_owned(), None),
        (format!("\"{}\"", "x".repeat(json::TEXT_BYTES_MAX + 1)), Some("request/json-text-too-long")),
        (format!("{{{}: 1}}", "x".repeat(json::NAME_BYTES_MAX + 1)), Some("request/json-name-too-long")),
        (format!("[{}]", "1 ".repeat(json::VALUES_MAX)), Some("request/json-too-many-values")),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(code(&mutation(&text)), wanted, "{shown}");
        let default = format!("query($v: JSON = {text}) {{ viewer {{ id }} }}");
        assert_eq!(code(&default), wanted, "as a default: {shown}");
    }
    assert_eq!(code("{ a(x: 1, x: 2) }"), Some("request/json-duplicate-name"), "arguments are members too");
    assert_eq!(code("{ x: a(x: 1) x: a(x: 2) }"), None, "aliases are not");
}

#[test]
fn safety_4_what_passes_is_parsed_on_a_small_stack() {
    let fragments = format!("{}a{}", "...on T{".repeat(39), "}".repeat(39));
    let deepest = format!("{{ {fragments} }}").replace("{a}", &format!("{{a(x: {})}}", literal(64)));
    for query in [mutation(&literal(64)), deepest] {
        assert_eq!(code(&query), None);
        on_a_small_stack(move || {
            parse_query(query).unwrap();
        });
    }
}

#[test]
fn safety_4_what_would_overflow_is_refused_unparsed() {
    for (query, wanted) in [
        (mutation(&literal(300)), "request/json-too-deep"),
        ("{a(b:".repeat(10_000), "request/json-too-deep"),
        ("{a".repeat(10_000), "graphql/too-deep"),
        ("{...{".repeat(10_000), "graphql/too-deep"),
        (format!("query($a: {}T) {{ a }}", "[".repeat(10_000)), "request/json-too-deep"),
        (format!("{{ a {} }}", "@x(y:[".repeat(10_000)), "request/json-too-deep"),
        ("[".repeat(10_000), "request/json-too-deep"),
        // One parser's text is another's two texts; neither may hide brackets.
        (format!("{{ a(x: [\"\"\"x\"{}) }}", "[".repeat(300)), "graphql/invalid"),
        (format!("{{ a(x: \"x\n{}\") }}", "[".repeat(300)), "graphql/invalid"),
        ("{ a(b: 1} }".to_owned(), "graphql/invalid"),
        ("{ a } }".to_owned(), "graphql/invalid"),
        ("{ a(x: \"\\".to_owned(), "graphql/invalid"),
    ] {
        let shown: String = query.chars().take(60).collect();
        assert_eq!(code(&query), Some(wanted), "{shown}");
    }
}

proptest! {
    /// No text that the parser takes nests deeper than was measured: it parses on a small stack, whatever it is.
    #[test]
    fn any_text_that_passes_is_harmless(text in r#"[{}()\[\]"\\#:$@!.,a1 \n-]{0,60}"#, levels in 0_usize..200) {
        let query = format!("{text}{}", "{a(b:[".repeat(levels));
        if check(&query).is_ok() {
            on_a_small_stack(move || drop(parse_query(query)));
        }
    }
}
