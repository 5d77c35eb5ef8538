//! What people read: standard output and standard error, plain lines.

use std::io::{IsTerminal, Write};

/// A line on standard output. A reader that went away is no reason to fail.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// A line on standard error.
pub(crate) fn warn(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Says that a long step begins: with an ellipsis on a terminal, as a plain line elsewhere.
pub(crate) fn step(what: &str) {
    if std::io::stderr().is_terminal() {
        warn(&format!("  … {what}"));
    } else {
        warn(&format!("studio: {what}"));
    }
}
