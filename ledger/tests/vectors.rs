//! The five transactions of `ledger-vectors.json`, made by the npm SDK, reproduced byte for byte from JSON.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic, its helpers too")]

use app::port::{
    Chain, Composer,
    chain::{IdentitySignature, Payload, TxDraft},
};
use domain::{
    id::{Did, Ncheq},
    resource::{AlternativeUri, ResourceDescription},
};
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::{CheqdComposer, CheqdLedger, LedgerConfig};
use serde_json::{Map, Value, json};

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/ledger-vectors.json")).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The vector's payload uses the SDK's protobuf names; a caller hands in a DID document.
fn document(payload: &Value) -> Value {
    let mut document = Map::new();
    for (name, value) in payload.as_object().unwrap() {
        match name.as_str() {
            "context" => document.insert("@context".to_owned(), value.clone()),
            "versionId" => None,
            "verificationMethod" => {
                let methods: Vec<Value> = value
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|method| {
                        json!({"id": method["id"], "type": method["verificationMethodType"],
                               "controller": method["controller"],
                               "publicKeyMultibase": method["verificationMaterial"]})
                    })
                    .collect();
                document.insert(name.clone(), Value::Array(methods))
            }
            "service" => {
                let services: Vec<Value> = value
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|service| {
                        json!({"id": service["id"], "type": service["serviceType"],
                               "serviceEndpoint": service["serviceEndpoint"], "priority": service["priority"]})
                    })
                    .collect();
                document.insert(name.clone(), Value::Array(services))
            }
            _ => document.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(document)
}

fn payload(case: &Value) -> Payload {
    let payload = &case["payload"];
    let version = || text(&payload["versionId"]).parse().unwrap();
    match case["name"].as_str().unwrap() {
        "create_did" => Payload::CreateDid { document: document(payload), version: version() },
        "deactivate_did" => {
            Payload::DeactivateDid { did: text(&payload["id"]).parse().unwrap(), version: version() }
        }
        "create_resource_json" => {
            let data = text(&payload["dataUtf8"]).into_bytes();
            let description = ResourceDescription {
                did: Did::parse(&format!("did:cheqd:testnet:{}", text(&payload["collectionId"]))).unwrap(),
                resource: text(&payload["id"]).parse().unwrap(),
                name: text(&payload["name"]),
                resource_type: text(&payload["resourceType"]),
                version: text(&payload["version"]),
                also_known_as: vec![AlternativeUri {
                    uri: text(&payload["alsoKnownAs"][0]["uri"]),
                    description: text(&payload["alsoKnownAs"][0]["description"]),
                }],
                size_bytes: data.len() as u64,
                checksum: String::new(),
                media_type: "application/json".to_owned(),
            };
            Payload::CreateResource { description, data }
        }
        _ => Payload::UpdateDid { document: document(payload), version: version() },
    }
}

fn payer_key(vectors: &Value) -> bip32::XPrv {
    let mnemonic: bip39::Mnemonic = text(&vectors["payer"]["mnemonic"]).parse().unwrap();
    let path = text(&vectors["payer"]["hdPath"]).parse().unwrap();
    bip32::XPrv::derive_from_path(mnemonic.to_seed(""), &path).unwrap()
}

