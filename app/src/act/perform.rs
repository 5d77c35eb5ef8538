//! How an act is done: allowed, once per idempotency key, in a task of its own.

use super::{
    Act,
    idempotency::{Claim, IdempotencyKey, asked},
    kept::Kept,
};
use crate::{
    Call, Fault, FaultKind, Studio, Written,
    act::Effect,
    port::replies::{Begun, Fate, REPLIES_SUBJECT, Reply},
    write,
};
use domain::id::OperationId;
use futures::FutureExt as _;
use std::panic::AssertUnwindSafe;
use tracing::Instrument as _;

domain::limits! {
    /// Largest answer that is kept for a repeat. A repeat of a request whose answer is larger runs the same commands again.
    REPLY_BYTES_MAX: usize = 4 * 1024 * 1024, "bytes";
}

/// How an act stands when its caller is answered.
#[derive(Debug)]
pub struct Settled<D> {
    /// The call as it was made: with an idempotency key its ids are the key's.
    pub call: Call,
    /// What came of it.
    pub outcome: Result<Written<D>, Fault>,
    /// Whether this is the kept answer of an earlier request.
    pub replayed: bool,
}

/// Does an act, or answers what the same request was answered before. It goes on when its caller has gone, and holds `held`
/// (a place, for one) until its end. Faults beside the act's own: `auth/forbidden`, `request/dry-run-unsupported`,
/// `idempotency/…`.
pub async fn perform<A: Act>(
    studio: &Studio,
    call: Call,
    key: Option<IdempotencyKey>,
    act: A,
    held: impl Send + 'static,
) -> Settled<A::Done> {
    let spec = act.spec();
    // Nothing happens in a dry run, so nothing can happen twice.
    let key = key.filter(|_| !call.dry_run);
    let claim = match (admit(&call, &act), key) {
        (Ok(()), Some(key)) => match asked(&call, spec, &act) {
            Ok(asked) => Claim::of(key, studio, &call, asked).await.map(Some),
            Err(fault) => Err(fault),
        },
        (Ok(()), None) => Ok(None),
        (Err(fault), _) => Err(fault),
    };
    let claim = match claim {
        Ok(claim) => claim,
        Err(fault) => return Settled { call, outcome: Err(fault), replayed: false },
    };
    let command_id = claim.as_ref().map_or(call.command_id, |claim| claim.command_id(&call));
    let call = Call { command_id, ..call };
    let span = tracing::info_span!("act", name = spec.name);
    let task = {
        let (studio, call) = (studio.clone(), call.clone());
        async move {
            let _held = held;
            match claim {
                None => (caught(act, &studio, &call).await, false),
                Some(claim) => once(act, &studio, &call, &claim).await,
            }
        }
    };
    let joined = tokio::spawn(task.instrument(span)).await;
    let (outcome, replayed) = joined
        .unwrap_or_else(|stopped| (Err(Fault::bug(format!("{} stopped: {stopped}", spec.name))), false));
    Settled { call, outcome, replayed }
}

fn admit(call: &Call, act: &impl Act) -> Result<(), Fault> {
    let spec = act.spec();
    call.who.may(spec, act.network())?;
    if call.dry_run && spec.effect != Effect::LedgerWrite {
        return Err(Fault::invalid(
            "request/dry-run-unsupported",
            "dryRun tells the price of ledger writes; this request is none.",
        ));
    }
    Ok(())
}

/// A panic is an end too, so that a repeat need not wait until the claim of its key is over.
async fn caught<A: Act>(act: A, studio: &Studio, call: &Call) -> Result<Written<A::Done>, Fault> {
    let ended = AssertUnwindSafe(act.run(studio, call)).catch_unwind().await;
    ended.unwrap_or_else(|panic| Err(Fault::panicked(panic.as_ref())))
}

type Answer<D> = (Result<Written<D>, Fault>, bool);

