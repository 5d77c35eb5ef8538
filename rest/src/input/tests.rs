use super::*;
use serde_json::json;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

fn form(body: &str) -> Input {
    Input::decode(FORM, body.as_bytes()).unwrap()
}

#[test]
fn a_form_field_is_read_as_what_the_reader_wants() {
    let input =
        form("name=1e10&data=123&flag=true&index=7&list=a,b&json=[\"x\",\"y\"]&service={\"a\":1}&empty=");
    assert_eq!(input.text("name", "").unwrap(), Some("1e10"), "a name that looks like a number stays a name");
    assert_eq!(input.text("data", "").unwrap(), Some("123"));
    assert_eq!(input.flag("flag", "").unwrap(), Some(true));
    assert_eq!(input.number("index", "").unwrap(), Some(7));
    assert_eq!(input.array("list", "").unwrap(), Some(vec![json!("a"), json!("b")]));
    assert_eq!(input.array("json", "").unwrap(), Some(vec![json!("x"), json!("y")]));
    assert_eq!(input.array("service", "").unwrap(), Some(vec![json!({"a": 1})]));
    assert_eq!(input.object("service", "").unwrap(), json!({"a": 1}).as_object().cloned());
    assert!(!input.has("empty"));
}

#[test]
fn brackets_nest() {
    let input =
        form("options%5Bkey%5D=ab&options[verificationMethodType]=X&k[]=1&k[]=2&d=x&d=y&o[0][a]=1&o[9][a]=2");
    let options = input.nested("options", "").unwrap().unwrap();
    assert_eq!(options.text("key", "").unwrap(), Some("ab"));
    assert_eq!(input.array("k", "").unwrap(), Some(vec![json!("1"), json!("2")]));
    assert_eq!(input.array("d", "").unwrap(), Some(vec![json!("x"), json!("y")]));
    assert_eq!(input.array("o", "").unwrap(), Some(vec![json!({"a": "1"}), json!({"a": "2"})]));
}

#[test]
fn malformed_bodies_are_told_apart() {
    let code = |content_type, body: &[u8]| Input::decode(content_type, body).unwrap_err().fault().code;
    let json = Some("application/json");
    assert_eq!(code(json, b"{"), "request/body-malformed");
    assert_eq!(code(json, b"[]"), "request/body-malformed");
    assert_eq!(code(json, b"\xff"), "request/body-malformed");
    assert_eq!(code(FORM, b"a[b=c"), "request/body-malformed");
    assert_eq!(code(FORM, b"a[1][2][3][4][5]=c"), "request/body-malformed");
    assert_eq!(code(Some("image/png"), b"x"), "request/unsupported-media-type");
    let many = "a=1&".repeat(PAIRS_MAX + 1);
    assert_eq!(code(FORM, many.as_bytes()), "request/body-malformed");
    assert!(Input::decode(json, b"").unwrap().values().is_empty());
}

