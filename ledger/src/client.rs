//! CometBFT JSON-RPC over HTTP, several addresses per network.
//!
//! Requests and answers are cosmrs's (tendermint-rpc's) types; the transport is ours. Their `HttpClient` reads a body of
//! any size into memory, turns every HTTP status but 200 into one error without its text (CometBFT sends JSON-RPC errors
//! with 400 and 500 too), and knows one address. The outbox needs the text (docs/ledger.md#sending-and-finding).

use crate::config::{
    CALL_TIMEOUT, CONNECT_TIMEOUT, ConfigError, IDLE_CONNECTION, NetworkConfig, RESPONSE_BYTES_MAX,
};
use app::port::chain::{ChainFault, ChainStatus};
use domain::id::{Instant, Network};
use reqwest::{StatusCode, Url, header::CONTENT_TYPE, redirect::Policy};
use serde::{Deserialize, de::IgnoredAny};
use std::{
    error::Error as _,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};
use tendermint_rpc::{SimpleRequest, endpoint, request::RequestMessage};

domain::limits! {
    /// Longest piece of a foreign text that goes into an error.
    DETAIL_CHARS_MAX: usize = 600, "characters";
    /// Longest log of a transaction that is handed on. Verdicts hang on the end of a log, and validation texts are long.
    LOG_CHARS_MAX: usize = 8_000, "characters";
}

/// JSON-RPC code for a method the node does not have.
pub(crate) const METHOD_NOT_FOUND: i64 = -32601;

/// Why a call brought no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// Connection refused, reset or timed out, HTTP 5xx or 429: the request may or may not have arrived.
    Unreachable(String),
    /// The node answered with a JSON-RPC error.
    Rpc {
        /// JSON-RPC code.
        code: i64,
        /// `message: data`, shortened.
        text: String,
    },
    /// The request is larger than the node reads (HTTP 413, or 400 from CometBFT's body limit).
    TooLarge(String),
    /// Whatever answered, it was not CometBFT.
    Garbage(String),
}

impl CallError {
    /// Whether another node might do better: this one gave no answer of its own.
    const fn is_of_the_way(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Garbage(_))
    }

    /// As the port tells it.
    pub(crate) fn into_fault(self, network: Network) -> ChainFault {
        match self {
            Self::Unreachable(detail) => ChainFault::Unreachable { network, detail },
            Self::Rpc { code, text } => {
                ChainFault::Unexpected { network, detail: format!("{text} (JSON-RPC {code})") }
            }
            Self::TooLarge(detail) | Self::Garbage(detail) => ChainFault::Unexpected { network, detail },
        }
    }
}

/// One address.
struct Endpoint {
    url: Url,
    http: reqwest::Client,
}

/// The node(s) of one network.
pub(crate) struct Node {
    pub(crate) network: Network,
    chain_id: Option<String>,
    endpoints: Vec<Endpoint>,
    /// Where the last call succeeded; the next one starts there.
    preferred: AtomicUsize,
    /// Highest block any of them has shown; 0 before the first `status`.
    height_seen: AtomicU64,
}

#[derive(Deserialize)]
struct Envelope<T> {
    result: Option<T>,
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    #[serde(default)]
    message: String,
    data: Option<serde_json::Value>,
}

impl Node {
    /// Prepares the addresses; connects to nothing yet.
    pub(crate) fn new(network: Network, config: &NetworkConfig) -> Result<Self, ConfigError> {
        if config.rpc_urls.is_empty() {
            return Err(ConfigError::NoAddress(network));
        }
        let endpoints = config
            .rpc_urls
            .iter()
            .enumerate()
            .map(|(index, text)| endpoint(network, index + 1, text))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            network,
            chain_id: config.chain_id.clone(),
            endpoints,
            preferred: AtomicUsize::new(0),
            height_seen: AtomicU64::new(0),
        })
    }

    /// Calls the preferred address, then the others for as long as none of them answers. Asking twice is harmless for
    /// every request this crate makes: reads change nothing, and the same transaction bytes commit at most once.
    pub(crate) async fn call<R>(&self, request: R) -> Result<R::Output, CallError>
    where
        R: SimpleRequest + Clone,
    {
        let mut failure = CallError::Unreachable("no address".to_owned());
        for (index, endpoint) in self.in_order() {
            match endpoint.call(request.clone()).await {
                Err(error) if error.is_of_the_way() => {
                    tracing::warn!(network = %self.network, node = index, ?error, "ledger.node.failed");
                    failure = error;
                }
                answer => {
                    self.preferred.store(index, Relaxed);
                    return answer;
                }
            }
        }
        Err(failure)
    }

    /// The addresses, the preferred one first.
    fn in_order(&self) -> impl Iterator<Item = (usize, &Endpoint)> {
        let first = self.preferred.load(Relaxed);
        let (before, from) = self.endpoints.split_at(first.min(self.endpoints.len()));
        let numbered = from.iter().enumerate().map(move |(index, endpoint)| (first + index, endpoint));
        numbered.chain(before.iter().enumerate())
    }

    /// Where the chain stands, checked against the configured chain id.
    pub(crate) async fn status(&self) -> Result<ChainStatus, ChainFault> {
        let status =
            self.call(endpoint::status::Request).await.map_err(|error| error.into_fault(self.network))?;
        let status = self.checked(&status)?;
        self.height_seen.fetch_max(status.height, Relaxed);
        Ok(status)
    }

    /// Asks a node that has every block we have ever seen: one that lags behind must not say that something is absent.
    pub(crate) async fn call_up_to_date<R>(&self, request: R) -> Result<R::Output, CallError>
    where
        R: SimpleRequest + Clone,
    {
        let seen = self.height_seen.load(Relaxed);
        for (index, endpoint) in self.in_order() {
            let height = match endpoint.call(endpoint::status::Request).await {
                Ok(status) => {
                    self.checked(&status).map(|status| status.height).map_err(|fault| fault.to_string())
                }
                Err(error) => Err(format!("{error:?}")),
            };
            match height {
                Ok(height) if height >= seen => return endpoint.call(request).await,
                height => {
                    tracing::warn!(network = %self.network, node = index, ?height, seen, "ledger.node.behind");
                }
            }
        }
        Err(CallError::Unreachable(format!("every node is away or behind block {seen}")))
    }

    fn checked(&self, status: &endpoint::status::Response) -> Result<ChainStatus, ChainFault> {
        let chain_id = status.node_info.network.to_string();
        if let Some(wanted) = self.chain_id.as_ref().filter(|wanted| **wanted != chain_id) {
            return Err(ChainFault::Unexpected {
                network: self.network,
                detail: format!("the node is on chain {chain_id}, but {wanted} is configured"),
            });
        }
        Ok(ChainStatus {
            chain_id,
            height: status.sync_info.latest_block_height.value(),
            block_time: instant_of(status.sync_info.latest_block_time).ok_or_else(|| {
                ChainFault::Unexpected {
                    network: self.network,
                    detail: "the block time is out of range".to_owned(),
                }
            })?,
            catching_up: status.sync_info.catching_up,
        })
    }
}

