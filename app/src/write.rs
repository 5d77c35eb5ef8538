//! A ledger write as every use case does it: compose, sign with the DID's keys, look at the price, request, wait.

use crate::{
    Call, Fault, FaultKind, Studio,
    desk::{Signers, Suspended},
    port::{
        Commands, Execute,
        chain::{ChainFault, ChainMessage, FeeQuote, IdentitySignature, Payload},
        commands::{Committed, Meta, Token},
        outcomes::Waited,
    },
    sign,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Aggregate,
    id::{Did, Ncheq, Network, OperationId},
    ledger::{Effect, Inclusion, LedgerOutcome, LedgerWrite},
};
use std::time::Duration;

domain::limits! {
    /// Longest message to the ledger, signatures included; less where the chain's blocks hold less. Mainnet began with blocks of 200 000 bytes, and nodes read no
    /// request of more than a megabyte, in which a transaction takes twice its size when its price is asked for.
    pub MESSAGE_BYTES_MAX: usize = 195_000, "bytes";
}

/// How a write stands when the caller is answered.
#[derive(Debug, Clone)]
pub enum Written<T> {
    /// It took effect.
    Done(T),
    /// It goes on; follow the operation.
    Pending(OperationId),
    /// Nothing was written: the caller only asked for the price.
    Quoted(FeeQuote),
}

impl<T> Written<T> {
    /// With what the ledger says of a write that took effect. If it cannot be asked now, the write stands all the same: the
    /// caller is told to follow the operation, because an error would invite a second, paid repeat.
    pub(crate) async fn read_back<U, R>(self, operation: OperationId, read: impl FnOnce(T) -> R) -> Written<U>
    where
        R: Future<Output = Result<U, Fault>>,
    {
        match self {
            Self::Done(value) => match read(value).await {
                Ok(value) => Written::Done(value),
                Err(fault) => {
                    tracing::warn!(%operation, code = fault.code, detail = fault.private, "app.write.read_back");
                    Written::Pending(operation)
                }
            },
            Self::Pending(operation) => Written::Pending(operation),
            Self::Quoted(quote) => Written::Quoted(quote),
        }
    }

    /// The same standing with another payload.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Written<U> {
        match self {
            Self::Done(value) => Written::Done(f(value)),
            Self::Pending(operation) => Written::Pending(operation),
            Self::Quoted(quote) => Written::Quoted(quote),
        }
    }
}

/// A composed and signed write, and its price if the ledger could be asked.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What goes into the event.
    pub write: LedgerWrite,
    /// The price now; `None` while the ledger is away.
    pub quote: Option<FeeQuote>,
}

impl Prepared {
    /// The answer of a dry run; fault `ledger/unreachable` if the ledger could not be asked.
    pub(crate) fn quoted<T>(self) -> Result<Written<T>, Fault> {
        quoted(self.quote)
    }
}

/// The answer of a dry run; fault `ledger/unreachable` if the ledger could not be asked.
pub(crate) fn quoted<T>(quote: Option<FeeQuote>) -> Result<Written<T>, Fault> {
    quote.map(Written::Quoted).ok_or_else(|| {
        Fault::unavailable("ledger/unreachable", "The ledger cannot be reached at the moment.", "no quote")
    })
}

/// The price of what does not reach the ledger: nothing, as of where it stands.
pub(crate) async fn free<T>(studio: &Studio, network: Network) -> Result<Written<T>, Fault> {
    let status = studio.chain.status(network).await?;
    Ok(Written::Quoted(FeeQuote::nothing(status.height)))
}

/// What a write is for.
pub struct Draft<'a> {
    /// What it will say.
    pub payload: &'a Payload,
    /// The DID whose writes stay in order.
    pub did: &'a Did,
    /// Who signs. Nobody is a fault.
    pub(crate) signers: &'a Signers,
    /// Its trace on the chain.
    pub effect: Effect,
    /// Its price.
    pub price: Price,
}

/// The price of a write.
#[derive(Debug, Clone)]
pub enum Price {
    /// To be asked for.
    Unasked,
    /// Asked for before ([`rehearse`]); nothing while the ledger is away.
    Asked(Option<FeeQuote>),
}

/// Which aggregate a command goes to.
pub(crate) struct To<'a> {
    /// Its id.
    pub(crate) id: &'a str,
    /// What the command is in its request; see [`Meta::of`].
    pub(crate) what: &'a str,
}

