//! One Studio for all tests of this part, since each of them wants little of it.

use crate::{
    flow::drift::pay,
    house::{Reply, Tenant, TestHouse, funded},
};
use app::port::{
    Composer as _,
    chain::{IdentitySignature, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::id::VersionId;
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::CheqdComposer;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

pub const KIND: &str = "Ed25519VerificationKey2020";
/// Under what private keys are encrypted that come here.
pub const IMPORT_SECRET: &str = "test-secret";

/// Tests end before it does, so its runtime is one that no test owns. Database and ledger go with the process.
static WORLD: LazyLock<(Runtime, TestHouse)> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let house = runtime.block_on(TestHouse::with(&[("CREDS_DECRYPTION_SECRET", IMPORT_SECRET)]));
    (runtime, house)
});

/// A customer, with the key to act as one.
pub struct Someone {
    pub house: &'static TestHouse,
    pub tenant: Tenant,
}

/// Two new customers in the shared Studio.
pub fn meet(test: impl AsyncFnOnce(Someone, Someone)) {
    let (runtime, house) = &*WORLD;
    runtime.block_on(async {
        let alice = Someone { house, tenant: funded(&house.house, "Alice").await };
        let mallory = Someone { house, tenant: funded(&house.house, "Mallory").await };
        test(alice, mallory).await;
    });
}

impl Someone {
    /// One request with this one's key, and these headers besides.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.house.call_as(Some(&self.tenant.key), method, path, body, headers).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, Some(body), &[]).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self.house.request(Method::POST, path).header("x-api-key", &self.tenant.key);
        TestHouse::answer(request.form(fields)).await
    }

    /// The data of a mutation that takes an input of this type.
    pub async fn mutation(&self, field: &str, kind: &str, shown: &str, input: Value) -> Value {
        let query = format!(
            "mutation($i: {kind}!) {{ {field}(input: $i) {{ userErrors {{ code message }} {shown} }} }}"
        );
        let told = self.post("/graphql", json!({"query": query, "variables": {"i": input}})).await;
        let told = told.expect(200);
        assert!(told.get("errors").is_none(), "{told}");
        told["data"][field].clone()
    }

    /// The same customer with a key that may only this.
    pub async fn with_key(&self, bounds: Value) -> Self {
        let mut body = bounds;
        body["name"] = json!("bound");
        let made = self.post("/admin/api-key/create", body).await.expect(201);
        let key = made["apiKey"].as_str().expect("a secret").to_owned();
        Self { house: self.house, tenant: Tenant { key, ..self.tenant.clone() } }
    }

    pub async fn kid(&self) -> String {
        let made = self.post("/key/create", json!({})).await.expect(200);
        made["kid"].as_str().expect("a kid").to_owned()
    }

    pub async fn did(&self) -> String {
        let made =
            self.post("/did/create", json!({"network": "testnet", "verificationMethodType": KIND})).await;
        made.expect(200)["did"].as_str().expect("a DID").to_owned()
    }

    /// The document as the ledger has it.
    pub async fn document(&self, did: &str) -> Value {
        self.get(&format!("/did/search/{did}")).await.expect(200)["didDocument"].clone()
    }

    /// A resource of text; its id.
    pub async fn note(&self, did: &str, name: &str, text: &str) -> Value {
        let data = STANDARD.encode(text);
        let body = json!({"name": name, "type": "Note", "encoding": "base64", "data": data});
        let made = self.post(&format!("/resource/create/{did}"), body).await.expect(201);
        made["resource"].clone()
    }

    pub async fn operations(&self) -> usize {
        self.get("/operations").await.expect(200)["operations"].as_array().expect("operations").len()
    }

    /// What the history tells, newest first: category and name.
    pub async fn deeds(&self) -> Vec<(String, String)> {
        self.house.caught_up().await;
        let told = self.get("/event/list?limit=200").await.expect(200);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let events = told["events"].as_array().expect("events").iter();
        events.map(|deed| (text(&deed["category"]), text(&deed["operationName"]))).collect()
    }

    /// A DID on the ledger that no Studio wrote, controlled by this key and paid by this customer.
    pub async fn elsewhere(&self, key: &SigningKey) -> String {
        let did = fresh();
        let public = credentials::key::PublicKey::Ed25519(*key.verifying_key().as_bytes());
        let method = json!({"id": format!("{did}#key-1"), "type": KIND, "controller": did,
            "publicKeyMultibase": public.to_multibase()});
        let document = json!({"id": did, "controller": [did], "verificationMethod": [method],
            "authentication": [format!("{did}#key-1")]});
        let payload = Payload::CreateDid { document, version: VersionId(Uuid::new_v4()) };
        let bytes = CheqdComposer.sign_bytes(&payload).expect("bytes");
        let signature = key.sign(&bytes).to_bytes().to_vec();
        let signatures = [IdentitySignature { verification_method: format!("{did}#key-1"), signature }];
        let message = CheqdComposer.message(&payload, &signatures).expect("a message");
        pay(self.house, &self.tenant, message).await;
        did
    }
}

/// A DID that nobody has.
pub fn fresh() -> String {
    format!("did:cheqd:testnet:{}", Uuid::new_v4())
}

/// A key that nobody has.
pub fn fresh_key() -> SigningKey {
    let mut seed = [0; 32];
    for half in seed.chunks_mut(16) {
        half.copy_from_slice(Uuid::new_v4().as_bytes());
    }
    SigningKey::from_bytes(&seed)
}

/// A document with other members beside its own.
pub fn with(mut document: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("an object, not {members}") };
    document.as_object_mut().expect("an object").extend(members);
    document
}

/// The names of an object's members.
pub fn names(value: &Value) -> Vec<&str> {
    value.as_object().map(Map::keys).expect("an object").map(String::as_str).collect()
}

#[track_caller]
pub fn assert_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, &reply.body["code"]), (status, &json!(code)), "{}", reply.text);
}
