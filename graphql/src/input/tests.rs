use super::*;
use async_graphql::{InputType, Value as GraphValue};
use serde_json::json;

fn parse<T: InputType>(value: Value) -> T {
    T::parse(Some(GraphValue::from_json(value).unwrap())).map_err(|_| "input").unwrap()
}

#[test]
fn flattened_options_stand_beside_the_input_and_have_their_defaults() {
    let input: DeactivateDidInput = parse(json!({"did": "did:cheqd:testnet:x", "wait": 0, "maxFee": "5"}));
    assert_eq!(input.write.wait, Some(0));
    assert_eq!(input.write.max_fee.map(|amount| amount.0.0), Some(5));
    assert!(!input.write.dry_run.0 && input.write.idempotency_key.is_none());
    let key: CreateKeyInput = parse(json!({"idempotencyKey": "k"}));
    assert_eq!((key.algorithm.0, key.keyed.idempotency_key.as_deref()), (KeyAlgorithm::Ed25519, Some("k")));
}

#[test]
fn an_amount_is_a_string_of_digits() {
    for wrong in [json!("1.5"), json!("-1"), json!(""), json!(5), json!("1e9")] {
        let value = json!({"did": "d", "maxFee": wrong});
        assert!(
            DeactivateDidInput::parse(Some(GraphValue::from_json(value.clone()).unwrap())).is_err(),
            "{value}"
        );
    }
}

#[test]
fn status_changes_are_published_unless_told_otherwise() {
    let input: ChangeCredentialStatusInput = parse(json!({"id": "x"}));
    assert!(input.publish.0);
    let input: UpdateStatusListInput =
        parse(json!({"did": "d", "name": "n", "indices": [1], "publish": false}));
    assert!(!input.publish.0);
    assert_eq!(input.list_type.0, StatusListType::BitstringStatusList);
}

#[test]
fn data_is_read_as_its_encoding_says() {
    let read = |text: &str, encoding| bytes(text.to_owned(), encoding);
    assert_eq!(read("aGk_", DataEncoding::Base64url).unwrap(), b"hi?");
    assert_eq!(read("aGk/", DataEncoding::Base64).unwrap(), b"hi?");
    assert_eq!(read("6869", DataEncoding::Hex).unwrap(), b"hi");
    assert_eq!(read("hi", DataEncoding::Text).unwrap(), b"hi");
    for (text, encoding) in
        [("!", DataEncoding::Base64url), ("abc", DataEncoding::Hex), ("a", DataEncoding::Base64)]
    {
        let fault = read(text, encoding).unwrap_err();
        assert_eq!((fault.code, fault.members.get("field")), ("request/invalid", Some(&json!("data"))));
    }
}

#[test]
fn absent_and_null_members_are_left_out() {
    let all =
        members([("termsOfUse", Some(json!({"type": "x"}))), ("evidence", None), ("id", Some(Value::Null))]);
    assert_eq!(Value::Object(all), json!({"termsOfUse": {"type": "x"}}));
    assert_eq!(object("attributes", json!([])).unwrap_err().code, "request/invalid");
    assert_eq!(did("did", "did:key:z6").unwrap_err().members.get("field"), Some(&json!("did")));
}

#[test]
fn what_is_granted_is_mapped_to_the_use_case() {
    let input: AccreditedForInput =
        parse(json!({"schemaId": "https://s.example/a", "types": ["A"], "limitJurisdiction": ["EU"]}));
    let scope = AccreditedFor::from(input);
    assert_eq!(scope.schema_id, "https://s.example/a");
    assert_eq!(scope.limit_jurisdiction, Some(vec!["EU".to_owned()]));
}