async fn once<A: Act>(act: A, studio: &Studio, call: &Call, claim: &Claim) -> Answer<A::Done> {
    let refused = |kind, code, sentence: &str| (Err(Fault::new(kind, code, sentence)), false);
    match studio.replies.begin(call.who.customer, &claim.key, &claim.hash, call.at).await {
        Ok(Begun::Go) => {
            let is_bare = act.is_bare();
            let outcome = caught(act, studio, call).await;
            let kept = kept(&outcome);
            keep(studio, call, &claim.key, kept, is_bare).await;
            (outcome, false)
        }
        Ok(Begun::Answered(reply)) => match replay(studio, call, &reply).await {
            (Ok(Written::Pending(operation)), true) => {
                let told = followed(act, studio, call, operation).await;
                // What went wrong while it was looked for is no answer of the request.
                let is_answer = told.as_ref().map_or_else(|fault| Fate::of(fault) == Fate::Keep, |_| true);
                (told, is_answer)
            }
            answer => answer,
        },
        Ok(Begun::Older) => (Err(gone()), false),
        Ok(Begun::InFlight) => refused(
            FaultKind::Conflict,
            "idempotency/in-flight",
            "A request with this Idempotency-Key is still running; ask again in a moment.",
        ),
        Ok(Begun::Mismatch) => refused(
            FaultKind::Unprocessable,
            "idempotency/key-reused",
            "This Idempotency-Key was used for another request.",
        ),
        Err(fault) => (Err(fault), false),
    }
}

/// How a write stands by now that went on when the first request was answered: its end, if it has one.
async fn followed<A: Act>(
    act: A,
    studio: &Studio,
    call: &Call,
    operation: OperationId,
) -> Result<Written<A::Done>, Fault> {
    match write::finish(studio, call, operation).await? {
        // Where it is refused by what has happened since, the write has taken effect all the same.
        Written::Done(_) if act.tells_its_end() => match caught(act, studio, call).await {
            Ok(done @ Written::Done(_)) => Ok(done),
            _ => Ok(Written::Pending(operation)),
        },
        _ => Ok(Written::Pending(operation)),
    }
}

async fn replay<D: serde::de::DeserializeOwned>(studio: &Studio, call: &Call, reply: &Reply) -> Answer<D> {
    let opened = match studio.vault.open(call.who.customer, &reply.body).await {
        Ok(opened) => opened,
        Err(fault) => return (Err(fault), false),
    };
    let kept = opened.and_then(|bytes| serde_json::from_slice::<Kept<D>>(&bytes).ok());
    let Some(kept) = kept else { return (Err(gone()), false) };
    (kept.answer(), true)
}

/// What an older version kept is read by nobody any more, and whoever asks again must not be told to use another key: that would
/// be another, paid request.
fn gone() -> Fault {
    let sentence = "The saved answer is gone: what it held was erased, or an older version kept it.";
    Fault::new(FaultKind::Conflict, "idempotency/answer-erased", sentence)
}

/// The answer to keep, or what becomes of the key without one.
pub(super) fn kept<D: serde::Serialize>(outcome: &Result<Written<D>, Fault>) -> Result<Vec<u8>, Fate> {
    let bytes = match outcome {
        Ok(written) => Kept::of(written).and_then(|kept| serde_json::to_vec(&kept).ok()),
        Err(fault) => match Fate::of(fault) {
            Fate::Keep => serde_json::to_vec(&Kept::<()>::refused(fault)).ok(),
            fate @ (Fate::LetGo | Fate::Hold) => return Err(fate),
        },
    };
    bytes.filter(|bytes| bytes.len() <= REPLY_BYTES_MAX).ok_or(Fate::Hold)
}

async fn keep(studio: &Studio, call: &Call, key: &str, kept: Result<Vec<u8>, Fate>, is_bare: bool) {
    let customer = call.who.customer;
    let settled = match kept {
        Ok(bytes) => save(studio, call, key, &bytes, is_bare).await,
        Err(Fate::LetGo) => studio.replies.release(customer, key, call.command_id).await,
        Err(Fate::Hold | Fate::Keep) => studio.replies.hold(customer, key).await,
    };
    if let Err(fault) = settled {
        // The effect stands, so its answer goes out; the claim ends by itself, and a repeat runs the same commands, which
        // change nothing more.
        let detail = fault.private.as_deref();
        tracing::warn!(code = fault.code, detail, "app.idempotency_key.unsettled");
    }
}

async fn save(studio: &Studio, call: &Call, key: &str, bytes: &[u8], is_bare: bool) -> Result<(), Fault> {
    let body = studio.vault.seal(call.who.customer, REPLIES_SUBJECT, bytes).await?;
    studio.replies.finish(call.who.customer, key, &Reply { body, is_bare }).await
}
