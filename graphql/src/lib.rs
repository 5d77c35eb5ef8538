//! The GraphQL door: everything REST can do, with Relay connections, dataloaders, refusals as data and subscriptions.
//!
//! `POST /graphql` answers queries and mutations, `GET /graphql` queries; a browser that asks nothing is shown `GraphiQL`
//! (vendored, public, without the internet). `/graphql/ws` speaks graphql-transport-ws. Every request needs an API key: `x-api-key` as a header, over WebSocket in
//! the payload of `connection_init`. The tenant comes from that key and from nowhere else.
//!
//! What a caller got wrong and what the rules or the ledger refuse stands in `userErrors` of a mutation's payload, with the
//! codes REST uses. Whatever stops an answer altogether stands in `errors` with `extensions.code`.

mod acts;
mod asking;
mod default;
mod execute;
mod fault;
mod graphiql;
mod http;
mod input;
mod limits;
mod loader;
mod mutation;
mod page;
mod places;
mod pulse;
mod query;
mod reference;
mod scalar;
mod schema;
mod socket;
mod subscription;
mod text;
mod verdict;
mod view;
mod write;

pub use limits::{
    ALIASES_MAX, BATCH_REQUESTS_MAX, BODY_BYTES_MAX, COMPLEXITY_MAX, CONNECTION_ROWS_MAX, DEPTH_MAX,
    DIRECTIVES_MAX, FIELDS_MAX, QUERY_BYTES_MAX, ROOT_FIELDS_MAX,
};

use app::budget::Budget;
use axum::Router;
use std::sync::Arc;

/// Everything this door can reach.
#[derive(Clone)]
pub struct House {
    /// The use cases' ports.
    pub studio: app::Studio,
    /// The read models.
    pub views: projections::Views,
    /// How long a ledger write waits for its outcome before it answers with a pending operation, in seconds.
    pub write_wait_seconds: u64,
    /// The places of all kinds of work, shared with the other door.
    pub budget: Arc<Budget>,
}

/// The door: `/graphql`, `/graphql/ws` and the files of the page.
pub fn router(house: House) -> Router {
    http::router(house)
}

/// The schema in its definition language, as committed in `graphql/schema.graphql`.
pub fn sdl() -> String {
    schema::sdl()
}

/// Every field at the root of a query, mutation or subscription, with the act that it is.
pub fn root_fields() -> impl Iterator<Item = (&'static str, &'static app::act::Spec)> {
    use async_graphql::parser::types::OperationType::{Mutation, Query, Subscription};
    [Query, Mutation, Subscription].into_iter().flat_map(acts::fields)
}

/// The limits of this door, for `studio config --limits`.
pub fn limits() -> Vec<domain::limit::Limit> {
    [limits::LIMITS, text::LIMITS, places::LIMITS, pulse::LIMITS, asking::LIMITS].concat()
}
