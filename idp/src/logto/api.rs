//! LogTo's management API, with the token that it wants.

use super::{LogToConfig, LogToMachine};
use crate::{
    config::ConfigError,
    fault,
    http::{Answered, CallError, Http, send},
    metadata::ClientAuth,
    token_endpoint::Client,
};
use app::{Fault, port::Clock};
use chrono::TimeDelta;
use domain::id::Instant;
use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

domain::limits! {
    /// Pages of one list that LogTo is asked for.
    PAGES_MAX: usize = 50, "pages";
    /// Longest name of a user, role or resource of LogTo's that is asked for; its own are 12 or 21 letters and digits.
    NAME_CHARS_MAX: usize = 128, "characters";
}

/// The longest page that it gives.
const PAGE_ROWS: usize = 100;
/// A token is renewed so long before it ends.
const TOKEN_MARGIN: TimeDelta = TimeDelta::seconds(60);
/// How long a token is used whose end is not told.
const TOKEN_SECONDS: i64 = 300;

/// Why a call brought nothing.
#[derive(Debug)]
pub(super) enum ApiError {
    /// It could not be asked.
    Fault(Fault),
    /// It said no, with a code of its own.
    Refused { status: u16, code: String },
}

impl ApiError {
    /// As the port tells it: what nobody expects to be refused is for the operator.
    pub(super) fn into_fault(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Refused { status, code } => {
                fault::refuses_studio(format!("LogTo's management API answered {status} {code}"))
            }
        }
    }
}

#[derive(Deserialize, Default)]
struct Refusal {
    #[serde(default)]
    code: String,
}

/// The management API of one LogTo.
pub(super) struct Api {
    http: Http,
    endpoint: Url,
    token_endpoint: Url,
    client: Client,
    audience: String,
    clock: Arc<dyn Clock>,
    token: Mutex<Option<(String, Instant)>>,
}

impl Api {
    pub(super) fn new(
        config: &LogToConfig,
        machine: &LogToMachine,
        endpoint: Url,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let bad = |_| ConfigError::Address { what: "LOGTO_ENDPOINT", problem: "is no address" };
        let token_endpoint = format!("{}/token", super::issuer(&config.endpoint)).parse().map_err(bad)?;
        Ok(Self {
            http: Http::to(&endpoint)?,
            endpoint,
            token_endpoint,
            client: Client { id: machine.client_id.clone(), secret: Some(machine.client_secret.clone()) },
            audience: config.management_api.clone(),
            clock,
            token: Mutex::default(),
        })
    }

    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answered, ApiError> {
        self.call(&Method::GET, path, query, None).await
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Answered, ApiError> {
        self.call(&Method::POST, path, &[], Some(body)).await
    }

    pub(super) async fn patch(&self, path: &[&str], body: &Value) -> Result<Answered, ApiError> {
        self.call(&Method::PATCH, path, &[], Some(body)).await
    }

    /// A whole list, page after page: as long as it says that it is, or up to a page that is not full. A part of one is none:
    /// what is missing in it would take rights away.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        for page in 1..=PAGES_MAX {
            let query = [("page", page.to_string()), ("page_size", PAGE_ROWS.to_string())];
            let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = self.get(path, &query).await?;
            let rows: Vec<T> = answer.json().map_err(|error| ApiError::Fault(fault::unreachable(error)))?;
            let count = rows.len();
            all.extend(rows);
            let total = answer.headers.get("total-number").and_then(|value| value.to_str().ok());
            let is_whole = match total.and_then(|total| total.parse::<usize>().ok()) {
                Some(total) => all.len() >= total,
                // A longer one is the whole list: pages were not heard of.
                None => count != PAGE_ROWS,
            };
            if is_whole {
                return Ok(all);
            }
            if count == 0 {
                break;
            }
        }
        let detail = format!("LogTo's list of {} has no end", path.join("/"));
        Err(ApiError::Fault(fault::unreachable(detail)))
    }

    /// One call; with a new token once, if this one is not taken any more.
    async fn call(
        &self,
        method: &Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answered, ApiError> {
        let address = self.address(path)?;
        let mut stale = None;
        loop {
            let token = self.token(stale.as_deref()).await.map_err(ApiError::Fault)?;
            let mut request = self.http.request(method.clone(), &address).query(query).bearer_auth(&token);
            if let Some(body) = body {
                request = request.json(body);
            }
            match send(request).await {
                Ok(answer) => return Ok(answer),
                Err(CallError::Refused { status: 401, .. }) if stale.is_none() => stale = Some(token),
                Err(CallError::Refused { status, body }) => {
                    let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
                    let code = crate::http::shortened(&refusal.code);
                    return Err(ApiError::Refused { status, code });
                }
                Err(error) => return Err(ApiError::Fault(fault::unreachable(error))),
            }
        }
    }

    fn address(&self, path: &[&str]) -> Result<Url, ApiError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_name =
            |part: &str| part.len() <= NAME_CHARS_MAX && !part.is_empty() && part.chars().all(is_plain);
        if !path.iter().all(|part| is_name(part)) {
            return Err(ApiError::Refused { status: 404, code: "entity.not_found".to_owned() });
        }
        let mut address = self.endpoint.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(path);
        }
        Ok(address)
    }

    /// The token; another than `stale`, which was refused.
    async fn token(&self, stale: Option<&str>) -> Result<String, Fault> {
        let mut held = self.token.lock().await;
        let now = self.clock.now();
        if let Some((token, until)) = held.as_ref()
            && now < *until
            && stale != Some(token.as_str())
        {
            return Ok(token.clone());
        }
        let parameters =
            [("grant_type", "client_credentials"), ("resource", self.audience.as_str()), ("scope", "all")];
        let fetched =
            self.client.fetch(&self.http, &self.token_endpoint, ClientAuth::Basic, &parameters).await?;
        let token = fetched.access_token.ok_or_else(|| fault::unreachable("LogTo gave no access token"))?;
        let life = TimeDelta::seconds(fetched.expires_in.unwrap_or(TOKEN_SECONDS).clamp(0, 86_400));
        *held = Some((token.clone(), now + life - TOKEN_MARGIN));
        Ok(token)
    }
}
