//! Dates as RFC 7519 and both data models have them, whichever of them a token carries (verdicts 5, 6 and 15).

use crate::vector_files::{DID, did_document, key, sign};
use credentials::jwt::{self, Algorithm};
use credentials::vc::{self, IssueInput};
use credentials::verify::{self, CheckName, Kind, Options, Outcome, Verification};
use serde_json::{Map, Value, json};

const NOW: i64 = 1_790_000_000;
const V1: &str = "https://www.w3.org/2018/credentials/v1";
const V2: &str = "https://www.w3.org/ns/credentials/v2";

fn judged_at(claims: &Value, at: i64, kind: Kind) -> Verification {
    let token = Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, None), claims));
    verify::verify(&token, &did_document(), &Options { at, kind, ..Options::default() })
}

fn judged(claims: &Value) -> Verification {
    judged_at(claims, NOW, Kind::Credential)
}

fn failed(verdict: &Verification) -> Vec<CheckName> {
    let failed = |check: &&verify::Check| matches!(check.outcome, Outcome::Failed(_));
    verdict.checks.iter().filter(failed).map(|check| check.name).collect()
}

/// A token with these claims, and these members inside.
#[expect(clippy::needless_pass_by_value, reason = "cases read better with values")]
fn dated(claims: Value, inner: Value) -> Value {
    let mut vc =
        json!({"@context": [V1], "type": ["VerifiableCredential"], "credentialSubject": {"name": "Alice"}});
    vc.as_object_mut().unwrap().extend(inner.as_object().unwrap().clone());
    let mut all = json!({"iss": DID, "vc": vc});
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    all
}

#[test]
fn verdicts_5_whatever_date_is_there_is_the_date() {
    for (claims, inner) in [
        (json!({}), json!({})),
        (json!({"nbf": NOW - 10}), json!({})),
        (json!({"iat": NOW - 10}), json!({})),
        (json!({}), json!({"issuanceDate": "2026-01-01T00:00:00Z"})),
        (json!({}), json!({"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2035-01-01T00:00:00Z"})),
        (json!({}), json!({"@context": [V2], "validFrom": "2026-01-01T00:00:00"})),
        (json!({"iat": NOW}), json!({"@context": [V2], "validFrom": "2026-01-01"})),
        (json!({"issuanceDate": "2026-01-01T00:00:00Z"}), json!({})),
        (json!({"exp": NOW + 10}), json!({})),
    ] {
        let verdict = judged(&dated(claims.clone(), inner.clone()));
        assert!(verdict.verified, "{claims} {inner}: {:?}", verdict.first_failure());
        let has_start = claims.to_string().contains("exp") || claims == json!({}) && inner == json!({});
        let expected = if has_start { Outcome::Skipped } else { Outcome::Passed };
        assert_eq!(verdict.outcome(CheckName::NotBefore), Some(&expected), "{claims} {inner}");
    }
}

#[test]
fn verdicts_5_and_every_one_of_them_is_a_limit() {
    let future = "2027-01-01T00:00:00Z";
    for (claims, inner) in [
        (json!({"nbf": NOW + 301}), json!({})),
        (json!({"iat": NOW + 301}), json!({})),
        (json!({}), json!({"issuanceDate": future})),
        (json!({}), json!({"validFrom": future})),
        (json!({"validFrom": future}), json!({})),
        (json!({"iat": NOW}), json!({"validFrom": future})),
    ] {
        let verdict = judged(&dated(claims.clone(), inner.clone()));
        assert_eq!(failed(&verdict), [CheckName::NotBefore], "{claims} {inner}");
    }
    let past = "2026-01-01T00:00:00Z";
    for (claims, inner) in [
        (json!({"exp": NOW - 300}), json!({})),
        (json!({}), json!({"expirationDate": past})),
        (json!({}), json!({"validUntil": past})),
        (json!({"expirationDate": past}), json!({})),
        (json!({"validUntil": past}), json!({})),
    ] {
        let verdict = judged(&dated(claims.clone(), inner.clone()));
        assert_eq!(failed(&verdict), [CheckName::Expiration], "{claims} {inner}");
    }
}

