//! `POST /jobs/{id}/signatures`.

use super::{JobAct, JobContent, open::written, owned, read::content, tell};
use crate::{
    Act, Call, Desk, Fault, FaultKind, Studio, Written,
    act::{JOB_SIGN, Spec},
    desk::{Given, outdated},
    write,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use credentials::key::PublicKey;
use domain::{
    id::JobId,
    job::{GivenSignature, Job, JobCommand, JobPhase, JobRefusal, WantedSignature},
};
use serde::Serialize;

domain::limits! {
    /// Signatures that are taken at once.
    pub SIGNATURES_PER_REQUEST_MAX: usize = 32, "signatures";
}

/// Which of the wanted signatures one is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Signatory {
    /// By its number.
    Number(u32),
    /// By the DID URL of its verification method.
    VerificationMethod(String),
}

/// A signature as it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Submitted {
    /// Whose it is said to be.
    pub by: Signatory,
    /// Its bytes.
    pub signature: Vec<u8>,
}

/// Signatures for a job. None at all begins again what was interrupted after the last one.
#[derive(Debug, Clone, Serialize)]
pub struct SubmitSignatures {
    /// The job.
    pub job: JobId,
    /// The signatures.
    pub signatures: Vec<Submitted>,
}

/// Takes signatures that are right, all of them or none, and carries the act out once the last one is there. Faults:
/// `job/signature-invalid`, `job/erased`, `job/outdated`, the refusals of the job, those of the act.
async fn submit(studio: &Studio, call: &Call, input: SubmitSignatures) -> Result<Written<JobId>, Fault> {
    let SubmitSignatures { job, signatures } = input;
    let customer = call.who.customer;
    let state = owned(studio, customer, job).await?;
    call.who.may(&JOB_SIGN, state.request.as_ref().map(|request| request.network))?;
    if signatures.len() > SIGNATURES_PER_REQUEST_MAX {
        let sentence = format!("At most {SIGNATURES_PER_REQUEST_MAX} signatures are taken at once.");
        return Err(Fault::about("signingResponse", sentence));
    }
    let Some(kept) = content(studio, customer, &state).await? else {
        return fail(studio, call, job, erased()).await;
    };
    let bytes = STANDARD.decode(&kept.payload).map_err(Fault::bug)?;
    let given: Vec<GivenSignature> =
        signatures.iter().map(|signature| verified(&state, &bytes, signature)).collect::<Result<_, _>>()?;
    if call.dry_run {
        return price(studio, call, &state, kept.act).await;
    }
    let command = JobCommand::Give { customer, signatures: given, at: call.at };
    let state = tell(studio, call, job, ("job-signatures", command)).await?;
    match state.phase {
        JobPhase::Expired => Err(Fault::refused(&JobRefusal::Expired).with("jobId", job.to_string())),
        JobPhase::Open if state.is_complete() => carry_out(studio, call, &state, kept).await,
        JobPhase::Finished => {
            if let Some(operation) = state.carried_by {
                write::finish(studio, call, operation).await?;
            }
            Ok(Written::Done(job))
        }
        JobPhase::Absent | JobPhase::Open | JobPhase::Failed => Ok(Written::Done(job)),
    }
}

/// One of the wanted signatures, if it is right. Faults `job/unknown-signer`, `job/signature-invalid`.
fn verified(state: &Job, bytes: &[u8], submitted: &Submitted) -> Result<GivenSignature, Fault> {
    let is_said = |wanted: &&WantedSignature| match &submitted.by {
        Signatory::Number(number) => wanted.number == *number,
        Signatory::VerificationMethod(id) => wanted.verification_method == *id,
    };
    let mut said = state.wanted.iter().filter(is_said).peekable();
    let Some(first) = said.peek() else { return Err(Fault::refused(&JobRefusal::UnknownSigner)) };
    let method = first.verification_method.clone();
    // A key that is replaced under its name is wanted twice: the signature tells which of the two it is.
    let right = said.find(|wanted| {
        let key = PublicKey::from_multibase(&wanted.public_key);
        key.is_ok_and(|key| key.verify(bytes, &submitted.signature).is_ok())
    });
    right.map(|wanted| GivenSignature { number: wanted.number, signature: STANDARD.encode(&submitted.signature) }).ok_or_else(|| {
        let sentence = format!(
            "This is no signature of this job's serializedPayload by {method}: sign exactly those bytes, decoded from base64, with its key."
        );
        Fault::invalid("job/signature-invalid", sentence).with("verificationMethodId", method)
    })
}