#[test]
fn json_keeps_its_types() {
    let input =
        Input::decode(None, br#"{"name":1,"flag":"1","n":"3","list":"a","nil":null,"o":"{}"}"#).unwrap();
    assert_eq!(input.text("name", "name must be text").unwrap_err().public, "name must be text");
    assert_eq!(input.flag("flag", "").unwrap(), Some(true), "1.3.5 takes booleans in any spelling");
    assert!(input.number("n", "").is_err());
    assert!(input.array("list", "").is_err());
    assert!(input.object("o", "").is_err());
    assert!(!input.has("nil"), "null is a member left out");
    assert_eq!(input.text("nil", "").unwrap(), None);
    assert_eq!(input.text("absent", "").unwrap(), None);
}

#[test]
fn queries_are_texts() {
    let query = Query::parse("a=1&b=&c=x%20y&a=2").unwrap();
    assert_eq!(query.text("a"), Some("1"));
    assert_eq!(query.text("b"), None);
    assert_eq!(query.text("c"), Some("x y"));
    assert_eq!(query.flag("a").unwrap(), Some(true));
    assert_eq!(query.flag("c").unwrap_err().public, "c should be a boolean value");
}

/// `?dryRun` would act, and `?verifyStatus` look away, if a switch that is named without a value were absent.
#[test]
fn a_switch_that_is_named_and_says_nothing_is_refused() {
    for text in ["b", "b=", "a=1&b=", "b=&a=1", "b=%20", "b=+", "b=TRUE%20"] {
        let query = Query::parse(text).unwrap();
        assert_eq!(query.flag("b").unwrap_err().public, "b should be a boolean value", "{text}");
    }
    assert_eq!(Query::parse("a=1").unwrap().flag("b").unwrap(), None);
}

#[test]
fn safety_1_every_encoding_obeys_the_same_limits() {
    let json_type = Some("application/json");
    let code = |content_type, body: &str| {
        Input::decode(content_type, body.as_bytes()).err().map(|problem| problem.fault().code)
    };
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let (just, over) = (nested(json::DEPTH_MAX - 1), nested(json::DEPTH_MAX));
    for plain in [json_type, None, Some("application/ld+json"), Some("text/plain")] {
        assert_eq!(code(plain, &format!("{{\"a\":{just}}}")), None);
        assert_eq!(code(plain, &format!("{{\"a\":{over}}}")), Some("request/json-too-deep"));
        assert_eq!(code(plain, &"{\"a\":".repeat(150_000)), Some("request/json-too-deep"));
    }
    // A field holds a whole value of its own.
    assert_eq!(code(FORM, &format!("a={over}")), None);
    assert_eq!(code(FORM, &format!("a={}", nested(json::DEPTH_MAX + 1))), Some("request/json-too-deep"));
    assert_eq!(code(FORM, &format!("a[b]={}", nested(json::DEPTH_MAX + 1))), Some("request/json-too-deep"));
    assert_eq!(code(FORM, &format!("a=1&a={}", "[".repeat(100_000))), Some("request/json-too-deep"));
    for (in_json, in_form, wanted) in [
        (r#"{"a":"\u0000"}"#, "a=%00", "request/json-nul"),
        (r#"{"\u0000":1}"#, "a%00=1", "request/json-nul"),
        (r#"{"a":{"b":1,"b":2}}"#, r#"a={"b":1,"b":2}"#, "request/json-duplicate-name"),
        (r#"{"a":1e999}"#, "a=[1e999]", "request/json-number"),
        (r#"{"a":["\udc00"]}"#, r#"a=["\udc00"]"#, "request/json-surrogate"),
    ] {
        assert_eq!(code(json_type, in_json), Some(wanted), "{in_json}");
        assert_eq!(code(FORM, in_form), Some(wanted), "{in_form}");
    }
    let long = "x".repeat(json::TEXT_BYTES_MAX + 1);
    assert_eq!(code(json_type, &format!("{{\"a\":\"{long}\"}}")), Some("request/json-text-too-long"));
    assert_eq!(code(FORM, &format!("a={long}")), Some("request/json-text-too-long"));
    let many = format!("[{}]", vec!["1"; json::VALUES_MAX].join(","));
    assert_eq!(code(json_type, &format!("{{\"a\":{many}}}")), Some("request/json-too-many-values"));
    assert_eq!(code(FORM, &format!("a={many}")), Some("request/json-too-many-values"));
    let name = "n".repeat(json::NAME_BYTES_MAX + 1);
    assert_eq!(code(json_type, &format!("{{\"{name}\":1}}")), Some("request/json-name-too-long"));
    assert_eq!(code(FORM, &format!("{name}=1")), Some("request/json-name-too-long"));
    // What only looks like JSON is a text.
    assert_eq!(form("a=[x]&b={").text("b", "").unwrap(), Some("{"));
}

#[test]
fn doors_1_null_is_a_member_left_out_in_every_encoding_and_depth() {
    let body = json!({"a": null, "b": {"c": null, "d": 1}, "e": [{"f": null, "g": [null, {"h": null}]}]});
    let in_json = Input::json(body.as_object().unwrap().clone());
    let in_form = form(&format!("b={}&e={}", body["b"], body["e"]));
    for input in [&in_json, &in_form] {
        assert!(!input.has("a") && input.raw("a").is_none() && input.value("a").is_none());
        assert_eq!(input.text("a", "x").unwrap(), None);
        assert_eq!(input.flag("a", "x").unwrap(), None);
        assert_eq!(input.number("a", "x").unwrap(), None);
        assert_eq!(input.array("a", "x").unwrap(), None);
        assert_eq!(input.object("a", "x").unwrap(), None);
        assert!(input.nested("a", "x").unwrap().is_none());
        let nested = input.nested("b", "x").unwrap().unwrap();
        assert_eq!((nested.has("c"), nested.number("d", "x").unwrap()), (false, Some(1)));
        assert_eq!(input.array("e", "x").unwrap().unwrap(), [json!({"g": [null, {}]})]);
        assert_eq!(input.document("b", "x").unwrap().unwrap(), *json!({"d": 1}).as_object().unwrap());
        // The caller's own data keeps what it says.
        assert_eq!(input.object("b", "x").unwrap().unwrap(), *body["b"].as_object().unwrap());
        assert_eq!(input.value("e").unwrap(), body["e"]);
    }
}
