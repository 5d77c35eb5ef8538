//! The ledger under a test: a devnet of its own, or the real node that `CHEQD_RPC_URL` names, with whatever can go wrong
//! on the way to it. Both fail in the same words, so that no flow knows which one it runs on.

use crate::patience::client;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use devnet::{DevnetConfig, FAUCET_MNEMONIC, Fault};
use ledger::Faucet;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};
use studio::adapter::system::SystemClock;
use tokio::net::TcpListener;

/// Blocks that a devnet makes when a test lets time pass: more than a transaction may wait for one.
const PASSING_BLOCKS: u64 = 40;

/// One account pays for all tests of this process, and gives to one at a time, since its transfers share a sequence.
pub static FAUCET: LazyLock<Faucet> = LazyLock::new(|| {
    let mnemonic = real().map_or_else(|| FAUCET_MNEMONIC.to_owned(), |(_, mnemonic)| mnemonic);
    Faucet::from_mnemonic(&mnemonic).expect("a mnemonic")
});

/// A ledger.
pub enum Node {
    /// In this process, instant, fresh for every test.
    Devnet(devnet::Handle),
    /// Somebody's; the tests share it and leave their writes behind.
    Real(GoBetween),
}

/// Address and funded mnemonic of the real node, if the tests are to use one.
#[expect(clippy::disallowed_methods, reason = "which ledger the suite runs on is the caller's choice")]
fn real() -> Option<(String, String)> {
    let url = std::env::var("CHEQD_RPC_URL").ok().filter(|url| !url.is_empty())?;
    let mnemonic =
        std::env::var("CHEQD_MNEMONIC").expect("CHEQD_RPC_URL is set: CHEQD_MNEMONIC must name who pays");
    Some((url, mnemonic))
}

/// Whether the suite runs on somebody's node, which no test can set up as it likes.
pub fn is_real() -> bool {
    real().is_some()
}

impl Node {
    pub async fn start() -> Self {
        if let Some((url, _)) = real() {
            return Self::Real(GoBetween::start(url).await);
        }
        let clock = Arc::new(|| app::port::Clock::now(&SystemClock));
        Self::Devnet(devnet::start(DevnetConfig::new(clock)).await.expect("devnet starts"))
    }

    /// Where Studio is to find it.
    pub fn url(&self) -> String {
        match self {
            Self::Devnet(devnet) => devnet.url(),
            Self::Real(between) => between.url.clone(),
        }
    }

    /// From now on nobody answers.
    pub fn go_away(&self) {
        match self {
            Self::Devnet(devnet) => inject(devnet, Fault::Http503 { count: 1_000_000 }),
            Self::Real(between) => between.ways.away.store(true, SeqCst),
        }
    }

    /// From now on every answer is late.
    pub fn slow_down(&self, millis: u64) {
        match self {
            Self::Devnet(devnet) => inject(devnet, Fault::Delay { millis, count: 1_000_000 }),
            Self::Real(between) => between.ways.delay_millis.store(millis, SeqCst),
        }
    }

    /// The next transaction is taken, but whoever sent it is not told.
    pub fn lose_a_reply(&self) {
        match self {
            Self::Devnet(devnet) => inject(devnet, Fault::DropReply { count: 1 }),
            Self::Real(between) => between.ways.lose_reply.store(true, SeqCst),
        }
    }

    /// From now on transactions are accepted, and no block ever holds them.
    pub fn forget(&self) {
        match self {
            Self::Devnet(devnet) => inject(devnet, Fault::StallBlocks),
            Self::Real(between) => between.ways.forget.store(true, SeqCst),
        }
    }

    /// While it forgets: the chain goes on. A real one does so anyway.
    pub fn pass_blocks(&self) {
        if let Self::Devnet(devnet) = self {
            inject(devnet, Fault::Evict);
            inject(devnet, Fault::AdvanceBlocks { count: PASSING_BLOCKS });
        }
    }

    /// All is well again.
    pub fn recover(&self) {
        match self {
            Self::Devnet(devnet) => {
                inject(devnet, Fault::Clear);
                inject(devnet, Fault::ResumeBlocks);
            }
            Self::Real(between) => {
                let ways = &between.ways;
                for way in [&ways.away, &ways.lose_reply, &ways.forget] {
                    way.store(false, SeqCst);
                }
                ways.delay_millis.store(0, SeqCst);
            }
        }
    }
}

fn inject(devnet: &devnet::Handle, fault: Fault) {
    devnet.inject(fault).expect("the devnet does as it is told");
}

/// What stands between Studio and a real node.
pub struct GoBetween {
    url: String,
    ways: Arc<Ways>,
}

struct Ways {
    node: String,
    http: reqwest::Client,
    away: AtomicBool,
    lose_reply: AtomicBool,
    forget: AtomicBool,
    delay_millis: AtomicU64,
}

impl GoBetween {
    async fn start(node: String) -> Self {
        let http = client().no_proxy().build().expect("client");
        let off = || AtomicBool::new(false);
        let ways = Arc::new(Ways {
            node,
            http,
            away: off(),
            lose_reply: off(),
            forget: off(),
            delay_millis: AtomicU64::new(0),
        });
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = Router::new().fallback(pass_on).with_state(Arc::clone(&ways));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, ways }
    }
}

async fn pass_on(State(ways): State<Arc<Ways>>, body: Bytes) -> Response {
    if ways.away.load(SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    tokio::time::sleep(std::time::Duration::from_millis(ways.delay_millis.load(SeqCst))).await;
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    let is_broadcast = call["method"] == "broadcast_tx_sync";
    if is_broadcast && ways.forget.load(SeqCst) {
        return accepted(&call).into_response();
    }
    let Ok(answer) =
        ways.http.post(&ways.node).header("content-type", "application/json").body(body).send().await
    else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let Ok(bytes) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    if is_broadcast && ways.lose_reply.swap(false, SeqCst) {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    (status, [(CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// What a node says that takes a transaction.
fn accepted(call: &Value) -> axum::Json<Value> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let tx = STANDARD.decode(call["params"]["tx"].as_str().unwrap_or_default()).unwrap_or_default();
    let hash = hex::encode_upper(Sha256::digest(tx));
    let result = json!({"code": 0, "data": "", "log": "", "codespace": "", "hash": hash});
    axum::Json(json!({"jsonrpc": "2.0", "id": call["id"], "result": result}))
}
