//! Runs one transaction in one of the modes, as the application behind the node does.

use crate::ante::{self, Env, Mode};
use crate::events::Event;
use crate::failure::{Failure, Outcome, sdk};
use crate::gas::Meter;
use crate::kv::{Ctx, Layer, Map};
use crate::state::params;
use crate::tx::{Msg, Tx};
use crate::{feemarket, msgs, tax};
use proto::Message;
use proto::cosmos::base::abci::v1beta1::TxMsgData;
use proto::google::protobuf::Any;

/// Gas the node counts before it starts on a transaction (reading the consensus parameters).
const PRELUDE_GAS: u64 = 1186;
/// Gas limit of a transaction that is told to run out of gas: enough for the checks, not for the messages.
const FORCED_GAS_LIMIT: u64 = 60_000;

/// Result of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TxResult {
    /// Codespace, empty on success.
    pub codespace: &'static str,
    /// 0 on success.
    pub code: u32,
    /// Log text, empty on success.
    pub log: String,
    /// Encoded answers of the messages.
    pub data: Vec<u8>,
    /// Gas limit of the transaction.
    pub gas_wanted: u64,
    /// Gas counted.
    pub gas_used: u64,
    /// Events in order.
    pub events: Vec<Event>,
}

/// Where a transaction runs.
pub struct Place<'a> {
    /// Committed state.
    pub base: &'a Map,
    /// Height: of the block, or the committed one.
    pub height: u64,
    /// Block time.
    pub time: (i64, i32),
    /// Chain facts.
    pub env: &'a Env,
}

struct Run<'a> {
    ctx: Ctx<'a>,
    ante_events: Vec<Event>,
    data: Vec<Any>,
}

fn run_messages(ctx: &mut Ctx<'_>, messages: &[Msg]) -> Outcome<(Vec<Any>, Vec<Event>)> {
    let (mut answers, mut events) = (Vec::new(), Vec::new());
    for (index, msg) in messages.iter().enumerate() {
        let before = ctx.events.len();
        let result = msgs::execute(ctx, msg);
        let emitted = ctx.events.split_off(before);
        let prefix = format!("failed to execute message; message index: {index}: ");
        answers.push(result.map_err(|e| e.prefixed(&prefix))?);
        let mut attributes = vec![("action", msg.type_url().to_owned())];
        if let Some(sender) = msg.signers().into_iter().next() {
            attributes.push(("sender", sender));
        }
        attributes.push(("module", msgs::module(msg).to_owned()));
        let mut all = vec![Event::new("message", attributes)];
        all.extend(emitted);
        for event in &mut all {
            event.tag_message(index);
        }
        events.extend(all);
    }
    Ok((answers, events))
}

impl Run<'_> {
    fn checks(&mut self, tx: &Tx, mode: Mode, env: &Env) -> Outcome<()> {
        self.ctx.begin();
        let result = ante::run(&mut self.ctx, tx, mode, env);
        let events = std::mem::take(&mut self.ctx.events);
        if result.is_ok() {
            self.ctx.commit();
            self.ante_events = events;
        } else {
            self.ctx.rollback();
        }
        result
    }

    /// Messages and what follows them; nothing of it stays when it fails.
    fn rest(&mut self, tx: &Tx, mode: Mode) -> Outcome<Vec<Event>> {
        self.ctx.begin();
        let result = self.messages_and_fees(tx, mode);
        if result.is_ok() && mode == Mode::Deliver {
            self.ctx.commit();
        } else {
            self.ctx.rollback();
        }
        result
    }

    fn messages_and_fees(&mut self, tx: &Tx, mode: Mode) -> Outcome<Vec<Event>> {
        let executed = if matches!(mode, Mode::Deliver | Mode::Simulate) {
            run_messages(&mut self.ctx, &tx.messages)
        } else {
            Ok((Vec::new(), Vec::new()))
        };
        if let Err(ended @ (Failure::OutOfGas(_) | Failure::Panic(_))) = executed {
            return Err(ended);
        }
        self.ctx.events.clear();
        let after = match mode {
            Mode::Simulate => Ok(()),
            _ if tx.is_taxable() => tax::collect(&mut self.ctx, tx),
            _ => feemarket::settle(&mut self.ctx, tx),
        };
        let after_events = std::mem::take(&mut self.ctx.events);
        match (executed, after) {
            (Ok((data, mut events)), Ok(())) => {
                self.data = data;
                events.extend(after_events);
                Ok(events)
            }
            (Ok(_), Err(after)) => Err(after),
            (Err(first), Ok(())) => Err(first),
            (Err(first), Err(second)) => Err(joined(&first, second)),
        }
    }
}

