//! What a provider publishes about itself (OpenID Connect Discovery 1.0).

use crate::{config, http::CallError, jwk::Algorithm};
use serde::Deserialize;
use url::Url;

/// Where the document is, behind the issuer.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// How Studio shows the token endpoint who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    /// In the `Authorization` header.
    Basic,
    /// In the body.
    Post,
}

#[derive(Deserialize)]
pub(crate) struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    prompt_values_supported: Vec<String>,
}

/// The same, checked.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) keys: Url,
    pub(crate) user_info: Option<Url>,
    pub(crate) end_session: Option<Url>,
    /// What it signs ID tokens with; anything that is accepted here if it does not say.
    id_token_algorithms: Option<Vec<Algorithm>>,
    pub(crate) client_auth: ClientAuth,
    /// Whether every callback says who sends it (RFC 9207).
    pub(crate) names_itself: bool,
    /// Whether it can be asked to begin with making an account (`prompt=create`).
    pub(crate) makes_accounts: bool,
}

impl Metadata {
    /// Where an issuer publishes its document.
    pub(crate) fn address(issuer: &str) -> String {
        format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/'))
    }

    /// Checks a document: it must be this issuer's own, to the letter, and name only addresses that may be called.
    pub(crate) fn checked(document: Document, issuer: &str) -> Result<Self, CallError> {
        let bad = |why: String| CallError::Unreachable(format!("the discovery document is wrong: {why}"));
        if document.issuer != issuer {
            return Err(bad("it is another issuer's".to_owned()));
        }
        // Who is reached by https sends nobody, with a code or a secret, to whatever listens on this machine.
        let is_https = issuer.starts_with("https://");
        let address = |what, text: &str| {
            let address = config::address(what, text).map_err(|error| bad(error.to_string()))?;
            if is_https && address.scheme() != "https" {
                return Err(bad(format!("{what} must begin with https://, as the issuer does")));
            }
            Ok(address)
        };
        let optional = |what, text: Option<String>| text.map(|text| address(what, &text)).transpose();
        let methods = document.token_endpoint_auth_methods_supported;
        let has = |name: &str| methods.as_ref().is_none_or(|all| all.iter().any(|method| method == name));
        let client_auth = if has("client_secret_basic") {
            ClientAuth::Basic
        } else if has("client_secret_post") {
            ClientAuth::Post
        } else if has("none") {
            // A public client, which has nothing to show.
            ClientAuth::Basic
        } else {
            return Err(bad(
                "its token endpoint takes neither client_secret_basic nor client_secret_post".to_owned()
            ));
        };
        let algorithms = document.id_token_signing_alg_values_supported;
        Ok(Self {
            authorization: address("authorization_endpoint", &document.authorization_endpoint)?,
            token: address("token_endpoint", &document.token_endpoint)?,
            keys: address("jwks_uri", &document.jwks_uri)?,
            user_info: optional("userinfo_endpoint", document.userinfo_endpoint)?,
            end_session: optional("end_session_endpoint", document.end_session_endpoint)?,
            id_token_algorithms: algorithms
                .map(|names| names.iter().filter_map(|name| Algorithm::named(name)).collect()),
            client_auth,
            names_itself: document.authorization_response_iss_parameter_supported,
            makes_accounts: document.prompt_values_supported.iter().any(|value| value == "create"),
            issuer: document.issuer,
        })
    }

    /// Whether ID tokens may be signed with it.
    pub(crate) fn signs_with(&self, algorithm: Algorithm) -> bool {
        self.id_token_algorithms.as_ref().is_none_or(|all| all.contains(&algorithm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn checked(issuer: &str, member: &str, value: impl Into<Value>) -> Result<Metadata, CallError> {
        let mut document = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
        });
        document[member] = value.into();
        Metadata::checked(serde_json::from_value(document).unwrap(), issuer)
    }

    #[test]
    fn an_issuer_that_is_reached_by_https_names_nothing_on_this_machine() {
        let members = [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "end_session_endpoint",
        ];
        for member in members {
            for address in ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x"] {
                assert!(checked("https://id.example", member, address).is_err(), "{member} {address}");
                assert!(checked("http://localhost:3001", member, address).is_ok(), "{member} {address}");
            }
            assert!(checked("https://id.example", member, "https://keys.example/x").is_ok(), "{member}");
        }
    }

    #[test]
    fn a_provider_that_takes_no_secret_of_ours_is_none() {
        let with = |methods: Value| {
            let member = "token_endpoint_auth_methods_supported";
            checked("https://id.example", member, methods).map(|metadata| metadata.client_auth).ok()
        };
        assert_eq!(with(Value::Null), Some(ClientAuth::Basic), "the default of the standard");
        assert_eq!(with(json!(["client_secret_post", "client_secret_basic"])), Some(ClientAuth::Basic));
        assert_eq!(with(json!(["private_key_jwt", "client_secret_post"])), Some(ClientAuth::Post));
        assert_eq!(with(json!(["none"])), Some(ClientAuth::Basic));
        for foreign in ["private_key_jwt", "client_secret_jwt", "tls_client_auth"] {
            assert_eq!(with(json!([foreign])), None, "{foreign}");
        }
    }
}
