//! A fact that is said twice must be said the same, whatever the spelling (verdicts 2).

use crate::vector_files::{DID, did_document, key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credentials::jwt::{self, Algorithm};
use credentials::verify::{self, CheckName, Kind, Options, Outcome, Verification};
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};

const NOW: i64 = 1_790_000_000;
const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const OTHER: &str = "did:cheqd:testnet:00000000-0000-4000-8000-000000000001";

/// A token that says everything twice, and the same each time.
fn twice() -> Value {
    json!({
        "iss": DID, "sub": SUBJECT, "jti": "urn:uuid:1", "nbf": 1_780_000_000, "exp": 1_900_000_000,
        "issuer": {"id": DID, "name": "Acme"},
        "id": "urn:uuid:1",
        "issuanceDate": "2026-05-28T20:26:40Z",
        "expirationDate": "2030-03-17T17:46:40.000Z",
        "type": ["Person", "VerifiableCredential"],
        "credentialStatus": [{"id": "x#1", "type": "T"}],
        "vc": {
            "@context": ["https://www.w3.org/2018/credentials/v1"],
            "type": ["VerifiableCredential", "Person"],
            "id": "urn:uuid:1",
            "issuer": DID,
            "issuanceDate": "2026-05-28T20:26:40.678Z",
            "validFrom": "2026-05-28T20:26:40Z",
            "expirationDate": "2030-03-17T17:46:40Z",
            "validUntil": "2030-03-17T18:46:40+01:00",
            "credentialSubject": {"id": SUBJECT, "name": "Alice"},
            "credentialStatus": {"id": "x#1", "type": "T"},
        },
    })
}

fn judged(claims: &Value) -> Verification {
    let token = Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, None), claims));
    verify::verify(&token, &did_document(), &Options { at: NOW, ..Options::default() })
}

fn failed(verdict: &Verification) -> Vec<CheckName> {
    let failed = |check: &&verify::Check| matches!(check.outcome, Outcome::Failed(_));
    verdict.checks.iter().filter(failed).map(|check| check.name).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "cases read better with values")]
#[track_caller]
fn contradicts(pointer: &str, value: Value) {
    let mut claims = twice();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    claims.pointer_mut(parent).unwrap()[name] = value.clone();
    let verdict = judged(&claims);
    assert!(!verdict.verified, "{pointer} {value}");
    assert!(failed(&verdict).contains(&CheckName::Consistency), "{pointer} {value}: {:?}", failed(&verdict));
    assert_eq!(verdict.outcome(CheckName::Signature), Some(&Outcome::Passed), "{pointer}");
}

#[test]
fn verdicts_2_what_is_said_twice_alike_verifies() {
    let verdict = judged(&twice());
    assert!(verdict.verified, "{:?}", verdict.first_failure());
    assert_eq!(verdict.outcome(CheckName::Consistency), Some(&Outcome::Passed));
}

#[test]
fn verdicts_2_another_issuer_inside_is_a_contradiction() {
    for issuer in
        [json!(OTHER), json!({"id": OTHER}), json!({"id": OTHER, "name": "Acme"}), json!([DID]), json!(7)]
    {
        contradicts("/vc/issuer", issuer.clone());
        contradicts("/issuer", issuer);
    }
    contradicts("/vc/iss", json!(OTHER));
    contradicts("/vc/issuer", json!({"id": DID, "name": "Somebody else"}));
    let mut claims = twice();
    claims["vc"]["issuer"] = json!(OTHER);
    assert_eq!(failed(&judged(&claims)), [CheckName::Consistency, CheckName::Issuer]);
    // The case of a UUID is no contradiction, nor a fragment of `iss`, nor more words about the same issuer.
    for (pointer, value) in [
        ("/vc/issuer", json!(DID.to_uppercase().replace("DID:CHEQD:TESTNET", "did:cheqd:testnet"))),
        ("/iss", json!(format!("{DID}#key-1"))),
        ("/vc/issuer", json!({"id": DID, "image": "x"})),
        ("/vc/issuer", Value::Null),
    ] {
        let mut claims = twice();
        *claims.pointer_mut(pointer).unwrap() = value.clone();
        assert!(judged(&claims).verified, "{value}");
    }
}

