//! Every way in which up to so many things go wrong: the real worker on a small lane, run once for each set of choices at
//! which the world does the unlikelier thing. A choice is whether a question reaches the node, an answer comes back, a
//! block is made, a transaction is evicted, turns up again or runs out of gas, the index is late, the key is used
//! elsewhere, the money goes, or the process dies at a crash point or loses its lease. All else is the same in every run,
//! so the runs of one set of choices are one run, and all of them together are all there is up to that number.

use super::{
    ledger::{Choices, Faults, Guide, Ledger},
    memory::{OpState, PAYER, World},
    model::{Asked, check, finish},
};
use crate::outbox::{CrashPoint, CrashPoints};
use std::sync::{Arc, Mutex};

const FUNDS: u128 = 1_000_000;
/// More are tried with `LANE_FAULTS`; every further one multiplies the runs by about a hundred.
const FAULTS_DEFAULT: usize = 2;
const ROUNDS: u32 = 25;

/// Dies at the crash points the guide says.
struct Guided(Arc<Mutex<Guide>>);

impl CrashPoints for Guided {
    fn reach(&self, point: CrashPoint) {
        let dies = self.0.lock().unwrap().deviates();
        if dies {
            std::panic::resume_unwind(Box::new(point));
        }
    }
}

/// Which operations there are, as DIDs, and whether each is kept out of batches.
#[derive(Debug, Clone, Copy)]
struct Lane {
    dids: &'static [u128],
    alone: bool,
    faults: fn() -> Faults,
}

/// The node and the way to it.
fn node() -> Faults {
    Faults {
        unreachable: 1,
        drop_reply: 1,
        evict: 1,
        come_back: 1,
        index_lag: 1,
        block: 100,
        ..Faults::default()
    }
}

/// The chain itself and the money.
fn chain() -> Faults {
    Faults {
        wrong_sequence: 1,
        full: 1,
        ante_failure: 1,
        fee_moves: 1,
        hungry: 1,
        poor: 1,
        stolen: 1,
        block: 100,
        ..Faults::default()
    }
}

/// One run; gives how many choices there were before everything had ended.
async fn run(lane: Lane, deviations: &[usize]) -> usize {
    let guide = Arc::new(Mutex::new(Guide { made: 0, deviations: deviations.to_vec() }));
    let ledger = Ledger::choosing(Choices::Guided(Arc::clone(&guide)), (lane.faults)());
    let world = World::new(ledger).await;
    world.ledger.fund(PAYER, FUNDS);
    let mut asked = Vec::new();
    for did in lane.dids {
        let operation = world
            .ask(*did, |_, op| {
                op.fee_max = lane.alone.then_some(domain::id::Ncheq(super::ledger::FEE));
            })
            .await;
        asked.push(Asked { operation, did: *did, good: true });
    }
    world.store.lose_leases(Arc::clone(&guide));
    world.run(Arc::new(Guided(Arc::clone(&guide))), ROUNDS).await;
    let made = guide.lock().unwrap().made;
    world.store.keep_leases();
    if asked.iter().any(|one| world.store.row(one.operation).state != OpState::Ended) {
        finish(&world, &asked).await;
    }
    check(&world, &asked, &format!("{lane:?} with the unlikelier thing at {deviations:?}"));
    made
}

/// All runs with up to `faults` deviations; gives how many there were.
async fn explore(lane: Lane, faults: usize) -> usize {
    let mut runs = 0;
    let mut open = vec![Vec::new()];
    while let Some(deviations) = open.pop() {
        let made = run(lane, &deviations).await;
        runs += 1;
        if deviations.len() < faults {
            let next = deviations.last().map_or(0, |last| last + 1);
            open.extend((next..made).map(|at| [deviations.as_slice(), &[at]].concat()));
        }
    }
    runs
}

#[expect(clippy::disallowed_methods, reason = "a test's own knob")]
fn faults_wanted() -> usize {
    std::env::var("LANE_FAULTS").map_or(FAULTS_DEFAULT, |wanted| wanted.parse().unwrap())
}

async fn explore_all(lanes: &[Lane]) {
    for lane in lanes {
        let runs = explore(*lane, faults_wanted()).await;
        println!("{lane:?}: {runs} runs");
        assert!(runs > 500, "the worlds have choices");
    }
}

#[tokio::test(start_paused = true)]
async fn no_two_faults_on_the_way_to_the_node_break_a_lane() {
    let lane = |dids, alone| Lane { dids, alone, faults: node };
    explore_all(&[lane(&[1, 1], true), lane(&[1, 2], true), lane(&[1, 2, 3], false)]).await;
}

#[tokio::test(start_paused = true)]
async fn no_two_faults_of_the_chain_break_a_lane() {
    let lane = |dids, alone| Lane { dids, alone, faults: chain };
    explore_all(&[lane(&[1, 1], true), lane(&[1, 2], true), lane(&[1, 2, 3], false)]).await;
}

/// Otherwise the runs would not be all there are.
#[tokio::test(start_paused = true)]
async fn runs_of_the_same_choices_are_the_same_run() {
    let lane = Lane { dids: &[1, 2], alone: true, faults: node };
    for deviations in [vec![], vec![3], vec![5, 9]] {
        assert_eq!(run(lane, &deviations).await, run(lane, &deviations).await);
    }
}
