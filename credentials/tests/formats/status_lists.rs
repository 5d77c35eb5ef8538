//! The bit codec, the published payloads and the entries.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use credentials::status_list::{
    BitOrder, BitstringInput, BitstringMetadata, Encoding, EntryInput, ListProof, MAX_BITSTRING_BYTES,
    MIN_LENGTH_ENTRIES, Published, Purpose, StatusEntry, StatusList, StatusListError, StatusMessage,
    bitstring_credential, bitstring_entry, bitstring_payload, check, default_messages, entries, list_digest,
    status_list_2021_entry, status_list_2021_payload,
};
use credentials::{did_url::ResourceRef, jwt, vc, verify};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::vector_files::{DID, captures, did_document, jwt_vector, key, sign, vectors};

const LSB: BitOrder = BitOrder::LeastSignificantFirst;
const MSB: BitOrder = BitOrder::MostSignificantFirst;
const RESOLVER: &str = "https://resolver.cheqd.net/1.0/identifiers/";

fn vector(name: &str) -> String {
    vectors()["statusLists"][name].as_str().unwrap().to_owned()
}

fn entry_input(list_name: &str, purpose: Purpose, index: u64) -> EntryInput<'_> {
    EntryInput { resolver: RESOLVER, issuer_did: DID, list_name, purpose, index }
}

#[test]
fn lists_of_the_reference_hold_the_bits_they_should() {
    let mut expected = StatusList::empty(131_072, 1, LSB).unwrap();
    assert_eq!(StatusList::decode(&vector("empty131072"), Encoding::Base64Url, 1, LSB).unwrap(), expected);
    for index in [0, 42, 131_071] {
        assert_eq!(expected.set(index, 1), Ok(0));
    }
    assert_eq!(
        StatusList::decode(&vector("bits_0_42_131071"), Encoding::Base64Url, 1, LSB).unwrap(),
        expected
    );

    let mut expected = StatusList::empty(131_072, 2, LSB).unwrap();
    assert_eq!(
        StatusList::decode(&vector("cheqd2bit_empty"), Encoding::Base64Url, 2, LSB).unwrap(),
        expected
    );
    for (index, value) in [(0, 1), (1, 2), (2, 3), (5, 1), (131_071, 2)] {
        expected.set(index, value).unwrap();
    }
    assert_eq!(expected.bytes()[..2], [0x9c, 0x20]);
    assert_eq!(expected.bytes().last(), Some(&0x01));
    let text = vector("cheqd2bit_0is1_1is2_2is3_5is1_131071is2");
    assert_eq!(StatusList::decode(&text, Encoding::Base64Url, 2, LSB).unwrap(), expected);
}

#[test]
fn eight_bit_entries_of_cheqd_are_mirrored() {
    for (value, byte) in [(0x01, 0x80), (0x80, 0x01), (0x12, 0x48)] {
        let mut list = StatusList::empty(131_072, 8, LSB).unwrap();
        list.set(3, value).unwrap();
        assert_eq!(list.bytes()[3], byte);
        assert_eq!(list.get(3), Ok(value));
    }
}

#[test]
fn bit_orders_differ_only_for_several_bits() {
    let mut cheqd = StatusList::empty(131_072, 2, LSB).unwrap();
    cheqd.set(0, 1).unwrap();
    let text = cheqd.encode(Encoding::Base64Url);
    assert_eq!(StatusList::decode(&text, Encoding::Base64Url, 2, MSB).unwrap().get(0), Ok(2));
    let mut single = StatusList::empty(131_072, 1, LSB).unwrap();
    single.set(0, 1).unwrap();
    assert_eq!(single.bytes()[0], 0x80);
    assert_eq!(
        StatusList::decode(&single.encode(Encoding::Hex), Encoding::Hex, 1, MSB).unwrap().get(0),
        Ok(1)
    );
}

