//! Token Status Lists against the vectors of the IETF draft, and what we write ourselves.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use credentials::format::{Draft, SigningKey};
use credentials::jwt::{self, Algorithm};
use credentials::status_list::{
    BitOrder, Encoding, ListType, MAX_TOKEN_LIST_BYTES, Published, Purpose, StatusEntry, StatusList,
    StatusListError, TokenInput, check, cwt_draft, entries, jwt_draft,
};
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::vector_files::{DID, did_document, key};

const SUBJECT: &str = "https://example.com/statuslists/1";
/// Within the life of the draft's tokens.
const NOW: i64 = 1_700_000_000;

fn draft() -> Value {
    serde_json::from_str(include_str!("../fixtures/token-status-lists.json")).unwrap()
}

/// A document whose one key signed the draft's tokens.
fn draft_document() -> Value {
    let id = format!("{DID}#key-1");
    json!({
        "id": DID,
        "verificationMethod": [{"id": id, "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": draft()["key"]}],
        "assertionMethod": [id],
    })
}

fn list(bits: u8, values: &[(usize, u8)], length: usize) -> StatusList {
    let mut list = StatusList::empty(length, bits, BitOrder::FromTheLowEnd).unwrap();
    for (index, value) in values {
        list.set(*index, *value).unwrap();
    }
    list
}

fn input(list: &StatusList) -> TokenInput<'_> {
    TokenInput {
        subject: SUBJECT,
        issued_at: DateTime::from_timestamp(1_686_920_170, 0).unwrap(),
        expires_at: DateTime::from_timestamp(2_291_720_170, 0),
        ttl_seconds: Some(43_200),
        aggregation: None,
        list,
    }
}

fn by(verification_method: &str) -> SigningKey<'_> {
    SigningKey {
        did: DID,
        verification_method,
        method_type: "Ed25519VerificationKey2018",
        algorithm: Algorithm::EdDsa,
        created: DateTime::from_timestamp(NOW, 0).unwrap(),
    }
}

fn sealed(draft: Draft) -> String {
    let signature = key().sign(draft.bytes()).to_bytes().to_vec();
    draft.signed(signature).seal().unwrap().as_str().unwrap().to_owned()
}

fn our_jwt(input: &TokenInput<'_>) -> String {
    sealed(jwt_draft(input, &by(&format!("{DID}#key-1"))))
}

fn our_cwt(input: &TokenInput<'_>) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(sealed(cwt_draft(input, &by(&format!("{DID}#key-1"))))).unwrap()
}

fn entry(index: u64, uri: &str) -> StatusEntry {
    let credential = json!({"status": {"status_list": {"idx": index, "uri": uri}}});
    entries(&credential).unwrap().remove(0)
}

#[test]
fn short_lists_of_the_draft_are_written_and_read_to_the_byte() {
    for vector in draft()["short"].as_array().unwrap() {
        let bits = u8::try_from(vector["bits"].as_u64().unwrap()).unwrap();
        let values: Vec<u8> = serde_json::from_value(vector["values"].clone()).unwrap();
        let mut ours = StatusList::empty(values.len(), bits, BitOrder::FromTheLowEnd).unwrap();
        for (index, value) in values.iter().enumerate() {
            ours.set(index, *value).unwrap();
        }
        assert_eq!(hex::encode(ours.bytes()), vector["bytes"]);
        assert_eq!(hex::encode(ours.deflate()), vector["zlib"]);
        assert_eq!(ours.encode(Encoding::Zlib), vector["lst"]);
        let text = vector["lst"].as_str().unwrap();
        let read = StatusList::decode(text, Encoding::Zlib, bits, BitOrder::FromTheLowEnd).unwrap();
        assert_eq!(read, ours);
    }
}

#[test]
fn long_lists_of_the_draft_hold_what_it_says() {
    for vector in draft()["long"].as_array().unwrap() {
        let bits = u8::try_from(vector["bits"].as_u64().unwrap()).unwrap();
        let text = vector["lst"].as_str().unwrap();
        let list = StatusList::decode(text, Encoding::Zlib, bits, BitOrder::FromTheLowEnd).unwrap();
        assert_eq!(list.len() as u64, vector["entries"].as_u64().unwrap());
        assert_eq!(hex::encode(Sha256::digest(list.bytes())), vector["sha256"]);
        let values = vector["values"].as_object().unwrap();
        for (index, value) in values {
            assert_eq!(u64::from(list.get(index.parse().unwrap()).unwrap()), value.as_u64().unwrap());
        }
        let set = (0..list.len()).filter(|index| list.get(*index) != Ok(0)).count();
        assert_eq!(set, values.len());
    }
}

