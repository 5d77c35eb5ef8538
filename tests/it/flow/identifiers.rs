//! Documents and controllers of DIDs that can never be written are refused before anything is sent, at both doors.

use crate::house::TestHouse;
use serde_json::{Value, json};

const KIND: &str = "Ed25519VerificationKey2020";
/// Somebody else's key.
const FOREIGN_KEY: &str = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
const NOBODY: &str = "did:cheqd:testnet:2f1f3d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

/// The code with which both doors refuse the same document; nothing is requested by that.
async fn refused(house: &TestHouse, verb: &str, document: &Value) -> String {
    let before = operations(house).await;
    let options = json!({"verificationMethodType": KIND});
    let body = json!({"didDocument": document, "options": options});
    let reply = house.post(&format!("/did/{verb}"), body).await;
    let code = reply.body["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(reply.status, 400, "{verb} {document}: {}", reply.text);
    let made = graphql(house, verb, document).await;
    let error = &made["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!(code), &reply.body["error"]),
        "{verb} {document}"
    );
    let priced = house
        .post(&format!("/did/{verb}?dryRun=true"), json!({"didDocument": document, "options": options}))
        .await;
    assert_eq!((priced.status, &priced.body["code"]), (400, &json!(code)), "a price is refused alike");
    assert_eq!(operations(house).await, before, "{verb} {document} left something behind");
    code
}

async fn graphql(house: &TestHouse, verb: &str, document: &Value) -> Value {
    let (name, kind) =
        if verb == "create" { ("createDid", "CreateDidInput") } else { ("updateDid", "UpdateDidInput") };
    let mut input = json!({"didDocument": document});
    if verb == "update" {
        input["did"] = document["id"].clone();
    }
    let query = format!(
        "mutation M($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code message }} did {{ did keys {{ kid }} }} }} }}"
    );
    let body =
        house.post("/graphql", json!({"query": query, "variables": {"input": input}})).await.expect(200);
    assert!(body.get("errors").is_none(), "{body}");
    body["data"][name].clone()
}

async fn operations(house: &TestHouse) -> usize {
    house.get("/operations").await.expect(200)["operations"].as_array().expect("operations").len()
}

async fn document(house: &TestHouse, did: &str) -> Value {
    house.get(&format!("/1.0/identifiers/{did}")).await.expect(200)["didDocument"].clone()
}

#[expect(clippy::needless_pass_by_value, reason = "reads best with json! in place")]
fn with(mut document: Value, members: Value) -> Value {
    document.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    document
}

fn fresh(last: char) -> String {
    format!("did:cheqd:testnet:6ba7b810-9dad-41d1-80b4-00c04fd430c{last}")
}

/// identifiers 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_needs_no_verification_methods_and_is_told_what_is_wrong_with_its_id() {
    let house = TestHouse::start().await;
    let did = fresh('1');
    let body = json!({"didDocument": {"id": did}, "options": {"verificationMethodType": KIND}});
    let made = house.post("/did/create", body).await.expect(200);
    assert_eq!((&made["did"], made["keys"].as_array().map(Vec::len)), (&json!(did), Some(1)));
    let upper = fresh('a').replace("6ba7b810", "6BA7B810");
    let made = graphql(&house, "create", &json!({"id": upper, "controller": upper})).await;
    assert_eq!((&made["userErrors"], &made["did"]["did"]), (&json!([]), &json!(fresh('a'))));
    for (id, sentence) in [
        (json!("invalid_did"), "Invalid format of DID. Expected to start with did:<method>"),
        (json!("did:cheqd:devnet:x"), "Cheqd DID namespace must be testnet or mainnet"),
        (json!("did:web:example.org"), "DID method web is not supported"),
        (json!(1), "DID should be a string"),
        (json!(""), "didDocument.id is required"),
    ] {
        let options = json!({"verificationMethodType": KIND});
        for verb in ["create", "update"] {
            let body = json!({"didDocument": {"id": id}, "options": options});
            let reply = house.post(&format!("/did/{verb}"), body).await;
            assert_eq!((reply.status, &reply.body["error"]), (400, &json!(sentence)), "{verb} {id}");
        }
        let made = graphql(&house, "create", &json!({"id": id})).await;
        assert_eq!(made["userErrors"][0]["message"], sentence, "{id}");
    }
    let sentence =
        "updateDID: error: [updateIdentifier]: VerificationMethod should be placed and not be empty";
    let reply = house.post("/did/update", json!({"didDocument": {"id": did}})).await;
    assert_eq!((reply.status, &reply.body["error"]), (400, &json!(sentence)));
    house.stop().await;
}