#[test]
fn output_is_deterministic_and_carries_no_time() {
    let mut list = StatusList::empty(131_072, 1, LSB).unwrap();
    list.set(7, 1).unwrap();
    assert_eq!(list.encode(Encoding::Base64Url), list.clone().encode(Encoding::Base64Url));
    assert_eq!(list.compress()[..10], [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3]);
    assert_eq!(list.encode(Encoding::Multibase), format!("u{}", list.encode(Encoding::Base64Url)));
    // Pinned: a change of compressor would change the text of every list on its next update.
    assert_eq!(
        StatusList::empty(131_072, 1, LSB).unwrap().encode(Encoding::Base64Url),
        "H4sIAAAAAAAAA-3AMQEAAADCoPVPbQwfKAAAAAAAAAAAAAAAAAAAAOBthtJUqwBAAAA"
    );
    assert_eq!(
        list.encode(Encoding::Base64Url),
        "H4sIAAAAAAAAA-3AMQEAAAABMPqXFsOzNQAAAAAAAAAAAAAAAAAAAMDbADn7xTYAQAAA"
    );
}

#[test]
fn readers_take_the_list_with_and_without_prefix_and_padding() {
    let text = vector("bits_0_42_131071");
    for variant in [text.clone(), format!("u{text}"), format!("{text}==")] {
        for encoding in [Encoding::Base64Url, Encoding::Multibase] {
            assert_eq!(StatusList::decode(&variant, encoding, 1, LSB).unwrap().get(42), Ok(1), "{variant}");
        }
    }
}

#[test]
fn sizes_ranges_and_values_have_limits() {
    assert_eq!(StatusList::empty(MIN_LENGTH_ENTRIES - 1, 1, LSB), Err(StatusListError::Length));
    for size in [0, 3, 5, 6, 7, 9, 255] {
        assert_eq!(StatusList::empty(131_072, size, LSB), Err(StatusListError::StatusSize));
    }
    assert_eq!(StatusList::empty(MAX_BITSTRING_BYTES + 1, 8, LSB), Err(StatusListError::TooLarge));
    assert_eq!(StatusList::empty(usize::MAX, 8, LSB), Err(StatusListError::TooLarge));
    let mut list = StatusList::empty(131_072, 2, LSB).unwrap();
    assert_eq!(list.get(131_072), Err(StatusListError::Range));
    assert_eq!(list.set(usize::MAX, 0), Err(StatusListError::Range));
    assert_eq!(list.set(0, 4), Err(StatusListError::Value { value: 4, bits: 2 }));
    assert_eq!(StatusList::empty(140_001, 1, LSB).unwrap().len(), 140_008);
}

#[test]
fn a_decompression_bomb_stops_at_the_limit() {
    let gzip = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        URL_SAFE_NO_PAD.encode(writer.finish().unwrap())
    };
    let bomb = gzip(&vec![0; MAX_BITSTRING_BYTES + 1]);
    assert!(bomb.len() < 10_000);
    assert_eq!(StatusList::decode(&bomb, Encoding::Base64Url, 1, LSB), Err(StatusListError::TooLarge));
    let most = gzip(&vec![0; MAX_BITSTRING_BYTES]);
    assert!(StatusList::decode(&most, Encoding::Base64Url, 1, LSB).is_ok());
    // Too short, not gzip, damaged, and something behind the list.
    assert_eq!(
        StatusList::decode(&gzip(&[0; 100]), Encoding::Base64Url, 1, LSB),
        Err(StatusListError::Length)
    );
    let mut bytes = StatusList::empty(131_072, 1, LSB).unwrap().compress();
    bytes.push(0);
    assert!(StatusList::decode(&hex::encode(&bytes), Encoding::Hex, 1, LSB).is_err());
    bytes.pop();
    *bytes.last_mut().unwrap() ^= 1;
    assert!(StatusList::decode(&hex::encode(&bytes), Encoding::Hex, 1, LSB).is_err());
    assert!(StatusList::decode("H4sI", Encoding::Base64Url, 1, LSB).is_err());
}

