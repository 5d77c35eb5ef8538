//! What must not verify, and how the refusal is named.

use crate::vector_files::{DID, did_document, did_document_for, jwt_vector, key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credentials::jwt::{self, Algorithm, JwtError};
use credentials::verify::{self, CheckName, Kind, Options, Outcome, Policies, Verification};
use domain::json::Refused;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: i64 = 1_710_000_000;
const OTHER_DID: &str = "did:cheqd:testnet:00000000-0000-4000-8000-000000000001";

fn options() -> Options {
    Options { at: NOW, ..Default::default() }
}

fn claims() -> Value {
    jwt_vector("full")["payload"].clone()
}

fn token(claims: &Value) -> Value {
    Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, None), claims))
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut changed = claims();
    change(&mut changed);
    token(&changed)
}

fn failures(verdict: &Verification) -> Vec<CheckName> {
    let failed = |check: &&verify::Check| matches!(check.outcome, Outcome::Failed(_));
    verdict.checks.iter().filter(failed).map(|check| check.name).collect()
}

fn message(verdict: &Verification) -> String {
    verdict.first_failure().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn the_unchanged_token_verifies_with_every_check_named() {
    let verdict = verify::verify(&token(&claims()), &did_document(), &options());
    assert!(verdict.verified);
    let passed: Vec<CheckName> = verdict
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Passed)
        .map(|check| check.name)
        .collect();
    assert_eq!(
        passed,
        [
            CheckName::Format,
            CheckName::Consistency,
            CheckName::DidDocument,
            CheckName::Signature,
            CheckName::NotBefore,
            CheckName::Expiration,
            CheckName::Structure,
            CheckName::Issuer
        ]
    );
    assert_eq!(verdict.outcome(CheckName::KeyPurpose), Some(&Outcome::PassedBy("assertionMethod")));
    assert!(verdict.is_proven());
    let names: Vec<CheckName> = verdict.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, CheckName::ALL);
}

#[test]
fn unsigned_and_mac_algorithms_are_refused_before_any_key_is_looked_at() {
    let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
    for alg in ["none", "None", "HS256", "RS256", "ES256K-R", ""] {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
        let compact = format!("{header}.{payload}.AAAA");
        assert!(matches!(jwt::parse(&compact), Err(JwtError::Algorithm(_))), "{alg}");
        let verdict = verify::verify(&Value::from(compact), &did_document(), &options());
        assert!(!verdict.verified);
        assert!(message(&verdict).starts_with("not_supported"), "{alg}");
        // An unsigned token has an empty third part.
        assert_eq!(jwt::parse(&format!("{header}.{payload}.")), Err(JwtError::Format));
    }
}

#[test]
fn an_algorithm_that_the_key_does_not_have_finds_no_key() {
    for alg in [Algorithm::Es256, Algorithm::Es256k] {
        let forged = Value::from(sign(&key(), &jwt::header(alg, None), &claims()));
        let verdict = verify::verify(&forged, &did_document(), &options());
        assert_eq!(failures(&verdict), [CheckName::Signature]);
        assert_eq!(
            message(&verdict),
            format!(
                "no_suitable_keys: DID document for {DID} does not have public keys for {}",
                alg.as_str()
            )
        );
    }
    // A generic method type does not let the header choose either: the JWK's curve decides.
    let mut document = did_document();
    document["verificationMethod"][0] = json!({
        "id": format!("{DID}#key-1"), "type": "JsonWebKey2020", "controller": DID,
        "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"},
    });
    let forged = Value::from(sign(&key(), &jwt::header(Algorithm::Es256, None), &claims()));
    assert!(!verify::verify(&forged, &document, &options()).verified);
    assert!(verify::verify(&token(&claims()), &document, &options()).verified);
}

#[test]
fn header_extensions_are_refused() {
    for (name, value) in [("crit", json!(["exp"])), ("b64", json!(false))] {
        let mut header = jwt::header(Algorithm::EdDsa, None);
        header[name] = value;
        assert_eq!(jwt::parse(&sign(&key(), &header, &claims())), Err(JwtError::Extension(name)));
    }
}

