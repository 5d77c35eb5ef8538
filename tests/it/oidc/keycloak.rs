//! Keycloak, from an unpacked distribution on this machine: the same steps, and its keys replaced. An extra run
//! (`make test-keycloak`), because it wants Java and a minute to start.

use super::{ADA, ALGORITHMS, STUDIO, Site, at, browser::Browser, callback, doors, header, variables, wish};
use crate::{
    house::TestHouse,
    npm::say,
    patience::{client, within},
};
use app::port::{Clock, sign_in::Identified, sign_in::IdentityProvider};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Names the unpacked distribution.
const HOME: &str = "KEYCLOAK_HOME";
/// The administrator of a Keycloak that lives as long as a test.
const ADMIN: &str = "admin";
/// What its administrator does in the console before machines can ask for them.
const MACHINE_SCOPES: [&str; 3] = ["read:account", "create:did:testnet", "act:customer"];
/// Longer than a provider is left alone that did not know a key.
const LEFT_ALONE_SECONDS: i64 = 61;
/// Longer than a provider's keys are used without asking again.
const KEPT_SECONDS: i64 = 11 * 60;

/// A clock that can be put forward.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.0.load(SeqCst))
    }
}

/// A running Keycloak with the realm of the tests.
struct Keycloak {
    site: Site,
    base: String,
    http: reqwest::Client,
    process: Child,
}

impl Keycloak {
    /// Starts the one that lies there. Its data live as long as it.
    async fn start(home: &Path) -> Self {
        let realm = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keycloak/realm.json");
        let import = home.join("data/import");
        std::fs::create_dir_all(&import).expect("a folder");
        std::fs::copy(realm, import.join("studio-realm.json")).expect("a copy");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let mut process = Command::new(home.join("bin/kc.sh"))
            .args(["start-dev", "--db=dev-mem", "--http-host=127.0.0.1", "--import-realm"])
            .arg(format!("--http-port={port}"))
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Keycloak starts");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        loop {
            let line = within("Keycloak says that it listens", lines.next_line()).await.expect("its output");
            let line = line.expect("it goes on until it listens");
            println!("keycloak: {line}");
            if line.contains("Listening on: ") {
                break;
            }
        }
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                println!("keycloak: {line}");
            }
        });
        let base = format!("http://127.0.0.1:{port}");
        let issuer = format!("{base}/realms/studio");
        let token_endpoint = format!("{issuer}/protocol/openid-connect/token");
        let http = client().no_proxy().build().expect("a client");
        Self { site: Site { issuer, token_endpoint }, base, http, process }
    }

    /// Asks it to end, and waits until it has. The script in front of Java passes the signal on.
    async fn stop(mut self) {
        self.ask_to_end();
        within("Keycloak ends", self.process.wait()).await.expect("it ends");
    }

    fn ask_to_end(&self) {
        let id = self.process.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        let sent = id.map(|id| rustix::process::kill_process(id, rustix::process::Signal::TERM));
        if let Some(Err(error)) = sent {
            println!("keycloak is not asked to end: {error}");
        }
    }

    /// What its administrator does: the answer, and where what was made stands.
    async fn administer(&self, method: Method, path: &str, body: Option<&Value>) -> (Value, Option<String>) {
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", ADMIN),
            ("password", ADMIN),
        ];
        let token = format!("{}/realms/master/protocol/openid-connect/token", self.base);
        let answer: Value =
            self.http.post(token).form(&form).send().await.expect("an answer").json().await.expect("JSON");
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let address = format!("{}/admin/realms/studio{path}", self.base);
        let mut request = self.http.request(method, address).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.expect("an answer");
        let (status, made) = (response.status(), response.headers().get("location").cloned());
        let text = response.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {text}");
        let made =
            made.map(|made| made.to_str().expect("text").rsplit('/').next().expect("a name").to_owned());
        (serde_json::from_str(&text).unwrap_or_default(), made)
    }

    /// A client as the administrator sees it.
    async fn client(&self, name: &str) -> Value {
        self.administer(Method::GET, &format!("/clients?clientId={name}"), None).await.0[0].clone()
    }

    /// Makes the scopes that machines may ask for.
    async fn offer_scopes(&self) {
        for scope in MACHINE_SCOPES {
            let body = json!({
                "name": scope, "protocol": "openid-connect", "attributes": {"include.in.token.scope": "true"},
            });
            let made = self.administer(Method::POST, "/client-scopes", Some(&body)).await.1.expect("a place");
            for machine in ["robot", "stranger"] {
                let id = self.client(machine).await["id"].as_str().expect("an id").to_owned();
                let path = format!("/clients/{id}/optional-client-scopes/{made}");
                self.administer(Method::PUT, &path, None).await;
            }
        }
    }

    /// Has a client's tokens signed with this from now on.
    async fn sign_with(&self, name: &str, algorithm: &str) {
        let mut client = self.client(name).await;
        let id = client["id"].as_str().expect("an id").to_owned();
        for token in ["id", "access"] {
            client["attributes"][format!("{token}.token.signed.response.alg")] = algorithm.into();
        }
        self.administer(Method::PUT, &format!("/clients/{id}"), Some(&client)).await;
    }

    /// Its provider of keys of this name.
    async fn key(&self, name: &str) -> Value {
        let path = format!("/components?type=org.keycloak.keys.KeyProvider&name={name}");
        self.administer(Method::GET, &path, None).await.0[0].clone()
    }
}

