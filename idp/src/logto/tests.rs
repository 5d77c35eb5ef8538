//! LogTo's management API and webhooks, against a double that answers as a real one did.

mod answers;
mod double;
mod grants;
mod hooks;

use super::{LogTo, LogToConfig, LogToMachine};
use crate::Secret;
use app::{
    fake::Time,
    port::{
        Clock,
        provider_users::{CustomerNote, ProviderUsers as _},
    },
};
use double::{Double, Mood};
use serde_json::json;
use std::sync::Arc;

const RESOURCE: &str = "https://studio.example/api";
const HOOK_SECRET: &str = "webhook-secret";

/// Studio and its LogTo, which has the role `Testnet` with the scope `create:did:testnet`, and knows `create:did:mainnet` too.
struct Stage {
    logto: LogTo,
    double: Double,
    time: Arc<Time>,
    role: String,
    /// Somebody there.
    ada: String,
}

impl Stage {
    async fn new() -> Self {
        let time = Arc::new(Time::default());
        let double = Double::start(Arc::clone(&time)).await;
        let resource = double.make("/resources", &json!({"name": "Studio", "indicator": RESOURCE}));
        let scope = |name: &str| {
            double.make(&format!("/resources/{resource}/scopes"), &json!({"name": name, "description": "d"}))
        };
        let (testnet, _mainnet) = (scope("create:did:testnet"), scope("create:did:mainnet"));
        let role = double.make(
            "/roles",
            &json!({"name": "Testnet", "description": "d", "type": "User", "scopeIds": [testnet]}),
        );
        let ada = double.make(
            "/users",
            &json!({"primaryEmail": "ada@example.org", "username": "ada", "name": "Ada", "password": "x"}),
        );
        let config = LogToConfig {
            endpoint: format!("{}/", double.base),
            machine: Some(LogToMachine {
                client_id: double::CLIENT.to_owned(),
                client_secret: Secret::new(double::SECRET.to_owned()),
            }),
            management_api: double::AUDIENCE.to_owned(),
            default_roles: vec![role.clone()],
            resource: Some(RESOURCE.to_owned()),
            webhook_secret: Some(Secret::new(HOOK_SECRET.to_owned())),
        };
        let logto = LogTo::new(config, Arc::clone(&time) as Arc<dyn Clock>).unwrap();
        Self { logto, double, time, role, ada }
    }

    fn note() -> CustomerNote {
        CustomerNote {
            customer: "c1".to_owned(),
            name: "Ada Ltd".to_owned(),
            mainnet: Some("cheqd1main".to_owned()),
            testnet: Some("cheqd1test".to_owned()),
        }
    }
}

#[tokio::test]
async fn everybody_gets_the_default_role_once() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        stage.logto.give_default_roles(&stage.ada).await.unwrap();
    }
    let roles = stage.double.shown(&format!("/users/{}/roles", stage.ada));
    assert_eq!(roles.as_array().unwrap().len(), 1);
    assert_eq!(roles[0]["id"], stage.role);
}

#[tokio::test]
async fn of_two_default_roles_whoever_has_one_gets_the_other() {
    let stage = Stage::new().await;
    let role = json!({"name": "Portal", "description": "d", "type": "User", "scopeIds": []});
    let portal = stage.double.make("/roles", &role);
    stage.logto.give_default_roles(&stage.ada).await.unwrap();
    let default_roles = vec![stage.role.clone(), portal.clone()];
    let config = LogToConfig { default_roles, ..stage.logto.config.clone() };
    let logto = LogTo::new(config, Arc::clone(&stage.time) as Arc<dyn Clock>).unwrap();
    for _ in 0..2 {
        logto.give_default_roles(&stage.ada).await.unwrap();
    }
    let roles = stage.double.shown(&format!("/users/{}/roles", stage.ada));
    let ids: Vec<_> = roles.as_array().unwrap().iter().map(|role| role["id"].clone()).collect();
    assert!(ids.len() == 2 && ids.contains(&json!(stage.role)) && ids.contains(&json!(portal)), "{roles}");
}

#[tokio::test]
async fn whom_logto_does_not_know_gets_nothing_and_no_name_leads_elsewhere() {
    let stage = Stage::new().await;
    for subject in ["nobody", "", "..", "../roles", "ada/custom-data", "a?b=c", "a%2Fb", "ä"] {
        let fault = stage.logto.give_default_roles(subject).await.unwrap_err();
        assert_eq!(fault.code, "auth/provider-refuses-studio", "{subject}");
    }
}

#[tokio::test]
async fn the_account_is_shown_there_and_what_is_there_stays() {
    let stage = Stage::new().await;
    let path = format!("/users/{}/custom-data", stage.ada);
    stage.double.ask("PATCH", &path, Some(&json!({"customData": {"theme": "light"}})));
    assert!(stage.logto.note_customer(&stage.ada, &Stage::note()).await.unwrap());
    let data = json!({"theme": "light", "customer": {"id": "c1", "name": "Ada Ltd"},
        "paymentAccount": {"mainnet": "cheqd1main", "testnet": "cheqd1test"}});
    assert_eq!(stage.double.shown(&path), data);
    let other = CustomerNote { name: "Eve Ltd".to_owned(), ..Stage::note() };
    assert!(!stage.logto.note_customer(&stage.ada, &other).await.unwrap());
    assert_eq!(stage.double.shown(&path), data);
}

#[tokio::test]
async fn a_token_is_used_for_its_life_and_renewed_once_if_it_is_refused() {
    let stage = Stage::new().await;
    for _ in 0..3 {
        stage.logto.give_default_roles(&stage.ada).await.unwrap();
    }
    assert_eq!(stage.double.tokens_given(), 1);
    stage.time.pass(3600 - 60);
    stage.logto.give_default_roles(&stage.ada).await.unwrap();
    assert_eq!(stage.double.tokens_given(), 2, "it would have ended soon");
    stage.double.forget_tokens();
    stage.logto.give_default_roles(&stage.ada).await.unwrap();
    assert_eq!(stage.double.tokens_given(), 3, "the refused one was replaced");
    stage.double.set(Mood::RefusesTokens);
    let fault = stage.logto.give_default_roles(&stage.ada).await.unwrap_err();
    assert_eq!(fault.code, "auth/provider-refuses-studio");
    assert_eq!(stage.double.tokens_given(), 4, "once, and not for ever");
}

#[tokio::test]
async fn a_wrong_secret_is_for_the_operator() {
    let stage = Stage::new().await;
    stage.double.set(Mood::RefusesStudio);
    let fault = stage.logto.give_default_roles(&stage.ada).await.unwrap_err();
    assert_eq!(fault.code, "auth/provider-refuses-studio");
    assert!(fault.private.unwrap().contains("invalid_client"));
}

#[tokio::test]
async fn without_a_machine_nobody_is_asked() {
    let stage = Stage::new().await;
    let config = LogToConfig { machine: None, ..stage.logto.config.clone() };
    let logto = LogTo::new(config, Arc::clone(&stage.time) as Arc<dyn Clock>).unwrap();
    logto.give_default_roles(&stage.ada).await.unwrap();
    assert!(!logto.note_customer(&stage.ada, &Stage::note()).await.unwrap());
    assert_eq!(logto.grants(&stage.ada).await.unwrap(), None);
    assert_eq!(stage.double.tokens_given(), 0);
}
