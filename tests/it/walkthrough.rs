//! The examples do what they say: each is run as a reader runs it, against a house over HTTP.

use crate::{
    house::TestHouse,
    npm::{Skipped, node_version, say, text},
    patience::run,
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// An address and the key for it.
struct Door {
    url: String,
    key: String,
}

impl Door {
    fn of(house: &TestHouse, key: &str) -> Self {
        Self { url: house.base.clone(), key: key.to_owned() }
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Runs `program` on an example, with the address and the key where a reader puts them.
async fn walked(program: &'static str, example: &str, arguments: Vec<String>, door: Door) -> Output {
    let script = examples().join(example);
    let running = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(program);
        command.arg(script).args(arguments).env("STUDIO_URL", door.url).env("STUDIO_API_KEY", door.key);
        // Whatever this machine's way to the internet is: the house is next door.
        command.env("no_proxy", "*").env("NO_PROXY", "*");
        run(&mut command, "").expect("the program starts")
    });
    running.await.expect("no panic")
}

/// What follows the word `name` in each line that begins with it.
fn lines<'a>(said: &'a str, name: &str) -> Vec<&'a str> {
    said.lines().filter_map(|line| line.strip_prefix(name)).map(str::trim).collect()
}

/// Whether a program answers to `arguments` with success.
fn answers(program: &str, arguments: &[&str]) -> Result<(), Skipped> {
    let output = run(Command::new(program).args(arguments), "");
    let output = output.map_err(|error| Skipped(format!("{program} does not start ({error})")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Skipped(format!("{program} {} says: {}", arguments.join(" "), text(&output).trim())))
}

fn python_version() -> Result<(), Skipped> {
    let is_new =
        "import sys; sys.exit(None if sys.version_info >= (3, 11) else 'Python 3.11 or newer is needed')";
    answers("python3", &["-c", is_new])
}

/// Whether something can be run here; says so if not.
async fn is_possible(what: &str, check: fn() -> Result<(), Skipped>) -> bool {
    match tokio::task::spawn_blocking(check).await.expect("no panic") {
        Ok(()) => true,
        Err(Skipped(reason)) => {
            say(&format!("SKIPPED: {what} was NOT run: {reason}"));
            false
        }
    }
}

/// Runs a walkthrough with Alice's key, and with one that opens nothing.
async fn walk_through(program: &'static str, example: &str, verdicts: [&str; 2]) -> Option<String> {
    let house = TestHouse::start().await;
    let output = walked(program, example, Vec::new(), Door::of(&house, &house.alice.key)).await;
    let said = text(&output);
    assert!(output.status.success(), "{example} fails:\n{said}");
    let told = lines(&said, "verdict");
    assert_eq!(told.len(), 2, "{said}");
    for (told, expected) in told.iter().zip(verdicts) {
        assert!(told.starts_with(expected), "{said}");
    }
    let did = lines(&said, "DID").first().map_or_else(String::new, |told| (*told).to_owned());
    assert!(did.starts_with("did:cheqd:testnet:"), "{said}");
    let refused = lines(&said, "refused");
    assert_eq!(refused.len(), 1, "{said}");
    assert!(refused[0].starts_with("409 credential/already-revoked: "), "{said}");
    let did = did.split(',').next().unwrap_or_default();
    assert_eq!(lines(&said, "listed"), [format!("DegreeCredential REVOKED by {did}")], "{said}");

    let output = walked(program, example, Vec::new(), Door::of(&house, "caas_wrong")).await;
    let refused = text(&output);
    assert_eq!(output.status.code(), Some(1), "{refused}");
    assert!(
        lines(&refused, "refused").iter().any(|told| told.starts_with("auth/invalid-key: ")),
        "{refused}"
    );
    house.stop().await;
    Some(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuers_day_in_javascript() {
    if !is_possible("examples/walkthrough.mjs", node_version).await {
        return;
    }
    let verdicts = ["verified: true, revoked: false", "verified: false, revoked: true ("];
    let said = walk_through("node", "walkthrough.mjs", verdicts).await.expect("it ran");
    assert!(lines(&said, "asked").iter().any(|told| told.starts_with("202, follow /operations/")), "{said}");
    assert_eq!(lines(&said, "repeated"), ["replayed: true, same operation: true"], "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuers_day_in_python() {
    if !is_possible("examples/walkthrough.py", python_version).await {
        return;
    }
    let verdicts = [r#"{"verified": true, "revoked": false}"#, r#"{"verified": false, "revoked": true}"#];
    walk_through("python3", "walkthrough.py", verdicts).await;
}

fn shell() -> Result<(), Skipped> {
    answers("bash", &["--version"])?;
    answers("curl", &["--version"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_trust_with_curl() {
    if !is_possible("examples/trust-chain.sh", shell).await {
        return;
    }
    let house = TestHouse::start().await;
    let key = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(key.path(), &house.alice.key).expect("the key");
    let arguments = vec![house.base.clone(), key.path().display().to_string()];
    let output = walked("bash", "trust-chain.sh", arguments, Door::of(&house, "")).await;
    let said = text(&output);
    assert!(output.status.success(), "trust-chain.sh fails:\n{said}");
    let verdicts: Vec<bool> =
        lines(&said, r#"{"verified":"#).iter().map(|rest| rest.starts_with("true")).collect();
    assert_eq!(verdicts, [true, false], "{said}");
    assert!(said.contains(r#""revoked":true"#), "{said}");
    house.stop().await;
}

fn shell_with_jq() -> Result<(), Skipped> {
    shell()?;
    answers("jq", &["--version"])
}

/// What the README's first lesson tells a reader to type, without the proof of the log, which is for the binary.
fn lesson() -> String {
    let page = include_str!("../../README.md");
    let (_, lesson) = page.split_once("## A first lesson").expect("the lesson");
    let (lesson, _) = lesson.split_once("**10.").expect("its last step");
    let blocks = lesson.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default()).collect()
}

/// doors 18, a neighbour.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_lesson_as_it_is_written() {
    const HELPERS: &str = "S=http://localhost:3000; K=$(cat data/api-key)\n";
    if !is_possible("the lesson of README", shell_with_jq).await {
        return;
    }
    let house = TestHouse::start().await;
    let lesson = lesson();
    assert!(lesson.contains(HELPERS), "the lesson names its Studio otherwise: {lesson}");
    let script = tempfile::NamedTempFile::new().expect("a file");
    let lesson = lesson.replace(HELPERS, "set -eu; S=$STUDIO_URL; K=$STUDIO_API_KEY\n");
    std::fs::write(script.path(), lesson).expect("the lesson");
    // An absolute path stays what it is where examples are looked for.
    let path = script.path().display().to_string();
    let output = walked("bash", &path, Vec::new(), Door::of(&house, &house.alice.key)).await;
    let said = text(&output);
    assert!(output.status.success(), "the lesson fails:\n{said}");
    let hop = |number: u8, kind: &str| format!(r#"{{"number":{number},"kind":"{kind}","verified":true}}"#);
    let hops = [hop(1, "attest"), hop(2, "accredit"), hop(3, "authorize")].join(",");
    assert!(said.contains(&format!(r#"{{"verified":true,"chain":"verified","hops":[{hops}]}}"#)), "{said}");
    assert!(said.contains(r#"{"revoked":true,"published":true}"#), "{said}");
    assert!(said.contains(r#"{"verified":false,"chain":"failed","error":"#), "{said}");
    house.stop().await;
}
