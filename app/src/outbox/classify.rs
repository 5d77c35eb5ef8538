//! What an answer of the node means (docs/ledger.md#answers-and-what-the-outbox-does, row by row). Matches on (codespace, code) first; on a short piece of
//! text only where the ledger gives nothing better (codespace `undefined`).

use super::port::Note;
use crate::port::chain::TxCode;

domain::limits! {
    /// The most characters of a node's text that are shown or stored.
    MAX_LOG_CHARS: usize = 240, "characters";
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A trial run: nothing was sent.
    Simulate,
    /// The mempool's check of sent bytes.
    Check,
    /// A block: final, except for errors of the ante handler.
    Block,
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Code 0: simulated well, accepted, or committed.
    Fine,
    /// The node has it already: ask for it by hash.
    Poll,
    /// The same bytes once more, later.
    Resend(Note),
    /// Our sequence is not what the node expects: look at the account and at our own transactions.
    Sequence(Note),
    /// The signature does not fit the account: read the account again and sign once more; again is a misconfiguration.
    Account(Note),
    /// The payer cannot pay: hold the lane until it can.
    Funds(Note),
    /// The payer does not exist on the chain yet, because it never received anything.
    Unfunded(Note),
    /// The price or the parameters moved: quote again after a new block.
    Requote(Note),
    /// More gas.
    MoreGas(Note),
    /// These bytes can never commit: make new ones.
    Rebuild(Note),
    /// Look at the chain: if our effect stands there, it is done, else it never will.
    Inspect(Note),
    /// Something it refers to is not on the chain: wait if that is on its way, else it never will.
    Dependency(Note),
    /// It never will.
    Permanent(Note),
    /// The set-up is wrong, not the write: stop the lane and alert the operator.
    Config(Note),
}

