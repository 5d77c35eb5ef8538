//! ID tokens that prove nothing.

use super::{
    CLIENT, Stage,
    double::{Signer, text},
};
use app::port::sign_in::IdentityProvider as _;
use ring::hmac;
use serde_json::{Map, Value, json};

/// The usual claims with one other.
fn but(claims: &Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    let mut claims = claims.clone();
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
    claims
}

#[tokio::test]
async fn a_claim_that_does_not_hold_is_refused() {
    let stage = Stage::new().await;
    let claims = stage.double.claims();
    let (issuer, now) = (stage.double.issuer.clone(), claims["iat"].as_i64().unwrap());
    let (invalid, expired) = (Err("auth/token-invalid"), Err("auth/token-expired"));
    let table = [
        ("iss", json!("https://evil.example"), invalid),
        ("iss", json!(format!("{issuer}/")), invalid),
        ("iss", json!(issuer.to_uppercase()), invalid),
        ("iss", json!(null), invalid),
        ("aud", json!("another-app"), invalid),
        ("aud", json!([]), invalid),
        ("aud", json!(null), invalid),
        ("aud", json!([CLIENT]), Ok(())),
        ("aud", json!([CLIENT, "another-app"]), invalid),
        ("aud", json!("studio "), invalid),
        ("azp", json!(CLIENT), Ok(())),
        ("azp", json!("another-app"), invalid),
        ("azp", json!(7), invalid),
        ("exp", json!(now - 59), Ok(())),
        ("exp", json!(now - 60), expired),
        ("exp", json!(null), invalid),
        ("exp", json!("tomorrow"), invalid),
        ("iat", json!(now + 60), Ok(())),
        ("iat", json!(now + 61), invalid),
        ("iat", json!(null), invalid),
        ("iat", json!(f64::MAX), invalid),
        ("nbf", json!(now + 61), invalid),
        ("nbf", json!(now - 1), Ok(())),
        ("nbf", json!("now"), invalid),
        ("sub", json!(null), invalid),
        ("sub", json!(""), invalid),
        ("sub", json!(12), invalid),
        ("sub", json!("x".repeat(256)), invalid),
    ];
    for (name, value, expected) in table {
        let token = stage.double.token(&but(&claims, name, value.clone()));
        assert_eq!(stage.bring(&token).await.map(|_| ()), expected, "{name} {value}");
    }
    let several = but(&but(&claims, "aud", json!([CLIENT, "another-app"])), "azp", json!(CLIENT));
    stage.bring(&stage.double.token(&several)).await.unwrap();
}

#[tokio::test]
async fn a_sign_in_takes_only_the_token_that_was_made_for_it() {
    let stage = Stage::new().await;
    stage.double.script().claims.insert("nonce".to_owned(), json!("another-sign-ins"));
    assert_eq!(stage.sign_in().await.unwrap_err(), "auth/token-invalid");
    stage.double.script().claims.clear();
    let (mut memory, callback) = stage.there_and_back().await;
    memory.nonce.push('x');
    assert_eq!(stage.oidc.finish(memory, callback).await.unwrap_err().code, "auth/token-invalid");
}

#[tokio::test]
async fn nobody_chooses_the_algorithm_but_the_key() {
    let stage = Stage::new().await;
    let claims = Value::Object(stage.double.claims());
    let body = text(claims.to_string().as_bytes());
    let with = |header: Value, signature: &[u8]| {
        format!("{}.{body}.{}", text(header.to_string().as_bytes()), text(signature))
    };
    let good = stage.double.token(claims.as_object().unwrap());
    let (signed_part, signature) = good.rsplit_once('.').unwrap();
    // The same claims under the same signature, and a header that says one thing more than the one that was signed.
    let other_header = text(br#"{"alg":"ES384","kid":"k1","x":1}"#);
    let payload = signed_part.rsplit_once('.').unwrap().1;
    let under_another_header = format!("{other_header}.{payload}.{signature}");

    // A MAC under what everybody knows: the public key.
    let key = stage.double.script().keys[0].to_string();
    let header = json!({"alg": "HS256", "kid": "k1"});
    let signed = format!("{}.{body}", text(header.to_string().as_bytes()));
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), signed.as_bytes());

    let other = Signer::new("ES384");
    let small = Signer::new("ES256");
    let table = [
        ("none", with(json!({"alg": "none"}), b"")),
        ("None", with(json!({"alg": "None", "kid": "k1"}), b"")),
        ("a MAC", format!("{signed}.{}", text(mac.as_ref()))),
        ("no signature", with(json!({"alg": "ES384", "kid": "k1"}), b"")),
        ("zeros", with(json!({"alg": "ES384", "kid": "k1"}), &[0; 96])),
        ("another key of this name", other.sign(&json!({"alg": "ES384", "kid": "k1"}), &claims)),
        (
            "a key of its own",
            other.sign(&json!({"alg": "ES384", "jwk": other.jwk("k1"), "kid": "k1"}), &claims),
        ),
        ("another curve", small.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims)),
        ("another curve's name", small.sign(&json!({"alg": "ES384", "kid": "k1"}), &claims)),
        (
            "another algorithm's name",
            good.replacen(good.split('.').next().unwrap(), &text(br#"{"alg":"RS256","kid":"k1"}"#), 1),
        ),
        ("another header", under_another_header),
        (
            "critical",
            stage
                .double
                .script()
                .signer
                .sign(&json!({"alg": "ES384", "kid": "k1", "crit": ["exp"]}), &claims),
        ),
    ];
    for (case, token) in table {
        assert_eq!(stage.bring(&token).await.unwrap_err(), "auth/token-invalid", "{case}");
    }
    stage.bring(&good).await.unwrap();
}

