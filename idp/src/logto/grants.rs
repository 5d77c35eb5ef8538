//! What LogTo's roles give, remembered for a while.

use super::api::{Api, ApiError};
use crate::fault;
use app::{
    Fault,
    port::{Clock, provider_users::Grants},
};
use chrono::TimeDelta;
use domain::id::Instant;
use moka::future::Cache;
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

domain::limits! {
    /// How long what LogTo's roles give somebody is used without asking again.
    FRESH_SECONDS: i64 = 60, "seconds";
    /// How long it is used while LogTo is away. After that its users wait for it.
    pub(crate) USABLE_SECONDS_MAX: i64 = 15 * 60, "seconds";
    /// How long a LogTo that was away is left alone.
    AGAIN_SECONDS_MIN: i64 = 5, "seconds";
    /// Users of whom this is remembered.
    REMEMBERED_MAX: u64 = 10_000, "users";
}

#[derive(Deserialize)]
struct Resource {
    id: String,
    indicator: String,
}

#[derive(Deserialize)]
struct Role {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    name: String,
    resource_id: String,
}

/// What was said of whom, and when.
pub(super) struct Memory {
    said: Cache<String, (Grants, Instant)>,
    away_at: Mutex<Option<Instant>>,
    clock: Arc<dyn Clock>,
}

impl Memory {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { said: Cache::new(REMEMBERED_MAX), away_at: Mutex::default(), clock }
    }

    /// What this user's roles give of this resource's scopes.
    pub(super) async fn of(&self, api: &Api, resource: &str, subject: &str) -> Result<Grants, Fault> {
        let now = self.clock.now();
        let within = |at: Instant, seconds| now - at < TimeDelta::seconds(seconds);
        let said = self.said.get(subject).await;
        if let Some((grants, _)) = said.as_ref().filter(|(_, at)| within(*at, FRESH_SECONDS)) {
            return Ok(grants.clone());
        }
        let usable = said.filter(|(_, at)| within(*at, USABLE_SECONDS_MAX)).map(|(grants, _)| grants);
        if self.away().is_some_and(|at| within(at, AGAIN_SECONDS_MIN)) {
            return usable.ok_or_else(|| fault::unreachable("LogTo was away just now"));
        }
        match fetch(api, resource, subject).await {
            Ok(grants) => {
                self.said.insert(subject.to_owned(), (grants.clone(), now)).await;
                Ok(grants)
            }
            Err(fault) => {
                *self.away_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                let detail = fault.private.as_deref();
                tracing::warn!(detail, is_remembered = usable.is_some(), "idp.grants.failed");
                usable.ok_or(fault)
            }
        }
    }

    fn away(&self) -> Option<Instant> {
        *self.away_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(api: &Api, indicator: &str, subject: &str) -> Result<Grants, Fault> {
    let resources: Vec<Resource> = api.list(&["resources"]).await.map_err(ApiError::into_fault)?;
    let Some(resource) = resources.into_iter().find(|resource| resource.indicator == indicator) else {
        return Err(fault::refuses_studio(format!("LogTo has no API resource {indicator}")));
    };
    let scopes: Vec<Scope> =
        api.list(&["resources", &resource.id, "scopes"]).await.map_err(ApiError::into_fault)?;
    let known = scopes.into_iter().map(|scope| scope.name).collect();
    let roles: Vec<Role> = match api.list(&["users", subject, "roles"]).await {
        Ok(roles) => roles,
        // Whom it does not know any more it gives nothing.
        Err(ApiError::Refused { status: 404, .. }) => Vec::new(),
        Err(error) => return Err(error.into_fault()),
    };
    let mut given = BTreeSet::new();
    for role in roles {
        let scopes: Vec<Scope> =
            api.list(&["roles", &role.id, "scopes"]).await.map_err(ApiError::into_fault)?;
        given.extend(
            scopes.into_iter().filter(|scope| scope.resource_id == resource.id).map(|scope| scope.name),
        );
    }
    Ok(Grants { known, given })
}
