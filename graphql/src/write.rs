//! How a mutation runs: in its own task, under ids that make a repeat the same command, answering once per key.

use crate::{
    asking::{Asking, asking},
    fault::{Raised, Result, UserError, is_data, log},
    input::{KeyedInput, LedgerWriteInput, invalid},
    scalar::{Amount, Long},
};
use app::{
    Call, Fault, FaultKind, Written,
    port::{
        chain::FeeQuote,
        replies::{Begun, REPLIES_SUBJECT, Reply},
    },
};
use async_graphql::{Context, ID, InputObject, InputType, SimpleObject};
use domain::id::{CustomerId, Ncheq, OperationId, derived_uuid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tracing::Instrument as _;
use uuid::Uuid;

/// Longest idempotency key.
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// What stands where REST keeps the status of a saved answer.
const REPLY_STATUS: u16 = 200;

/// The price of a write that was not made.
#[derive(Debug, Clone, Serialize, Deserialize, SimpleObject)]
#[graphql(name = "FeeQuote")]
pub(crate) struct Quote {
    /// What the ledger is expected to charge.
    #[serde(with = "amount")]
    fee: Amount,
    /// What the payer must hold: the fee that the transaction will offer.
    #[serde(with = "amount")]
    offer: Amount,
    /// The expected fee in US dollars at the ledger's own price, if the ledger prices in dollars.
    usd: Option<String>,
    /// Gas limit.
    #[serde(with = "long")]
    gas: Long,
    /// Height at which the price was read.
    #[serde(with = "long")]
    height: Long,
}

mod amount {
    use super::{Amount, Ncheq};
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
        amount.0.serialize(serializer)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        Ncheq::deserialize(deserializer).map(Amount)
    }
}

mod long {
    use super::Long;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(number: &Long, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(number.0)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Long, D::Error> {
        u64::deserialize(deserializer).map(Long)
    }
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

/// What a mutation came to, by ids; payloads load what they show. This is also what is kept for a repeat.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    /// Own id of the thing, if it is known.
    pub(crate) thing: Option<String>,
    /// The ledger operation, if there is one.
    pub(crate) operation: Option<OperationId>,
    /// The price, for a dry run.
    pub(crate) quote: Option<Quote>,
    /// Why it was not done.
    pub(crate) errors: Vec<UserError>,
    /// Whether this is the kept answer of an earlier request.
    #[serde(skip)]
    pub(crate) replayed: bool,
    /// What is told once and kept nowhere.
    #[serde(skip)]
    pub(crate) secret: Option<Secret>,
}

/// A secret on its way to the caller.
#[derive(Clone)]
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

    /// A ledger write. `thing` is what a write that goes on will make or change, as far as it is known. What goes on is
    /// waited for until the read models know of it, so that the payload can show it.
    pub(crate) async fn written<T>(
        asking: &Asking,
        written: Written<T>,
        thing: Option<String>,
        done: impl FnOnce(T) -> Self,
    ) -> Result<Self, Fault> {
        match written {
            Written::Done(value) => Ok(done(value)),
            Written::Pending(operation) => {
                asking.studio().outcomes.all_visible().await?;
                Ok(Self { thing, operation: Some(operation), ..Self::default() })
            }
            Written::Quoted(quote) => Ok(Self { quote: Some(quote.into()), ..Self::default() }),
        }
    }

    /// With the operation that did it.
    pub(crate) fn by(self, operation: Option<OperationId>) -> Self {
        Self { operation, ..self }
    }

    fn refused(fault: &Fault) -> Self {
        let operation = fault.members.get("operationId").and_then(Value::as_str);
        let operation = operation.and_then(|id| id.parse().ok());
        Self { operation, errors: vec![fault.into()], ..Self::default() }
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

/// A request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Keyed {
    key: String,
    hash: String,
}

impl Keyed {
    /// Fault `idempotency/key-invalid`.
    fn of(field: &str, input: &impl InputType, options: &Options) -> Result<Option<Self>, Fault> {
        let Some(key) = options.idempotency_key.as_deref().map(str::trim) else { return Ok(None) };
        let printable = key.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_CHARS_MAX || !printable {
            let sentence = format!(
                "idempotencyKey must be 1 to {IDEMPOTENCY_KEY_CHARS_MAX} printable ASCII characters."
            );
            return Err(Fault::invalid("idempotency/key-invalid", sentence).with("field", "idempotencyKey"));
        }
        if options.dry_run {
            // Nothing happens, so nothing can happen twice.
            return Ok(None);
        }
        Ok(Some(Self { key: key.to_owned(), hash: hash(field, input)? }))
    }

