//! What is taken of an authenticator, and everything that is not.

use super::{
    authenticator_data::{ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, EXTENDED, USER_PRESENT, USER_VERIFIED},
    testing::{Signed, SoftAuthenticator, coded, encoded},
    *,
};
use app::port::authenticators::RelyingParty;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

const CHALLENGE: &[u8] = &[7; 32];
const ORIGIN: &str = "https://studio.example";

fn party() -> RelyingParty {
    RelyingParty { id: "studio.example".to_owned(), origin: ORIGIN.to_owned() }
}

fn both() -> [SoftAuthenticator; 2] {
    [SoftAuthenticator::es256(ORIGIN), SoftAuthenticator::eddsa(ORIGIN)]
}

fn attest(client_data: &[u8], attestation_object: &[u8]) -> Judged<NewCredential> {
    let expected = Expected { party: &party(), challenge: CHALLENGE };
    Webauthn.attested(expected, Attestation { client_data, attestation_object })
}

fn assert(public_key: &[u8], signed: &Signed) -> Judged<Presented> {
    let Signed { client_data, authenticator_data, signature } = signed;
    let expected = Expected { party: &party(), challenge: CHALLENGE };
    Webauthn.asserted(expected, public_key, Assertion { client_data, authenticator_data, signature })
}

/// What an authenticator says when it makes its passkey.
fn making(of: &SoftAuthenticator) -> (Vec<u8>, Vec<u8>) {
    let data = of.data("studio.example", Some(&encoded(&of.public_key())));
    (of.client_data("webauthn.create", &coded(CHALLENGE)), SoftAuthenticator::object(data))
}

fn make(of: &SoftAuthenticator) -> Judged<NewCredential> {
    let (client_data, object) = making(of);
    attest(&client_data, &object)
}

fn using(of: &SoftAuthenticator) -> Signed {
    of.sign("studio.example", of.client_data("webauthn.get", &coded(CHALLENGE)))
}

/// A passkey whose public key is this.
fn make_with(key: &[u8]) -> Judged<NewCredential> {
    let of = SoftAuthenticator::es256(ORIGIN);
    let object = SoftAuthenticator::object(of.data("studio.example", Some(key)));
    attest(&of.client_data("webauthn.create", &coded(CHALLENGE)), &object)
}

fn flaw<T>(judged: Judged<T>) -> &'static str {
    judged.err().map_or("none", |flaw| flaw.0)
}

#[test]
fn a_passkey_that_was_made_can_be_used_with_either_algorithm() {
    for mut of in both() {
        let made = make(&of).expect("it is good");
        assert_eq!((&made.id, made.counter), (&of.credential, 1));
        assert_eq!(made.public_key, encoded(&of.public_key()));
        assert_eq!(made.backup, Backup { eligible: true, backed_up: true });
        of.counter = 9;
        of.flags = USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE;
        let presented = assert(&made.public_key, &using(&of)).expect("it is good");
        assert_eq!(presented.counter, 9);
        assert_eq!(presented.backup, Backup { eligible: true, backed_up: false });
    }
}

#[test]
fn what_a_page_sends_is_what_is_read() {
    let mut of = SoftAuthenticator::eddsa(ORIGIN);
    let bytes = |sent: &Json, name: &str| URL_SAFE_NO_PAD.decode(sent[name].as_str().unwrap()).unwrap();
    let asked = json!({"publicKey": {
        "rp": {"id": "studio.example"}, "rpId": "studio.example",
        "challenge": coded(CHALLENGE), "user": {"id": coded(b"ana")},
    }});
    let sent = of.create(&asked);
    let made = attest(&bytes(&sent, "clientDataJSON"), &bytes(&sent, "attestationObject")).unwrap();
    let sent = of.get(&asked);
    let signed = Signed {
        client_data: bytes(&sent, "clientDataJSON"),
        authenticator_data: bytes(&sent, "authenticatorData"),
        signature: bytes(&sent, "signature"),
    };
    assert_eq!(bytes(&sent, "userHandle"), b"ana");
    assert!(assert(&made.public_key, &signed).unwrap().counter > made.counter, "it counts");
}

