//! Files and functions stay short enough to be read at once.

use crate::source::{Part, Source};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Lines of a source file, not counting tests.
const FILE_LINES_MAX: usize = 500;

/// Lines of a function of the product, from `fn` to its last brace. Clippy's own rule leaves out blank lines and comments
/// and holds for tests too, which may tell a longer story.
pub(crate) const FUNCTION_LINES_MAX: usize = 70;

/// Names that mean two things at once.
const BANNED_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "shared", "manager"];

/// Every file that is too long or badly named.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in sources(root) {
        let shown = below(root, &file).display().to_string();
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if BANNED_NAMES.contains(&stem) {
            complaints.push(format!("{shown}: a file named '{stem}' has no single purpose"));
        }
        if stem == "mod" {
            complaints.push(format!("{shown}: use `foo.rs` beside `foo/`, not mod.rs"));
        }
        if is_test(below(root, &file)) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let lines = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        if lines > FILE_LINES_MAX {
            complaints.push(format!("{shown}: {lines} lines, more than {FILE_LINES_MAX}"));
        }
    }
    complaints
}

/// Every function that is too long.
pub(crate) fn functions(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| source.part == Part::Product) {
        for function in source.functions.iter().filter(|function| function.lines > FUNCTION_LINES_MAX) {
            complaints.push(format!(
                "{}:{}: {} has {} lines, more than {FUNCTION_LINES_MAX}",
                source.shown, function.line, function.name, function.lines
            ));
        }
    }
    complaints
}

fn is_test(shown: &Path) -> bool {
    let named = |part: &str| part == "tests" || part == "benches" || part == "tests.rs";
    shown.components().any(|part| part.as_os_str().to_str().is_some_and(named))
}

/// A file as the workspace knows it. Rules about folders look at this: what those above the checkout are called is nobody's affair.
pub(crate) fn below<'a>(root: &Path, file: &'a Path) -> &'a Path {
    file.strip_prefix(root).unwrap_or(file)
}

/// Rust sources of the workspace.
pub(crate) fn sources(root: &Path) -> Vec<PathBuf> {
    files(root, &["rs"])
}

/// Files of the repository that end so, without what cargo, git and npm keep.
pub(crate) fn files(root: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "data" && name != "node_modules" {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|found| extensions.iter().any(|known| found == *known)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_wherever_the_checkout_is() {
        let folder = std::env::temp_dir().join(format!("studio-xtask-{}", std::process::id()));
        let root = folder.join("tests");
        let long = "\n".repeat(FILE_LINES_MAX + 1);
        for room in ["src", "src/tests"] {
            fs::create_dir_all(root.join(room)).unwrap();
            fs::write(root.join(room).join("long.rs"), &long).unwrap();
        }
        let complaints = check(&root);
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(complaints, ["src/long.rs: 501 lines, more than 500"]);
    }
}
