//! `cargo xtask tidy`: the rules of the house as a test. Each rule names the file or edge that breaks it.

mod doors;
mod edges;
mod errors;
mod references;
mod size;

use std::{io::Write, path::PathBuf, process::ExitCode};

#[derive(clap::Parser)]
enum Xtask {
    /// Checks allowed edges, forbidden reach, file and function sizes, that every error code has its page, that every
    /// use case has a door, and that every document that is cited is there.
    Tidy,
}

fn main() -> ExitCode {
    let Xtask::Tidy = clap::Parser::parse();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut complaints = edges::check(&root);
    complaints.extend(size::check(&root));
    complaints.extend(errors::check(&root));
    complaints.extend(doors::check(&root));
    complaints.extend(references::check(&root));
    let mut out = String::new();
    for complaint in &complaints {
        out.push_str("tidy: ");
        out.push_str(complaint);
        out.push('\n');
    }
    if complaints.is_empty() {
        out.push_str("tidy: the house is in order\n");
    }
    let written = std::io::stdout().write_all(out.as_bytes());
    if complaints.is_empty() && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
