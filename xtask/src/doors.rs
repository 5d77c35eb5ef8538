//! Every use case has a door: what `app` offers as one and nothing calls is a promise that nobody can take up.

use crate::size::sources;
use std::{collections::BTreeMap, fs, path::Path};

/// Where use cases are called from: the doors, what they share, the binary, which is the command line, and other use cases.
const DOORS: [&str; 5] = ["rest/src", "graphql/src", "porch/src", "src", "app/src"];
/// Parts of `app` that are no use cases: what the outbox worker and the ports are made of.
const OTHERS: [&str; 4] = ["outbox", "port", "tests", "fake"];

/// Use cases that no door calls.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut offered = BTreeMap::new();
    for file in sources(&root.join("app/src")) {
        if file.components().any(|part| OTHERS.iter().any(|name| part.as_os_str() == *name)) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&file) else { continue };
        // What an act does is called by the act, and a door names the act.
        let acts = acts(&text);
        for name in if acts.is_empty() { use_cases(&text) } else { acts } {
            offered.insert(name, file.strip_prefix(root).unwrap_or(&file).display().to_string());
        }
    }
    let mut doors = String::new();
    for file in DOORS.iter().flat_map(|door| sources(&root.join(door))) {
        let is_test = |name: &str| name == "tests" || name.ends_with("tests.rs") || name == "fake";
        if file.components().any(|part| part.as_os_str().to_str().is_some_and(is_test)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        doors.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
    }
    if offered.is_empty() {
        return vec![
            "no use case was found in app/src: xtask/src/doors.rs looks for something else".to_owned(),
        ];
    }
    let missing = offered.into_iter().filter(|(name, _)| !is_called(&doors, name));
    missing
        .map(|(name, file)| {
            format!("{file}: the use case {name} has no door; call it from REST, GraphQL or the command line, or make it `pub(crate)`")
        })
        .collect()
}

/// Public functions that take the ports first.
fn use_cases(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let functions = text.split("pub async fn ").skip(1);
    let named = functions.filter_map(|rest| {
        let (name, parameters) = rest.split_once('(')?;
        let first = parameters.trim_start().split([',', ')']).next()?;
        (first.trim() == "studio: &Studio").then(|| name.split('<').next().unwrap_or(name).to_owned())
    });
    named.collect()
}

/// Types that are acts.
fn acts(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let named = text.split("\nimpl Act for ").skip(1).filter_map(|rest| rest.split_once(' '));
    named.map(|(name, _)| name.to_owned()).collect()
}

/// Whether a call of a function, a value of an act, or a path to either stands in the text.
fn is_called(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..).unwrap_or_default();
        let is_defined = text.get(..at).is_some_and(|text| text.ends_with("fn "));
        let is_whole = !is_defined && before.is_some_and(|c| !c.is_alphanumeric() && c != '_');
        is_whole && ["(", " {", ")", "::"].iter().any(|next| after.starts_with(next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safety_11_a_use_case_that_nothing_calls_is_found() {
        let source = "pub async fn revoke(\n    studio: &Studio,\n    call: &Call,\n) {}\npub async fn generic<T>(studio: &Studio) {}
            pub(crate) async fn helper(studio: &Studio) {}\npub async fn other(call: &Call) {}";
        assert_eq!(use_cases(source), ["revoke", "generic"]);
        assert!(is_called("customer::revoke(studio)", "revoke"));
        assert_eq!(acts("\nimpl Act for Revoke {\n}\nimpl Other for Keep {}"), ["Revoke"]);
        for door in ["ask.done(Revoke(key))", "perform(Revoke { key })", "key.map(Revoke)"] {
            assert!(is_called(door, "Revoke"), "{door}");
        }
        assert!(!is_called("use app::key::Revoke;", "Revoke"), "an import is no use");
        for door in
            ["pub async fn revoke(studio: &Studio)", "not_revoke(x)", "revoke_all(x)", "// revoke", "revoke"]
        {
            assert!(!is_called(door, "revoke"), "{door}");
        }
    }
}
