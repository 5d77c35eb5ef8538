//! Every stable error code has a page in `docs/errors/`, and every page a code.

use crate::size::sources;
use std::{collections::BTreeSet, fs, path::Path};

/// Families of codes; a quoted text `family/slug` in the sources is a code.
const FAMILIES: [&str; 19] = [
    "accreditation",
    "api-key",
    "auth",
    "credential",
    "customer",
    "did",
    "did-url",
    "idempotency",
    "key",
    "ledger",
    "operation",
    "payer",
    "request",
    "resource",
    "route",
    "status-list",
    "store",
    "vault",
    "graphql",
];

/// Codes without a page and pages without a code.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut codes = BTreeSet::new();
    for room in ["domain", "app", "store", "vault", "ledger", "rest", "graphql", "src"] {
        for file in sources(&root.join(room)) {
            if file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs") {
                continue;
            }
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let code_only: String = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            codes.extend(
                code_only.split('"').skip(1).step_by(2).filter(|text| is_code(text)).map(str::to_owned),
            );
        }
    }
    let folder = root.join("docs/errors");
    let mut pages = BTreeSet::new();
    let Ok(entries) = fs::read_dir(&folder) else { return vec!["docs/errors is missing".to_owned()] };
    for entry in entries.flatten() {
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        pages.extend(
            text.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).map(str::to_owned),
        );
    }
    let without_page =
        codes.difference(&pages).map(|code| format!("error code {code} has no section in docs/errors/"));
    let without_code =
        pages.difference(&codes).map(|code| format!("docs/errors describes {code}, which nothing answers"));
    without_page.chain(without_code).collect()
}

fn is_code(text: &str) -> bool {
    let Some((family, slug)) = text.split_once('/') else { return false };
    FAMILIES.contains(&family)
        && !slug.is_empty()
        && slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
