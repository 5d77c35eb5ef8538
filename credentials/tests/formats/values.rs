//! What holds for every format there is.

use std::collections::BTreeMap;

use chrono::DateTime;
use credentials::format::{self, CredentialFormat, Disclosure, Draft, Securing, Signed, SigningKey};
use credentials::jwt::Algorithm;
use credentials::status_list::{
    EntryInput, ListInput, ListType, Published, Purpose, StatusMessage, check, entries, format as family,
};
use credentials::vc::{IssueInput, build_credential};
use credentials::verify::{self, CheckName, IssuerDocument, Options};
use domain::{
    id::Did,
    status_list::{ListCategory, ListDescription, Served},
};
use ed25519_dalek::Signer as _;
use serde_json::{Map, Value, json};

use crate::vector_files::{DID, did_document, key};

fn signed(draft: Draft) -> Signed {
    let signature = key().sign(draft.bytes());
    draft.signed(signature.to_bytes().to_vec())
}

fn signer() -> SigningKey<'static> {
    SigningKey {
        did: DID,
        verification_method: "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0#key-1",
        method_type: "Ed25519VerificationKey2018",
        algorithm: Algorithm::EdDsa,
        created: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
    }
}

fn now() -> Options {
    Options { at: 1_710_000_000, ..Options::default() }
}

fn credential(status: Option<Value>) -> Value {
    let attributes = json!({"name": "Alice"}).as_object().unwrap().clone();
    build_credential(&IssueInput {
        issuer_did: DID,
        subject_did: "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        attributes: &attributes,
        contexts: &["https://schema.org".to_owned()],
        types: &[],
        issuance_date: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        data_model: credentials::format::DataModel::V1_1,
        expiration_date: None,
        credential_schema: None,
        credential_status: status,
        extra: &Map::new(),
    })
    .unwrap()
}

fn securing(format: CredentialFormat) -> Securing {
    let disclosure = (format == CredentialFormat::SdJwtVc).then(|| {
        Box::new(Disclosure {
            vct: "https://example.com/identity".to_owned(),
            selectively_disclosable: vec!["/name".to_owned()],
            seed: "a secret".to_owned(),
            ..Disclosure::default()
        })
    });
    Securing { disclosure, ..Securing::of(format) }
}

#[test]
fn a_credential_of_every_format_is_recognised_read_and_verified() {
    for form in CredentialFormat::OFFERED {
        assert_eq!(CredentialFormat::named(form.name()), Some(form));
        let draft = securing(form).draft(&credential(None), &signer()).unwrap();
        let sealed = signed(draft.clone()).seal().unwrap();
        assert_eq!(CredentialFormat::of(&sealed), Some(form));
        assert_eq!(form.signer(&sealed).unwrap(), DID);
        let text = form.text(&sealed).unwrap();
        assert_eq!(CredentialFormat::of_text(&text), form);
        assert_eq!(format::read(&text).unwrap(), sealed);
        // Both what is shown and what is kept.
        for document in [&sealed, &Value::from(&*text)] {
            let verdict = form.verify(document, IssuerDocument::Found(&did_document()), &now());
            assert!(verdict.verified, "{verdict:?}");
            assert_eq!(verify::verify(document, &did_document(), &now()), verdict);
        }
        let forged = draft.signed(vec![7; 64]).seal().unwrap();
        assert!(!verify::verify(&forged, &did_document(), &now()).verified);
    }
    let verdict = verify::verify(&credential(None), &did_document(), &now());
    assert!(
        matches!(verdict.outcome(CheckName::Format), Some(verify::Outcome::Failed(_))),
        "nothing secures it"
    );
}

fn described(list_type: ListType, purpose: Purpose, size: u8, encoding: &str) -> ListDescription {
    let texts: Vec<StatusMessage> = (0..1_u16 << size)
        .map(|value| StatusMessage { status: format!("0x{value:x}"), message: format!("text {value}") })
        .collect();
    let (status_size_bits, messages) = family(list_type).layout(Some(size), &texts);
    ListDescription {
        did: Did::parse(DID).unwrap(),
        name: "a list".to_owned(),
        resource_type: family(list_type).resource_type(purpose).unwrap().to_owned(),
        list_type,
        purposes: vec![purpose],
        length: 131_072,
        status_size_bits,
        encoding: Some(encoding.to_owned()),
        messages,
        ttl_milliseconds: None,
        category: ListCategory::Credential,
        served: (list_type == ListType::TokenStatusList || encoding == "w3c")
            .then(|| Box::new(Served { address: "https://r.example/list".to_owned() })),
    }
}

/// Seals a list in which entry 5 says 1, and reads it and two entries of credentials.
fn goes_round(description: &ListDescription, purpose: Purpose) {
    let form = family(description.list_type);
    let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let list = ListInput::of(description, &BTreeMap::from([(5, 1)]), at).unwrap();
    let draft = form.draft(&list, &signer()).unwrap();
    assert_eq!(draft.is_some(), form.is_signed());
    if draft.is_some() {
        assert!(form.seal(&list, None).is_err(), "what must be signed is not published unsigned");
    }
    let sealed = form.seal(&list, draft.map(signed).as_ref()).unwrap();
    let published = Published::read(&form.bytes(&sealed).unwrap()).unwrap();
    assert_eq!(published.list_type(), description.list_type);
    assert!(published.purposes().contains(&purpose));
    assert_eq!(published.proof_failure(DID, &did_document(), now().at), None);
    for (index, value) in [(5, 1), (6, 0)] {
        let place = EntryInput {
            resolver: "https://r.example/1.0/identifiers/",
            issuer_did: DID,
            list_name: "a list",
            purpose,
            index,
        };
        let credential = credential(Some(form.entry(&place, description).unwrap()));
        if let Some(context) = form.entry_context() {
            assert!(credential["@context"].as_array().unwrap().contains(&json!(context)));
        }
        assert!(credential.get(form.entry_member()).is_some());
        let found = entries(&credential).unwrap();
        assert_eq!((found.len(), found[0].list_type), (1, description.list_type));
        assert_eq!(check(&found[0], &published).unwrap().status, value);
    }
}

#[test]
fn a_list_of_every_family_is_read_as_it_was_sealed() {
    for list_type in ListType::ALL {
        let rules = list_type.rules();
        for purpose in rules.purposes {
            for encoding in rules.encodings {
                goes_round(&described(list_type, *purpose, rules.sizes[0], encoding), *purpose);
            }
        }
        for size in rules.sizes {
            let usual = rules.encodings[0];
            goes_round(&described(list_type, rules.purposes[0], *size, usual), rules.purposes[0]);
        }
    }
}

#[test]
fn what_was_kept_of_a_request_before_there_were_other_formats_reads_and_compares_as_it_did() {
    let before = json!({"format": "jwt"});
    assert_eq!(serde_json::from_value::<Securing>(before.clone()).unwrap(), Securing::default());
    assert_eq!(serde_json::to_value(Securing::default()).unwrap(), before);
    for form in CredentialFormat::ALL {
        assert_eq!(serde_json::to_value(form).unwrap(), json!(form.name()));
    }
}
