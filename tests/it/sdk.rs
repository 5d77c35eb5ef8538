//! The unmodified `@cheqd/sdk` and cosmjs judge the devnet: `tests/sdk/referee.mjs`, from a locked npm installation.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "test helpers: a surprise on this machine must end the test; what may be missing is reported as skipped"
)]

use devnet::{DevnetConfig, FAUCET_MNEMONIC, Genesis};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use studio::adapter::system::SystemClock;

/// Gas limit of a block: the SDK simulates with it, and a chain without one refuses that.
const MAX_BLOCK_GAS: i64 = 30_000_000;
/// Node.js this old is not tried.
const MIN_NODE_MAJOR: u32 = 20;

/// Why the referee could not be asked.
struct Skipped(String);

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk")
}

fn run(command: &mut Command) -> std::io::Result<Output> {
    command.stdin(std::process::Stdio::null()).output()
}

fn text(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}{err}")
}

fn node_version() -> Result<u32, Skipped> {
    let output = run(Command::new("node").arg("--version")).map_err(|error| {
        Skipped(format!("node does not start ({error}); install Node.js {MIN_NODE_MAJOR}"))
    })?;
    let said = text(&output);
    let major = said.trim().trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    match major {
        Some(major) if major >= MIN_NODE_MAJOR => Ok(major),
        _ => Err(Skipped(format!("Node.js {MIN_NODE_MAJOR} or newer is needed, found {}", said.trim()))),
    }
}

/// The installation for exactly this lock file, kept between runs under `target/`.
fn installation() -> Result<PathBuf, Skipped> {
    let sources = sources();
    let lock = std::fs::read(sources.join("package-lock.json")).expect("the lock file is committed");
    let manifest = std::fs::read(sources.join("package.json")).expect("the manifest is committed");
    let key = hex::encode(Sha256::new().chain_update(&lock).chain_update(&manifest).finalize());
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk");
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
    let output = run(&mut npm).map_err(|error| Skipped(format!("npm does not start ({error})")))?;
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

/// The referee beside its installation. Node looks for packages from where a script lies, so the scripts are copied there.
fn referee() -> Result<PathBuf, Skipped> {
    node_version()?;
    let place = installation()?;
    for entry in std::fs::read_dir(sources()).expect("sources") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "mjs") {
            std::fs::copy(&path, place.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    Ok(place.join("referee.mjs"))
}

/// Says it on the process's own stderr, which the test harness does not capture.
fn say(text: &str) {
    use std::io::Write;
    std::io::stderr().write_all(format!("\n{text}\n").as_bytes()).expect("stderr");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_npm_sdk_and_cosmjs_find_a_ledger() {
    let script = match tokio::task::spawn_blocking(referee).await.expect("no panic") {
        Ok(script) => script,
        Err(Skipped(reason)) => {
            return say(&format!("SKIPPED: the devnet was NOT judged by @cheqd/sdk and cosmjs: {reason}"));
        }
    };
    let clock = Arc::new(|| app::port::Clock::now(&SystemClock));
    let mut config = DevnetConfig::new(clock);
    let mut genesis = Genesis::default();
    genesis.block_params.max_gas = MAX_BLOCK_GAS;
    config.genesis = Some(genesis);
    let devnet = devnet::start(config).await.expect("devnet starts");
    let url = devnet.url();
    let judged = tokio::task::spawn_blocking(move || {
        run(Command::new("node").arg(script).arg(url).arg(FAUCET_MNEMONIC)).expect("node starts")
    });
    let output = judged.await.expect("no panic");
    let said = text(&output);
    assert!(output.status.success(), "the referee is not content:\n{said}");
    let passed = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(passed >= MIN_CHECKS, "too few checks:\n{said}");
    say(&format!("the devnet was judged by @cheqd/sdk and cosmjs: {passed} checks passed"));
    devnet.shutdown().await;
}

/// The referee has more checks than this; fewer mean that a part did not run.
const MIN_CHECKS: usize = 90;
