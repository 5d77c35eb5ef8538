//! Runs rounds and reports the first panic with everything that is needed to see it again.

use super::corpus::Corpus;
use super::round::{Round, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A panic, and the input that caused it.
#[derive(Debug)]
pub(crate) struct Crash {
    pub(crate) seed: u64,
    pub(crate) step: u64,
    pub(crate) input: String,
    pub(crate) message: String,
}

impl std::error::Error for Crash {}

impl std::fmt::Display for Crash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seed, step, input, message } = self;
        write!(f, "round {seed}, step {step}: {message}\n{input}")
    }
}

/// What a round did.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) inputs: u64,
    pub(crate) accepted: u64,
    /// Time of the slowest input.
    pub(crate) slowest: Duration,
    /// Its step.
    pub(crate) slowest_step: u64,
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}

/// One round of `steps` inputs on a fresh chain with up to `history` recorded transactions.
pub(crate) fn round(
    corpus: &Corpus,
    target: Target,
    seed: u64,
    steps: u64,
    history: usize,
) -> Result<Tally, Box<Crash>> {
    let mut round = Round::new(corpus, target, seed, history);
    let mut tally = Tally { inputs: steps, ..Tally::default() };
    for step in 0..steps {
        let input = round.input();
        let start = Instant::now();
        catch_unwind(AssertUnwindSafe(|| round.run(&input))).map_err(|panic| {
            Box::new(Crash { seed, step, input: input.to_string(), message: said(panic.as_ref()) })
        })?;
        if start.elapsed() > tally.slowest {
            (tally.slowest, tally.slowest_step) = (start.elapsed(), step);
        }
    }
    tally.accepted = round.accepted;
    Ok(tally)
}
