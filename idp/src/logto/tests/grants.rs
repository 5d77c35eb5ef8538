//! What LogTo's roles give, and for how long that holds without LogTo.

use super::{super::grants::USABLE_SECONDS_MAX, Stage, double::Mood};
use app::port::provider_users::ProviderUsers as _;
use serde_json::json;

#[tokio::test]
async fn roles_give_scopes_of_the_resource_and_say_nothing_about_others() {
    let stage = Stage::new().await;
    let none = stage.logto.grants(&stage.ada).await.unwrap().unwrap();
    assert!(!none.leave("create:did:testnet") && !none.leave("create:did:mainnet"));
    assert!(none.leave("read:account"), "LogTo does not know this one");
    stage.logto.give_default_roles(&stage.ada).await.unwrap();
    let remembered = stage.logto.grants(&stage.ada).await.unwrap().unwrap();
    assert!(!remembered.leave("create:did:testnet"), "for a minute what was said holds");
    stage.time.pass(60);
    let some = stage.logto.grants(&stage.ada).await.unwrap().unwrap();
    assert!(some.leave("create:did:testnet") && !some.leave("create:did:mainnet"));
    let nobody = stage.logto.grants("nobody").await.unwrap().unwrap();
    assert!(nobody.given.is_empty());
}

#[tokio::test]
async fn somebody_with_many_roles_has_all_of_them() {
    let stage = Stage::new().await;
    let scope = stage.double.shown("/resources")[1]["id"].as_str().unwrap().to_owned();
    let mainnet = stage.double.shown(&format!("/resources/{scope}/scopes"))[1]["id"].clone();
    for number in 0..130 {
        // The last one made comes first, so the one with the scope is on the last page.
        let scopes = if number == 0 { json!([mainnet]) } else { json!([]) };
        let body =
            json!({"name": format!("R{number}"), "description": "d", "type": "User", "scopeIds": scopes});
        let role = stage.double.make("/roles", &body);
        stage.double.ask("POST", &format!("/users/{}/roles", stage.ada), Some(&json!({"roleIds": [role]})));
    }
    // However long its pages are; and a list that breaks off is no answer, because it would take rights away.
    for mood in [Mood::Well, Mood::ShortPages] {
        stage.double.set(mood);
        assert!(stage.logto.grants(&stage.ada).await.unwrap().unwrap().leave("create:did:mainnet"));
        stage.time.pass(USABLE_SECONDS_MAX);
    }
    stage.double.set(Mood::LosesPages);
    assert_eq!(stage.logto.grants(&stage.ada).await.unwrap_err().code, "auth/provider-unreachable");
}

#[tokio::test]
async fn while_logto_is_away_what_it_said_last_holds_for_some_minutes_and_then_nothing() {
    let stage = Stage::new().await;
    stage.logto.give_default_roles(&stage.ada).await.unwrap();
    stage.logto.grants(&stage.ada).await.unwrap();
    stage.double.set(Mood::Away);
    stage.time.pass(USABLE_SECONDS_MAX - 1);
    let held = stage.logto.grants(&stage.ada).await.unwrap().unwrap();
    assert!(held.leave("create:did:testnet"));
    let fault = stage.logto.grants("somebodyelse").await.unwrap_err();
    assert_eq!(fault.code, "auth/provider-unreachable", "nothing was ever said of them");
    stage.time.pass(1);
    assert_eq!(stage.logto.grants(&stage.ada).await.unwrap_err().code, "auth/provider-unreachable");
    stage.double.set(Mood::Well);
    let calls = stage.double.calls();
    assert!(stage.logto.grants(&stage.ada).await.is_err(), "it is left alone for some seconds");
    assert_eq!(stage.double.calls(), calls);
    stage.time.pass(5);
    assert!(stage.logto.grants(&stage.ada).await.unwrap().unwrap().leave("create:did:testnet"));
}