#[test]
fn verdicts_6_fractions_of_a_second_are_dates() {
    for (nbf, exp) in [
        (json!(1_789_999_999.5), json!(1_790_000_000.25)),
        (json!(1_789_999_999.0), json!(1_790_000_001.0)),
        (json!(1.789_999_999e9), json!(1.8e9)),
        (json!(-0.5), json!(1_800_000_000)),
    ] {
        let claims = dated(json!({"nbf": nbf, "exp": exp}), json!({}));
        let verdict = judged(&claims);
        assert!(verdict.verified, "{nbf} {exp}: {:?}", verdict.first_failure());
    }
    let claims = dated(json!({"nbf": 1_795_893_110.5}), json!({}));
    let compact = sign(&key(), &jwt::header(Algorithm::EdDsa, None), &claims);
    assert_eq!(vc::normalise(&compact).unwrap()["issuanceDate"], "2026-11-28T19:11:50.500Z");
    // The tolerance ends to the fraction.
    assert!(judged(&dated(json!({"nbf": NOW + 300}), json!({}))).verified);
    let late = judged(&dated(json!({"nbf": 1_790_000_300.5}), json!({})));
    assert_eq!(failed(&late), [CheckName::NotBefore]);
    assert_eq!(late.first_failure().unwrap().message, "invalid_jwt: JWT not valid before nbf: 1790000300.5");
    assert!(judged(&dated(json!({"exp": 1_789_999_700.5}), json!({}))).verified);
    assert_eq!(failed(&judged(&dated(json!({"exp": 1_789_999_700.0}), json!({})))), [CheckName::Expiration]);
}

#[test]
fn verdicts_6_presentations_have_the_same_dates() {
    let vp = |claims: Value| {
        let mut all = json!({"iss": DID, "vp": {"@context": [V1], "type": ["VerifiablePresentation"], "verifiableCredential": []}});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        judged_at(&all, NOW, Kind::Presentation)
    };
    for claims in
        [json!({}), json!({"nbf": 1_790_000_000.5}), json!({"iat": NOW}), json!({"exp": 1_790_000_100.0})]
    {
        assert!(vp(claims.clone()).verified, "{claims}: {:?}", vp(claims.clone()).first_failure());
    }
    assert_eq!(failed(&vp(json!({"nbf": 1_790_001_000.5}))), [CheckName::NotBefore]);
    assert_eq!(failed(&vp(json!({"exp": 1_789_000_000.5}))), [CheckName::Expiration]);
}

#[test]
fn verdicts_15_never_is_a_date() {
    let input = IssueInput {
        issuer_did: DID,
        subject_did: DID,
        attributes: &Map::from_iter([("a".to_owned(), json!(1))]),
        contexts: &[],
        types: &[],
        issuance_date: chrono::DateTime::from_timestamp(NOW, 0).unwrap(),
        data_model: credentials::format::DataModel::V1_1,
        expiration_date: Some("9999-12-31T23:59:59Z"),
        credential_schema: None,
        credential_status: None,
        extra: &Map::new(),
    };
    let claims = vc::jwt_claims(&vc::build_credential(&input).unwrap(), DID).unwrap();
    assert_eq!(claims["exp"], json!(253_402_300_799_i64));
    assert!(judged(&claims).verified, "{:?}", judged(&claims).first_failure());
    let compact = sign(&key(), &jwt::header(Algorithm::EdDsa, None), &claims);
    assert_eq!(vc::normalise(&compact).unwrap()["expirationDate"], "9999-12-31T23:59:59.000Z");
    for inner in ["9999-12-31", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59"] {
        assert!(judged(&dated(json!({}), json!({"validUntil": inner}))).verified, "{inner}");
    }
}

#[test]
fn verdicts_15_dates_beyond_the_calendar_are_malformed_and_harm_nobody() {
    for beyond in [
        json!(253_402_300_800_i64),
        json!(1_795_893_110_000_i64),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(i64::MIN),
        json!(-1e300),
    ] {
        for claim in ["exp", "nbf", "iat"] {
            let claims = dated(json!({claim: beyond}), json!({}));
            let verdict = judged(&claims);
            assert!(failed(&verdict).contains(&CheckName::Structure), "{claim} {beyond}");
            for at in [i64::MIN, i64::MAX] {
                assert!(!judged_at(&claims, at, Kind::Credential).verified);
            }
        }
    }
    for text in ["+10000-01-01T00:00:00Z", "10000-01-01", "never", "", "2026-02-30T00:00:00Z"] {
        let verdict = judged(&dated(json!({}), json!({"validUntil": text})));
        assert_eq!(failed(&verdict), [CheckName::Expiration], "{text}");
    }
    for wrong in [json!("1790000000"), json!(true), json!([1]), json!({})] {
        let verdict = judged(&dated(json!({"exp": wrong}), json!({})));
        assert!(failed(&verdict).contains(&CheckName::Expiration), "{wrong}");
    }
}