#[test]
fn a_list_of_a_running_cheqd_studio_reads_and_updates() {
    let captures = captures();
    let published = Published::parse(&captures["213"]["response"]["statusList"]).unwrap();
    let credential = &captures["213"]["request"]["credential"];
    let entry = StatusEntry::parse(&credential["credentialStatus"]).unwrap();
    assert_eq!(published.purposes(), [Purpose::Message, Purpose::Revocation]);
    assert_eq!(published.bit_order(), LSB);
    let result = check(&entry, &published).unwrap();
    assert_eq!((result.status, result.valid, result.message.as_deref()), (1, false, Some("revoked")));
    assert!(result.revoked() && !result.suspended());
    let list = entry.list.as_ref().unwrap();
    assert_eq!(list.did(), credential["issuer"]["id"]);
    assert_eq!(list.query_value("resourceName"), Some("bs-two"));

    // Suspending it through us: only the list changes.
    let mut bits = published.list().unwrap();
    assert_eq!(bits.set(entry.index, 2), Ok(1));
    let updated = published.with_list(&bits).unwrap();
    assert!(check(&entry, &Published::parse(&updated).unwrap()).unwrap().suspended());
    let strip = |document: &Value| {
        let mut document = document.clone();
        document["bitstringStatusListCredential"]["credentialSubject"]["encodedList"] = Value::Null;
        document.to_string()
    };
    assert_eq!(strip(&updated), strip(published.document()));
}

#[test]
fn entries_are_those_of_the_vectors() {
    let expected = jwt_vector("status2021")["input"]["credentialStatus"].clone();
    let entry = status_list_2021_entry(&entry_input("list1", Purpose::Revocation, 42)).unwrap();
    assert_eq!(entry.to_string(), expected.to_string());
    let expected = jwt_vector("bitstring")["input"]["credentialStatus"].clone();
    let entry = bitstring_entry(&entry_input("list1", Purpose::Message, 5), 2, &default_messages()).unwrap();
    assert_eq!(entry.to_string(), expected.to_string());
    // StatusList2021 knows two purposes.
    assert!(status_list_2021_entry(&entry_input("list1", Purpose::Message, 1)).is_err());
}

#[test]
fn status_list_2021_goes_round() {
    let issued = DateTime::parse_from_rfc3339("2026-01-02T03:04:05Z").unwrap().to_utc();
    let mut list = StatusList::empty(131_072, 1, LSB).unwrap();
    list.set(0, 1).unwrap();
    let payload =
        status_list_2021_payload(Purpose::Suspension, &list, Encoding::Base64Url, issued, None).unwrap();
    let expected = json!({
        "StatusList2021": {
            "statusPurpose": "suspension", "encodedList": list.encode(Encoding::Base64Url),
            "validFrom": "2026-01-02T03:04:05.000Z",
        },
        "metadata": {"type": "StatusList2021Suspension", "encrypted": false, "encoding": "base64url"},
    });
    assert_eq!(payload.to_string(), expected.to_string());
    let published = Published::parse(&payload).unwrap();
    // Index 0 is an index like any other.
    let entry =
        StatusEntry::parse(&status_list_2021_entry(&entry_input("l", Purpose::Suspension, 0)).unwrap())
            .unwrap();
    let result = check(&entry, &published).unwrap();
    assert!(result.suspended() && !result.revoked() && !result.valid);
    let wrong =
        StatusEntry::parse(&status_list_2021_entry(&entry_input("l", Purpose::Revocation, 0)).unwrap())
            .unwrap();
    assert_eq!(check(&wrong, &published), Err(StatusListError::PurposeMismatch));
}

/// A list of ours as it is published.
fn published_bitstring(list: &StatusList) -> Value {
    let issued = DateTime::parse_from_rfc3339("2024-01-01T00:00:00Z").unwrap().to_utc();
    let input = BitstringInput {
        issuer_did: DID,
        purposes: &[Purpose::Revocation, Purpose::Message],
        ttl_milliseconds: Some(3_600_000),
        issuance_date: issued,
        expiration_date: None,
        list,
    };
    let claims = vc::jwt_claims(&bitstring_credential(&input), DID).unwrap();
    let signed = vc::normalise(&sign(&key(), &jwt::header(jwt::Algorithm::EdDsa, None), &claims)).unwrap();
    let messages = default_messages();
    let metadata = BitstringMetadata { length: 131_072, messages: &messages, status_reference: None };
    bitstring_payload(&signed, list, &metadata).unwrap()
}

