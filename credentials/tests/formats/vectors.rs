//! Tokens, documents and keys exactly as Veramo and did-jwt-vc make them.

use crate::vector_files::{DID, captures, did_document, jwt_vector, key, sign, vectors};
use chrono::DateTime;
use credentials::did_document::{IdentifierFormat, Template, VerificationMethodType, did_from_public_key};
use credentials::key::PublicKey;
use credentials::{did_key, jwt, vc, verify};
use serde_json::{Value, json};

const CREDENTIAL_VECTORS: [&str; 6] =
    ["full", "status2021", "bitstring", "statuslist-credential-without-encodedList", "rich", "no-subject-id"];

#[test]
fn eddsa_credentials_are_byte_identical_to_veramo() {
    for name in CREDENTIAL_VECTORS {
        let vector = jwt_vector(name);
        let claims = vc::jwt_claims(&vector["input"], DID).unwrap();
        assert_eq!(claims.to_string(), vector["payload"].to_string(), "{name}: claims");
        let header = jwt::header(jwt::Algorithm::EdDsa, None);
        assert_eq!(header.to_string(), r#"{"alg":"EdDSA","typ":"JWT"}"#);
        assert_eq!(sign(&key(), &header, &claims), vector["jwt"].as_str().unwrap(), "{name}: token");
    }
}

#[test]
fn presentation_is_byte_identical_to_veramo() {
    let vector = jwt_vector("vp");
    let credentials = [jwt_vector("full")["normalised"].clone()];
    let claims = vc::presentation_claims(&vc::PresentationInput {
        holder_did: DID,
        credentials: &credentials,
        verifiers: &["did:cheqd:testnet:00000000-0000-4000-8000-000000000000".to_owned()],
        challenge: Some("n-1"),
        issuance_date: DateTime::parse_from_rfc3339("2024-02-01T00:00:00Z").unwrap().to_utc(),
    })
    .unwrap();
    assert_eq!(claims.to_string(), vector["payload"].to_string());
    let token = sign(&key(), &jwt::header(jwt::Algorithm::EdDsa, None), &claims);
    assert_eq!(token, vector["jwt"].as_str().unwrap());
    assert_eq!(vc::normalise_presentation(&token).unwrap().to_string(), vector["normalised"].to_string());
}

#[test]
fn every_token_normalises_to_the_same_text_as_veramo() {
    for vector in vectors()["jwt"].as_array().unwrap().iter().filter(|vector| vector["name"] != "vp") {
        let normalised = vc::normalise(vector["jwt"].as_str().unwrap()).unwrap();
        assert_eq!(normalised.to_string(), vector["normalised"].to_string(), "{}", vector["name"]);
    }
}

#[test]
fn every_token_verifies_against_the_document_of_its_issuer() {
    for vector in vectors()["jwt"].as_array().unwrap() {
        let kind = if vector["name"] == "vp" { verify::Kind::Presentation } else { verify::Kind::Credential };
        let did = verify::did_to_resolve(&vector["jwt"]).unwrap();
        let document = if did == DID { did_document() } else { did_key::resolve(&did).unwrap() };
        let mut options = verify::Options { kind, at: 1_710_000_000, ..Default::default() };
        if kind == verify::Kind::Presentation {
            options.audience = vec!["did:cheqd:testnet:00000000-0000-4000-8000-000000000000".to_owned()];
            options.challenge = Some("n-1".to_owned());
        }
        for form in [&vector["jwt"], &vector["normalised"]] {
            let verdict = verify::verify(form, &document, &options);
            assert!(verdict.verified, "{}: {:?}", vector["name"], verdict.first_failure());
            assert_eq!(verdict.issuer.as_deref(), Some(did.as_str()));
            assert_eq!(verdict.document.as_ref(), Some(&vector["normalised"]));
        }
    }
}

#[test]
fn credentials_issued_by_a_running_cheqd_studio_verify() {
    let captures = captures();
    let request = &captures["171"]["request"]["credential"];
    let signer = &captures["171"]["response"]["signer"];
    let did = captures["171"]["response"]["issuer"].as_str().unwrap();
    let document = json!({"id": did, "verificationMethod": [signer], "assertionMethod": [signer["id"]]});
    let options = verify::Options { at: 1_795_500_000, ..Default::default() };
    let verdict = verify::verify(request, &document, &options);
    assert!(verdict.verified, "{:?}", verdict.first_failure());
    assert_eq!(verdict.signer.as_ref(), Some(signer));

    // The same credential as that Studio refused after it was edited or its signature was.
    let tampered = verify::verify(&captures["178"]["request"]["credential"], &document, &options);
    assert_eq!(
        tampered.first_failure().unwrap().message,
        "invalid_credential: Credential JSON does not match JWT payload"
    );
    let bad = verify::verify(&captures["179"]["request"]["credential"], &document, &options);
    assert_eq!(bad.first_failure().unwrap().message, "invalid_signature: no matching public key found");
    assert_eq!(bad.first_failure().unwrap().code, "invalid_signature");

    let token = &captures["305"]["request"]["credential"];
    let did = verify::did_to_resolve(token).unwrap();
    let verdict = verify::verify(token, &did_key::resolve(&did).unwrap(), &options);
    assert!(verdict.verified, "{:?}", verdict.first_failure());
    assert_eq!(verdict.signer.as_ref(), Some(&captures["305"]["response"]["signer"]));
}

#[test]
fn issue_request_becomes_the_credential_that_studio_answers() {
    let captures = captures();
    let (request, response) = (&captures["208"]["request"], &captures["208"]["response"]);
    let attributes = request["attributes"].as_object().unwrap();
    let credential = vc::build_credential(&vc::IssueInput {
        issuer_did: request["issuerDid"].as_str().unwrap(),
        subject_did: request["subjectDid"].as_str().unwrap(),
        attributes,
        contexts: &["https://schema.org".to_owned()],
        types: &["Person".to_owned()],
        issuance_date: DateTime::parse_from_rfc3339("2026-11-22T04:18:28.417Z").unwrap().to_utc(),
        data_model: credentials::format::DataModel::V1_1,
        expiration_date: request["expirationDate"].as_str(),
        credential_schema: None,
        credential_status: Some(response["credentialStatus"].clone()),
        extra: &serde_json::Map::new(),
    })
    .unwrap();
    let claims = vc::jwt_claims(&credential, request["issuerDid"].as_str().unwrap()).unwrap();
    let compact = response["proof"]["jwt"].as_str().unwrap();
    let theirs = jwt::parse(compact).unwrap();
    assert_eq!(claims.to_string(), Value::Object(theirs.claims).to_string());
    assert_eq!(vc::normalise(compact).unwrap().to_string(), response.to_string());
}

#[test]
fn did_document_templates_carry_the_common_key() {
    let fixed = vectors()["ed25519"].clone();
    let public_key = PublicKey::Ed25519(key().verifying_key().to_bytes());
    let cases = [
        ("Ed25519VerificationKey2020", "publicKeyMultibase", fixed["publicKeyMultibase"].clone()),
        ("Ed25519VerificationKey2018", "publicKeyBase58", fixed["publicKeyBase58"].clone()),
        ("JsonWebKey2020", "publicKeyJwk", fixed["publicKeyJwk"].clone()),
    ];
    for (name, member, material) in cases {
        let method_type: VerificationMethodType = name.parse().unwrap();
        let document = Template {
            did: DID,
            method_type,
            public_key: &public_key,
            services: &[],
            contexts: &[],
            assertion_method: true,
        }
        .to_json();
        let expected = json!({
            "id": DID, "controller": [DID],
            "verificationMethod": [{"id": format!("{DID}#key-1"), "type": name, "controller": DID, member: material}],
            "authentication": [format!("{DID}#key-1")], "assertionMethod": [format!("{DID}#key-1")],
        });
        assert_eq!(document.to_string(), expected.to_string());
        assert_eq!(
            PublicKey::from_verification_method(&document["verificationMethod"][0]).unwrap(),
            public_key,
            "{name}"
        );
    }
    assert_eq!(
        did_from_public_key("testnet", public_key.bytes()),
        "did:cheqd:testnet:BewGwPDweP6xa1niibe5NW"
    );
    // As a running cheqd Studio derived it (capture 067).
    let other = hex::decode("12aa28aa7055659b8eabb6df63ef79b09549cd049120a477e2f06fd67dfb5b37").unwrap();
    assert_eq!(did_from_public_key("testnet", &other), "did:cheqd:testnet:QfEVBwoJ2g9uSJBFXYaJbs");
    assert!("nope".parse::<IdentifierFormat>().is_err());
}

#[test]
fn did_key_vectors_of_the_method_resolve() {
    let x25519 = |did: &str| {
        let document = did_key::resolve(did).unwrap();
        document["keyAgreement"][0].as_str().unwrap().split('#').nth(1).unwrap().to_owned()
    };
    for (last, id, agreement) in [
        (
            0_u8,
            "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
            "z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW",
        ),
        (
            1,
            "z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG",
            "z6LSrHyXiPBhUbvPUtyUCdf32sniiMGPTAesgHrtEa4FePtr",
        ),
    ] {
        let mut seed = [0_u8; 32];
        seed[31] = last;
        let signing = ed25519_dalek::SigningKey::from_bytes(&seed);
        let did = did_key::did_key_of(&PublicKey::Ed25519(signing.verifying_key().to_bytes()));
        assert_eq!(did, format!("did:key:{id}"));
        assert_eq!(x25519(&did), agreement);
    }
    let common = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
    let document = did_key::resolve(common).unwrap();
    assert_eq!(x25519(common), "z6LSgTMiVvjkfQd8CF1kWasYZKBqtAYf6h8TC3yDfjPgDbWQ");
    assert_eq!(
        document["verificationMethod"][1]["publicKeyJwk"].to_string(),
        r#"{"alg":"ECDH-ES","crv":"X25519","kty":"OKP","use":"enc","x":"RwHQhIhFH1RaQJ-1iuPlhYHKQKw_fxFGmM1x3qxzygE"}"#
    );
    let secp = did_key::resolve("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme").unwrap();
    let jwk = &secp["verificationMethod"][0]["publicKeyJwk"];
    assert_eq!(jwk["x"], "h0wVx_2iDlOcblulc8E5iEw1EYh5n1RYtLQfeSTyNc0");
    assert_eq!(jwk["y"], "O2EATIGbu6DezKFptj5scAIRntgfecanVNXxat1rnwE");
}

#[test]
fn malformed_self_certifying_dids_are_invalid() {
    for did in ["did:key:zTjsVPtY", "did:key:", "did:key:z6Mk", "did:key:u7QHM", "did:jwk:e30", "did:jwk:%%%"]
    {
        let error = did_key::resolve(did).unwrap_err().to_string();
        assert!(error.starts_with("invalidDid"), "{did}: {error}");
    }
    // P-384, which did:key implementations know and cheqd's do not.
    let p384 = "did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9";
    assert_eq!(did_key::resolve(p384).unwrap()["verificationMethod"][0]["publicKeyJwk"]["crv"], "P-384");
    assert!(
        did_key::resolve("did:web:example.com").unwrap_err().to_string().starts_with("unsupportedDidMethod")
    );
}

/// The method's own vectors of RSA-2048 and of a point of BLS12-381; and a key as EBSI's natural persons write it.
#[test]
fn keys_that_nothing_is_verified_with_resolve_too() {
    let rsa = "did:key:z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZsuVNjq8HCuW1w24nhBFGkRE4cd2Uf2tfrB3N7h4mnyPp1BF3ZttHTYv3DLUPi1zMdkULiow3M1GfXkoC6DoxDUm1jmN6GBj22SjVsr6dxezRVQc7aj9TxE7JLbMH1wh5X3kA58H3DFW8rnYMakFGbca5CB2Jf6CnGQZmL7o5uJAdTwXfy2iiiyPxXEGerMhHwhjTA1mKYobyk2CpeEcmvynADfNZ5MBvcCS7m3XkFCMNUYBS9NQ3fze6vMSUPsNa6GVYmKx2x6JrdEjCk3qRMMmyjnjCMfR4pXbRMZa3i";
    let document = did_key::resolve(rsa).unwrap();
    let jwk = &document["verificationMethod"][0]["publicKeyJwk"];
    assert_eq!((&jwk["kty"], &jwk["e"]), (&json!("RSA"), &json!("AQAB")));
    assert_eq!(jwk["n"].as_str().map(str::len), Some(342), "2048 bits");
    assert_eq!(document["assertionMethod"], json!([format!("{rsa}#{}", &rsa[8..])]));
    assert!(document.get("keyAgreement").is_none());
    let bls = "did:key:zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY";
    let document = did_key::resolve(bls).unwrap();
    assert_eq!(
        document["verificationMethod"],
        json!([{"id": format!("{bls}#{}", &bls[8..]), "type": "Multikey", "controller": bls, "publicKeyMultibase": &bls[8..]}])
    );
    for document in [did_key::resolve(rsa).unwrap(), document] {
        assert!(PublicKey::from_verification_method(&document["verificationMethod"][0]).is_err());
    }
    for cut in [rsa, bls] {
        for end in 20..cut.len() {
            let error = did_key::resolve(&cut[..end]).unwrap_err().to_string();
            assert!(error.starts_with("invalidDid"), "{end} of {cut}");
        }
    }
}

#[test]
fn a_did_key_may_hold_a_canonical_jwk() {
    let of = |text: &str| {
        let bytes = [&[0xd1, 0xd6, 0x03][..], text.as_bytes()].concat();
        format!("did:key:z{}", bs58::encode(bytes).into_string())
    };
    let (x, y) =
        ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    let did = of(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
    let document = did_key::resolve(&did).unwrap();
    let method = &document["verificationMethod"][0];
    assert_eq!(method["id"], format!("{did}#{}", &did[8..]));
    assert_eq!(method["publicKeyJwk"], json!({"crv": "P-256", "kty": "EC", "x": x, "y": y}));
    assert!(matches!(PublicKey::from_verification_method(method), Ok(PublicKey::P256(_))));
    for other in [
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#),
        format!(r#"{{"crv":"P-256", "kty":"EC","x":"{x}","y":"{y}"}}"#),
        format!(r#"{{"crv":"P-256","d":"{x}","kty":"EC","x":"{x}","y":"{y}"}}"#),
        format!(r#"{{"crv":"P-256","key_ops":["verify"],"kty":"EC","x":"{x}","y":"{y}"}}"#),
        format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{x}"}}"#),
        "{}".to_owned(),
    ] {
        assert!(did_key::resolve(&of(&other)).is_err(), "{other}");
    }
}

#[test]
fn did_jwk_resolves_and_refuses_private_keys() {
    use base64::Engine as _;
    let encode = |jwk: &Value| {
        format!("did:jwk:{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(jwk.to_string()))
    };
    let mut jwk = vectors()["ed25519"]["publicKeyJwk"].clone();
    let did = encode(&jwk);
    let document = did_key::resolve(&did).unwrap();
    assert_eq!(document["assertionMethod"], json!([format!("{did}#0")]));
    assert_eq!(document["verificationMethod"][0]["publicKeyJwk"], jwk);
    jwk["d"] = json!("AAAA");
    assert!(did_key::resolve(&encode(&jwk)).is_err());
}

#[test]
fn did_jwt_signature_vectors_verify() {
    use base64::Engine as _;
    let message = b"thequickbrownfoxjumpedoverthelazyprogrammer";
    let decode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
    let ed = PublicKey::ed25519(
        &hex::decode("06fac1f22240cffd637ead6647188429fafda9c9cb7eae43386ac17f61115075").unwrap(),
    )
    .unwrap();
    let signature =
        decode("1y_N9v6xI4DyG9vIuloivxm91EV96nDM3HXBUI4P2Owk0IxazqX63rQ5jlBih6tP_4H5QhkHHqbree7ExmTBCw");
    assert!(ed.verify(message, &signature).is_ok());
    assert!(ed.verify(b"another message", &signature).is_err());
    let secret = hex::decode("278a5de700e29faae8e40e366ec5012b5ec63d36ec77e8a2417154cc1d25383f").unwrap();
    let signing = k256::ecdsa::SigningKey::from_slice(&secret).unwrap();
    let es256k = PublicKey::secp256k1(&signing.verifying_key().to_sec1_bytes()).unwrap();
    let signature =
        decode("jsvdLwqr-O206hkegoq6pbo7LJjCaflEKHCvfohBP9U2H9EZ5Jsw0CncN17WntoUEGmxaZVF2zQjtUEXfhdyBg");
    assert!(es256k.verify(message, &signature).is_ok());
    assert!(ed.verify(message, &signature).is_err());
}
