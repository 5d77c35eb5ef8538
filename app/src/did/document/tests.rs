//! The contract's sentences, and what is made of documents that pass.

use super::*;

const DID: &str = "did:cheqd:testnet:b1b61eec-b864-4544-a95d-0ace7798cfbd";

fn document(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Option<String> {
    let mut document = json!({
        "id": DID,
        "controller": [DID],
        "verificationMethod": [{
            "id": format!("{DID}#key-1"), "type": "Ed25519VerificationKey2020", "controller": DID,
            "publicKeyMultibase": "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX",
        }],
        "service": [{"id": format!("{DID}#s"), "type": "LinkedDomains", "serviceEndpoint": ["https://example.org"]}],
    });
    change(document.as_object_mut().unwrap());
    check(document.as_object().unwrap()).err().map(|fault| fault.public)
}

#[test]
fn documents_fail_with_the_contracts_sentences() {
    assert_eq!(document(|_| {}), None);
    let with = |member: &'static str, value: Value| {
        document(move |document| drop(document.insert(member.into(), value)))
    };
    assert_eq!(with("id", json!("")).unwrap(), "didDocument.id is required");
    assert_eq!(
        with("id", json!("invalid_did")).unwrap(),
        "Invalid format of DID. Expected to start with did:<method>"
    );
    // The contract's documents need no verification methods: ours are put in (identifiers 1).
    let without = |id: Value| {
        document(move |document| {
            document.remove("verificationMethod");
            document.insert("id".to_owned(), id);
        })
    };
    assert_eq!(without(json!(DID)), None);
    assert_eq!(without(json!(null)).unwrap(), "didDocument.id is required");
    assert_eq!(
        without(json!("did:cheqd:testnet:abc")).unwrap(),
        "Cheqd DID identifier is not valid. Failed identifier checks: Identifier is not valid UUID, Indy-style DID identifier does not have 16 bytes length"
    );
    assert_eq!(
        with("verificationMethod", json!(null)).unwrap(),
        "didDocument.verificationMethod must be an array"
    );
    assert_eq!(
        with("verificationMethod", json!(1)).unwrap(),
        "didDocument.verificationMethod must be an array"
    );
    assert_eq!(
        with("controller", json!(1)).unwrap(),
        "didDocument.controller should be an array or just string"
    );
    assert_eq!(with("controller", json!(DID)), None);
    let service = |member: &str, value: Value| {
        let mut service = json!({"id": format!("{DID}#s"), "type": "T", "serviceEndpoint": "https://e.org"});
        service[member] = value;
        with("service", json!([service])).unwrap()
    };
    for (member, value, why) in [
        ("serviceEndpoint", json!(null), "service.serviceEndpoint is required"),
        ("priority", json!("text"), "service.priority should be a non-negative number"),
        ("routingKeys", json!("text"), "service.routingKeys should be an array of strings"),
        ("recipientKeys", json!([1]), "service.recipientKeys should be an array of strings"),
        (
            "id",
            json!("x"),
            "service.id has validation error: didDocument.service.id does not have right format. Expected DID#keyId",
        ),
    ] {
        assert_eq!(service(member, value), format!("Service has validation errors: {why}"));
    }
    assert_eq!(with("alsoKnownAs", json!("x")).unwrap(), "alsoKnownAs must be an array.");
}

#[test]
fn verification_methods_are_checked_by_type() {
    let of = |kind: &str, member: &str, value: Value| {
        let mut method = json!({"id": format!("{DID}#k"), "type": kind, "controller": DID});
        method[member] = value;
        verification_methods(&[method]).err().map(|fault| {
            let prefix = "verificationMethod entries are not valid. Failed verification method checks: ";
            fault.public.strip_prefix(prefix).unwrap().to_owned()
        })
    };
    let base58 = "AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9";
    assert_eq!(of("Ed25519VerificationKey2018", "publicKeyBase58", json!(base58)), None);
    assert!(of("Ed25519VerificationKey2018", "publicKeyBase58", json!("abc")).is_some());
    assert_eq!(
        of("Ed25519VerificationKey2018", "x", json!(1)).unwrap(),
        "publicKeyBase58 is required for Ed25519VerificationKey2018"
    );
    let x = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w";
    let jwk = |jwk: Value| of("JsonWebKey2020", "publicKeyJwk", jwk);
    assert_eq!(jwk(json!({"kty": "OKP", "crv": "Ed25519", "x": x})), None);
    assert_eq!(
        jwk(json!({"kty": "OKP", "crv": "X25519", "x": x})).unwrap(),
        "Cheqd ledger supports only Ed25519 curve for JsonWebKey2020"
    );
    assert_eq!(
        jwk(json!({"kty": "oct"})).unwrap(),
        "publicKeyJwk is not valid JsonWebKey2020. kty is not OKP or RSA or EC"
    );
    // The generator of P-256 is a key; with another y it is no point of the curve.
    let (x, y) =
        ("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU");
    assert_eq!(jwk(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})), None);
    assert!(jwk(json!({"kty": "EC", "crv": "P-256", "x": x, "y": x})).is_some());
    assert_eq!(
        jwk(json!({"kty": "EC", "crv": "secp256k1", "x": x, "y": y})).unwrap(),
        "publicKeyJwk is not valid JsonWebKey2020. Cheqd ledger supports only the curves P-256, P-384 and P-521 for EC"
    );
    assert_eq!(jwk(json!({"kty": "RSA", "n": x, "e": "AQAB"})), None);
    assert_eq!(
        jwk(json!({"kty": "RSA", "n": x})).unwrap(),
        "publicKeyJwk is not valid JsonWebKey2020. n and e are required"
    );
    assert_eq!(of("Zap", "x", json!(1)).unwrap(), "verificationMethod.type Zap is not supported");
    let same = json!({"id": format!("{DID}#k")});
    assert_eq!(
        verification_methods(&[same.clone(), same]).unwrap_err().public,
        "verificationMethod.id values are not unique"
    );
}

