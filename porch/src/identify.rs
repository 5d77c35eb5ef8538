//! Whose request this is.

use crate::{Client, head};
use app::{
    Fault, Principal, Studio,
    budget::{Budget, Caller, Work},
    customer::authenticate,
};
use axum::http::HeaderMap;

/// The caller behind the API key of a request. Faults: `auth/…`, `request/too-many`, `server/busy`, `store/…`.
pub async fn identify(
    studio: &Studio,
    budget: &Budget,
    headers: &HeaderMap,
    client: Client,
) -> Result<Principal, Fault> {
    identify_secret(studio, budget, head::api_key(headers)?, client).await
}

/// The caller behind an API key, looked up within the budget for look-ups: whoever shows one key in
/// masses waits behind himself. Different keys are different callers, as nobody knows yet whose they are.
pub async fn identify_secret(
    studio: &Studio,
    budget: &Budget,
    secret: &str,
    client: Client,
) -> Result<Principal, Fault> {
    let _place = budget.enter(Work::Identify, Caller::key(secret)).await?;
    authenticate(studio, secret, client.0).await
}
