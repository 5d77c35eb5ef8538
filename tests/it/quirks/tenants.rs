//! Whose things they are, and who may do what.

use super::world::{IMPORT_SECRET, KIND, Someone, assert_refused, fresh, fresh_key, meet, names, with};
use reqwest::Method;
use ring::{aead, pbkdf2};
use serde_json::{Value, json};
use std::num::NonZeroU32;

const MAINNET: &str = "did:cheqd:mainnet:2f1f3d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

#[test]
fn q02_nobody_makes_a_did_with_a_key_of_somebody_else() {
    meet(async |alice, mallory| {
        let kid = alice.kid().await;
        let top = json!({"network": "testnet", "key": kid, "verificationMethodType": KIND});
        let options = json!({"network": "testnet", "options": {"key": kid, "verificationMethodType": KIND}});
        let document = json!({"didDocument": {"id": fresh()}, "options": options["options"]});
        for body in [&top, &options, &document] {
            assert_refused(&mallory.post("/did/create", body.clone()).await, 404, "key/not-found");
        }
        let form = [("network", "testnet"), ("key", kid.as_str()), ("verificationMethodType", KIND)];
        assert_refused(&mallory.form("/did/create", &form).await, 404, "key/not-found");
        let made = mallory
            .mutation("createDid", "CreateDidInput", "did { did }", json!({"network": "TESTNET", "kid": kid}))
            .await;
        assert_eq!((&made["userErrors"][0]["code"], &made["did"]), (&json!("key/not-found"), &Value::Null));
        // A key in a document of his own, which he signs with his own, is a name of hers and no more: it signs nothing.
        let did = mallory.did().await;
        let bytes: [u8; 32] = hex::decode(&kid).expect("hex").try_into().expect("32 bytes");
        let material = credentials::key::PublicKey::Ed25519(bytes).to_multibase();
        let change = json!([{"rotateKey": {"id": "key-1", "kid": kid}}]);
        assert_refused(
            &mallory.post("/did/update", json!({"did": did, "changes": change})).await,
            404,
            "key/not-found",
        );
        let method = json!({"id": format!("{did}#key-1"), "type": KIND, "controller": did, "publicKeyMultibase": material});
        let stolen = json!({"did": did, "verificationMethod": [method]});
        assert_refused(&mallory.post("/did/update", stolen).await, 400, "did/no-signing-key");
        assert_eq!(
            (mallory.operations().await, alice.operations().await),
            (1, 0),
            "his own DID, and nothing else"
        );
    });
}

/// As clients of the contract lock a private key (docs/api.md#encrypted-keys).
fn locked(seed: &[u8], salt: &str) -> Value {
    let stretch = |password: &[u8], salt: &[u8]| {
        let mut key = [0; 32];
        let rounds = NonZeroU32::new(100_000).expect("not zero");
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, password, &mut key);
        key
    };
    let key = stretch(IMPORT_SECRET.as_bytes(), &stretch(salt.as_bytes(), salt.as_bytes()));
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, &key).expect("a key"));
    let (iv, mut bytes) = ([7; 12], seed.to_vec());
    let nonce = aead::Nonce::assume_unique_for_key(iv);
    key.seal_in_place_append_tag(nonce, aead::Aad::empty(), &mut bytes).expect("locked");
    json!({"privateKeyHex": hex::encode(bytes), "encrypted": true, "ivHex": hex::encode(iv), "salt": salt, "type": "Ed25519"})
}

