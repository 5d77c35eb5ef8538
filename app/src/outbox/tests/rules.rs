//! The tables, row by row.

use crate::{
    outbox::{
        Absence, Fate, Stage, Verdict, backoff,
        classify::{blamed_message, classify, short_log},
        fate,
    },
    port::chain::{EffectFound, TxCode},
};
use std::time::Duration;

fn verdict(stage: Stage, codespace: &str, code: u32, log: &str) -> (&'static str, String) {
    let answer = TxCode { code, codespace: codespace.to_owned(), log: log.to_owned() };
    let (name, note) = match classify(stage, &answer) {
        Verdict::Fine => ("fine", None),
        Verdict::Poll => ("poll", None),
        Verdict::Resend(note) => ("resend", Some(note)),
        Verdict::Sequence(note) => ("sequence", Some(note)),
        Verdict::Account(note) => ("account", Some(note)),
        Verdict::Funds(note) => ("funds", Some(note)),
        Verdict::Unfunded(note) => ("unfunded", Some(note)),
        Verdict::Requote(note) => ("requote", Some(note)),
        Verdict::MoreGas(note) => ("more gas", Some(note)),
        Verdict::Rebuild(note) => ("rebuild", Some(note)),
        Verdict::Inspect(note) => ("inspect", Some(note)),
        Verdict::Dependency(note) => ("dependency", Some(note)),
        Verdict::Permanent(note) => ("permanent", Some(note)),
        Verdict::Config(note) => ("config", Some(note)),
    };
    (name, note.map(|note| note.code).unwrap_or_default())
}

use Stage::{Block, Check, Simulate};

const SEQ: &str = "account sequence mismatch, expected 5, got 4: incorrect account sequence";
const FUNDS: &str =
    "failed to deduct fees from cheqd1x: spendable balance 1ncheq is smaller than 2ncheq: insufficient funds";
const FAILED: &str = "failed to execute message; message index: 0: did:cheqd:testnet:x: DID Doc exists\nfailed to deduct fees \
     from cheqd1x: insufficient funds";

