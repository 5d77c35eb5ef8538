//! The contract is what really happens. [`layer`] holds every exchange of every test against `openapi.json`; [`tour`] calls
//! every route with success, and records the examples that the document shows; [`examples`] looks at those.

mod examples;
pub mod layer;
pub mod names;
mod nulls;
mod schema;
mod tour;
