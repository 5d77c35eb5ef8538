//! The identity provider that is configured.

use crate::Config;
use anyhow::Context as _;
use app::port::{Clock, provider_users::ProviderUsers};
use idp::{Oidc, logto::LogTo};
use std::sync::Arc;

/// What people sign in with, if that is somebody else's.
#[derive(Clone, Default)]
pub struct Provider {
    /// Signing in.
    pub oidc: Option<Arc<Oidc>>,
    /// What the provider does beside it.
    pub users: Option<Arc<dyn ProviderUsers>>,
}

impl Provider {
    /// The configured one. It is not asked for anything yet.
    ///
    /// # Errors
    /// When its addresses cannot be used.
    pub fn of(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let Some(identity) = &config.identity else { return Ok(Self::default()) };
        let reached = identity.reached_by(&config.browsers_base());
        let oidc = Oidc::new(reached, Arc::clone(clock)).context("the identity provider")?;
        let users = identity.logto.clone().map(|logto| LogTo::new(logto, Arc::clone(clock)));
        let users =
            users.transpose().context("LogTo")?.map(|users| Arc::new(users) as Arc<dyn ProviderUsers>);
        Ok(Self { oidc: Some(Arc::new(oidc)), users })
    }
}
