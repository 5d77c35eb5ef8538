//! Logs to standard error: text for people, JSON for machines.

use crate::config::Config;
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, filter::Directive, fmt};

/// Whose lines hold what was said on a socket, keys and credentials too: never written, whatever the operator asks for.
const MUTED: [&str; 2] = ["tungstenite=off", "tokio_tungstenite=off"];

/// Starts logging, at `level` if the operator chose none. A second call changes nothing.
pub fn start(config: &Config, level: &str) {
    let chosen = config.log_level.as_deref().unwrap_or(level);
    let filter = EnvFilter::try_new(chosen).unwrap_or_else(|_| EnvFilter::new(level));
    let muted = MUTED.iter().filter_map(|directive| directive.parse::<Directive>().ok());
    let filter = muted.fold(filter, EnvFilter::add_directive);
    let colours = std::io::stderr().is_terminal();
    let builder = fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    let started = if config.log_json { builder.json().try_init() } else { builder.compact().try_init() };
    drop(started);
}
