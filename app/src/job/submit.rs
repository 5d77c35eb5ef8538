//! `POST /jobs/{id}/signatures`.

use super::{
    JobAct, JobContent,
    open::{self, written},
    owned,
    read::content,
    tell,
};
use crate::{
    Act, Call, Desk, Fault, FaultKind, Studio, Written,
    act::{JOB_SIGN, Spec},
    desk::{Given, outdated},
    write,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use credentials::key::PublicKey;
use domain::{
    Refusal as _,
    id::{CustomerId, JobId},
    job::{
        GivenSignature, Job, JobCommand, JobFailure, JobPhase, JobRefusal, NotedSignature, WantedSignature,
    },
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
    /// By both, which must not contradict each other.
    Both(u32, String),
}

impl Signatory {
    fn is(&self, wanted: &WantedSignature) -> bool {
        match self {
            Self::Number(number) | Self::Both(number, _) => wanted.number == *number,
            Self::VerificationMethod(id) => wanted.verification_method == *id,
        }
    }
}

/// A signature as it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Submitted {
    /// Whose it is said to be.
    pub by: Signatory,
    /// Its bytes.
    pub signature: Vec<u8>,
}

/// What the first door calls the signatures of a request; the other renames it.
pub const SIGNATURES_FIELD: &str = "signingResponse";

/// Signatures for a job. None at all begins again what was interrupted after the last one.
#[derive(Debug, Clone, Serialize)]
pub struct SubmitSignatures {
    /// The job.
    pub job: JobId,
    /// The signatures.
    pub signatures: Vec<Submitted>,
}

/// Takes signatures that are right, all of them or none, and carries the act out once the last one is there. Every fault names the
/// job: `job/signature-invalid`, `job/erased`, `job/outdated`, the refusals of the job, those of the act.
async fn submit(studio: &Studio, call: &Call, input: SubmitSignatures) -> Result<Written<JobId>, Fault> {
    let SubmitSignatures { job, signatures } = input;
    let state = owned(studio, &call.who, &JOB_SIGN, job).await?;
    take(studio, call, (job, state), &signatures).await.map_err(|fault| fault.with("jobId", job.to_string()))
}

async fn take(
    studio: &Studio,
    call: &Call,
    (job, state): (JobId, Job),
    signatures: &[Submitted],
) -> Result<Written<JobId>, Fault> {
    let customer = call.who.customer;
    if signatures.len() > SIGNATURES_PER_REQUEST_MAX {
        let sentence = format!("At most {SIGNATURES_PER_REQUEST_MAX} signatures are taken at once.");
        return Err(Fault::about(SIGNATURES_FIELD, sentence));
    }
    // Why it failed is worth more to whoever repeats a request than what is wrong with his signatures.
    if let Some(failure) = &state.failure {
        return Err(failed(failure));
    }
    let Some(kept) = content(studio, customer, &state).await? else {
        // Whoever only asks for the price ends nothing.
        return if call.dry_run { Err(erased()) } else { fail(studio, call, job, erased()).await };
    };
    let bytes = STANDARD.decode(&kept.payload).map_err(Fault::bug)?;
    let before = before(studio, customer, &state).await?;
    let right: Vec<(u32, String)> = signatures
        .iter()
        .map(|signature| verified((&state, &before), &bytes, signature))
        .collect::<Result<_, _>>()?;
    if call.dry_run {
        return price(studio, call, (job, &state), kept.act).await;
    }
    let subject = open::subject_of(studio, customer, &kept.act).await?;
    let mut given = Vec::with_capacity(right.len());
    for (number, signature) in right {
        let sealed = studio.vault.seal(customer, &subject, signature.as_bytes()).await?;
        given.push(GivenSignature { number, sealed });
    }
    let command = JobCommand::Give { customer, signatures: given, at: call.at };
    let state = tell(studio, call, job, ("job-signatures", command)).await?;
    match (state.phase, &state.failure) {
        // A repeat under the same id is told how the job stands by now.
        (_, Some(failure)) => Err(failed(failure)),
        (JobPhase::Expired, None) => Err(Fault::refused(&JobRefusal::Expired)),
        (JobPhase::Open, None) if state.is_complete() => carry_out(studio, call, (job, &state), kept).await,
        (JobPhase::Finished, None) => {
            if let Some(operation) = state.carried_by {
                write::finish(studio, call, operation).await?;
            }
            Ok(Written::Done(job))
        }
        (JobPhase::Failed, None) => Err(Fault::refused(&JobRefusal::Failed)),
        (JobPhase::Absent | JobPhase::Open, None) => Ok(Written::Done(job)),
    }
}

