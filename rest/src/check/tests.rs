use super::*;
use serde_json::json;

#[test]
fn dids_fail_with_the_contracts_sentences() {
    let table = [
        ("nonsense", "Invalid format of DID. Expected to start with did:<method>"),
        ("did:web:example.org", "DID method web is not supported"),
        (
            "did:cheqd:",
            "Cheqd DID namespace is required (\"did:cheqd:mainnet:...\" or \"did:cheqd:testnet:...\")",
        ),
        ("did:cheqd:devnet:x", "Cheqd DID namespace must be testnet or mainnet"),
        ("did:cheqd:testnet:", "Identifier is required after \"did:cheqd:<namespace>:\" prefix"),
        (
            "did:cheqd:testnet:invalid_id",
            "Cheqd DID identifier is not valid. Failed identifier checks: Identifier is not valid UUID, Indy-style DID identifier is not a valid Base58 string",
        ),
        (
            "did:cheqd:testnet:abc",
            "Cheqd DID identifier is not valid. Failed identifier checks: Identifier is not valid UUID, Indy-style DID identifier does not have 16 bytes length",
        ),
        ("did:key:", "Identifier is required after \"did:key:\" prefix"),
        ("did:vda:zap:x", "Verida DID namespace must be mainnet or testnet"),
    ];
    for (text, sentence) in table {
        assert_eq!(did("did", &json!(text)).unwrap_err().public, sentence, "{text}");
    }
    for text in [
        "did:cheqd:testnet:b1b61eec-b864-4544-a95d-0ace7798cfbd",
        "did:cheqd:mainnet:7Uhoi7PPzLUax2JtMkKRop",
        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    ] {
        assert_eq!(did("did", &json!(text)).unwrap(), text);
    }
    assert_eq!(did("did", &json!(1)).unwrap_err().public, "DID should be a string");
    // A DID URL is no DID.
    assert!(did("did", &json!("did:cheqd:testnet:b1b61eec-b864-4544-a95d-0ace7798cfbd#key-1")).is_err());
    assert_eq!(cheqd_did("did", "did:key:z6Mk").unwrap_err().public, "DID method key is not supported");
    assert_eq!(dids("authentication", &json!("x")).unwrap_err().public, "DID array should be an array");
}

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
    did_document(document.as_object().unwrap()).err().map(|fault| fault.public)
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
    let check = |kind: &str, member: &str, value: Value| {
        let mut method = json!({"id": format!("{DID}#k"), "type": kind, "controller": DID});
        method[member] = value;
        verification_methods(&[method]).err().map(|fault| {
            let prefix = "verificationMethod entries are not valid. Failed verification method checks: ";
            fault.public.strip_prefix(prefix).unwrap().to_owned()
        })
    };
    let base58 = "AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9";
    assert_eq!(check("Ed25519VerificationKey2018", "publicKeyBase58", json!(base58)), None);
    assert!(check("Ed25519VerificationKey2018", "publicKeyBase58", json!("abc")).is_some());
    assert_eq!(
        check("Ed25519VerificationKey2018", "x", json!(1)).unwrap(),
        "publicKeyBase58 is required for Ed25519VerificationKey2018"
    );
    let x = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w";
    let jwk = |jwk: Value| check("JsonWebKey2020", "publicKeyJwk", jwk);
    assert_eq!(jwk(json!({"kty": "OKP", "crv": "Ed25519", "x": x})), None);
    assert_eq!(
        jwk(json!({"kty": "OKP", "crv": "X25519", "x": x})).unwrap(),
        "Cheqd ledger supports only Ed25519 curve for JsonWebKey2020"
    );
    assert_eq!(
        jwk(json!({"kty": "oct"})).unwrap(),
        "publicKeyJwk is not valid JsonWebKey2020. kty is not OKP or RSA or EC"
    );
    assert_eq!(check("Zap", "x", json!(1)).unwrap(), "verificationMethod.type Zap is not supported");
    let same = json!({"id": format!("{DID}#k")});
    assert_eq!(
        verification_methods(&[same.clone(), same]).unwrap_err().public,
        "verificationMethod.id values are not unique"
    );
}

#[test]
fn create_services_are_one_or_many() {
    let one = json!({"idFragment": "s", "type": "T", "serviceEndpoint": "https://e.org"});
    assert_eq!(service_for_create(&one).unwrap().len(), 1);
    assert_eq!(
        service_for_create(&json!([one, one])).unwrap_err().public,
        "Service for Create DID Request does not have unique service."
    );
    assert_eq!(
        service_for_create(&json!([{"type": "T", "serviceEndpoint": []}])).unwrap_err().public,
        "Service for Create DID Request has validation errors: service.id is required in object 0"
    );
}

#[test]
fn instants_have_three_spellings() {
    let at = |text| instant("createdAt", text, "no").map(|at| at.to_rfc3339());
    assert_eq!(at("2026-01-02T03:04:05Z").unwrap(), "2026-01-02T03:04:05+00:00");
    assert_eq!(at("2026-01-02T03:04:05+01:00").unwrap(), "2026-01-02T02:04:05+00:00");
    assert_eq!(at("2026-01-02T03:04:05").unwrap(), "2026-01-02T03:04:05+00:00");
    assert_eq!(at("2026-01-02").unwrap(), "2026-01-02T00:00:00+00:00");
    assert_eq!(at("yesterday").unwrap_err().public, "no");
}

#[test]
fn key_ids_are_hexadecimal() {
    assert_eq!(kid("ABCDEF").unwrap().0, "abcdef");
    assert_eq!(kid("").unwrap_err().public, "keyId was not provided");
    assert_eq!(kid("xyz").unwrap_err().public, "keyId should be a hexadecimal string");
    assert_eq!(
        public_key_hexs(&[json!(1)]).unwrap_err().public,
        "publicKeyHexs should be an array of strings"
    );
}
