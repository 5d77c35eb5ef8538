use super::{about::Wish, answer::signatures_of, *};
use app::FaultKind;
use serde_json::json;

fn sentence(query: &str) -> String {
    Wish::parse(&Query::parse(query).unwrap()).unwrap_err().public
}

#[test]
fn a_document_to_begin_with_is_refused_in_the_registrars_words() {
    let (kind, algorithm) = ("verificationMethod=JsonWebKey2020", "methodSpecificIdAlgo=uuid");
    let key = format!("publicKeyHex={}", "ab".repeat(32));
    assert_eq!(sentence(""), "Invalid verificationMethod");
    assert_eq!(sentence("verificationMethod=RSA"), "Invalid verificationMethod");
    assert_eq!(sentence(kind), "Invalid methodSpecificIdAlgo");
    assert_eq!(sentence(&format!("{kind}&{algorithm}&network=devnet&{key}")), "Invalid network");
    assert_eq!(sentence(&format!("{kind}&{algorithm}")), "PublicKeyHex is required");
    let short = format!("{kind}&{algorithm}&publicKeyHex=ab");
    assert_eq!(sentence(&short), "PublicKeyHex should be of length 64");
    let odd = format!("{kind}&{algorithm}&publicKeyHex={}", "zz".repeat(32));
    assert_eq!(sentence(&odd), "PublicKeyHex should be hexadecimal");
    Wish::parse(&Query::parse(&format!("{kind}&{algorithm}&{key}")).unwrap()).unwrap();
}

#[test]
fn another_method_is_refused_and_none_is_cheqd() {
    let code = |text| method(&Query::parse(text).unwrap()).map_err(|fault| fault.code);
    assert_eq!(code(""), Ok(()));
    assert_eq!(code("method=cheqd"), Ok(()));
    assert_eq!(code("method=key"), Err("did/method-unsupported"));
}

#[test]
fn a_job_is_named_by_a_uuid_or_not_at_all() {
    let read = |value| {
        let members = json!({"jobId": value}).as_object().cloned().unwrap();
        job_of(&Input::json(members)).map_err(|fault| fault.public)
    };
    assert_eq!(read(json!(null)), Ok(None));
    assert_eq!(read(json!("")), Ok(None));
    assert_eq!(read(json!("0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17")).map(|job| job.is_some()), Ok(true));
    for wrong in [json!(1), json!("x")] {
        assert_eq!(read(wrong), Err("jobId should be a UUID".to_owned()));
    }
}

#[test]
fn failures_say_what_the_registrar_says_and_what_is_so() {
    let fault = Fault::not_found("job/not-found", "There is no job x.");
    assert_eq!(answer::reason(&fault), "The jobId is either expired or not found");
    assert_eq!(answer::description(&fault), "Invalid payload: There is no job x.");
    let fault = Fault::new(FaultKind::Conflict, "job/expired", "The signatures did not come in time.");
    assert_eq!(answer::reason(&fault), "The jobId is either expired or not found");
    let fault = Fault::new(FaultKind::PaymentRequired, "ledger/insufficient-funds", "Insufficient funds.");
    assert_eq!(answer::reason(&fault), "Insufficient funds.");
    assert_eq!(answer::description(&fault), "Insufficient funds.");
}

#[test]
fn an_answer_repeats_signatures_and_nothing_that_came_beside_them() {
    let signature = json!({"kid": "did:a#key-1", "alg": "EdDSA", "signature": "c2ln"});
    let mut more = signature.clone();
    more["privateKeyHex"] = json!("00ff");
    let given = json!({"signingRequest1": more, "seed": "00ff", "deep": {"privateKeyHex": {"d": "00ff"}}});
    let told = signatures_of(&given);
    assert_eq!(told["signingRequest1"], signature);
    assert!(!told.to_string().contains("00ff"), "{told}");
    assert_eq!(signatures_of(&json!([more, "00ff"])), json!([signature, null]));
}

#[test]
fn whoever_wants_not_to_pay_is_not_passed_over() {
    for name in ["dryRun", "maxFee"] {
        let members = json!({"options": {name: "1"}}).as_object().cloned().unwrap();
        let fault = options(&Input::json(members)).unwrap_err();
        assert!(fault.public.starts_with(name), "{}", fault.public);
    }
}
