//! Calls to a provider: so long, so large, and never somewhere else than asked.

use crate::config::{ConfigError, is_this_machine};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header::HeaderMap, redirect::Policy};
use serde::de::DeserializeOwned;
use std::{error::Error as _, time::Duration};
use url::Url;

domain::limits! {
    /// Longest wait for a connection to an identity provider.
    CONNECT_SECONDS_MAX: u64 = 4, "seconds";
    /// Longest wait for an identity provider's whole answer.
    ANSWER_SECONDS_MAX: u64 = 8, "seconds";
    /// Longest answer of an identity provider.
    ANSWER_BYTES_MAX: usize = 512 * 1024, "bytes";
}

/// How much of a foreign text goes into an error.
const DETAIL_CHARS: usize = 300;

/// Why a call brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// No answer, or one that says that there is none: a time-out, 429, 5xx, a redirection, something unreadable.
    #[error("{0}")]
    Unreachable(String),
    /// It understood and said no (4xx).
    #[error("HTTP {status}: {}", shortened(&String::from_utf8_lossy(.body)))]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        body: Vec<u8>,
    },
}

/// An answer.
pub(crate) struct Answered {
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Answered {
    /// The body, which must be JSON of this shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| CallError::Unreachable(format!("the answer cannot be read: {error}")))
    }
}

/// A client for one provider.
#[derive(Debug, Clone)]
pub(crate) struct Http(Client);

impl Http {
    /// For a provider at this address.
    pub(crate) fn to(provider: &Url) -> Result<Self, ConfigError> {
        let mut builder = Client::builder()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .timeout(Duration::from_secs(ANSWER_SECONDS_MAX))
            // Whoever redirects a call could send it, with what it carries, into a network that only Studio reaches.
            .redirect(Policy::none())
            .user_agent(concat!("studio/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(provider) {
            builder = builder.no_proxy();
        }
        builder.build().map(Self).map_err(|error| ConfigError::Http(error.without_url().to_string()))
    }

    /// A request to be finished by the caller.
    pub(crate) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.0.request(method, url.clone())
    }

    /// Asks for a document.
    pub(crate) async fn get(&self, url: &Url) -> Result<Answered, CallError> {
        send(self.request(Method::GET, url)).await
    }
}

/// Sends it and reads what is answered.
pub(crate) async fn send(request: RequestBuilder) -> Result<Answered, CallError> {
    let answer = request.send().await.map_err(|error| transport(&error))?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    if status.is_redirection() || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(CallError::Unreachable(format!("HTTP {status}")));
    }
    let body = bounded(answer).await?;
    if status.is_success() {
        Ok(Answered { headers, body })
    } else {
        Err(CallError::Refused { status: status.as_u16(), body })
    }
}

async fn bounded(mut answer: Response) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| transport(&error))? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(CallError::Unreachable(format!("an answer of more than {ANSWER_BYTES_MAX} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What the transport said, causes included, without the address: a query may hold what is nobody's business.
fn transport(error: &reqwest::Error) -> CallError {
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
pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(DETAIL_CHARS).collect()
}
