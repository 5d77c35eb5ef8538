//! `POST /jobs/{id}/cancel`.

use super::{owned, tell};
use crate::{
    Call, Fault, Studio,
    act::{JOB_CANCEL, act},
};
use domain::{id::JobId, job::JobCommand};
use serde::Serialize;

/// A job that its owner wants no more.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CancelJob {
    /// The job.
    pub job: JobId,
}

/// Ends a job before everybody has signed: it failed with `job/cancelled`. A repeat changes nothing. Faults: `job/not-found`,
/// `job/all-signed`, the other refusals of the job.
async fn cancel(studio: &Studio, call: &Call, input: CancelJob) -> Result<JobId, Fault> {
    let CancelJob { job } = input;
    owned(studio, &call.who, &JOB_CANCEL, job).await?;
    let command = JobCommand::Cancel { customer: call.who.customer, at: call.at };
    tell(studio, call, job, ("job-cancel", command)).await?;
    Ok(job)
}

act!(CancelJob => JobId: JOB_CANCEL, cancel);
