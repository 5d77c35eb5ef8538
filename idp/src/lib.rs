//! Identity providers: who somebody is, by OpenID Connect, and what LogTo offers beside it.
//!
//! [`Oidc`] implements the port [`app::port::sign_in::IdentityProvider`] for every provider with discovery: the code flow
//! with PKCE, ID tokens as a bearer's proof, and access tokens of machines. What the provider publishes about itself is kept
//! and serves for a while when it is away; after that, whoever needs it is told to come again. API keys need none of this.
//! [`logto`] is what LogTo has beside the standard.
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

pub mod logto;

pub use config::{ConfigError, Connectors, OidcConfig, Secret};
pub use oidc::Oidc;

/// Every limit of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [claims::LIMITS, http::LIMITS, jws::LIMITS, known::LIMITS, logto::limits().as_slice()].concat()
}

#[cfg(test)]
mod tests;
