//! Which keys may sign, and which signatures count (verdicts 3 and 7; algorithm and key confusion).

use crate::vector_files::{DID, did_document, jwt_vector, key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credentials::document::accept;
use credentials::jwt::{self, Algorithm};
use credentials::key::PublicKey;
use credentials::vc;
use credentials::verify::{self, CheckName, Kind, Options, Outcome, Verification};
use ed25519_dalek::SigningKey;
use k256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};

const NOW: i64 = 1_710_000_000;

fn claims() -> Value {
    jwt_vector("full")["payload"].clone()
}

fn token() -> Value {
    Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, None), &claims()))
}

fn judged(token: &Value, document: &Value) -> Verification {
    verify::verify(token, document, &Options { at: NOW, ..Options::default() })
}

fn failed(verdict: &Verification) -> Vec<CheckName> {
    let failed = |check: &&verify::Check| matches!(check.outcome, Outcome::Failed(_));
    verdict.checks.iter().filter(failed).map(|check| check.name).collect()
}

/// The issuer's document with its key under these relationships only.
fn under(relationships: &[&str]) -> Value {
    let mut document = did_document();
    let members = document.as_object_mut().unwrap();
    members.remove("assertionMethod");
    members.remove("authentication");
    for relationship in relationships {
        members.insert((*relationship).to_owned(), json!([format!("{DID}#key-1")]));
    }
    document
}

#[test]
fn verdicts_3_an_older_document_signs_with_its_authentication_key_and_says_so() {
    let verdict = judged(&token(), &under(&["authentication"]));
    assert!(verdict.verified, "{:?}", verdict.first_failure());
    assert_eq!(verdict.outcome(CheckName::KeyPurpose), Some(&Outcome::PassedBy("authentication")));
    let verdict = judged(&token(), &under(&["authentication", "assertionMethod"]));
    assert_eq!(verdict.outcome(CheckName::KeyPurpose), Some(&Outcome::PassedBy("assertionMethod")));
}

#[test]
fn verdicts_3_where_there_are_assertion_methods_only_they_sign() {
    for others in [json!([]), json!([format!("{DID}#key-2")]), json!("#key-2"), json!([7, null])] {
        let mut document = under(&["authentication"]);
        document["assertionMethod"] = others.clone();
        let verdict = judged(&token(), &document);
        assert_eq!(failed(&verdict), [CheckName::KeyPurpose], "{others}");
        assert_eq!(verdict.outcome(CheckName::Signature), Some(&Outcome::Passed), "{others}");
        let told = verdict.first_failure().unwrap().message.clone();
        assert!(
            told.starts_with("no_suitable_keys: ") && told.ends_with("stands under authentication only"),
            "{told}"
        );
        assert!(!verdict.is_proven());
    }
    let mut document = under(&["authentication"]);
    document["assertionMethod"] = Value::Null;
    assert!(judged(&token(), &document).verified, "null is no member");
}

#[test]
fn verdicts_3_a_key_without_purpose_or_for_agreement_never_signs() {
    for (relationships, told) in [
        (&[][..], "no purpose"),
        (&["keyAgreement"], "keyAgreement only"),
        (&["capabilityInvocation"], "capabilityInvocation only"),
        (&["capabilityDelegation", "keyAgreement"], "capabilityDelegation and keyAgreement only"),
    ] {
        let verdict = judged(&token(), &under(relationships));
        assert_eq!(failed(&verdict), [CheckName::KeyPurpose], "{told}");
        assert!(verdict.first_failure().unwrap().message.ends_with(told), "{:?}", verdict.first_failure());
    }
    // Embedded under a relationship, a key serves that one alone; a reference does not lead to it.
    let mut document = under(&[]);
    document["keyAgreement"] = json!([document["verificationMethod"][0]]);
    document["verificationMethod"] = json!([]);
    document["assertionMethod"] = json!([format!("{DID}#key-1")]);
    assert_eq!(failed(&judged(&token(), &document)), [CheckName::KeyPurpose]);
    // A second method of the same id is not the one that the relationship refers to.
    let mut document = did_document();
    let mut first = document["verificationMethod"][0].clone();
    let stranger = SigningKey::from_bytes(&[9; 32]);
    first["publicKeyBase58"] = json!(bs58::encode(stranger.verifying_key().as_bytes()).into_string());
    document["verificationMethod"] = json!([first, document["verificationMethod"][0]]);
    assert_eq!(failed(&judged(&token(), &document)), [CheckName::Signature]);
    // The same key twice, once with the purpose: it may sign.
    let mut document = did_document();
    let mut second = document["verificationMethod"][0].clone();
    second["id"] = json!(format!("{DID}#key-0"));
    document["verificationMethod"] = json!([second, document["verificationMethod"][0]]);
    assert!(judged(&token(), &document).verified);
}

