//! What the history tells, and what it cost.

use super::world::{Someone, fresh_key, meet};
use reqwest::Method;
use serde_json::{Value, json};

/// Of these deeds, category and name, oldest first.
async fn told(alice: &Someone, before: usize) -> Vec<String> {
    let deeds = alice.deeds().await;
    let new = deeds.len() - before;
    deeds.into_iter().take(new).rev().map(|(category, name)| format!("{category} {name}")).collect()
}

#[test]
fn q19_every_deed_stands_in_the_history_under_its_own_name() {
    meet(async |alice, _| {
        let did = alice.did().await;
        let before = alice.deeds().await.len();
        for purpose in ["revocation", "suspension"] {
            let path = format!(
                "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose={purpose}"
            );
            alice.post(&path, json!({"did": did, "statusListName": purpose})).await.expect(200);
        }
        let issue = async |purpose: &str| {
            let claims = json!({"issuerDid": did, "subjectDid": did, "attributes": {"a": 1}, "credentialStatus":
                {"statusListName": purpose, "statusListType": "BitstringStatusList", "statusPurpose": purpose}});
            json!({"credential": alice.post("/credential/issue", claims).await.expect(200)})
        };
        let (revoked, suspended) = (issue("revocation").await, issue("suspension").await);
        for (verb, credential) in [("suspend", &suspended), ("reinstate", &suspended), ("revoke", &revoked)] {
            let path = format!("/credential/{verb}?listType=BitstringStatusList");
            alice.post(&path, credential.clone()).await.expect(200);
        }
        let update =
            "/credential-status/update/unencrypted?listType=BitstringStatusList&statusAction=suspend";
        let body = json!({"did": did, "statusListName": "suspension", "indices": [77]});
        alice.post(update, body).await.expect(200);
        alice.note(&did, "n", "x").await;
        let mut told = told(&alice, before).await;
        // A change of a credential's status is published by a change of its list.
        told.retain(|deed| deed != "credential-status credential-status-update-unencrypted");
        let expected = [
            "credential-status credential-status-create-unencrypted",
            "credential-status credential-status-create-unencrypted",
            "credential credential-issue",
            "credential credential-issue",
            "credential credential-suspend",
            "credential credential-unsuspend",
            "credential credential-revoke",
            "resource resource-create",
        ];
        assert_eq!(told, expected);
        let updates = "/event/list?operationName=credential-status-update-unencrypted";
        assert_eq!(alice.get(updates).await.expect(200)["total"], 4, "three credentials and one entry");
        let resources = alice.get("/event/list?category=resource").await.expect(200);
        assert_eq!(resources["total"], 1, "a status list is no resource to the history: {resources}");
    });
}

#[test]
fn q20_a_key_that_is_made_or_brought_is_told_once() {
    meet(async |alice, _| {
        let before = alice.deeds().await.len();
        alice.kid().await;
        let brought = json!({"privateKeyHex": hex::encode(fresh_key().to_bytes()), "encrypted": false});
        alice.post("/key/import", brought).await.expect(200);
        assert_eq!(told(&alice, before).await, ["key key-create", "key key-import"]);
    });
}

#[test]
fn q21_and_q22_what_a_write_cost_is_recorded_as_the_ledger_took_it() {
    meet(async |alice, _| {
        let had = alice.house.balance(&alice.tenant.payer).await;
        let did = alice.did().await;
        alice.note(&did, "n", "x").await;
        let service =
            json!([{"id": format!("{did}#s"), "type": "T", "serviceEndpoint": ["https://e.example"]}]);
        alice.post("/did/update", json!({"did": did, "service": service})).await.expect(200);
        alice.post(&format!("/did/deactivate/{did}"), json!({})).await.expect(200);
        let has = alice.house.balance(&alice.tenant.payer).await;
        let number = |value: &Value| value.as_str().expect("a text").parse::<u128>().expect("a number");
        alice.house.caught_up().await;
        let events = alice.get("/event/list?network=testnet").await.expect(200)["events"].clone();
        let operations = alice.get("/operations").await.expect(200)["operations"].clone();
        for list in [&events, &operations] {
            let list = list.as_array().expect("a list");
            assert_eq!(list.len(), 4, "{list:?}");
            let fees: u128 = list.iter().map(|entry| number(&entry["feePaid"])).sum();
            assert_eq!(fees, had - has, "to the last ncheq: {list:?}");
            for entry in list {
                let hash = entry["txHash"].as_str().expect("a hash");
                assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{entry}");
            }
        }
    });
}

#[test]
fn q23_the_filters_of_the_history_do_what_they_say_and_times_mean_one_thing() {
    meet(async |alice, _| {
        let (first, second) = (alice.did().await, alice.did().await);
        for (did, name) in [(&first, "a"), (&second, "b")] {
            alice.note(did, name, "x").await;
        }
        alice.house.caught_up().await;
        let rows = async |path: &str, list: &str| {
            alice.get(path).await.expect(200)[list].as_array().expect("rows").clone()
        };
        for (path, list) in [
            ("/event/list?name=did-create", "events"),
            ("/event/list?operationName=did-create", "events"),
            ("/event/list?name=did-create&operationName=did-create&network=testnet", "events"),
            ("/did/list?metadata=true", "dids"),
            ("/resource/list?", "resources"),
        ] {
            let all = rows(path, list).await;
            assert_eq!(all.len(), 2, "{path}: {all:?}");
            let at = |row: &Value| row["createdAt"].as_str().expect("a time").to_owned();
            let (newest, oldest) = (at(&all[0]), at(&all[1]));
            assert!(newest > oldest, "newest first: {path} {all:?}");
            // At or before, everywhere: the moment itself is in it, and what came later is not.
            assert_eq!(rows(&format!("{path}&createdAt={oldest}"), list).await, all[1..], "{path}");
            assert_eq!(rows(&format!("{path}&createdAt={newest}"), list).await, all, "{path}");
        }
        assert!(rows("/event/list?name=did-create&network=mainnet", "events").await.is_empty());
        assert_eq!(rows("/event/list?network=testnet", "events").await.len(), 4);
        let twice = "/event/list?name=did-create&operationName=did-update";
        assert_eq!(alice.ask(Method::GET, twice, None, &[]).await.status, 400, "they contradict each other");
    });
}