#[test]
fn tokens_of_the_draft_are_read_and_their_signature_holds() {
    let cwt = hex::decode(draft()["cwt"].as_str().unwrap()).unwrap();
    for token in [draft()["jwt"].as_str().unwrap().as_bytes().to_vec(), cwt] {
        let published = Published::read(&token).unwrap();
        assert_eq!(published.list_type(), ListType::TokenStatusList);
        assert_eq!(published.subject(), Some(SUBJECT));
        assert_eq!(published.ttl_milliseconds(), Some(43_200_000));
        assert_eq!(published.ends().unwrap().unwrap().timestamp(), 2_291_720_170);
        assert_eq!(published.list().unwrap().get(4), Ok(1));
        assert_eq!(check(&entry(4, SUBJECT), &published).unwrap().status, 1);
        assert_eq!(check(&entry(1, SUBJECT), &published).unwrap().status, 0);
    }
    // The draft's JWT names an issuer that is no DID; its CWT names none.
    let cwt = Published::read(&hex::decode(draft()["cwt"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(cwt.proof_failure(DID, &draft_document(), NOW), None);
    let jwt = Published::read(draft()["jwt"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(jwt.proof_failure("https://example.com", &draft_document(), NOW), None);
    assert!(jwt.proof_failure(DID, &draft_document(), NOW).unwrap().contains("another issuer"));
    assert!(cwt.proof_failure(DID, &did_document(), NOW).is_some());
}

#[test]
fn what_we_write_is_read_again_in_both_forms() {
    let list = list(2, &[(0, 1), (5, 2), (131_071, 3)], 131_072);
    let input = input(&list);
    let tokens = [our_jwt(&input).into_bytes(), our_cwt(&input)];
    for token in &tokens {
        let published = Published::read(token).unwrap();
        assert_eq!(published.proof_failure(DID, &did_document(), NOW), None);
        assert_eq!(published.list().unwrap(), list);
        assert_eq!(published.subject(), Some(SUBJECT));
        assert!(published.purposes().contains(&Purpose::Suspension));
        // What is signed says of what time it is.
        assert!(published.proof_failure(DID, &did_document(), 1_600_000_000).is_some());
    }
    let jws = jwt::parse(std::str::from_utf8(&tokens[0]).unwrap()).unwrap();
    let kid = format!("{DID}#key-1");
    assert_eq!(Value::Object(jws.header.raw), json!({"alg": "EdDSA", "kid": kid, "typ": "statuslist+jwt"}));
    assert_eq!(jws.claims.keys().collect::<Vec<_>>(), ["exp", "iat", "status_list", "sub", "ttl"]);
}

#[test]
fn a_changed_token_does_not_pass() {
    let list = list(1, &[(3, 1)], 16);
    let other = self::list(1, &[], 16);
    let (ours, theirs) = (our_jwt(&input(&list)), our_jwt(&input(&other)));
    let (mut forged, signature) =
        (theirs.rsplit_once('.').unwrap().0.to_owned(), ours.rsplit_once('.').unwrap().1);
    forged = format!("{forged}.{signature}");
    let forged = Published::read(forged.as_bytes()).unwrap();
    assert!(forged.proof_failure(DID, &did_document(), NOW).unwrap().starts_with("invalid_signature"));
    let mut cwt = our_cwt(&input(&list));
    *cwt.last_mut().unwrap() ^= 1;
    let cwt = Published::read(&cwt).unwrap();
    assert!(cwt.proof_failure(DID, &did_document(), NOW).unwrap().starts_with("invalid_signature"));
}

#[test]
fn another_token_of_the_issuer_is_no_list() {
    let claims = json!({"sub": SUBJECT, "iat": NOW, "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}});
    for typ in ["JWT", "vc+jwt"] {
        let token = crate::vector_files::sign(&key(), &json!({"alg": "EdDSA", "typ": typ}), &claims);
        assert!(matches!(Published::read(token.as_bytes()), Err(StatusListError::Resource(_))), "{typ}");
    }
    let header = json!({"alg": "EdDSA", "typ": "statuslist+jwt"});
    for (member, value) in [
        ("/sub", json!("")),
        ("/iat", json!("now")),
        ("/ttl", json!(0)),
        ("/exp", json!("later")),
        ("/status_list/bits", json!(3)),
        ("/status_list/lst", json!("")),
    ] {
        let mut claims = claims.clone();
        match claims.pointer_mut(member) {
            Some(place) => *place = value,
            None => claims[member.trim_start_matches('/')] = value,
        }
        let token = crate::vector_files::sign(&key(), &header, &claims);
        assert!(Published::read(token.as_bytes()).is_err(), "{member}");
    }
}

#[test]
fn an_entry_says_by_its_value_what_it_means() {
    let list = list(2, &[(0, 1), (1, 2)], 16);
    let published = Published::read(our_jwt(&input(&list)).as_bytes()).unwrap();
    let told = |index| check(&entry(index, SUBJECT), &published).unwrap();
    assert!(told(0).revoked() && !told(0).suspended() && !told(0).valid);
    assert!(told(1).suspended() && !told(1).revoked() && !told(1).valid);
    assert!(told(2).valid && !told(2).revoked() && !told(2).suspended());
    assert_eq!(check(&entry(16, SUBJECT), &published), Err(StatusListError::Range));
    // Another list, by whatever address, is not the one that the credential was given an entry of.
    let elsewhere = entry(2, "https://example.com/statuslists/2");
    assert_eq!(check(&elsewhere, &published), Err(StatusListError::Subject));
}

#[test]
fn entries_that_are_malformed_are_refused_and_not_skipped() {
    for status in [json!({"uri": SUBJECT}), json!({"idx": -1, "uri": SUBJECT}), json!({"idx": 1})] {
        assert!(entries(&json!({"status": {"status_list": status}})).is_err());
    }
    // What is said of a status in words that nobody knows here is no reason to say that nothing is wrong.
    assert!(entries(&json!({"status": "active"})).is_err());
    let id = "0b0e3a5a-7c7d-5c57-8f43-9f1a8a1f1d11";
    assert_eq!(entry(1, &format!("https://a.example/status-lists/{id}")).list_id().unwrap().to_string(), id);
}

#[test]
fn a_token_does_not_inflate_without_end() {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    zlib.write_all(&vec![0; MAX_TOKEN_LIST_BYTES + 1]).unwrap();
    let text = URL_SAFE_NO_PAD.encode(zlib.finish().unwrap());
    assert!(text.len() < 100_000);
    assert_eq!(
        StatusList::decode(&text, Encoding::Zlib, 8, BitOrder::FromTheLowEnd),
        Err(StatusListError::TooLarge)
    );
}
