use super::*;
use crate::did_document::DidDoc;
use proptest::{collection::vec, prelude::*, sample::subsequence};

const DID: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";
const OTHER: &str = "did:cheqd:testnet:b1b61eec-b864-4544-a95d-0ace7798cfbd";

/// A key from a number.
fn key(seed: u8) -> PublicKey {
    let signing = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    PublicKey::Ed25519(*signing.verifying_key().as_bytes())
}

fn new_key(id: Option<&str>, seed: u8, relationships: &[Relationship]) -> Change<PublicKey> {
    let method_type = VerificationMethodType::Ed25519VerificationKey2020;
    let id = id.map(str::to_owned);
    Change::AddKey(NewKey { id, method_type, relationships: relationships.to_vec(), key: key(seed) })
}

fn rotated(id: &str, seed: u8) -> Change<PublicKey> {
    Change::RotateKey(RotatedKey { id: id.to_owned(), method_type: None, key: key(seed) })
}

fn service(fragment: &str) -> Change<PublicKey> {
    let service = json!({"idFragment": fragment, "type": "T", "serviceEndpoint": ["https://e.example"]});
    Change::AddService(serde_json::from_value(service).unwrap())
}

fn profile(name: &str) -> Profile {
    Profile { name: name.to_owned(), kind: None }
}