/// One of the wanted signatures, if it is right. Faults `job/unknown-signer`, `job/signature-invalid`, `request/invalid`.
fn verified(
    (state, before): (&Job, &[(WantedSignature, String)]),
    bytes: &[u8],
    submitted: &Submitted,
) -> Result<(u32, String), Fault> {
    // One that was given before more was asked for is there.
    for (wanted, kept) in before.iter().filter(|(wanted, _)| submitted.by.is(wanted)) {
        let signature = STANDARD.encode(key_of(wanted)?.jose_signature(&submitted.signature));
        if *kept == signature {
            return Ok((wanted.number, signature));
        }
    }
    let mut said = state.wanted.iter().filter(|wanted| submitted.by.is(wanted)).peekable();
    let Some(first) = said.peek() else { return Err(Fault::refused(&JobRefusal::UnknownSigner)) };
    let method = first.verification_method.clone();
    if let Signatory::Both(_, named) = &submitted.by
        && *named != method
    {
        let sentence = format!("{} asks for a signature by {method}, not by {named}.", first.request_id());
        return Err(Fault::about(SIGNATURES_FIELD, sentence));
    }
    // A key that is replaced under its name is wanted twice: the signature tells which of the two it is.
    for wanted in said {
        let key = key_of(wanted)?;
        let signature = key.jose_signature(&submitted.signature);
        if key.verify(bytes, &signature).is_ok() {
            return Ok((wanted.number, STANDARD.encode(&signature)));
        }
    }
    let sentence = format!(
        "This is no signature of this job's serializedPayload by {method}: sign exactly those bytes, decoded from base64, with its key."
    );
    let fault = Fault::invalid("job/signature-invalid", sentence);
    Err(fault.with("field", SIGNATURES_FIELD).with("verificationMethodId", method))
}

/// The signatures of earlier rounds, in standard base64; those whose subject was erased are left out.
async fn before(
    studio: &Studio,
    customer: CustomerId,
    state: &Job,
) -> Result<Vec<(WantedSignature, String)>, Fault> {
    let mut opened = Vec::with_capacity(state.kept.len());
    for kept in &state.kept {
        if let Some(signature) = plain(studio, customer, &kept.signature).await? {
            opened.push((kept.wanted.clone(), signature));
        }
    }
    Ok(opened)
}

async fn plain(
    studio: &Studio,
    customer: CustomerId,
    noted: &NotedSignature,
) -> Result<Option<String>, Fault> {
    match noted {
        NotedSignature::Clear(signature) => Ok(Some(signature.clone())),
        NotedSignature::Sealed(sealed) => {
            let opened = studio.vault.open(customer, sealed).await?;
            opened.map(String::from_utf8).transpose().map_err(Fault::bug)
        }
    }
}

fn key_of(wanted: &WantedSignature) -> Result<PublicKey, Fault> {
    PublicKey::from_multibase(&wanted.public_key).map_err(Fault::bug)
}

/// The price of the write, with whatever signatures there are.
async fn price(
    studio: &Studio,
    call: &Call,
    (job, state): (JobId, &Job),
    act: JobAct,
) -> Result<Written<JobId>, Fault> {
    match state.phase {
        JobPhase::Finished => Err(Fault::refused(&JobRefusal::Finished)),
        JobPhase::Failed => Err(Fault::refused(&JobRefusal::Failed)),
        JobPhase::Expired => Err(Fault::refused(&JobRefusal::Expired)),
        JobPhase::Absent | JobPhase::Open => {
            Ok(act.run(studio, &again(studio, call, state).await?).await?.map(|()| job))
        }
    }
}