/// Whether the list's proof holds, the way every reader of cheqd's lists looks at it: the list taken out, the rest compared
/// with the token.
fn proof_holds(payload: &Value) -> bool {
    let credential = Published::parse(payload).unwrap().signed_credential().unwrap();
    let options = verify::Options { at: 1_710_000_000, ..Default::default() };
    verify::verify(&credential, &did_document(), &options).verified
}

fn list_proof(payload: &Value) -> Result<ListProof, StatusListError> {
    Published::parse(payload).unwrap().list_proof()
}

#[test]
fn bitstring_lists_go_round_with_a_proof_that_verifies() {
    let list = StatusList::empty(131_072, 2, LSB).unwrap();
    let payload = published_bitstring(&list);
    let encoded = list.encode(Encoding::Base64Url);
    assert_eq!(
        payload["bitstringStatusListCredential"]["credentialSubject"].to_string(),
        json!({"type": "BitstringStatusList", "statusPurpose": ["revocation", "message"],
            "encodedList": encoded, "ttl": 3_600_000, "encodedListDigest": list_digest(&encoded)})
        .to_string()
    );
    // Same members in the same order as a list that cheqd Studio published.
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let captures = captures();
    let theirs = &captures["213"]["response"]["statusList"];
    assert_eq!(names(&payload), names(theirs));
    assert_eq!(names(&payload["metadata"]), names(&theirs["metadata"]));
    assert_eq!(
        names(&payload["bitstringStatusListCredential"]),
        names(&theirs["bitstringStatusListCredential"])
    );
    assert_eq!(Published::parse(&payload).unwrap().issuer(), Some(DID));
    assert!(proof_holds(&payload));
}

#[test]
fn verdicts_16_the_proof_of_a_list_covers_its_bits() {
    const SUBJECT: &str = "/bitstringStatusListCredential/credentialSubject";
    let list = StatusList::empty(131_072, 2, LSB).unwrap();
    let mut revoked = list.clone();
    revoked.set(7, 1).unwrap();
    let good = published_bitstring(&revoked);
    assert!(proof_holds(&good));
    assert_eq!(list_proof(&good), Ok(ListProof::Covered));

    // The bits of another list under the same proof: whoever only verifies the token sees nothing.
    let tampered = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut payload = good.clone();
        change(payload.pointer_mut(SUBJECT).unwrap().as_object_mut().unwrap());
        payload
    };
    let other = list.encode(Encoding::Base64Url);
    let swapped = tampered(&|subject| {
        subject.insert("encodedList".to_owned(), json!(other));
    });
    assert!(proof_holds(&swapped));
    assert_eq!(list_proof(&swapped), Err(StatusListError::Digest));
    let entry =
        StatusEntry::parse(&bitstring_entry(&entry_input("l", Purpose::Revocation, 7), 2, &[]).unwrap());
    let read = |payload: &Value| check(&entry.clone().unwrap(), &Published::parse(payload).unwrap());
    assert_eq!(read(&good).unwrap().status, 1);
    assert_eq!(read(&swapped), Err(StatusListError::Digest));

    // Neither a fitting digest nor none at all gets past the token, nor does one of another form.
    let refitted = tampered(&|subject| {
        subject.insert("encodedList".to_owned(), json!(other));
        subject.insert("encodedListDigest".to_owned(), json!(list_digest(&other)));
    });
    assert!(!proof_holds(&refitted));
    let bare = tampered(&|subject| {
        subject.shift_remove("encodedListDigest");
    });
    assert!(!proof_holds(&bare));
    for odd in [json!(null), json!(""), json!(["x"]), json!("sha512-x"), json!(list_digest(&other))] {
        let payload = tampered(&|subject| {
            subject.insert("encodedListDigest".to_owned(), odd.clone());
        });
        assert_eq!(list_proof(&payload), Err(StatusListError::Digest), "{odd}");
    }
}

