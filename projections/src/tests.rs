//! Tests on a real Postgres: what the models hold, what the queries give, and that a rebuild loses nothing.

mod changes;
mod explain;
mod jobs;
mod models;
mod nested;
mod paging;
mod people;
mod rebuild;
mod world;