#[test]
fn another_key_or_another_issuer_does_not_verify() {
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let forged = Value::from(sign(&stranger, &jwt::header(Algorithm::EdDsa, None), &claims()));
    let verdict = verify::verify(&forged, &did_document(), &options());
    assert_eq!(message(&verdict), "invalid_signature: no matching public key found");

    // A document of another DID, even with the right key in it.
    let verdict = verify::verify(&token(&claims()), &did_document_for(OTHER_DID, &key()), &options());
    assert!(failures(&verdict).contains(&CheckName::DidDocument));
}

#[test]
fn the_issuer_of_the_json_form_cannot_be_another_than_the_signer() {
    for issuer in [json!(OTHER_DID), json!({"id": OTHER_DID, "name": "Acme"})] {
        let verdict =
            verify::verify(&changed(|claims| claims["issuer"] = issuer), &did_document(), &options());
        assert_eq!(failures(&verdict), [CheckName::Consistency, CheckName::Issuer]);
    }
    let named = changed(|claims| claims["issuer"] = json!({"name": "Acme"}));
    assert!(verify::verify(&named, &did_document(), &options()).verified);
}

#[test]
fn keys_outside_of_the_relationship_do_not_count() {
    let mut document = did_document();
    document["assertionMethod"] = json!([]);
    let verdict = verify::verify(&token(&claims()), &document, &options());
    assert_eq!(failures(&verdict), [CheckName::KeyPurpose]);
    assert!(
        message(&verdict).contains("suitable for EdDSA with assertionMethod purpose"),
        "{}",
        message(&verdict)
    );
    // Relative references and embedded methods name the same key.
    document["assertionMethod"] = json!(["#key-1"]);
    assert!(verify::verify(&token(&claims()), &document, &options()).verified);
    let embedded = document["verificationMethod"][0].clone();
    document["verificationMethod"] = json!([]);
    document["assertionMethod"] = json!([embedded]);
    assert!(verify::verify(&token(&claims()), &document, &options()).verified);
}

#[test]
fn kid_is_honoured() {
    let with_kid =
        |kid: &str| Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, Some(kid)), &claims()));
    let mut document = did_document();
    let mut second = document["verificationMethod"][0].clone();
    second["id"] = json!(format!("{DID}#key-2"));
    second["publicKeyBase58"] =
        json!(bs58::encode(SigningKey::from_bytes(&[9; 32]).verifying_key().as_bytes()).into_string());
    document["verificationMethod"].as_array_mut().unwrap().push(second);
    document["assertionMethod"] = json!([format!("{DID}#key-1"), format!("{DID}#key-2")]);
    for kid in [&format!("{DID}#key-1"), "#key-1", "some-thumbprint"] {
        assert!(verify::verify(&with_kid(kid), &document, &options()).verified, "{kid}");
    }
    let verdict = verify::verify(&with_kid("#key-2"), &document, &options());
    assert_eq!(message(&verdict), "invalid_signature: no matching public key found");
    for kid in [format!("{DID}#key-9"), format!("{OTHER_DID}#key-1")] {
        let verdict = verify::verify(&with_kid(&kid), &document, &options());
        assert_eq!(message(&verdict), format!("invalid_jwt: No authenticator found for did URL {kid}"));
    }
}

#[test]
fn time_has_five_minutes_of_tolerance_on_both_sides() {
    let at = |at: i64, policies: Policies| {
        verify::verify(&token(&claims()), &did_document(), &Options { at, policies, ..Options::default() })
    };
    let (nbf, exp) = (1_704_067_200, 2_019_686_400);
    let on = Policies::default();
    assert!(at(nbf - 300, on).verified);
    assert_eq!(message(&at(nbf - 301, on)), format!("invalid_jwt: JWT not valid before nbf: {nbf}"));
    assert!(at(exp + 299, on).verified);
    let late = at(exp + 300, on);
    assert_eq!(message(&late), format!("invalid_jwt: JWT has expired: exp: {exp} < now: {}", exp + 300));
    assert!(at(exp + 300, Policies { expiration_date: false, ..on }).verified);
    assert!(at(nbf - 301, Policies { issuance_date: false, ..on }).verified);
    assert!(!at(i64::MAX, on).verified);
    assert!(!at(i64::MIN, on).verified);
}

