//! SD-JWT and SD-JWT VC: vectors of RFC 9901, what is kept back, and what must not pass.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use credentials::format::{CredentialFormat, SigningKey, text_of};
use credentials::jwt::Algorithm;
use credentials::sd_jwt::{Parts, SdJwtError, SdJwtVcInput, conceal, digest, disclose, draft, payload};
use credentials::status_list::{ListType, entries};
use credentials::verify::{CheckName, IssuerDocument, Options, Outcome, Verification};
use ed25519_dalek::Signer as _;
use serde_json::{Map, Value, json};

use crate::vector_files::{DID, did_document, key, sign};

const NOW: i64 = 1_700_000_000;
const VCT: &str = "https://example.com/identity";

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn salts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("salt-{number}")).collect()
}

/// The Ed25519 key of a holder.
fn holder() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[7; 32])
}

fn holder_jwk() -> Value {
    let x = URL_SAFE_NO_PAD.encode(holder().verifying_key().as_bytes());
    json!({"kty": "OKP", "crv": "Ed25519", "x": x})
}

fn issued(attributes: Value, pointers: &[&str], status: Option<&Value>) -> String {
    let pointers: Vec<String> = pointers.iter().map(|&pointer| pointer.to_owned()).collect();
    let attributes = object(attributes);
    let concealed = payload(&SdJwtVcInput {
        issuer_did: DID,
        subject_did: "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
        vct: VCT,
        attributes: &attributes,
        issued_at: DateTime::from_timestamp(NOW, 0).unwrap(),
        expires_at: DateTime::from_timestamp(NOW + 86_400, 0),
        holder_key: Some(&holder_jwk()),
        status,
        credential_status: None,
        selectively_disclosable: &pointers,
        decoys: 2,
        salts: &salts(pointers.len() + 2),
    })
    .unwrap();
    let kid = format!("{DID}#key-1");
    let by = SigningKey {
        did: DID,
        verification_method: &kid,
        method_type: "Ed25519VerificationKey2018",
        algorithm: Algorithm::EdDsa,
        created: DateTime::from_timestamp(NOW, 0).unwrap(),
    };
    let draft = draft(&concealed, &by);
    let signature = key().sign(draft.bytes()).to_bytes().to_vec();
    text_of(&draft.signed(signature).seal().unwrap()).unwrap().into_owned()
}

fn alice() -> String {
    issued(
        json!({"given_name": "Alice", "address": {"city": "Bern", "street": "Gasse 1"}, "nationalities": ["CH", "DE"]}),
        &["/given_name", "/address/street", "/address", "/nationalities/1"],
        None,
    )
}

fn verdict(compact: &str, options: &Options) -> Verification {
    let document = did_document();
    CredentialFormat::SdJwtVc.verify(&Value::from(compact), IssuerDocument::Found(&document), options)
}

fn at(at: i64) -> Options {
    Options { at, ..Options::default() }
}

fn failed(verdict: &Verification) -> Vec<CheckName> {
    let is_failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_));
    verdict.checks.iter().filter(|check| is_failed(&check.outcome)).map(|check| check.name).collect()
}

