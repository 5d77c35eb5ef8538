//! Looks for panics: `--target transactions|queries|rpc --seconds N --seed N`; `--rounds 1` runs one seed again.
//!
//! Transactions go through Simulate, `CheckTx` and a block; queries through every `abci_query` path; rpc through every
//! JSON-RPC method. A panic ends the run with its seed and input, and with status 1.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a command-line program for developers: a surprise must end it"
)]

#[path = "fuzz/corpus.rs"]
mod corpus;
#[path = "fuzz/harness.rs"]
mod harness;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/payer.rs"]
mod payer;
#[path = "fuzz/round.rs"]
mod round;

use corpus::Corpus;
use harness::Tally;
use round::Target;
use std::time::{Duration, Instant};

/// Inputs of a round.
const STEPS_PER_ROUND: u64 = 400;
/// Most recorded transactions that a round starts with.
const MOST_HISTORY: usize = 120;
/// Time between two lines of progress.
const REPORT_EVERY: Duration = Duration::from_mins(1);

struct Settings {
    target: Target,
    time: Duration,
    seed: u64,
    rounds: u64,
}

fn settings() -> Result<Settings, Box<dyn std::error::Error>> {
    let mut settings =
        Settings { target: Target::Transactions, time: Duration::from_mins(10), seed: 1, rounds: u64::MAX };
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match (flag.as_str(), value.as_str()) {
            ("--target", "transactions") => settings.target = Target::Transactions,
            ("--target", "queries") => settings.target = Target::Queries,
            ("--target", "rpc") => settings.target = Target::Rpc,
            ("--seconds", _) => settings.time = Duration::from_secs(value.parse()?),
            ("--seed", _) => settings.seed = value.parse()?,
            ("--rounds", _) => settings.rounds = value.parse()?,
            _ => return Err(format!("unknown option {flag} {value}").into()),
        }
    }
    Ok(settings)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Settings { target, time, seed, rounds } = settings()?;
    let corpus = Corpus::read();
    let (start, mut reported) = (Instant::now(), Instant::now());
    let (mut total, mut done) = (Tally::default(), 0);
    while done < rounds && start.elapsed() < time {
        let tally = harness::round(&corpus, target, seed.wrapping_add(done), STEPS_PER_ROUND, MOST_HISTORY)?;
        if tally.slowest > total.slowest {
            let (seed, step) = (seed.wrapping_add(done), tally.slowest_step);
            println!("{target:?}: slowest input so far: {:?} at seed {seed}, step {step}", tally.slowest);
        }
        total = Tally {
            inputs: total.inputs + tally.inputs,
            accepted: total.accepted + tally.accepted,
            slowest: total.slowest.max(tally.slowest),
            ..total
        };
        done += 1;
        if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            println!("{target:?}: {done} rounds, {} inputs, {} accepted", total.inputs, total.accepted);
        }
    }
    println!(
        "{target:?}: no panic in {} s: seeds {seed}..{}, {} inputs, {} accepted",
        start.elapsed().as_secs(),
        seed.wrapping_add(done),
        total.inputs,
        total.accepted
    );
    Ok(())
}
