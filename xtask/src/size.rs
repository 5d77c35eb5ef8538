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
pub(crate) fn files(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for Source { shown, part, lines, .. } in sources {
        let stem = Path::new(shown).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if BANNED_NAMES.contains(&stem) {
            complaints.push(format!("{shown}: a file named '{stem}' has no single purpose"));
        }
        if stem == "mod" {
            complaints.push(format!("{shown}: use `foo.rs` beside `foo/`, not mod.rs"));
        }
        if *part == Part::Product && *lines > FILE_LINES_MAX {
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

/// A file as the workspace knows it. Rules about folders look at this: what those above the checkout are called is nobody's affair.
pub(crate) fn below<'a>(root: &Path, file: &'a Path) -> &'a Path {
    file.strip_prefix(root).unwrap_or(file)
}

/// Rust sources of the workspace.
pub(crate) fn sources(root: &Path) -> Vec<PathBuf> {
    ending(root, &["rs"])
}

/// Files of the repository that end so, without what cargo, git and npm keep.
pub(crate) fn ending(root: &Path, extensions: &[&str]) -> Vec<PathBuf> {
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
        for room in ["src", "src/tests", "src/people_tests"] {
            fs::create_dir_all(root.join(room)).unwrap();
            fs::write(root.join(room).join("long.rs"), &long).unwrap();
        }
        fs::write(root.join("src/lib.rs"), "#[cfg(test)]\nmod people_tests;\n").unwrap();
        let complaints = files(&crate::source::read(&root).0);
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(complaints, ["src/long.rs: 501 lines, more than 500"]);
    }
}
