//! Single situations, told one by one.

use super::{
    ledger::{FEE, Faults, Ledger, Scripted},
    memory::{Dies, IN_FLIGHT, OpState, PAYER, World},
};
use crate::outbox::{CANCELLED, CrashPoint, NoCrash, OutboxFault, TxEnd};
use domain::{
    id::{Ncheq, OperationId},
    ledger::LedgerOutcome,
};
use std::sync::{Arc, Mutex};

const FUNDS: u128 = 100_000;

async fn funded() -> World {
    let world = World::new(Ledger::calm()).await;
    world.ledger.fund(PAYER, FUNDS);
    world
}

fn included(outcome: Option<LedgerOutcome>) -> domain::ledger::Inclusion {
    match outcome {
        Some(LedgerOutcome::Included(inclusion)) => inclusion,
        other => panic!("not included: {other:?}"),
    }
}

fn rejected(outcome: Option<LedgerOutcome>) -> domain::ledger::Rejection {
    match outcome {
        Some(LedgerOutcome::Rejected(rejection)) => rejection,
        other => panic!("not rejected: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_reaches_the_ledger_and_its_outcome_says_what_it_cost() {
    let world = funded().await;
    let operation = world.plain(1).await;
    world.run(Arc::new(NoCrash), 1).await;
    let inclusion = included(world.outcome(operation));
    assert_eq!(inclusion.fee_paid, Ncheq(FEE));
    assert_eq!(inclusion.tx_hash.as_ref(), world.ledger.broadcasts().first());
    assert_eq!(world.ledger.broadcasts().len(), 1, "one sending suffices");
}

#[tokio::test(start_paused = true)]
async fn after_a_death_at_any_point_the_same_bytes_go_on() {
    for point in CrashPoint::ALL {
        let world = funded().await;
        // Losing the first answer makes the later points reachable.
        world.ledger.script(vec![Scripted::Lose, Scripted::AcceptAndEvict]);
        let operation = world.plain(1).await;
        let dies = Arc::new(Dies(Mutex::new((0, 1)), Some(point)));
        world.run(dies, 20).await;
        included(world.outcome(operation));
        let mut hashes = world.ledger.broadcasts();
        hashes.dedup();
        assert_eq!(hashes.len(), 1, "{point:?}: one transaction, however often it was sent");
        assert_eq!(world.ledger.paid(), FEE, "{point:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_transaction_whose_answer_was_lost_is_found_not_signed_again() {
    let world = funded().await;
    world.ledger.script(vec![Scripted::AcceptSilently]);
    let operation = world.plain(1).await;
    world.run(Arc::new(NoCrash), 5).await;
    included(world.outcome(operation));
    assert_eq!(world.store.transactions().len(), 1);
    assert_eq!(world.ledger.paid(), FEE);
}

#[tokio::test(start_paused = true)]
async fn missing_money_holds_the_write_and_names_the_shortfall() {
    let world = World::new(Ledger::calm()).await;
    world.ledger.fund(PAYER, FEE - 300);
    let operation = world.plain(1).await;
    world.run(Arc::new(NoCrash), 3).await;
    assert_eq!(world.store.row(operation).state, OpState::Queued);
    let hold = world.store.held().unwrap();
    assert_eq!(hold.note.code, "ledger/insufficient-funds");
    assert!(hold.note.reason.contains(PAYER) && hold.note.reason.contains(" 300 ncheq are missing"));
    assert!(world.ledger.broadcasts().is_empty(), "nothing is sent that cannot be paid");
    world.ledger.fund(PAYER, 300);
    world.run(Arc::new(NoCrash), 3).await;
    included(world.outcome(operation));
}

#[tokio::test(start_paused = true)]
async fn a_payer_that_never_received_anything_is_a_payer_without_money() {
    let world = World::new(Ledger::calm()).await;
    world.plain(1).await;
    world.run(Arc::new(NoCrash), 1).await;
    let hold = world.store.held().unwrap();
    assert_eq!(hold.note.code, "ledger/insufficient-funds");
    assert!(hold.note.reason.contains("1000 ncheq are missing"));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_costs_more_than_allowed_is_rejected_and_costs_nothing() {
    let world = funded().await;
    let dear = world.ask(1, |_, op| op.fee_max = Some(Ncheq(FEE - 1))).await;
    let fair = world.ask(2, |_, op| op.fee_max = Some(Ncheq(FEE))).await;
    world.run(Arc::new(NoCrash), 2).await;
    assert_eq!(rejected(world.outcome(dear)).code, "ledger/fee-above-max");
    included(world.outcome(fair));
    assert_eq!(world.ledger.paid(), FEE);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_away_loses_nothing() {
    let world = funded().await;
    world.ledger.set_down(true);
    let operation = world.plain(1).await;
    world.run(Arc::new(NoCrash), 5).await;
    assert_eq!(world.store.row(operation).state, OpState::Queued);
    assert_eq!(world.store.row(operation).op.attempts, 0, "an absent ledger is not the write's fault");
    assert_eq!(world.store.held().unwrap().note.code, "ledger/unreachable");
    world.ledger.set_down(false);
    world.run(Arc::new(NoCrash), 5).await;
    included(world.outcome(operation));
}

#[tokio::test(start_paused = true)]
async fn one_bad_message_does_not_sink_the_others() {
    for in_block in [false, true] {
        let world = funded().await;
        // Alone first, so that the fee rule is known and the next ones share a transaction.
        let first = world.plain(9).await;
        let mut good = Vec::new();
        for did in 0..3 {
            good.push(world.plain(did).await);
        }
        let bad = world
            .ask(7, |say, _| {
                say.bad = !in_block;
                say.bad_in_block = in_block;
            })
            .await;
        world.run(Arc::new(NoCrash), 4).await;
        included(world.outcome(first));
        for operation in good {
            assert_eq!(included(world.outcome(operation)).fee_paid, Ncheq(FEE));
        }
        let code = rejected(world.outcome(bad)).code;
        assert_eq!(code, if in_block { "ledger/invalid-signature" } else { "ledger/invalid-payload" });
        assert_eq!(world.ledger.paid(), 4 * FEE);
        let transactions = world.store.transactions();
        assert!(
            transactions.iter().any(|(tx, _)| tx.fee_expected == Ncheq(3 * FEE)),
            "the others went together"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn writes_of_one_did_go_one_after_the_other() {
    let world = funded().await;
    let mut operations = Vec::new();
    for _ in 0..5 {
        operations.push(world.plain(1).await);
    }
    world.run(Arc::new(NoCrash), 2).await;
    let heights: Vec<u64> =
        operations.iter().map(|operation| included(world.outcome(*operation)).height).collect();
    assert!(heights.is_sorted_by(|a, b| a < b), "{heights:?}");
}

/// What a block does not hold would never come, and nobody would say so.
#[tokio::test(start_paused = true)]
async fn no_batch_is_larger_than_a_block() {
    const GAS: u64 = 60_000;
    for (room, gas, most) in [
        (None, GAS, 4),
        (Some(2), GAS, 2),
        (Some(1), GAS, 1),
        // More than the half of what a block holds, and more than the third.
        (None, 16_000_000, 1),
        (None, 11_000_000, 2),
    ] {
        let world = funded().await;
        let mut operations = Vec::new();
        for did in 0..9 {
            operations.push(world.plain(did).await);
        }
        let message = world.store.row(operations[0]).op.message;
        let bytes = message.value.len() + message.type_url.len() + 20;
        world.ledger.hold_at_most(room.map(|messages: usize| messages * bytes), gas);
        world.run(Arc::new(NoCrash), 20).await;
        for operation in operations {
            included(world.outcome(operation));
        }
        let batches = world.ledger.batches();
        assert_eq!(batches.iter().max(), Some(&most), "{room:?} {gas}: {batches:?}");
    }
}

/// A lane whose ledger makes no blocks, with as many single transactions on their way as it may have.
async fn full_lane(world: &World) -> (Vec<OperationId>, tokio::task::JoinHandle<Result<bool, OutboxFault>>) {
    world.ledger.set_faults(Faults::default());
    let mut operations = Vec::new();
    for did in 0..5 {
        // A limit on the fee keeps a write out of batches.
        operations.push(world.ask(did, |_, op| op.fee_max = Some(Ncheq(FEE))).await);
    }
    let worker = world.worker(Arc::new(NoCrash));
    let running = tokio::spawn(async move { worker.run_once().await });
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.ledger.broadcasts().len(), IN_FLIGHT, "no more than are allowed");
    (operations, running)
}

fn sequences(world: &World) -> Vec<u64> {
    world.store.transactions().iter().map(|(tx, _)| tx.sequence).collect()
}

#[tokio::test(start_paused = true)]
async fn several_transactions_go_into_one_block_by_sequence() {
    let world = funded().await;
    let (operations, running) = full_lane(&world).await;
    assert_eq!(sequences(&world), [0, 1, 2]);
    world.ledger.make_block();
    world.ledger.set_faults(Faults { block: 100, ..Faults::default() });
    running.await.unwrap().unwrap();
    let heights: Vec<u64> =
        operations.iter().map(|operation| included(world.outcome(*operation)).height).collect();
    assert!(heights[..3].iter().all(|height| *height == heights[0]), "{heights:?}");
    assert_eq!(sequences(&world), [0, 1, 2, 3, 4], "every transaction committed at its first sequence");
    assert_eq!(world.ledger.paid(), 5 * FEE);
}

#[tokio::test(start_paused = true)]
async fn a_front_that_vanished_is_sent_again_and_those_behind_it_after_it() {
    let world = funded().await;
    let (operations, running) = full_lane(&world).await;
    world.ledger.forget_mempool();
    world.ledger.set_faults(Faults { block: 100, ..Faults::default() });
    running.await.unwrap().unwrap();
    for operation in operations {
        included(world.outcome(operation));
    }
    assert_eq!(sequences(&world), [0, 1, 2, 3, 4], "the same bytes, nothing was signed again");
    assert_eq!(world.ledger.paid(), 5 * FEE);
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_filled_before_anything_else_is_signed() {
    let world = funded().await;
    let (operations, running) = full_lane(&world).await;
    world.ledger.forget_mempool();
    // The front, sent again, is refused for its fee: its first bytes may still come back.
    let refused = "insufficient fee: need at least 2000ncheq, got 1000ncheq";
    world.ledger.script(vec![Scripted::Answer(1, "undefined", refused)]);
    world.ledger.set_faults(Faults { block: 100, ..Faults::default() });
    running.await.unwrap().unwrap();
    world.run(Arc::new(NoCrash), 20).await;
    for operation in &operations {
        included(world.outcome(*operation));
    }
    let transactions = world.store.transactions();
    assert_eq!(transactions[0].1, Some(TxEnd::Retired));
    assert_eq!(transactions[3].0.sequence, 0, "the next one excludes the bytes that were given up");
    assert_eq!(world.ledger.paid(), 5 * FEE);
    assert_eq!(world.ledger.duplicates(), 0);
}

#[tokio::test(start_paused = true)]
async fn money_that_is_spoken_for_is_not_offered_twice() {
    let world = World::new(Ledger::calm()).await;
    world.ledger.fund(PAYER, 2 * FEE);
    world.ledger.set_faults(Faults::default());
    let mut operations = Vec::new();
    for did in 0..3 {
        operations.push(world.ask(did, |_, op| op.fee_max = Some(Ncheq(FEE))).await);
    }
    let worker = world.worker(Arc::new(NoCrash));
    let running = tokio::spawn(async move { worker.run_once().await });
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.ledger.broadcasts().len(), 2);
    assert_eq!(world.store.held(), None, "two are on their way: no reason to complain yet");
    world.ledger.set_faults(Faults { block: 100, ..Faults::default() });
    running.await.unwrap().unwrap();
    assert_eq!(world.store.held().unwrap().note.code, "ledger/insufficient-funds");
    world.ledger.fund(PAYER, FEE);
    world.run(Arc::new(NoCrash), 3).await;
    for operation in operations {
        included(world.outcome(operation));
    }
}

#[tokio::test(start_paused = true)]
async fn a_transaction_past_its_timeout_is_signed_again_with_the_same_sequence() {
    let world = funded().await;
    // Accepted and forgotten for ever: every sending vanishes until the chain is past the timeout.
    world.ledger.script(vec![Scripted::AcceptAndEvict; 30]);
    let operation = world.plain(1).await;
    world.run(Arc::new(NoCrash), 40).await;
    included(world.outcome(operation));
    let transactions = world.store.transactions();
    assert!(transactions.len() >= 2);
    assert!(transactions.iter().rev().skip(1).all(|(_, end)| *end == Some(TxEnd::Expired)));
    assert!(transactions.iter().all(|(tx, _)| tx.sequence == transactions[0].0.sequence));
    assert_eq!(world.ledger.paid(), FEE);
}

#[tokio::test(start_paused = true)]
async fn a_key_used_elsewhere_costs_time_and_nothing_else() {
    let world = funded().await;
    world.ledger.script(vec![Scripted::Lose]);
    let operation = world.plain(1).await;
    let worker = world.worker(Arc::new(NoCrash));
    let running = tokio::spawn(async move { worker.run_once().await });
    while world.ledger.broadcasts().is_empty() {
        tokio::task::yield_now().await;
    }
    world.ledger.use_key_elsewhere(PAYER);
    running.await.unwrap().unwrap();
    world.run(Arc::new(NoCrash), 10).await;
    included(world.outcome(operation));
    assert!(world.store.row(operation).notes.contains(&"ledger/payer-key-in-use".to_owned()));
    assert_eq!(world.ledger.paid(), FEE);
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_is_there_already_is_ours_if_its_content_is() {
    let world = funded().await;
    let ours = world.ask(1, |say, _| world.ledger.make_effect(&say.effect(), &say.checksum)).await;
    let foreign = world.ask(2, |say, _| world.ledger.make_effect(&say.effect(), "something else")).await;
    world.run(Arc::new(NoCrash), 3).await;
    let inclusion = included(world.outcome(ours));
    assert_eq!((inclusion.tx_hash, inclusion.fee_paid), (None, Ncheq(0)));
    assert_eq!(rejected(world.outcome(foreign)).code, "ledger/resource-exists");
    assert_eq!(world.ledger.paid(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_succeed_waits_for_an_operator_and_blocks_only_its_own_did() {
    let world = World::new(Ledger::new(3, Faults { block: 100, hungry: 100, ..Faults::default() })).await;
    world.ledger.fund(PAYER, FUNDS);
    // Hungrier than any boost: the ledger always needs more than was asked for.
    world.ledger.script(vec![Scripted::Answer(11, "sdk", "out of gas"); 10]);
    let stuck = world.plain(1).await;
    let behind = world.plain(1).await;
    world.run(Arc::new(NoCrash), 20).await;
    assert_eq!(world.store.row(stuck).state, OpState::Dead);
    world.ledger.set_faults(Faults { block: 100, ..Faults::default() });
    let other = world.plain(2).await;
    world.run(Arc::new(NoCrash), 5).await;
    included(world.outcome(other));
    assert_eq!(world.store.row(behind).state, OpState::Queued);
    world.store.retry(stuck);
    world.run(Arc::new(NoCrash), 5).await;
    included(world.outcome(stuck));
    included(world.outcome(behind));
}

#[tokio::test(start_paused = true)]
async fn an_outcome_waits_for_a_database_that_is_away() {
    let world = funded().await;
    let operation = world.plain(1).await;
    *world.aggregates.away.lock().unwrap() = 7;
    world.run(Arc::new(NoCrash), 3).await;
    included(world.outcome(operation));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_resent_bytes_never_lets_both_old_and_new_ones_in() {
    let world = funded().await;
    // The first sending is accepted without an answer and then forgotten by this node, the second is refused for its fee:
    // the first may still come back, so the new bytes must share its sequence.
    world.ledger.script(vec![
        Scripted::AcceptAndEvict,
        Scripted::Answer(1, "undefined", "insufficient fee: need at least 2000ncheq, got 1000ncheq"),
    ]);
    let operation = world.plain(1).await;
    world.run(Arc::new(NoCrash), 10).await;
    included(world.outcome(operation));
    let transactions = world.store.transactions();
    assert_eq!(transactions.len(), 2);
    assert_eq!(transactions[0].1, Some(TxEnd::Retired));
    assert_eq!(transactions[0].0.sequence, transactions[1].0.sequence);
    assert_eq!(world.ledger.paid(), FEE);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_not_called_failed_while_older_bytes_of_it_may_still_commit() {
    let world = funded().await;
    world.ledger.script(vec![
        Scripted::AcceptElsewhere,
        Scripted::Answer(1, "undefined", "insufficient fee: need at least 2000ncheq, got 1000ncheq"),
    ]);
    let operation = world.ask(1, |_, op| op.fee_max = Some(Ncheq(FEE))).await;
    world.ledger.set_faults(Faults { block: 1, ..Faults::default() });
    let worker = world.worker(Arc::new(NoCrash));
    let running = tokio::spawn(async move { worker.run_once().await });
    while world.ledger.broadcasts().is_empty() {
        tokio::task::yield_now().await;
    }
    // From now on it would cost more than was allowed: new bytes are out of the question, the old ones are not.
    world.ledger.set_quote(2 * FEE);
    running.await.unwrap().unwrap();
    assert_eq!(world.store.transactions()[0].1, Some(TxEnd::Retired));
    assert_eq!(world.outcome(operation), None, "its first bytes are alive on another node");
    assert!(world.store.row(operation).notes.contains(&"ledger/fee-above-max".to_owned()));
    world.ledger.set_faults(Faults { block: 100, come_back: 100, ..Faults::default() });
    world.run(Arc::new(NoCrash), 10).await;
    let inclusion = included(world.outcome(operation));
    assert_eq!(inclusion.tx_hash.as_ref(), world.ledger.broadcasts().first());
    assert_eq!(world.ledger.paid(), FEE);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_is_cancelled_although_the_ledger_is_away() {
    let world = funded().await;
    world.ledger.set_down(true);
    let unwanted = world.plain(1).await;
    let wanted = world.plain(1).await;
    world.run(Arc::new(NoCrash), 2).await;
    world.store.ask_cancel(unwanted);
    world.run(Arc::new(NoCrash), 2).await;
    assert_eq!(rejected(world.outcome(unwanted)).code, CANCELLED);
    world.ledger.set_down(false);
    world.run(Arc::new(NoCrash), 5).await;
    included(world.outcome(wanted));
    assert_eq!(world.ledger.paid(), FEE);
}

#[tokio::test(start_paused = true)]
async fn what_took_effect_cannot_be_cancelled() {
    let world = funded().await;
    world.ledger.script(vec![Scripted::AcceptSilently]);
    let operation = world.plain(1).await;
    let point = Arc::new(Dies(Mutex::new((0, 1)), Some(CrashPoint::K4)));
    world.run(point, 1).await;
    world.store.ask_cancel(operation);
    world.run(Arc::new(NoCrash), 5).await;
    assert_eq!(included(world.outcome(operation)).fee_paid, Ncheq(FEE));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_write_whose_bytes_may_still_come_ends_only_when_they_cannot() {
    let world = funded().await;
    // Accepted here, evicted, and alive on another node; then refused here for its fee.
    let refused = "insufficient fee: need at least 2000ncheq, got 1000ncheq";
    world.ledger.script(vec![Scripted::AcceptElsewhere, Scripted::Answer(1, "undefined", refused)]);
    world.ledger.set_faults(Faults { block: 1, ..Faults::default() });
    let operation = world.plain(1).await;
    let worker = world.worker(Arc::new(NoCrash));
    let running = tokio::spawn(async move { worker.run_once().await });
    while world.store.transactions().first().is_none_or(|(_, end)| end.is_none()) {
        if !world.ledger.broadcasts().is_empty() {
            world.store.ask_cancel(operation);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    running.await.unwrap().unwrap();
    assert_eq!(world.outcome(operation), None, "nobody knows yet");
    world.ledger.set_faults(Faults { block: 100, come_back: 100, ..Faults::default() });
    world.run(Arc::new(NoCrash), 10).await;
    included(world.outcome(operation));

    let world = funded().await;
    world.ledger.script(vec![Scripted::AcceptAndEvict, Scripted::Answer(1, "undefined", refused)]);
    world.ledger.set_faults(Faults { block: 1, ..Faults::default() });
    let operation = world.plain(1).await;
    let worker = world.worker(Arc::new(NoCrash));
    let running = tokio::spawn(async move { worker.run_once().await });
    while world.store.transactions().first().is_none_or(|(_, end)| end.is_none()) {
        if !world.ledger.broadcasts().is_empty() {
            world.store.ask_cancel(operation);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    running.await.unwrap().unwrap();
    world.ledger.set_faults(Faults { block: 100, ..Faults::default() });
    world.run(Arc::new(NoCrash), 300).await;
    assert_eq!(rejected(world.outcome(operation)).code, CANCELLED);
    assert_eq!(world.ledger.paid(), 0);
    assert_eq!(world.ledger.broadcasts().len(), 2, "nothing was signed again for it");
}
