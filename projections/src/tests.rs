//! Tests on a real Postgres: what the models hold, what the queries give, and that a rebuild loses nothing.

mod changes;
mod explain;
mod fill;
mod jobs;
mod models;
mod nested;
mod order;
mod paging;
mod people;
mod rebuild;
mod world;