    /// The request is part of it, so that a key that was let go and used for something else can never be taken for the
    /// first request. As in REST.
    fn command_id(&self, customer: CustomerId) -> Uuid {
        derived_uuid("idempotent-request", &[&customer.to_string(), &self.key, &self.hash])
    }
}

/// Lower-case hex SHA-256 of what was asked: field and input, without the key and how long to wait.
fn hash(field: &str, input: &impl InputType) -> Result<String, Fault> {
    let mut value = input.to_value().into_json().map_err(Fault::bug)?;
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("idempotencyKey");
        members.shift_remove("wait");
    }
    let mut hash = Sha256::new();
    for part in ["graphql", field, &value.to_string()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Runs a mutation. What the caller can do something about is in the receipt; the rest is an error.
pub(crate) async fn perform<I, F, R>(
    ctx: &Context<'_>,
    input: I,
    options: impl FnOnce(&I) -> Options,
    run: F,
) -> Result<Receipt>
where
    I: InputType + Send + 'static,
    F: FnOnce(Arc<Asking>, Call, I) -> R + Send + 'static,
    R: Future<Output = Result<Receipt, Fault>> + Send + 'static,
{
    let asking = Arc::clone(asking(ctx)?);
    let options = options(&input);
    let keyed = match Keyed::of(ctx.field().name(), &input, &options) {
        Ok(keyed) => keyed,
        Err(fault) => return Ok(Receipt::refused(&fault)),
    };
    let call = call(&asking, &options, keyed.as_ref());
    // A client that hangs up must not leave a write half-way or its answer unsaved.
    let task = async move {
        let work = run(Arc::clone(&asking), call.clone(), input);
        match keyed {
            Some(keyed) => once(&asking, &call, &keyed, work).await,
            None => answer(&asking, work.await).await,
        }
    };
    let joined = tokio::spawn(task.in_current_span()).await;
    joined.unwrap_or_else(|stopped| Err(Fault::bug(format!("a mutation stopped: {stopped}")).into()))
}

fn call(asking: &Asking, options: &Options, keyed: Option<&Keyed>) -> Call {
    let studio = asking.studio();
    let allowed = asking.house.write_wait_seconds;
    Call {
        customer: asking.customer(),
        actor: asking.caller.actor.clone(),
        command_id: keyed.map_or_else(|| studio.ids.next(), |keyed| keyed.command_id(asking.customer())),
        correlation_id: asking.request,
        traceparent: asking.traceparent.clone(),
        at: studio.clock.now(),
        wait_seconds: options.wait.map_or(allowed, |wait| allowed.min(wait.into())),
        dry_run: options.dry_run,
        fee_max: options.fee_max,
    }
}

/// Refusals become data. The read models are waited for where the use case did not: what goes on must be seen.
async fn answer(asking: &Asking, outcome: Result<Receipt, Fault>) -> Result<Receipt> {
    match outcome {
        Ok(receipt) => Ok(receipt),
        Err(fault) if is_data(&fault) => {
            log(&fault);
            if fault.members.contains_key("operationId") {
                asking.studio().outcomes.all_visible().await?;
            }
            Ok(Receipt::refused(&fault))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Runs the request, or answers what it answered before.
async fn once(
    asking: &Asking,
    call: &Call,
    keyed: &Keyed,
    work: impl Future<Output = Result<Receipt, Fault>>,
) -> Result<Receipt> {
    let replies = &asking.studio().replies;
    let refused = match replies.begin(call.customer, &keyed.key, &keyed.hash, call.at).await? {
        Begun::Go => {
            let outcome = work.await;
            keep(asking, call, &keyed.key, &outcome).await;
            return answer(asking, outcome).await;
        }
        Begun::Answered(reply) => return replay(asking, call, &reply).await,
        Begun::InFlight => Fault::new(
            FaultKind::Conflict,
            "idempotency/in-flight",
            "A request with this Idempotency-Key is still running; ask again in a moment.",
        ),
        Begun::Mismatch => Fault::new(
            FaultKind::Unprocessable,
            "idempotency/key-reused",
            "This Idempotency-Key was used for another request.",
        ),
    };
    Ok(Receipt::refused(&refused.with("field", "idempotencyKey")))
}

async fn replay(asking: &Asking, call: &Call, reply: &Reply) -> Result<Receipt> {
    let Some(bytes) = asking.studio().vault.open(call.customer, &reply.body).await? else {
        let erased =
            Fault::new(FaultKind::Conflict, "idempotency/answer-erased", "The saved answer was erased.");
        return Ok(Receipt::refused(&erased));
    };
    let receipt: Receipt = serde_json::from_slice(&bytes).map_err(|why| Raised(Fault::bug(why)))?;
    Ok(Receipt { replayed: true, ..receipt })
}

/// What is final is kept: successes, and the end of a write that was made. Our own refusals changed nothing, so a corrected
/// request may use the key; and what failed on the way may be repeated, because the repeat is the same commands.
fn kept(outcome: &Result<Receipt, Fault>) -> Option<Receipt> {
    match outcome {
        Ok(receipt) => Some(receipt.clone()),
        Err(fault) => {
            let is_final = matches!(fault.kind, FaultKind::LedgerRefused | FaultKind::Conflict)
                && fault.members.contains_key("operationId");
            is_final.then(|| Receipt::refused(fault))
        }
    }
}

async fn keep(asking: &Asking, call: &Call, key: &str, outcome: &Result<Receipt, Fault>) {
    let studio = asking.studio();
    let saved = match kept(outcome) {
        Some(receipt) => save(asking, call, key, &receipt).await,
        None => studio.replies.release(call.customer, key).await,
    };
    if let Err(fault) = saved {
        // The effect stands, so its answer goes out; a repeat runs the same commands, which change nothing more.
        tracing::warn!(
            code = fault.code,
            detail = fault.private.as_deref(),
            "graphql.idempotency_key.unsettled"
        );
    }
}

async fn save(asking: &Asking, call: &Call, key: &str, receipt: &Receipt) -> Result<(), Fault> {
    let studio = asking.studio();
    let bytes = serde_json::to_vec(receipt).map_err(Fault::bug)?;
    let body = studio.vault.seal(call.customer, REPLIES_SUBJECT, &bytes).await?;
    studio.replies.finish(call.customer, key, &Reply { status: REPLY_STATUS, body, location: None }).await
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