/// A message error and a fee error together lose the message's code.
fn joined(first: &Failure, second: Failure) -> Failure {
    match (first, second) {
        (Failure::Code { log: a, .. }, Failure::Code { log: b, .. }) => {
            crate::failure::plain(format!("{a}\n{b}"))
        }
        (_, second) => second,
    }
}

fn basics(tx: &Tx) -> Outcome<()> {
    if tx.messages.is_empty() {
        return Err(sdk(18, "must contain at least one message"));
    }
    tx.messages.iter().try_for_each(msgs::validate_basic)
}

fn block_gas(tx: &Tx, env: &Env) -> Outcome<()> {
    match env.max_block_gas {
        Some(max) if tx.fee.gas_limit > max => {
            Err(sdk(41, format!("tx gas limit {} exceeds block max gas {max}", tx.fee.gas_limit)))
        }
        _ => Ok(()),
    }
}

fn meter(tx: &Tx, mode: Mode, forced: bool) -> Meter {
    match mode {
        Mode::Simulate => Meter::new(None),
        _ if forced => Meter::new(Some(tx.fee.gas_limit.min(FORCED_GAS_LIMIT))),
        _ => Meter::new(Some(tx.fee.gas_limit)),
    }
}

/// Runs a transaction and hands back the changed layer.
pub fn run(place: &Place<'_>, bytes: &[u8], mode: Mode, layer: Layer) -> (TxResult, Layer) {
    let mut ctx = Ctx::new(place.base, layer, Meter::new(None), place.height, place.time);
    let early = |failure: Failure, gas_wanted: u64, gas_used: u64| {
        let (codespace, code, log) = failure.answer(gas_wanted, gas_used);
        TxResult { codespace, code, log, gas_wanted, gas_used, ..TxResult::default() }
    };
    // Undecodable bytes never reach the gas meter; the node still reports what it read before.
    let tx = match Tx::decode(bytes) {
        Ok(tx) => tx,
        Err(e) => return (early(e, 0, PRELUDE_GAS), ctx.into_layer()),
    };
    if let Err(e) = basics(&tx) {
        return (early(e, 0, PRELUDE_GAS), ctx.into_layer());
    }
    if let Err(e) = block_gas(&tx, place.env) {
        return (early(e, tx.fee.gas_limit, 0), ctx.into_layer());
    }
    let count = if mode == Mode::Deliver { params::forced_out_of_gas(&ctx) } else { 0 };
    if count > 0 {
        params::put_forced_out_of_gas(&mut ctx, count - 1);
    }
    ctx.meter = meter(&tx, mode, count > 0);
    let mut run = Run { ctx, ante_events: Vec::new(), data: Vec::new() };
    let mut result = run.checks(&tx, mode, place.env).err();
    let mut events = Vec::new();
    if result.is_none() {
        match run.rest(&tx, mode) {
            Ok(rest) => events = rest,
            Err(e) => result = Some(e),
        }
    }
    let gas_used = run.ctx.meter.used();
    let gas_wanted = if mode == Mode::Simulate { u64::MAX } else { tx.fee.gas_limit };
    let mut out = match result {
        None => {
            let msg_responses = std::mem::take(&mut run.data);
            let data = if mode == Mode::Check || mode == Mode::Recheck {
                Vec::new()
            } else {
                TxMsgData { msg_responses }.encode_to_vec()
            };
            TxResult { data, gas_wanted, gas_used, ..TxResult::default() }
        }
        Some(e) => early(e, gas_wanted, gas_used),
    };
    if mode == Mode::Deliver || mode == Mode::Simulate {
        out.events = run.ante_events;
    }
    out.events.extend(events);
    (out, run.ctx.into_layer())
}