#[test]
fn every_vector_is_reproduced_byte_for_byte() {
    let vectors = vectors();
    let ledger = CheqdLedger::new(&LedgerConfig::default()).unwrap();
    let payer = payer_key(&vectors);
    let payer_public_key = payer.public_key().to_bytes().to_vec();
    assert_eq!(hex::encode(&payer_public_key), vectors["payer"]["pubkeyCompressedHex"]);
    assert_eq!(ledger::tx::address_of(&payer_public_key).unwrap(), vectors["payer"]["address"]);
    let seed = hex::decode(text(&vectors["identity"]["ed25519SeedHex"])).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let name = &case["name"];
        let payload = payload(case);
        let sign_bytes = CheqdComposer.sign_bytes(&payload).unwrap();
        assert_eq!(hex::encode(&sign_bytes), case["signBytesHex"], "payload of {name}");

        let signatures: Vec<IdentitySignature> = case["identitySignatures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|signature| IdentitySignature {
                verification_method: text(&signature["verificationMethodId"]),
                signature: hex::decode(text(&signature["signatureHex"])).unwrap(),
            })
            .collect();
        // The third case rotates the key; the second one's seed is all twos.
        let keys = [seed.clone(), vec![2; 32]].map(|seed| SigningKey::from_bytes(&seed.try_into().unwrap()));
        let ours = keys.map(|key| key.sign(&sign_bytes).to_bytes().to_vec());
        for signature in &signatures {
            assert!(ours.contains(&signature.signature), "identity signature of {name}");
        }

        let message = CheqdComposer.message(&payload, &signatures).unwrap();
        assert_eq!(message.type_url, case["typeUrl"]);
        assert_eq!(hex::encode(&message.value), case["msgValueHex"], "message of {name}");

        let unsigned = ledger
            .unsigned(&TxDraft {
                chain_id: text(&vectors["chainId"]),
                payer: text(&case["fee"]["payer"]),
                payer_public_key: payer_public_key.clone(),
                account_number: vectors["accountNumber"].as_u64().unwrap(),
                sequence: case["sequence"].as_u64().unwrap(),
                messages: vec![message],
                fee: Ncheq(text(&case["fee"]["amount"][0]["amount"]).parse().unwrap()),
                gas_limit: text(&case["fee"]["gas"]).parse().unwrap(),
                timeout_height: 0,
                memo: String::new(),
            })
            .unwrap();
        assert_eq!(hex::encode(&unsigned.body), case["bodyBytesHex"], "body of {name}");
        assert_eq!(hex::encode(&unsigned.auth_info), case["authInfoBytesHex"], "auth info of {name}");

        let signature: k256::ecdsa::Signature =
            k256::ecdsa::signature::Signer::sign(payer.private_key(), &unsigned.sign_bytes);
        assert_eq!(hex::encode(signature.to_bytes()), case["txSignatureHex"], "signature of {name}");
        let signed = ledger.signed(&unsigned, &signature.to_bytes());
        assert_eq!(hex::encode(&signed.bytes), case["txRawHex"], "TxRaw of {name}");
        assert_eq!(signed.hash, case["txHash"], "hash of {name}");
    }
}

#[test]
fn a_key_that_is_not_the_payers_is_noticed_before_signing() {
    let ledger = CheqdLedger::new(&LedgerConfig::default()).unwrap();
    let other = bip32::XPrv::new([7; 32]).unwrap().public_key().to_bytes().to_vec();
    let refused = ledger
        .unsigned(&TxDraft {
            chain_id: "cheqd-testnet-6".to_owned(),
            payer: text(&vectors()["payer"]["address"]),
            payer_public_key: other,
            account_number: 0,
            sequence: 0,
            messages: Vec::new(),
            fee: Ncheq(1),
            gas_limit: 1,
            timeout_height: 0,
            memo: String::new(),
        })
        .unwrap_err();
    assert!(refused.to_string().contains("not the address"), "{refused}");
}

#[test]
fn the_timeout_height_and_memo_are_part_of_what_is_signed() {
    let vectors = vectors();
    let ledger = CheqdLedger::new(&LedgerConfig::default()).unwrap();
    let draft = |timeout_height, memo: &str| TxDraft {
        chain_id: "cheqd-testnet-6".to_owned(),
        payer: text(&vectors["payer"]["address"]),
        payer_public_key: payer_key(&vectors).public_key().to_bytes().to_vec(),
        account_number: 3,
        sequence: 0,
        messages: Vec::new(),
        fee: Ncheq(1),
        gas_limit: 1,
        timeout_height,
        memo: memo.to_owned(),
    };
    let plain = ledger.unsigned(&draft(0, "")).unwrap();
    let timed = ledger.unsigned(&draft(77, "")).unwrap();
    // Field 3 of TxBody, varint 77.
    assert_eq!(timed.body, [plain.body.as_slice(), &[0x18, 77]].concat());
    assert_ne!(timed.sign_bytes, plain.sign_bytes);
    let noted = ledger.unsigned(&draft(0, "hi")).unwrap();
    assert_eq!(noted.body, [plain.body.as_slice(), &[0x12, 2, b'h', b'i']].concat());
    let beyond = ledger.unsigned(&draft(u64::MAX, ""));
    assert!(beyond.is_err(), "a height beyond 63 bits does not exist");
}