/// identifiers 2.
#[tokio::test(flavor = "multi_thread")]
async fn a_controller_must_be_on_the_ledger_alive_and_of_this_wallet() {
    let house = TestHouse::start().await;
    let (dead, alive, did) = (house.did().await, house.did().await, house.did().await);
    house.post(&format!("/did/deactivate/{dead}"), json!({})).await.expect(200);
    let theirs = house
        .call_as(
            Some(&house.mallory.key),
            reqwest::Method::POST,
            "/did/create",
            Some(json!({"network": "testnet", "verificationMethodType": KIND})),
            &[],
        )
        .await
        .expect(200)["did"]
        .clone();
    let elsewhere = alive.replace("testnet", "mainnet");
    let (new, present) = (fresh('2'), document(&house, &did).await);
    for (controller, code) in [
        (json!(dead), "did/controller-deactivated"),
        (json!(NOBODY), "did/controller-not-found"),
        (json!(elsewhere), "did/controller-not-found"),
        (json!("did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"), "did/controller-not-found"),
        (theirs, "did/controller-not-managed"),
    ] {
        let creation = json!({"id": new, "controller": [new, controller]});
        assert_eq!(refused(&house, "create", &creation).await, code, "{controller}");
        let change = with(present.clone(), json!({"controller": [did, controller]}));
        assert_eq!(refused(&house, "update", &change).await, code, "{controller}");
        let mut change = present.clone();
        change["verificationMethod"][0]["controller"] = controller.clone();
        assert_eq!(refused(&house, "update", &change).await, code, "{controller} of a key");
        let sections = json!({"did": did, "controller": [did, controller]});
        let reply = house.post("/did/update", sections).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!(code)), "{controller} as a section");
    }

    // One that can act is fine, and one that died can be given up, but not kept.
    let body = json!({"didDocument": {"id": new, "controller": [new, alive]},
        "options": {"verificationMethodType": KIND}});
    let made = house.post("/did/create", body).await.expect(200);
    let controllers: Vec<_> =
        made["controllerKeys"].as_array().unwrap().iter().map(|key| &key["controller"]).collect();
    assert_eq!(controllers, [&json!(new), &json!(alive)]);
    house.post(&format!("/did/deactivate/{alive}"), json!({})).await.expect(200);
    let service = json!([{"id": format!("{new}#s"), "type": "T", "serviceEndpoint": ["https://e.example"]}]);
    let kept = with(document(&house, &new).await, json!({"service": service}));
    assert_eq!(refused(&house, "update", &kept).await, "did/controller-deactivated");
    house.post("/did/update", json!({"did": new, "controller": [new]})).await.expect(200);
    house.post("/did/update", json!({"did": new, "service": service})).await.expect(200);
    house.stop().await;
}