/// Which message of a transaction failed, if the node said (`message index: 3`).
pub fn blamed_message(log: &str) -> Option<usize> {
    let rest = log.split_once("message index: ")?.1;
    let digits: &str = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The first line of a node's text, cut: it may hold goroutine dumps of many kilobytes.
pub fn short_log(log: &str) -> String {
    log.lines().next().unwrap_or_default().chars().take(MAX_LOG_CHARS).collect()
}

/// What the node's answer means.
pub fn classify(stage: Stage, answer: &TxCode) -> Verdict {
    if answer.code == 0 {
        return Verdict::Fine;
    }
    match answer.codespace.as_str() {
        "sdk" => sdk(stage, answer),
        "cheqd" => cheqd(answer),
        "resource" => resource(answer),
        "undefined" | "" => undefined(stage, answer),
        "feemarket" => Verdict::Config(told(answer, "ledger/fee-market", "The ledger's fee market refused")),
        _ => Verdict::Permanent(told(answer, "ledger/refused", "The ledger refused the write")),
    }
}

fn note(code: &str, reason: impl Into<String>) -> Note {
    Note { code: code.to_owned(), reason: reason.into() }
}

/// A note with the node's own words after the sentence.
fn told(answer: &TxCode, code: &str, sentence: &str) -> Note {
    let log = short_log(&answer.log);
    let reason = if log.is_empty() {
        format!("{sentence} ({}/{}).", answer.codespace, answer.code)
    } else {
        format!("{sentence} ({}/{}): {log}", answer.codespace, answer.code)
    };
    note(code, reason)
}

fn sdk(stage: Stage, answer: &TxCode) -> Verdict {
    match answer.code {
        4 if answer.log.contains("wrong number of signers") => {
            Verdict::Config(told(answer, "ledger/signers", "The transaction lacks a signer"))
        }
        4 => Verdict::Account(told(
            answer,
            "ledger/payer-signature",
            "The ledger did not take the payer's signature",
        )),
        5 => Verdict::Funds(told(answer, "ledger/insufficient-funds", "The payer has too little money")),
        9 | 22 => Verdict::Unfunded(note(
            "ledger/insufficient-funds",
            "The payer's account does not exist on the ledger yet: it has never received anything.",
        )),
        10 => Verdict::Config(told(answer, "ledger/fee-denom", "The ledger does not take this fee")),
        11 => Verdict::MoreGas(note("ledger/out-of-gas", "The transaction ran out of gas.")),
        13 => Verdict::Requote(told(answer, "ledger/fee-too-low", "The offered fee no longer suffices")),
        19 => Verdict::Poll,
        20 => {
            Verdict::Resend(note("ledger/mempool-full", "The ledger node has no room for more transactions."))
        }
        21 => Verdict::Permanent(note("ledger/too-large", "The write is larger than the ledger takes.")),
        30 => Verdict::Rebuild(note("ledger/timed-out", "The transaction came too late for its block.")),
        // In a block the ante handler leaves the sequence unused, and the same bytes may yet commit.
        32 if stage == Stage::Block => {
            Verdict::Resend(note("ledger/sequence", "Another transaction came first."))
        }
        32 => Verdict::Sequence(told(answer, "ledger/sequence", "The ledger expects another sequence")),
        38 => Verdict::Dependency(told(
            answer,
            "ledger/not-found",
            "Something the write refers to is not there",
        )),
        // 2 parse, 7 address, 8 public key, 12 memo, 14/15 signatures, 18 invalid request, 31 options, 41 gas limit:
        // a transaction that no repetition improves. So is any code that the SDK may add.
        _ => Verdict::Permanent(told(answer, "ledger/refused", "The ledger refused the transaction")),
    }
}

fn cheqd(answer: &TxCode) -> Verdict {
    match answer.code {
        1100 => {
            Verdict::Inspect(told(answer, "ledger/invalid-signature", "An identity signature is not valid"))
        }
        1101 => {
            Verdict::Inspect(told(answer, "ledger/missing-signature", "An identity signature is missing"))
        }
        1200 => Verdict::Inspect(told(answer, "ledger/did-exists", "The DID exists already")),
        1201 => Verdict::Dependency(told(answer, "ledger/did-not-found", "A DID it refers to is not there")),
        1202 => {
            Verdict::Inspect(told(answer, "ledger/method-not-found", "A verification method is not there"))
        }
        1205 => {
            Verdict::Permanent(told(answer, "ledger/invalid-document", "The ledger refused the document"))
        }
        1206 => Verdict::Permanent(told(answer, "ledger/invalid-payload", "The ledger refused the content")),
        1207 => Verdict::Inspect(told(answer, "ledger/did-deactivated", "The DID is deactivated")),
        1500 => Verdict::Inspect(told(answer, "ledger/version-exists", "The ledger refused the version")),
        _ => Verdict::Permanent(told(answer, "ledger/refused", "The ledger refused the write")),
    }
}

fn resource(answer: &TxCode) -> Verdict {
    match answer.code {
        2200 => Verdict::Inspect(told(answer, "ledger/resource-exists", "The resource exists already")),
        _ => Verdict::Permanent(told(answer, "ledger/refused", "The ledger refused the resource")),
    }
}

/// Plain errors of the ledger's code, all with code 1, and panics.
fn undefined(stage: Stage, answer: &TxCode) -> Verdict {
    const PANIC: u32 = 111_222;
    const FEE_TEXTS: [&str; 5] = [
        "invalid fixed fee",
        "insufficient fee",
        "fee too low",
        "cheq price unavailable",
        "cannot verify cross-denom fixed fee",
    ];
    const CONFIG_TEXTS: [&str; 4] = [
        "no valid overlapping USD range",
        "fee ranges empty",
        "no ncheq fallback fee",
        "unsupported cross-denom fixed fee",
    ];
    if answer.code == PANIC {
        // Its text is a dump with paths: not for callers.
        return Verdict::Permanent(note("ledger/panic", "The ledger failed on this write and took it back."));
    }
    let line = answer.log.lines().next().unwrap_or_default();
    let has = |texts: &[&str]| texts.iter().any(|text| line.contains(text));
    if stage == Stage::Block && line.starts_with("failed to execute message") {
        // The message failed and so did the fee on top: its own code is lost. A trial run tells it for free.
        return Verdict::Rebuild(told(answer, "ledger/message-failed", "The ledger refused the message"));
    }
    if line.contains("insufficient funds") {
        Verdict::Funds(told(answer, "ledger/insufficient-funds", "The payer has too little money"))
    } else if has(&CONFIG_TEXTS) {
        Verdict::Config(told(answer, "ledger/fee-parameters", "The ledger's fee parameters allow no fee"))
    } else if has(&FEE_TEXTS) {
        Verdict::Requote(told(answer, "ledger/fee-too-low", "The offered fee no longer suffices"))
    } else {
        Verdict::Permanent(told(answer, "ledger/refused", "The ledger refused the write"))
    }
}
