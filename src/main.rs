//! `studio`: one binary, many roles.

use clap::Parser;
use std::process::ExitCode;
use studio::{Config, command, telemetry};

fn main() -> ExitCode {
    let command = command::Command::parse();
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => return command::complain(&error.into()),
    };
    telemetry::start(&config, command.log_level());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return command::complain(&error.into()),
    };
    match runtime.block_on(command.run(config)) {
        Ok(code) => code,
        Err(error) => command::complain(&error),
    }
}
