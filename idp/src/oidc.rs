//! Signing in by OpenID Connect.

use crate::{
    claims::{CLOCK_SKEW_SECONDS_MAX, Claims, LOGOUT_SECONDS_MAX},
    config::{self, ConfigError, Connectors, OidcConfig},
    fault,
    http::{Http, send},
    jwk::Named,
    jws::Jws,
    known::{Known, Provider},
    metadata::Metadata,
    random,
    token_endpoint::{Client, Tokens},
};
use app::{
    Fault,
    port::{
        Clock,
        sign_in::{BeginSignIn, Begun, Callback, Identified, IdentityProvider, Machine, Pending, SignedOut},
    },
};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use reqwest::Method;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};
use subtle::ConstantTimeEq as _;
use url::Url;

/// What a token is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Saying who somebody is.
    Id,
    /// Opening something to a machine.
    Access,
    /// Telling that somebody was signed out.
    Logout,
}

impl Kind {
    /// Whether a token may be one of these that says it is that. Most ID tokens say nothing; access tokens do (RFC 9068), and
    /// logout tokens should (OpenID Connect Back-Channel Logout 1.0, 2.4).
    fn may_be(self, said: Option<&str>) -> bool {
        match (self, said) {
            (Self::Id | Self::Logout, None | Some("jwt"))
            | (Self::Access, Some("at+jwt"))
            | (Self::Logout, Some("logout+jwt")) => true,
            (Self::Id | Self::Access | Self::Logout, _) => false,
        }
    }
}

/// What LogTo calls ways in that are no social connectors.
const LOGTO_IDENTIFIERS: [&str; 3] = ["email", "phone", "username"];
/// How long a provider that is away at the start is left alone before it is asked again.
const WARM_AGAIN: Duration = Duration::from_secs(30);

/// A provider with discovery.
pub struct Oidc {
    config: OidcConfig,
    client: Client,
    http: Http,
    known: Known,
    clock: Arc<dyn Clock>,
}

impl Oidc {
    /// Checks the configuration; asks nobody yet.
    ///
    /// # Errors
    /// When an address is none, or plain http to another machine.
    pub fn new(config: OidcConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let issuer = config::issuer("The issuer", &config.issuer)?;
        let document = config::address("The issuer", &Metadata::address(&config.issuer))?;
        let http = Http::to(&issuer)?;
        let known = Known::new(&config.issuer, document, http.clone(), Arc::clone(&clock));
        let client = Client { id: config.client_id.clone(), secret: config.client_secret.clone() };
        Ok(Self { config, client, http, known, clock })
    }

    /// Asks the provider for what it publishes, until it has answered once: whoever signs out first wants to know where.
    pub async fn warm(&self) {
        while let Err(fault) = self.known.current().await {
            tracing::warn!(issuer = self.config.issuer, detail = fault.private, "idp.provider.away");
            tokio::time::sleep(WARM_AGAIN).await;
        }
    }

    /// The claims of a token that one of the provider's keys signed. A key that is not known may be new.
    async fn claims(&self, token: &str, kind: Kind) -> Result<Claims, Fault> {
        let jws = Jws::parse(token).map_err(fault::invalid_token)?;
        if !kind.may_be(jws.kind.as_deref()) {
            return Err(fault::invalid_token("it is a token of another kind"));
        }
        let mut provider = self.known.current().await?;
        if provider.keys.find(jws.kid.as_deref(), jws.algorithm) == Named::Unknown
            && let Some(newer) = self.known.newer(&provider).await?
        {
            provider = newer;
        }
        if kind != Kind::Access && !provider.metadata.signs_with(jws.algorithm) {
            let detail = format!("the provider does not sign with {}", jws.algorithm.name());
            return Err(fault::invalid_token(detail));
        }
        let key = match provider.keys.find(jws.kid.as_deref(), jws.algorithm) {
            Named::Key(key) => key,
            Named::Unknown => return Err(fault::invalid_token("kid names no key of the provider")),
            Named::Unfit => return Err(fault::invalid_token("the key is not made for this algorithm")),
        };
        if !key.has_signed(jws.algorithm, jws.signed, &jws.signature) {
            return Err(fault::invalid_token("the signature is wrong"));
        }
        let claims = Claims::new(jws.claims().map_err(fault::invalid_token)?);
        claims.hold(&self.config.issuer, self.clock.now())?;
        // A logout token may say that it is no more than a JWT; what tells of an event says who nobody is.
        if kind == Kind::Id && claims.tell_of_an_event() {
            return Err(fault::invalid_token("it is a logout token"));
        }
        Ok(claims)
    }