#[test]
fn a_time_claim_that_is_no_number_is_not_an_absent_limit() {
    for value in [json!("2019686400"), json!([1]), json!(true)] {
        let verdict = verify::verify(&changed(|claims| claims["exp"] = value), &did_document(), &options());
        assert!(failures(&verdict).contains(&CheckName::Expiration));
    }
    // The W3C dates inside count too, when there are any.
    let expired = changed(|claims| claims["vc"]["expirationDate"] = json!("2020-01-01T00:00:00Z"));
    let verdict = verify::verify(&expired, &did_document(), &options());
    assert_eq!(failures(&verdict), [CheckName::Consistency, CheckName::Expiration]);
}

#[test]
fn audience_must_be_ours_when_there_is_one() {
    let token = changed(|claims| claims["aud"] = json!([OTHER_DID]));
    let verdict = verify::verify(&token, &did_document(), &options());
    assert_eq!(
        message(&verdict),
        "invalid_config: JWT audience is required but your app address has not been configured"
    );
    let ours = |audience: &str| Options { audience: vec![audience.to_owned()], ..options() };
    let verdict = verify::verify(&token, &did_document(), &ours(DID));
    assert_eq!(message(&verdict), "invalid_config: JWT audience does not match your DID or callback url");
    assert!(verify::verify(&token, &did_document(), &ours(OTHER_DID)).verified);
    let off = Options { policies: Policies { audience: false, ..Policies::default() }, ..options() };
    assert!(verify::verify(&token, &did_document(), &off).verified);
}

#[test]
fn presentations_need_their_domain_and_challenge_and_are_no_credentials() {
    let vector = jwt_vector("vp");
    let present = |audience: &str, challenge: &str| {
        let options = Options {
            kind: Kind::Presentation,
            audience: vec![audience.to_owned()],
            challenge: Some(challenge.to_owned()),
            ..options()
        };
        verify::verify(&vector["jwt"], &did_document(), &options)
    };
    let audience = "did:cheqd:testnet:00000000-0000-4000-8000-000000000000";
    assert!(present(audience, "n-1").verified);
    assert_eq!(failures(&present(audience, "n-2")), [CheckName::Challenge]);
    assert_eq!(failures(&present(DID, "n-1")), [CheckName::Audience]);
    assert_eq!(failures(&verify::verify(&vector["jwt"], &did_document(), &options())), [CheckName::Format]);
    let as_presentation = Options { kind: Kind::Presentation, ..options() };
    assert_eq!(
        failures(&verify::verify(&token(&claims()), &did_document(), &as_presentation)),
        [CheckName::Format]
    );
}

#[test]
fn a_document_is_what_its_token_says() {
    let normalised = jwt_vector("full")["normalised"].clone();
    let verdict = |document: &Value| verify::verify(document, &did_document(), &options());
    assert!(verdict(&normalised).verified);
    for (pointer, value) in [
        ("/credentialSubject/name", json!("Eve")),
        ("/proof/type", json!("Ed25519Signature2020")),
        ("/issuer/id", json!(OTHER_DID)),
    ] {
        let mut edited = normalised.clone();
        *edited.pointer_mut(pointer).unwrap() = value;
        assert_eq!(failures(&verdict(&edited)), [CheckName::JsonMatch], "{pointer}");
    }
    let mut extended = normalised.clone();
    extended["evidence"] = json!([{"type": "E"}]);
    assert_eq!(failures(&verdict(&extended)), [CheckName::JsonMatch]);
    let mut extended = normalised;
    extended["proof"]["created"] = json!("2024-01-01T00:00:00Z");
    assert_eq!(failures(&verdict(&extended)), [CheckName::JsonMatch]);
}

