//! `studio config`: every variable, and every limit.

use super::terminal::say;
use crate::config::VARIABLES;
use domain::limit::Limit;
use std::process::ExitCode;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Lists what one caller may send or cost instead.
    #[arg(long)]
    limits: bool,
}

impl Options {
    /// Prints the table of variables (values of the environment are not shown), or of limits.
    #[expect(clippy::unnecessary_wraps, reason = "every command answers the same way")]
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        if self.limits {
            limits()
        } else {
            variables()
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn limits() {
    say("| limit | value | meaning |");
    say("|---|---|---|");
    for limit in
        [rest::limits(), store::limits(), domain::limits(), graphql::limits(), app::limits()].concat()
    {
        let Limit { place, name, value, unit, meaning } = limit;
        say(&format!("| `{place}::{name}` | {value} {unit} | {} |", meaning.trim()));
    }
}

fn variables() {
    say("| variable | default | meaning |");
    say("|---|---|---|");
    for variable in VARIABLES {
        let secret = if variable.secret { " (never shown)" } else { "" };
        say(&format!("| `{}` | `{}` | {}{secret} |", variable.name, variable.default, variable.meaning));
    }
}