impl Drop for Keycloak {
    fn drop(&mut self) {
        self.ask_to_end();
    }
}

async fn ada(idp: &dyn IdentityProvider) -> Result<Identified, app::Fault> {
    let begun = idp.begin(wish()).await.expect("an address");
    let back = callback(&Browser::new().go(&begun.address, ADA, STUDIO).await);
    idp.finish(begun.memory, back).await
}

/// Its administrator gives it a new key, and later takes the old one away.
async fn takes_new_keys(keycloak: &Keycloak) {
    let clock = Arc::new(Ahead::default());
    let idp = at(&keycloak.site.issuer, &(Arc::clone(&clock) as Arc<dyn Clock>));
    let pass = |seconds| clock.0.fetch_add(seconds, SeqCst);
    let before = ada(&*idp).await.expect("Ada");

    let mut old = keycloak.key("ES384").await;
    let mut newer = old.clone();
    newer["name"] = "ES384 anew".into();
    newer["config"]["priority"] = json!(["200"]);
    newer.as_object_mut().expect("an object").remove("id");
    keycloak.administer(Method::POST, "/components", Some(&newer)).await;
    let soon = ada(&*idp).await.expect_err("keys are looked for once a minute");
    assert_eq!(soon.code, "auth/token-invalid");
    pass(LEFT_ALONE_SECONDS);
    let after = ada(&*idp).await.expect("Ada");
    assert_ne!(header(&after.id_token)["kid"], header(&before.id_token)["kid"]);
    assert!(idp.id_token(&before.id_token).await.is_ok(), "the old key is published still");

    old["config"]["enabled"] = json!(["false"]);
    let id = old["id"].as_str().expect("an id").to_owned();
    keycloak.administer(Method::PUT, &format!("/components/{id}"), Some(&old)).await;
    pass(KEPT_SECONDS);
    assert!(idp.id_token(&after.id_token).await.is_ok());
    let gone = idp.id_token(&before.id_token).await.expect_err("its key is gone");
    assert_eq!(gone.code, "auth/token-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_signs_people_in() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else {
        return say("SKIPPED: nobody signed in with Keycloak: run `make test-keycloak`");
    };
    let keycloak = Keycloak::start(&home).await;
    keycloak.offer_scopes().await;
    for algorithm in ALGORITHMS {
        for client in ["studio", "robot", "stranger"] {
            keycloak.sign_with(client, algorithm).await;
        }
        super::signs_in_and_out(&keycloak.site, algorithm).await;
        say(&format!("Keycloak signed somebody in with {algorithm}"));
    }
    keycloak.sign_with("studio", "ES384").await;
    takes_new_keys(&keycloak).await;
    say("Keycloak changed its keys");

    let house = TestHouse::with(&variables(&keycloak.site.issuer)).await;
    let (mut browser, customer, id_token) = doors::first_visit(&house).await;
    doors::tokens_open(&house, &keycloak.site, &customer, &id_token).await;
    doors::others_come(&house, &customer).await;
    doors::leaves_and_comes_back(&house, &mut browser).await;
    keycloak.stop().await;
    doors::goes_on_without(&house, &mut browser, &id_token).await;
    say("Studio went on without Keycloak");
    house.stop().await;
}