/// Stage, codespace, code and text of an answer; the verdict and its slug.
const ROWS: &[(Stage, &str, u32, &str, &str, &str)] = &[
    (Check, "", 0, "", "fine", ""),
    (Check, "sdk", 19, "tx already in mempool", "poll", ""),
    (Check, "sdk", 20, "mempool is full", "resend", "ledger/mempool-full"),
    (Check, "sdk", 21, "tx too large", "permanent", "ledger/too-large"),
    (Check, "sdk", 32, SEQ, "sequence", "ledger/sequence"),
    (Simulate, "sdk", 32, SEQ, "sequence", "ledger/sequence"),
    (Block, "sdk", 32, SEQ, "resend", "ledger/sequence"),
    (Check, "sdk", 4, "signature verification failed; please verify", "account", "ledger/payer-signature"),
    (Check, "sdk", 4, "wrong number of signers; expected 1, got 0", "config", "ledger/signers"),
    (Check, "sdk", 9, "fee payer address does not exist", "unfunded", "ledger/insufficient-funds"),
    (Simulate, "sdk", 22, "account not found", "unfunded", "ledger/insufficient-funds"),
    (Check, "undefined", 1, FUNDS, "funds", "ledger/insufficient-funds"),
    (Block, "undefined", 1, FUNDS, "funds", "ledger/insufficient-funds"),
    (Check, "sdk", 5, "insufficient funds", "funds", "ledger/insufficient-funds"),
    (Check, "sdk", 13, "insufficient fees; got: 1", "requote", "ledger/fee-too-low"),
    (Check, "undefined", 1, "invalid fixed fee: expected at least 5ncheq", "requote", "ledger/fee-too-low"),
    (Check, "undefined", 1, "insufficient fee: need at least 5, got 4", "requote", "ledger/fee-too-low"),
    (Block, "undefined", 1, "fee too low: expected ≥ 2 USD, got 1 USD", "requote", "ledger/fee-too-low"),
    (Check, "undefined", 1, "cheq price unavailable; expected fee ≥ 5ncheq", "requote", "ledger/fee-too-low"),
    (
        Check,
        "undefined",
        1,
        "cannot verify cross-denom fixed fee: cheq price not available",
        "requote",
        "ledger/fee-too-low",
    ),
    (Check, "undefined", 1, "no valid overlapping USD range", "config", "ledger/fee-parameters"),
    (Check, "undefined", 1, "fee ranges empty", "config", "ledger/fee-parameters"),
    (
        Check,
        "undefined",
        1,
        "cheq price not available and no ncheq fallback fee defined",
        "config",
        "ledger/fee-parameters",
    ),
    (Check, "sdk", 10, "fee is not a subset of required fees", "config", "ledger/fee-denom"),
    (Check, "sdk", 11, "out of gas in location: ReadFlat", "more gas", "ledger/out-of-gas"),
    (Block, "sdk", 11, "out of gas in location: ReadFlat", "more gas", "ledger/out-of-gas"),
    (Simulate, "sdk", 11, "out of gas in location: ReadFlat", "more gas", "ledger/out-of-gas"),
    (Check, "sdk", 41, "tx gas limit exceeds block max gas", "permanent", "ledger/refused"),
    (Check, "sdk", 12, "memo too large", "permanent", "ledger/refused"),
    (Check, "sdk", 14, "maximum number of signatures exceeded", "permanent", "ledger/refused"),
    (Check, "sdk", 2, "tx parse error", "permanent", "ledger/refused"),
    (Check, "sdk", 7, "invalid address", "permanent", "ledger/refused"),
    (Check, "sdk", 8, "invalid pubkey", "permanent", "ledger/refused"),
    (Check, "sdk", 15, "no signatures supplied", "permanent", "ledger/refused"),
    (Check, "sdk", 18, "invalid request", "permanent", "ledger/refused"),
    (Check, "sdk", 31, "unknown extension options", "permanent", "ledger/refused"),
    (Check, "sdk", 30, "block height: 9, timeout height: 8", "rebuild", "ledger/timed-out"),
    (Block, "sdk", 30, "block height: 9, timeout height: 8", "rebuild", "ledger/timed-out"),
    (Check, "cheqd", 1205, "basic validation failed", "permanent", "ledger/invalid-document"),
    (Block, "cheqd", 1206, "namespace validation failed", "permanent", "ledger/invalid-payload"),
    (Block, "cheqd", 1200, "DID Doc exists", "inspect", "ledger/did-exists"),
    (Block, "cheqd", 1201, "DID Doc not found", "dependency", "ledger/did-not-found"),
    (Simulate, "sdk", 38, "not found", "dependency", "ledger/not-found"),
    (Block, "cheqd", 1500, "internal error", "inspect", "ledger/version-exists"),
    (Block, "resource", 2200, "Resource exists", "inspect", "ledger/resource-exists"),
    (Block, "cheqd", 1207, "DID Doc already deactivated", "inspect", "ledger/did-deactivated"),
    (Block, "cheqd", 1100, "invalid signature detected", "inspect", "ledger/invalid-signature"),
    (Block, "cheqd", 1101, "signature is required but not found", "inspect", "ledger/missing-signature"),
    (Block, "cheqd", 1202, "verification method not found", "inspect", "ledger/method-not-found"),
    (Block, "undefined", 111_222, "recovered: x\nstack:\n", "permanent", "ledger/panic"),
    (Block, "resource", 2500, "internal error", "permanent", "ledger/refused"),
    (Block, "sdk", 35, "internal logic error", "permanent", "ledger/refused"),
    (Block, "undefined", 1, FAILED, "rebuild", "ledger/message-failed"),
    (Check, "feemarket", 2, "got length 2", "config", "ledger/fee-market"),
    (Block, "oracle", 5, "unauthorized voter", "permanent", "ledger/refused"),
];

