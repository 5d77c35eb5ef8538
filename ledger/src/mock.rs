//! A node that says what a test tells it to, true or not. One reply per request, in order.

use crate::{client::Node, config::NetworkConfig};
use domain::id::Network;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What the node does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A JSON-RPC result with HTTP 200.
    Result(Value),
    /// A JSON-RPC error (-32603) with HTTP 200 and this data.
    Error(&'static str),
    /// A JSON-RPC error with this code.
    Code(i64, &'static str),
    /// Any status and body.
    Raw(u16, String),
    /// Half of a body, then silence and the end of the connection.
    Cut,
    /// A body that claims to be longer than anything we read.
    Endless,
}

/// A running mock.
pub(crate) struct Mock {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Value>>>,
}

impl Mock {
    /// Starts one; a request beyond the script gets HTTP 500.
    pub(crate) async fn start(script: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut script = script.into_iter();
            while let Ok((stream, _)) = listener.accept().await {
                let next = script.next().unwrap_or(Reply::Raw(500, "no more replies".to_owned()));
                answer(stream, next, &log).await;
            }
        });
        Self { url, seen }
    }

    /// Methods called so far.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|request| request["method"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Parameters of the last call.
    pub(crate) fn last_params(&self) -> Value {
        self.seen.lock().unwrap().last().unwrap()["params"].clone()
    }
}

/// A client of these addresses.
pub(crate) fn node(urls: &[&str]) -> Node {
    let config = NetworkConfig { rpc_urls: urls.iter().map(|&url| url.to_owned()).collect(), chain_id: None };
    Node::new(Network::Testnet, &config).unwrap()
}

/// An `abci_query` result with a value.
pub(crate) fn value(message: &impl prost::Message) -> Reply {
    use base64::Engine as _;
    let value = base64::engine::general_purpose::STANDARD.encode(message.encode_to_vec());
    Reply::Result(json!({"response": {"code": 0, "log": "", "info": "", "index": "0", "key": null,
        "value": value, "proofOps": null, "height": "42", "codespace": ""}}))
}

/// An `abci_query` refusal.
pub(crate) fn refusal(code: u32, log: &str) -> Reply {
    Reply::Result(json!({"response": {"code": code, "log": log, "info": "", "index": "0", "key": null,
        "value": null, "proofOps": null, "height": "42", "codespace": "sdk"}}))
}

/// A `status` result at this height.
pub(crate) fn status(chain_id: &str, height: u64) -> Reply {
    let hash = "AA".repeat(32);
    Reply::Result(json!({
        "node_info": {"protocol_version": {"p2p": "8", "block": "11", "app": "4"},
            "id": "8936365b204a5aa2e34ce89ba2a43829b08f45e9", "listen_addr": "tcp://0.0.0.0:26656",
            "network": chain_id, "version": "0.38.19", "channels": "40202122233038606100", "moniker": "node0",
            "other": {"tx_index": "on", "rpc_address": "tcp://0.0.0.0:26657"}},
        "sync_info": {"latest_block_hash": hash, "latest_app_hash": hash, "latest_block_height": height.to_string(),
            "latest_block_time": "2026-11-22T04:49:09.963753608Z", "earliest_block_hash": hash,
            "earliest_app_hash": hash, "earliest_block_height": "1",
            "earliest_block_time": "2026-11-22T04:46:54.088698207Z", "catching_up": false},
        "validator_info": {"address": "AA9728C0C7174307B25C1D349EBD8BAE007F831B",
            "pub_key": {"type": "tendermint/PubKeyEd25519", "value": "f0zE4KA3tRuNPBvWyNsLvupmdmZVR+Xur2sM3JvKNP0="},
            "voting_power": "1000000000"}}))
}

async fn answer(mut stream: TcpStream, reply: Reply, log: &Mutex<Vec<Value>>) {
    let Some(request) = read(&mut stream).await else { return };
    let id = request["id"].clone();
    log.lock().unwrap().push(request);
    let (status, body) = match reply {
        Reply::Result(result) => (200, json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string()),
        Reply::Error(data) => (200, error(&id, -32603, "Internal error", data)),
        Reply::Code(code, data) => (200, error(&id, code, "Error", data)),
        Reply::Raw(status, body) => (status, body),
        Reply::Cut => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"jsonrpc\":";
            stream.write_all(head.as_bytes()).await.unwrap();
            return;
        }
        Reply::Endless => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            return;
        }
    };
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}

fn error(id: &Value, code: i64, message: &str, data: &str) -> String {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message, "data": data}}).to_string()
}

/// Reads one HTTP request and returns its JSON body.
async fn read(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length: usize = head.lines().find_map(|line| {
            line.to_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse().unwrap())
        })?;
        if body.len() >= length {
            return serde_json::from_str(body).ok();
        }
    }
}
