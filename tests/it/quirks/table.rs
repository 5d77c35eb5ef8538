//! docs/conformance.md says of each defect where its absence is proven; what it names is there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const HEADING: &str = "## Defects of the contract that are absent here";
const NOT_BUILT: &str = "Not built here";
const DEFECTS: usize = 60;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file below, but for what was built.
fn sources(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).expect("a directory").filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of all functions of the tree.
fn functions() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(root(), &mut files);
    let mut names = BTreeSet::new();
    for file in files {
        for line in fs::read_to_string(file).expect("a file").lines() {
            let after = line.split_once("fn ").map(|(_, after)| after);
            names.extend(after.and_then(|after| after.split_once('(')).map(|(name, _)| name.to_owned()));
        }
    }
    names
}

/// Between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_defect_has_its_line_and_every_test_that_is_named_exists() {
    let page = fs::read_to_string(root().join("docs/conformance.md")).expect("a page");
    let section = page.split_once(HEADING).expect("the section").1;
    let section = section.split("\n## ").next().unwrap_or(section);
    let functions = functions();
    let mut numbers = Vec::new();
    let mut named = BTreeSet::new();
    for line in section.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [number, _, here, tests] = cells[..] else { panic!("four columns: {line}") };
        let Ok(number) = number.parse::<usize>() else { continue };
        numbers.push(number);
        let tests = quoted(tests);
        assert_eq!(tests.is_empty(), here.starts_with(NOT_BUILT), "a test, unless it is not built: {line}");
        for test in tests {
            assert!(functions.contains(test), "there is no {test}: {line}");
            named.insert((number, test));
        }
    }
    assert_eq!(numbers, (1..=DEFECTS).collect::<Vec<_>>(), "each has its line, in order");
    // And what is numbered here stands in the line of its number.
    for test in functions.iter().filter(|name| name.starts_with('q')) {
        for part in test.split('_').filter_map(|part| part.strip_prefix('q')) {
            let Ok(number) = part.parse::<usize>() else { continue };
            assert!(named.contains(&(number, test.as_str())), "{test} is not in line {number}");
        }
    }
}
