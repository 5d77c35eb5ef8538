//! Programs of others that judge Studio, from locked npm installations.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "test helpers: a surprise on this machine must end the test; what may be missing is reported as skipped"
)]

use crate::patience::run;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Node.js older than this is not tried.
const MIN_NODE_MAJOR: u32 = 20;

/// Why nobody could be asked.
pub struct Skipped(pub String);

/// What it said.
pub fn text(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}{err}")
}

fn sources(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

pub fn node_version() -> Result<(), Skipped> {
    let output = run(Command::new("node").arg("--version"), "").map_err(|error| {
        Skipped(format!("node does not start ({error}); install Node.js {MIN_NODE_MAJOR}"))
    })?;
    let said = text(&output);
    let major: Option<u32> =
        said.trim().trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    match major {
        Some(major) if major >= MIN_NODE_MAJOR => Ok(()),
        _ => Err(Skipped(format!("Node.js {MIN_NODE_MAJOR} or newer is needed, found {}", said.trim()))),
    }
}

/// The installation for exactly this lock file, kept between runs under `target/`.
fn installation(folder: &str) -> Result<PathBuf, Skipped> {
    let sources = sources(folder);
    let lock = std::fs::read(sources.join("package-lock.json")).expect("the lock file is committed");
    let manifest = std::fs::read(sources.join("package.json")).expect("the manifest is committed");
    let key = hex::encode(Sha256::new().chain_update(&lock).chain_update(&manifest).finalize());
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let ready = cache.join(key.get(..16).expect("a digest is longer"));
    if ready.join("node_modules").is_dir() {
        return Ok(ready);
    }
    // A name of its own and one rename at the end: an interrupted or simultaneous installation is never taken for whole.
    std::fs::create_dir_all(&cache).expect("a cache directory");
    let fresh = tempfile::tempdir_in(&cache).expect("a directory");
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(sources.join(name), fresh.path().join(name)).expect("a copy");
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(fresh.path());
    let output = run(&mut npm, "").map_err(|error| Skipped(format!("npm does not run ({error})")))?;
    if !output.status.success() {
        let said = text(&output);
        let unreachable = [
            "ENOTFOUND",
            "ECONNREFUSED",
            "ECONNRESET",
            "ETIMEDOUT",
            "EAI_AGAIN",
            "ENETUNREACH",
            "ERR_SOCKET_TIMEOUT",
        ];
        if unreachable.iter().any(|code| said.contains(code)) {
            return Err(Skipped(format!("the npm registry is unreachable: {}", said.trim())));
        }
        panic!("npm ci failed: {said}");
    }
    let fresh = fresh.keep();
    if let Err(error) = std::fs::rename(&fresh, &ready) {
        assert!(ready.join("node_modules").is_dir(), "{error}");
        std::fs::remove_dir_all(&fresh).expect("another test was first");
    }
    Ok(ready)
}

/// The folder of `tests/` with its scripts beside its installation: Node looks for packages from where a script lies.
pub fn judges(folder: &str) -> Result<PathBuf, Skipped> {
    node_version()?;
    let place = installation(folder)?;
    // What all folders share lies above each of them, in the sources and here.
    for (folder, place) in
        [(sources(folder), place.as_path()), (sources(""), place.parent().expect("a cache"))]
    {
        for entry in std::fs::read_dir(folder).expect("sources") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "mjs") {
                // One rename at the end: another test may start this script at this moment.
                let fresh = tempfile::NamedTempFile::new_in(place).expect("a file");
                std::fs::copy(&path, fresh.path()).expect("a copy");
                fresh.persist(place.join(path.file_name().expect("a name"))).expect("a place");
            }
        }
    }
    Ok(place)
}

/// Says it on the process's own stderr, which the test harness does not capture.
pub fn say(text: &str) {
    use std::io::Write;
    std::io::stderr().write_all(format!("\n{text}\n").as_bytes()).expect("stderr");
}