/// RFC 9901, sections 4.2.1 to 4.2.3 and 5.1.
#[test]
fn disclosures_and_digests_are_those_of_the_standard() {
    let disclosure = URL_SAFE_NO_PAD.encode(r#"["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]"#);
    assert_eq!(disclosure, "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0");
    assert_eq!(digest(&disclosure), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    let element = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0";
    assert_eq!(digest(element), "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs");
    let john = URL_SAFE_NO_PAD.encode(r#"["2GLC42sKQveCfGfryNRN9w", "given_name", "John"]"#);
    assert_eq!(digest(&john), "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4");
    let payload = object(json!({
        "_sd": ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"],
        "nationalities": ["DE", {"...": "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"}, "US"],
        "_sd_alg": "sha-256",
    }));
    assert_eq!(
        Value::Object(disclose(&payload, &[&disclosure, element]).unwrap()),
        json!({"nationalities": ["DE", "FR", "US"], "family_name": "Möbius"})
    );
    // What is not disclosed leaves no trace.
    assert_eq!(Value::Object(disclose(&payload, &[]).unwrap()), json!({"nationalities": ["DE", "US"]}));
}

#[test]
fn what_is_concealed_is_disclosed_again_to_the_last_claim() {
    let claims = object(json!({"a": 1, "b": {"c": [1, {"d": 2}], "e/f": null}}));
    let pointers = ["/b/c/1/d", "/b/c/0", "/b/e~1f", "/b", "/a"].map(str::to_owned);
    let concealed = conceal(&claims, &pointers, &salts(6), 1).unwrap();
    assert_eq!(concealed.payload.keys().collect::<Vec<_>>(), ["_sd", "_sd_alg"]);
    assert_eq!(concealed.payload["_sd"].as_array().unwrap().len(), 3);
    let all: Vec<&str> = concealed.disclosures.iter().map(String::as_str).collect();
    assert_eq!(Value::Object(disclose(&concealed.payload, &all).unwrap()), Value::Object(claims.clone()));
    // The outer claim does not bring the inner ones with it.
    let outer = Value::Object(disclose(&concealed.payload, &[all[3]]).unwrap());
    assert_eq!(outer, json!({"b": {"c": [{}]}}));
    // An inner one alone belongs to no digest that can be seen.
    assert!(matches!(disclose(&concealed.payload, &[all[0]]), Err(SdJwtError::Rule(_))));
}

#[test]
fn digests_and_disclosures_that_break_a_rule_are_refused() {
    let disclosure = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let refused = |payload: Value, disclosures: &[&str]| {
        assert!(disclose(&object(payload.clone()), disclosures).is_err(), "{payload} {disclosures:?}");
    };
    let name = disclosure(json!(["salt", "name", "Alice"]));
    let element = disclosure(json!(["salt", "Alice"]));
    refused(json!({"_sd": [digest(&name), digest(&name)]}), &[&name]);
    refused(json!({"_sd": [digest(&name)], "a": {"_sd": [digest(&name)]}}), &[]);
    refused(json!({"_sd": [digest(&name)], "name": "Bob"}), &[&name]);
    refused(json!({"_sd": [digest(&name)]}), &[&name, &name]);
    refused(json!({"_sd": []}), &[&name]);
    refused(json!({"_sd": [digest(&element)]}), &[&element]);
    refused(json!({"a": [{"...": digest(&name)}]}), &[&name]);
    refused(json!({"_sd": "x"}), &[]);
    refused(json!({"_sd": [1]}), &[]);
    refused(json!({"_sd_alg": "md5"}), &[]);
    for own in ["_sd", "..."] {
        let own = disclosure(json!(["salt", own, []]));
        refused(json!({"_sd": [digest(&own)]}), &[&own]);
    }
    for malformed in [json!(["salt"]), json!([1, "a", 2]), json!({"a": 1}), json!(["s", "a", 1, 2])] {
        let malformed = disclosure(malformed);
        refused(json!({"_sd": [digest(&malformed)]}), &[&malformed]);
    }
    for name in ["_sd", "_sd_alg", "..."] {
        assert!(conceal(&object(json!({"a": {name: 1}})), &[], &[], 0).is_err());
    }
}

#[test]
fn a_credential_verifies_whatever_its_holder_keeps_back() {
    let compact = alice();
    assert!(!compact.split('~').next().unwrap().contains("Alice"));
    let parts = Parts::cut(&compact).unwrap();
    assert_eq!(parts.disclosures.len(), 4);
    let all = verdict(&compact, &at(NOW));
    assert!(all.verified, "{:?}", all.checks);
    let subject = &all.document.unwrap()["credentialSubject"];
    assert_eq!(subject["address"], json!({"city": "Bern", "street": "Gasse 1"}));
    assert_eq!((&subject["given_name"], &subject["nationalities"]), (&json!("Alice"), &json!(["CH", "DE"])));
    let bare = verdict(&format!("{}~", parts.issued), &at(NOW));
    assert!(bare.verified);
    let subject = &bare.document.unwrap()["credentialSubject"];
    assert_eq!(subject["nationalities"], json!(["CH"]));
    assert!(subject.get("given_name").is_none() && subject.get("address").is_none());
}

#[test]
fn what_is_changed_too_old_or_of_another_kind_does_not_pass() {
    let compact = alice();
    let parts = Parts::cut(&compact).unwrap();
    let (input, signature) = parts.issued.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{input}.{first}{}~", &signature[1..]);
    assert_eq!(failed(&verdict(&forged, &at(NOW))), [CheckName::Signature]);
    let foreign = URL_SAFE_NO_PAD.encode(r#"["s","given_name","Mallory"]"#);
    assert_eq!(failed(&verdict(&format!("{}~{foreign}~", parts.issued), &at(NOW))), [CheckName::Consistency]);
    assert_eq!(failed(&verdict(&compact, &at(NOW + 90_000))), [CheckName::Expiration]);
    assert_eq!(failed(&verdict(&compact, &at(NOW - 1_000))), [CheckName::NotBefore]);
    let claims = json!({"iss": DID, "iat": NOW, "vct": VCT});
    for typ in ["JWT", "vc+jwt", "statuslist+jwt"] {
        let other = sign(&key(), &json!({"alg": "EdDSA", "typ": typ}), &claims);
        assert_eq!(failed(&verdict(&format!("{other}~"), &at(NOW))), [CheckName::Format], "{typ}");
    }
    let header = json!({"alg": "EdDSA", "typ": "vc+sd-jwt"});
    assert!(verdict(&format!("{}~", sign(&key(), &header, &claims)), &at(NOW)).verified, "the drafts' typ");
    let without = sign(&key(), &header, &json!({"iss": DID, "iat": NOW}));
    assert_eq!(failed(&verdict(&format!("{without}~"), &at(NOW))), [CheckName::Structure]);
    // An end that the holder could keep back is none.
    let end = URL_SAFE_NO_PAD.encode(json!(["s", "exp", NOW + 10]).to_string());
    let hidden = json!({"iss": DID, "iat": NOW, "vct": VCT, "_sd": [digest(&end)]});
    let hidden = format!("{}~{end}~", sign(&key(), &header, &hidden));
    assert_eq!(failed(&verdict(&hidden, &at(NOW))), [CheckName::Structure]);
    for broken in ["", "~", "a.b.c", "a.b.c~~", "x~y~"] {
        assert!(!verdict(broken, &at(NOW)).verified, "{broken}");
    }
}

#[test]
fn claims_that_readers_need_are_neither_set_nor_kept_back() {
    let base = |attributes: Value, pointer: &str| {
        let attributes = object(attributes);
        let pointers = [pointer.to_owned()];
        payload(&SdJwtVcInput {
            issuer_did: DID,
            subject_did: "did:example:1",
            vct: VCT,
            attributes: &attributes,
            issued_at: DateTime::from_timestamp(NOW, 0).unwrap(),
            expires_at: None,
            holder_key: None,
            status: None,
            credential_status: None,
            selectively_disclosable: &pointers,
            decoys: 0,
            salts: &salts(1),
        })
    };
    for claim in ["iss", "exp", "vct", "cnf", "status", "sub", "iat"] {
        assert_eq!(base(json!({claim: 1}), "/a"), Err(SdJwtError::Claim(claim.to_owned())));
    }
    for pointer in ["/vct", "/iss", "/exp", "/nothing", "a", "", "/a/0"] {
        assert!(matches!(base(json!({"a": 1}), pointer), Err(SdJwtError::Pointer(..))), "{pointer}");
    }
    assert!(base(json!({"a": 1}), "/sub").is_ok());
}

fn bound(compact: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims =
        json!({"nonce": "n-1", "aud": "https://verifier.example", "iat": NOW, "sd_hash": digest(compact)});
    change(&mut claims);
    format!("{compact}{}", sign(&holder(), &json!({"alg": "EdDSA", "typ": "kb+jwt"}), &claims))
}

#[test]
fn a_holder_binds_what_is_presented_to_its_verifier() {
    let compact = alice();
    let asked = || Options {
        challenge: Some("n-1".to_owned()),
        audience: vec!["https://verifier.example".to_owned()],
        ..at(NOW)
    };
    assert!(verdict(&bound(&compact, |_| ()), &asked()).verified);
    assert_eq!(failed(&verdict(&compact, &asked())), [CheckName::Challenge], "nobody bound it");
    let wrong = |change: fn(&mut Value)| failed(&verdict(&bound(&compact, change), &asked()));
    assert_eq!(wrong(|claims| claims["nonce"] = json!("n-2")), [CheckName::Challenge]);
    assert_eq!(wrong(|claims| claims["aud"] = json!("https://other.example")), [CheckName::Audience]);
    assert_eq!(wrong(|claims| claims["sd_hash"] = json!("x")), [CheckName::Challenge]);
    assert_eq!(wrong(|claims| claims["iat"] = json!(NOW + 10_000)), [CheckName::Challenge]);
    // Fewer disclosures than were bound.
    let bound_to_all = bound(&compact, |_| ());
    let parts = Parts::cut(&bound_to_all).unwrap();
    let fewer = format!("{}~{}", parts.issued, parts.key_binding.unwrap());
    assert_eq!(failed(&verdict(&fewer, &asked())), [CheckName::Challenge]);
    // Another key than that of the holder.
    let claims =
        json!({"nonce": "n-1", "aud": "https://verifier.example", "iat": NOW, "sd_hash": digest(&compact)});
    let stolen = format!("{compact}{}", sign(&key(), &json!({"alg": "EdDSA", "typ": "kb+jwt"}), &claims));
    assert_eq!(failed(&verdict(&stolen, &asked())), [CheckName::Challenge]);
}

#[test]
fn the_status_of_a_credential_is_an_entry_of_a_token_status_list() {
    let status = json!({"status_list": {"idx": 7, "uri": "https://example.com/statuslists/1"}});
    let compact = issued(json!({"name": "Alice"}), &["/name"], Some(&status));
    let document = verdict(&compact, &at(NOW)).document.unwrap();
    let found = entries(&document).unwrap();
    assert_eq!((found[0].list_type, found[0].index), (ListType::TokenStatusList, 7));
}