/// The price of the write, with whatever signatures there are.
async fn price(studio: &Studio, call: &Call, state: &Job, act: JobAct) -> Result<Written<JobId>, Fault> {
    match state.phase {
        JobPhase::Finished => Err(Fault::refused(&JobRefusal::Finished)),
        JobPhase::Failed => Err(Fault::refused(&JobRefusal::Failed)),
        JobPhase::Expired => Err(Fault::refused(&JobRefusal::Expired)),
        JobPhase::Absent | JobPhase::Open => {
            let job = state.job.unwrap_or(JobId(call.command_id));
            Ok(act.run(studio, &again(call, state)?).await?.map(|()| job))
        }
    }
}

/// The call under which the act was asked for, with what was signed since.
fn again(call: &Call, state: &Job) -> Result<Call, Fault> {
    let request = state.request.as_ref().ok_or_else(|| Fault::bug("a job without a request"))?;
    let given = state.wanted.iter().filter_map(|wanted| {
        let signature = STANDARD.decode(state.given.get(&wanted.number)?).ok()?;
        let public_key = PublicKey::from_multibase(&wanted.public_key).ok()?;
        Some(Given { verification_method: wanted.verification_method.clone(), public_key, signature })
    });
    let desk = Desk::with(given.collect(), request.based_on);
    let fee_max = call.fee_max.or(request.fee_max);
    Ok(Call { command_id: request.command, fee_max, desk, ..call.clone() })
}

/// Does the act, now that everybody has signed. What is in the way for now leaves the job as it is.
async fn carry_out(
    studio: &Studio,
    call: &Call,
    state: &Job,
    kept: JobContent,
) -> Result<Written<JobId>, Fault> {
    let job = state.job.ok_or_else(|| Fault::bug("a job without an id"))?;
    let again = again(call, state)?;
    let operation = again.operation("");
    let outcome = kept.act.run(studio, &again).await;
    if again.desk.suspended().is_some() {
        return fail(studio, call, job, outdated()).await;
    }
    let carried_by = match &outcome {
        Ok(Written::Done(())) => written(studio, operation).await?,
        Ok(Written::Pending(operation)) => Some(*operation),
        Ok(Written::Quoted(_)) => return Err(Fault::bug("a job was only quoted")),
        Err(fault) if fault.members.contains_key("operationId") => Some(operation),
        Err(fault) if is_final(fault) => {
            return match outcome {
                Err(fault) => fail(studio, call, job, fault).await,
                Ok(_) => Err(Fault::bug("a fault that is none")),
            };
        }
        Err(_) => return outcome.map(|_| Written::Done(job)).map_err(|fault| of_job(fault, job)),
    };
    tell(studio, call, job, ("job-finish", JobCommand::Finish { carried_by, at: call.at })).await?;
    outcome.map(|_| Written::Done(job)).map_err(|fault| of_job(fault, job))
}

fn of_job(fault: Fault, job: JobId) -> Fault {
    fault.with("jobId", job.to_string())
}

/// Whether a refusal is the end of the job: trying again cannot help, unless something else is done first that takes a moment.
fn is_final(fault: &Fault) -> bool {
    let is_refusal = matches!(
        fault.kind,
        FaultKind::Invalid | FaultKind::Conflict | FaultKind::NotFound | FaultKind::TooLarge
    );
    let passes = ["did/write-pending", "store/conflict", "payer/missing", "ledger/not-configured"];
    is_refusal && !passes.contains(&fault.code)
}

/// The job ends with this fault.
async fn fail(studio: &Studio, call: &Call, job: JobId, fault: Fault) -> Result<Written<JobId>, Fault> {
    let (code, reason) = (fault.code.to_owned(), fault.public.clone());
    tell(studio, call, job, ("job-fail", JobCommand::Fail { code, reason, at: call.at })).await?;
    Err(of_job(fault, job))
}

fn erased() -> Fault {
    Fault::new(FaultKind::Conflict, "job/erased", "What this job was to write was erased: open a new one.")
}

impl Act for SubmitSignatures {
    type Done = JobId;

    fn spec(&self) -> &'static Spec {
        &JOB_SIGN
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<JobId>, Fault> {
        submit(studio, call, self).await
    }
}
