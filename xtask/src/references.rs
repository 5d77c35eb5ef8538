//! Whoever reads a comment can follow it: every document that sources and documents name is in this repository, with the
//! section that they name (`docs/ledger.md#fees`).

use crate::size::{below, ending};
use std::{fs, path::Path};

/// Files whose texts are looked through.
const EXTENSIONS: [&str; 6] = ["rs", "md", "sql", "toml", "sh", "proto"];
/// What only those who wrote a line can look up. (Taken apart, so that this file does not break its own rule.)
const UNKNOWN_HERE: [&str; 2] = [concat!("DESI", "GN"), concat!("refer", "ence/")];
/// What a path may have beside letters and digits.
const PATH_MARKS: &str = "_-./";
/// How documents end.
const SUFFIX: &str = ".md";

/// References that lead nowhere.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in ending(root, &EXTENSIONS) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let shown = below(root, &file).display().to_string();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{shown}:{}", number + 1);
            complaints
                .extend(complaints_of(root, &file, line).into_iter().map(|why| format!("{place}: {why}")));
        }
    }
    complaints
}

fn complaints_of(root: &Path, file: &Path, line: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for name in UNKNOWN_HERE {
        if line.contains(name) {
            complaints.push(format!("cites {name}, which a reader of this repository does not have"));
        }
    }
    for (document, section) in references(line) {
        // Behind the directory that a macro puts in front of it.
        let document = document.trim_start_matches('/');
        let beside = file.parent().unwrap_or(root).join(document);
        let Some(found) = [root.join(document), beside].into_iter().find(|path| path.is_file()) else {
            complaints.push(format!("{document} is not in this repository"));
            continue;
        };
        if let Some(section) = section
            && !anchors(&fs::read_to_string(found).unwrap_or_default()).iter().any(|known| known == section)
        {
            complaints.push(format!("{document} has no section #{section}"));
        }
    }
    complaints
}

/// The documents a line names, each with the section it names. Addresses on the web and patterns are none.
fn references(line: &str) -> Vec<(&str, Option<&str>)> {
    let is_of_path = |c: char| c.is_alphanumeric() || PATH_MARKS.contains(c);
    let mut found = Vec::new();
    for (at, suffix) in line.match_indices(SUFFIX) {
        let end = at + suffix.len();
        let (Some(before), Some(path), Some(after)) = (line.get(..at), line.get(..end), line.get(end..))
        else {
            continue;
        };
        let stem = before.trim_end_matches(is_of_path);
        let Some(path) = path.strip_prefix(stem) else { continue };
        let is_web = stem.ends_with(':') && path.starts_with("//");
        let is_longer = after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '/');
        let is_pattern = stem.ends_with(['*', '>', '}', '~', '$']);
        if path == SUFFIX || is_web || is_longer || is_pattern {
            continue;
        }
        let section = after
            .strip_prefix('#')
            .and_then(|after| after.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').next());
        found.push((path, section.filter(|section| !section.is_empty())));
    }
    found
}

/// The anchors of a document's headings, as code hosts make them: lower case, punctuation dropped, blanks as hyphens.
fn anchors(text: &str) -> Vec<String> {
    let mut is_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let Some(heading) = line.strip_prefix('#').filter(|_| !is_code) else { continue };
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        found.push(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// doors 7, its neighbours: what is a reference and what only looks like one.
    // The names are put together, so that this file keeps its own rule.
    #[test]
    fn documents_and_sections_are_found_in_a_line() {
        let line = format!("see [x](ledger{SUFFIX}#fees), docs/errors/README{SUFFIX}.");
        let (ledger, readme) = (format!("ledger{SUFFIX}"), format!("docs/errors/README{SUFFIX}"));
        assert_eq!(references(&line), [(ledger.as_str(), Some("fees")), (readme.as_str(), None)]);
        for line in [
            format!("https://github.com/x/y/blob/main/spec{SUFFIX}"),
            format!("format!(\"docs/errors/{{family}}{SUFFIX}\"), *{SUFFIX}, a{SUFFIX}x"),
        ] {
            assert!(references(&line).is_empty(), "{line}");
        }
    }

    /// doors 7.
    #[test]
    fn doors_7_a_reference_that_leads_nowhere_is_a_complaint() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let of = |line: &str| complaints_of(&root, &root.join("docs/api.rs"), line);
        let fine = format!("docs/ledger{SUFFIX}#fees, [beside](operations{SUFFIX}), ../docs/ledger{SUFFIX}");
        assert!(of(&fine).is_empty(), "{:?}", of(&fine));
        assert_eq!(of(&format!("gone{SUFFIX} 2.1")), [format!("gone{SUFFIX} is not in this repository")]);
        let section = format!("docs/ledger{SUFFIX}#gone");
        assert_eq!(of(&section), [format!("docs/ledger{SUFFIX} has no section #gone")]);
        for name in UNKNOWN_HERE {
            assert_eq!(of(&format!("as {name} says")).len(), 1);
        }
    }

    #[test]
    fn headings_become_anchors() {
        let text =
            "# A title\n```\n# not one\n```\n## Answers, and `what` they are\n### did:key and did:jwk\n";
        assert_eq!(anchors(text), ["a-title", "answers-and-what-they-are", "didkey-and-didjwk"]);
    }
}
