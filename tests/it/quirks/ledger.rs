//! What is written to the ledger and read from it.

use super::world::{KIND, Someone, assert_refused, fresh, meet, with};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::join_all;
use reqwest::{Method, header};
use serde_json::{Value, json};

/// What no text in UTF-8 has: whoever decodes it as one answers something else.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\xff\xfe\x00";

/// What anybody gets, as bytes.
async fn anybody(alice: &Someone, path: &str) -> (u16, header::HeaderMap, Vec<u8>) {
    let answer = alice.house.request(Method::GET, path).send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.bytes().await.expect("a body").to_vec())
}

#[test]
fn q36_a_search_reads_the_ledger_and_nothing_else_and_bytes_stay_bytes() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let service = json!([{"id": format!("{did}#s"), "type": "LinkedDomains", "serviceEndpoint": [alice.house.base]}]);
        alice.post("/did/update", json!({"did": did, "service": service})).await.expect(200);
        let image =
            json!({"name": "im age&", "type": "Image", "encoding": "base64", "data": STANDARD.encode(PNG)});
        let image =
            alice.post(&format!("/resource/create/{did}"), image).await.expect(201)["resource"].clone();
        let id = image["resourceId"].as_str().expect("an id");
        // An endpoint that somebody wrote into his document is told, not called.
        let (status, headers, body) =
            anybody(&alice, &format!("/did/search/{did}?service=s&relativeRef=/version")).await;
        assert_eq!(status, 303, "{}", String::from_utf8_lossy(&body));
        assert_eq!(headers[header::LOCATION], format!("{}/version", alice.house.base));
        for path in [
            "/did/search/..%2F..%2Fversion",
            "/did/search/did:cheqd:testnet:..%2F..%2Fx",
            "/did/search/http:%2F%2F127.0.0.1",
        ] {
            assert_eq!(anybody(&alice, path).await.0, 400, "{path}");
        }
        // Neither is a value cut off at a sign that means something in addresses, nor a fragment dropped.
        let found = alice
            .get(&format!("/resource/search/{did}?resourceName=im%20age%26&resourceMetadata=true"))
            .await;
        let listed = &found.expect(200)["contentMetadata"]["linkedResourceMetadata"][0];
        assert_eq!(listed["resourceId"], id, "{listed}");
        for fragment in ["%23key-1", "%2523key-1"] {
            let part = alice.get(&format!("/did/search/{did}{fragment}")).await.expect(200);
            assert_eq!(part["contentStream"]["id"], format!("{did}#key-1"), "{fragment}: {part}");
        }
        for path in
            [format!("/resource/search/{did}?resourceId={id}"), format!("/did/search/{did}?resourceId={id}")]
        {
            let (status, headers, body) = anybody(&alice, &path).await;
            assert_eq!((status, body.as_slice()), (200, PNG), "{path}");
            assert_eq!(headers[header::CONTENT_TYPE], "image/png", "{path}");
        }
    });
}

#[test]
fn q37_the_end_of_a_did_is_seen_at_once_and_by_everybody() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let ended = alice.post(&format!("/did/deactivate/{did}"), json!({})).await.expect(200);
        assert_eq!(ended["didDocumentMetadata"]["deactivated"], true, "{ended}");
        assert_eq!(ended["didDocument"]["id"], did, "{ended}");
        let paid = alice.operations().await;
        for path in
            [format!("/did/deactivate/{did}"), format!("/did/search/{did}"), format!("/did/list?did={did}")]
        {
            let method = if path.contains("deactivate") { Method::POST } else { Method::GET };
            let seen = alice.ask(method, &path, None, &[]).await.expect(200);
            assert_eq!(seen["didDocumentMetadata"]["deactivated"], true, "{path}: {seen}");
        }
        let service = json!([{"id": format!("{did}#s"), "type": "T", "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
        let note = json!({"name": "n", "type": "T", "encoding": "hex", "data": "00"});
        for (path, body) in [
            ("/did/update".to_owned(), json!({"did": did, "service": service})),
            (format!("/resource/create/{did}"), note.clone()),
        ] {
            assert_refused(&alice.post(&path, body).await, 400, "did/deactivated");
        }
        let again = alice
            .mutation(
                "deactivateDid",
                "DeactivateDidInput",
                "did { deactivated: phase }",
                json!({"did": did}),
            )
            .await;
        assert_eq!((&again["userErrors"], &again["did"]["deactivated"]), (&json!([]), &json!("DEACTIVATED")));
        assert_eq!(alice.operations().await, paid, "nothing was requested after its end");
        // What is not there is not taken for a document.
        let nobody = fresh();
        let seen = alice.get(&format!("/did/search/{nobody}")).await;
        assert_eq!((seen.status, &seen.body["didDocument"]), (404, &Value::Null), "{}", seen.text);
        assert_refused(&alice.post(&format!("/resource/create/{nobody}"), note).await, 404, "did/not-found");
    });
}

