//! `submitSignatures`, and acts whose missing signatures are waited for.

use super::{CancelJobPayload, SignaturesPayload};
use crate::{
    asking::asking,
    fault::Result,
    input::{KeyedInput, LedgerWriteInput, invalid},
    reference::Kind,
    write::{Options, Receipt, perform, perform_as},
};
use app::{
    Fault,
    data::any_base64,
    job::{CancelJob, JobAct, OpenJob, SIGNATURES_FIELD, Signatory, SubmitSignatures, Submitted},
};
use async_graphql::{Context, ID, InputObject, Object};
use domain::{id::JobId, job::WantedSignature};

#[derive(Default)]
pub(super) struct JobMutation;

/// A signature.
#[derive(Debug, Clone, InputObject)]
struct SignatureInput {
    /// The name of the signing request that it answers; or `kid`.
    request: Option<String>,
    /// DID URL of the verification method that signed; or `request`. Beside it, it must be the one that is asked for there.
    kid: Option<String>,
    /// The signature, base64 or base64url.
    signature: String,
}

/// Signatures for a job.
#[derive(Debug, Clone, InputObject)]
struct SubmitSignaturesInput {
    /// Its global id, or its own.
    job: ID,
    /// The signatures; none to begin again what was interrupted after the last one.
    signatures: Vec<SignatureInput>,
    /// How to write.
    #[graphql(flatten)]
    write: LedgerWriteInput,
}

#[Object]
impl JobMutation {
    /// Gives signatures to a job. Once everybody who must sign has signed, what waited is done.
    async fn submit_signatures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: SubmitSignaturesInput,
    ) -> Result<SignaturesPayload> {
        let options = Options::from(&input.write);
        let shown = |_: &app::Call, job: Option<JobId>| Receipt { job, ..Receipt::default() };
        let receipt = perform_as(ctx, options, submitted(input), renamed, shown).await?;
        let Some(job) = receipt.job.filter(|_| receipt.operation.is_none()) else {
            return Ok(receipt.into());
        };
        let asking = asking(ctx)?;
        let row = asking.views().jobs().get(asking.customer(), job).await?;
        Ok(receipt.by(row.and_then(|row| row.carried_by)).into())
    }

    /// Ends a job that is wanted no more, before everybody has signed; nothing is written. A repeat changes nothing.
    async fn cancel_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CancelJobInput,
    ) -> Result<CancelJobPayload> {
        let job = Kind::Job.uuid(&input.job).ok_or_else(|| invalid("job", "job should be the id of a job"));
        let act = job.map(|job| CancelJob { job: JobId(job) });
        let shown = |_: &app::Call, job: Option<JobId>| Receipt { job, ..Receipt::default() };
        perform(ctx, &input.keyed, act, shown).await.map(Into::into)
    }
}

/// A job that is wanted no more.
#[derive(Debug, Clone, InputObject)]
struct CancelJobInput {
    /// Its global id, or its own.
    job: ID,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// What the other door calls `signingResponse` is `signatures` here.
fn renamed(fault: Fault) -> Fault {
    if fault.members.get("field").is_some_and(|field| field == SIGNATURES_FIELD) {
        return fault.with("field", "signatures");
    }
    fault
}

fn submitted(input: SubmitSignaturesInput) -> Result<SubmitSignatures, Fault> {
    let job = Kind::Job.uuid(&input.job).ok_or_else(|| invalid("job", "job should be the id of a job"))?;
    let signatures = input.signatures.into_iter().map(signature).collect::<Result<_, _>>()?;
    Ok(SubmitSignatures { job: JobId(job), signatures })
}

fn signature(input: SignatureInput) -> Result<Submitted, Fault> {
    let number = input.request.as_deref().and_then(WantedSignature::number_of);
    let by = match (number, input.kid) {
        (Some(number), None) => Signatory::Number(number),
        (Some(number), Some(kid)) => Signatory::Both(number, kid),
        (None, Some(kid)) if input.request.is_none() => Signatory::VerificationMethod(kid),
        _ => return Err(invalid("request", "Give request, the name of a signing request, or kid.")),
    };
    let signature = any_base64(&input.signature)
        .ok_or_else(|| invalid("signature", "signature should be base64 or base64url"))?;
    Ok(Submitted { by, signature })
}

/// Opens a job for an act.
pub(super) async fn open(ctx: &Context<'_>, options: Options, act: Result<JobAct, Fault>) -> Result<Receipt> {
    open_as(ctx, options, act, |fault| fault).await
}

/// The same for an act whose faults name members as the other door does.
pub(super) async fn open_as(
    ctx: &Context<'_>,
    options: Options,
    act: Result<JobAct, Fault>,
    named: fn(Fault) -> Fault,
) -> Result<Receipt> {
    let shown = |_: &app::Call, job: Option<JobId>| Receipt { job, ..Receipt::default() };
    perform_as(ctx, options, act.map(OpenJob::new), named, shown).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(request: Option<&str>, kid: Option<&str>, signature: &str) -> SignatureInput {
        SignatureInput {
            request: request.map(str::to_owned),
            kid: kid.map(str::to_owned),
            signature: signature.to_owned(),
        }
    }

    #[test]
    fn a_signature_names_what_it_answers() {
        let by_number = signature(given(Some("signingRequest2"), None, "+/8=")).unwrap();
        assert_eq!((by_number.by, by_number.signature), (Signatory::Number(2), vec![0xfb, 0xff]));
        let by_kid = signature(given(None, Some("did:x#k"), "-_8")).unwrap();
        assert_eq!(by_kid.by, Signatory::VerificationMethod("did:x#k".to_owned()));
        let by_both = signature(given(Some("signingRequest2"), Some("did:x#k"), "-_8")).unwrap();
        assert_eq!(by_both.by, Signatory::Both(2, "did:x#k".to_owned()));
        for (wrong, field) in [
            (given(None, None, "+/8="), "request"),
            (given(Some("x"), None, "+/8="), "request"),
            (given(Some("x"), Some("did:x#k"), "+/8="), "request"),
            (given(Some("signingRequest1"), None, "*"), "signature"),
        ] {
            assert_eq!(signature(wrong).unwrap_err().members["field"], field);
        }
    }
}