#[test]
fn verdicts_3_a_presentation_needs_the_authentication_key() {
    let vp = json!({"iss": DID, "vp": {"@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiablePresentation"], "verifiableCredential": []}});
    let token = Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, None), &vp));
    let judged = |document: &Value| {
        verify::verify(&token, document, &Options { at: NOW, kind: Kind::Presentation, ..Options::default() })
    };
    let verdict = judged(&under(&["authentication"]));
    assert_eq!(verdict.outcome(CheckName::KeyPurpose), Some(&Outcome::PassedBy("authentication")));
    for wrong in [&[][..], &["assertionMethod"], &["keyAgreement"]] {
        assert_eq!(failed(&judged(&under(wrong))), [CheckName::KeyPurpose], "{wrong:?}");
    }
}

#[test]
fn the_key_comes_from_the_issuers_document_alone() {
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let jwk = PublicKey::ed25519(stranger.verifying_key().as_bytes()).unwrap().to_jwk();
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = jwt::header(Algorithm::EdDsa, None);
        header[name] = value;
        let forged = Value::from(sign(&stranger, &header, &claims()));
        assert_eq!(failed(&judged(&forged, &did_document())), [CheckName::Signature], "{name}");
        let genuine = Value::from(sign(&key(), &header, &claims()));
        assert!(judged(&genuine, &did_document()).verified, "{name} means nothing");
    }
    // A DID that merely begins like the issuer's is another one.
    for kid in [
        format!("{DID}2#key-1"),
        format!("{}#key-1", &DID[..DID.len() - 1]),
        "did:cheqd:testnet:x#key-1".to_owned(),
    ] {
        let token = Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, Some(&kid)), &claims()));
        assert_eq!(failed(&judged(&token, &did_document())), [CheckName::Signature], "{kid}");
    }
    // `iss` and `kid` name the key twice.
    let mut twice = claims();
    twice["iss"] = json!(format!("{DID}#key-1"));
    for (kid, holds) in [("#key-1", true), ("#key-2", false)] {
        let token = Value::from(sign(&key(), &jwt::header(Algorithm::EdDsa, Some(kid)), &twice));
        assert_eq!(judged(&token, &did_document()).verified, holds, "{kid}");
    }
}

#[test]
fn the_algorithm_is_the_keys_never_the_headers_alone() {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let payload = part(&claims());
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": "NONE"}),
        json!({"alg": "HS256"}),
        json!({"alg": "PS256"}),
        json!({"alg": "RS256"}),
        json!({"typ": "JWT"}),
        json!({"alg": null}),
        json!({"alg": ["EdDSA"]}),
        json!({"alg": "EdDSA", "crit": ["exp"], "exp": 1}),
        json!({"alg": "EdDSA", "b64": false}),
    ] {
        let input = format!("{}.{payload}", part(&header));
        let signature = ed25519_dalek::Signer::sign(&key(), input.as_bytes()).to_bytes();
        for token in [jwt::assemble(&input, &signature), format!("{input}.")] {
            let verdict = judged(&Value::from(token), &did_document());
            assert!(!verdict.verified && !failed(&verdict).is_empty(), "{header}");
        }
    }
    let input = format!("{}.{payload}", part(&json!({"alg": "EdDSA"})));
    for signature in ["", "AAAA", "A", &"A".repeat(86), &"A".repeat(87)] {
        let verdict = judged(&Value::from(format!("{input}.{signature}")), &did_document());
        assert_eq!(failed(&verdict), [CheckName::Signature], "{signature}");
    }
}

