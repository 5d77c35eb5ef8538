//! `cargo xtask tidy`: the rules of the house as a test. Each rule names the file or edge that breaks it.
//! `cargo xtask figures`: how large the house is, and of what.

mod doors;
mod edges;
mod errors;
mod figures;
mod formats;
mod references;
mod size;
mod source;
mod stack;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(clap::Parser)]
enum Xtask {
    /// Checks allowed edges, forbidden reach, file and function sizes, that every error code has its page, that every
    /// use case has a door, that formats are values, that every document that is cited is there, and that there is one
    /// HTTP stack.
    Tidy,
    /// Lines of product and tests, sizes of files and functions, newtypes, the share of mirror code.
    Figures,
}

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let (out, is_fine) = match clap::Parser::parse() {
        Xtask::Tidy => tidy(&root),
        Xtask::Figures => match figures::tell(&source::read(&root).0) {
            Ok(figures) => (figures, true),
            Err(error) => (format!("figures: {error}\n"), false),
        },
    };
    let written = std::io::stdout().write_all(out.as_bytes());
    if is_fine && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is to be said, and whether everything is in order.
fn tidy(root: &Path) -> (String, bool) {
    let (sources, unread) = source::read(root);
    let mut complaints = edges::check(root);
    complaints.extend(unread);
    complaints.extend(size::files(&sources));
    complaints.extend(size::functions(&sources));
    complaints.extend(errors::check(root));
    complaints.extend(doors::check(&sources));
    complaints.extend(formats::check(root, &sources));
    complaints.extend(references::check(root));
    complaints.extend(stack::check(root));
    if complaints.is_empty() {
        return ("tidy: the house is in order\n".to_owned(), true);
    }
    let told = complaints.iter().map(|complaint| format!("tidy: {complaint}\n"));
    (told.collect(), false)
}
