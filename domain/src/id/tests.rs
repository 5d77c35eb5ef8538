//! Ids: what parses, what it becomes, and that derived ids never change.

use super::{
    AccreditationId, Did, Ncheq, Network, OperationId, Sealed, accreditation_id, derived_uuid,
    resource_line_id, status_list_id,
};
use proptest::prelude::*;

#[test]
fn a_did_with_a_uuid_or_16_base58_bytes_is_valid() {
    for text in [
        "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "did:cheqd:mainnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "did:cheqd:testnet:00000000-0000-0000-0000-000000000000", // any version and variant
        "did:cheqd:testnet:ffffffff-ffff-ffff-ffff-ffffffffffff",
        "did:cheqd:mainnet:Rgx8Ri8z3QPcTvvn7dvX9s",
        "did:cheqd:testnet:1111111111111111",       // sixteen zero bytes
        "did:cheqd:testnet:YcLccTPj5k3JqHpgRErtjc", // 16 times 0xff, the longest there is
    ] {
        let did = Did::parse(text).unwrap();
        assert_eq!(did.as_str(), text);
        assert_eq!(text, format!("did:cheqd:{}:{}", did.network(), did.unique_id()));
        assert_eq!(serde_json::from_value::<Did>(serde_json::to_value(&did).unwrap()).unwrap(), did);
    }
}

#[test]
fn a_uuid_becomes_lower_case_as_on_the_ledger_and_base58_stays() {
    let upper = Did::parse("did:cheqd:testnet:3F9C2A40-5B1E-4C7D-8A90-1D2E3F405162").unwrap();
    assert_eq!(upper.as_str(), "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162");
    assert_eq!(upper, Did::parse(upper.as_str()).unwrap());
    assert_eq!(
        Did::parse("did:cheqd:mainnet:Rgx8Ri8z3QPcTvvn7dvX9s").unwrap().unique_id(),
        "Rgx8Ri8z3QPcTvvn7dvX9s"
    );
}

#[test]
fn everything_else_is_no_did() {
    for text in [
        "",
        "did",
        "did:cheqd",
        "did:cheqd:",
        "did:cheqd:testnet",
        "did:cheqd:testnet:",
        "did:cheqd:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "did:cheqd::3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "did:cheqd:devnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "did:cheqd:Testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "did:key:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "DID:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        " did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162",
        "did:cheqd:testnet:3f9c2a405b1e4c7d8a901d2e3f405162",
        "did:cheqd:testnet:{3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162}",
        "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f40516g",
        "did:cheqd:testnet:3f9c2a4-05b1e-4c7d-8a90-1d2e3f405162",
        "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162#key-1",
        "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162/resources",
        "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162?versionId=1",
        "did:cheqd:testnet:Rgx8Ri8z3QPcTvvn7dvX9s1", // 17 bytes
        "did:cheqd:testnet:zzzzzzzzzzzzzzzzzzzzzz",  // 22 characters, 17 bytes
        "did:cheqd:testnet:0OIl0OIl0OIl0OIl0OIl00",  // not in the alphabet
        "did:cheqd:testnet:111111111111111",         // fifteen zero bytes
        "did:cheqd:testnet:Rgx8Ri8z3QPcTvvn7dvX9é",
    ] {
        assert!(Did::parse(text).is_err(), "{text} was taken for a DID");
        assert!(serde_json::from_value::<Did>(text.into()).is_err());
    }
}

#[test]
fn a_very_long_text_is_refused_without_decoding_it() {
    assert!(Did::parse(&format!("did:cheqd:testnet:{}", "z".repeat(10_000_000))).is_err());
}

#[test]
fn derived_ids_never_change() {
    let did = Did::parse("did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162").unwrap();
    // Computed once with another implementation of UUIDv5.
    let vectors = [
        (derived_uuid("kind", &[]), "86f90a0f-6f88-5ba0-9c73-9132cc3bc23a"),
        (derived_uuid("kind", &["a", ""]), "26e87da8-43f3-50df-9664-cb5c13c2f2ef"),
        (derived_uuid("kind", &["Größe", "日本"]), "aa34e2fb-5674-5b1e-8069-9b7e7072d7ea"),
        (
            resource_line_id(&did, "Person schema", "JSONSchemaValidator2020"),
            "08d10548-9452-5447-bf91-9cf4bb5058b9",
        ),
        (
            status_list_id(&did, "employees", "BitstringStatusListCredential").0,
            "34ac61ba-dd71-51a8-984d-6f2bc4658271",
        ),
        (
            accreditation_id(&did, "staff", "VerifiableAccreditationToAttest").0,
            "5d375e73-93dd-59ad-967b-98e3781a42a8",
        ),
    ];
    for (number, (derived, expected)) in vectors.into_iter().enumerate() {
        assert_eq!(derived.to_string(), expected, "vector {number}: streams would be lost");
        assert_eq!(derived.get_version_num(), 5);
    }
}

#[test]
fn parts_of_a_derived_id_do_not_run_into_each_other() {
    let ids = [
        derived_uuid("k", &["ab", "c"]),
        derived_uuid("k", &["a", "bc"]),
        derived_uuid("k", &["abc"]),
        derived_uuid("k", &["abc", ""]),
        derived_uuid("ka", &["bc"]),
    ];
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
}

#[test]
fn amounts_are_texts_in_json_and_keep_every_digit() {
    let amount = Ncheq(u128::MAX);
    let json = serde_json::to_value(amount).unwrap();
    assert_eq!(json, serde_json::json!("340282366920938463463374607431768211455"));
    assert_eq!(serde_json::from_value::<Ncheq>(json).unwrap(), amount);
    for bad in
        [serde_json::json!(5), serde_json::json!("5.0"), serde_json::json!("-1"), serde_json::json!("")]
    {
        assert!(serde_json::from_value::<Ncheq>(bad).is_err());
    }
}

#[test]
fn a_sealed_text_does_not_show_in_debug_output() {
    assert!(!format!("{:?}", Sealed("v1.k.c2VjcmV0".to_owned())).contains("c2VjcmV0"));
}

#[test]
fn uuids_and_networks_are_parsed_or_refused_with_a_sentence() {
    assert!("3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162".parse::<OperationId>().is_ok());
    let error = "x".parse::<AccreditationId>().unwrap_err();
    assert_eq!(error.to_string(), "AccreditationId is malformed: not a UUID");
    assert_eq!(
        Network::ALL.map(|network| network.as_str().parse()),
        [Ok(Network::Mainnet), Ok(Network::Testnet)]
    );
    assert!("localnet".parse::<Network>().is_err());
}

proptest! {
    #[test]
    fn parsing_never_panics_and_what_it_returns_parses_again(text in ".{0,80}", tail in "[ -~]{0,40}") {
        for text in [text, format!("did:cheqd:testnet:{tail}")] {
            if let Ok(did) = Did::parse(&text) {
                prop_assert_eq!(Did::parse(did.as_str()), Ok(did));
            }
        }
    }

    #[test]
    fn sixteen_bytes_in_base58_are_always_a_did(bytes in any::<[u8; 16]>()) {
        let text = format!("did:cheqd:mainnet:{}", bs58::encode(bytes).into_string());
        let did = Did::parse(&text).unwrap();
        prop_assert_eq!(did.as_str(), text.as_str());
    }
}