#[test]
fn a_name_is_published_once_and_under_the_id_it_has() {
    let change = |document: &Value, change: Change<PublicKey>| apply(document, &[change]);
    let first = change(&plain(), Change::PublishName(profile("One"))).unwrap();
    assert_eq!(first["service"][0]["id"], format!("{DID}#profile"));
    let mut elsewhere = first;
    elsewhere["service"][0]["id"] = json!(format!("{DID}#me"));
    let second = change(&elsewhere, Change::PublishName(profile("Two"))).unwrap();
    assert_eq!(second["service"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["service"][0]["id"], format!("{DID}#me"));
    assert_eq!(Profile::of_document(&second), Some(profile("Two")));
    assert_eq!(change(&second, Change::WithdrawName).unwrap(), plain());
    let absent = matches!(change(&plain(), Change::WithdrawName), Err((Some(0), ChangeError::Absent { .. })));
    assert!(absent);
    let taken = apply(&plain(), &[service("profile"), Change::PublishName(profile("One"))]);
    assert_eq!(taken, Err((Some(1), ChangeError::Present(format!("{DID}#profile")))));
}

fn remove_key(id: &str) -> Change<PublicKey> {
    Change::RemoveKey(id.to_owned())
}

fn plain() -> Value {
    let method =
        verification_method(DID, "key-1", VerificationMethodType::Ed25519VerificationKey2020, &key(1));
    json!({"id": DID, "controller": [DID], "verificationMethod": [method],
        "authentication": [format!("{DID}#key-1")], "assertionMethod": [format!("{DID}#key-1")]})
}

/// The document as the ledger keeps it: lists that are empty are no lists.
fn kept(document: &Value) -> DidDoc {
    DidDoc::from_json(document).unwrap()
}

fn kind() -> impl Strategy<Value = VerificationMethodType> {
    use VerificationMethodType as T;
    prop_oneof![
        Just(T::Ed25519VerificationKey2018),
        Just(T::Ed25519VerificationKey2020),
        Just(T::JsonWebKey2020)
    ]
}

fn relationships() -> impl Strategy<Value = Vec<Relationship>> {
    subsequence(Relationship::ALL.to_vec(), 0..=Relationship::ALL.len())
}

/// A document of one to five keys `#key-1` and on, each in some of the relationships, with services, controllers and names.
fn document() -> impl Strategy<Value = Value> {
    let keys = vec((kind(), relationships()), 1..=5);
    (keys, 0..3_u8, any::<bool>(), 0..3_u8).prop_map(|(keys, services, has_other, names)| {
        let mut document =
            json!({"id": DID, "controller": if has_other { json!([DID, OTHER]) } else { json!([DID]) }});
        let mut changes = Vec::new();
        for (number, (method_type, relationships)) in (1_u8..).zip(keys) {
            let id = Some(format!("key-{number}"));
            changes.push(Change::AddKey(NewKey { id, method_type, relationships, key: key(number) }));
        }
        changes.extend((0..services).map(|number| service(&format!("s{number}"))));
        changes.extend((0..names).map(|number| Change::AddAlsoKnownAs(format!("https://{number}.example"))));
        document = apply(&document, &changes).unwrap();
        document
    })
}

fn stands_anywhere(document: &Value, id: &str) -> bool {
    document.to_string().contains(&format!("{id}\""))
}

proptest! {
    #[test]
    fn adding_and_removing_again_changes_nothing(
        document in document(), kind in kind(), relationships in relationships()
    ) {
        let id = Some("new".to_owned());
        let key = Change::AddKey(NewKey { id, method_type: kind, relationships, key: key(99) });
        let uri = "https://new.example".to_owned();
        let did = DID.replace('7', "8");
        for (add, remove) in [
            (key, remove_key("new")),
            (service("new"), Change::RemoveService("new".to_owned())),
            (Change::AddController(did.clone()), Change::RemoveController(did)),
            (Change::AddAlsoKnownAs(uri.clone()), Change::RemoveAlsoKnownAs(uri)),
            (Change::PublishName(profile("Zoë")), Change::WithdrawName),
        ] {
            let added = apply(&document, std::slice::from_ref(&add)).unwrap();
            prop_assert_ne!(kept(&added), kept(&document));
            let back = apply(&added, std::slice::from_ref(&remove)).unwrap();
            prop_assert_eq!(kept(&back), kept(&document));
            prop_assert_eq!(kept(&apply(&document, &[add, remove]).unwrap()), kept(&document));
        }
    }

    #[test]
    fn a_key_that_goes_stands_nowhere_any_more(document in document(), number in 1_usize..=5) {
        let count = document["verificationMethod"].as_array().unwrap().len();
        let fragment = format!("key-{number}");
        let changed = apply(&document, &[remove_key(&fragment)]);
        if number > count {
            let absent = matches!(changed, Err((Some(0), ChangeError::Absent { .. })));
            prop_assert!(absent);
        } else if count == 1 {
            prop_assert_eq!(changed, Err((None, ChangeError::LastKey)));
        } else {
            let changed = changed.unwrap();
            let id = format!("{DID}#{fragment}");
            prop_assert!(!stands_anywhere(&changed, &id));
            for other in (1..=count).filter(|other| *other != number) {
                let id = format!("{DID}#key-{other}");
                prop_assert_eq!(stands_anywhere(&changed, &id), stands_anywhere(&document, &id));
            }
        }
    }

    #[test]
    fn a_rotation_replaces_the_key_and_nothing_else(document in document(), number in 1_u8..=5) {
        let count = document["verificationMethod"].as_array().unwrap().len();
        prop_assume!(usize::from(number) <= count);
        let fragment = format!("key-{number}");
        let changed = apply(&document, &[rotated(&fragment, 77)]).unwrap();
        let mut expected = kept(&document);
        let place = usize::from(number) - 1;
        let new = &changed["verificationMethod"][place];
        expected.verification_method[place].verification_material =
            kept(&changed).verification_method[place].verification_material.clone();
        prop_assert_eq!(PublicKey::from_verification_method(new), Ok(key(77)));
        prop_assert_eq!(kept(&changed), expected);
        let back = apply(&changed, &[rotated(&fragment, number)]).unwrap();
        prop_assert_eq!(kept(&back), kept(&document));
    }

    #[test]
    fn changes_are_made_one_after_the_other(document in document(), cut in 0_usize..=4) {
        let changes = [
            new_key(None, 50, &[Relationship::KeyAgreement]),
            rotated("key-1", 51),
            service("later"),
            Change::AddController(DID.replace('7', "8")),
        ];
        let (first, second) = changes.split_at(cut);
        let stepwise = apply(&apply(&document, first).unwrap(), second).unwrap();
        prop_assert_eq!(apply(&document, &changes).unwrap(), stepwise);
    }
}

#[test]
fn what_is_there_is_not_added_and_what_is_not_is_not_removed() {
    let at = |change: Change<PublicKey>| apply(&plain(), &[service("s"), change]).unwrap_err();
    let id = |fragment: &str| format!("{DID}#{fragment}");
    for (change, why) in [
        (new_key(Some("key-1"), 2, &[]), ChangeError::Present(id("key-1"))),
        (new_key(Some("s"), 2, &[]), ChangeError::Present(id("s"))),
        (service("key-1"), ChangeError::Present(id("key-1"))),
        (service("s"), ChangeError::Present(id("s"))),
        (Change::AddController(DID.to_owned()), ChangeError::Present(format!("the controller {DID}"))),
        (rotated("key-1", 1), ChangeError::SameKey(id("key-1"))),
        (rotated("s", 2), ChangeError::Absent { what: "verification method", name: id("s") }),
        (remove_key("s"), ChangeError::Absent { what: "verification method", name: id("s") }),
        (
            Change::RemoveService("key-1".to_owned()),
            ChangeError::Absent { what: "service", name: id("key-1") },
        ),
        (
            Change::RemoveController(OTHER.to_owned()),
            ChangeError::Absent { what: "controller", name: OTHER.to_owned() },
        ),
        (
            Change::RemoveAlsoKnownAs("a:b".to_owned()),
            ChangeError::Absent { what: "other name", name: "a:b".to_owned() },
        ),
    ] {
        assert_eq!(at(change), (Some(1), why));
    }
}

#[test]
fn a_key_without_a_name_gets_the_next_number() {
    let made =
        apply(&plain(), &[new_key(None, 2, &[]), new_key(Some("key-9"), 3, &[]), new_key(None, 4, &[])]);
    let ids: Vec<_> = kept(&made.unwrap()).verification_method.into_iter().map(|method| method.id).collect();
    assert_eq!(ids, ["key-1", "key-2", "key-9", "key-10"].map(|fragment| format!("{DID}#{fragment}")));
}

/// The order within one list is free: what counts is what is left in the end.
#[test]
fn the_last_key_and_the_last_controller_are_replaced_and_not_removed() {
    let gone = Change::RemoveController(DID.to_owned());
    assert_eq!(apply(&plain(), std::slice::from_ref(&gone)), Err((None, ChangeError::LastController)));
    let handed_over = apply(&plain(), &[gone, Change::AddController(OTHER.to_owned())]).unwrap();
    assert_eq!(handed_over["controller"], json!([OTHER]));
    assert_eq!(apply(&plain(), &[remove_key("key-1")]), Err((None, ChangeError::LastKey)));
    let replaced = apply(&plain(), &[remove_key("key-1"), new_key(Some("key-2"), 2, &[])]).unwrap();
    assert_eq!(replaced["verificationMethod"].as_array().unwrap().len(), 1);
    // Whose document has no key of its own may still have a service.
    let keyless = json!({"id": DID, "controller": OTHER});
    assert_eq!(apply(&keyless, &[service("s")]).unwrap()["controller"], OTHER);
}

#[test]
fn a_document_that_names_no_controller_is_its_own() {
    let mut document = plain();
    document.as_object_mut().unwrap().retain(|name, _| name != "controller");
    let shared = apply(&document, &[Change::AddController(OTHER.to_owned())]).unwrap();
    assert_eq!(shared["controller"], json!([DID, OTHER]));
    assert!(apply(&document, &[service("s")]).unwrap().get("controller").is_none(), "nobody asked for it");
}

#[test]
fn a_method_that_stands_in_a_relationship_itself_is_a_key_too() {
    let kind = VerificationMethodType::Ed25519VerificationKey2020;
    let embedded = verification_method(DID, "key-7", kind, &key(7));
    let quoted = Value::from(Value::from(embedded.to_string()).to_string());
    for entry in [embedded, quoted] {
        let mut document = plain();
        document["assertionMethod"].as_array_mut().unwrap().push(entry);
        let add = apply(&document, &[new_key(Some("key-7"), 2, &[])]);
        assert!(matches!(add, Err((Some(0), ChangeError::Present(_)))), "{add:?}");
        let next = apply(&document, &[new_key(None, 2, &[])]).unwrap();
        assert_eq!(next["verificationMethod"][1]["id"], format!("{DID}#key-8"));
        assert_eq!(apply(&document, &[remove_key("key-7")]).unwrap(), plain());
    }
}

#[test]
fn a_rotated_key_keeps_its_controller_and_may_be_written_down_otherwise() {
    let mut document = plain();
    document["verificationMethod"][0]["controller"] = json!(OTHER);
    let method_type = Some(VerificationMethodType::JsonWebKey2020);
    let change = Change::RotateKey(RotatedKey { id: "key-1".to_owned(), method_type, key: key(2) });
    let method = &apply(&document, &[change]).unwrap()["verificationMethod"][0];
    assert_eq!((&method["controller"], &method["publicKeyJwk"]), (&json!(OTHER), &key(2).to_jwk()));
    assert!(method.get("publicKeyMultibase").is_none());
}

/// What open jobs keep of a change is read for ever.
#[test]
fn changes_are_written_by_the_names_that_callers_use() {
    let change = new_key(Some("k"), 1, &[Relationship::Authentication]);
    let change: Change<()> = change.try_map(|_| Ok::<_, ()>(()), Ok).unwrap();
    let written = json!({"addKey": {"id": "k", "methodType": "Ed25519VerificationKey2020",
        "relationships": ["authentication"], "key": null}});
    assert_eq!(serde_json::to_value(&change).unwrap(), written);
    assert_eq!(serde_json::from_value::<Change<()>>(written).unwrap(), change);
    assert_eq!("keyAgreement".parse::<Relationship>().ok(), Some(Relationship::KeyAgreement));
    assert!("verificationMethod".parse::<Relationship>().is_err());
}
