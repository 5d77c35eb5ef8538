//! Every stable error code has a page in `docs/errors/`, and every page a code.

use crate::size::{below, sources};
use std::{collections::BTreeSet, fs, path::Path};

/// Where codes are made.
const ROOMS: [&str; 11] = [
    "domain",
    "credentials",
    "app",
    "store",
    "projections",
    "vault",
    "idp",
    "ledger",
    "porch",
    "rest",
    "graphql",
];
/// A quoted text `family/slug` in the sources is a code, unless it is a media type or a path of ours.
const NO_FAMILIES: [&str; 6] = ["application", "audio", "image", "text", "video", "tests"];
/// Folders and files whose texts nobody is answered: tests, their data, and what they compare with.
const UNANSWERED: [&str; 5] = ["tests", "tests.rs", "benches", "given", "captured.rs"];
/// Calls whose next text is a code even without a family.
const MAKERS: [&str; 6] = [
    "::invalid(",
    "::not_found(",
    "::unavailable(",
    "FaultKind::Bug,",
    "FaultKind::Conflict,",
    "FaultKind::Unprocessable,",
];

/// Codes without a page and pages without a code.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut codes = BTreeSet::new();
    for room in ROOMS.into_iter().chain(["src"]) {
        for file in sources(&root.join(room)) {
            let is_answered = |part: &std::ffi::OsStr| !UNANSWERED.iter().any(|name| part == *name);
            if below(root, &file).components().all(|part| is_answered(part.as_os_str())) {
                let Ok(text) = fs::read_to_string(&file) else { continue };
                codes.extend(codes_of(&text));
            }
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

/// The codes in a source file, without its comments and its inline tests.
fn codes_of(text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let code = lines.collect::<Vec<_>>().join(" ");
    // Whatever stands between two quotes, whichever of the two opens: an escaped quote must not hide the rest of a file.
    let mut codes: BTreeSet<String> =
        code.split('"').filter(|text| is_code(text)).map(str::to_owned).collect();
    for maker in MAKERS {
        for (at, _) in code.match_indices(maker) {
            let after = code.get(at + maker.len()..).unwrap_or_default().trim_start();
            let Some((slug, _)) = after.strip_prefix('"').and_then(|after| after.split_once('"')) else {
                continue;
            };
            if is_slug(slug) {
                codes.insert(slug.to_owned());
            }
        }
    }
    codes
}

fn is_code(text: &str) -> bool {
    let Some((family, slug)) = text.split_once('/') else { return false };
    is_slug(family) && is_slug(slug) && !NO_FAMILIES.contains(&family)
}

fn is_slug(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_however_they_are_made() {
        let source = r#"
            // "comment/only"
            /// "docs/only"
            refusals! { NotFound => "did/not-found", NotFound, "no such DID"; }
            let a = Fault::invalid(
                "malformed", "x");
            let b = Self::new(FaultKind::Bug, "bug", "x");
            let c = format!("a \" quote"); let d = note("ledger/sequence", "y");
            let e = "application/json";
            #[cfg(test)]
mod tests {
            let f = "test/only";
        "#;
        let found: Vec<String> = codes_of(source).into_iter().collect();
        assert_eq!(found, ["bug", "did/not-found", "ledger/sequence", "malformed"]);
    }
}
