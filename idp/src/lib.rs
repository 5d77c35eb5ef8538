//! Who somebody is, by what others prove: identity providers by OpenID Connect, with what LogTo offers beside it, and passkeys.
//!
//! [`Oidc`] implements the port [`app::port::sign_in::IdentityProvider`] for every provider with discovery: the code flow
//! with PKCE, ID tokens as a bearer's proof, and access tokens of machines. What the provider publishes about itself is kept
//! and serves for a while when it is away; after that, whoever needs it is told to come again. API keys need none of this.
//! [`logto`] is what LogTo has beside the standard. [`Webauthn`] stands for people's own devices where there is no provider:
//! it implements [`app::port::Authenticators`], and is nothing but reading and checking.
//!
//! Absent on purpose: sessions, cookies, users and their rights (that is Studio's own business), environment variables,
//! clocks.

mod claims;
mod config;
mod fault;
mod http;
mod jwk;
mod jws;
mod known;
mod metadata;
mod oidc;
mod random;
mod token_endpoint;
mod webauthn;

pub mod logto;

pub use config::{ConfigError, Connectors, OidcConfig, Secret};
pub use oidc::Oidc;
pub use webauthn::Webauthn;
#[cfg(any(test, feature = "testing"))]
pub use webauthn::testing;

/// Every limit of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [
        claims::LIMITS,
        http::LIMITS,
        jws::LIMITS,
        known::LIMITS,
        logto::limits().as_slice(),
        webauthn::limits().as_slice(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;
