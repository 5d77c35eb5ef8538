//! A member leaves his account.

use super::{Browser, signed_in};
use crate::{flow::members::member, house::TestHouse};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_leaves_at_either_door_and_the_last_owner_at_none() {
    let house = TestHouse::start().await;
    let mut browser: Browser = signed_in(&house).await;
    let leave = json!({"query": "mutation { leaveAccount(input: {}) { left userErrors { code } } }"});
    let told = browser.act(Method::POST, "/graphql", &leave).await.expect(StatusCode::OK).json();
    let refused = json!({"left": false, "userErrors": [{"code": "customer/last-owner"}]});
    assert_eq!(told["data"]["leaveAccount"], refused, "{told}");
    browser.act(Method::POST, "/account/leave", &json!({})).await.refused(409, "customer/last-owner");
    browser.get("/account").await.expect(StatusCode::OK);
    member(&house, "olga@example.org", "owner").await;
    let told = browser.act(Method::POST, "/graphql", &leave).await.expect(StatusCode::OK).json();
    assert_eq!(told["data"]["leaveAccount"], json!({"left": true, "userErrors": []}), "{told}");
    browser.get("/account").await.refused(403, "auth/not-a-member");
    let members = house.get("/admin/member/list").await.expect(200);
    assert_eq!(
        (&members["total"], &members["members"][0]["role"]),
        (&json!(1), &json!("owner")),
        "{members}"
    );
    house.stop().await;
}
