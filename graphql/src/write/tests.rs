use super::*;
use crate::input::DeactivateDidInput;
use serde_json::json;

fn input(value: Value) -> (DeactivateDidInput, Options) {
    let value = async_graphql::Value::from_json(value).unwrap();
    let input = DeactivateDidInput::parse(Some(value)).map_err(|_| "input").unwrap();
    let options = Options::from(&input.write);
    (input, options)
}

fn keyed(field: &str, value: Value) -> Keyed {
    let (input, options) = input(value);
    Keyed::of(field, &input, &options).unwrap().unwrap()
}

#[test]
fn field_and_input_make_the_request_and_the_wait_does_not() {
    let base = keyed("deactivateDid", json!({"did": "a", "idempotencyKey": "k"}));
    assert_eq!(base, keyed("deactivateDid", json!({"idempotencyKey": " k ", "did": "a", "wait": 3})));
    assert_ne!(base.hash, keyed("updateDid", json!({"did": "a", "idempotencyKey": "k"})).hash);
    assert_ne!(base.hash, keyed("deactivateDid", json!({"did": "b", "idempotencyKey": "k"})).hash);
    assert_ne!(
        base.hash,
        keyed("deactivateDid", json!({"did": "a", "idempotencyKey": "k", "maxFee": "1"})).hash
    );
    assert_eq!(base.hash, keyed("deactivateDid", json!({"did": "a", "idempotencyKey": "other"})).hash);
}

#[test]
fn the_command_is_the_same_for_the_same_customer_key_and_request_only() {
    let customer = |byte| CustomerId(Uuid::from_u128(byte));
    let base = keyed("deactivateDid", json!({"did": "a", "idempotencyKey": "k"}));
    let again = keyed("deactivateDid", json!({"did": "a", "idempotencyKey": "k"}));
    assert_eq!(base.command_id(customer(1)), again.command_id(customer(1)));
    assert_ne!(base.command_id(customer(1)), base.command_id(customer(2)));
    let other = keyed("deactivateDid", json!({"did": "a", "idempotencyKey": "l"}));
    assert_ne!(base.command_id(customer(1)), other.command_id(customer(1)));
}

#[test]
fn a_key_is_one_short_printable_text() {
    for bad in [String::new(), "x".repeat(256), "a\nb".to_owned(), "ü".to_owned()] {
        let (input, options) = input(json!({"did": "a", "idempotencyKey": bad}));
        assert_eq!(Keyed::of("f", &input, &options).unwrap_err().code, "idempotency/key-invalid");
    }
    let (none, options) = input(json!({"did": "a"}));
    assert_eq!(Keyed::of("f", &none, &options).unwrap(), None);
    let (dry, options) = input(json!({"did": "a", "idempotencyKey": "k", "dryRun": true}));
    assert_eq!(Keyed::of("f", &dry, &options).unwrap(), None);
}

#[test]
fn only_final_answers_are_kept() {
    let fault = |kind, operation: bool| {
        let fault = Fault::new(kind, "x/y", "No.");
        Err(if operation { fault.with("operationId", Uuid::nil().to_string()) } else { fault })
    };
    assert!(kept(&Ok(Receipt::of(&"a"))).is_some());
    let refused = kept(&fault(FaultKind::LedgerRefused, true)).unwrap();
    assert_eq!((refused.operation, refused.errors.len()), (Some(OperationId(Uuid::nil())), 1));
    assert!(kept(&fault(FaultKind::Conflict, true)).is_some());
    assert!(kept(&fault(FaultKind::PaymentRequired, true)).is_none());
    for kind in
        [FaultKind::Invalid, FaultKind::NotFound, FaultKind::Conflict, FaultKind::Unavailable, FaultKind::Bug]
    {
        assert!(kept(&fault(kind, false)).is_none(), "{kind:?}");
    }
}

#[test]
fn a_kept_answer_reads_back_as_it_was() {
    let quote = Quote {
        fee: Amount(Ncheq(u128::MAX)),
        offer: Amount(Ncheq(2)),
        usd: None,
        gas: Long(3),
        height: Long(4),
    };
    let fault = Fault::invalid("x/y", "No.").with("field", "did");
    let receipt = Receipt {
        thing: Some("did:cheqd:testnet:x".to_owned()),
        operation: Some(OperationId(Uuid::nil())),
        quote: Some(quote),
        errors: vec![(&fault).into()],
        secret: Some(Secret("caas_shown-once".to_owned())),
        replayed: true,
    };
    let text = serde_json::to_string(&receipt).unwrap();
    assert!(!text.contains("caas_") && !format!("{receipt:?}").contains("caas_"), "{text}");
    let back: Receipt = serde_json::from_str(&text).unwrap();
    assert_eq!(back.thing, receipt.thing);
    assert_eq!(back.operation, receipt.operation);
    assert_eq!(back.quote.unwrap().fee, Amount(Ncheq(u128::MAX)));
    assert_eq!(back.errors, receipt.errors);
    assert!(!back.replayed, "a kept answer says nothing about its own repeats");
}

#[test]
fn exactly_one_name_is_wanted() {
    assert_eq!(one_of(("id", Some(1)), ("didUrl", None::<u8>)).unwrap(), Either::First(1));
    assert_eq!(one_of(("id", None::<u8>), ("didUrl", Some(2))).unwrap(), Either::Second(2));
    assert!(one_of(("id", Some(1)), ("didUrl", Some(2))).is_err());
    assert!(one_of(("id", None::<u8>), ("didUrl", None::<u8>)).is_err());
}
