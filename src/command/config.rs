//! `studio config`.

use super::terminal::say;
use crate::config::VARIABLES;
use std::process::ExitCode;

/// Prints the table of variables; values of the environment are not shown.
#[expect(clippy::unnecessary_wraps, reason = "every command answers the same way")]
pub(super) fn run() -> anyhow::Result<ExitCode> {
    say("| variable | default | meaning |");
    say("|---|---|---|");
    for variable in VARIABLES {
        let secret = if variable.secret { " (never shown)" } else { "" };
        say(&format!("| `{}` | `{}` | {}{secret} |", variable.name, variable.default, variable.meaning));
    }
    Ok(ExitCode::SUCCESS)
}
