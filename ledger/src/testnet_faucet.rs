//! The public faucet of cheqd's test network, over HTTP.

use domain::id::Ncheq;
use reqwest::{Client, StatusCode, Url};
use serde_json::json;
use std::time::Duration;

/// How long its answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The most characters of its words that are kept.
const WORDS_CHARS_MAX: usize = 200;

/// Why it gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestnetFaucetError {
    /// No answer in time.
    #[error("the faucet does not answer")]
    Unreachable,
    /// It said no.
    #[error("the faucet answered {status}: {words}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The beginning of its answer.
        words: String,
    },
}

/// A faucet that gives test money to whoever asks with its key.
#[derive(Debug, Clone)]
pub struct TestnetFaucet {
    http: Client,
    uri: Url,
    key: Option<String>,
    amount: Ncheq,
}

impl TestnetFaucet {
    /// At this address; it will be asked for `amount` at a time, with this key if it wants one.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(uri: Url, key: Option<String>, amount: Ncheq) -> Result<Self, reqwest::Error> {
        Ok(Self { http: Client::builder().timeout(TIMEOUT).build()?, uri, key, amount })
    }

    /// Asks for money for an address. Who stands behind it is not told: the faucet's name and e-mail fields stay empty.
    ///
    /// # Errors
    /// When it does not answer 200.
    pub async fn credit(&self, address: &str) -> Result<(), TestnetFaucetError> {
        let body = json!({"denom": "ncheq", "address": address, "amount": self.amount.to_string(), "email": "",
            "first_name": "", "last_name": "", "company": "Requested via Studio", "marketing_optin": false});
        let mut request = self.http.post(self.uri.clone()).json(&body);
        if let Some(key) = &self.key {
            request = request.header("x-api-key", key);
        }
        let answer = request.send().await.map_err(|_| TestnetFaucetError::Unreachable)?;
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(());
        }
        let words = answer.text().await.unwrap_or_default().chars().take(WORDS_CHARS_MAX).collect();
        Err(TestnetFaucetError::Refused { status: status.as_u16(), words })
    }
}