#[test]
fn structure_is_checked_with_the_words_of_the_reference() {
    type Case = (&'static str, fn(&mut Value), &'static str);
    let cases: [Case; 4] = [
        (
            "context",
            |claims| claims["vc"]["@context"] = json!(["https://schema.org"]),
            "schema_error: @context is missing default context \"https://www.w3.org/2018/credentials/v1\"",
        ),
        (
            "type",
            |claims| claims["vc"]["type"] = json!(["Person"]),
            "schema_error: type is missing default \"VerifiableCredential\"",
        ),
        (
            "subject",
            |claims| claims["vc"]["credentialSubject"] = json!({}),
            "schema_error: credentialSubject must not be empty",
        ),
        (
            "milliseconds",
            |claims| claims["exp"] = json!(2_019_686_400_000_i64),
            "schema_error: \"2019686400000\" is not a unix timestamp in seconds",
        ),
    ];
    for (name, change, expected) in cases {
        let verdict = verify::verify(&changed(change), &did_document(), &options());
        assert_eq!(failures(&verdict), [CheckName::Structure], "{name}");
        assert_eq!(message(&verdict), expected);
        let off = Options { policies: Policies { format: false, ..Policies::default() }, ..options() };
        assert!(verify::verify(&changed(change), &did_document(), &off).verified, "{name}");
    }
}

#[test]
fn data_model_two_is_accepted() {
    let vc2 = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "Person"],
        "issuer": DID,
        "validFrom": "2024-01-01T00:00:00Z",
        "validUntil": "2034-01-01T00:00:00Z",
        "credentialSubject": {"id": OTHER_DID, "name": "Alice"},
    });
    let mut header = jwt::header(Algorithm::EdDsa, Some(&format!("{DID}#key-1")));
    header["typ"] = json!("vc+jwt");
    let compact = sign(&key(), &header, &vc2);
    let enveloped = json!({
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": format!("data:application/vc+jwt,{compact}"),
        "type": "EnvelopedVerifiableCredential",
    });
    // As a vc+jwt payload, enveloped, and as the `vc` claim of a classic token.
    let classic = token(&json!({"vc": vc2, "iss": DID, "sub": OTHER_DID}));
    for document in [Value::from(compact), enveloped, classic] {
        assert_eq!(verify::did_to_resolve(&document).unwrap(), DID);
        let verdict = verify::verify(&document, &did_document(), &options());
        assert!(verdict.verified, "{document}: {:?}", verdict.first_failure());
        let late = Options { at: 2_100_000_000, ..options() };
        assert_eq!(failures(&verify::verify(&document, &did_document(), &late)), [CheckName::Expiration]);
        let early = Options { at: 1_600_000_000, ..options() };
        assert_eq!(failures(&verify::verify(&document, &did_document(), &early)), [CheckName::NotBefore]);
    }
}

#[test]
fn limits_hold() {
    assert_eq!(
        jwt::parse(&"a".repeat(jwt::MAX_COMPACT_BYTES + 1)),
        Err(JwtError::TooLarge(jwt::MAX_COMPACT_BYTES))
    );
    let mut deep = json!("x");
    for _ in 0..=jwt::MAX_DEPTH {
        deep = json!([deep]);
    }
    let token = changed(|claims| claims["deep"] = deep);
    assert_eq!(jwt::parse(token.as_str().unwrap()), Err(JwtError::Refused("payload", Refused::TooDeep)));
    let header = json!({"alg": "EdDSA", "x": "y".repeat(jwt::MAX_HEADER_BYTES)});
    assert!(matches!(jwt::parse(&sign(&key(), &header, &claims())), Err(JwtError::TooLarge(_))));
}

/// A token of which header and payload are these texts.
fn token_of(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    jwt::assemble(&input, &[0; 64])
}

