//! identifiers 7: what a route does not know is refused, what its contract names is taken. And how answers travel.

use super::*;
use crate::openapi::query_parameters;
use axum::http::header;
use std::collections::BTreeMap;

/// cheqd Studio's query parameters, of the routes that exist here too.
const CONTRACT: &[(&str, &str, &[&str])] = &[
    ("POST", "/trust-registry/accreditation/issue", &["accreditationType"]),
    ("POST", "/trust-registry/accreditation/verify", &["verifyStatus", "allowDeactivatedDid"]),
    ("POST", "/trust-registry/accreditation/revoke", &["publish"]),
    ("POST", "/trust-registry/accreditation/suspend", &["publish"]),
    ("POST", "/trust-registry/accreditation/reinstate", &["publish"]),
    ("GET", "/trust-registry/accreditation/list", &["network", "accreditationType", "did", "page", "limit"]),
    ("POST", "/credential-status/create/unencrypted", &["listType", "statusPurpose"]),
    ("POST", "/credential-status/update/unencrypted", &["listType", "statusAction"]),
    ("POST", "/credential-status/check", &["listType", "statusPurpose"]),
    ("GET", "/credential-status/search", &["did", "listType", "statusPurpose", "statusListName"]),
    (
        "GET",
        "/credential-status/list",
        &["did", "listType", "statusListName", "state", "credentialCategory", "deprecated"],
    ),
    ("POST", "/credential/verify", &["verifyStatus", "fetchRemoteContexts", "allowDeactivatedDid"]),
    ("POST", "/credential/revoke", &["listType", "publish"]),
    ("POST", "/credential/suspend", &["listType", "publish"]),
    ("POST", "/credential/reinstate", &["listType", "publish"]),
    (
        "GET",
        "/credentials/issued",
        &[
            "page",
            "limit",
            "providerId",
            "issuerId",
            "subjectId",
            "status",
            "format",
            "category",
            "createdAt",
            "credentialType",
            "statusRegistryId",
        ],
    ),
    ("GET", "/credentials/issued/{id}", &["includeCredential", "syncStatus", "providerId"]),
    ("GET", "/did/list", &["network", "providerId", "metadata", "createdAt", "page", "limit", "did"]),
    (
        "GET",
        "/did/search/{did}",
        &["metadata", "versionId", "versionTime", "transformKeys", "service", "relativeRef"],
    ),
    ("POST", "/key/create", &["type"]),
    (
        "GET",
        "/event/list",
        &["network", "category", "name", "deprecated", "successful", "createdAt", "page", "limit"],
    ),
    (
        "GET",
        "/resource/search/{did}",
        &[
            "resourceId",
            "resourceName",
            "resourceType",
            "resourceVersion",
            "resourceVersionTime",
            "checksum",
            "resourceMetadata",
        ],
    ),
    (
        "GET",
        "/resource/list",
        &["network", "resourceName", "resourceType", "did", "encrypted", "createdAt", "page", "limit"],
    ),
];

#[test]
fn every_parameter_of_the_contract_is_documented() {
    let table: BTreeMap<(String, &str), Route> =
        routes().into_iter().map(|route| ((route.method.to_string(), route.path), route)).collect();
    for (method, path, names) in CONTRACT {
        let route = table.get(&((*method).to_owned(), *path)).unwrap_or_else(|| panic!("{method} {path}"));
        let known = query_parameters(route).unwrap();
        for name in *names {
            assert!(known.iter().any(|one| one == name), "{method} {path} does not know {name}: {known:?}");
        }
    }
}

/// What a route answers to these parameters.
async fn asked(router: &Router, route: &Route, query: &str) -> Reply {
    let target = format!("{}?{query}", filled(route));
    send(router, empty(ask(&route.method, &target).header("x-api-key", SECRET))).await
}