    /// The claims of an ID token or a logout token made for Studio.
    async fn claims_for_studio(&self, token: &str, kind: Kind) -> Result<Claims, Fault> {
        let claims = self.claims(token, kind).await?;
        claims.are_for_client(&self.config.client_id)?;
        Ok(claims)
    }

    /// Where sessions there end. Whoever is first since the start asks.
    async fn end_session(&self) -> Option<Url> {
        let provider = match self.known.last() {
            Some(provider) => provider,
            None => self.known.current().await.ok()?,
        };
        provider.metadata.end_session.clone()
    }

    fn identified(&self, claims: &Claims, told: &Claims, token: &str) -> Result<Identified, Fault> {
        let source = if claims.text("email").is_some() { claims } else { told };
        Ok(Identified {
            issuer: self.config.issuer.clone(),
            subject: claims.subject()?.to_owned(),
            email: source.owned("email"),
            email_verified: source.is_true("email_verified"),
            name: claims.owned("name").or_else(|| told.owned("name")),
            id_token: token.to_owned(),
            // One that is longer than names are could never be signed out by it.
            provider_session: claims.name("sid").ok().flatten(),
            until: claims.until(),
        })
    }

    /// What the provider tells beside an ID token that does not name an address. It must be about the same user (OpenID
    /// Connect Core 1.0, 5.3.2).
    async fn user_info(
        &self,
        claims: &Claims,
        provider: &Provider,
        tokens: &Tokens,
    ) -> Result<Claims, Fault> {
        let (Some(endpoint), Some(token)) = (&provider.metadata.user_info, &tokens.access_token) else {
            return Ok(Claims::new(Map::new()));
        };
        let request = self.http.request(Method::GET, endpoint).bearer_auth(token);
        let answer = send(request).await.map_err(fault::unreachable)?;
        let told = Claims::new(answer.json::<Map<String, Value>>().map_err(fault::unreachable)?);
        if told.text("sub") != Some(claims.subject()?) {
            return Err(fault::invalid_token("the user info is about somebody else"));
        }
        Ok(told)
    }

    /// Whether a callback answers the sign-in that is remembered, and the code that it brings.
    fn code(memory: &Pending, callback: Callback, metadata: &Metadata) -> Result<String, Fault> {
        let state = callback.state.unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(memory.state.as_bytes())) {
            return Err(fault::mismatch("state is that of another sign-in"));
        }
        match &callback.iss {
            Some(issuer) if *issuer != metadata.issuer => {
                return Err(fault::mismatch("iss is another provider"));
            }
            None if metadata.names_itself => return Err(fault::mismatch("iss is missing")),
            _ => {}
        }
        if let Some(error) = callback.error {
            return Err(fault::refused(format!("the provider said {}", crate::http::shortened(&error))));
        }
        callback.code.ok_or_else(|| fault::mismatch("code is missing"))
    }

    /// The parameters for a wish: which way in, and whether with an account or without.
    fn wishes(&self, asked: &BeginSignIn, metadata: &Metadata) -> Vec<(String, String)> {
        let hint = asked.connector_hint.as_deref().filter(|hint| !hint.is_empty());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match &self.config.connectors {
            Connectors::Parameter(name) => {
                let hint = hint.map(|hint| pair(name, hint));
                let sign_up = (asked.sign_up && metadata.makes_accounts).then(|| pair("prompt", "create"));
                hint.into_iter().chain(sign_up).collect()
            }
            Connectors::LogTo => {
                let screen = if asked.sign_up { "register" } else { "sign_in" };
                match hint {
                    Some(hint) if LOGTO_IDENTIFIERS.contains(&hint) => {
                        vec![pair("first_screen", &format!("identifier:{screen}")), pair("identifier", hint)]
                    }
                    Some(hint) if hint.contains(':') => vec![pair("direct_sign_in", hint)],
                    Some(hint) => vec![pair("direct_sign_in", &format!("social:{hint}"))],
                    None if asked.sign_up => vec![pair("first_screen", screen)],
                    None => Vec::new(),
                }
            }
        }
    }

    fn scopes(&self) -> String {
        let scopes = &self.config.scopes;
        if scopes.split_ascii_whitespace().any(|scope| scope == "openid") {
            scopes.clone()
        } else {
            format!("openid {scopes}").trim_end().to_owned()
        }
    }
}

