//! Status lists mean what they say: names, times, many changes at once, histories that follow, bits that are proven.

use crate::house::{Reply, TestHouse};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use credentials::key::PublicKey;
use domain::id::KeyId;
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const BITSTRING: &str = "BitstringStatusList";
const OLD: &str = "StatusList2021";

async fn list(house: &TestHouse, did: &str, name: &str, list_type: &str) -> Value {
    let route =
        format!("/credential-status/create/unencrypted?listType={list_type}&statusPurpose=revocation");
    house.post(&route, json!({"did": did, "statusListName": name})).await.expect(200)
}

async fn issue(house: &TestHouse, did: &str, name: &str, list_type: &str) -> Value {
    let status = json!({"statusListType": list_type, "statusPurpose": "revocation", "statusListName": name});
    let body =
        json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}, "credentialStatus": status});
    house.post("/credential/issue", body).await.expect(200)
}

async fn revoke(house: &TestHouse, credential: &Value, list_type: &str) -> Reply {
    house.post(&format!("/credential/revoke?listType={list_type}"), json!({"credential": credential})).await
}

async fn verify(house: &TestHouse, credential: &Value, more: &str) -> Value {
    let route = format!("/credential/verify?verifyStatus=true{more}");
    house.post(&route, json!({"credential": credential})).await.expect(200)
}

fn index_of(credential: &Value) -> u32 {
    credential["credentialStatus"]["statusListIndex"].as_str().unwrap().parse().unwrap()
}