/// A CometBFT time as ours, to the nanosecond.
pub(crate) fn instant_of(time: cosmrs::tendermint::Time) -> Option<Instant> {
    Instant::from_timestamp_nanos(i64::try_from(time.unix_timestamp_nanos()).ok()?).into()
}

fn endpoint(network: Network, position: usize, text: &str) -> Result<Endpoint, ConfigError> {
    let bad = |why: String| ConfigError::Address { network, position, why };
    let url = Url::parse(text.trim()).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("it needs http:// or https:// and a host".to_owned()));
    }
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .pool_idle_timeout(IDLE_CONNECTION)
        .redirect(Policy::none())
        .user_agent(concat!("studio/", env!("CARGO_PKG_VERSION")));
    if is_this_machine(&url) {
        // A proxy set for the outside world must not be asked for a node on this machine.
        builder = builder.no_proxy();
    }
    let http = builder.build().map_err(|error| ConfigError::Http(error.without_url().to_string()))?;
    Ok(Endpoint { url, http })
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Endpoint {
    async fn call<R: SimpleRequest>(&self, request: R) -> Result<R::Output, CallError> {
        let body = RequestMessage::into_json(request);
        let answer = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await
            .map_err(transport)?;
        let status = answer.status();
        // Whoever stands before the node speaks with these; their bodies say nothing about the call.
        if status == StatusCode::TOO_MANY_REQUESTS
            || matches!(status.as_u16(), 502..=504)
            || status.is_redirection()
        {
            return Err(CallError::Unreachable(format!("HTTP {status}")));
        }
        let bytes = bounded(answer).await?;
        match serde_json::from_slice::<Envelope<R::Response>>(&bytes) {
            Ok(Envelope { error: Some(error), .. }) => Err(rpc_error(&error)),
            Ok(Envelope { result: Some(result), .. }) if status.is_success() => Ok(result.into()),
            _ if status == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(CallError::TooLarge(format!("HTTP {status}")))
            }
            _ if status.is_server_error() => Err(CallError::Unreachable(format!("HTTP {status}"))),
            Ok(_) => Err(CallError::Garbage(format!(
                "HTTP {status} with neither a result nor an error (JSON-RPC)"
            ))),
            Err(error) => {
                // Tell a node that answers something unknown from something that is no node at all.
                let what = if serde_json::from_slice::<Envelope<IgnoredAny>>(&bytes).is_ok() {
                    "an answer of an unknown shape"
                } else {
                    "no JSON-RPC answer"
                };
                Err(CallError::Garbage(format!("HTTP {status} with {what}: {error}")))
            }
        }
    }
}

fn rpc_error(error: &RpcError) -> CallError {
    let data = match &error.data {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => format!(": {text}"),
        Some(other) => format!(": {other}"),
    };
    let text = shortened(&format!("{}{data}", error.message));
    if text.contains("request body too large") {
        CallError::TooLarge(text)
    } else {
        CallError::Rpc { code: error.code, text }
    }
}

/// Reads at most [`RESPONSE_BYTES_MAX`].
async fn bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, CallError> {
    let too_long = || CallError::Garbage(format!("an answer of more than {RESPONSE_BYTES_MAX} bytes"));
    if answer.content_length().is_some_and(|length| length > RESPONSE_BYTES_MAX as u64) {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(transport)? {
        if bytes.len() + chunk.len() > RESPONSE_BYTES_MAX {
            return Err(too_long());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What the transport said, causes included, the address (which may carry an API key) left out.
#[expect(clippy::needless_pass_by_value, reason = "shape of map_err")]
fn transport(error: reqwest::Error) -> CallError {
    let kind = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "connection failed"
    };
    let mut detail = kind.to_owned();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        detail = format!("{detail}: {deeper}");
        cause = deeper.source();
    }
    CallError::Unreachable(shortened(&detail))
}

/// A foreign text for an error.
fn shortened(text: &str) -> String {
    cut(text, DETAIL_CHARS_MAX)
}

/// The log of a transaction or query, without the kilobytes of stack of a panic.
pub(crate) fn log_text(text: &str) -> String {
    cut(text.split("\nstack:").next().unwrap_or(text), LOG_CHARS_MAX)
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
