//! Several at once with one link, or with one address: one of them gets what there is one of.

use super::{Browser, EMAIL, PASSWORD, set_up_link, signed_in};
use crate::house::TestHouse;
use app::people;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// Sends JSON as a page of ours; the status, and the browser as it is afterwards.
async fn sent(house: &TestHouse, path: &str, body: Value) -> (u16, Browser) {
    let mut browser = Browser::at(&house.base);
    let seen = browser.act(Method::POST, path, &body).await;
    assert!([200, 401, 403, 409].contains(&seen.status), "{} {}", seen.status, seen.text);
    (seen.status, browser)
}

async fn opens(house: &TestHouse, email: &str, password: &str) -> bool {
    let body = json!({"email": email, "password": password});
    let seen = Browser::at(&house.base).act(Method::POST, "/auth/password", &body).await;
    assert!([200, 401].contains(&seen.status), "{} {}", seen.status, seen.text);
    seen.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_link_makes_one_owner_however_many_use_it_at_once() {
    let house = TestHouse::start().await;
    let token = set_up_link(&house, house.alice.customer).await;
    let pair = |number: usize| (format!("owner{number}@example.org"), format!("lamp quartz river {number}"));
    let all = (0..6).map(|number| {
        let (email, password) = pair(number);
        sent(&house, "/auth/setup", json!({"token": token, "email": email, "password": password}))
    });
    let mut let_in = Vec::new();
    for (number, (status, mut browser)) in join_all(all).await.into_iter().enumerate() {
        if status == 200 {
            assert!(browser.is_signed_in().await);
            let_in.push(number);
        }
    }
    assert_eq!(let_in.len(), 1, "one of them: {let_in:?}");
    for number in 0..6 {
        let (email, password) = pair(number);
        assert_eq!(opens(&house, &email, &password).await, let_in.contains(&number), "{email}");
    }
    house.stop().await;
}

/// Whoever invites somebody's address too must not get into what somebody else invited it to.
#[tokio::test(flavor = "multi_thread")]
async fn two_who_begin_with_one_address_are_not_one() {
    let house = TestHouse::start().await;
    for round in 0..3 {
        let email = format!("victim{round}@example.org");
        let invited = json!({"email": email, "role": "admin"});
        let hers = house.post("/admin/invitation/create", invited.clone()).await.expect(201);
        let path = "/admin/invitation/create";
        let his =
            house.call_as(Some(&house.mallory.key), Method::POST, path, Some(invited), &[]).await.expect(201);
        let (right, wrong) = ("victim lamp quartz 1", "attack lamp quartz 2");
        let join = |token: &Value, password: &str| {
            sent(&house, "/auth/invitation", json!({"token": token, "email": email, "password": password}))
        };
        let (victim, attacker) = tokio::join!(join(&hers["token"], right), join(&his["token"], wrong));
        let in_first = victim.0 == 200;
        assert_ne!(in_first, attacker.0 == 200, "one of the two");
        assert_eq!(
            (opens(&house, &email, right).await, opens(&house, &email, wrong).await),
            (in_first, !in_first)
        );
        // Nobody is a member by the other's password.
        let members = house.get("/admin/member/list").await.expect(200);
        let is_member =
            members["members"].as_array().expect("members").iter().any(|one| one["email"] == email);
        assert_eq!(is_member, in_first, "{members}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_outlives_the_password_that_opened_it() {
    let house = TestHouse::start().await;
    signed_in(&house).await;
    let mut password = PASSWORD.to_owned();
    for round in 0..3 {
        let link = people::make_reset_link(&house.house.studio, EMAIL).await.expect("a link").to_string();
        let next = format!("lamp quartz river {round}");
        let tries =
            (0..4).map(|_| sent(&house, "/auth/password", json!({"email": EMAIL, "password": password})));
        let reset = sent(&house, "/auth/reset", json!({"token": link, "password": next}));
        let (mut tries, (status, mut owner)) = tokio::join!(join_all(tries), reset);
        assert_eq!(status, 200);
        assert!(owner.is_signed_in().await);
        for (status, browser) in &mut tries {
            assert!(!browser.is_signed_in().await, "let in with {status}, and still there");
        }
        assert!(opens(&house, EMAIL, &next).await && !opens(&house, EMAIL, &password).await);
        password = next;
    }
    house.stop().await;
}