/// Publications of lists, newest first.
async fn publications(house: &TestHouse) -> Vec<Value> {
    house.caught_up().await;
    let events =
        house.get("/event/list?operationName=credential-status-update-unencrypted").await.expect(200);
    events["events"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_9_a_list_of_any_name_is_the_one_that_is_read() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    list(&house, &did, "R", BITSTRING).await;
    let in_r = issue(&house, &did, "R", BITSTRING).await;
    for (name, list_type) in [
        ("R&D", BITSTRING),
        ("R&D", OLD),
        ("a b", BITSTRING),
        ("ä", OLD),
        ("100%", BITSTRING),
        ("x+y", BITSTRING),
        ("a=b", OLD),
        ("#", BITSTRING),
        (";", BITSTRING),
    ] {
        list(&house, &did, name, list_type).await;
        let credential = issue(&house, &did, name, list_type).await;
        assert_eq!(verify(&house, &credential, "").await["verified"], true, "{name}");
        revoke(&house, &credential, list_type).await.expect(200);
        let verdict = verify(&house, &credential, "").await;
        assert_eq!(
            (&verdict["verified"], &verdict["revoked"]),
            (&json!(false), &json!(true)),
            "{name}: {verdict}"
        );
        // As everybody else reads it: the address in the credential, dereferenced.
        let entry = &credential["credentialStatus"];
        let address = entry.get("statusListCredential").unwrap_or(&entry["id"]).as_str().unwrap();
        let path = address.split('#').next().unwrap().split("/1.0/").nth(1).unwrap();
        // The resolver of the standard refuses `#` in a query, escaped or not.
        if name.contains('#') {
            continue;
        }
        let read = house.get(&format!("/1.0/{path}")).await.expect(200);
        let searched = house
            .get(&format!(
                "/credential-status/search?did={did}&statusListName={}&listType={list_type}&statusPurpose=revocation",
                credentials::did_url::encode(name)
            ))
            .await
            .expect(200);
        assert_eq!(read, searched["resource"], "{name}");
    }
    assert_eq!(verify(&house, &in_r, "").await["verified"], true, "nobody else's bits were changed");
    let long = json!({"did": did, "statusListName": "ä".repeat(1_000)});
    let refused = house
        .post(
            "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation",
            long,
        )
        .await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_10_a_shown_time_can_be_asked_with() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    list(&house, &did, "l", BITSTRING).await;
    let credential = issue(&house, &did, "l", BITSTRING).await;
    let before = house.ledger_now().await;
    let revoked = revoke(&house, &credential, BITSTRING).await.expect(200);
    let shown = revoked["resourceMetadata"]["created"].as_str().unwrap();
    assert_eq!(shown.len(), "2026-11-28T10:00:00Z".len(), "whole seconds, as cheqd shows them");
    for asked in [shown.to_owned(), shown.replace('Z', ".000Z"), shown.replace('Z', "%2B00:00")] {
        let verdict = verify(&house, &credential, &format!("&at={asked}")).await;
        assert_eq!(verdict["revoked"], true, "{asked}: {verdict}");
    }
    let exact = before.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
    let verdict = verify(&house, &credential, &format!("&at={exact}")).await;
    assert_eq!(verdict["revoked"], false, "{exact}: {verdict}");
    let found = house.get("/credentials/issued").await.expect(200);
    let created = found["credentials"][0]["createdAt"].as_str().unwrap();
    let until = house.get(&format!("/credentials/issued?createdAt={created}")).await.expect(200);
    assert_eq!(until["total"], 1, "signed at or before the time that is shown");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_11_any_number_of_changes_at_once_all_succeed() {
    const MANY: usize = 64;
    let house = Arc::new(TestHouse::start().await);
    let did = house.did().await;
    list(&house, &did, "busy", BITSTRING).await;
    let mut credentials = Vec::with_capacity(MANY);
    for _ in 0..MANY {
        credentials.push(issue(&house, &did, "busy", BITSTRING).await);
    }
    let changes: Vec<_> = credentials
        .iter()
        .map(|credential| {
            let (house, credential) = (Arc::clone(&house), credential.clone());
            tokio::spawn(async move { revoke(&house, &credential, BITSTRING).await })
        })
        .collect();
    for change in changes {
        let body = change.await.unwrap().expect(200);
        assert_eq!((&body["updated"], &body["published"]), (&json!(true), &json!(true)), "{body}");
        assert!(
            body["resourceMetadata"]["resourceURI"].is_string() && body["statusList"].is_object(),
            "{body}"
        );
    }
    let made = publications(&house).await;
    assert!((1..=3).contains(&made.len()), "{} publications", made.len());
    for credential in credentials.iter().step_by(9) {
        assert_eq!(verify(&house, credential, "").await["revoked"], true);
    }
    let history = house.get("/credentials/issued?status=revoked&limit=100&page=1").await.expect(200);
    assert_eq!(history["total"], MANY);
    let shown: BTreeSet<&str> = history["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["statusOperationId"].as_str().expect("the publication that shows it"))
        .collect();
    let made: BTreeSet<&str> = made.iter().map(|row| row["operationId"].as_str().unwrap()).collect();
    assert!(shown.is_subset(&made), "{shown:?} {made:?}");
    Arc::into_inner(house).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_11_each_caller_gets_his_own_outcome() {
    type Asked = (String, Value, &'static [(&'static str, &'static str)], u16);
    let house = Arc::new(TestHouse::start().await);
    let did = house.did().await;
    list(&house, &did, "mixed", BITSTRING).await;
    let gone = issue(&house, &did, "mixed", BITSTRING).await;
    revoke(&house, &gone, BITSTRING).await.expect(200);
    let mut asked: Vec<Asked> = Vec::new();
    let reinstate = format!("/credential/reinstate?listType={BITSTRING}");
    let update = |action: &str| {
        format!("/credential-status/update/unencrypted?listType={BITSTRING}&statusAction={action}")
    };
    let bulk = |indices: &[u32]| json!({"did": did, "statusListName": "mixed", "indices": indices});
    for number in 0..6_u32 {
        let credential = issue(&house, &did, "mixed", BITSTRING).await;
        asked.push((
            format!("/credential/revoke?listType={BITSTRING}"),
            json!({"credential": credential}),
            &[],
            200,
        ));
        asked.push((update("revoke"), bulk(&[100 + number, 200 + number]), &[], 200));
        asked.push((update("revoke"), bulk(&[131_072 + number]), &[], 400));
        asked.push((update("9"), bulk(&[number]), &[], 400));
        asked.push((update("reinstate"), bulk(&[index_of(&gone)]), &[], 400));
        asked.push((update("0"), bulk(&[index_of(&gone)]), &[], 409));
        asked.push((reinstate.clone(), json!({"credential": gone}), &[], 409));
        asked.push((update("revoke"), bulk(&[300 + number]), &[("prefer", "respond-async")], 202));
        asked.push((format!("{}&dryRun=true", update("revoke")), bulk(&[400 + number]), &[], 200));
        asked.push((format!("{}&maxFee=1", update("revoke")), bulk(&[500 + number]), &[], 402));
    }
    let calls: Vec<_> = asked
        .into_iter()
        .map(|(route, body, headers, status)| {
            let house = Arc::clone(&house);
            tokio::spawn(async move {
                let key = house.alice.key.clone();
                let reply = house.call_as(Some(&key), Method::POST, &route, Some(body), headers).await;
                (route, reply, status)
            })
        })
        .collect();
    for call in calls {
        let (route, reply, status) = call.await.unwrap();
        assert_eq!(reply.status, status, "{route}: {}", reply.text);
        if status == 202 {
            let id = reply.body["operationId"].as_str().unwrap().parse().unwrap();
            house.house.studio.outcomes.ended(id, std::time::Duration::from_mins(1)).await.expect("it ends");
        }
    }
    let told = house
        .post(
            &format!("/credential-status/check?listType={BITSTRING}&statusPurpose=revocation"),
            json!({"did": did, "statusListName": "mixed", "indices": [100, 205, 303, 401, 502, 7],
                "statusListCredential": format!("{did}?resourceName=mixed&resourceType=BitstringStatusListCredential")}),
        )
        .await
        .expect(200);
    let values: Vec<_> = told.as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
    assert_eq!(json!(values), json!([0, 1, 1, 1, 0, 0]), "sorted by index: {told}");
    Arc::into_inner(house).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_12_a_bulk_change_reaches_the_history_of_what_was_issued() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    for list_type in [BITSTRING, OLD] {
        list(&house, &did, "bulk", list_type).await;
        let mut ids = Vec::new();
        let mut indices = Vec::new();
        for _ in 0..3 {
            indices.push(index_of(&issue(&house, &did, "bulk", list_type).await));
            let newest = house.get("/credentials/issued?page=1&limit=1").await.expect(200);
            ids.push(newest["credentials"][0]["issuedCredentialId"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3, "newest first, within a second too");
        let listed = house.get("/credentials/issued?page=1&limit=3").await.expect(200);
        let order: Vec<_> = listed["credentials"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["issuedCredentialId"].clone())
            .collect();
        assert_eq!(json!(order), json!(ids.iter().rev().collect::<Vec<_>>()));
        let body = json!({"did": did, "statusListName": "bulk", "indices": [indices[0], indices[2], 99_999]});
        let route = format!("/credential-status/update/unencrypted?listType={list_type}&statusAction=revoke");
        house.post(&route, body).await.expect(200);
        let revoked = house.get("/credentials/issued?status=revoked&page=1&limit=2").await.expect(200);
        let rows = revoked["credentials"].as_array().unwrap();
        assert_eq!(
            json!([rows[0]["issuedCredentialId"], rows[1]["issuedCredentialId"]]),
            json!([ids[2], ids[0]])
        );
        for row in rows {
            assert_eq!(row["status"], "revoked");
            assert!(row["statusOperationId"].is_string() && row["statusUpdatedAt"].is_string(), "{row}");
        }
        let kept = house.get(&format!("/credentials/issued/{}", ids[1])).await.expect(200);
        assert_eq!(kept["status"], "issued");
    }
    assert_eq!(house.get("/credentials/issued?status=revoked").await.expect(200)["total"], 4);
    assert_eq!(house.get("/credentials/issued?status=issued").await.expect(200)["total"], 2);
    let events = house.get("/event/list?operationName=credential-issue").await.expect(200);
    assert_eq!(events["total"], 6);
    house.stop().await;
}

/// Verdicts 12, its neighbours: other deeds, at the other door, for a published change and one that is not.
#[tokio::test(flavor = "multi_thread")]
async fn verdicts_12_whoever_changes_entries_in_bulk_the_history_follows() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let route = format!(
        "/credential-status/create/unencrypted?listType={BITSTRING}&statusPurpose=revocation,suspension"
    );
    house.post(&route, json!({"did": did, "statusListName": "both"})).await.expect(200);
    let of = async |purpose: &str| {
        let status = json!({"statusListType": BITSTRING, "statusPurpose": purpose, "statusListName": "both"});
        let body = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}, "credentialStatus": status});
        index_of(&house.post("/credential/issue", body).await.expect(200))
    };
    let (one, two, three) = (of("suspension").await, of("suspension").await, of("suspension").await);
    let (four, five) = (of("revocation").await, of("revocation").await);
    let graphql = async |query: &str, variables: Value| {
        let told = house.post("/graphql", json!({"query": query, "variables": variables})).await.expect(200);
        assert!(told.get("errors").is_none(), "{told}");
        told["data"].clone()
    };
    // How many of each status there are, at either door.
    let counted = async |what: &str, wanted: [u64; 3]| {
        let mut found = Vec::new();
        for status in ["issued", "suspended", "revoked"] {
            let listed = house.get(&format!("/credentials/issued?status={status}")).await.expect(200);
            let query = format!(
                "{{ credentials(filter: {{status: {}}}) {{ totalCount nodes {{ statusReference {{ index }} }} }} }}",
                status.to_uppercase()
            );
            let other = graphql(&query, json!({})).await["credentials"].clone();
            assert_eq!(listed["total"], other["totalCount"], "{what}, {status}: {listed} {other}");
            found.push(listed["total"].as_u64().unwrap());
        }
        assert_eq!(found, wanted, "{what}: issued, suspended, revoked");
    };
    counted("at first", [5, 0, 0]).await;
    let by_rest = async |action: &str, indices: Value| {
        let route =
            format!("/credential-status/update/unencrypted?listType={BITSTRING}&statusAction={action}");
        let body = json!({"did": did, "statusListName": "both", "indices": indices});
        house.post(&route, body).await.expect(200);
    };
    let by_graphql = async |change: Value, indices: Value| {
        let mut input = json!({"did": did, "name": "both", "indices": indices});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let query = "mutation M($input: UpdateStatusListInput!) { updateStatusList(input: $input) { userErrors { code } } }";
        let told = graphql(query, json!({"input": input})).await;
        assert_eq!(told["updateStatusList"]["userErrors"], json!([]), "{input}");
    };
    by_rest("suspend", json!([one, two, three])).await;
    counted("suspended", [2, 3, 0]).await;
    by_rest("reinstate", json!([two])).await;
    counted("one reinstated", [3, 2, 0]).await;
    by_graphql(json!({"action": "REINSTATE"}), json!([one, 99_999])).await;
    counted("another, beside an entry that is nobody's", [4, 1, 0]).await;
    by_graphql(json!({"action": "SUSPEND", "publish": false}), json!([one])).await;
    counted("not published", [3, 2, 0]).await;
    by_graphql(json!({"value": 1}), json!([four])).await;
    counted("by its value", [2, 2, 1]).await;
    by_rest("1", json!(five)).await;
    counted("by its value, one index alone", [1, 2, 2]).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_16_bits_that_were_not_signed_are_not_believed() {
    const SUBJECT_OF: &str = "/bitstringStatusListCredential/credentialSubject/encodedList";
    let house = TestHouse::start().await;
    let did = house.did().await;
    list(&house, &did, "proven", BITSTRING).await;
    let credential = issue(&house, &did, "proven", BITSTRING).await;
    let empty = house
        .get(&format!("/credential-status/search?did={did}&statusListName=proven&listType={BITSTRING}&statusPurpose=revocation"))
        .await
        .expect(200)["resource"]
        .clone();
    let revoked = revoke(&house, &credential, BITSTRING).await.expect(200);
    // Somebody who may publish under the DID but not sign for it puts the old bits back.
    let mut forged = revoked["statusList"].clone();
    *forged.pointer_mut(SUBJECT_OF).unwrap() = empty.pointer(SUBJECT_OF).unwrap().clone();
    let data = hex::encode(serde_json::to_vec(&forged).unwrap());
    let body =
        json!({"name": "proven", "type": "BitstringStatusListCredential", "encoding": "hex", "data": data});
    house.post(&format!("/resource/create/{did}"), body).await.expect(201);
    let verdict = verify(&house, &credential, "").await;
    assert_eq!(verdict["verified"], false, "{verdict}");
    assert!(verdict["error"].as_str().unwrap().contains("signed for"), "{verdict}");
    let checked = house
        .post(
            &format!("/credential-status/check?listType={BITSTRING}&statusPurpose=revocation"),
            json!({"did": did, "statusListName": "proven", "index": index_of(&credential),
                "statusListCredential": credential["credentialStatus"]["statusListCredential"]}),
        )
        .await;
    assert_eq!((checked.status, checked.body["code"].as_str()), (400, Some("status-list/proof-invalid")));
    house.stop().await;
}

/// A token over these claims, with the key that Studio made for the DID.
async fn signed(house: &TestHouse, did: &str, claims: &Value) -> Value {
    let found = house.get(&format!("/did/search/{did}")).await.expect(200);
    let method = &found["didDocument"]["verificationMethod"][0];
    let Ok(PublicKey::Ed25519(bytes)) = PublicKey::from_verification_method(method) else { panic!("a key") };
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": method["id"]});
    let input = format!("{}.{}", part(&header), part(claims));
    let (vault, customer) = (&house.house.studio.vault, house.alice.customer);
    let signature = vault.sign(customer, &KeyId(hex::encode(bytes)), input.as_bytes()).await.expect("signs");
    json!(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// verdicts 4, for lists: pointing at an old version hides nothing that the list says since.
#[tokio::test(flavor = "multi_thread")]
async fn verdicts_4_an_entry_in_an_old_version_of_a_list_is_read_in_its_newest() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    list(&house, &did, "l", BITSTRING).await;
    house.caught_up().await;
    let resources = house.get(&format!("/resource/list?did={did}")).await.expect(200);
    let first = &resources["resources"][0];
    let version = first["resourceId"].as_str().expect("the first version");
    let label = first["resourceVersion"].as_str().expect("its label");
    let credential = issue(&house, &did, "l", BITSTRING).await;
    let before = house.ledger_now().await.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
    let entry = &credential["credentialStatus"];
    let token = async |entry: &Value| {
        let claims = json!({"iss": did, "sub": SUBJECT, "nbf": 1_704_067_200,
            "vc": {"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
                "credentialSubject": {"a": 1}, "credentialStatus": entry}});
        signed(&house, &did, &claims).await
    };
    let fine = token(entry).await;
    assert_eq!(verify(&house, &fine, "").await["verified"], true, "nothing else is wrong with such a token");
    revoke(&house, &credential, BITSTRING).await.expect(200);
    let named = entry["statusListCredential"].as_str().expect("an address");
    for address in [
        named.to_owned(),
        format!("{did}/resources/{version}"),
        format!("{did}?resourceId={version}"),
        format!("{named}&resourceId={version}"),
        format!("{named}&resourceVersionTime={before}"),
        format!("{named}&resourceVersion={label}"),
    ] {
        let mut entry = entry.clone();
        entry["statusListCredential"] = json!(address);
        entry["id"] = json!(format!("{address}#{}", index_of(&credential)));
        let token = token(&entry).await;
        let now = verify(&house, &token, "").await;
        assert_eq!((&now["verified"], &now["revoked"]), (&json!(false), &json!(true)), "{address}: {now}");
        let query =
            "query($c: JSON!) { verifyCredential(input: {credential: $c, verifyStatus: true}) { verified } }";
        let asked = json!({"query": query, "variables": {"c": token}});
        let told = house.post("/graphql", asked).await.expect(200);
        assert_eq!(told["data"]["verifyCredential"]["verified"], false, "{address}: {told}");
    }
    let then = verify(&house, &credential, &format!("&at={before}")).await;
    assert_eq!(then["verified"], true, "{then}");
    house.stop().await;
}

/// Doors 5, its neighbours: what the page says of entries is so, at both doors and for both formats.
#[tokio::test(flavor = "multi_thread")]
async fn doors_5_entries_are_random_or_as_given_and_the_cursor_counts_them() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    for list_type in [BITSTRING, OLD] {
        let name = format!("entries of {list_type}");
        let made = list(&house, &did, &name, list_type).await;
        let cursor = async || {
            let path = format!("/credential-status/list/{}", made["statusListId"].as_str().unwrap());
            house.get(&path).await.expect(200)["writeCursor"].clone()
        };
        let by_rest = async |index: Value| {
            let status = json!({"statusListType": list_type, "statusPurpose": "revocation", "statusListName": name,
                "statusListIndex": index});
            let body = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}, "credentialStatus": status});
            house.post("/credential/issue", body).await
        };
        let by_graphql = async |index: Value| {
            let status = json!({"listName": name, "index": index});
            let input = json!({"issuer": did, "subject": SUBJECT, "attributes": {"a": 1}, "credentialStatus": status});
            let query = "mutation M($input: IssueCredentialInput!) { issueCredential(input: $input) {
                userErrors { code } credential { statusReference { index } } } }";
            let told = house
                .post("/graphql", json!({"query": query, "variables": {"input": input}}))
                .await
                .expect(200);
            told["data"]["issueCredential"].clone()
        };
        let mut found = Vec::new();
        for _ in 0..4 {
            found.push(u64::from(index_of(&by_rest(Value::Null).await.expect(200))));
            let told = by_graphql(Value::Null).await;
            found.push(told["credential"]["statusReference"]["index"].as_u64().unwrap());
        }
        // One place after another would be an order in time; of so many, eight that lie close are no chance.
        let (first, last) = (found.iter().min().unwrap(), found.iter().max().unwrap());
        assert!(
            last - first > 1_000 && found.iter().collect::<BTreeSet<_>>().len() == 8,
            "{list_type}: {found:?}"
        );
        assert_eq!(cursor().await, 8, "{list_type}: a count, not a place");

        let given = if found.contains(&70_000) { 70_001 } else { 70_000 };
        assert_eq!(index_of(&by_rest(json!(given)).await.expect(200)), given, "{list_type}");
        let taken = by_rest(json!(given)).await;
        let code = json!("status-list/index-taken");
        assert_eq!((taken.status, &taken.body["code"]), (409, &code), "{list_type}: {}", taken.text);
        assert_eq!(by_graphql(json!(given)).await["userErrors"], json!([{"code": code}]), "{list_type}");
        let told = by_graphql(json!(given + 2)).await;
        assert_eq!(told["credential"]["statusReference"]["index"], given + 2, "{list_type}: {told}");
        assert_eq!(cursor().await, 10, "{list_type}");
    }
    house.stop().await;
}