/// A document with this key, and a token that it signed: `r‖s` as given.
fn ecdsa_document(key: &PublicKey) -> Value {
    let id = format!("{DID}#key-1");
    json!({"id": DID, "assertionMethod": [id], "verificationMethod": [
        {"id": id, "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": key.to_jwk()}]})
}

fn input(alg: Algorithm) -> String {
    jwt::signing_input(&jwt::header(alg, None), &claims())
}

/// Both signatures that ECDSA gives for a message, the second with the other `s`.
macro_rules! both_signatures {
    ($curve:ident, $alg:expr, $seed:expr, $key:path) => {
        both_signatures!($curve, $alg, $seed, $key, input($alg))
    };
    ($curve:ident, $alg:expr, $seed:expr, $key:path, $input:expr) => {{
        let signing = $curve::ecdsa::SigningKey::from_slice(&$seed).unwrap();
        let public = $curve::ecdsa::VerifyingKey::from(&signing).to_encoded_point(false);
        let input = $input;
        let signature: $curve::ecdsa::Signature = signing.sign(input.as_bytes());
        let (r, s) = signature.split_scalars();
        let other = $curve::ecdsa::Signature::from_scalars(r, -s).unwrap();
        assert_ne!(signature.to_bytes(), other.to_bytes());
        let tokens =
            [signature, other].map(|signature| Value::from(jwt::assemble(&input, &signature.to_bytes())));
        (tokens, $key(public.as_bytes()).unwrap())
    }};
}

#[test]
fn verdicts_7_the_high_s_counts_as_well_as_the_low_one() {
    let mut p521_seed = [7_u8; 66];
    p521_seed[0] = 0;
    let all = [
        both_signatures!(k256, Algorithm::Es256k, [7; 32], PublicKey::secp256k1),
        both_signatures!(p256, Algorithm::Es256, [7; 32], PublicKey::p256),
        both_signatures!(p384, Algorithm::Es384, [7; 48], PublicKey::p384),
        both_signatures!(p521, Algorithm::Es512, p521_seed, PublicKey::p521),
    ];
    for (index, (tokens, key)) in all.iter().enumerate() {
        let document = ecdsa_document(key);
        for token in tokens {
            let verdict = judged(token, &document);
            assert!(verdict.verified, "{index}: {:?}", verdict.first_failure());
            // Another key, a longer signature and one of another curve do not.
            let others = all.iter().enumerate().filter(|(other, _)| *other != index);
            for (_, (_, other)) in others {
                assert!(!judged(token, &ecdsa_document(other)).verified);
            }
            let longer = Value::from(format!("{}AAAA", token.as_str().unwrap()));
            assert_eq!(failed(&judged(&longer, &document)), [CheckName::Signature]);
        }
        assert_eq!(PublicKey::from_multibase(&key.to_multibase()).as_ref(), Ok(key));
        assert_eq!(PublicKey::from_jwk(&key.to_jwk()).as_ref(), Ok(key));
        let did = credentials::did_key::did_key_of(key);
        assert_eq!(credentials::did_key::resolve(&did).unwrap()["id"], did);
    }
}

