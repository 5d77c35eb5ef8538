//! The one table of all endpoints. The router, the OpenAPI document and the tests that call every route are made from it.

use crate::{
    House, account, accreditation, api_key, auth, credential, did, event, health, job, key, openapi,
    operation, organisation, people, presentation, registrar, resource, status_list, subject,
};
use app::{
    act::{Effect, Spec},
    budget::Work,
};
use axum::{http::Method, routing::MethodRouter};
use std::sync::Arc;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Anybody.
    Public,
    /// Whoever has an API key.
    ApiKey,
}

/// One endpoint, as far as others than its handler care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// HTTP method.
    pub method: Method,
    /// Path with `{parameters}`, as axum writes them.
    pub path: &'static str,
    /// Who may call it.
    pub auth: Auth,
    /// What it leaves behind.
    pub effect: Effect,
    /// Which act it is; none for what is nobody's: health, documents, the resolver.
    pub act: Option<&'static Spec>,
    /// Whether the API key may also come as the password of `Authorization: Basic`.
    pub takes_basic: bool,
}

impl Route {
    /// Which places a call takes; none for what is answered whatever the load: health, version, documents.
    pub fn work(&self) -> Option<Work> {
        match (self.auth, self.effect) {
            (Auth::Public, Effect::LedgerRead) => Some(Work::Resolve),
            (Auth::Public, _) => None,
            (Auth::ApiKey, effect) => Some(effect.work()),
        }
    }
}

/// An endpoint with its handler.
pub(crate) struct Endpoint {
    pub(crate) route: Route,
    pub(crate) handler: MethodRouter<Arc<House>>,
    /// Whether query parameters that its documentation does not name are refused.
    pub(crate) is_strict: bool,
    /// The query parameter that makes it a question to the ledger.
    pub(crate) asks_with: Option<&'static str>,
    /// Whether its answers may be compressed: what is large and holds no secret.
    pub(crate) is_compressed: bool,
}

impl Endpoint {
    fn new(route: Route, handler: MethodRouter<Arc<House>>) -> Self {
        let is_strict = route.auth == Auth::ApiKey;
        let is_compressed = route.method == Method::GET;
        Self { route, handler, is_strict, asks_with: None, is_compressed }
    }

    fn of_anybody(
        method: Method,
        path: &'static str,
        effect: Effect,
        handler: MethodRouter<Arc<House>>,
    ) -> Self {
        Self::new(Route { method, path, auth: Auth::Public, effect, act: None, takes_basic: false }, handler)
    }

    /// Where a browser signs in and out: whoever comes, the handler finds out. The effect is what the gate and the contract make
    /// of it, also for a form: no places, no idempotency key, no dry run. What it changes are sessions and passkeys, by use cases of
    /// their own.
    pub(crate) fn browser(method: Method, path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        Self::of_anybody(method, path, Effect::Read, handler)
    }

    /// Anybody may read it.
    pub(crate) fn public(path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        Self::of_anybody(Method::GET, path, Effect::Read, handler)
    }

    /// Anybody may ask the ledger with a body; nothing changes.
    pub(crate) fn public_question(path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        Self { is_compressed: true, ..Self::of_anybody(Method::POST, path, Effect::LedgerRead, handler) }
    }

    /// Anybody may ask the ledger through it.
    pub(crate) fn public_ledger(path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        Self::of_anybody(Method::GET, path, Effect::LedgerRead, handler)
    }

    /// An act of whoever has an API key.
    pub(crate) fn act(
        method: Method,
        path: &'static str,
        act: &'static Spec,
        handler: MethodRouter<Arc<House>>,
    ) -> Self {
        let (effect, act) = (act.effect, Some(act));
        let route = Route { method, path, auth: Auth::ApiKey, effect, act, takes_basic: false };
        Self::new(route, handler)
    }

    /// `GET` with an API key.
    pub(crate) fn get(path: &'static str, act: &'static Spec, handler: MethodRouter<Arc<House>>) -> Self {
        Self::act(Method::GET, path, act, handler)
    }

    /// `POST` with an API key.
    pub(crate) fn post(path: &'static str, act: &'static Spec, handler: MethodRouter<Arc<House>>) -> Self {
        Self::act(Method::POST, path, act, handler)
    }

    /// The same, where undocumented query parameters are refused without a key too.
    pub(crate) fn strict(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// The same, for clients that hold nothing but an address: the API key may be the password in it.
    pub(crate) fn takes_basic(mut self) -> Self {
        self.route.takes_basic = true;
        self
    }

    /// The same, where this query parameter makes it a question to the ledger.
    pub(crate) fn asks_with(self, parameter: &'static str) -> Self {
        Self { asks_with: Some(parameter), ..self }
    }
}

/// Every endpoint, family by family.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        health::endpoints(),
        openapi::endpoints(),
        account::endpoints(),
        organisation::endpoints(),
        people::endpoints(),
        api_key::endpoints(),
        key::endpoints(),
        did::endpoints(),
        resource::endpoints(),
        operation::endpoints(),
        job::endpoints(),
        registrar::endpoints(),
        event::endpoints(),
        status_list::endpoints(),
        credential::endpoints(),
        presentation::endpoints(),
        subject::endpoints(),
        accreditation::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every endpoint of the contract, for tests and tools; those for signing in stand apart.
pub fn routes() -> Vec<Route> {
    endpoints().into_iter().map(|endpoint| endpoint.route).collect()
}

/// Every endpoint for signing in and out.
pub fn sign_in_routes() -> Vec<Route> {
    auth::endpoints().into_iter().map(|endpoint| endpoint.route).collect()
}
