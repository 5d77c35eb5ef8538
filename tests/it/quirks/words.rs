//! What is read of a request, and what is refused.

use super::world::{KIND, assert_refused, meet};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn q24_every_rule_that_the_contract_names_is_kept() {
    meet(async |alice, _| {
        let kid = alice.kid().await;
        for (path, sentence) in [
            ("/did/list?network=devnet", "Invalid network"),
            ("/did/list?metadata=yes", "metadata should be a boolean value"),
            ("/resource/list?network=devnet", "Invalid network"),
            ("/resource/list?encrypted=yes", "encrypted filter should be a boolean value"),
            ("/event/list?network=devnet", "Invalid network"),
            ("/event/list?deprecated=yes", "deprecated is supposed to have type of Boolean"),
            ("/event/list?successful=yes", "successful is supposed to have type of Boolean"),
            ("/account/analytics?network=devnet", "Invalid network"),
            ("/key/read/xyz", "keyId should be a hexadecimal string"),
            (
                "/key/xyz/verification-method?verificationMethodType=JsonWebKey2020",
                "keyId should be a hexadecimal string",
            ),
            (&format!("/key/{kid}/verification-method"), "Unsupported verificationMethod type"),
            (
                &format!("/key/{kid}/verification-method?verificationMethodType=X"),
                "Unsupported verificationMethod type",
            ),
            (
                &format!("/key/{kid}/verification-method?verificationMethodType=JsonWebKey2020&controller=x"),
                "Invalid format of DID. Expected to start with did:<method>",
            ),
        ] {
            let refused = alice.get(path).await;
            assert_eq!((refused.status, &refused.body["error"]), (400, &json!(sentence)), "{path}");
        }
        for list in ["/did/list", "/resource/list", "/event/list", "/key/list"] {
            for wrong in ["page=x&limit=1", "page=1&limit=x", "createdAt=yesterday"] {
                let refused = alice.get(&format!("{list}?{wrong}")).await;
                assert_eq!(refused.status, 400, "{list}?{wrong}: {}", refused.text);
            }
        }
        for kind in ["X25519", "RSA", "ed25519"] {
            let refused = alice.post(&format!("/key/create?type={kind}"), json!({})).await;
            assert_eq!(refused.status, 400, "{kind}: {}", refused.text);
        }
        assert_eq!(alice.get("/key/list?purpose=identity").await.expect(200)["total"], 1);
    });
}

#[test]
fn q43_a_text_in_a_form_stays_the_text_it_is() {
    meet(async |alice, _| {
        let did = alice.did().await;
        for (name, kind, data, encoding, bytes) in [
            ("007", "true", "1e10", "hex", vec![0x1e, 0x10]),
            ("null", "1e3", "1234", "base64", vec![0xd7, 0x6d, 0xf8]),
            ("a,b", "{}", "0000", "hex", vec![0, 0]),
        ] {
            let fields =
                [("name", name), ("type", kind), ("data", data), ("encoding", encoding), ("version", "1.0")];
            let made =
                alice.form(&format!("/resource/create/{did}"), &fields).await.expect(201)["resource"].clone();
            assert_eq!(
                (&made["resourceName"], &made["resourceType"], &made["resourceVersion"]),
                (&json!(name), &json!(kind), &json!("1.0"))
            );
            let id = made["resourceId"].as_str().expect("an id");
            let url = format!("/resource/search/{did}?resourceId={id}");
            let found = alice.house.request(Method::GET, &url).send().await.expect("an answer");
            assert_eq!(found.bytes().await.expect("a body").to_vec(), bytes, "{name}");
        }
        let key = hex::encode(super::world::fresh_key().to_bytes());
        let made = alice
            .form("/key/import", &[("privateKeyHex", &key), ("alias", "1e10"), ("encrypted", "false")])
            .await;
        assert_eq!(made.expect(200)["publicKeyAlias"], "1e10");
    });
}

