//! What a job holds, for whoever is asked to sign.

use super::{JobAct, owned, result};
use crate::{Fault, Principal, Studio, act::JOB_READ};
use domain::{
    id::{CustomerId, JobId},
    job::Job,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a job keeps sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobContent {
    /// What is done once it is signed.
    pub(super) act: JobAct,
    /// The bytes to sign, standard base64.
    pub payload: String,
    /// What they say.
    pub told: Value,
}

/// A job with what it holds.
#[derive(Debug, Clone)]
pub struct JobInside {
    /// The job.
    pub state: Job,
    /// What is to be signed; `None` once that was erased.
    pub content: Option<JobContent>,
    /// The signed credential that came of it, if it signed one.
    pub result: Option<Value>,
}

/// A job of the caller. Fault `job/not-found`.
pub async fn read(studio: &Studio, who: &Principal, job: JobId) -> Result<JobInside, Fault> {
    let state = owned(studio, who, &JOB_READ, job).await?;
    // Whoever may only list jobs does not see what they hold.
    who.may(&JOB_READ, state.request.as_ref().map(|request| request.network))?;
    let content = content(studio, who.customer, &state).await?;
    let result = match &content {
        Some(content) => result::of(studio, who.customer, &state, &content.act).await?,
        None => None,
    };
    Ok(JobInside { state, content, result })
}

pub(super) async fn content(
    studio: &Studio,
    customer: CustomerId,
    state: &Job,
) -> Result<Option<JobContent>, Fault> {
    let sealed = state.content.as_ref().ok_or_else(|| Fault::bug("a job without content"))?;
    let opened = studio.vault.open(customer, sealed).await?;
    opened.map(|bytes| serde_json::from_slice(&bytes).map_err(Fault::bug)).transpose()
}
