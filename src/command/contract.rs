//! `studio openapi` and `studio graphql-schema`: the committed contracts, from the code that serves them.

use super::terminal::say;
use std::process::ExitCode;

/// The OpenAPI document as pretty JSON.
pub(super) fn openapi() -> anyhow::Result<ExitCode> {
    say(&serde_json::to_string_pretty(&rest::openapi())?);
    Ok(ExitCode::SUCCESS)
}

/// The GraphQL schema in SDL.
#[expect(clippy::unnecessary_wraps, reason = "every command answers the same way")]
pub(super) fn graphql_schema() -> anyhow::Result<ExitCode> {
    say(graphql::sdl().trim_end());
    Ok(ExitCode::SUCCESS)
}
