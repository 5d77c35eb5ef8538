//! A provider's token endpoint.

use crate::{
    config::Secret,
    fault,
    http::{CallError, Http, send},
    metadata::ClientAuth,
};
use app::Fault;
use reqwest::Method;
use serde::Deserialize;
use url::Url;

/// What it gives for a code, or to a machine.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) id_token: Option<String>,
    pub(crate) access_token: Option<String>,
    pub(crate) expires_in: Option<i64>,
}

/// What it says when it says no (RFC 6749, 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<Secret>,
}

impl Client {
    /// Asks for tokens with these parameters.
    pub(crate) async fn fetch(
        &self,
        http: &Http,
        endpoint: &Url,
        auth: ClientAuth,
        parameters: &[(&str, &str)],
    ) -> Result<Tokens, Fault> {
        let mut parameters = parameters.to_vec();
        let mut request = http.request(Method::POST, endpoint);
        match (&self.secret, auth) {
            (Some(secret), ClientAuth::Basic) => {
                request = request.basic_auth(encoded(&self.id), Some(encoded(secret.reveal())));
            }
            (Some(secret), ClientAuth::Post) => {
                parameters.extend([("client_id", self.id.as_str()), ("client_secret", secret.reveal())]);
            }
            (None, _) => parameters.push(("client_id", &self.id)),
        }
        let answer = match send(request.form(&parameters)).await {
            Ok(answer) => answer,
            Err(CallError::Refused { status, body }) => return Err(said_no(status, &body)),
            Err(error) => return Err(fault::unreachable(error)),
        };
        answer.json().map_err(fault::unreachable)
    }
}

/// Parts of a Basic header are form-encoded first (RFC 6749, 2.3.1).
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A code that is unknown, used or another's is the browser's trouble; anything else is the operator's.
fn said_no(status: u16, body: &[u8]) -> Fault {
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        return fault::unreachable(format!("HTTP {status} from the token endpoint, without a reason"));
    };
    let detail = format!("the token endpoint answered {}", crate::http::shortened(&refusal.error));
    if refusal.error == "invalid_grant" { fault::refused(detail) } else { fault::refuses_studio(detail) }
}
