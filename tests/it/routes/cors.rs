//! Pages of other origins: any without a list, else exactly the listed ones, at both doors.

use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::json;

const CONSOLE: &str = "https://console.example";
/// What is nearly the origin that is allowed.
const STRANGERS: [&str; 12] = [
    "null",
    "https://console.example.evil.com",
    "https://console.exampl",
    "https://console.example.",
    "https://evil-console.example",
    "https://evil.com/https://console.example",
    "http://console.example",
    "https://console.example:8443",
    "https://example",
    "https://",
    "console.example",
    "*",
];
const DOORS: [&str; 3] = ["/did/create", "/graphql", "/nowhere"];

async fn preflight(house: &TestHouse, path: &str, origin: &str) -> Reply {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "x-api-key,idempotency-key,content-type"),
    ];
    house.call_as(None, Method::OPTIONS, path, None, &headers).await
}

fn allowed(reply: &Reply) -> Option<&str> {
    reply.headers.get("access-control-allow-origin").map(|value| value.to_str().expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_6_only_listed_origins_are_let_in_and_nothing_like_them() {
    let house =
        TestHouse::with(&[("CORS_ALLOWED_ORIGINS", "https://Console.Example, http://localhost:5173")]).await;
    for door in DOORS {
        for origin in [CONSOLE, "http://localhost:5173"] {
            let reply = preflight(&house, door, origin).await;
            assert_eq!((reply.status, allowed(&reply)), (200, Some(origin)), "{door}");
            assert_eq!(
                reply.headers["access-control-allow-headers"],
                "x-api-key,idempotency-key,content-type"
            );
            assert!(reply.headers["vary"].to_str().expect("text").contains("origin"), "{door}");
        }
        for origin in STRANGERS {
            let reply = preflight(&house, door, origin).await;
            assert_eq!(allowed(&reply), None, "{door} from {origin}");
            assert!(!reply.headers.contains_key("access-control-allow-credentials"), "{door} from {origin}");
        }
    }
    let key = Some(house.alice.key.as_str());
    let reply = house.call_as(key, Method::GET, "/account", None, &[("origin", CONSOLE)]).await;
    assert_eq!((reply.status, allowed(&reply)), (200, Some(CONSOLE)));
    let exposed = reply.headers["access-control-expose-headers"].to_str().expect("text");
    for name in ["location", "retry-after", "x-request-id", "idempotent-replayed"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let refused = house.call_as(None, Method::GET, "/account", None, &[("origin", CONSOLE)]).await;
    assert_eq!((refused.status, allowed(&refused)), (401, Some(CONSOLE)), "pages may read errors too");
    let stranger = house.call_as(key, Method::GET, "/account", None, &[("origin", STRANGERS[1])]).await;
    assert_eq!(allowed(&stranger), None);
    let query = json!({"query": "{ __typename }"});
    let graphql = house.call_as(key, Method::POST, "/graphql", Some(query), &[("origin", CONSOLE)]).await;
    assert_eq!((graphql.status, allowed(&graphql)), (200, Some(CONSOLE)));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_6_without_a_list_any_page_may_call_and_cookies_never_may() {
    let house = TestHouse::start().await;
    for door in DOORS {
        for origin in [CONSOLE, "null"] {
            let reply = preflight(&house, door, origin).await;
            assert_eq!((reply.status, allowed(&reply)), (200, Some("*")), "{door}");
            assert!(!reply.headers.contains_key("access-control-allow-credentials"), "{door}");
        }
    }
    house.stop().await;
}