/// Both ceremonies look at these.
#[test]
fn what_the_browser_or_the_authenticator_saw_must_be_ours() {
    type Bend = fn(&mut SoftAuthenticator);
    let bends: &[(Bend, &str)] = &[
        (|of| of.seen = json!({"challenge": coded(&[8; 32])}), "it answers another challenge"),
        (|of| of.seen = json!({"challenge": ""}), "it answers another challenge"),
        (|of| of.seen = json!({"type": "payment.get"}), "it answers another kind of question"),
        (|of| of.origin = "https://studio.example.evil.example".to_owned(), "it was made at another page"),
        (|of| of.origin = "http://studio.example".to_owned(), "it was made at another page"),
        (|of| of.origin = "https://studio.example:8443".to_owned(), "it was made at another page"),
        (|of| of.seen = json!({"crossOrigin": true}), "it was made in a page that another one holds"),
        (|of| of.seen = json!({"topOrigin": ORIGIN}), "it was made in a page that another one holds"),
        (|of| of.seen = json!({"origin": null}), "what the browser saw cannot be read"),
        (
            |of| of.seen = json!({"more": "x".repeat(CLIENT_DATA_BYTES_MAX)}),
            "what the browser saw is too long",
        ),
        (|of| of.party = Some("evil.example".to_owned()), "it is for another site"),
        (|of| of.flags = USER_VERIFIED, "nobody touched the authenticator"),
        (|of| of.flags = USER_PRESENT, "the authenticator did not make sure who uses it"),
        (
            |of| of.flags = USER_PRESENT | USER_VERIFIED | BACKED_UP,
            "it is said to be copied and not to be one that can be",
        ),
        (|of| of.flags |= EXTENDED, "its CBOR cannot be read"),
    ];
    for (bend, expected) in bends {
        for mut of in both() {
            let public_key = make(&of).expect("good as it is").public_key;
            bend(&mut of);
            assert_eq!(flaw(make(&of)), *expected);
            assert_eq!(flaw(assert(&public_key, &using(&of))), *expected);
        }
    }
}

#[test]
fn an_answer_of_one_ceremony_is_none_of_the_other() {
    let of = SoftAuthenticator::es256(ORIGIN);
    let made = make(&of).unwrap();
    let (create, object) = making(&of);
    let get = of.client_data("webauthn.get", &coded(CHALLENGE));
    assert_eq!(flaw(attest(&get, &object)), "it answers another kind of question");
    let signed = of.sign("studio.example", create);
    assert_eq!(flaw(assert(&made.public_key, &signed)), "it answers another kind of question");
    let without = SoftAuthenticator::object(of.data("studio.example", None));
    assert_eq!(flaw(attest(&making(&of).0, &without)), "it holds no public key");
    let with = Signed { authenticator_data: of.data("studio.example", Some(&made.public_key)), ..using(&of) };
    assert_eq!(flaw(assert(&made.public_key, &with)), "it holds a public key, which is for making a passkey");
}

#[test]
fn a_signature_is_of_this_key_over_all_of_it() {
    for (of, other) in both().into_iter().zip(both()) {
        let public_key = make(&of).unwrap().public_key;
        let wrong = |signed: &Signed| assert_eq!(flaw(assert(&public_key, signed)), "its signature is wrong");
        wrong(&using(&other));
        let mut counted = using(&of);
        counted.authenticator_data[36] += 1;
        wrong(&counted);
        let mut spaced = using(&of);
        spaced.client_data.push(b' ');
        wrong(&spaced);
        let mut cut = using(&of);
        cut.signature.pop();
        wrong(&cut);
        wrong(&Signed { signature: Vec::new(), ..using(&of) });
        let huge = Signed { signature: vec![0; SIGNATURE_BYTES_MAX + 1], ..using(&of) };
        assert_eq!(flaw(assert(&public_key, &huge)), "its signature is too long");
    }
    let [es256, eddsa] = both();
    let key = make(&eddsa).unwrap().public_key;
    assert_eq!(flaw(assert(&key, &using(&es256))), "its signature is wrong", "each key has one algorithm");
}