/// secp256k1 is a curve of wallets (RFC 8812), not of the providers that are spoken to here.
#[tokio::test]
async fn a_key_of_a_curve_that_is_not_taken_signs_nothing() {
    let stage = Stage::new().await;
    let claims = Value::Object(stage.double.claims());
    let spare = stage.double.script().keys[0].clone();
    {
        let mut script = stage.double.script();
        script.keys = vec![spare];
        let mut other = script.keys[0].clone();
        (other["kid"], other["crv"], other["alg"]) = (json!("k9"), json!("secp256k1"), json!("ES256K"));
        script.keys.push(other);
    }
    let sign = |header: Value| stage.double.script().signer.sign(&header, &claims);
    for header in [json!({"alg": "ES256K", "kid": "k9"}), json!({"alg": "ES384", "kid": "k9"})] {
        assert_eq!(stage.bring(&sign(header.clone())).await.unwrap_err(), "auth/token-invalid", "{header}");
    }
    stage.bring(&sign(json!({"alg": "ES384", "kid": "k1"}))).await.unwrap();
}

#[tokio::test]
async fn an_algorithm_that_the_provider_does_not_use_is_not_taken_from_it() {
    let stage = Stage::new().await;
    let member = "id_token_signing_alg_values_supported";
    stage.double.script().document.insert(member.to_owned(), json!(["RS256"]));
    assert_eq!(stage.sign_in().await.unwrap_err(), "auth/token-invalid");
}

#[tokio::test]
async fn a_key_for_another_purpose_signs_nothing() {
    for (member, value) in [
        ("use", json!("enc")),
        ("key_ops", json!(["encrypt"])),
        ("alg", json!("ES256")),
        ("crv", json!("P-256")),
        ("kty", json!("oct")),
        ("x", json!("AA")),
    ] {
        let stage = Stage::new().await;
        // Another key, so that the set is not empty.
        let spare = Signer::new("EdDSA").jwk("spare");
        {
            let mut script = stage.double.script();
            script.keys[0][member] = value.clone();
            script.keys.push(spare);
        }
        assert_eq!(stage.sign_in().await.unwrap_err(), "auth/token-invalid", "{member} {value}");
    }
}

#[tokio::test]
async fn other_tokens_of_the_provider_are_no_id_tokens() {
    let stage = Stage::new().await;
    let claims = Value::Object(stage.double.claims());
    for kind in ["at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt"] {
        let token =
            stage.double.script().signer.sign(&json!({"alg": "ES384", "kid": "k1", "typ": kind}), &claims);
        assert_eq!(stage.bring(&token).await.unwrap_err(), "auth/token-invalid", "{kind}");
    }
    // A logout token need not say by its type that it is one (OpenID Connect Back-Channel Logout 1.0, 2.4): it tells of an event.
    let mut logout = claims.clone();
    logout["events"] = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let token = stage.double.script().signer.sign(&json!({"alg": "ES384", "kid": "k1"}), &logout);
    assert_eq!(stage.bring(&token).await.unwrap_err(), "auth/token-invalid");
    for header in
        [json!({"alg": "ES384", "kid": "k1"}), json!({"alg": "ES384"}), json!({"alg": "ES384", "typ": "jwt"})]
    {
        let token = stage.double.script().signer.sign(&header, &claims);
        stage.bring(&token).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_asking_anybody() {
    let stage = Stage::new().await;
    let good = stage.double.token(&stage.double.claims());
    let long = "x".repeat(16 * 1024 + 1);
    for token in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "e30.e30.e30",
        "a.b",
        "ä.b.c",
        &format!("{good}.x"),
        &format!("{good}="),
        &good.replace('.', " ."),
        // An encrypted token (RFC 7516) has five parts.
        &format!("{}.a.b.c.d", text(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k1"}"#)),
        &format!("{}.a.b.c.d", text(br#"{"alg":"ES384","enc":"A256GCM","kid":"k1"}"#)),
        &long,
    ] {
        assert_eq!(stage.bring(token).await.unwrap_err(), "auth/token-invalid", "{token:.40}");
    }
    assert_eq!(stage.double.fetched(), 0);
}

#[tokio::test]
async fn without_a_name_the_key_must_be_the_only_one_that_fits() {
    let stage = Stage::new().await;
    stage.double.script().keys.push(Signer::new("ES384").jwk("k0"));
    let claims = Value::Object(stage.double.claims());
    let token = stage.double.script().signer.sign(&json!({"alg": "ES384"}), &claims);
    assert_eq!(stage.bring(&token).await.unwrap_err(), "auth/token-invalid");
}
