//! `"mode": "client"`: an act whose missing signatures are waited for.

use super::{JOBS_SUBJECT, JobAct, JobContent, tell};
use crate::{
    Act, Call, Desk, Fault, Studio, Written,
    act::Spec,
    credential,
    desk::{Suspended, Wanted},
    port::chain::FeeQuote,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    id::{CustomerId, Did, JobId, Network, OperationId, Sealed, VersionId},
    job::{JOB_DAYS, Job, JobCommand, JobRequest, WantedSignature},
};
use serde::Serialize;
use serde_json::{Value, json};

/// An act with keys that the caller keeps. It becomes a job, even if no signature is missing in the end.
#[derive(Debug, Clone, Serialize)]
pub struct OpenJob {
    client: JobAct,
}

impl OpenJob {
    /// Of this act.
    pub const fn new(act: JobAct) -> Self {
        Self { client: act }
    }
}

/// What a job is opened with.
struct Opening {
    did: Option<Did>,
    based_on: Option<VersionId>,
    bytes: Vec<u8>,
    told: Value,
    wanted: Vec<Wanted>,
    quote: Option<FeeQuote>,
}

impl From<Suspended> for Opening {
    fn from(at: Suspended) -> Self {
        let Suspended { did, bytes, told, wanted, quote, based_on } = at;
        Self { did: Some(did), based_on, bytes, told, wanted, quote }
    }
}

/// Does the act as far as it goes without the caller's keys: what is refused is refused before anybody signs, and nothing is sent.
/// Faults: those of the act, `job/too-many-signatures`.
async fn open(studio: &Studio, call: &Call, act: JobAct) -> Result<Written<JobId>, Fault> {
    let desk = Desk::open();
    let outcome = act.clone().run(studio, &Call { desk: desk.clone(), ..call.clone() }).await;
    if let Some(suspended) = desk.suspended() {
        call.desk.note_uses(desk.take_used());
        return begin(studio, call, act, suspended.into()).await.map(Written::Done);
    }
    let carried_by = match outcome? {
        Written::Quoted(quote) => return Ok(Written::Quoted(quote)),
        Written::Pending(operation) => Some(operation),
        Written::Done(()) => written(studio, call.operation("")).await?,
    };
    let nothing = Opening {
        did: act.did(),
        based_on: None,
        bytes: Vec::new(),
        told: json!({}),
        wanted: Vec::new(),
        quote: None,
    };
    let job = begin(studio, call, act, nothing).await?;
    tell(studio, call, job, ("job-finish", JobCommand::Finish { carried_by, at: call.at })).await?;
    Ok(Written::Done(job))
}

/// The operation of an act that is done; none if there was nothing to write.
pub(super) async fn written(studio: &Studio, operation: OperationId) -> Result<Option<OperationId>, Fault> {
    Ok(studio.outcomes.known(operation).await?.then_some(operation))
}

async fn begin(studio: &Studio, call: &Call, act: JobAct, with: Opening) -> Result<JobId, Fault> {
    let job = JobId(call.derived("job"));
    let request = JobRequest {
        act: act.spec().name.to_owned(),
        did: with.did,
        network: act.network().ok_or_else(|| Fault::bug("a job of no network"))?,
        command: call.command_id,
        based_on: with.based_on,
        fee_max: call.fee_max,
    };
    let customer = call.who.customer;
    let content = kept(studio, customer, act, (&with.bytes, with.told)).await?;
    let command = JobCommand::Open {
        job,
        customer,
        request: Box::new(request),
        digest: studio.vault.fingerprint(customer, &with.bytes).await?,
        wanted: asked(1, with.wanted),
        content,
        fee_quoted: with.quote.map(|quote| quote.expected),
        expires_at: call.at + chrono::Days::new(JOB_DAYS.into()),
        at: call.at,
    };
    tell(studio, call, job, ("job", command)).await?;
    Ok(job)
}

/// An act that has signatures and wants others: of what came of the first ones.
pub(super) async fn ask(
    studio: &Studio,
    call: &Call,
    (job, state): (JobId, &Job),
    act: JobAct,
    at: Suspended,
) -> Result<(), Fault> {
    let Suspended { bytes, told, wanted, quote, .. } = at;
    let command = JobCommand::Ask {
        digest: studio.vault.fingerprint(call.who.customer, &bytes).await?,
        wanted: asked(state.next_number(), wanted),
        content: kept(studio, call.who.customer, act, (&bytes, told)).await?,
        fee_quoted: quote.map(|quote| quote.expected),
        at: call.at,
    };
    tell(studio, call, job, ("job-ask", command)).await.map(|_| ())
}

/// What a job holds, sealed.
async fn kept(
    studio: &Studio,
    customer: CustomerId,
    act: JobAct,
    (bytes, told): (&[u8], Value),
) -> Result<Sealed, Fault> {
    let subject = subject_of(studio, customer, &act).await?;
    let content = JobContent { act, payload: STANDARD.encode(bytes), told };
    let content = serde_json::to_vec(&content).map_err(Fault::bug)?;
    studio.vault.seal(customer, &subject, &content).await
}

/// Whom what a job holds is about, for the vault: whoever erases that subject makes it unreadable.
pub(super) async fn subject_of(studio: &Studio, customer: CustomerId, act: &JobAct) -> Result<String, Fault> {
    match act.subject() {
        Some(did) => credential::subject(studio, customer, &did).await,
        None => Ok(JOBS_SUBJECT.to_owned()),
    }
}

fn asked(first: u32, wanted: Vec<Wanted>) -> Vec<WantedSignature> {
    let of = |(number, wanted): (u32, Wanted)| WantedSignature {
        number,
        verification_method: wanted.verification_method,
        algorithm: wanted.public_key.algorithm().map_or_else(String::new, |known| known.as_str().to_owned()),
        public_key: wanted.public_key.to_multibase(),
        parties: wanted.parties.into_iter().collect(),
    };
    (first..).zip(wanted).map(of).collect()
}

impl Act for OpenJob {
    type Done = JobId;

    fn spec(&self) -> &'static Spec {
        self.client.spec()
    }

    fn network(&self) -> Option<Network> {
        self.client.network()
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<JobId>, Fault> {
        open(studio, call, self.client).await
    }
}