#[test]
fn whatever_is_cut_off_or_followed_by_something_is_refused() {
    let of = SoftAuthenticator::es256(ORIGIN);
    let (client_data, object) = making(&of);
    for length in 0..object.len() {
        assert!(attest(&client_data, &object[..length]).is_err(), "cut at {length}");
    }
    for length in 0..client_data.len() {
        assert!(attest(&client_data[..length], &object).is_err(), "cut at {length}");
    }
    let longer = [object.as_slice(), &[0]].concat();
    assert_eq!(flaw(attest(&client_data, &longer)), "something follows what the authenticator made");
    let key = encoded(&of.public_key());
    let data = of.data("studio.example", Some(&key));
    for length in 0..data.len() {
        let cut = SoftAuthenticator::object(data[..length].to_vec());
        assert!(attest(&client_data, &cut).is_err(), "cut at {length}");
    }
    let longer = SoftAuthenticator::object([data.as_slice(), &[0]].concat());
    assert_eq!(flaw(attest(&client_data, &longer)), "something follows what the authenticator saw");
    let huge = vec![0xa3; ATTESTATION_BYTES_MAX + 1];
    assert_eq!(flaw(attest(&client_data, &huge)), "what the authenticator made is too long");
    let mut long = using(&of);
    long.authenticator_data.resize(AUTHENTICATOR_DATA_BYTES_MAX + 1, 0);
    assert_eq!(flaw(assert(&key, &long)), "what the authenticator saw is too long");
    // A map that says it has 2^64 - 1 members, an array in an array in …, a text that says it is 4 GB.
    for bomb in
        [&[0xbb, 255, 255, 255, 255, 255, 255, 255, 255][..], &[0x81; 4000], &[0x7a, 255, 255, 255, 255]]
    {
        assert_eq!(flaw(attest(&client_data, bomb)), "its CBOR cannot be read");
    }
}

#[test]
fn extensions_are_passed_over_and_nothing_else_is() {
    let mut of = SoftAuthenticator::eddsa(ORIGIN);
    let (client_data, _) = making(&of);
    of.flags |= EXTENDED;
    let data = of.data("studio.example", Some(&encoded(&of.public_key())));
    let with = |more: Value| {
        let object = SoftAuthenticator::object([data.clone(), encoded(&more)].concat());
        attest(&client_data, &object)
    };
    let protect = (Value::Text("credProtect".to_owned()), Value::from(2));
    assert!(with(Value::Map(vec![protect])).is_ok());
    assert_eq!(flaw(with(Value::Array(Vec::new()))), "its extensions cannot be read");
}

#[test]
fn the_statement_of_whoever_made_it_is_not_looked_at_but_must_be_one() {
    const UNREADABLE: &str = "what the authenticator made cannot be read";
    let of = SoftAuthenticator::es256(ORIGIN);
    let (client_data, _) = making(&of);
    let data = of.data("studio.example", Some(&encoded(&of.public_key())));
    let text = |text: &str| Value::Text(text.to_owned());
    let good = vec![
        (text("fmt"), text("packed")),
        (text("attStmt"), Value::Map(vec![(text("sig"), Value::Bytes(vec![1]))])),
        (text("authData"), Value::Bytes(data)),
    ];
    let attested = |members: Vec<(Value, Value)>| attest(&client_data, &encoded(&Value::Map(members)));
    assert!(attested(good.clone()).is_ok(), "nobody believes it");
    for place in 0..good.len() {
        let mut missing = good.clone();
        missing.remove(place);
        assert_eq!(flaw(attested(missing)), UNREADABLE);
        let mut doubled = good.clone();
        doubled.push(good[place].clone());
        assert_eq!(flaw(attested(doubled)), UNREADABLE);
        let mut other = good.clone();
        other[place].1 = Value::Null;
        assert_eq!(flaw(attested(other)), UNREADABLE);
    }
    assert_eq!(flaw(attest(&client_data, &encoded(&Value::Null))), UNREADABLE);
}

#[test]
fn the_name_of_a_key_is_one_that_nobody_guesses_and_not_endless() {
    let mut of = SoftAuthenticator::es256(ORIGIN);
    for (length, is_taken) in [(15, false), (16, true), (1023, true), (1024, false)] {
        of.credential = vec![5; length];
        assert_eq!(make(&of).is_ok(), is_taken, "{length}");
    }
}

/// A key of these members, written as they stand.
fn key(members: &[(i64, Value)]) -> Vec<u8> {
    encoded(&Value::Map(members.iter().map(|(name, value)| (Value::from(*name), value.clone())).collect()))
}

