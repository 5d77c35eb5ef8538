//! Sign-ins through a provider in this process, which does what it is told: sign with anything, forget, lie, be away.

mod callbacks;
mod double;
mod machines;
mod outages;
mod requests;
mod sign_outs;
mod signatures;
mod tokens;

use crate::{Connectors, Oidc, OidcConfig, Secret};
use app::{
    fake::Time,
    port::{
        Clock,
        sign_in::{BeginSignIn, Callback, Identified, IdentityProvider as _, Pending},
    },
};
use double::Double;
use std::sync::Arc;

/// Where Studio is.
const CALLBACK: &str = "http://localhost:3000/auth/callback";
const CLIENT: &str = "studio";
/// With characters that a Basic header needs encoded.
const SECRET: &str = "s3cret:+ %/é";
const AUDIENCE: &str = "https://studio.example/api";

/// Studio and its provider.
struct Stage {
    oidc: Oidc,
    double: Double,
    time: Arc<Time>,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut OidcConfig)) -> Self {
        let time = Arc::new(Time::default());
        let double = Double::start(Arc::clone(&time)).await;
        let mut config = OidcConfig {
            issuer: double.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(Secret::new(SECRET.to_owned())),
            redirect_uri: CALLBACK.to_owned(),
            scopes: "openid email profile".to_owned(),
            connectors: Connectors::Parameter("kc_idp_hint".to_owned()),
            machine_audience: Some(AUDIENCE.to_owned()),
        };
        change(&mut config);
        let oidc = Oidc::new(config, Arc::clone(&time) as Arc<dyn Clock>).unwrap();
        Self { oidc, double, time }
    }

    /// A browser goes to the provider, and comes back.
    async fn there_and_back(&self) -> (Pending, Callback) {
        let begun = self.oidc.begin(wish(None, false)).await.unwrap();
        let callback = self.double.authorize(&begun.address);
        (begun.memory, callback)
    }

    /// A whole sign-in; its fault's code if there is one.
    async fn sign_in(&self) -> Result<Identified, &'static str> {
        let (memory, callback) = self.there_and_back().await;
        self.oidc.finish(memory, callback).await.map_err(|fault| fault.code)
    }

    /// What becomes of an ID token that somebody brings.
    async fn bring(&self, token: &str) -> Result<Identified, &'static str> {
        self.oidc.id_token(token).await.map_err(|fault| fault.code)
    }
}

fn wish(hint: Option<&str>, sign_up: bool) -> BeginSignIn {
    BeginSignIn { return_to: "/keys".to_owned(), connector_hint: hint.map(str::to_owned), sign_up }
}