/// Identifiers 2, its neighbours: other spellings, forms and members; and whoever is dead does nothing else either.
#[tokio::test(flavor = "multi_thread")]
async fn identifiers_2_a_dead_controller_is_dead_however_he_is_named() {
    const DEAD: &str = "did/controller-deactivated";
    let house = TestHouse::start().await;
    let (dead, did) = (house.did().await, house.did().await);
    house.post(&format!("/did/deactivate/{dead}"), json!({})).await.expect(200);
    let capitals = dead.to_uppercase().replace("DID:CHEQD:TESTNET", "did:cheqd:testnet");
    let (new, present) = (fresh('3'), document(&house, &did).await);
    for controller in
        [json!(dead), json!(capitals), json!([dead]), json!([capitals, did]), json!([did, dead, did])]
    {
        let creation = json!({"id": new, "controller": controller});
        assert_eq!(refused(&house, "create", &creation).await, DEAD, "{controller}");
        let change = with(present.clone(), json!({"controller": controller}));
        assert_eq!(refused(&house, "update", &change).await, DEAD, "{controller}");
    }
    let mut methods = present["verificationMethod"].clone();
    methods[0]["controller"] = json!(capitals);
    let input = json!({"did": did, "verificationMethod": methods});
    let query = "mutation M($input: UpdateDidInput!) { updateDid(input: $input) { userErrors { code } } }";
    let told =
        house.post("/graphql", json!({"query": query, "variables": {"input": input}})).await.expect(200);
    assert_eq!(told["data"]["updateDid"]["userErrors"], json!([{"code": DEAD}]), "a section: {told}");

    let form = async |path: &str, fields: &[(&str, &str)]| {
        let request = house.request(reqwest::Method::POST, path).header("x-api-key", &house.alice.key);
        TestHouse::answer(request.form(fields)).await
    };
    let creation = json!({"id": new, "controller": [new, dead]}).to_string();
    let changed = with(present, json!({"controller": [did, dead]})).to_string();
    for (path, fields) in [
        ("/did/create", [("didDocument", creation.as_str()), ("verificationMethodType", KIND)]),
        ("/did/update", [("didDocument", changed.as_str()), ("verificationMethodType", KIND)]),
        ("/did/update", [("did", did.as_str()), ("controller", dead.as_str())]),
    ] {
        let reply = form(path, &fields).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!(DEAD)), "{fields:?}: {}", reply.text);
    }

    let before = operations(&house).await;
    let list = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    let accredit = "/trust-registry/accreditation/issue?accreditationType=authorize";
    for (path, body) in [
        ("/did/update".to_owned(), json!({"did": dead, "controller": [did]})),
        (
            format!("/resource/create/{dead}"),
            json!({"name": "n", "type": "T", "encoding": "hex", "data": "00"}),
        ),
        (list.to_owned(), json!({"did": dead, "statusListName": "l"})),
        (
            "/credential/issue".to_owned(),
            json!({"issuerDid": dead, "subjectDid": did, "attributes": {"a": 1}}),
        ),
        (
            accredit.to_owned(),
            json!({"issuerDid": dead, "subjectDid": did, "schemas": [{"url": format!("{did}?resourceName=a&resourceType=b"),
                "types": ["T"]}], "accreditationName": "n", "trustFramework": "f", "trustFrameworkId": "https://f.example"}),
        ),
    ] {
        let reply = house.post(&path, body).await;
        let is_named = (400..410).contains(&reply.status) && reply.body["code"] == "did/deactivated";
        assert!(is_named, "{path}: {} {}", reply.status, reply.text);
    }
    assert_eq!(operations(&house).await, before, "nothing was requested");
    house.stop().await;
}

/// identifiers 3.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_leaves_no_key_of_ours_is_refused_and_only_our_keys_are_listed() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let present = document(&house, &did).await;
    let method = |fragment: &str, key: &str| json!({"id": format!("{did}#{fragment}"), "type": KIND, "controller": did, "publicKeyMultibase": key});
    for methods in [json!([method("key-1", FOREIGN_KEY)]), json!([method("key-2", FOREIGN_KEY)])] {
        let id = methods[0]["id"].clone();
        let change = with(
            present.clone(),
            json!({"verificationMethod": methods, "authentication": [id], "assertionMethod": [id]}),
        );
        assert_eq!(refused(&house, "update", &change).await, "did/no-signing-key");
        let sections = json!({"did": did, "verificationMethod": methods, "authentication": [id], "assertionMethod": [id]});
        let reply = house.post("/did/update", sections).await;
        assert_eq!((reply.status, &reply.body["code"]), (400, &json!("did/no-signing-key")));
    }

    let ours = present["verificationMethod"][0].clone();
    let both = with(present.clone(), json!({"verificationMethod": [ours, method("key-2", FOREIGN_KEY)]}));
    let made = house.post("/did/update", json!({"didDocument": both})).await.expect(200);
    let keys = made["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1, "{made}");
    assert_eq!((&keys[0]["kid"], &keys[0]["kms"]), (&made["controllerKeyId"], &json!("postgres")));
    house.get(&format!("/key/read/{}", keys[0]["kid"].as_str().unwrap())).await.expect(200);
    let listed = graphql(&house, "update", &with(both.clone(), json!({"alsoKnownAs": ["urn:x:1"]}))).await;
    assert_eq!(
        (&listed["userErrors"], listed["did"]["keys"].as_array().map(Vec::len)),
        (&json!([]), Some(1))
    );

    // Another key of ours in place of the first signs for itself.
    let kid = house.post("/key/create", json!({})).await.expect(200)["kid"].as_str().unwrap().to_owned();
    let bytes: [u8; 32] = hex::decode(&kid).unwrap().try_into().unwrap();
    let material = credentials::key::PublicKey::Ed25519(bytes).to_multibase();
    let change = json!({"did": did, "verificationMethod": [method("key-1", &material)]});
    let made = house.post("/did/update", change).await.expect(200);
    assert_eq!((&made["controllerKeyId"], made["keys"].as_array().map(Vec::len)), (&json!(kid), Some(1)));
    house.stop().await;
}

