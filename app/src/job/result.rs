//! What came of a job that signed something which the caller is given: the credential.

use super::JobAct;
use crate::{Fault, Studio, accreditation, call::derived_of, credential};
use domain::{
    id::{CredentialId, CustomerId, ResourceId},
    job::{Job, JobPhase},
};
use serde_json::Value;

/// The signed credential or accreditation of a job that is finished; `None` for other acts, before that, and once it was erased.
pub(super) async fn of(
    studio: &Studio,
    customer: CustomerId,
    state: &Job,
    act: &JobAct,
) -> Result<Option<Value>, Fault> {
    let Some(request) = state.request.as_ref().filter(|_| state.phase == JobPhase::Finished) else {
        return Ok(None);
    };
    let derived = |what: &str| derived_of(request.command, what);
    match act {
        JobAct::CredentialIssue(_) => {
            credential::signed(studio, customer, CredentialId(derived("credential"))).await
        }
        JobAct::AccreditationIssue(act) => {
            accreditation::signed(studio, customer, act, ResourceId(derived("resource"))).await
        }
        _ => Ok(None),
    }
}
