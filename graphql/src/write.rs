//! From a mutation to an act and back.

use crate::{
    asking::{Asking, asking},
    fault::{Result, UserError, is_data, log},
    input::{KeyedInput, LedgerWriteInput, invalid},
    scalar::{Amount, Long},
};
use app::{
    Act, Call, Fault, Written,
    act::{self, IdempotencyKey},
    port::chain::FeeQuote,
};
use async_graphql::{Context, ID, InputObject, SimpleObject};
use domain::id::{JobId, Ncheq, OperationId};
use serde_json::Value;
use std::sync::Arc;

/// What this door calls an idempotency key.
const IDEMPOTENCY_KEY: &str = "idempotencyKey";

/// The price of a write that was not made.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "FeeQuote")]
pub(crate) struct Quote {
    /// What the ledger is expected to charge.
    fee: Amount,
    /// What the payer must hold: the fee that the transaction will offer.
    offer: Amount,
    /// The expected fee in US dollars at the ledger's own price, if the ledger prices in dollars.
    usd: Option<String>,
    /// Gas limit.
    gas: Long,
    /// Height at which the price was read.
    height: Long,
}

impl From<FeeQuote> for Quote {
    fn from(quote: FeeQuote) -> Self {
        Self {
            fee: Amount(quote.expected),
            offer: Amount(quote.offer),
            usd: quote.usd,
            gas: Long(quote.gas_limit),
            height: Long(quote.height),
        }
    }
}

/// What a mutation came to, by ids; payloads load what they show.
#[derive(Debug, Default)]
pub(crate) struct Receipt {
    /// Own id of the thing, if it is known.
    pub(crate) thing: Option<String>,
    /// The ledger operation, if there is one.
    pub(crate) operation: Option<OperationId>,
    /// The job, if it waits for signatures.
    pub(crate) job: Option<JobId>,
    /// The price, for a dry run.
    pub(crate) quote: Option<Quote>,
    /// Why it was not done.
    pub(crate) errors: Vec<UserError>,
    /// Whether this is the kept answer of an earlier request.
    pub(crate) replayed: bool,
    /// What is told once and kept nowhere.
    pub(crate) secret: Option<Secret>,
}

/// A secret on its way to the caller.
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Receipt {
    /// Something done without the ledger.
    pub(crate) fn of(thing: &impl ToString) -> Self {
        Self { thing: Some(thing.to_string()), ..Self::default() }
    }

    /// With the operation that did it.
    pub(crate) fn by(self, operation: impl Into<Option<OperationId>>) -> Self {
        Self { operation: operation.into(), ..self }
    }

    fn refused(fault: &Fault) -> Self {
        let operation = fault.members.get("operationId").and_then(Value::as_str);
        let operation = operation.and_then(|id| id.parse().ok());
        let job = fault.members.get("jobId").and_then(Value::as_str).and_then(|id| id.parse().ok());
        Self { operation, job, errors: vec![fault.into()], ..Self::default() }
    }
}

/// The options of a mutation, from either kind of input.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    idempotency_key: Option<String>,
    wait: Option<u32>,
    dry_run: bool,
    fee_max: Option<Ncheq>,
}

impl From<&KeyedInput> for Options {
    fn from(input: &KeyedInput) -> Self {
        Self { idempotency_key: input.idempotency_key.clone(), ..Self::default() }
    }
}

/// A ledger operation to intervene in.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct OperationInput {
    /// Its global id, or its own.
    pub(crate) operation: ID,
    /// How many seconds to wait for its end; as long as the server allows by default.
    pub(crate) wait: Option<u32>,
    /// Idempotency.
    #[graphql(flatten)]
    pub(crate) keyed: KeyedInput,
}

impl From<&OperationInput> for Options {
    fn from(input: &OperationInput) -> Self {
        Self { wait: input.wait, ..(&input.keyed).into() }
    }
}

impl From<&LedgerWriteInput> for Options {
    fn from(input: &LedgerWriteInput) -> Self {
        Self {
            idempotency_key: input.idempotency_key.clone(),
            wait: input.wait,
            dry_run: input.dry_run.0,
            fee_max: input.max_fee.map(|amount| amount.0),
        }
    }
}

