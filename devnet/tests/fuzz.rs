//! A short run of the fuzz targets (`examples/fuzz.rs` runs them for long): no panic, and the inputs get deep enough.
#![expect(clippy::unwrap_used, reason = "test helpers: a surprise must end the test")]

#[path = "../examples/fuzz/corpus.rs"]
mod corpus;
#[path = "../examples/fuzz/harness.rs"]
mod harness;
#[path = "../examples/fuzz/mutate.rs"]
mod mutate;
#[path = "../examples/fuzz/payer.rs"]
mod payer;
#[path = "../examples/fuzz/round.rs"]
mod round;

use corpus::Corpus;
use harness::Crash;
use round::Target;

/// Inputs of each target.
const STEPS: u64 = 250;
/// Most recorded transactions that a round starts with.
const MOST_HISTORY: usize = 40;
/// Of a hundred inputs at least this many must be accepted; otherwise only the first check is fuzzed.
const MIN_ACCEPTED_PERCENT: u64 = 5;

fn short(target: Target) -> Result<(), Box<Crash>> {
    let corpus = Corpus::read();
    for seed in [1, 2] {
        let tally = harness::round(&corpus, target, seed, STEPS, MOST_HISTORY)?;
        assert!(tally.accepted * 100 >= tally.inputs * MIN_ACCEPTED_PERCENT, "{tally:?}");
    }
    Ok(())
}

#[test]
fn changed_transactions_never_panic() -> Result<(), Box<Crash>> {
    short(Target::Transactions)
}

#[test]
fn changed_queries_never_panic() -> Result<(), Box<Crash>> {
    short(Target::Queries)
}

#[test]
fn changed_calls_never_panic() -> Result<(), Box<Crash>> {
    short(Target::Rpc)
}

#[test]
fn a_crash_names_seed_step_and_input() {
    let crash =
        Crash { seed: 7, step: 3, input: "transaction 00".into(), message: "index out of bounds".into() };
    assert_eq!(crash.to_string(), "round 7, step 3: index out of bounds\ntransaction 00");
}