#[test]
fn verdicts_2_another_subject_id_or_identifier_is_a_contradiction() {
    contradicts("/sub", json!(OTHER));
    contradicts("/vc/sub", json!(OTHER));
    contradicts("/vc/credentialSubject", json!({"id": OTHER, "name": "Alice"}));
    contradicts("/credentialSubject", json!({"id": OTHER}));
    contradicts("/credentialSubject", json!({"name": "Eve"}));
    contradicts("/vc/credentialSubject", json!([{"id": OTHER, "name": "Alice"}]));
    contradicts("/jti", json!("urn:uuid:2"));
    contradicts("/id", json!("urn:uuid:2"));
    contradicts("/vc/id", json!("urn:uuid:2"));
    contradicts("/vc/jti", json!("urn:uuid:2"));
    // Of several subjects `sub` may be any; members that only one place has add up.
    let mut claims = twice();
    claims["vc"]["credentialSubject"] =
        json!([{"id": OTHER, "name": "Bob"}, {"id": SUBJECT, "name": "Alice"}]);
    assert!(judged(&claims).verified);
    claims = twice();
    claims["credentialSubject"] = json!({"id": SUBJECT, "name": "Alice", "age": 7});
    assert!(judged(&claims).verified);
}

/// What is no text would be an identifier for one reader and nothing for another.
#[test]
fn verdicts_2_identifiers_are_texts() {
    for value in [json!(5), json!(true), json!({}), json!([SUBJECT]), json!({"id": SUBJECT})] {
        for pointer in ["/sub", "/vc/sub", "/jti", "/id", "/vc/id", "/vc/jti", "/vc/credentialSubject/id"] {
            contradicts(pointer, value.clone());
        }
        contradicts("/vc/credentialSubject", json!([{"id": value, "name": "Alice"}, {"id": SUBJECT}]));
    }
}

/// The signer's document is that of the DID as it stands; an issuer that names another of its states would be believed
/// with keys of today.
#[test]
fn verdicts_2_an_issuer_is_a_did_and_no_version_of_it() {
    for address in
        ["?versionId=1", "?versionTime=2026-01-01T00:00:00Z", "/path", "/resources/x", "?a=b#key-1"]
    {
        for pointer in ["/iss", "/issuer/id", "/vc/issuer"] {
            let mut claims = twice();
            *claims.pointer_mut(pointer).unwrap() = json!(format!("{DID}{address}"));
            let verdict = judged(&claims);
            assert!(
                !verdict.verified && failed(&verdict).contains(&CheckName::Issuer),
                "{pointer} {address}"
            );
        }
    }
}

#[test]
fn verdicts_2_another_date_is_a_contradiction() {
    // The recorded case: an outer date of the past beside an inner one of the future.
    contradicts("/expirationDate", json!("2020-01-01T00:00:00Z"));
    contradicts("/exp", json!(1_900_000_001));
    contradicts("/exp", json!(1_900_000_001.5));
    contradicts("/vc/exp", json!(1_900_000_001));
    contradicts("/vc/validUntil", json!("2030-03-17T17:46:42Z"));
    contradicts("/vc/expirationDate", json!("2031-03-17"));
    contradicts("/nbf", json!(1_779_999_998));
    contradicts("/issuanceDate", json!("2025-05-28T20:26:40Z"));
    contradicts("/vc/issuanceDate", json!("2026-05-28T20:26:39.000Z"));
    contradicts("/vc/validFrom", json!("2025-01-01T00:00:00Z"));
    contradicts("/vc/nbf", json!(1_700_000_000));
    // Rounded up, rounded down, with a fraction, or in another zone, it is the same second.
    for (pointer, value) in [
        ("/nbf", json!(1_780_000_000.25)),
        ("/exp", json!(1_900_000_000.0)),
        ("/vc/issuanceDate", json!("2026-05-28T22:26:40.999+02:00")),
    ] {
        let mut claims = twice();
        *claims.pointer_mut(pointer).unwrap() = value.clone();
        assert!(judged(&claims).verified, "{value}: {:?}", judged(&claims).first_failure());
    }
}

