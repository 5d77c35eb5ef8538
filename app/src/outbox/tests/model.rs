//! Many random worlds: whatever breaks, every operation ends once, as it should, in order, and paid once.

use super::{
    ledger::{FEE, Faults, Ledger},
    memory::{Dies, IN_FLIGHT, OpState, PAYER, World},
};
use crate::outbox::NoCrash;
use domain::{
    id::{Ncheq, OperationId},
    ledger::LedgerOutcome,
};
use std::sync::{Arc, Mutex};

const FUNDS: u128 = 1_000_000;
const WORLDS: u64 = 400;

pub(super) struct Asked {
    pub(super) operation: OperationId,
    pub(super) did: u128,
    pub(super) good: bool,
}

fn faults(seed: u64) -> Faults {
    // Each world has its own mixture, so that rare pairs of faults meet somewhere.
    let level = |bit: u32, percent: u32| if (seed >> bit) & 1 == 1 { percent } else { 0 };
    Faults {
        unreachable: level(0, 8),
        drop_reply: level(1, 40),
        evict: level(2, 30),
        come_back: level(2, 20),
        wrong_sequence: level(3, 20),
        full: level(4, 20),
        ante_failure: level(5, 10),
        fee_moves: level(6, 15),
        hungry: level(7, 20),
        poor: level(8, 3),
        index_lag: level(9, 3),
        stolen: 0,
        block: 40,
    }
}

async fn ask(world: &World, seed: u64, number: u64) -> Asked {
    let did = u128::from((seed.wrapping_mul(31) + number * 7) % 4);
    let sort = (seed / 3 + number * 5) % 9;
    let alone = !(seed / 2 + number).is_multiple_of(3);
    let operation = world
        .ask(did, |say, op| {
            say.bad = sort == 4;
            say.bad_in_block = sort == 7;
            // What is kept out of batches makes several transactions.
            op.fee_max = alone.then_some(Ncheq(FEE));
        })
        .await;
    Asked { operation, did, good: sort != 4 && sort != 7 }
}

/// Every operation has ended once, as it should, in order, and was paid once.
pub(super) fn check(world: &World, asked: &[Asked], seed: &str) {
    let order = world.ledger.order();
    let mut places_of = Vec::new();
    for one in asked {
        let row = world.store.row(one.operation);
        assert_eq!(row.state, OpState::Ended, "{seed}: {} hangs, after {:?}", one.operation, row.notes);
        let outcome = world.outcome(one.operation).unwrap_or_else(|| panic!("{seed}: no outcome"));
        let effects = order.iter().filter(|id| row.op.effect.key().ends_with(id.as_str())).count();
        match outcome {
            LedgerOutcome::Included(_) => {
                assert!(one.good, "{seed}: a bad one was included");
                assert_eq!(effects, 1, "{seed}: one effect");
                let place = order.iter().position(|id| row.op.effect.key().ends_with(id.as_str()));
                places_of.push((one.did, place));
            }
            LedgerOutcome::Rejected(rejection) => {
                assert!(
                    !one.good,
                    "{seed}: rejected {}: {} {:?}",
                    rejection.code, rejection.reason, row.notes
                );
                assert_eq!(effects, 0, "{seed}: a rejected one took effect");
            }
        }
    }
    for did in 0..4 {
        let places: Vec<_> = places_of.iter().filter(|(of, _)| *of == did).map(|(_, place)| *place).collect();
        assert!(places.is_sorted(), "{seed}: the order of a DID was broken: {places:?}");
    }
    assert_eq!(world.ledger.paid(), FUNDS - world.ledger.balance_of(PAYER), "{seed}: the model's books");
    assert_eq!(world.fees().0, world.ledger.paid(), "{seed}: recorded fees are what was paid");
    assert_eq!(world.ledger.paid() % FEE, 0);
    assert_eq!(world.ledger.duplicates(), 0, "{seed}: something was signed twice unsafely");
}

/// The retry cap would send some operations of a very rough world to the operator; here the operator sends them back.
pub(super) async fn finish(world: &World, asked: &[Asked]) {
    world.ledger.set_faults(Faults { block: 60, ..Faults::default() });
    for _ in 0..40 {
        for one in asked {
            if world.store.row(one.operation).state == OpState::Dead {
                world.store.retry(one.operation);
            }
        }
        world.run(Arc::new(NoCrash), 60).await;
    }
}

/// Gives the most transactions that were on their way at a time.
async fn world(seed: u64, deaths_per_mille: u32) -> usize {
    let world = World::new(Ledger::new(seed, faults(seed))).await;
    world.ledger.fund(PAYER, FUNDS);
    let mut asked = Vec::new();
    let dies = Arc::new(Dies(Mutex::new((seed, deaths_per_mille)), None));
    for number in 0..3 {
        for more in 0..=((seed + number) % 5) {
            asked.push(ask(&world, seed, number * 10 + more).await);
        }
        world.run(dies.clone(), 30).await;
    }
    finish(&world, &asked).await;
    check(&world, &asked, &format!("seed {seed}"));
    world.store.most_in_flight()
}

#[tokio::test(start_paused = true)]
async fn whatever_the_ledger_does_every_write_ends_once() {
    let mut full = 0;
    for seed in 0..WORLDS {
        full += u64::from(world(seed, 0).await == IN_FLIGHT);
    }
    assert!(full > WORLDS / 4, "only {full} worlds had as many transactions on their way as are allowed");
}

#[tokio::test(start_paused = true)]
async fn whatever_the_ledger_does_and_however_often_we_die_every_write_ends_once() {
    for seed in 0..WORLDS {
        world(seed.wrapping_mul(2_654_435_761), 60).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_workers_that_take_lanes_from_each_other_do_no_harm() {
    for seed in 0..WORLDS / 2 {
        let world = World::new(Ledger::new(seed, faults(seed.wrapping_mul(77)))).await;
        world.ledger.fund(PAYER, FUNDS);
        let mut asked = Vec::new();
        for number in 0..8 {
            asked.push(ask(&world, seed, number).await);
        }
        for _ in 0..20 {
            // The first is still at it when the second takes its lane: its lease is taken to have run out.
            let (first, second) = (world.worker(Arc::new(NoCrash)), world.worker(Arc::new(NoCrash)));
            let first = tokio::spawn(async move { first.run_once().await });
            for _ in 0..(seed % 60) {
                tokio::task::yield_now().await;
            }
            world.store.free();
            let second = tokio::spawn(async move { second.run_once().await });
            first.await.unwrap().unwrap();
            second.await.unwrap().unwrap();
            world.store.free();
        }
        finish(&world, &asked).await;
        check(&world, &asked, &format!("seed {seed}"));
    }
}