#[test]
fn verdicts_16_lists_whose_proof_says_nothing_of_their_bits_are_read_all_the_same() {
    let captures = captures();
    let theirs = &captures["213"]["response"]["statusList"];
    assert_eq!(list_proof(theirs), Ok(ListProof::Ledger));
    let list = StatusList::empty(131_072, 1, LSB).unwrap();
    let at = DateTime::parse_from_rfc3339("2024-01-01T00:00:00Z").unwrap().to_utc();
    let old = status_list_2021_payload(Purpose::Revocation, &list, Encoding::Base64Url, at, None).unwrap();
    assert_eq!(list_proof(&old), Ok(ListProof::Ledger));
    // What is signed for one list is not published with another, and is not updated in place.
    let ours = published_bitstring(&list_of(2));
    let mut other = list_of(2);
    other.set(1, 1).unwrap();
    let signed = Published::parse(&ours).unwrap();
    assert_eq!(signed.with_list(&other), Err(StatusListError::Digest));
    let metadata =
        BitstringMetadata { length: 131_072, messages: &default_messages(), status_reference: None };
    let credential = signed.signed_credential().unwrap();
    assert_eq!(bitstring_payload(&credential, &other, &metadata), Err(StatusListError::Digest));
}

fn list_of(bits: u8) -> StatusList {
    StatusList::empty(131_072, bits, LSB).unwrap()
}

/// Names that mean something in a URL.
const NAMES: [&str; 16] = [
    "R&D",
    "a b",
    "ä",
    "100%",
    "x+y",
    "a=b",
    "#",
    ";",
    "a#b",
    "%41",
    "R&resourceType=T",
    "?",
    "/",
    "\u{1f600}",
    "a'b(c)!*",
    "&",
];

#[test]
fn verdicts_9_an_entry_leads_to_its_own_list_whatever_the_name() {
    for name in NAMES {
        let bitstring =
            bitstring_entry(&entry_input(name, Purpose::Message, 5), 2, &default_messages()).unwrap();
        let old = status_list_2021_entry(&entry_input(name, Purpose::Suspension, 5)).unwrap();
        for (json, resource_type) in
            [(bitstring, "BitstringStatusListCredential"), (old, "StatusList2021Suspension")]
        {
            let entry = StatusEntry::parse(&json).unwrap();
            let meant = ResourceRef::ByName {
                did: DID.to_owned(),
                name: name.to_owned(),
                resource_type: resource_type.to_owned(),
                pin: None,
            };
            assert_eq!(entry.list.unwrap().resource(), Some(meant), "{name}: {json}");
            assert_eq!(entry.index, 5);
            assert!(json["id"].as_str().unwrap().is_ascii(), "{json}");
        }
    }
}

#[test]
fn verdicts_9_a_name_that_no_address_can_hold_is_refused() {
    for name in [String::new(), "n".repeat(4_096), "\u{1f600}".repeat(400)] {
        let input = entry_input(&name, Purpose::Revocation, 1);
        assert_eq!(bitstring_entry(&input, 1, &[]), Err(StatusListError::Address), "{}", name.len());
        assert_eq!(status_list_2021_entry(&input), Err(StatusListError::Address), "{}", name.len());
    }
}

#[test]
fn verdicts_9_an_address_written_without_escaping_leads_to_no_other_list() {
    let list_of = |raw: &str| {
        let address =
            format!("{RESOLVER}{DID}?resourceName={raw}&resourceType=BitstringStatusListCredential");
        let entry = json!({"id": format!("{address}#1"), "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": address});
        StatusEntry::parse(&entry).unwrap().list.and_then(|url| url.resource())
    };
    for raw in ["R&D", "R&D=E", "R&", "R&&", "R#D", "R&resourceName=D", "R&resourceType=T"] {
        assert_eq!(list_of(raw), None, "{raw}");
    }
    for raw in ["a b", "ä", "100%", "x+y", "a=b", ";"] {
        let named = matches!(list_of(raw), Some(ResourceRef::ByName { name, .. }) if name == raw);
        assert!(named, "{raw}");
    }
}

