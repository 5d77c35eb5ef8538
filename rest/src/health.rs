//! `/health/live`, `/health/ready`, `/version`.

use crate::{Answer, Problem, VersionInfo, Visit, openapi::Tagged, route::Endpoint};
use async_trait::async_trait;
use axum::{http::StatusCode, routing::get};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

/// One thing Studio needs to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What was looked at: `database`, `ledger/testnet`, `projections`, ….
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What is wrong, or a number worth knowing. Nothing secret.
    pub detail: Option<String>,
}

/// Looks whether Studio can work; each check bounded in time by whoever implements it.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Every check, by name.
    async fn checks(&self) -> Vec<Check>;
}

/// The answer of both health endpoints.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok` or `unavailable`.
    pub status: &'static str,
    /// The names of the checks that fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<String>,
    /// Every check.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

#[derive(OpenApi)]
#[openapi(paths(live, ready, version))]
pub(crate) struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::public("/health/live", get(live)),
        Endpoint::public("/health/ready", get(ready)),
        Endpoint::public("/version", get(version)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Operation of Studio", api: Docs::openapi() }
}

/// The process answers. Look at `/health/ready` for whether it can work.
#[utoipa::path(get, path = "/health/live", responses((status = 200, body = Health)))]
async fn live(_visit: Visit) -> Result<Answer, Problem> {
    Answer::ok(&Health { status: "ok", failing: Vec::new(), checks: Vec::new() })
}

/// Whether Studio can work: 200, or 503 naming every failing check.
#[utoipa::path(get, path = "/health/ready",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn ready(visit: Visit) -> Result<Answer, Problem> {
    let checks = visit.house.readiness.checks().await;
    let failing: Vec<String> =
        checks.iter().filter(|check| !check.ok).map(|check| check.name.clone()).collect();
    let (status, word) = if failing.is_empty() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    Answer::new(status, &Health { status: word, failing, checks })
}

/// What was built.
#[utoipa::path(get, path = "/version", responses((status = 200, body = VersionInfo)))]
async fn version(visit: Visit) -> Result<Answer, Problem> {
    Answer::ok(&visit.house.settings.version)
}