/// Carries a draft out: composes, signs, looks at the price, gives the command to its aggregate and waits for the ledger. Where
/// signatures are missing it stops before anything is appended, but not before the aggregate was asked: nobody shall sign what
/// is refused in the end. Faults: those of [`prepare`] and [`finish`], the refusals of the aggregate.
pub(crate) async fn carry<A: Aggregate>(
    studio: &Studio,
    call: &Call,
    draft: Draft<'_>,
    to: To<'_>,
    command: impl FnOnce(LedgerWrite) -> A::Command,
) -> Result<Written<Committed<A>>, Fault>
where
    dyn Commands: Execute<A>,
{
    let (prepared, missing) = rehearsed_or_signed(studio, call, draft).await?;
    if call.dry_run {
        return prepared.quoted();
    }
    let operation = prepared.write.operation;
    let command = command(prepared.write);
    if let Some(suspended) = missing {
        let present = Execute::<A>::load(&*studio.commands, to.id).await?.state;
        present.decide(command).map_err(|refusal| Fault::refused(&refusal))?;
        return Err(call.desk.suspend(suspended));
    }
    let meta = Meta::of(call, to.what);
    let done = Execute::<A>::execute(&*studio.commands, to.id, command, meta).await?;
    Ok(finish(studio, call, operation).await?.map(|_| done))
}

/// Composes and signs; refuses what the payer cannot pay or the caller does not want to. Faults: `did/no-signing-key`,
/// `payer/missing`, `ledger/insufficient-funds` (402), `ledger/fee-above-max` (402), `did/too-large` and `resource/too-large` (413), those of the vault and composer.
pub(crate) async fn prepare(studio: &Studio, call: &Call, draft: Draft<'_>) -> Result<Prepared, Fault> {
    match rehearsed_or_signed(studio, call, draft).await? {
        (prepared, None) => Ok(prepared),
        (_, Some(suspended)) => Err(call.desk.suspend(suspended)),
    }
}

/// The same, and where it stops if signatures are missing: what is prepared has zeros in their place then.
async fn rehearsed_or_signed(
    studio: &Studio,
    call: &Call,
    draft: Draft<'_>,
) -> Result<(Prepared, Option<Suspended>), Fault> {
    let network = draft.did.network();
    if draft.signers.is_empty() {
        return Err(no_signing_key());
    }
    let operation = call.operation("");
    let payer = payer(studio, call, network).await?;
    let bytes = studio.composer.sign_bytes(draft.payload)?;
    let signatures = sign::message(studio, call, draft.signers, &bytes).await?;
    let message = composed(studio, network, draft.payload, &signatures.all).await?;
    let quote = match draft.price {
        Price::Asked(quote) => quote,
        Price::Unasked => affordable(studio, call, network, &payer, &message, operation).await?,
    };
    let write = LedgerWrite {
        operation,
        network,
        payer,
        ordering_key: draft.did.clone(),
        type_url: message.type_url,
        value: STANDARD.encode(&message.value),
        effect: draft.effect,
        fee_max: call.fee_max,
    };
    let missing = (!call.dry_run && !signatures.are_complete).then(|| Suspended {
        did: draft.did.clone(),
        bytes,
        told: draft.payload.told(),
        wanted: draft.signers.wanted.clone(),
        quote: quote.clone(),
        based_on: None,
    });
    Ok((Prepared { write, quote }, missing))
}

/// The message, if the ledger takes one of its size: what no node takes must not stand before what others want to write. What the
/// chain's blocks hold counts if it can be told now.
async fn composed(
    studio: &Studio,
    network: Network,
    payload: &Payload,
    signatures: &[IdentitySignature],
) -> Result<ChainMessage, Fault> {
    let message = studio.composer.message(payload, signatures)?;
    let bytes = message.value.len();
    let room = match studio.chain.message_bytes_max(network).await {
        Ok(room) => room,
        // The limit of our own holds alone; the ledger says the rest.
        Err(fault) => {
            tracing::warn!(%network, %fault, "app.write.room_unknown");
            None
        }
    };
    let most = room.map_or(MESSAGE_BYTES_MAX, |room| room.min(MESSAGE_BYTES_MAX));
    if bytes <= most {
        return Ok(message);
    }
    let (code, what) = match payload {
        Payload::CreateResource { .. } => ("resource/too-large", "resource with its description"),
        Payload::CreateDid { .. } | Payload::UpdateDid { .. } | Payload::DeactivateDid { .. } => {
            ("did/too-large", "DID document")
        }
    };
    let sentence = format!("The {what} makes a message of {bytes} bytes; the ledger takes at most {most}.");
    Err(Fault::new(FaultKind::TooLarge, code, sentence))
}

/// Nobody could sign for the DID.
pub(crate) fn no_signing_key() -> Fault {
    Fault::invalid(
        "did/no-signing-key",
        format!("No key of this DID is in the vault, so nothing can be signed for it. {BY_CLIENT}"),
    )
}

/// What whoever has the keys himself can do.
pub(crate) const BY_CLIENT: &str = "With \"mode\": \"client\" its keys may be kept elsewhere.";

async fn payer(studio: &Studio, call: &Call, network: Network) -> Result<String, Fault> {
    let payer = studio.directory.payer(call.who.customer, network).await?;
    payer.map(|(address, _)| address).ok_or_else(|| {
        Fault::invalid("payer/missing", format!("This customer has no payment account on {network}."))
    })
}

