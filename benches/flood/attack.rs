//! The floods.

use crate::process::Running;
use futures::{SinkExt as _, StreamExt as _};
use reqwest::Client;
use serde_json::{Value, json};
use std::{process::Command, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long an attacker waits before it comes again: as long as it is told to.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How late the ledger answers while it is slow.
const SLOW_MILLIS: u64 = 8_000;
/// How long an attack builds up before anybody measures. Attackers begin one after the other: what is measured is what they
/// hold, not a thousand of them in the same millisecond.
const BUILD_UP: Duration = Duration::from_secs(6);

/// A flood.
#[derive(Clone, Copy)]
pub(crate) enum Attack {
    Resolver,
    HalfHeads,
    KeylessSockets,
    Subscriptions,
    Reads,
    Verifications,
}

/// A further customer's API key.
pub(crate) fn customer(studio: &Running, name: &str) -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_studio"))
        .args(["customer", "create", "--name", name, "--data-dir"])
        .arg(studio.directory.path().join("data"))
        .env("LOG_LEVEL", "error")
        .output()
        .expect("a customer");
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    let key = text.split_whitespace().find(|word| word.starts_with("caas_"));
    key.unwrap_or_else(|| panic!("no key in: {text}{}", String::from_utf8_lossy(&made.stderr))).to_owned()
}

impl Attack {
    pub(crate) const ALL: [Self; 6] = [
        Self::Resolver,
        Self::HalfHeads,
        Self::KeylessSockets,
        Self::Subscriptions,
        Self::Reads,
        Self::Verifications,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Resolver => "1 030 anonymous questions, ledger 8 s",
            Self::HalfHeads => "2 000 half-open requests",
            Self::KeylessSockets => "1 000 WebSockets without a key",
            Self::Subscriptions => "1 280 subscriptions of one tenant, 5 deeds/s",
            Self::Reads => "256 clients of one tenant reading",
            Self::Verifications => "256 clients verifying, ledger 8 s",
        }
    }

    /// Whether it may cost another tenant so much and no more. The others are shown: they are work that was asked for, and
    /// processor time has no budget.
    pub(crate) fn is_gated(self) -> bool {
        !matches!(self, Self::Reads | Self::Verifications)
    }

    pub(crate) async fn begin(self, studio: &Running, stop: &CancellationToken) -> JoinSet<()> {
        if matches!(self, Self::Resolver | Self::Verifications) {
            fault(studio, json!({"fault": "delay", "millis": SLOW_MILLIS, "count": 10_000_000})).await;
        }
        let count = match self {
            Self::Resolver => 1_030,
            Self::HalfHeads => 2_000,
            Self::KeylessSockets => 1_000,
            Self::Subscriptions => 41,
            Self::Reads | Self::Verifications => 256,
        };
        let http = Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let mut attackers = JoinSet::new();
        for number in 0..count {
            let (base, key, stop) = (studio.base.clone(), studio.key.clone(), stop.clone());
            let (http, turn) = (http.clone(), BUILD_UP * number / count);
            attackers.spawn(async move {
                let attacking = async {
                    tokio::time::sleep(turn).await;
                    loop {
                        self.once(&http, &base, &key, number).await;
                        tokio::time::sleep(if self.is_steady() { Duration::ZERO } else { AGAIN_AFTER }).await;
                    }
                };
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = attacking => {}
                }
            });
        }
        tokio::time::sleep(BUILD_UP).await;
        attackers
    }

    pub(crate) async fn end(self, studio: &Running) {
        fault(studio, json!({"fault": "clear"})).await;
        // What waits for the slow ledger ends.
        tokio::time::sleep(Duration::from_millis(SLOW_MILLIS) + BUILD_UP).await;
    }

    /// Whether an attacker goes on at once.
    fn is_steady(self) -> bool {
        matches!(self, Self::Reads)
    }

    async fn once(self, http: &Client, base: &str, key: &str, number: u32) {
        let address = base.trim_start_matches("http://");
        match self {
            Self::Resolver => {
                let url = format!("{base}/1.0/identifiers/did:cheqd:testnet:{}", Uuid::new_v4());
                drop(http.get(url).send().await);
            }
            Self::Reads => {
                for _ in 0..100 {
                    let asked = http.get(format!("{base}/event/list")).header("x-api-key", key).send().await;
                    if asked.is_ok_and(|answer| answer.status() != 200) {
                        tokio::time::sleep(AGAIN_AFTER).await;
                    }
                }
            }
            Self::Verifications => {
                let entry = json!({"did": format!("did:cheqd:testnet:{}", Uuid::new_v4()), "statusListName": "n", "index": 1});
                let url = format!(
                    "{base}/credential-status/check?listType=StatusList2021&statusPurpose=revocation"
                );
                drop(http.post(url).header("x-api-key", key).json(&entry).send().await);
            }
            Self::HalfHeads => {
                let Ok(mut stream) = TcpStream::connect(address).await else { return };
                if stream.write_all(b"GET /account HTTP/1.1\r\nhost: x\r\nx-api-k").await.is_ok() {
                    until_closed(&mut stream).await;
                }
            }
            Self::KeylessSockets => {
                if let Some(mut socket) = socket(address).await {
                    while socket.next().await.is_some_and(|message| message.is_ok()) {}
                }
            }
            // The last one makes news.
            Self::Subscriptions if number == 40 => loop {
                drop(
                    http.post(format!("{base}/key/create"))
                        .header("x-api-key", key)
                        .json(&json!({}))
                        .send()
                        .await,
                );
                tokio::time::sleep(Duration::from_millis(200)).await;
            },
            Self::Subscriptions => {
                let Some(mut socket) = socket(address).await else { return };
                let mut say = vec![json!({"type": "connection_init", "payload": {"x-api-key": key}})];
                say.extend((0..32).map(|id| {
                    json!({"type": "subscribe", "id": id.to_string(),
                        "payload": {"query": "subscription { events { id entity action } }"}})
                }));
                for message in say {
                    if socket.send(Message::text(message.to_string())).await.is_err() {
                        return;
                    }
                }
                while socket.next().await.is_some_and(|message| message.is_ok()) {}
            }
        }
    }
}

async fn until_closed(stream: &mut TcpStream) {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
}

async fn socket(address: &str) -> Option<WebSocketStream<MaybeTlsStream<TcpStream>>> {
    let mut request = format!("ws://{address}/graphql/ws").into_client_request().ok()?;
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().ok()?);
    Some(connect_async(request).await.ok()?.0)
}

/// Tells the devnet how to misbehave.
async fn fault(studio: &Running, what: Value) {
    let told = studio.http.post(format!("{}/devnet/fault", studio.ledger_url)).json(&what).send().await;
    let status = told.expect("the devnet").status();
    assert!(status.is_success(), "the devnet does not do {what}: {status}");
}
