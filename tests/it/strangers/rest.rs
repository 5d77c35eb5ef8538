//! Every route of REST.

use super::{Estate, events, of_anybody};
use crate::{
    house::{Reply, TestHouse},
    property::{
        odd::Dice,
        rest::{self, Asking, Route},
        world::Things,
    },
    routes::assert_problem,
};
use ::rest::{Auth, routes as registered};
use app::act::{DID_CREATE, DID_LIST, Spec};
use reqwest::{Method, header::HeaderValue};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Requests to one route: as Alice would send them, and the same with names that are nobody's.
struct Asked {
    route: Route,
    act: Option<&'static Spec>,
    hers: Vec<Asking>,
    ghosts: Vec<Asking>,
}

/// As the document writes a path: the router's wildcard is a parameter there.
fn written(path: &str) -> String {
    path.replace("{*", "{")
}

fn every_route(estate: &Estate) -> Vec<Asked> {
    let (reads, writes) = rest::routes();
    let all = reads.into_iter().chain(writes).enumerate();
    let asked: Vec<Asked> = all
        .map(|(number, route)| {
            let seed = number as u64;
            let is_it = |known: &&::rest::Route| {
                written(known.path) == route.path && known.method.as_str() == route.method.as_str()
            };
            let known = registered().into_iter().find(|known| is_it(&known));
            let act = known.unwrap_or_else(|| panic!("no route is {}", route.name())).act;
            let ways = |things| Asking::ways(&route, things, seed);
            let (hers, ghosts) = (ways(&estate.hers), ways(&estate.ghosts));
            Asked { route, act, hers, ghosts }
        })
        .collect();
    let tried: BTreeSet<String> = asked.iter().map(|asked| asked.route.name()).collect();
    for route in registered().iter().filter(|route| route.auth == Auth::ApiKey) {
        let name = format!("{} {}", route.method, written(route.path));
        assert!(tried.contains(&name), "{name} is not in the document, so nobody tries it");
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_keeps_strangers_out() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let routes = every_route(&estate);
    let before = events(&house).await;
    for asked in &routes {
        without_a_working_key(&house, asked).await;
    }
    assert_eq!(events(&house).await, before, "nobody changed anything");
    estate.is_as_it_was(&house).await;

    for asked in &routes {
        if asked.hers[0].shown() == asked.ghosts[0].shown() && !asked.act.is_none_or(of_anybody) {
            his_own(&house, &estate, asked).await;
        }
    }
    let mut named = 0;
    for asked in &routes {
        for (number, (hers, ghost)) in asked.hers.iter().zip(&asked.ghosts).enumerate() {
            let is_named = hers.shown() != ghost.shown();
            // Beside the list, a DID that is named is resolved, whose it is.
            let is_resolved = asked.act == Some(&DID_LIST) && number > 0;
            // A public key that stands in a document of his own names nothing of hers.
            let is_his_document = asked.act == Some(&DID_CREATE) && hers.shown().contains("didDocument");
            let is_public = asked.act.is_none_or(of_anybody) || is_resolved || is_his_document;
            named += usize::from(is_named && !is_public);
            match (is_public, is_named) {
                (true, _) => everybodys(&house, &estate, hers).await,
                (false, true) => {
                    as_if_it_did_not_exist(&house, &estate, asked, [hers, ghost], number == 0).await;
                }
                (false, false) => {}
            }
        }
    }
    assert!(named > 40, "only {named} requests name anything of Alice's");
    assert_eq!(events(&house).await.1, before.1, "what he did is none of hers");
    estate.is_as_it_was(&house).await;
    house.stop().await;
}

async fn as_mallory(house: &TestHouse, asking: &Asking) -> Reply {
    let shown = asking.shown();
    let (reply, wrong) = asking.answer(house, Some(&house.mallory.key)).await.expect("an answer");
    assert!(wrong.is_empty(), "{shown}: {wrong:?}");
    let is_let_in = reply.status < 500 && reply.status != 401 && reply.status != 403;
    assert!(is_let_in, "{shown}: {} {}", reply.status, reply.text);
    reply
}

/// What is on the ledger; nothing changes but what is his.
async fn everybodys(house: &TestHouse, estate: &Estate, asking: &Asking) {
    let before = events(house).await;
    let reply = as_mallory(house, asking).await;
    assert_eq!(events(house).await.1, before.1, "{} left an event of Alice's", asking.shown());
    let private = estate.private.iter().find(|private| reply.text.contains(*private));
    assert_eq!(private, None, "{}: {}", asking.shown(), reply.text);
}

/// `is_example`: it is a request that succeeds for Alice, so what it names must be what it is refused for.
async fn as_if_it_did_not_exist(
    house: &TestHouse,
    estate: &Estate,
    asked: &Asked,
    [hers, ghost]: [&Asking; 2],
    is_example: bool,
) {
    let shown = hers.shown();
    let before = events(house).await;
    let reply = as_mallory(house, hers).await;
    let unknown = as_mallory(house, ghost).await;
    assert_eq!(events(house).await, before, "{shown} left an event");
    let renamed = estate.hers.renamed_as(&estate.ghosts, &reply.text);
    assert_eq!((reply.status, renamed), (unknown.status, unknown.text), "{shown} tells what exists");
    assert_eq!(estate.told(&reply.text, &shown), None, "{shown}: {}", reply.text);
    if asked.route.method == Method::GET && reply.status == 200 {
        assert_empty(&reply.body, &shown);
    } else {
        assert_problem(&reply, reply.status, &shown);
        let sentence = reply.body["error"].as_str().unwrap_or_default();
        let is_about_the_name = reply.status == 404 || sentence.contains("not owned by the customer");
        assert!(is_about_the_name || !is_example, "{shown}: {}", reply.text);
    }
    if is_example && asked.route.method == Method::GET {
        let (shown_to_her, _) = hers.answer(house, Some(&house.alice.key)).await.expect("an answer");
        assert_eq!(shown_to_her.status, 200, "{shown}: {}", shown_to_her.text);
        assert_ne!(shown_to_her.text, reply.text, "{shown}: Alice sees no more");
    }
}

fn assert_empty(body: &Value, shown: &str) {
    for (name, list) in body.as_object().expect("an object") {
        assert!(list.as_array().is_none_or(Vec::is_empty), "{shown}: {name}: {body}");
        assert!(name != "total" || list == 0, "{shown}: the total tells of others: {body}");
    }
}

async fn his_own(house: &TestHouse, estate: &Estate, asked: &Asked) {
    let [asking, ..] = asked.hers.as_slice() else { panic!("a request") };
    let shown = asking.shown();
    let before = events(house).await;
    let reply = as_mallory(house, asking).await;
    // What only somebody who is signed in has, or is.
    let is_of_a_browser =
        ["auth/no-id-token", "customer/member-not-found"].iter().any(|code| reply.body["code"] == *code);
    assert!([200, 201].contains(&reply.status) || is_of_a_browser, "{shown}: {}", reply.text);
    assert_eq!(estate.told(&reply.text, &shown), None, "{shown}: {}", reply.text);
    if asked.route.method == Method::GET {
        assert_eq!(events(house).await, before, "{shown} left an event");
    }
}

async fn without_a_working_key(house: &TestHouse, asked: &Asked) {
    let [asking, ..] = asked.hers.as_slice() else { panic!("a request") };
    let shown = asking.shown();
    let (reply, _) = asking.answer(house, None).await.expect("an answer");
    if asked.act.is_none() {
        assert!(![401, 403].contains(&reply.status) && reply.status < 500, "{shown}: {}", reply.text);
        return;
    }
    assert_problem(&reply, 401, &shown);
    assert_eq!(reply.body["code"], "auth/missing-key", "{shown}");
    let key = house.alice.key.as_str();
    for wrong in wrong_keys(house) {
        let (reply, _) = asking.answer(house, Some(&wrong)).await.expect("an answer");
        assert_problem(&reply, 401, &format!("{shown} with the key {wrong}"));
        assert_eq!(reply.body["code"], "auth/invalid-key", "{shown}");
    }
    let bearer = format!("Bearer {key}");
    let elsewhere =
        [("authorization", bearer.as_str()), ("cookie", key), ("customer-id", key), ("x-id-token", key)];
    for (header, value) in elsewhere {
        let request = house.request(asking.method.clone(), &asking.target).header(header, value);
        assert_problem(&TestHouse::answer(request).await, 401, &shown);
    }
    let bytes = HeaderValue::from_bytes(b"caas_\xff\xfe").expect("bytes");
    let request = house.request(asking.method.clone(), &asking.target).header("x-api-key", bytes);
    assert_problem(&TestHouse::answer(request).await, 401, &shown);
    // Who asks comes first, what was sent second.
    let request = house.request(asking.method.clone(), &asking.target).header("content-type", "text/xml");
    assert_problem(&TestHouse::answer(request.body("{")).await, 401, &shown);
}

fn wrong_keys(house: &TestHouse) -> [String; 9] {
    let key = &house.alice.key;
    let (head, _) = key.split_at(key.len() - 1);
    let other = if key.ends_with('a') { 'b' } else { 'a' };
    [
        String::new(),
        "null".to_owned(),
        head.to_owned(),
        format!("{head}{other}"),
        key.to_ascii_uppercase(),
        format!("{key}{key}"),
        house.alice.customer.to_string(),
        "' or '1'='1".to_owned(),
        "x".repeat(8000),
    ]
}

/// Names that stand where no example and no member of a body has them.
#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_document_and_keys_are_as_if_they_did_not_exist() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let his = json!({"network": "testnet", "verificationMethodType": "Ed25519VerificationKey2020"});
    let key = Some(house.mallory.key.as_str());
    let his =
        house.call_as(key, Method::POST, "/did/create", Some(his), &[]).await.expect(200)["did"].clone();
    let before = events(&house).await;
    let ask = async |method: Method, target: String, body: Option<Value>| {
        house.call_as(key, method, &target, body, &[]).await
    };
    let of = |things: &Things| {
        let dice = &mut Dice::of(0, 0);
        let name = |name| things.named("", name, dice).and_then(|name| Some(name.as_str()?.to_owned()));
        let [did, kid, list, list_id] = ["did", "kid", "listname", "statuslistid"].map(name);
        let (did, kid, list, list_id) = (did.unwrap(), kid.unwrap(), list.unwrap(), list_id.unwrap());
        let method = json!({"id": format!("{did}#key-1"), "type": "Ed25519VerificationKey2020", "controller": did,
            "publicKeyMultibase": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"});
        let document = json!({"id": did, "controller": [did], "verificationMethod": [method],
            "authentication": [format!("{did}#key-1")]});
        let service = json!([{"id": format!("{}#web", his.as_str().unwrap()), "type": "LinkedDomains",
            "serviceEndpoint": ["https://m.example"]}]);
        let issued = json!({"issuerDid": his, "subjectDid": his, "attributes": {"degree": "PhD"},
            "credentialStatus": {"statusListName": list, "statusListType": "BitstringStatusList"}});
        let post = |path: &str, body| (Method::POST, path.to_owned(), Some(body));
        let get = |target: String| (Method::GET, target, None);
        // Each with what it must be answered; nothing stands for an empty list.
        vec![
            (get(format!("/key/read/{}", kid.to_ascii_uppercase())), "key/not-found"),
            (get(format!("/operations?did={did}")), ""),
            (get(format!("/jobs?did={did}")), ""),
            (get(format!("/credentials/issued?statusRegistryId={list_id}")), ""),
            (post("/did/update", json!({"didDocument": document})), "did/not-found"),
            (
                post("/did/update", json!({"did": his, "service": service, "publicKeyHexs": [kid]})),
                "request/invalid publicKeyHexs",
            ),
            (post("/credential/issue", issued), "status-list/not-found"),
        ]
    };
    let all = of(&estate.hers).into_iter().zip(of(&estate.ghosts));
    for (((method, target, body), expected), (ghost, _)) in all {
        let shown = format!("{method} {target} {body:?}");
        let reply = ask(method, target, body).await;
        let unknown = ask(ghost.0, ghost.1, ghost.2).await;
        let renamed = estate.hers.renamed_as(&estate.ghosts, &reply.text.to_lowercase());
        assert_eq!((reply.status, renamed), (unknown.status, unknown.text.to_lowercase()), "{shown}");
        let part = |name: &str| reply.body[name].as_str().unwrap_or_default();
        let told = if part("code") == "request/invalid" {
            format!("{} {}", part("code"), part("field"))
        } else {
            part("code").to_owned()
        };
        assert_eq!(told, expected, "{shown}: {}", reply.text);
        if expected.is_empty() {
            assert_eq!(reply.status, 200, "{shown}: {}", reply.text);
            assert_empty(&reply.body, &shown);
        }
    }
    // Not even the refusal of what the ledger has already tells more than the ledger.
    let did = estate.hers.named("", "did", &mut Dice::of(0, 0)).expect("a DID");
    let taken = json!({"options": {"verificationMethodType": "Ed25519VerificationKey2020"},
        "didDocument": {"id": did, "verificationMethod": []}});
    assert_problem(
        &ask(Method::POST, "/did/create".to_owned(), Some(taken)).await,
        409,
        "a DID that is taken",
    );
    assert_eq!(events(&house).await, before, "nothing happened");
    estate.is_as_it_was(&house).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_opens_nothing_and_says_so() {
    let house = TestHouse::start().await;
    let mallory = Some(house.mallory.key.as_str());
    let body = json!({"apiKey": house.mallory.key});
    house.call_as(mallory, Method::POST, "/admin/api-key/revoke", Some(body), &[]).await.expect(200);
    for (method, target) in
        [(Method::GET, "/account"), (Method::GET, "/did/list"), (Method::POST, "/key/create")]
    {
        let reply = house.call_as(Some(&house.mallory.key), method, target, None, &[]).await;
        assert_problem(&reply, 401, target);
        assert_eq!(reply.body["code"], "auth/api-key-revoked");
    }
    let query = Some(json!({"query": "{ viewer { id } }"}));
    let reply = house.call_as(Some(&house.mallory.key), Method::POST, "/graphql", query, &[]).await;
    assert_eq!((reply.status, &reply.body["code"]), (401, &json!("auth/api-key-revoked")), "{}", reply.text);
    house.get("/account").await.expect(200);
    house.stop().await;
}
