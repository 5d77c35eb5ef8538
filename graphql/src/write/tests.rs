use super::*;
use serde_json::json;

#[test]
fn exactly_one_name_is_wanted() {
    assert_eq!(one_of(("id", Some(1)), ("didUrl", None::<u8>)).unwrap(), Either::First(1));
    assert_eq!(one_of(("id", None::<u8>), ("didUrl", Some(2))).unwrap(), Either::Second(2));
    assert!(one_of(("id", Some(1)), ("didUrl", Some(2))).is_err());
    assert!(one_of(("id", None::<u8>), ("didUrl", None::<u8>)).is_err());
}

#[test]
fn a_secret_is_in_no_text_about_a_receipt() {
    let receipt = Receipt { secret: Some(Secret("caas_shown-once".to_owned())), ..Receipt::default() };
    assert!(!format!("{receipt:?}").contains("caas_"));
}

#[test]
fn a_refusal_names_the_write_it_is_about() {
    let id = "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14";
    let fault = Fault::invalid("x/y", "No.").with("operationId", json!(id)).with("field", "did");
    let receipt = Receipt::refused(&fault);
    assert_eq!(receipt.operation, Some(id.parse().unwrap()));
    assert_eq!(receipt.errors, vec![(&fault).into()]);
}
