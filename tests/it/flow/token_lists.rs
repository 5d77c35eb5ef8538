//! Token Status Lists and the credentials that refer to them: as their readers see them, and as Studio does.

use crate::house::{Reply, TestHouse};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use credentials::{
    sd_jwt::Parts,
    status_list::{ListType, Published},
};
use reqwest::Method;
use serde_json::{Value, json};

const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const STUDIO: &str = "https://studio.example";
const FAMILY: &str = "TokenStatusList";
const VCT: &str = "https://example.com/identity";

async fn house() -> TestHouse {
    TestHouse::with(&[("APPLICATION_BASE_URL", STUDIO)]).await
}

async fn list(house: &TestHouse, did: &str, more: Value) -> Value {
    let mut body = json!({"did": did, "statusListName": "tokens"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    house.post(&format!("/credential-status/create/unencrypted?listType={FAMILY}"), body).await.expect(200)
}

async fn issue(house: &TestHouse, did: &str, more: Value) -> Value {
    let mut body = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"name": "Alice", "born": 1990},
        "credentialStatus": {"statusListName": "tokens", "statusListType": FAMILY}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    house.post("/credential/issue", body).await.expect(200)
}

async fn sd_jwt(house: &TestHouse, did: &str) -> Value {
    issue(
        house,
        did,
        json!({"format": "sd-jwt-vc", "vct": VCT, "selectivelyDisclosable": ["/name"], "decoys": 2}),
    )
    .await
}

async fn verify(house: &TestHouse, credential: &Value) -> Value {
    house.post("/credential/verify?verifyStatus=true", json!({"credential": credential})).await.expect(200)
}

async fn change(house: &TestHouse, verb: &str, credential: &Value) -> Value {
    let route = format!("/credential/{verb}?listType={FAMILY}");
    house.post(&route, json!({"credential": credential})).await.expect(200)
}

/// What a reader gets who holds nothing but the address.
async fn fetch(house: &TestHouse, address: &str, headers: &[(&str, &str)]) -> Reply {
    let path = address.strip_prefix(STUDIO).unwrap();
    house.call_as(None, Method::GET, path, None, headers).await
}

fn compact(credential: &Value) -> String {
    credential["proof"]["sdJwt"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sd_jwt_is_suspended_reinstated_and_revoked_by_a_token_that_any_reader_gets() {
    let house = house().await;
    let did = house.did().await;
    let created = list(&house, &did, json!({"bits": 2, "ttl": 60_000})).await;
    let id = created["statusListId"].as_str().unwrap();
    let uri = format!("{STUDIO}/status-lists/{id}");
    assert_eq!(created["resource"]["claims"]["sub"], json!(uri));
    assert_eq!(created["resourceMetadata"]["resourceType"], json!(FAMILY));
    let credential = sd_jwt(&house, &did).await;
    let place = &credential["status"]["status_list"];
    assert_eq!(place["uri"], json!(uri));
    let index = usize::try_from(place["idx"].as_u64().unwrap()).unwrap();
    let mut tags = Vec::new();
    for (verb, value, verdict) in [
        (None, 0, (true, false, false)),
        (Some("suspend"), 2, (false, false, true)),
        (Some("reinstate"), 0, (true, false, false)),
        (Some("revoke"), 1, (false, true, false)),
    ] {
        if let Some(verb) = verb {
            change(&house, verb, &credential).await;
        }
        let told = verify(&house, &credential).await;
        let flag = |name: &str| told[name].as_bool().unwrap_or_default();
        assert_eq!((flag("verified"), flag("revoked"), flag("suspended")), verdict, "{verb:?}: {told}");
        let reply = fetch(&house, &uri, &[("accept", "application/statuslist+jwt")]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.headers["content-type"], "application/statuslist+jwt");
        assert_eq!(reply.headers["cache-control"], "public, max-age=60");
        let published = Published::read(reply.text.as_bytes()).unwrap();
        assert_eq!((published.list_type(), published.subject()), (ListType::TokenStatusList, Some(&*uri)));
        assert_eq!(published.list().unwrap().get(index), Ok(value));
        let document = house.get(&format!("/did/search/{did}")).await.body;
        let document = document.get("didDocument").unwrap_or(&document);
        assert_eq!(published.proof_failure(&did, document, chrono::Utc::now().timestamp()), None);
        let tag = reply.headers["etag"].to_str().unwrap().to_owned();
        let again = fetch(&house, &uri, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
        tags.push(tag);
    }
    assert_ne!(tags[0], tags[1]);
    // As it was before there was one, and in a form that it does not have.
    assert_eq!(fetch(&house, &format!("{uri}?time=1000000000"), &[]).await.status, 404);
    assert_eq!(fetch(&house, &format!("{uri}?time=x"), &[]).await.status, 400);
    assert_eq!(fetch(&house, &uri, &[("accept", "application/statuslist+cwt")]).await.status, 406);
    let all = fetch(&house, &format!("{STUDIO}/status-lists?issuer={did}"), &[]).await.expect(200);
    assert_eq!(all, json!({"status_lists": [uri]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_holder_keeps_back_stays_with_the_holder() {
    let house = house().await;
    let did = house.did().await;
    list(&house, &did, json!({})).await;
    let credential = sd_jwt(&house, &did).await;
    assert_eq!(credential["credentialSubject"]["name"], "Alice");
    let compact = compact(&credential);
    let parts = Parts::cut(&compact).unwrap();
    assert_eq!(parts.disclosures.len(), 1);
    let payload = URL_SAFE_NO_PAD.decode(parts.issued.split('.').nth(1).unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((&payload["vct"], &payload["born"]), (&json!(VCT), &json!(1990)));
    assert!(payload.get("name").is_none());
    assert_eq!(payload["_sd"].as_array().unwrap().len(), 3, "one digest and two decoys");
    let bare = json!(format!("{}~", parts.issued));
    assert_eq!(verify(&house, &bare).await["verified"], true);
    // Revoked is the credential, whichever claims are shown of it.
    change(&house, "revoke", &bare).await;
    let told = verify(&house, &json!(compact)).await;
    assert_eq!((&told["verified"], &told["revoked"]), (&json!(false), &json!(true)), "{told}");
    let foreign = URL_SAFE_NO_PAD.encode(r#"["s","name","Mallory"]"#);
    let forged = json!(format!("{}~{foreign}~", parts.issued));
    assert_eq!(verify(&house, &forged).await["verified"], false);
    // Salts are secrets: two of the same words have nothing in common.
    let other = sd_jwt(&house, &did).await;
    assert_ne!(Parts::cut(&self::compact(&other)).unwrap().disclosures, parts.disclosures);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sd_jwt_takes_nothing_that_it_would_leave_out() {
    let house = house().await;
    let did = house.did().await;
    for (more, field) in [
        (json!({}), "vct"),
        (json!({"vct": ""}), "vct"),
        (json!({"vct": VCT, "type": ["Person"]}), "type"),
        (json!({"vct": VCT, "@context": ["https://schema.org"]}), "@context"),
        (json!({"vct": VCT, "evidence": {}}), "evidence"),
        (json!({"vct": VCT, "format": "jwt"}), "vct"),
    ] {
        let mut body =
            json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}, "format": "sd-jwt-vc"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let fault = house.post("/credential/issue", body).await.expect(400);
        assert_eq!(fault["field"], field, "{more}: {fault}");
    }
    for (attributes, pointer) in [(json!({"iss": "x"}), "/iss"), (json!({"a": 1}), "/b")] {
        let body = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": attributes, "format": "sd-jwt-vc",
            "vct": VCT, "selectivelyDisclosable": [pointer]});
        assert_eq!(house.post("/credential/issue", body).await.expect(400)["code"], "credential/invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_signed_as_cwt_too_and_changed_in_bulk() {
    let house = house().await;
    let did = house.did().await;
    let created = list(&house, &did, json!({"encoding": "cwt", "bits": 8})).await;
    assert_eq!(created["resource"]["mediaType"], "application/statuslist+cwt");
    let route = format!("/credential-status/update/unencrypted?listType={FAMILY}&statusAction=12");
    let body = json!({"did": did, "statusListName": "tokens", "indices": [3, 4, 131_071]});
    house.post(&route, body).await.expect(200);
    let check = format!("/credential-status/check?listType={FAMILY}");
    let body = json!({"did": did, "statusListName": "tokens", "indices": [3, 5, 131_071]});
    let told = house.post(&check, body).await.expect(200);
    let values: Vec<&Value> = told.as_array().unwrap().iter().map(|entry| &entry["status"]).collect();
    assert_eq!(values, [12, 0, 12]);
    let search = format!("/credential-status/search?did={did}&statusListName=tokens&listType={FAMILY}");
    assert_eq!(house.get(&search).await.expect(200)["resource"]["claims"]["status_list"]["bits"], 8);
    let listed = house.get(&format!("/credential-status/list?listType={FAMILY}")).await.expect(200);
    assert_eq!(listed["total"], 1);
    let address = format!("{STUDIO}/status-lists/{}", created["statusListId"].as_str().unwrap());
    let reply = fetch(&house, &address, &[]).await;
    assert_eq!(
        (reply.status, reply.headers["content-type"].to_str().unwrap()),
        (200, "application/statuslist+cwt")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_in_jwts_may_refer_to_a_token_status_list_as_well() {
    let house = house().await;
    let did = house.did().await;
    list(&house, &did, json!({})).await;
    for (more, typ) in [(json!({}), "JWT"), (json!({"dataModel": "2.0"}), "vc+jwt")] {
        let credential = issue(&house, &did, more).await;
        let token = credential["proof"]["jwt"].as_str().unwrap();
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["typ"], typ);
        let told = verify(&house, &credential).await;
        assert_eq!(told["verified"], true, "{told}");
        change(&house, "revoke", &credential).await;
        let told = verify(&house, &json!(token)).await;
        assert_eq!((&told["verified"], &told["revoked"]), (&json!(false), &json!(true)), "{typ}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_the_w3cs_form_is_signed_whole_and_given_as_its_readers_want_it() {
    let house = house().await;
    let did = house.did().await;
    let route = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=message";
    let body = json!({"did": did, "statusListName": "exact", "encoding": "w3c"});
    let created = house.post(route, body).await.expect(200);
    let address = format!("{STUDIO}/status-lists/{}", created["statusListId"].as_str().unwrap());
    assert_eq!(created["resource"]["id"], json!(address));
    let status = json!({"statusListName": "exact", "statusListIndex": 0});
    let body =
        json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}, "credentialStatus": status});
    let credential = house.post("/credential/issue", body).await.expect(200);
    assert_eq!(credential["credentialStatus"]["statusListCredential"], json!(address));
    assert_eq!(verify(&house, &credential).await["verified"], true);
    let route = "/credential/revoke?listType=BitstringStatusList";
    house.post(route, json!({"credential": credential})).await.expect(200);
    let told = verify(&house, &credential).await;
    assert_eq!((&told["verified"], &told["revoked"]), (&json!(false), &json!(true)), "{told}");
    let token = fetch(&house, &address, &[]).await;
    assert_eq!(token.headers["content-type"], "application/vc+jwt");
    let claims = URL_SAFE_NO_PAD.decode(token.text.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let list = &claims["credentialSubject"];
    assert!(list["encodedList"].as_str().unwrap().starts_with("uH4sI"));
    assert_eq!((&list["statusPurpose"], &list["statusSize"]), (&json!("message"), &json!(2)));
    let published = Published::read(token.text.as_bytes()).unwrap();
    // The highest bit of an entry comes first.
    assert_eq!(published.list().unwrap().bytes()[0], 0b0100_0000);
    let envelope = fetch(&house, &address, &[("accept", "application/vc")]).await;
    assert_eq!(envelope.headers["content-type"], "application/vc");
    assert_eq!(envelope.body["id"], json!(format!("data:application/vc+jwt,{}", token.text)));
}

/// A Studio that does not know its own address leaves readers to the resolver.
#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_of_its_own_a_list_is_at_the_resolver() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let created = list(&house, &did, json!({})).await;
    let subject = created["resource"]["claims"]["sub"].as_str().unwrap();
    let path = subject.split("/1.0/").nth(1).unwrap();
    let accept = [("accept", "application/statuslist+jwt, text/plain;q=0.5")];
    let reply = house.call_as(None, Method::GET, &format!("/1.0/{path}"), None, &accept).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(Published::read(reply.text.as_bytes()).unwrap().subject(), Some(subject));
    let credential = sd_jwt(&house, &did).await;
    change(&house, "revoke", &credential).await;
    assert_eq!(verify(&house, &credential).await["revoked"], true);
}