#[test]
fn messages_must_fit_the_size() {
    let signed = json!({"credentialSubject": {}});
    let list = StatusList::empty(131_072, 2, LSB).unwrap();
    let attempt = |messages: &[StatusMessage]| {
        let metadata = BitstringMetadata { length: 131_072, messages, status_reference: None };
        bitstring_payload(&signed, &list, &metadata).map_err(|error| error.to_string())
    };
    let mut messages = default_messages();
    assert!(attempt(&messages).is_ok());
    assert_eq!(
        attempt(&[]).unwrap_err(),
        "statusMessages is required for 2-bit status (expected 4 messages)"
    );
    assert_eq!(
        attempt(&messages[..3]).unwrap_err(),
        "statusMessages must have exactly 4 entries for 2-bit status"
    );
    messages[3].status = "0x4".to_owned();
    assert_eq!(attempt(&messages).unwrap_err(), "Missing status message for value 0x3");
    messages[3].status = "3".to_owned();
    assert_eq!(attempt(&messages).unwrap_err(), "Invalid status format 3. Must be hex prefixed with 0x");
}

#[test]
fn bare_w3c_lists_are_read_the_way_the_w3c_means() {
    let mut list = StatusList::empty(131_072, 2, MSB).unwrap();
    list.set(9, 1).unwrap();
    let credential = json!({
        "type": ["VerifiableCredential", "BitstringStatusListCredential"], "issuer": DID,
        "credentialSubject": {"type": "BitstringStatusList", "statusPurpose": "message", "statusSize": 2,
            "encodedList": list.encode(Encoding::Multibase)},
    });
    let published = Published::parse(&credential).unwrap();
    assert_eq!(published.list().unwrap().get(9), Ok(1));
    assert_eq!(published.list().unwrap().get(8), Ok(0));
    // Without a statusSize such a list has single bits.
    let mut single = credential.clone();
    single["credentialSubject"].as_object_mut().unwrap().remove("statusSize");
    assert_eq!(Published::parse(&single).unwrap().status_size(), 1);
    let rewritten = published.with_list(&list).unwrap();
    assert!(rewritten["credentialSubject"]["encodedList"].as_str().unwrap().starts_with("uH4s"));
}

/// The index stands in the entry's id too, where that is the list's address.
#[test]
fn verdicts_2_an_entry_that_names_two_indices_is_refused() {
    for made in [
        status_list_2021_entry(&entry_input("list1", Purpose::Revocation, 42)).unwrap(),
        bitstring_entry(&entry_input("list1", Purpose::Revocation, 42), 2, &[]).unwrap(),
    ] {
        assert_eq!(StatusEntry::parse(&made).unwrap().index, 42);
        let address = made["id"].as_str().unwrap().split('#').next().unwrap().to_owned();
        for (member, value, fine) in [
            ("id", json!(format!("{address}#41")), false),
            ("statusListIndex", json!("41"), false),
            ("statusListIndex", json!(41), false),
            ("id", json!(format!("{address}#042")), true),
            ("id", json!(format!("{address}#entry")), true),
            ("id", json!(address), true),
        ] {
            let mut entry = made.clone();
            entry[member] = value.clone();
            assert_eq!(StatusEntry::parse(&entry).is_ok(), fine, "{member} {value}");
        }
        let mut elsewhere = made;
        elsewhere["statusListCredential"] = json!(address);
        elsewhere["id"] = json!("urn:entry#7");
        assert!(StatusEntry::parse(&elsewhere).is_ok(), "an id of its own says nothing about the index");
    }
}