/// A document is public, and what stands in the log stays there.
#[test]
fn a_private_key_is_refused_wherever_it_stands() {
    let (x, y) =
        ("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU");
    let method = |member: &str, key: Value| {
        let mut method = json!({"id": format!("{DID}#k"), "type": "JsonWebKey2020", "controller": DID});
        method[member] = key;
        method
    };
    let ec = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "d": x});
    let private = [
        method("publicKeyJwk", ec.clone()),
        method("publicKeyJwk", json!({"kty": "RSA", "n": x, "e": "AQAB", "p": x})),
        method("publicKeyJwk", json!({"kty": "OKP", "crv": "Ed25519", "x": x, "d": x})),
        method("publicKeyJwk", json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "D": x})),
        method("privateKeyMultibase", json!("z3u2")),
        method("PrivateKeyMultibase", json!("z3u2")),
    ];
    let did = Did::parse(DID).unwrap();
    for text in [format!(" {ec}"), format!("\n[{ec}]")] {
        let service =
            json!({"service": [{"id": format!("{DID}#s"), "type": "T", "serviceEndpoint": [text]}]});
        let fault = GivenSections::new(did.clone(), service.as_object().unwrap()).unwrap_err();
        assert!(fault.public.starts_with("service holds a private key"), "{}", fault.public);
    }
    for method in private {
        let escaped = Value::String(Value::String(method.to_string()).to_string());
        for (name, item) in
            [("verificationMethod", &method), ("assertionMethod", &method), ("assertionMethod", &escaped)]
        {
            let section = json!({name: [item]});
            let of_sections = GivenSections::new(did.clone(), section.as_object().unwrap()).unwrap_err();
            let mut document = json!({"id": DID});
            document[name] = section[name].clone();
            let of_document = GivenDocument::with_own_keys(document.as_object().unwrap()).unwrap_err();
            for fault in [of_sections, of_document] {
                assert_eq!(fault.code, "request/invalid");
                assert!(fault.public.starts_with(&format!("{name} holds a private key")), "{}", fault.public);
                assert!(!fault.public.contains(x), "{}", fault.public);
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "cases read better with values")]
fn creation(change: Value) -> Result<GivenDocument, String> {
    let mut document = json!({"id": DID});
    document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    GivenDocument::for_creation(document.as_object().unwrap()).map_err(|fault| fault.public)
}

#[test]
fn a_new_document_is_completed_or_refused() {
    let made = creation(json!({})).unwrap();
    assert_eq!(made.document()["controller"], json!([DID]));
    assert_eq!(made.document()["authentication"], json!([format!("{DID}#key-1")]));
    let upper = DID.replace("b1b61eec", "B1B61EEC");
    let made =
        creation(json!({"id": upper, "controller": upper, "authentication": [format!("{upper}#key-1")]}));
    let made = made.unwrap();
    assert_eq!((made.did().as_str(), &made.document()["id"]), (DID, &json!(DID)));
    assert_eq!(made.document()["authentication"], json!([format!("{DID}#key-1")]));
    assert!(creation(json!({"authentication": []})).unwrap_err().contains("should name"));
    assert_eq!(
        creation(json!({"id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"})).unwrap_err(),
        "DID method key is not supported"
    );
}

#[test]
fn a_replacement_needs_keys_and_its_own_sentences_come_first() {
    let sentence = |document: Value| {
        GivenDocument::for_update(document.as_object().unwrap()).err().map(|fault| fault.public)
    };
    let placed = "updateDID: error: [updateIdentifier]: VerificationMethod should be placed and not be empty";
    assert_eq!(sentence(json!({"id": DID})).unwrap(), placed);
    assert_eq!(sentence(json!({"id": DID, "verificationMethod": []})).unwrap(), placed);
    assert_eq!(
        sentence(json!({"id": "invalid_did"})).unwrap(),
        "Invalid format of DID. Expected to start with did:<method>"
    );
    assert_eq!(sentence(json!({})).unwrap(), "didDocument.id is required");
}

#[test]
fn sections_are_checked_as_whole_documents_are() {
    let read = |sections: Value| {
        let did = Did::parse(DID).unwrap();
        GivenSections::new(did, sections.as_object().unwrap()).map_err(|fault| fault.public)
    };
    let made =
        read(json!({"controller": DID, "@context": "https://c.example", "alsoKnownAs": ["a:b"]})).unwrap();
    assert_eq!(made.sections()["controller"], json!([DID]));
    assert_eq!(made.sections()["@context"], json!(["https://c.example"]));
    for (sections, why) in [
        (json!({}), "Provide a DID Document or atleast one field to update"),
        (json!({"controller": ["x"]}), "Invalid format of DID. Expected to start with did:<method>"),
        (json!({"controller": 1}), "didDocument.controller should be an array or just string"),
        (
            json!({"alsoKnownAs": ["no uri"]}),
            "alsoKnownAs has validation errors: did-uri has validation error: not a URI",
        ),
        (json!({"keyAgreement": "x"}), "keyAgreement should be an array"),
        (json!({"@context": [1]}), "@context should be an array or just string"),
        (json!({"nope": []}), "nope is no section of a DID document"),
        (
            json!({"verificationMethod": [1]}),
            "VerificationMethod should be an array of objects for updating DID-VerificationMethod",
        ),
        (
            json!({"authentication": [1]}),
            "Authentication should be an array of strings for updating DID-Authentication",
        ),
    ] {
        assert_eq!(read(sections.clone()).unwrap_err(), why, "{sections}");
    }
}
