//! The subcommands: one file each.

mod api_key;
mod audit;
mod config;
mod contract;
mod customer;
mod database;
mod devnet;
mod doctor;
mod house;
mod migrate;
mod operation;
mod rebuild;
mod reconcile;
mod serve;
mod subject;
mod terminal;
mod up;
mod user;
mod work;

pub use serve::router;

use crate::Config;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Studio: a self-hosted, event-sourced backend for verifiable trust on the cheqd ledger.
#[derive(Parser)]
#[command(name = "studio", version, about)]
pub struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs everything on this machine: Postgres, devnet, API, workers.
    Up(up::Up),
    /// Runs the API (and, unless switched off, the workers) against a database and ledgers of yours.
    Serve(serve::Serve),
    /// Runs only the followers and outbox workers.
    Work(work::Work),
    /// Brings the database to this version's schema.
    Migrate(migrate::Migrate),
    /// Builds read models anew from the log, beside live traffic.
    Rebuild(rebuild::Rebuild),
    /// Compares the ledger with the log and records where they differ.
    Reconcile(reconcile::Reconcile),
    /// Proves that the log was not edited, or replays it.
    Audit(audit::Audit),
    /// A cheqd ledger for development and tests.
    Devnet(devnet::Devnet),
    /// Customers: make and list them.
    Customer(customer::Customer),
    /// API keys of a customer: list, create, update, rotate, revoke.
    ApiKey(api_key::ApiKeys),
    /// Users: links to set up an owner and to choose a new password; list, suspend and reinstate them.
    User(user::Users),
    /// Subjects of credentials: erase what is kept about one.
    Subject(subject::Subjects),
    /// Ledger writes that do not move: list, show, retry, skip, cancel.
    Operation(operation::Operations),
    /// Checks configuration, database, ledger, funds and followers, and says what to do.
    Doctor(doctor::Doctor),
    /// Lists every environment variable, or every limit, with its meaning.
    Config(config::Options),
    /// Prints the OpenAPI document.
    Openapi,
    /// Prints the GraphQL schema.
    GraphqlSchema,
}

impl Command {
    /// How much it logs if the operator chose nothing: where a person watches, only what needs attention.
    pub const fn log_level(&self) -> &'static str {
        match self.verb {
            Verb::Serve(_) | Verb::Work(_) => "info",
            _ => "warn",
        }
    }

    /// Runs it to its end.
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Up(up) => up.run(config).await,
            Verb::Serve(serve) => serve.run(config).await,
            Verb::Work(work) => work.run(config).await,
            Verb::Migrate(migrate) => migrate.run(config).await,
            Verb::Rebuild(rebuild) => rebuild.run(config).await,
            Verb::Reconcile(reconcile) => reconcile.run(config).await,
            Verb::Audit(audit) => audit.run(config).await,
            Verb::Devnet(devnet) => devnet.run().await,
            Verb::Customer(customer) => customer.run(config).await,
            Verb::User(users) => users.run(config).await,
            Verb::ApiKey(keys) => keys.run(config).await,
            Verb::Subject(subject) => subject.run(config).await,
            Verb::Operation(operation) => operation.run(config).await,
            Verb::Doctor(doctor) => doctor.run(config).await,
            Verb::Config(config) => config.run(),
            Verb::Openapi => contract::openapi(),
            Verb::GraphqlSchema => contract::graphql_schema(),
        }
    }
}

/// Prints why a command could not do its work, cause by cause.
pub fn complain(error: &anyhow::Error) -> ExitCode {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    terminal::warn(&format!("studio: {}", causes.join(": ")));
    ExitCode::FAILURE
}