#[test]
fn malformed_entries_and_lists_are_refused() {
    let good = status_list_2021_entry(&entry_input("list1", Purpose::Revocation, 42)).unwrap();
    for (member, value) in [
        ("type", json!("StatusList2017")),
        ("type", Value::Null),
        ("statusPurpose", json!("other")),
        ("statusPurpose", Value::Null),
        ("statusListIndex", json!("-1")),
        ("statusListIndex", json!("1.5")),
        ("statusListIndex", json!("")),
        ("statusListIndex", json!(-1)),
        ("statusListIndex", json!("99999999999999999999999")),
        ("id", json!("#42")),
        ("statusSize", json!(3)),
    ] {
        let mut entry = good.clone();
        entry[member] = value.clone();
        assert!(StatusEntry::parse(&entry).is_err(), "{member}: {value}");
    }
    assert_eq!(entries(&json!({})).unwrap(), []);
    assert_eq!(entries(&json!({"status": null})).unwrap(), []);
    for status in [json!(1), json!("revoked"), json!([]), json!({}), json!(false)] {
        assert!(entries(&json!({"status": status})).is_err(), "{status}");
    }
    assert_eq!(entries(&json!({"credentialStatus": [good.clone(), good.clone()]})).unwrap().len(), 2);
    assert!(entries(&json!({"credentialStatus": vec![good.clone(); 17]})).is_err());

    // An entry whose size is not that of its list would read the bits of others.
    let captures = captures();
    let published = Published::parse(&captures["213"]["response"]["statusList"]).unwrap();
    let entry = bitstring_entry(&entry_input("bs-two", Purpose::Message, 1), 1, &[]).unwrap();
    assert!(check(&StatusEntry::parse(&entry).unwrap(), &published).is_err());
    let other_type = StatusEntry::parse(&good).unwrap();
    assert!(check(&other_type, &published).is_err());

    let mut encrypted = captures["213"]["response"]["statusList"].clone();
    encrypted["metadata"]["encrypted"] = json!(true);
    let encrypted = Published::parse(&encrypted).unwrap();
    assert_eq!(encrypted.list(), Err(StatusListError::Encrypted));
    let list = StatusList::empty(131_072, 2, LSB).unwrap();
    assert_eq!(encrypted.with_list(&list), Err(StatusListError::Encrypted));
    for document in
        [json!({}), json!([]), json!({"StatusList2021": {}}), json!({"StatusList2021": {"encodedList": "x"}})]
    {
        assert!(Published::parse(&document).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_set_is_read_back_after_encoding(
        size in prop_oneof![Just(1_u8), Just(2), Just(4), Just(8)],
        order in prop_oneof![Just(LSB), Just(MSB)],
        encoding in prop_oneof![
            Just(Encoding::Base64Url), Just(Encoding::Multibase), Just(Encoding::Hex), Just(Encoding::Base64)
        ],
        writes in prop::collection::btree_map(0_usize..131_072, any::<u8>(), 0..40),
    ) {
        let mut list = StatusList::empty(131_072, size, order).unwrap();
        let mask = u8::MAX >> (8 - size);
        for (index, value) in &writes {
            prop_assert_eq!(list.set(*index, value & mask), Ok(0));
        }
        let decoded = StatusList::decode(&list.encode(encoding), encoding, size, order).unwrap();
        prop_assert_eq!(&decoded, &list);
        for (index, value) in &writes {
            prop_assert_eq!(decoded.get(*index), Ok(value & mask));
        }
        let set = (0..list.len()).filter(|index| list.get(*index) != Ok(0)).count();
        prop_assert_eq!(set, writes.values().filter(|value| *value & mask != 0).count());
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,200}", size in any::<u8>()) {
        for encoding in [Encoding::Base64Url, Encoding::Hex, Encoding::Base64, Encoding::Multibase] {
            prop_assert!(StatusList::decode(&text, encoding, size, LSB).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_behind_a_gzip_header_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut stream = vec![0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3];
        stream.extend(bytes);
        prop_assert!(StatusList::decode(&hex::encode(stream), Encoding::Hex, 1, LSB).is_err());
    }
}
