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
        let address = |what, text: &str| config::address(what, text).map_err(|error| bad(error.to_string()));
        let optional = |what, text: Option<String>| text.map(|text| address(what, &text)).transpose();
        let methods = document.token_endpoint_auth_methods_supported;
        let has = |name: &str| methods.as_ref().is_none_or(|all| all.iter().any(|method| method == name));
        let algorithms = document.id_token_signing_alg_values_supported;
        Ok(Self {
            authorization: address("authorization_endpoint", &document.authorization_endpoint)?,
            token: address("token_endpoint", &document.token_endpoint)?,
            keys: address("jwks_uri", &document.jwks_uri)?,
            user_info: optional("userinfo_endpoint", document.userinfo_endpoint)?,
            end_session: optional("end_session_endpoint", document.end_session_endpoint)?,
            id_token_algorithms: algorithms
                .map(|names| names.iter().filter_map(|name| Algorithm::named(name)).collect()),
            client_auth: if !has("client_secret_basic") && has("client_secret_post") {
                ClientAuth::Post
            } else {
                ClientAuth::Basic
            },
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