#[test]
fn verdicts_2_iat_stands_in_for_the_date_of_issue_only() {
    let token = |change: fn(&mut Value)| {
        let mut claims = json!({"iss": DID, "sub": SUBJECT, "iat": 1_780_000_000, "vc": {
            "@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
            "issuanceDate": "2026-05-28T20:26:40Z", "credentialSubject": {"name": "Alice"}}});
        change(&mut claims);
        judged(&claims)
    };
    assert!(token(|_| ()).verified);
    assert!(
        token(|claims| claims["iat"] = json!(1_780_000_200)).verified,
        "taken from a clock a little later"
    );
    let other = token(|claims| claims["iat"] = json!(1_780_009_000));
    assert_eq!(failed(&other), [CheckName::Consistency]);
    // With `nbf` beside it, it only says when the token was made.
    let both = token(|claims| {
        claims["iat"] = json!(1_785_000_000);
        claims["nbf"] = json!(1_780_000_000);
    });
    assert!(both.verified, "{:?}", both.first_failure());
    // A start that was decided on is no statement about when the token was made.
    let later = token(|claims| {
        claims["iat"] = json!(1_700_000_000);
        claims["vc"]["validFrom"] = json!("2026-05-28T20:26:40Z");
        claims["vc"].as_object_mut().unwrap().remove("issuanceDate");
    });
    assert!(later.verified, "{:?}", later.first_failure());
}

#[test]
fn verdicts_2_an_outer_member_does_not_hide_an_inner_one() {
    // The recorded case: the status of the credential disappears behind an empty list.
    contradicts("/credentialStatus", json!([]));
    contradicts("/credentialStatus", json!({"id": "x#2", "type": "T"}));
    contradicts("/credentialStatus", json!(false));
    contradicts("/type", json!(["VerifiableCredential", "Passport"]));
    contradicts("/@context", json!(["https://www.w3.org/ns/credentials/v2"]));
    contradicts("/context", json!(["https://example.org"]));
    for name in ["termsOfUse", "evidence", "credentialSchema", "refreshService", "anythingElse"] {
        let mut claims = twice();
        claims["vc"][name] = json!([{"id": 1}]);
        claims[name] = json!({"id": 1.0});
        assert!(judged(&claims).verified, "{name}: one and a list of one, 1 and 1.0");
        claims[name] = json!({"id": 2});
        assert_eq!(failed(&judged(&claims)), [CheckName::Consistency], "{name}");
    }
}

#[test]
fn verdicts_2_claims_about_the_signature_alone_do_not_contradict() {
    // VC-JOSE-COSE: the payload is the credential; `iat` and `exp` are the signature's.
    let mut payload = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": {"id": DID},
        "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2035-01-01T00:00:00Z",
        "credentialSubject": {"id": SUBJECT, "name": "Alice"},
        "iss": DID, "sub": SUBJECT, "iat": 1_780_000_000, "exp": 1_900_000_000,
    });
    assert!(judged(&payload).verified, "{:?}", judged(&payload).first_failure());
    payload["iss"] = json!(OTHER);
    assert!(failed(&judged(&payload)).contains(&CheckName::Consistency));
    payload["iss"] = json!(DID);
    payload["exp"] = json!(NOW - 1_000);
    assert_eq!(failed(&judged(&payload)), [CheckName::Expiration], "both ends count");
}

#[test]
fn verdicts_2_presentations_too() {
    let judged = |claims: &Value| {
        let token = Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, None), claims));
        let options = Options { at: NOW, kind: Kind::Presentation, ..Options::default() };
        verify::verify(&token, &did_document(), &options)
    };
    let vp = json!({"iss": DID, "jti": "urn:1", "nbf": 1_780_000_000.5, "vp": {
        "@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiablePresentation"],
        "id": "urn:1", "holder": DID, "verifiableCredential": []}});
    assert!(judged(&vp).verified, "{:?}", judged(&vp).first_failure());
    for (name, value) in [
        ("holder", json!(OTHER)),
        ("holder", json!({"id": OTHER})),
        ("id", json!("urn:2")),
        ("issuanceDate", json!("2020-01-01T00:00:00Z")),
    ] {
        let mut claims = vp.clone();
        claims["vp"][name] = value;
        assert!(failed(&judged(&claims)).contains(&CheckName::Consistency), "{name}");
    }
    let mut claims = vp.clone();
    claims["verifiableCredential"] = json!(["a.b.c"]);
    assert!(!judged(&claims).verified, "credentials outside that the inner list does not have");
}