#[test]
fn q38_keys_that_are_named_must_be_the_callers_and_who_signs_follows_from_the_document() {
    meet(async |alice, mallory| {
        let did = alice.did().await;
        let own = alice.document(&did).await["verificationMethod"].clone();
        let (spare, foreign) = (alice.kid().await, mallory.kid().await);
        let service = |name: &str| json!([{"id": format!("{did}#{name}"), "type": "T", "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
        let update = |keys: Value| json!({"did": did, "service": service("s"), "publicKeyHexs": keys});
        let note = |keys: Value| json!({"name": "n", "type": "T", "encoding": "hex", "data": "00", "publicKeyHexs": keys});
        let sentence = format!("Public keys with hexs: {foreign} are not owned by the customer");
        for (keys, sentence) in [
            (json!([foreign]), sentence.as_str()),
            (json!([spare, foreign]), &sentence),
            (json!([7]), "publicKeyHexs should be an array of strings"),
            (json!("x"), "publicKeyHexs should be an array of strings"),
        ] {
            for (path, body) in [
                ("/did/update".to_owned(), update(keys.clone())),
                (format!("/did/deactivate/{did}"), json!({"publicKeyHexs": keys})),
                (format!("/resource/create/{did}"), note(keys.clone())),
            ] {
                let refused = alice.post(&path, body).await;
                assert_refused(&refused, 400, "request/invalid");
                assert_eq!(refused.body["error"], sentence, "{path} {keys}");
            }
        }
        // One that is the caller's and not the document's signs nothing, and does no harm.
        let updated = alice.post("/did/update", update(json!([spare]))).await.expect(200);
        assert_eq!(updated["controllerKeyRefs"], json!([updated["controllerKeyId"]]), "{updated}");
        assert_ne!(updated["controllerKeyId"], spare);
        assert_eq!(alice.document(&did).await["verificationMethod"], own);
        alice.post(&format!("/resource/create/{did}"), note(json!([spare]))).await.expect(201);
    });
}

#[test]
fn q39_the_provider_of_a_did_is_one_name() {
    meet(async |alice, _| {
        let made = alice
            .post("/did/create", json!({"network": "testnet", "verificationMethodType": KIND}))
            .await
            .expect(200);
        let did = made["did"].clone();
        let services = json!([{"id": format!("{}#s", did.as_str().expect("a DID")), "type": "T",
            "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
        let updated = alice.post("/did/update", json!({"did": did, "service": services})).await.expect(200);
        let listed = alice.get("/did/list?metadata=true").await.expect(200)["dids"][0].clone();
        for shown in [made, updated, listed] {
            assert_eq!(shown["provider"], "did:cheqd:testnet", "{shown}");
        }
    });
}

#[test]
fn q40_a_document_is_written_as_it_was_given_or_refused() {
    meet(async |alice, _| {
        let options = json!({"verificationMethodType": "JsonWebKey2020"});
        let create = async |document: &Value, members: Value| {
            let body = with(json!({"didDocument": document, "options": options}), members);
            alice.post("/did/create", body).await
        };
        // A controller that is a text, or none, is the DID itself, and the new key signs.
        for members in [json!({}), json!({"controller": "own"})] {
            let did = fresh();
            let mut document =
                with(json!({"id": did, "@context": ["https://www.w3.org/ns/did/v1"]}), members);
            if document.get("controller").is_some() {
                document["controller"] = json!(did);
            }
            document["service"] = json!([{"id": format!("{did}#s"), "type": "T", "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
            let made = create(&document, json!({})).await.expect(200);
            let written = alice.document(&did).await;
            assert_eq!(written["controller"], json!([did]), "{written}");
            assert_eq!(written["authentication"], json!([format!("{did}#key-1")]), "{written}");
            assert_eq!(
                (&written["service"], &made["services"]),
                (&document["service"], &document["service"])
            );
        }
        // Methods that the caller names are used, not thrown away.
        let (did, kid) = (fresh(), alice.kid().await);
        let bytes: [u8; 32] = hex::decode(&kid).expect("hex").try_into().expect("32 bytes");
        let method = json!({"id": format!("{did}#mine"), "type": KIND, "controller": did,
            "publicKeyMultibase": credentials::key::PublicKey::Ed25519(bytes).to_multibase()});
        let brought = json!({"didDocument": {"id": did, "verificationMethod": [method]}});
        let made = alice.post("/did/create", brought).await.expect(200);
        assert_eq!(made["controllerKeyId"], kid);
        assert_eq!(alice.document(&did).await["verificationMethod"], json!([method]));
        // What would not be written is refused before anything is.
        let before = alice.operations().await;
        let document = json!({"id": fresh()});
        let service = json!([{"idFragment": "s", "type": "T", "serviceEndpoint": ["https://e.example", "https://f.example"]}]);
        for (members, field) in [
            (json!({"service": service}), "service"),
            (json!({"service": service[0]}), "service"),
            (json!({"@context": ["https://e.example/v1"]}), "@context"),
            (json!({"network": "mainnet"}), "network"),
        ] {
            for mode in ["custodian", "client"] {
                let given = if mode == "client" {
                    let named = with(
                        document.clone(),
                        json!({"verificationMethod": [with(method.clone(),
                        json!({"id": format!("{}#mine", document["id"].as_str().expect("a DID")), "controller": document["id"]}))]}),
                    );
                    alice
                        .post(
                            "/did/create",
                            with(json!({"didDocument": named, "mode": mode}), members.clone()),
                        )
                        .await
                } else {
                    create(&document, members.clone()).await
                };
                assert_refused(&given, 400, "request/invalid");
                assert_eq!(given.body["field"], field, "{mode} {members}: {}", given.text);
            }
        }
        let no_signer = with(document, json!({"authentication": []}));
        assert_refused(&create(&no_signer, json!({})).await, 400, "request/invalid");
        assert_eq!(alice.operations().await, before, "nothing was requested");
        // And the flag of the form is heard.
        for flag in [true, false] {
            let body = json!({"network": "testnet", "verificationMethodType": KIND, "assertionMethod": flag});
            let made = alice.post("/did/create", body).await.expect(200);
            let written = alice.document(made["did"].as_str().expect("a DID")).await;
            assert_eq!(
                written.get("assertionMethod").is_some_and(|named| *named != json!([])),
                flag,
                "{written}"
            );
        }
    });
}

#[test]
fn q48_writes_of_one_customer_at_once_all_take_effect() {
    meet(async |alice, _| {
        let mut made: Vec<String> = join_all((0..6).map(|_| alice.did())).await;
        made.sort();
        let mut listed: Vec<String> =
            serde_json::from_value(alice.get("/did/list").await.expect(200)["dids"].clone()).expect("texts");
        listed.sort();
        assert_eq!(listed, made);
        assert_eq!(alice.operations().await, 6, "one write each");
    });
}

#[test]
fn q59_what_changed_meanwhile_is_shown() {
    meet(async |alice, _| {
        let kid = alice.kid().await;
        let service = json!([{"idFragment": "m", "type": "DIDCommMessaging", "serviceEndpoint": ["https://e.example", "https://f.example"],
            "recipientKeys": ["did:example:1#k"], "routingKeys": ["did:example:2#k"], "priority": 1, "accept": ["didcomm/v2"]}]);
        let body = json!({"network": "testnet", "service": service,
            "options": {"verificationMethodType": KIND, "key": kid}});
        let made = alice.post("/did/create", body.clone()).await.expect(200);
        let did = made["did"].as_str().expect("a DID").to_owned();
        // A version knows the one that came after it, in the list as on the ledger.
        let (first, second) = (alice.note(&did, "n", "1").await, alice.note(&did, "n", "2").await);
        assert_eq!(second["previousVersionId"], first["resourceId"]);
        let listed = alice.get("/resource/list?resourceName=n").await.expect(200)["resources"].clone();
        let entry = |id: &Value| {
            listed
                .as_array()
                .and_then(|all| all.iter().find(|one| one["resourceId"] == *id))
                .expect("an entry")
                .clone()
        };
        assert_eq!(entry(&first["resourceId"])["nextVersionId"], second["resourceId"], "{listed}");
        assert_eq!(entry(&second["resourceId"])["nextVersionId"], Value::Null, "{listed}");
        // A service keeps all of its members through other changes of the document.
        let change = json!({"did": did, "changes": [{"addAlsoKnownAs": "urn:example:1"}]});
        let changed = alice.post("/did/update", change).await.expect(200);
        let mut expected = with(service[0].clone(), json!({"id": format!("{did}#m")}));
        expected.as_object_mut().expect("an object").remove("idFragment");
        assert_eq!((&made["services"], &changed["services"]), (&json!([expected]), &json!([expected])));
        assert_eq!(alice.document(&did).await["service"], json!([expected]));
        // A key of two DIDs signs for both.
        let other = alice.post("/did/create", body).await.expect(200)["did"].clone();
        for did in [json!(did), other] {
            let change = json!({"did": did, "changes": [{"addAlsoKnownAs": "urn:example:2"}]});
            let changed = alice.post("/did/update", change).await.expect(200);
            assert_eq!((&changed["controllerKeyId"], &changed["keys"][0]["kid"]), (&json!(kid), &json!(kid)));
        }
    });
}
