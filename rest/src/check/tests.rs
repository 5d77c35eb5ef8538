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