/// A token whose parts are exactly these texts.
fn raw(header: &str, payload: &str) -> Value {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    Value::from(jwt::assemble(&input, &key().sign(input.as_bytes()).to_bytes()))
}

#[test]
fn verdicts_2_members_that_stand_twice_are_refused() {
    let header = r#"{"alg":"EdDSA","typ":"JWT"}"#;
    let claims = twice().to_string();
    let judged = |header: &str, payload: &str| {
        verify::verify(&raw(header, payload), &did_document(), &Options { at: NOW, ..Options::default() })
    };
    assert!(judged(header, &claims).verified);
    let doubled = |name: &str, value: &str| format!("{{\"{name}\":{value},{}", &claims[1..]);
    for (header, payload, what) in [
        (r#"{"alg":"none","alg":"EdDSA"}"#, claims.clone(), "alg"),
        (r#"{"alg":"EdDSA","kid":"a","k\u0069d":"b"}"#, claims.clone(), "kid"),
        (header, doubled("iss", &format!("\"{OTHER}\"")), "iss"),
        (header, doubled("\\u0069ss", "\"x\""), "iss"),
        (header, doubled("exp", "1"), "exp"),
        (header, claims.replace("\"name\":\"Alice\"", "\"name\":\"Alice\",\"name\":\"Eve\""), "name"),
    ] {
        let verdict = judged(header, &payload);
        assert_eq!(failed(&verdict), [CheckName::Consistency], "{what}");
        assert!(verdict.first_failure().unwrap().message.contains(what), "{:?}", verdict.first_failure());
        assert!(jwt::parse(raw(header, &payload).as_str().unwrap()).is_err());
    }
}

#[test]
fn verdicts_8_a_number_that_cannot_be_kept_exactly_is_refused_by_name() {
    let header = r#"{"alg":"EdDSA"}"#;
    let with = |number: &str| twice().to_string().replace("\"Alice\"", number);
    let judged = |number: &str| {
        let token = raw(header, &with(number));
        verify::verify(&token, &did_document(), &Options { at: NOW, ..Options::default() })
    };
    for kept in ["1", "1.0", "9007199254740993", "18446744073709551615", "0.1", "1e21", "-0.0", "1.50"] {
        assert!(judged(kept).verified, "{kept}: {:?}", judged(kept).first_failure());
    }
    for lost in ["12345678901234567890123", "1e400", "0.1000000000000000055511151231257827", "1e-400"] {
        let verdict = judged(lost);
        assert_eq!(failed(&verdict), [CheckName::Format], "{lost}");
        assert!(verdict.first_failure().unwrap().message.contains(lost), "{:?}", verdict.first_failure());
    }
}

#[test]
fn verdicts_8_the_json_form_is_compared_exactly() {
    let mut claims = twice();
    claims["vc"]["credentialSubject"]["number"] = json!(9_007_199_254_740_993_i64);
    let compact = sign(&key(), &jwt::header(Algorithm::EdDsa, None), &claims);
    let normalised = credentials::vc::normalise(&compact).unwrap();
    let judged = |number: Value| {
        let mut document = normalised.clone();
        document["credentialSubject"]["number"] = number;
        verify::verify(&document, &did_document(), &Options { at: NOW, ..Options::default() })
    };
    assert!(judged(json!(9_007_199_254_740_993_i64)).verified);
    for other in [
        json!(9_007_199_254_740_992_i64),
        json!(9_007_199_254_740_992.0),
        json!(9_007_199_254_740_994.0),
        json!("9007199254740993"),
    ] {
        assert_eq!(failed(&judged(other.clone())), [CheckName::JsonMatch], "{other}");
    }
}