/// safety 9: a document that no ledger takes is refused before anything is requested, and nothing waits behind it.
#[tokio::test(flavor = "multi_thread")]
async fn safety_9_a_document_too_large_for_the_ledger_is_refused_before_it_is_requested() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let before = operations(&house).await;
    let services = |count: usize, bytes: usize| -> Value {
        let endpoint = format!("https://example.org/{}", "x".repeat(bytes));
        let service = |number| json!({"id": format!("{did}#s{number}"), "type": "Large", "serviceEndpoint": [endpoint]});
        (0..count).map(service).collect()
    };
    for (count, bytes) in [(700, 900), (220, 900), (1, 200_000), (3_000, 60)] {
        let change = with(document(&house, &did).await, json!({"service": services(count, bytes)}));
        let reply = house.post("/did/update", json!({"didDocument": change})).await;
        assert_eq!((reply.status, &reply.body["code"]), (413, &json!("did/too-large")), "{count} × {bytes}");
        let made = graphql(&house, "update", &change).await;
        assert_eq!(made["userErrors"][0]["code"], "did/too-large", "{count} × {bytes}");
        let sections = json!({"did": did, "service": services(count, bytes)});
        let reply = house.post("/did/update?dryRun=true", sections).await;
        assert_eq!((reply.status, &reply.body["code"]), (413, &json!("did/too-large")), "{count} × {bytes}");
        let new = fresh('9');
        let created = json!({"id": new, "service": [{"id": format!("{new}#s"), "type": "Large",
            "serviceEndpoint": services(count, bytes).as_array().expect("services").iter()
                .map(|service| service["serviceEndpoint"][0].clone()).collect::<Vec<_>>()}]});
        let options = json!({"verificationMethodType": KIND});
        let reply = house.post("/did/create", json!({"didDocument": created, "options": options})).await;
        assert_eq!((reply.status, &reply.body["code"]), (413, &json!("did/too-large")), "{count} × {bytes}");
        let made = graphql(&house, "create", &created).await;
        assert_eq!(made["userErrors"][0]["code"], "did/too-large", "{count} × {bytes}");
    }
    assert_eq!(operations(&house).await, before, "nothing was requested");
    let sections = json!({"did": did, "service": services(150, 900)});
    house.post("/did/update", sections).await.expect(200);
    house.stop().await;
}

/// What the ledger's own rules refuse of a service: at both doors, priced or not, in a form of a new DID too.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_no_ledger_takes_is_refused_before() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let present = document(&house, &did).await;
    let long = "t".repeat(256);
    for (fragment, kind, endpoint) in [
        ("a b", "Web", "https://e.org"),
        ("ä", "Web", "https://e.org"),
        ("%zz", "Web", "https://e.org"),
        ("s", long.as_str(), "https://e.org"),
        ("s", "Web", ""),
    ] {
        let service = |did: &str| json!([{"id": format!("{did}#{fragment}"), "type": kind, "serviceEndpoint": [endpoint]}]);
        let new = fresh('8');
        assert_eq!(
            refused(&house, "create", &json!({"id": new, "service": service(&new)})).await,
            "request/invalid"
        );
        let changed = with(present.clone(), json!({"service": service(&did)}));
        assert_eq!(refused(&house, "update", &changed).await, "request/invalid");
        let form = json!({"network": "testnet", "verificationMethodType": KIND,
            "service": [{"idFragment": fragment, "type": kind, "serviceEndpoint": [endpoint]}]});
        for path in ["/did/create", "/did/create?dryRun=true"] {
            let reply = house.post(path, form.clone()).await;
            assert_eq!(
                (reply.status, &reply.body["field"]),
                (400, &json!("service")),
                "{path} {fragment} {kind}: {}",
                reply.text
            );
        }
    }
    let other = fresh('9');
    let foreign = json!([{"id": format!("{other}#s"), "type": "Web", "serviceEndpoint": ["https://e.org"]}]);
    let changed = with(present, json!({"service": foreign}));
    assert_eq!(refused(&house, "update", &changed).await, "request/invalid");
    house.stop().await;
}