#[tokio::test]
async fn unknown_parameters_are_refused_by_name_and_known_ones_are_not() {
    let router = router(house().0);
    // These select nothing, and probes put all kinds of things behind their addresses.
    let careless = ["/health/live", "/health/ready", "/version", "/openapi.json"];
    for route in routes() {
        let shown = format!("{} {}", route.method, route.path);
        let known = query_parameters(&route).unwrap();
        let all: Vec<String> = known.iter().map(|name| format!("{name}=x")).collect();
        let reply = asked(&router, &route, &all.join("&")).await;
        assert_ne!(reply.body["code"], "request/unknown-member", "{shown} {all:?}");
        let reply = asked(&router, &route, "nope=1").await;
        if careless.contains(&route.path) {
            assert!(reply.status == 200 || reply.status == 503, "{shown}: {}", reply.status);
            continue;
        }
        assert_eq!(reply.status, 400, "{shown}: {}", reply.body);
        let resolves = ["/1.0/identifiers/", "/did/search/", "/resource/search/"];
        if resolves.iter().any(|prefix| route.path.starts_with(prefix)) {
            let error = &reply.body["didResolutionMetadata"]["error"];
            assert_eq!(error, "invalidDidUrl", "{shown}: {}", reply.body);
        } else {
            assert_eq!(reply.body["code"], "request/unknown-member", "{shown}");
            assert_eq!(reply.body["field"], "nope", "{shown}");
            for name in known {
                assert!(reply.body["error"].as_str().unwrap().contains(name), "{shown}: {name}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_close_to_a_parameter_is_not_taken_for_it_and_nothing_says_two_things() {
    let router = router(house().0);
    let get = |target: &'static str| {
        let router = &router;
        async move { send(router, empty(ask(&Method::GET, target).header("x-api-key", SECRET))).await }
    };
    for (target, field) in [
        ("/did/list?providerID=studio", "providerID"),
        ("/did/list?Network=testnet", "Network"),
        ("/did/list?nope=", "nope"),
        ("/did/list?page%20=1", "page "),
        ("/credential-status/search?name=x", "name"),
        ("/operations?page=1", "page"),
    ] {
        let reply = get(target).await;
        let found = (reply.status, &reply.body["code"], &reply.body["field"]);
        assert_eq!(found, (400, &json!("request/unknown-member"), &json!(field)), "{target}");
    }
    let reply = get("/did/list?network=testnet&network=mainnet").await;
    assert_eq!((reply.status, &reply.body["field"]), (400, &json!("network")));
    let long = format!("/did/list?{}=1", "n".repeat(1_000));
    let reply = send(&router, empty(ask(&Method::GET, &long).header("x-api-key", SECRET))).await;
    assert!(reply.body["error"].as_str().unwrap().len() < 400, "{}", reply.body);
    // A limit of money that is misspelt must not be overlooked.
    let request = ask(&Method::POST, "/did/create?maxfee=1").header("x-api-key", SECRET);
    assert_eq!(send(&router, empty(request)).await.body["field"], "maxfee");
    // Who has no key learns nothing about parameters.
    let reply = send(&router, empty(ask(&Method::GET, "/did/list?nope=1"))).await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn a_provider_that_has_nothing_here_has_nothing() {
    let router = router(house().0);
    let get = |target: &'static str| empty(ask(&Method::GET, target).header("x-api-key", SECRET));
    let reply = send(&router, get("/did/list?providerId=dock")).await;
    assert_eq!((reply.status, &reply.body), (200, &json!({"total": 0, "dids": []})));
    let reply = send(&router, get("/did/list?providerId=studio")).await;
    assert_eq!(reply.status, 503, "the read model was asked, and is away in this house");
}

const KEY_DID: &str = "/1.0/identifiers/did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX";

/// identifiers 4.
#[tokio::test]
async fn large_answers_are_compressed_for_whom_takes_that() {
    let router = router(house().0);
    for (method, target) in [(Method::GET, "/openapi.json"), (Method::GET, KEY_DID), (Method::POST, KEY_DID)]
    {
        let request =
            |encoding: &'static str| empty(ask(&method, target).header("accept-encoding", encoding));
        let plain = router.clone().oneshot(request("identity")).await.unwrap();
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING), "{target}");
        let plain = to_bytes(plain.into_body(), usize::MAX).await.unwrap();
        let packed = router.clone().oneshot(request("br, gzip")).await.unwrap();
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip", "{method} {target}");
        let vary: Vec<_> =
            packed.headers().get_all(header::VARY).iter().map(|v| v.to_str().unwrap()).collect();
        assert!(vary.join(",").to_ascii_lowercase().contains("accept-encoding"), "{vary:?}");
        let packed = to_bytes(packed.into_body(), usize::MAX).await.unwrap();
        assert!(packed.len() < plain.len() && packed.starts_with(&[0x1f, 0x8b]), "{target}");
    }
    let request = ask(&Method::GET, "/health/live").header("accept-encoding", "gzip");
    let small = router.clone().oneshot(empty(request)).await.unwrap();
    assert!(!small.headers().contains_key(header::CONTENT_ENCODING));
}

/// identifiers 4.
#[tokio::test]
async fn the_resolver_takes_get_head_and_post() {
    let router = router(house().0);
    let got = send(&router, empty(ask(&Method::GET, KEY_DID))).await;
    assert_eq!(got.status, 200);
    assert!(got.body["id"].is_string(), "{}", got.body);
    assert_eq!(got.headers[header::VARY.as_str()], "accept");
    let head = send(&router, empty(ask(&Method::HEAD, KEY_DID).header("accept-encoding", "gzip"))).await;
    assert_eq!((head.status, head.body), (200, Value::Null));
    assert_eq!(head.headers["content-type"], got.headers["content-type"]);
    let slash = format!("{KEY_DID}/");
    assert_eq!(send(&router, empty(ask(&Method::GET, &slash))).await.body["id"], got.body["id"]);
    assert_eq!(send(&router, empty(ask(&Method::PUT, KEY_DID))).await.status, 405);

    let post = |kind: &'static str, body: &str| {
        ask(&Method::POST, KEY_DID).header("content-type", kind).body(Body::from(body.to_owned())).unwrap()
    };
    let posted = send(&router, post("application/json", r#"{"accept":"application/did"}"#)).await;
    assert_eq!((posted.status, &posted.body["id"]), (200, &got.body["id"]));
    assert_eq!(posted.headers["content-type"], "application/did");
    let empty_body = send(&router, post("application/json", "")).await;
    assert_eq!(empty_body.body["id"], got.body["id"]);
    for (kind, body, status) in [
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", r#"{"nope":1}"#, 400),
        ("image/png", "x", 415),
    ] {
        assert_eq!(send(&router, post(kind, body)).await.status, status, "{kind} {body}");
    }
    let large = format!(r#"{{"accept":"{}"}}"#, "a".repeat(crate::did::OPTIONS_BYTES_MAX));
    assert_eq!(send(&router, post("application/json", &large)).await.status, 413);
}