#[test]
fn a_public_key_is_of_its_kind_and_nothing_else() {
    const KIND: &str = "the public key is not of its kind";
    const OTHER: &str = "it signs with an algorithm that is not taken here";
    let bytes = |length: usize| Value::Bytes(vec![9; length]);
    let number = |number: i64| Value::from(number);
    let es256 = [(1, number(2)), (3, number(-7)), (-1, number(1)), (-2, bytes(32)), (-3, bytes(32))];
    assert!(make_with(&key(&es256)).is_ok());
    let bent = |place: usize, value: Value| {
        let mut bent = es256.to_vec();
        bent[place].1 = value;
        flaw(make_with(&key(&bent)))
    };
    assert_eq!(bent(0, number(1)), KIND);
    assert_eq!(bent(1, number(-8)), KIND, "an Ed25519 key is of another type");
    assert_eq!(bent(1, number(-35)), OTHER, "ES384");
    assert_eq!(bent(1, number(-47)), OTHER, "ES256K");
    assert_eq!(bent(1, number(-65535)), OTHER, "RS1");
    assert_eq!(bent(1, Value::Text("ES256".to_owned())), KIND);
    assert_eq!(bent(2, number(2)), KIND, "another curve");
    assert_eq!(bent(3, bytes(31)), KIND);
    assert_eq!(bent(4, Value::Bool(true)), KIND, "a compressed point");
    assert_eq!(flaw(make_with(&key(&es256[..4]))), KIND);
    let more = [&es256[..], &[(-4, bytes(32))]].concat();
    assert_eq!(flaw(make_with(&key(&more))), KIND, "a private part");
    let eddsa = |x: usize| key(&[(1, number(1)), (3, number(-8)), (-1, number(6)), (-2, bytes(x))]);
    assert!(make_with(&eddsa(32)).is_ok());
    assert_eq!(flaw(make_with(&eddsa(33))), KIND);
    let rsa = |n: Vec<u8>, e: &[u8]| {
        let (n, e) = (Value::Bytes(n), Value::Bytes(e.to_vec()));
        make_with(&key(&[(1, number(3)), (3, number(-257)), (-1, n), (-2, e)]))
    };
    assert!(rsa(vec![9; 256], &[1, 0, 1]).is_ok());
    assert_eq!(flaw(rsa(vec![9; 255], &[1, 0, 1])), KIND);
    assert_eq!(flaw(rsa(vec![9; 513], &[1, 0, 1])), KIND);
    assert_eq!(flaw(rsa([vec![0], vec![9; 256]].concat(), &[1, 0, 1])), KIND);
    assert_eq!(flaw(rsa(vec![9; 256], &[1])), KIND, "a signature would be its own message");
    assert_eq!(flaw(rsa(vec![9; 2000], &[1, 0, 1])), "the public key is too long");
}

#[test]
fn a_public_key_has_one_spelling() {
    const SPELLING: &str = "its CBOR is not written in the one way that authenticators write it";
    let good = encoded(&SoftAuthenticator::eddsa(ORIGIN).public_key());
    assert!(make_with(&good).is_ok());
    let changed = |from: usize, to: usize, with: &[u8]| {
        let bytes = [&good[..from], with, &good[to..]].concat();
        flaw(make_with(&bytes))
    };
    // 0xa4 is a map of four, 0x01 0x01 its first member, 0x03 0x27 its second.
    assert_eq!(good[..5], [0xa4, 1, 1, 3, 0x27]);
    assert_eq!(changed(0, 1, &[0xb8, 4]), SPELLING, "a length that is too long");
    assert_eq!(changed(2, 3, &[0x18, 1]), SPELLING, "a number that is too long");
    assert_eq!(changed(1, 5, &[3, 0x27, 1, 1]), "the members of its CBOR are not in order");
    let twice = [&[0xa5, 1, 1], &good[1..]].concat();
    assert_eq!(flaw(make_with(&twice)), "the members of its CBOR are not in order");
    let endless = [&[0xbf], &good[1..], &[0xff]].concat();
    assert_eq!(flaw(make_with(&endless)), SPELLING);
    assert_eq!(flaw(make_with(&encoded(&Value::Null))), "its CBOR cannot be read");
}

#[test]
fn what_a_tpm_signs_with_rsa_holds() {
    let vectors: Json = serde_json::from_str(include_str!("../tests/rsa.json")).unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let n = Value::Bytes(decode(vectors["keys"][0]["n"].as_str().unwrap()));
    let e = Value::Bytes(vec![1, 0, 1]);
    let key = PublicKey::read(&key(&[(1, 3.into()), (3, (-257).into()), (-1, n), (-2, e)])).unwrap();
    let token = |name: &str| vectors["tokens"][name].as_str().unwrap().rsplit_once('.').unwrap();
    let (signed, signature) = token("RS256");
    assert!(key.has_signed(signed.as_bytes(), &decode(signature)));
    assert!(!key.has_signed(b"another", &decode(signature)));
    let (signed, signature) = token("PS256");
    assert!(!key.has_signed(signed.as_bytes(), &decode(signature)), "the other padding");
}

#[test]
fn flags_are_where_the_standard_has_them() {
    assert_eq!(
        [USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED, EXTENDED],
        [0x01, 0x04, 0x08, 0x10, 0x40, 0x80]
    );
}
