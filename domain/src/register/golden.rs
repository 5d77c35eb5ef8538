//! Golden files: every event kind × version ever written, byte for byte, for ever.
//!
//! `UPDATE_GOLDEN=1 cargo test -p studio-domain` adds files for new kinds. It never touches a file that exists: an event
//! that changes gets a new version and an upcaster, not a new golden file under the old name.

use crate::given::sample::events;
use crate::{Aggregate, Event, register};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// Path below the folder (`did/DidCreated.1.json`) → text.
type Files = BTreeMap<String, String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn manifest() -> PathBuf {
    folder().join("SHA256SUMS")
}

/// The files as they are on disk, after new ones were added if that was asked for.
static GOLDEN: LazyLock<Files> = LazyLock::new(|| {
    #[expect(clippy::disallowed_methods, reason = "a switch for developers, not a setting of Studio")]
    if std::env::var("UPDATE_GOLDEN").as_deref() == Ok("1") {
        add_missing();
    }
    let mut files = Files::new();
    for aggregate in fs::read_dir(folder()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir())
    {
        for file in fs::read_dir(aggregate.path()).unwrap().map(Result::unwrap) {
            let name = format!("{}/{}", aggregate.file_name().display(), file.file_name().display());
            files.insert(name, fs::read_to_string(file.path()).unwrap());
        }
    }
    files
});

fn add_missing() {
    let mut sums = fs::read_to_string(manifest()).unwrap_or_default();
    for (name, text) in samples() {
        let path = folder().join(&name);
        if path.exists() || sums.contains(&format!("  {name}\n")) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &text).unwrap();
        writeln!(sums, "{}  {name}", sha256(&text)).unwrap();
    }
    fs::write(manifest(), sums).unwrap();
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

/// What golden files of the current versions look like: `Kind.version.json`, further ones `Kind.version-2.json`.
fn samples() -> Files {
    let (mut files, mut seen) = (Files::new(), BTreeMap::new());
    for event in events::every() {
        let count: &mut u32 = seen.entry(event.kind()).or_default();
        *count += 1;
        let suffix = if *count == 1 { String::new() } else { format!("-{count}") };
        let name = format!("{}/{}.{}{suffix}.json", event.aggregate_type(), event.kind(), event.version());
        files.insert(name, pretty(&event));
    }
    files
}

#[test]
fn no_golden_file_was_ever_edited_removed_or_smuggled_in() {
    let sums = fs::read_to_string(manifest()).unwrap();
    let listed: BTreeMap<String, String> = sums
        .lines()
        .map(|line| line.split_once("  ").unwrap())
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect();
    let found: BTreeMap<String, String> =
        GOLDEN.iter().map(|(name, text)| (name.clone(), sha256(text))).collect();
    assert_eq!(found, listed, "golden files (left) are not those of SHA256SUMS (right)");
}

#[test]
fn every_kind_and_version_has_a_golden_file() {
    for aggregate in register::AGGREGATES {
        for kind in aggregate.kinds {
            for version in register::versions(aggregate.aggregate_type, kind).unwrap() {
                let name = format!("{}/{kind}.{version}.json", aggregate.aggregate_type);
                assert!(GOLDEN.contains_key(&name), "{name} is missing: UPDATE_GOLDEN=1 adds it");
            }
        }
    }
}

#[test]
fn what_is_written_today_is_what_the_golden_files_say() {
    for (name, text) in samples() {
        assert_eq!(
            GOLDEN.get(&name),
            Some(&text),
            "{name}: a changed event needs a new version and an upcaster"
        );
    }
}

#[test]
fn every_golden_file_loads_and_is_written_again_as_it_was() {
    for (name, text) in GOLDEN.iter() {
        check_any(name, text);
    }
}

macro_rules! checks {
    ($($module:ident: $name:ident = $aggregate:ty,)+) => {
        fn check_any(name: &str, text: &str) {
            match name.split('/').next().unwrap() {
                $(<$aggregate as Aggregate>::TYPE => check::<$aggregate>(name, text),)+
                other => panic!("{other} is not a registered aggregate type"),
            }
        }
    };
}
crate::aggregates!(checks);

fn check<A: Aggregate>(name: &str, text: &str) {
    let event: A::Event = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(pretty(&event), text, "{name} is written differently now");
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let tags: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(tags, [event.kind()], "{name}: the kind is the serde tag");
    assert!(
        name.starts_with(&format!("{}/{}.{}", A::TYPE, event.kind(), event.version())),
        "{name} is misnamed"
    );
    let mut state = A::default();
    state.evolve(&event);
}
