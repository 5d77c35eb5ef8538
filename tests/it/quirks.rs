//! What was found wrong at the contract's first implementation, and is right here: tests are named by the numbers of the
//! table in docs/conformance.md, which says of each defect where its absence is proven. And what that implementation's own
//! end-to-end tests expect of its answers.
//!
//! All of them share one Studio; each is about customers of its own.

mod expectations;
mod history;
mod ledger;
mod table;
mod tenants;
mod webhook;
mod words;
mod world;
