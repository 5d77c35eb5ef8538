//! A whole Studio for one test: fresh database, a ledger, real router on a real port, two customers.

use crate::{
    contract::layer::Asked,
    node::{FAUCET, Node},
    patience::{Deadline, client, ended},
};
use domain::id::Network;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr};
use store::testing::TestDatabase;
use studio::{
    Config, House,
    background::{self, Roles},
    command::router,
    server, tenant,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use vault::MasterKey;

/// A tenant of a test.
#[derive(Clone)]
pub struct Tenant {
    pub customer: domain::id::CustomerId,
    pub key: String,
    pub payer: String,
}

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    /// The body, if the status is as expected; fails the test with the whole answer otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "unexpected status: {}", self.text);
        self.body
    }
}

pub struct TestHouse {
    pub house: House,
    pub node: Node,
    pub base: String,
    /// The tenant most tests act as.
    pub alice: Tenant,
    /// Somebody else.
    pub mallory: Tenant,
    /// The shared server's database; none over a server of the test's own.
    pub database: Option<TestDatabase>,
    http: reqwest::Client,
    stop: CancellationToken,
    tasks: Option<JoinSet<()>>,
}

impl TestHouse {
    /// With one outbox worker, instant blocks and a short wait.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these environment variables besides.
    pub async fn with(variables: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let mut house = Self::over(database.pool.clone(), variables).await;
        house.database = Some(database);
        house
    }

    /// Over a migrated database of the test's own.
    pub async fn over(pool: sqlx::PgPool, variables: &[(&str, &str)]) -> Self {
        Self::on(Node::start().await, pool, variables).await
    }

    /// On a ledger of the test's own.
    pub async fn on(node: Node, pool: sqlx::PgPool, variables: &[(&str, &str)]) -> Self {
        let mut env: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        env.insert("TESTNET_RPC_URL".to_owned(), node.url());
        let config = Config::from_map(&env).expect("valid configuration");
        let master = config.master_key.as_deref().map(|text| MasterKey::parse(text).expect("a master key"));
        let master = master.unwrap_or_else(MasterKey::generate);
        let house = House::open(config, pool, master).await.expect("house opens");
        let stop = CancellationToken::new();
        let workers = house.config.workers;
        let tasks =
            background::start(&house, Roles { followers: true, workers }, &stop).await.expect("parts start");
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let limits = server::Limits::of_this_process();
        let proxies = house.config.trusted_proxies.clone();
        tokio::spawn(server::serve(listener, router(&house), proxies, limits, stop.clone()));
        let alice = funded(&house, "Alice").await;
        let mallory = funded(&house, "Mallory").await;
        let http = client().redirect(reqwest::redirect::Policy::none()).build().expect("client");
        Self { house, node, base, alice, mallory, database: None, http, stop, tasks: Some(tasks) }
    }

    /// Where the database of its own is.
    pub fn database_url(&self) -> String {
        self.database.as_ref().expect("a database of its own").url()
    }

    /// One request with Alice's key.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.call_as(Some(&self.alice.key), method, path, body, &[]).await
    }

    /// One request with anybody's key, or none.
    pub async fn call_as(
        &self,
        key: Option<&str>,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = self.request(method, path);
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Self::answer(request).await
    }

    /// A request to be finished by the caller, without a key.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// What a request answers. It must be what the contract says.
    pub async fn answer(request: reqwest::RequestBuilder) -> Reply {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let asked = Asked::of(&request);
        let response = client.execute(request).await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let reply = Reply { status, headers, body, text };
        if let Some(asked) = asked {
            asked.check(&reply);
        }
        reply
    }

    /// What an account has, in ncheq.
    pub async fn balance(&self, address: &str) -> u128 {
        self.house.studio.chain.balance(Network::Testnet, address).await.expect("a balance").0
    }

    /// An instant after everything so far and before every block to come. A real chain's blocks bear the time of the
    /// votes before them: its clock is a block behind ours, and what is written now may be dated before now.
    pub async fn ledger_now(&self) -> chrono::DateTime<chrono::Utc> {
        let now = self.house.studio.clock.now();
        if matches!(self.node, Node::Devnet(_)) {
            return now;
        }
        let deadline = Deadline::new();
        loop {
            let status = self.house.studio.chain.status(Network::Testnet).await.expect("a status");
            if status.block_time >= now {
                return status.block_time;
            }
            deadline.pause("a block of now").await;
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A new DID of Alice's.
    pub async fn did(&self) -> String {
        let body = serde_json::json!({
            "network": "testnet", "identifierFormatType": "uuid",
            "options": {"verificationMethodType": "Ed25519VerificationKey2020"}
        });
        let body = self.post("/did/create", body).await.expect(StatusCode::OK.as_u16());
        body["did"].as_str().expect("a DID").to_owned()
    }

    /// Waits until whatever was appended has been taken in, or parked, by every read model.
    pub async fn caught_up(&self) {
        let progress = &self.house.progress;
        let token = progress.latest().await.expect("the database answers");
        let patience = std::time::Duration::from_mins(1);
        let is_there = progress.wait_until(token, &projections::MODEL_NAMES, patience).await;
        assert!(is_there.expect("the database answers"), "the read models catch up");
    }

    /// Ends the house; every background part must come to its end.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(mut tasks) = self.tasks.take() {
            ended(&mut tasks).await;
        }
    }
}

/// A customer whose payer never received anything.
pub async fn penniless(house: &House, name: &str) -> Tenant {
    let registered = tenant::register(house, name).await.expect("a customer");
    let payer = registered
        .payers
        .iter()
        .find(|payer| payer.network == Network::Testnet)
        .expect("a testnet payer")
        .address
        .clone();
    Tenant { customer: registered.customer, key: registered.api_key.secret.expect("a secret"), payer }
}

pub async fn funded(house: &House, name: &str) -> Tenant {
    let tenant = penniless(house, name).await;
    tenant::fund(house, &FAUCET, tenant.customer).await.expect("funds");
    tenant
}
