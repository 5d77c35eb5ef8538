//! What an operator says about a provider, checked.

use std::{fmt, net::IpAddr};
use url::{Host, Url};
use zeroize::Zeroizing;

/// Why a provider cannot be used as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No address, or not one that may be used.
    #[error("{what} {problem}")]
    Address {
        /// Which address.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No HTTP client can be made.
    #[error("no HTTP client can be made: {0}")]
    Http(String),
}

/// A text that is shown nowhere and wiped when it is let go.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes it over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// How a wish for one way in (`google`, `email`) is told to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connectors {
    /// As this query parameter of the authorization request, e.g. Keycloak's `kc_idp_hint`, or `login_hint`.
    Parameter(String),
    /// As LogTo wants it: `direct_sign_in=social:google`, and for `email`, `phone` and `username` the form that takes that.
    LogTo,
}

/// A provider and what Studio is there.
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// Its issuer, exactly as it writes it itself.
    pub issuer: String,
    /// Studio's name there.
    pub client_id: String,
    /// Studio's password there; a public client has none.
    pub client_secret: Option<Secret>,
    /// Where it sends browsers back to.
    pub redirect_uri: String,
    /// What is asked for, separated by spaces; `openid` is added if it is missing.
    pub scopes: String,
    /// How a wish for one way in is passed on.
    pub connectors: Connectors,
    /// The audience that machines' access tokens must name; without one there are no machines.
    pub machine_audience: Option<String>,
}

impl OidcConfig {
    /// Whether the issuer may be called.
    ///
    /// # Errors
    /// When it is no address, or plain http to another machine.
    pub fn check(&self) -> Result<(), ConfigError> {
        issuer("The issuer", &self.issuer).map(|_| ())
    }
}

/// An address of a provider: https, or plain http on this machine.
pub(crate) fn address(what: &'static str, text: &str) -> Result<Url, ConfigError> {
    let bad = |problem| ConfigError::Address { what, problem };
    let url = Url::parse(text).map_err(|_| bad("is no address"))?;
    if url.host().is_none() || !url.username().is_empty() || url.password().is_some() {
        return Err(bad("needs a host, and no user name or password"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        _ => Err(bad("must begin with https:// (http:// only on this machine)")),
    }
}

/// An issuer: such an address without a query and a fragment.
pub(crate) fn issuer(what: &'static str, text: &str) -> Result<Url, ConfigError> {
    let url = address(what, text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::Address { what, problem: "must have neither a query nor a fragment" });
    }
    Ok(url)
}

/// Whether it is on the loopback interface.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for fine in
            ["https://id.example/oidc", "http://127.0.0.1:3001/oidc", "http://[::1]:1/", "http://localhost"]
        {
            assert!(issuer("OIDC_ISSUER_URL", fine).is_ok(), "{fine}");
        }
        for wrong in [
            "http://id.example/oidc",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "ftp://localhost/",
            "https://user:pw@id.example/",
            "https://id.example/?a=b",
            "https://id.example/#a",
            "id.example",
            "",
        ] {
            assert!(issuer("OIDC_ISSUER_URL", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".to_owned())), "Secret");
    }
}