/// The call under which the act was asked for, with what was signed since.
async fn again(studio: &Studio, call: &Call, state: &Job) -> Result<Call, Fault> {
    let request = state.request.as_ref().ok_or_else(|| Fault::bug("a job without a request"))?;
    let before = state.kept.iter().map(|kept| (&kept.wanted, &kept.signature, false));
    let now = state.wanted.iter().filter_map(|wanted| {
        let signature = state.given.get(&wanted.number)?;
        Some((wanted, signature, true))
    });
    let mut given = Vec::new();
    for (wanted, noted, is_new) in before.chain(now) {
        let signature = plain(studio, call.who.customer, noted).await?.ok_or_else(erased)?;
        given.push(Given {
            verification_method: wanted.verification_method.clone(),
            public_key: key_of(wanted)?,
            signature: STANDARD.decode(signature).map_err(Fault::bug)?,
            is_new,
        });
    }
    let desk = Desk::with(given, request.based_on, state.opened_at);
    // Whoever signs may make it less, and not more than whoever opened it allowed.
    let fee_max = [call.fee_max, request.fee_max].into_iter().flatten().min();
    Ok(Call { command_id: request.command, fee_max, desk, ..call.clone() })
}

/// Does the act, now that everybody has signed. What is in the way for now leaves the job as it is.
async fn carry_out(
    studio: &Studio,
    call: &Call,
    (job, state): (JobId, &Job),
    kept: JobContent,
) -> Result<Written<JobId>, Fault> {
    let again = again(studio, call, state).await?;
    let operation = again.operation("");
    let act = kept.act.clone();
    let outcome = kept.act.run(studio, &again).await;
    if let Some(suspended) = again.desk.suspended() {
        // Other bytes, behind those that were signed: what came of them. The same bytes, or others in their place: what was
        // signed does not fit any more.
        if !again.desk.has_served() || STANDARD.encode(&suspended.bytes) == kept.payload {
            return fail(studio, call, job, outdated()).await;
        }
        call.desk.note_uses(again.desk.take_used());
        return match open::ask(studio, call, (job, state), act, suspended).await {
            Ok(()) => Ok(Written::Done(job)),
            // Somebody else gave the last signature too, and was faster.
            Err(fault) if fault.code == JobRefusal::SignaturesMissing.code() => Ok(Written::Done(job)),
            Err(fault) if fault.code == JobRefusal::TooMany.code() => fail(studio, call, job, fault).await,
            Err(fault) => Err(fault),
        };
    }
    let carried_by = match &outcome {
        Ok(Written::Done(())) => written(studio, operation).await?,
        Ok(Written::Pending(operation)) => Some(*operation),
        Ok(Written::Quoted(_)) => return Err(Fault::bug("a job was only quoted")),
        Err(fault) if fault.members.contains_key("operationId") => Some(operation),
        Err(fault) if fault.code == "status-list/stale-revision" => {
            return fail(studio, call, job, outdated()).await;
        }
        Err(fault) if is_final(fault) => return fail(studio, call, job, fault.clone()).await,
        Err(fault) => return Err(fault.clone()),
    };
    tell(studio, call, job, ("job-finish", JobCommand::Finish { carried_by, at: call.at })).await?;
    outcome.map(|_| Written::Done(job))
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
    Err(fault)
}

/// What is said of a job that failed before.
fn failed(failure: &JobFailure) -> Fault {
    let JobFailure { code, reason } = failure;
    let sentence = format!("This job has failed before, with {code}: {reason} Open a new one.");
    Fault::new(FaultKind::Conflict, JobRefusal::Failed.code(), sentence).with("failure", code.as_str())
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
