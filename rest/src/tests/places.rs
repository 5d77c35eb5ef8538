//! What one caller may have running, and what is refused before anything is read.

use super::{ask, empty, filled, house, send};
use crate::{Auth, House, router, routes};
use app::{
    act::Effect,
    budget::{Budget, Caller, Share, Work},
    fake::{CUSTOMER, SECRET},
};
use axum::{
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{Method, Request},
};
use futures::stream;
use serde_json::json;
use std::{net::SocketAddr, sync::Arc};

const RESOLVE: &str = "/1.0/identifiers/did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop";

/// A house in which every caller has one place of a kind, there are four in all, and nobody waits.
fn narrow() -> House {
    let share = Share { places: 4, places_each: 1, waiting_each: 0, wait_seconds: 1 };
    House { budget: Arc::new(Budget::of(|_| share)), ..house().0 }
}

fn from(address: &str, path: &str) -> Request<Body> {
    let peer: SocketAddr = format!("{address}:4711").parse().unwrap();
    let mut request = empty(ask(&Method::GET, path));
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

#[tokio::test]
async fn every_route_takes_places_of_its_own_kind_and_health_none() {
    // safety 5
    for route in routes() {
        let work = route.work();
        match (route.auth, route.effect) {
            (Auth::Public, Effect::LedgerRead) => assert_eq!(work, Some(Work::Resolve), "{}", route.path),
            (Auth::Public, kind) => {
                assert_eq!((work, kind), (None, Effect::Read), "{}", route.path);
                let free = ["/health/live", "/health/ready", "/version", "/openapi.json"];
                // What the registrar tells of itself is constant, or made from the question alone.
                let told = ["/1.0/methods", "/1.0/properties", "/1.0/traits", "/1.0/did-document"];
                let is_free = free.contains(&route.path) || told.contains(&route.path);
                assert!(is_free, "{} is answered whatever the load", route.path);
            }
            (Auth::ApiKey, kind) => {
                assert!(work.is_some() && work != Some(Work::Resolve), "{}", route.path);
                assert_eq!(kind.is_write(), matches!(work, Some(Work::Sign | Work::LedgerWrite)));
            }
        }
    }
}

#[tokio::test]
async fn a_caller_without_a_place_is_told_to_wait_and_nobody_else_notices() {
    // safety 5
    let house = narrow();
    let router = router(house.clone());
    let attacker = Caller::Network([192, 0, 2, 1].into());
    let _held = house.budget.enter(Work::Resolve, attacker).await.unwrap();
    for path in [RESOLVE, "/did/search/x", "/resource/search/x", "/credential-status/search"] {
        let request = empty(ask(&Method::GET, path));
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
        let reply = send(&router, Request::from_parts(parts, body)).await;
        assert_eq!((reply.status, &reply.body["code"]), (429, &json!("request/too-many")), "{path}");
        assert!(reply.headers.contains_key("retry-after"));
    }
    assert_ne!(send(&router, from("192.0.2.2", RESOLVE)).await.status, 429, "somebody else");
    assert_ne!(send(&router, from("[2001:db8::1]", RESOLVE)).await.status, 429, "somebody else");
    for path in ["/health/live", "/health/ready", "/version", "/openapi.json"] {
        assert_eq!(send(&router, from("192.0.2.1", path)).await.status, 200, "{path}");
    }
    let keyed = empty(ask(&Method::GET, "/account").header("x-api-key", SECRET));
    assert_ne!(send(&router, keyed).await.status, 429, "whoever has a key takes no stranger's place");
}

#[tokio::test]
async fn a_tenant_without_a_place_for_one_kind_has_one_for_the_others() {
    let house = narrow();
    let router = router(house.clone());
    let _held = house.budget.enter(Work::LedgerWrite, Caller::Tenant(CUSTOMER)).await.unwrap();
    for route in routes().into_iter().filter(|route| route.auth == Auth::ApiKey) {
        let request = ask(&route.method, &filled(&route)).header("x-api-key", SECRET);
        let reply = send(&router, empty(request)).await;
        assert_eq!(
            reply.status == 429,
            route.effect == Effect::LedgerWrite,
            "{} {}",
            route.method,
            route.path
        );
    }
}

#[tokio::test]
async fn a_read_that_asks_the_ledger_takes_a_place_of_those_who_ask() {
    let house = narrow();
    let router = router(house.clone());
    let _held = house.budget.enter(Work::Ask, Caller::Tenant(CUSTOMER)).await.unwrap();
    for (path, is_question) in [
        ("/account", false),
        ("/account?balances=true", true),
        ("/did/list", false),
        ("/did/list?did=did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop", true),
        ("/did/list?%64id=x", true),
    ] {
        let reply = send(&router, empty(ask(&Method::GET, path).header("x-api-key", SECRET))).await;
        assert_eq!(reply.status == 429, is_question, "{path}: {}", reply.body);
    }
}

#[tokio::test]
async fn an_announced_length_a_second_key_and_a_compressed_body_are_refused_before_anything_is_read() {
    // safety 10, doors 4
    let router = router(house().0);
    for route in routes().into_iter().filter(|route| route.auth == Auth::ApiKey) {
        let asked = |header: (&'static str, &'static str)| {
            let unread = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
            let request = ask(&route.method, &filled(&route)).header("x-api-key", SECRET);
            request.header(header.0, header.1).body(unread).unwrap()
        };
        for (header, status, code) in [
            (("content-length", "100000000000000"), 413, "request/body-too-large"),
            (("content-length", "1048577"), 413, "request/body-too-large"),
            (("x-api-key", "caas_other"), 401, "auth/ambiguous-key"),
            (("x-api-key", SECRET), 401, "auth/ambiguous-key"),
            (("content-encoding", "gzip"), 415, "request/encoding-unsupported"),
            (("content-encoding", "br, identity"), 415, "request/encoding-unsupported"),
        ] {
            let reply = send(&router, asked(header)).await;
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (status, &json!(code)),
                "{} {header:?}",
                route.path
            );
            assert_eq!(reply.headers.contains_key("accept-encoding"), status == 415);
        }
    }
}