#[test]
fn every_row_of_ledger_md_9_4() {
    for (stage, codespace, code, log, expected, slug) in ROWS {
        let (name, found) = verdict(*stage, codespace, *code, log);
        assert_eq!((name, found.as_str()), (*expected, *slug), "{stage:?} {codespace}/{code} {log}");
    }
}

#[test]
fn no_answer_is_left_without_a_verdict_and_only_code_zero_is_fine() {
    for codespace in ["sdk", "cheqd", "resource", "undefined", "", "feemarket", "oracle", "new"] {
        for code in (1..50).chain(990..1_600).chain(1_990..2_600).chain([111_222, u32::MAX]) {
            for stage in [Stage::Simulate, Stage::Check, Stage::Block] {
                assert_ne!(verdict(stage, codespace, code, "x").0, "fine", "{codespace}/{code}");
            }
        }
    }
}

#[test]
fn a_panic_of_the_node_tells_callers_no_paths() {
    let log = "recovered: boom\nstack:\n/home/runner/go/pkg/mod/secret.go:12";
    let answer = TxCode { code: 111_222, codespace: "undefined".to_owned(), log: log.to_owned() };
    let Verdict::Permanent(note) = classify(Stage::Block, &answer) else { panic!("permanent") };
    assert!(!note.reason.contains("boom") && !note.reason.contains('/'));
    assert_eq!(short_log(&format!("first{}\nsecond", "x".repeat(10_000))).chars().count(), 240);
}

#[test]
fn the_failing_message_is_named_by_the_node() {
    assert_eq!(blamed_message("failed to execute message; message index: 12: did: exists"), Some(12));
    assert_eq!(blamed_message("message index: "), None);
    assert_eq!(blamed_message("out of gas"), None);
}

#[test]
fn an_absent_transaction_is_given_up_only_when_it_cannot_commit() {
    let ours = || Some(EffectFound::Ours { block_time: None });
    let heights = [99, 100, 101];
    let accounts = [None, Some(4), Some(5), Some(6)];
    let effects = [None, Some(EffectFound::Absent), ours(), Some(EffectFound::Foreign)];
    let mut given_up = 0;
    for height in heights {
        for account in accounts {
            for effect in effects.clone() {
                for patience_over in [false, true] {
                    let absence = Absence {
                        height,
                        timeout_height: 100,
                        sequence: 5,
                        account,
                        effect: effect.clone(),
                        patience_over,
                    };
                    let (used, past) = (account == Some(6), height == 101);
                    let expected = match (used, &effect) {
                        (false, _) if past => Fate::Expired,
                        (false, _) => Fate::Resend,
                        (true, None) => Fate::AskEffect,
                        (true, Some(EffectFound::Ours { .. })) => Fate::TookEffect,
                        (true, Some(EffectFound::Foreign)) => Fate::Collision,
                        (true, Some(EffectFound::Absent)) if past || patience_over => Fate::Stolen,
                        (true, Some(EffectFound::Absent)) => Fate::Wait,
                    };
                    let found = fate(&absence);
                    assert_eq!(found, expected, "{absence:?}");
                    if matches!(found, Fate::Expired | Fate::Stolen | Fate::Collision) {
                        given_up += 1;
                        assert!(past || used, "given up while it may still commit: {absence:?}");
                    }
                }
            }
        }
    }
    assert!(given_up > 0);
}

#[test]
fn backoff_grows_to_its_cap_and_is_never_zero() {
    let (base, cap) = (Duration::from_millis(250), Duration::from_secs(30));
    assert_eq!(backoff(base, cap, 0, u32::MAX), base);
    assert_eq!(backoff(base, cap, 3, u32::MAX), base * 8);
    assert_eq!(backoff(base, cap, 40, u32::MAX), cap);
    assert!(backoff(base, cap, 3, u32::MAX / 2) <= base * 4 + Duration::from_millis(1));
    assert!(backoff(base, cap, 9, 0) > Duration::ZERO);
}
