//! Tests on a real Postgres: what the models hold, what the queries give, and that a rebuild loses nothing.

mod explain;
mod models;
mod paging;
mod rebuild;
mod world;