#[async_trait]
impl IdentityProvider for Oidc {
    async fn begin(&self, asked: BeginSignIn) -> Result<Begun, Fault> {
        let provider = self.known.current().await?;
        let (state, nonce, verifier) = (random::token()?, random::token()?, random::token()?);
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let mut address = provider.metadata.authorization.clone();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.config.redirect_uri)
            .append_pair("scope", &self.scopes())
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(self.wishes(&asked, &provider.metadata));
        let memory = Pending { state, nonce, verifier, return_to: asked.return_to };
        Ok(Begun { address: address.into(), memory })
    }

    async fn finish(&self, memory: Pending, callback: Callback) -> Result<Identified, Fault> {
        let provider = self.known.current().await?;
        let code = Self::code(&memory, callback, &provider.metadata)?;
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", self.config.redirect_uri.as_str()),
            ("code_verifier", memory.verifier.as_str()),
        ];
        let Metadata { token, client_auth, .. } = &provider.metadata;
        let tokens = self.client.fetch(&self.http, token, *client_auth, &parameters).await?;
        let Some(id_token) = &tokens.id_token else {
            return Err(fault::unreachable("the token endpoint gave no ID token"));
        };
        let claims = self.claims_for_studio(id_token, Kind::Id).await?;
        claims.belong_to(&memory.nonce)?;
        let told = if claims.text("email").is_none() {
            self.user_info(&claims, &provider, &tokens).await?
        } else {
            Claims::new(Map::new())
        };
        self.identified(&claims, &told, id_token)
    }

    async fn end(&self, id_token: Option<&str>, return_to: &str) -> Option<String> {
        let mut address = self.end_session().await?;
        let mut pairs = address.query_pairs_mut();
        if let Some(token) = id_token {
            pairs.append_pair("id_token_hint", token);
        }
        pairs.append_pair("client_id", &self.config.client_id);
        pairs.append_pair("post_logout_redirect_uri", return_to);
        drop(pairs);
        Some(address.into())
    }

    async fn end_origin(&self) -> Option<String> {
        Some(self.end_session().await?.origin().ascii_serialization())
    }

    async fn signed_out(&self, logout_token: &str) -> Result<SignedOut, Fault> {
        let claims = self.claims_for_studio(logout_token, Kind::Logout).await?;
        let now = self.clock.now();
        claims.tell_of_sign_out(now)?;
        let word = claims.name("jti")?.ok_or_else(|| fault::invalid_token("jti is missing"))?;
        let (subject, provider_session) = (claims.name("sub")?, claims.name("sid")?);
        if subject.is_none() && provider_session.is_none() {
            return Err(fault::invalid_token("it names neither a user nor a session"));
        }
        // A clock that is ahead makes tokens that are believed for longer.
        let until = now + TimeDelta::seconds(LOGOUT_SECONDS_MAX + CLOCK_SKEW_SECONDS_MAX);
        Ok(SignedOut { issuer: self.config.issuer.clone(), subject, provider_session, word, until })
    }

    async fn id_token(&self, token: &str) -> Result<Identified, Fault> {
        let claims = self.claims_for_studio(token, Kind::Id).await?;
        self.identified(&claims, &Claims::new(Map::new()), token)
    }

    async fn machine(&self, token: &str) -> Result<Machine, Fault> {
        let Some(audience) = &self.config.machine_audience else {
            return Err(fault::invalid_token("no audience for machines is configured"));
        };
        let claims = self.claims(token, Kind::Access).await?;
        claims.are_for_resource(audience)?;
        let client = claims.text("client_id").ok_or_else(|| fault::invalid_token("client_id is missing"))?;
        // A user's access token names the client too, and is not the client's own.
        if claims.subject()? != client {
            return Err(fault::invalid_token("it was given to a user, not to a machine"));
        }
        Ok(Machine { client: client.to_owned(), scopes: claims.words("scope"), until: claims.until() })
    }
}
