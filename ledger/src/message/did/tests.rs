//! Documents to protobuf and back.

use super::*;

const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

fn id(fragment: &str) -> String {
    format!("{DID}#{fragment}")
}

fn full() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/did/v1",
            "https://identity.foundation/.well-known/did-configuration/v1",
            "https://w3id.org/security/suites/ed25519-2020/v1",
            "https://w3id.org/security/suites/ed25519-2018/v1",
            "https://w3id.org/security/suites/jws-2020/v1"],
        "id": DID,
        "controller": [DID],
        "verificationMethod": [
            {"id": id("k1"), "type": "Ed25519VerificationKey2020", "controller": DID, "publicKeyMultibase": "z6Mk"},
            {"id": id("k2"), "type": "Ed25519VerificationKey2018", "controller": DID, "publicKeyBase58": "AKnL"},
            {"id": id("k3"), "type": "JsonWebKey2020", "controller": DID,
             "publicKeyJwk": {"crv": "Ed25519", "kty": "OKP", "x": "iojj"}}],
        "authentication": [id("k1")],
        "assertionMethod": [id("k1"), {"id": id("inline"), "type": "X", "controller": DID, "publicKeyBase58": "A"}],
        "capabilityInvocation": [id("k1")],
        "capabilityDelegation": [id("k2")],
        "keyAgreement": [id("k3")],
        "service": [
            {"id": id("s1"), "type": "LinkedDomains", "serviceEndpoint": "https://example.com", "priority": 1},
            {"id": id("s2"), "type": "DIDCommMessaging", "serviceEndpoint": ["https://a", "https://b"],
             "recipientKeys": ["r"], "routingKeys": ["q"], "accept": ["didcomm/v2"]}],
        "alsoKnownAs": ["https://example.com/me"]
    })
}

#[test]
fn a_full_document_survives_the_way_to_the_ledger_and_back() {
    let doc = from_json(&full()).unwrap();
    assert_eq!(
        doc.verification_method[2].verification_material,
        r#"{"crv":"Ed25519","kty":"OKP","x":"iojj"}"#
    );
    assert_eq!(doc.service[0].service_endpoint, ["https://example.com"]);
    let inline = &doc.assertion_method[1];
    assert!(inline.starts_with(r#""{\"id\":\"did:cheqd"#), "{inline}");
    assert_eq!(to_json(&doc), full());
}

#[test]
fn rendering_does_not_use_the_context_on_the_ledger() {
    let doc = from_json(&json!({"@context": "https://example.com/own", "id": DID})).unwrap();
    assert_eq!(doc.context, ["https://example.com/own"]);
    assert_eq!(to_json(&doc), json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": DID}));
}

#[test]
fn a_document_read_at_cheqds_resolver_is_accepted() {
    let doc = from_json(&json!({"id": DID, "capability_delegation": [id("k1")]})).unwrap();
    assert_eq!(doc.capability_delegation, [id("k1")]);
}

#[test]
fn what_the_ledger_cannot_hold_is_refused_by_name() {
    let method = |change: fn(&mut Value)| {
        let mut document = full();
        change(&mut document["verificationMethod"][0]);
        document
    };
    let cases = [
        (json!([]), "didDocument"),
        (json!({}), "id"),
        (json!({"id": 7}), "id"),
        (json!({"id": DID, "proof": {}}), "proof"),
        (json!({"id": DID, "authentication": [{"id": id("k1")}]}), "authentication[0]"),
        (json!({"id": DID, "service": [{"serviceEndpoint": {"uri": "x"}}]}), "service[0].serviceEndpoint"),
        (json!({"id": DID, "service": [{"priority": -1}]}), "service[0].priority"),
        (json!({"id": DID, "service": [{"note": "x"}]}), "service[0].note"),
        (json!({"id": DID, "@context": [{"a": "b"}]}), "@context[0]"),
        (method(|m| m["type"] = json!("Multikey")), "verificationMethod[0].type"),
        (method(|m| m["publicKeyJwk"] = json!({})), "verificationMethod[0].publicKeyJwk"),
        (
            method(|m| {
                m.as_object_mut().unwrap().remove("publicKeyMultibase");
            }),
            "verificationMethod[0].publicKeyMultibase",
        ),
    ];
    for (document, member) in cases {
        assert_eq!(from_json(&document).unwrap_err().member, member, "{document}");
    }
}

#[test]
fn metadata_keeps_nanoseconds_and_leaves_out_what_is_not_there() {
    let time = |seconds, nanos| Some(Timestamp { seconds, nanos });
    let answer = DidDocWithMetadata {
        did_doc: Some(DidDoc { id: DID.to_owned(), ..DidDoc::default() }),
        metadata: Some(Metadata {
            created: time(1_700_000_000, 5),
            version_id: "v1".to_owned(),
            next_version_id: "v2".to_owned(),
            ..Metadata::default()
        }),
    };
    let resolved = resolved(answer).unwrap();
    assert_eq!(resolved.created.timestamp_nanos_opt(), Some(1_700_000_000_000_000_005));
    assert_eq!((resolved.updated, resolved.previous_version_id), (None, None));
    assert_eq!(resolved.next_version_id.as_deref(), Some("v2"));
    assert!(version(Metadata { created: time(1, -5), ..Metadata::default() }).is_none());
    assert!(version(Metadata::default()).is_none(), "a version without a time is no version");
}