#[test]
fn verdicts_2_duplicates_and_what_no_reader_holds_are_refused_before_they_are_read() {
    let header = r#"{"alg":"EdDSA","typ":"JWT"}"#;
    let parsed = |header: &str, payload: &str| jwt::parse(&token_of(header, payload)).map(|_| ());
    assert_eq!(parsed(header, r#"{"iss":"a","vc":{"a":[{"b":1}]}}"#), Ok(()));
    let twice = |name: &str| Refused::DuplicateName(name.to_owned());
    for (header, payload, error) in [
        (r#"{"alg":"none","alg":"EdDSA"}"#, "{}", JwtError::Refused("header", twice("alg"))),
        (r#"{"alg":"EdDSA","\u0061lg":"EdDSA"}"#, "{}", JwtError::Refused("header", twice("alg"))),
        (header, r#"{"iss":"a","iss":"a"}"#, JwtError::Refused("payload", twice("iss"))),
        (header, r#"{"vc":{"type":[{"x":1,"x":2}]}}"#, JwtError::Refused("payload", twice("x"))),
        (header, r#"{"a":"\u0000"}"#, JwtError::Refused("payload", Refused::Nul)),
        (
            header,
            r#"{"nbf":1e400}"#,
            JwtError::Refused("payload", Refused::InexactNumber("1e400".to_owned())),
        ),
        (header, "[]", JwtError::Json("payload")),
        (header, "{", JwtError::Json("payload")),
    ] {
        assert_eq!(parsed(header, payload), Err(error), "{header} {payload}");
    }
    assert_eq!(parsed(header, &"[".repeat(500_000)), Err(JwtError::Refused("payload", Refused::TooDeep)));
}

proptest! {
    #[test]
    fn changing_any_character_of_a_token_makes_it_fail(position in 0_usize..560, replacement in "[A-Za-z0-9_-]") {
        let original = jwt_vector("full")["jwt"].as_str().unwrap().to_owned();
        let position = position % original.len();
        let mut bytes = original.clone().into_bytes();
        bytes[position] = replacement.as_bytes()[0];
        let edited = String::from_utf8(bytes).unwrap();
        prop_assume!(edited != original);
        prop_assert!(!verify::verify(&Value::from(edited), &did_document(), &options()).verified);
    }

    #[test]
    fn arbitrary_text_never_panics_and_never_verifies(text in ".{0,200}", a in "[A-Za-z0-9_-]{0,60}", b in "[A-Za-z0-9_-]{0,60}") {
        for candidate in [text, format!("{a}.{b}.{a}"), format!("eyJhbGciOiJFZERTQSJ9.{b}.{a}")] {
            prop_assert!(!verify::verify(&Value::from(candidate), &did_document(), &options()).verified);
        }
    }

    #[test]
    fn arbitrary_claims_never_panic(name in "(vc|vp|iss|sub|nbf|exp|issuer|credentialSubject|type|@context|aud)", value in arbitrary_json()) {
        let edited = changed(|claims| claims[&name] = value);
        for kind in [Kind::Credential, Kind::Presentation] {
            let verdict = verify::verify(&edited, &did_document(), &Options { kind, ..options() });
            prop_assert_eq!(verdict.verified, verdict.first_failure().is_none());
        }
    }

    #[test]
    fn what_is_signed_is_what_is_read(value in arbitrary_json()) {
        let claims = json!({"value": value});
        let parsed = jwt::parse(&sign(&key(), &jwt::header(Algorithm::EdDsa, None), &claims)).unwrap();
        prop_assert_eq!(Value::Object(parsed.claims), claims);
    }
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // U+0000 is refused wherever it stands.
        "[^\0]{0,12}".prop_map(Value::from),
        Just(Value::from(DID)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(
                ("(id|type|@context|issuer|credentialSubject|name|proof|jwt)", inner),
                0..4
            )
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn the_case_of_a_uuid_does_not_matter() {
    let upper = DID.to_uppercase().replace("DID:CHEQD:TESTNET", "did:cheqd:testnet");
    assert_ne!(upper, DID);
    let claims = json!({"vc": claims()["vc"], "iss": upper, "sub": OTHER_DID});
    for kid in [None, Some(format!("{upper}#key-1")), Some(format!("{DID}#key-1"))] {
        let token = Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, kid.as_deref()), &claims));
        let verdict = verify::verify(&token, &did_document(), &options());
        assert!(verdict.verified, "{:?}", verdict.first_failure());
    }
}

#[test]
fn other_tokens_of_the_issuer_are_no_credentials() {
    let lax =
        Options { policies: Policies { format: false, audience: false, ..Policies::default() }, ..options() };
    for payload in [
        json!({"iss": DID, "sub": OTHER_DID, "scope": "admin", "aud": "https://api.example"}),
        json!({"iss": DID, "nonce": "1", "sd_hash": "x"}),
        json!({"iss": DID, "vc": claims()["vc"], "vp": {"type": ["VerifiablePresentation"]}}),
    ] {
        for kind in [Kind::Credential, Kind::Presentation] {
            let verdict = verify::verify(&token(&payload), &did_document(), &Options { kind, ..lax.clone() });
            assert_eq!(failures(&verdict), [CheckName::Format], "{payload}");
        }
    }
}