/// The price of a write whose keys do not exist yet, before they are made: with signatures of zeros, because fees depend on
/// the kind of message only. Faults as of [`prepare`].
pub(crate) async fn rehearse(
    studio: &Studio,
    call: &Call,
    payload: &Payload,
    network: Network,
) -> Result<Price, Fault> {
    let payer = payer(studio, call, network).await?;
    let message = composed(studio, network, payload, &[]).await?;
    affordable(studio, call, network, &payer, &message, call.operation("")).await.map(Price::Asked)
}

/// A repeat of a request that died after it was paid must not be told that the money is gone.
async fn affordable(
    studio: &Studio,
    call: &Call,
    network: Network,
    payer: &str,
    message: &ChainMessage,
    operation: OperationId,
) -> Result<Option<FeeQuote>, Fault> {
    match price(studio, call, network, payer, message).await {
        Err(fault)
            if fault.kind == FaultKind::PaymentRequired && studio.outcomes.known(operation).await? =>
        {
            Ok(None)
        }
        other => other,
    }
}

/// The price of a message for a payer. A ledger that is away is no reason to refuse a write (it will wait), unless only
/// the price was asked for.
async fn price(
    studio: &Studio,
    call: &Call,
    network: Network,
    payer: &str,
    message: &ChainMessage,
) -> Result<Option<FeeQuote>, Fault> {
    let messages = std::slice::from_ref(message);
    let (quote, balance) =
        tokio::join!(studio.chain.quote(network, messages, None), studio.chain.balance(network, payer));
    let (quote, balance) = match (quote, balance) {
        (Ok(quote), Ok(balance)) => (quote, balance),
        (Err(fault @ ChainFault::NotConfigured(_)), _) | (_, Err(fault @ ChainFault::NotConfigured(_))) => {
            return Err(fault.into());
        }
        (Err(fault), _) | (_, Err(fault)) if call.dry_run => return Err(fault.into()),
        _ => return Ok(None),
    };
    if let Some(max) = call.fee_max.filter(|max| quote.expected > *max) {
        return Err(Fault::new(
            FaultKind::PaymentRequired,
            "ledger/fee-above-max",
            format!(
                "The ledger asks {} ncheq for this write, more than the maximum of {max} ncheq.",
                quote.expected
            ),
        )
        .with("fee", quote.expected.to_string())
        .with("maxFee", max.to_string()));
    }
    if !call.dry_run && balance < quote.expected {
        return Err(insufficient_funds(payer, quote.expected, balance));
    }
    Ok(Some(quote))
}

/// 402, naming what is missing and where to send it.
pub fn insufficient_funds(payer: &str, fee: Ncheq, balance: Ncheq) -> Fault {
    let shortfall = fee.0.saturating_sub(balance.0).to_string();
    Fault::new(
        FaultKind::PaymentRequired,
        "ledger/insufficient-funds",
        format!("Insufficient funds: {payer} needs {shortfall} ncheq more to pay a fee of {fee} ncheq."),
    )
    .with("address", payer)
    .with("shortfall", shortfall)
    .with("fee", fee.to_string())
    .with("balance", balance.to_string())
}

/// Waits for the end of a requested write. A rejection by the ledger is a fault with the ledger's reason; running out
/// of time is `Pending`.
pub async fn finish(
    studio: &Studio,
    call: &Call,
    operation: OperationId,
) -> Result<Written<Inclusion>, Fault> {
    if call.wait_seconds == 0 {
        return Ok(Written::Pending(operation));
    }
    match studio.outcomes.ended(operation, Duration::from_secs(call.wait_seconds)).await? {
        Waited::Ended(LedgerOutcome::Included(inclusion)) => {
            studio.outcomes.all_visible().await?;
            Ok(Written::Done(inclusion))
        }
        Waited::Ended(LedgerOutcome::Rejected(rejection)) => {
            Err(Fault::new(FaultKind::LedgerRefused, "ledger/rejected", rejection.reason)
                .with("ledgerCode", rejection.code)
                .with("operationId", operation.to_string()))
        }
        Waited::Cancelled => {
            Err(Fault::new(FaultKind::Conflict, "operation/cancelled", "The operation was cancelled.")
                .with("operationId", operation.to_string()))
        }
        Waited::Pending { code: Some(code), reason } if code == "ledger/insufficient-funds" => {
            Err(Fault::new(
                FaultKind::PaymentRequired,
                "ledger/insufficient-funds",
                reason.unwrap_or_else(|| "The payment account has too little money for the fee.".to_owned()),
            )
            .with("operationId", operation.to_string())
            .with("state", "pending"))
        }
        Waited::Pending { .. } => Ok(Written::Pending(operation)),
    }
}

/// Waits until the read models show `token`, so that the caller's next read sees its own write.
pub async fn visible(studio: &Studio, token: Token) -> Result<(), Fault> {
    studio.outcomes.visible(token).await.map(|_| ())
}

#[cfg(test)]
mod tests;
