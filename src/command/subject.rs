//! `studio subject`: the right to be forgotten, by the operator.

use super::{database::DataDir, house::with_followers, terminal::say};
use crate::{Config, House, tenant::operator_call};
use app::customer;
use clap::{Args, Subcommand};
use domain::id::CustomerId;
use std::process::ExitCode;

/// Options of the command.
#[derive(Args)]
pub(super) struct Subjects {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes what a customer issued about a subject unreadable, for good; the events and their proof stay.
    Erase {
        /// The customer, as `studio customer list` shows it.
        #[arg(long)]
        customer: CustomerId,
        /// The DID that the credentials are about.
        #[arg(long)]
        did: String,
        #[command(flatten)]
        database: DataDir,
    },
}

impl Subjects {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let Verb::Erase { customer, did, database } = self.verb;
        let database = database.open(&config).await?;
        let run = async |house: &House| {
            customer::erase_subject(&house.studio, &operator_call(house, customer), &did).await?;
            Ok(())
        };
        let result = with_followers(&config, &database, run).await;
        database.close().await?;
        result?;
        say(
            "Erased. Backups from before hold the deleted key: keep them no longer than an erasure may take.",
        );
        Ok(ExitCode::SUCCESS)
    }
}