/// Verdicts 7, its neighbours: however the key is written, whatever the token comes in, and for presentations.
#[test]
fn verdicts_7_the_high_s_counts_for_every_spelling_of_the_key_and_in_every_wrapping() {
    let (tokens, key) = both_signatures!(k256, Algorithm::Es256k, [7; 32], PublicKey::secp256k1);
    let kind = "EcdsaSecp256k1VerificationKey2019";
    for material in [
        json!({"type": kind, "publicKeyHex": hex::encode(key.bytes())}),
        json!({"type": kind, "publicKeyBase58": key.to_base58()}),
        json!({"type": kind, "publicKeyJwk": key.to_jwk()}),
        json!({"type": kind, "publicKeyMultibase": key.to_multibase()}),
        json!({"type": "Multikey", "publicKeyMultibase": key.to_multibase()}),
    ] {
        let mut document = ecdsa_document(&key);
        let mut method = material.clone();
        method["id"] = document["assertionMethod"][0].clone();
        method["controller"] = json!(DID);
        document["verificationMethod"] = json!([method]);
        for token in &tokens {
            let verdict = judged(token, &document);
            assert!(verdict.verified, "{material}: {:?}", verdict.first_failure());
        }
    }
    let document = ecdsa_document(&key);
    for compact in tokens.iter().filter_map(Value::as_str) {
        let url = format!("data:application/vc+jwt,{compact}");
        for given in [
            vc::normalise(compact).unwrap(),
            json!(url),
            json!({"type": "EnvelopedVerifiableCredential", "id": url}),
        ] {
            let verdict = judged(&accept(&given, Kind::Credential).unwrap(), &document);
            assert!(verdict.verified, "{given}: {:?}", verdict.first_failure());
        }
    }

    let vp = json!({"iss": DID, "vp": {"@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiablePresentation"], "verifiableCredential": []}});
    let input = jwt::signing_input(&jwt::header(Algorithm::Es256k, None), &vp);
    let (tokens, key) = both_signatures!(k256, Algorithm::Es256k, [7; 32], PublicKey::secp256k1, input);
    let mut document = ecdsa_document(&key);
    document["authentication"] = document["assertionMethod"].clone();
    for token in &tokens {
        let options = Options { at: NOW, kind: Kind::Presentation, ..Options::default() };
        let verdict = verify::verify(token, &document, &options);
        assert!(verdict.verified, "{:?}", verdict.first_failure());
    }
}

#[test]
fn r_and_s_of_zero_are_no_signature() {
    let (_, key) = both_signatures!(k256, Algorithm::Es256k, [7; 32], PublicKey::secp256k1);
    for bytes in [
        vec![0; 64],
        [vec![0; 32], vec![1; 32]].concat(),
        [vec![1; 32], vec![0; 32]].concat(),
        vec![0xff; 64],
    ] {
        let token = Value::from(jwt::assemble(&input(Algorithm::Es256k), &bytes));
        assert_eq!(failed(&judged(&token, &ecdsa_document(&key))), [CheckName::Signature]);
    }
}

#[test]
fn a_jwk_makes_no_signatures_that_it_is_not_for() {
    let ([token, _], key) = both_signatures!(p256, Algorithm::Es256, [7; 32], PublicKey::p256);
    for (member, value, fine) in [
        ("use", json!("sig"), true),
        ("use", json!("enc"), false),
        ("alg", json!("ES256"), true),
        ("alg", json!("ES384"), false),
        ("alg", json!("ECDH-ES"), false),
        ("key_ops", json!(["verify"]), true),
        ("key_ops", json!(["encrypt"]), false),
        ("key_ops", json!([]), false),
        ("kid", json!("anything"), true),
    ] {
        let mut document = ecdsa_document(&key);
        document["verificationMethod"][0]["publicKeyJwk"][member] = value.clone();
        let verdict = judged(&token, &document);
        assert_eq!(verdict.verified, fine, "{member} {value}: {:?}", verdict.first_failure());
    }
}

#[test]
fn an_id_leads_to_one_key() {
    let ([token, _], key) = both_signatures!(p256, Algorithm::Es256, [7; 32], PublicKey::p256);
    let ([others, _], other) = both_signatures!(p256, Algorithm::Es256, [9; 32], PublicKey::p256);
    let embedded = ecdsa_document(&other)["verificationMethod"][0].clone();
    // Another key under an id that is taken, embedded where it would sign.
    let mut document = ecdsa_document(&key);
    document["assertionMethod"] = json!([format!("{DID}#key-1"), embedded]);
    assert!(judged(&token, &document).verified);
    assert!(!judged(&others, &document).verified);
    // Two embedded ones: the first counts.
    let first = ecdsa_document(&key)["verificationMethod"][0].clone();
    let document = json!({"id": DID, "assertionMethod": [first, embedded]});
    assert!(judged(&token, &document).verified);
    assert!(!judged(&others, &document).verified);
    // The same method, listed and embedded, is no second key.
    let mut document = ecdsa_document(&key);
    document["assertionMethod"] = json!([document["verificationMethod"][0]]);
    assert!(judged(&token, &document).verified);
}
