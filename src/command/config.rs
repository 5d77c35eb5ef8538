//! `studio config`: every variable, and every limit.

use super::terminal::say;
use crate::{adapter::readiness, config::VARIABLES};
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
            limits();
        } else {
            variables();
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn limits() {
    say("| limit | value | meaning |");
    say("|---|---|---|");
    let own = [crate::server::limits(), readiness::limits()].concat();
    let rooms = [
        own,
        domain::limits(),
        credentials::limits(),
        porch::limits(),
        rest::limits(),
        graphql::limits(),
        app::limits(),
        store::limits(),
        projections::limits(),
        ledger::limits(),
    ];
    for limit in rooms.concat() {
        let Limit { place, name, value, unit, meaning } = limit;
        say(&format!("| `{place}::{name}` | {value} {unit} | {} |", meaning.trim()));
    }
}

fn variables() {
    say(table().trim_end());
}

/// The table of variables; docs/operations.md#configuration holds the same.
fn table() -> String {
    let rows = VARIABLES.iter().map(|variable| {
        let secret = if variable.secret { " (never shown)" } else { "" };
        let default = match variable.default {
            "" => "–".to_owned(),
            default => format!("`{default}`"),
        };
        format!("| `{}` | {default} | {}{secret} |\n", variable.name, variable.meaning)
    });
    std::iter::once("| variable | default | meaning |\n|---|---|---|\n".to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_18_the_documented_table_is_the_printed_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");
        let page = std::fs::read_to_string(path).unwrap();
        let start = page.find("| variable | default | meaning |").unwrap();
        let end = start + page[start..].find("\n\n").unwrap() + 1;
        if std::env::var_os("STUDIO_WRITE_CONTRACTS").is_some() {
            std::fs::write(path, format!("{}{}{}", &page[..start], table(), &page[end..])).unwrap();
            return;
        }
        assert!(
            page[start..end] == table(),
            "docs/operations.md has drifted from `studio config`: run STUDIO_WRITE_CONTRACTS=1 cargo test -p studio --lib config"
        );
    }
}
