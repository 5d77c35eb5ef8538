//! The one table of all endpoints. The router, the OpenAPI document and the tests that call every route are made from it.

use crate::{
    House, account, accreditation, api_key, credential, did, event, health, key, openapi, operation,
    resource, status_list, subject,
};
use app::budget::Work;
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

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes nothing, whatever its method.
    Read,
    /// Changes nothing, and asks the ledger.
    LedgerRead,
    /// Changes something here; takes an idempotency key.
    Write,
    /// Changes something on the ledger; takes an idempotency key, `Prefer`, `dryRun` and `maxFee`.
    LedgerWrite,
}

impl Kind {
    /// Whether it leaves anything behind.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Write | Self::LedgerWrite)
    }
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
    /// What it does.
    pub kind: Kind,
}

impl Route {
    /// Which places a call takes; none for what is answered whatever the load: health, version, documents.
    pub fn work(&self) -> Option<Work> {
        match (self.auth, self.kind) {
            (Auth::Public, Kind::LedgerRead) => Some(Work::Resolve),
            (Auth::Public, _) => None,
            (Auth::ApiKey, Kind::Read) => Some(Work::Read),
            (Auth::ApiKey, Kind::LedgerRead) => Some(Work::Ask),
            (Auth::ApiKey, Kind::Write) => Some(Work::Sign),
            (Auth::ApiKey, Kind::LedgerWrite) => Some(Work::LedgerWrite),
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

    /// Anybody may read it.
    pub(crate) fn public(path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        Self::new(Route { method: Method::GET, path, auth: Auth::Public, kind: Kind::Read }, handler)
    }

    /// Anybody may ask the ledger with a body; nothing changes.
    pub(crate) fn public_question(path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        let route = Route { method: Method::POST, path, auth: Auth::Public, kind: Kind::LedgerRead };
        Self { is_compressed: true, ..Self::new(route, handler) }
    }

    /// Anybody may ask the ledger through it.
    pub(crate) fn public_ledger(path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        Self::new(Route { method: Method::GET, path, auth: Auth::Public, kind: Kind::LedgerRead }, handler)
    }

    /// `GET` with an API key.
    pub(crate) fn get(path: &'static str, handler: MethodRouter<Arc<House>>) -> Self {
        Self::new(Route { method: Method::GET, path, auth: Auth::ApiKey, kind: Kind::Read }, handler)
    }

    /// `POST` with an API key.
    pub(crate) fn post(path: &'static str, kind: Kind, handler: MethodRouter<Arc<House>>) -> Self {
        Self::new(Route { method: Method::POST, path, auth: Auth::ApiKey, kind }, handler)
    }

    /// The same, where undocumented query parameters are refused without a key too.
    pub(crate) fn strict(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// The same, where this query parameter makes it a question to the ledger.
    pub(crate) fn asks_with(self, parameter: &'static str) -> Self {
        Self { asks_with: Some(parameter), ..self }
    }

    /// `DELETE` with an API key.
    pub(crate) fn delete(path: &'static str, kind: Kind, handler: MethodRouter<Arc<House>>) -> Self {
        Self::new(Route { method: Method::DELETE, path, auth: Auth::ApiKey, kind }, handler)
    }

    /// `PUT` with an API key.
    pub(crate) fn put(path: &'static str, kind: Kind, handler: MethodRouter<Arc<House>>) -> Self {
        Self::new(Route { method: Method::PUT, path, auth: Auth::ApiKey, kind }, handler)
    }
}

/// Every endpoint, family by family.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        health::endpoints(),
        openapi::endpoints(),
        account::endpoints(),
        api_key::endpoints(),
        key::endpoints(),
        did::endpoints(),
        resource::endpoints(),
        operation::endpoints(),
        event::endpoints(),
        status_list::endpoints(),
        credential::endpoints(),
        subject::endpoints(),
        accreditation::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every endpoint of the contract, for tests and tools.
pub fn routes() -> Vec<Route> {
    endpoints().into_iter().map(|endpoint| endpoint.route).collect()
}
