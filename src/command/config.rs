//! `studio config`: every variable, and every limit.

use super::terminal::say;
use super::{doctor, serve};
use crate::{
    adapter::{outcomes, readiness, web_dids},
    config::VARIABLES,
};
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
            say(listed().trim_end());
        } else {
            variables();
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The limits of every room.
fn limits() -> Vec<Limit> {
    let own = [
        crate::house::LIMITS,
        outcomes::LIMITS,
        readiness::LIMITS,
        web_dids::LIMITS,
        doctor::LIMITS,
        serve::LIMITS,
    ];
    let rooms = [
        crate::server::limits(),
        own.concat(),
        domain::limits(),
        credentials::limits(),
        porch::limits(),
        rest::limits(),
        graphql::limits(),
        app::limits(),
        store::limits(),
        projections::limits(),
        idp::limits(),
        ledger::limits(),
        vault::limits(),
    ];
    rooms.concat()
}

/// The table of limits.
fn listed() -> String {
    let rows = limits().into_iter().map(|Limit { place, name, value, unit, meaning }| {
        // The docs of the source link to each other; a table in a terminal does not.
        let meaning = meaning.trim().replace("[`", "`").replace("`]", "`");
        format!("| `{place}::{name}` | {value} {unit} | {meaning} |\n")
    });
    std::iter::once("| limit | value | meaning |\n|---|---|---|\n".to_owned()).chain(rows).collect()
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
    use std::{collections::BTreeSet, path::Path};

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");

    /// Rooms whose limits a caller or an operator can meet. The devnet has those of the node that it stands for.
    const ROOMS: [&str; 12] = [
        "app",
        "credentials",
        "domain",
        "graphql",
        "idp",
        "ledger",
        "porch",
        "projections",
        "rest",
        "src",
        "store",
        "vault",
    ];

    /// Product sources, each with the path of its module, e.g. `rest::input::form`.
    fn modules() -> Vec<(String, String)> {
        let (mut found, mut open) = (Vec::new(), Vec::new());
        for room in ROOMS {
            let (name, folder) = match room {
                "src" => ("studio", Path::new(ROOT).join("src")),
                room => (room, Path::new(ROOT).join(room).join("src")),
            };
            open.push((name.to_owned(), folder));
        }
        while let Some((module, folder)) = open.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
                let inner = if stem == "lib" { module.clone() } else { format!("{module}::{stem}") };
                match (path.is_dir(), stem.as_str()) {
                    (_, "tests" | "testing" | "main") => {}
                    (true, _) => open.push((inner, path)),
                    (false, _) if path.extension().is_none_or(|ends| ends != "rs") => {}
                    (false, _) => {
                        let text = std::fs::read_to_string(&path).unwrap();
                        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                        found.push((inner, product));
                    }
                }
            }
        }
        found
    }

    /// The lines of a module's `limits!` blocks, and all others.
    fn taken_apart(text: &str) -> (Vec<&str>, Vec<&str>) {
        let (mut within, mut outside, mut is_within) = (Vec::new(), Vec::new(), false);
        for line in text.lines() {
            match line {
                "domain::limits! {" | "crate::limits! {" => is_within = true,
                "}" if is_within => is_within = false,
                line if is_within => within.push(line.trim()),
                line => outside.push(line.trim()),
            }
        }
        (within, outside)
    }

    /// The name that a line declares: `pub(crate) NAME: u64 = …`.
    fn name_in(line: &str) -> Option<&str> {
        let name = line.split_once(": ")?.0.rsplit(' ').next()?;
        let is_constant = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        (!line.starts_with("//") && !name.is_empty() && name.chars().all(is_constant)).then_some(name)
    }

    /// doors 18: the page named a read model that there is not.
    #[test]
    fn doors_18_the_documented_read_models_are_there() {
        let page = std::fs::read_to_string(Path::new(ROOT).join("docs/operations.md")).unwrap();
        let list =
            page.split("\n## Read models\n").nth(1).unwrap().split(" (`studio doctor`").next().unwrap();
        let named: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        assert!(named.len() >= 3, "{list}");
        for name in named {
            assert!(projections::MODEL_NAMES.contains(&name), "{name}");
        }
    }

    #[test]
    fn every_declared_limit_is_listed_once() {
        let listed = limits();
        let mut shown = BTreeSet::new();
        for limit in &listed {
            assert!(shown.insert(format!("{}::{}", limit.place, limit.name)), "twice: {limit:?}");
            assert!(!limit.unit.is_empty() && !limit.meaning.trim().is_empty(), "{limit:?}");
        }
        let mut declared = BTreeSet::new();
        for (module, text) in modules() {
            let (within, _) = taken_apart(&text);
            declared.extend(within.into_iter().filter_map(name_in).map(|name| format!("{module}::{name}")));
        }
        assert!(declared.len() > 100, "the blocks are found: {declared:?}");
        assert_eq!(declared, shown, "`studio config --limits` lists what `limits!` declares");
        let table = super::listed();
        assert!(declared.iter().all(|name| table.contains(&format!("| `{name}` | "))), "{table}");
    }

    /// What looks like a limit and is none that anybody outside can meet: how work is cut into pieces, what formats and
    /// protocols prescribe, and how much of a foreign text is repeated.
    const NO_LIMITS: [&str; 18] = [
        "app::people::session::TURN_TRIES_MAX",
        "domain::id::MAX_BASE58_ID_CHARS",
        "domain::json::SHOWN_CHARS_MAX",
        "graphql::scalar::LONG_MAX",
        "graphql::socket::message::REASON_BYTES_MAX",
        "ledger::faucet::ATTEMPTS_MAX",
        "ledger::faucet::LOOKS_MAX",
        "ledger::testnet_faucet::WORDS_CHARS_MAX",
        "projections::rows::ROWS_PER_STATEMENT_MAX",
        "projections::table::BUILDS_PER_REVISION_MAX",
        "projections::views::GENERATION_CHANGES_MAX",
        "rest::credential::known::EDITS_MAX",
        "store::audit::beside::DIFFERENCES_NAMED_MAX",
        "store::audit::operations::SHOWN_CHARS_MAX",
        "store::follow::BATCH_MAX_EVENTS",
        "store::rebuild::REBUILD_BATCH_MAX_EVENTS",
        "store::sequencer::BATCH_MAX_EVENTS",
        "vault::pg::subject::MAX_TRIES",
    ];

    #[test]
    fn what_is_named_a_limit_is_declared_as_one() {
        let mut plain = BTreeSet::new();
        for (module, text) in modules() {
            for line in taken_apart(&text).1 {
                let Some((_, constant)) = line.split_once("const ") else { continue };
                let is_number =
                    constant.split_once(": ").is_some_and(|(_, kind)| kind.starts_with(['u', 'i']));
                let Some(name) = name_in(constant).filter(|_| is_number && !line.starts_with("//")) else {
                    continue;
                };
                if name.split('_').any(|word| word == "MAX") && !name.ends_with("_MILLIS") {
                    plain.insert(format!("{module}::{name}"));
                }
            }
        }
        for name in &NO_LIMITS {
            plain.remove(*name);
        }
        assert_eq!(plain, BTreeSet::new(), "declare it with `limits!`, or say here that it is none");
    }

    /// doors 18, a neighbour: the page names only limits that the command lists, and says their values.
    #[test]
    fn the_documented_limits_are_listed() {
        let page = std::fs::read_to_string(Path::new(ROOT).join("docs/operations.md")).unwrap();
        let section = page.split("\n## Limits\n").nth(1).unwrap().split("\n## ").next().unwrap();
        let listed = limits();
        let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
        let mut cited = 0;
        for row in rows {
            for word in row.split('`').skip(1).step_by(2) {
                let name = word.rsplit("::").next().unwrap();
                if name.len() > 4
                    && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                    && name != "WRITE_WAIT_SECONDS"
                {
                    let mut named = listed.iter().filter(|limit| limit.name == name).peekable();
                    assert!(named.peek().is_some(), "{name} is documented and not listed");
                    assert!(named.any(|limit| says(row, limit.value)), "{name} has another value: {row}");
                    cited += 1;
                }
            }
        }
        assert!(cited > 30, "the table is found: {cited}");
    }

    /// Whether the second cell of a row has this number, in one of the ways in which the page writes numbers.
    fn says(row: &str, value: u64) -> bool {
        let cell: String = row.split('|').nth(2).unwrap().chars().filter(|c| !c.is_whitespace()).collect();
        let units = [(1, ""), (1 << 10, "KiB"), (1 << 20, "MiB")].into_iter();
        let mut spelled = units.filter(|(unit, _)| value.is_multiple_of(*unit));
        spelled.any(|(unit, name)| cell.contains(&format!("{}{name}", value / unit)))
    }

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