#[test]
fn q44_what_a_body_must_have_is_not_found_in_a_header_or_cookie() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let before = alice.operations().await;
        let whole = json!({"name": "n", "type": "T", "data": "00", "encoding": "hex"});
        for missing in ["name", "type", "data", "encoding"] {
            let mut body = whole.clone();
            let value = body.as_object_mut().expect("an object").remove(missing).expect("a member");
            let value = value.as_str().expect("a text");
            let path = format!("/resource/create/{did}");
            let cookie = format!("{missing}={value}");
            let beside = [(missing, value), ("cookie", cookie.as_str())];
            let refused = alice.ask(Method::POST, &path, Some(body.clone()), &beside).await;
            assert_refused(&refused, 400, "request/invalid");
            assert_eq!(refused.body["field"], missing, "{}", refused.text);
            let query = format!("{path}?{missing}={value}");
            assert_eq!(alice.post(&query, body).await.status, 400, "{query}");
        }
        let beside = [("privatekeyhex", "11".repeat(32))];
        let beside: Vec<(&str, &str)> = beside.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = alice.ask(Method::POST, "/key/import", Some(json!({})), &beside).await;
        assert_eq!(refused.body["error"], "Private key was not provided");
        assert_eq!(alice.operations().await, before);
    });
}

#[test]
fn q57_what_is_nearly_a_did_or_a_document_is_refused_by_name() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let before = alice.operations().await;
        for more in [":x", "#key-1", "?versionId=1", "/resources/x", ":"] {
            let near = format!("{did}{more}");
            let escaped = near.replace('#', "%23").replace('?', "%3F").replace('/', "%2F");
            let update = json!({"did": near, "alsoKnownAs": ["urn:x:1"]});
            let document = json!({"didDocument": {"id": near}, "options": {"verificationMethodType": KIND}});
            let note = json!({"name": "n", "type": "T", "data": "00", "encoding": "hex"});
            for (path, body) in [
                ("/did/update".to_owned(), update),
                ("/did/create".to_owned(), document),
                ("/did/deactivate".to_owned(), json!({"did": near})),
                (format!("/did/deactivate/{escaped}"), json!({})),
                (format!("/resource/create/{escaped}"), note),
            ] {
                let refused = alice.post(&path, body).await;
                assert_refused(&refused, 400, "request/invalid");
            }
        }
        // Sections that the contract's validators do not look at.
        let foreign = "did:cheqd:testnet:2f1f3d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f#key-1";
        for (section, value) in [
            ("assertionMethod", json!([format!("{did}#nobody")])),
            ("assertionMethod", json!([7])),
            ("capabilityInvocation", json!([foreign])),
            ("keyAgreement", json!([{"id": 7}])),
            ("alsoKnownAs", json!(["urn:x:1", "urn:x:1"])),
        ] {
            let body = json!({"did": did, section: value});
            let refused = alice.post("/did/update", body.clone()).await;
            assert_refused(&refused, 400, "request/invalid");
            assert_eq!(refused.body["field"], section, "{body}: {}", refused.text);
        }
        // Sentences are about what was sent.
        let form = json!({"network": "testnet", "verificationMethodType": KIND, "service": [{"type": "T"}]});
        let told = alice.post("/did/create", form).await.expect(400);
        let sentence = told["error"].as_str().expect("a sentence");
        assert!(sentence.contains("service.id is required") && !sentence.contains("[object"), "{sentence}");
        let method = |kind: &str, member: &str, value: Value| json!([{"id": format!("{did}#k"), "type": kind, "controller": did, member: value}]);
        for methods in [
            method(KIND, "publicKeyMultibase", json!("z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVe0")),
            method(KIND, "publicKeyMultibase", json!("z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc")),
            method("JsonWebKey2020", "publicKeyJwk", json!({"kty": "EC"})),
            method("JsonWebKey2020", "publicKeyJwk", json!({"kty": "RSA"})),
        ] {
            let told = alice
                .post("/did/update", json!({"did": did, "verificationMethod": methods}))
                .await
                .expect(400);
            let sentence = told["error"].as_str().expect("a sentence");
            assert!(!sentence.contains("${") && !sentence.contains("[object"), "{sentence}");
        }
        // Only keys that can control a DID come with one.
        let keys = json!([{"privateKeyHex": "11".repeat(32), "type": "Secp256k1", "encrypted": false}]);
        let refused = alice.post("/did/import", json!({"did": did, "keys": keys})).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(alice.operations().await, before, "nothing was requested");
    });
}
