//! The REST door: cheqd Studio's contract over HTTP, without its defects.
//!
//! A request passes [`front`] (request id, log line, limits, panics), then [`admit`] (API key, scope, body, options), then
//! one handler: one verb, one file, one public function. Handlers take an [`Ask`] (or a [`Visit`] where no key is needed)
//! and give an [`Answer`] or a [`Problem`]. What an endpoint is stands in one table, [`routes`].

pub mod account;
mod accreditation;
pub mod admit;
pub mod answer;
pub mod api_key;
pub mod ask;
pub mod auth;
pub mod check;
mod credential;
pub mod did;
pub mod event;
pub mod front;
pub mod health;
pub mod idempotency;
pub mod input;
pub mod job;
pub mod key;
pub mod openapi;
pub mod operation;
mod order;
pub mod organisation;
pub mod paging;
pub mod people;
mod presentation;
pub mod problem;
pub mod registrar;
pub mod resource;
pub mod route;
mod rules;
pub mod schema;
mod status_list;
pub mod subject;
pub mod swagger;

pub use answer::Answer;
pub use ask::{Ask, Visit};
pub use health::{Check, Readiness};
pub use input::Input;
pub use openapi::openapi;
pub use problem::Problem;
pub use route::{Auth, Route, routes, sign_in_routes};

use app::{Studio, budget::Budget, port::Resolver};
use axum::Router;
use std::sync::Arc;

/// Choices of the operator that this door depends on.
#[derive(Debug, Clone)]
pub struct RestSettings {
    /// How long a ledger write waits for its outcome before it answers 202 (`WRITE_WAIT_SECONDS`).
    pub write_wait_seconds: u64,
    /// Whether the API is shown at `/swagger`.
    pub swagger: bool,
    /// Public address of this Studio for the OpenAPI document, if known.
    pub base_url: Option<String>,
    /// What `/version` tells.
    pub version: VersionInfo,
}

/// What was built.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionInfo {
    /// Always `studio`.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Commit it was built from, if known.
    pub commit: Option<String>,
}

/// Everything this door can reach.
#[derive(Clone)]
pub struct House {
    /// The use cases' ports.
    pub studio: Studio,
    /// The read models.
    pub views: projections::Views,
    /// The operator's choices.
    pub settings: RestSettings,
    /// What `/health/ready` asks.
    pub readiness: Arc<dyn Readiness>,
    /// The places of all kinds of work, shared with the other door.
    pub budget: Arc<Budget>,
    /// What answers those who ask the ledger without an API key.
    pub visitors: Arc<dyn Resolver>,
}

impl House {
    /// The same for one request of a tenant: with a count of what it asks the ledger.
    pub(crate) fn for_request(&self) -> Arc<Self> {
        Arc::new(Self { studio: self.studio.for_request(), ..self.clone() })
    }

    /// The same for one request of somebody without an API key.
    pub(crate) fn for_visitor(&self) -> Arc<Self> {
        let studio = Studio { resolver: Arc::clone(&self.visitors), ..self.studio.clone() };
        Arc::new(Self { studio: studio.for_request(), ..self.clone() })
    }
}

/// Every limit of this door.
pub fn limits() -> Vec<domain::limit::Limit> {
    [
        answer::LIMITS,
        auth::limits().as_slice(),
        check::LIMITS,
        credential::ISSUED_LIMITS,
        did::LIMITS,
        front::LIMITS,
        input::LIMITS,
        input::FORM_LIMITS,
        paging::LIMITS,
    ]
    .concat()
}

/// The whole door.
pub fn router(house: House) -> Router {
    let house = Arc::new(house);
    let mut inner = Router::new();
    for endpoint in route::endpoints() {
        let gated = admit::gated(&house, &endpoint);
        let handler = if endpoint.is_compressed { gated.layer(front::compression()) } else { gated };
        inner = inner.route(endpoint.route.path, handler);
    }
    if house.settings.swagger {
        inner = inner.merge(swagger::router());
    }
    inner = inner.merge(auth::router());
    let inner = inner
        .fallback(front::unknown_route)
        .method_not_allowed_fallback(front::wrong_method)
        .with_state(Arc::clone(&house));
    front::wrap(inner, &house)
}

#[cfg(test)]
mod captured;
#[cfg(test)]
mod tests;