#[test]
fn q03_a_did_is_imported_with_its_own_keys_by_one_account_and_can_be_used() {
    meet(async |alice, mallory| {
        let (key, other) = (fresh_key(), fresh_key());
        let did = alice.elsewhere(&key).await;
        let import = |keys: Value| json!({"did": did, "keys": keys});
        // As many keys as the document has, and not one of them: that is no proof, and nothing is kept of it.
        let wrong =
            json!([{"privateKeyHex": hex::encode(other.to_bytes()), "encrypted": false, "type": "Ed25519"}]);
        assert_refused(&mallory.post("/did/import", import(wrong)).await, 400, "did/keys-incomplete");
        assert_eq!(mallory.get("/key/list?purpose=identity").await.expect(200)["total"], 0);
        // Encrypted ones are opened, and what is kept is the key: it signs.
        let keys = json!([locked(&key.to_bytes(), "a1b2c3d4")]);
        let kid = hex::encode(key.verifying_key().as_bytes());
        let imported = alice.post("/did/import", import(keys.clone())).await.expect(200);
        assert_eq!(
            (&imported["did"], &imported["controllerKeyId"], &imported["provider"]),
            (&json!(did), &json!(kid), &json!("did:cheqd:testnet")),
        );
        // Nobody takes it over, not even with all of its keys.
        assert_refused(&mallory.post("/did/import", import(keys.clone())).await, 409, "did/already-exists");
        let taken = mallory
            .mutation(
                "importDid",
                "ImportDidInput",
                "did { did }",
                json!({"did": did, "keys": [{
                "privateKeyHex": hex::encode(key.to_bytes())}]}),
            )
            .await;
        assert_eq!(taken["userErrors"][0]["code"], "did/already-exists", "{taken}");
        // It stands in the lists of its network, is counted, and everything can be done with it.
        assert_eq!(alice.get("/did/list?network=testnet").await.expect(200)["dids"], json!([did]));
        assert_eq!(alice.get("/account/analytics?network=testnet").await.expect(200)["dids"], 1);
        alice.note(&did, "first", "x").await;
        let service = json!([{"id": format!("{did}#s"), "type": "T", "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
        let updated = alice.post("/did/update", json!({"did": did, "service": service})).await.expect(200);
        assert_eq!(updated["provider"], "did:cheqd:testnet", "{updated}");
        assert_eq!(alice.document(&did).await["service"], service);
    });
}

#[test]
fn q04_no_text_elsewhere_in_a_request_opens_another_network() {
    meet(async |alice, _| {
        let here = alice.did().await;
        let bound = alice.with_key(json!({"networks": ["testnet"]})).await;
        let before = alice.operations().await;
        let note =
            json!({"name": "n", "type": "T", "encoding": "hex", "data": "00", "did": here, "testnet": here});
        let document = json!({"id": MAINNET, "verificationMethod": [{"id": format!("{MAINNET}#key-1"), "type": KIND,
            "controller": MAINNET, "publicKeyMultibase": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"}]});
        let service = json!([{"id": format!("{MAINNET}#s"), "type": "T", "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
        let keys = json!([{"privateKeyHex": "11".repeat(32), "encrypted": false, "type": "Ed25519"}]);
        for (path, body, scope) in [
            (
                "/did/create".to_owned(),
                json!({"aaa": here, "network": "mainnet", "verificationMethodType": KIND}),
                "create:did:mainnet",
            ),
            (
                "/did/create".to_owned(),
                json!({"aaa": here, "didDocument": document, "options": {"verificationMethodType": KIND}}),
                "create:did:mainnet",
            ),
            (
                "/did/update".to_owned(),
                json!({"aaa": here, "did": MAINNET, "service": service}),
                "update:did:mainnet",
            ),
            ("/did/update".to_owned(), json!({"did": here, "didDocument": document}), "update:did:mainnet"),
            (
                "/did/import".to_owned(),
                json!({"aaa": here, "did": MAINNET, "keys": keys}),
                "import:did:mainnet",
            ),
            (format!("/did/deactivate/{MAINNET}"), json!({"aaa": here}), "deactivate:did:mainnet"),
            (format!("/resource/create/{MAINNET}"), note.clone(), "create:resource:mainnet"),
        ] {
            let refused = bound.post(&path, body).await;
            assert_refused(&refused, 403, "auth/forbidden");
            assert_eq!(refused.body["scope"], scope, "{path}: {}", refused.text);
        }
        // What contradicts itself is nobody's to interpret, whoever asks.
        for (path, body) in [
            (format!("/did/deactivate/{MAINNET}"), json!({"did": here})),
            (format!("/did/deactivate/{here}"), json!({"did": MAINNET})),
            (format!("/resource/create/{here}"), with(note.clone(), json!({"network": "mainnet"}))),
            (format!("/resource/create/{MAINNET}"), with(note, json!({"network": "testnet"}))),
            (
                "/did/create".to_owned(),
                json!({"network": "testnet", "didDocument": document, "options": {"verificationMethodType": KIND}}),
            ),
        ] {
            assert_refused(&bound.post(&path, body).await, 400, "request/invalid");
        }
        let input = json!({"network": "MAINNET"});
        let refused = bound.mutation("createDid", "CreateDidInput", "did { did }", input).await;
        assert_eq!(refused["userErrors"][0]["code"], "auth/forbidden", "{refused}");
        assert_eq!(alice.operations().await, before, "nothing was requested");
    });
}

#[test]
fn q05_the_issuer_of_a_credential_may_be_a_text() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let list =
            "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
        alice.post(list, json!({"did": did, "statusListName": "l"})).await.expect(200);
        let claims = json!({"issuerDid": did, "subjectDid": did, "attributes": {"a": 1},
            "credentialStatus": {"statusListName": "l", "statusListType": "BitstringStatusList"}});
        let credential = alice.post("/credential/issue", claims).await.expect(200);
        let credential = with(credential, json!({"issuer": did}));
        let bound = alice.with_key(json!({"networks": ["testnet"]})).await;
        let verdict = bound.post("/credential/verify", json!({"credential": credential})).await.expect(200);
        assert_eq!(verdict["issuer"], did, "{verdict}");
        let path = "/credential/revoke?listType=BitstringStatusList";
        let revoked = bound.post(path, json!({"credential": credential})).await.expect(200);
        assert_eq!(revoked["revoked"], true, "{revoked}");
        let elsewhere = alice.with_key(json!({"networks": ["mainnet"]})).await;
        assert_refused(&elsewhere.post(path, json!({"credential": credential})).await, 403, "auth/forbidden");
    });
}

#[test]
fn q10_an_api_key_is_seen_and_ended_by_its_own_account_only() {
    meet(async |alice, mallory| {
        let id = alice.get("/admin/api-key/list").await.expect(200)["apiKeys"][0]["id"].clone();
        for name in [json!(alice.tenant.key), id] {
            let text = name.as_str().expect("a text");
            let seen = mallory.get(&format!("/admin/api-key/get?apiKey={text}")).await;
            assert_refused(&seen, 404, "customer/api-key-not-found");
            for (method, path, body) in [
                (Method::POST, "/admin/api-key/update", json!({"apiKey": name, "name": "mine"})),
                (Method::POST, "/admin/api-key/rotate", json!({"apiKey": name})),
                (Method::POST, "/admin/api-key/revoke", json!({"apiKey": name})),
                (Method::DELETE, "/admin/api-key/revoke", json!({"apiKey": name})),
            ] {
                let refused = mallory.ask(method, path, Some(body), &[]).await;
                assert_refused(&refused, 404, "customer/api-key-not-found");
            }
            let revoked = mallory
                .mutation("revokeApiKey", "RevokeApiKeyInput", "apiKey { name }", json!({"apiKey": name}))
                .await;
            assert_eq!(revoked["userErrors"][0]["code"], "customer/api-key-not-found", "{revoked}");
        }
        alice.get("/account").await.expect(200);
    });
}

#[test]
fn q12_a_token_that_proves_nothing_is_401_and_no_fault_of_ours() {
    meet(async |alice, _| {
        let customer = alice.tenant.customer.to_string();
        for headers in [
            vec![("authorization", "Bearer x")],
            vec![("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")],
            vec![("authorization", "Bearer x"), ("id-token", "y")],
            vec![("authorization", "Bearer x"), ("customer-id", customer.as_str())],
            vec![("customer-id", customer.as_str())],
            vec![("x-api-key", "caas_00")],
        ] {
            let reply = alice.house.call_as(None, Method::GET, "/account", None, &headers).await;
            assert_eq!(reply.status, 401, "{headers:?}: {}", reply.text);
            assert!(!reply.text.contains(&customer), "{}", reply.text);
        }
    });
}

#[test]
fn q13_whoever_may_list_on_mainnet_only_may_list() {
    meet(async |alice, _| {
        let did = alice.did().await;
        alice.note(&did, "n", "x").await;
        for (network, total) in [("mainnet", 0), ("testnet", 1)] {
            let lists = ["did", "resource", "event"].map(|thing| format!("list:{thing}:{network}"));
            let bound = alice.with_key(json!({"scopes": lists})).await;
            for path in ["/did/list", "/resource/list", "/event/list?operationName=did-create"] {
                let listed = bound.get(path).await.expect(200);
                assert_eq!(listed["total"], total, "{path} with {network}: {listed}");
            }
        }
    });
}

#[test]
fn q42_what_is_told_of_a_key_says_nothing_of_its_owner() {
    const SHOWN: [&str; 9] =
        ["createdAt", "kid", "kms", "meta", "publicKeyAlias", "publicKeyHex", "purpose", "type", "updatedAt"];
    meet(async |alice, _| {
        let organisation = json!({"name": "Acme", "email": "ana@acme.example"});
        alice.post("/admin/organisation/update", organisation).await.expect(200);
        let made = alice.post("/key/create", json!({})).await.expect(200);
        let brought = json!({"privateKeyHex": hex::encode(fresh_key().to_bytes()), "encrypted": false});
        let imported = alice.post("/key/import", brought).await.expect(200);
        let read =
            alice.get(&format!("/key/read/{}", made["kid"].as_str().expect("a kid"))).await.expect(200);
        for key in [&made, &imported, &read] {
            let mut shown = names(key);
            shown.sort_unstable();
            assert_eq!(shown, SHOWN, "{key}");
            assert!(!key.to_string().contains("cme"), "{key}");
        }
    });
}

#[test]
fn q46_a_network_is_one_of_two_words_and_no_pattern() {
    meet(async |alice, _| {
        alice.did().await;
        assert_eq!(alice.get("/account/analytics?network=testnet").await.expect(200)["dids"], 1);
        assert_eq!(alice.get("/account/analytics?network=mainnet").await.expect(200)["dids"], 0);
        for pattern in ["%25", "_estnet", "test%25", "testne_", "TESTNET"] {
            for path in ["/account/analytics", "/did/list", "/resource/list", "/event/list"] {
                let refused = alice.get(&format!("{path}?network={pattern}")).await;
                assert_refused(&refused, 400, "request/invalid");
                assert_eq!(refused.body["error"], "Invalid network", "{path} {pattern}");
            }
        }
    });
}

#[test]
fn q47_an_account_that_is_renamed_keeps_what_it_has() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let kid = alice.kid().await;
        alice.note(&did, "n", "x").await;
        let seen = async |alice: &Someone| {
            let mut seen = Vec::new();
            for path in [
                "/did/list?metadata=true",
                "/key/list",
                "/resource/list",
                "/account/analytics",
                "/operations",
            ] {
                seen.push(alice.get(path).await.expect(200));
            }
            (seen, alice.get("/account").await.expect(200)["paymentAccount"].clone())
        };
        let before = seen(&alice).await;
        let body = json!({"name": "Acme, renamed", "email": "new@acme.example", "description": "d"});
        alice.post("/admin/organisation/update", body).await.expect(200);
        assert_eq!(seen(&alice).await, before);
        let body = json!({"network": "testnet", "options": {"verificationMethodType": KIND, "key": kid}});
        alice.post("/did/create", body).await.expect(200);
    });
}