impl Options {
    /// Fault `idempotency/key-invalid`.
    fn key(&self) -> Result<Option<IdempotencyKey>, Fault> {
        let text = self.idempotency_key.as_deref();
        text.map(|text| IdempotencyKey::parse(IDEMPOTENCY_KEY, text)).transpose()
    }
}

/// Does an act. What the caller can do something about is in the receipt; the rest is an error. `shown` names what came of it,
/// or what a write that goes on (`None`) will make or change, as far as it is known.
pub(crate) async fn perform<A: Act>(
    ctx: &Context<'_>,
    options: impl Into<Options>,
    act: Result<A, Fault>,
    shown: impl FnOnce(&Call, Option<A::Done>) -> Receipt,
) -> Result<Receipt> {
    perform_as(ctx, options, act, |fault| fault, shown).await
}

/// The same where faults name members as the other door does: `renamed` says what this one calls them.
pub(crate) async fn perform_as<A: Act>(
    ctx: &Context<'_>,
    options: impl Into<Options>,
    act: Result<A, Fault>,
    renamed: impl FnOnce(Fault) -> Fault,
    shown: impl FnOnce(&Call, Option<A::Done>) -> Receipt,
) -> Result<Receipt> {
    let asking = asking(ctx)?;
    let options = options.into();
    let asked = options.key().and_then(|key| Ok((key, act?)));
    let (key, act) = match asked {
        Ok(asked) => asked,
        Err(fault) => return refused(asking, fault).await,
    };
    asking.begin_act().await?;
    let call = call(asking, &options);
    let settled = act::perform(asking.studio(), call, key, act, Arc::clone(asking)).await;
    let receipt = match settled.outcome {
        Ok(Written::Done(done)) => shown(&settled.call, Some(done)),
        Ok(Written::Pending(operation)) => {
            // What goes on must be seen.
            asking.studio().outcomes.all_visible().await?;
            shown(&settled.call, None).by(operation)
        }
        Ok(Written::Quoted(quote)) => Receipt { quote: Some(quote.into()), ..Receipt::default() },
        Err(fault) => refused(asking, renamed(fault)).await?,
    };
    Ok(Receipt { replayed: settled.replayed, ..receipt })
}

fn call(asking: &Asking, options: &Options) -> Call {
    let studio = asking.studio();
    let allowed = asking.house.write_wait_seconds;
    Call {
        who: asking.caller.clone(),
        command_id: studio.ids.next(),
        correlation_id: asking.request,
        traceparent: asking.traceparent.clone(),
        at: studio.clock.now(),
        wait_seconds: options.wait.map_or(allowed, |wait| allowed.min(wait.into())),
        dry_run: options.dry_run,
        fee_max: options.fee_max,
        desk: app::Desk::default(),
    }
}

/// Refusals become data. The read models are waited for where the use case did not: what goes on must be seen.
async fn refused(asking: &Asking, fault: Fault) -> Result<Receipt> {
    if !is_data(&fault) {
        return Err(fault.into());
    }
    log(&fault);
    if fault.members.contains_key("operationId") {
        asking.studio().outcomes.all_visible().await?;
    }
    let is_about_key = fault.code.starts_with("idempotency/");
    let fault = if is_about_key { fault.with("field", IDEMPOTENCY_KEY) } else { fault };
    Ok(Receipt::refused(&fault))
}

/// The caller must name a thing in exactly one of two ways.
pub(crate) fn one_of<A, B>(
    first: (&'static str, Option<A>),
    second: (&'static str, Option<B>),
) -> Result<Either<A, B>, Fault> {
    match (first.1, second.1) {
        (Some(value), None) => Ok(Either::First(value)),
        (None, Some(value)) => Ok(Either::Second(value)),
        _ => Err(invalid(first.0, format!("Give either {} or {}.", first.0, second.0))),
    }
}

/// Which of two it was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

#[cfg(test)]
mod tests;
