//! How a job changes with its events.

use super::{Job, JobEvent, JobPhase, JobRequest};

pub(super) fn evolve(state: &mut Job, event: &JobEvent) {
    match event {
        JobEvent::JobOpened {
            job,
            customer,
            request,
            digest,
            wanted,
            content,
            fee_quoted,
            expires_at,
            at,
        } => {
            state.job = Some(*job);
            state.customer = Some(*customer);
            state.request = Some(JobRequest::clone(request));
            state.digest.clone_from(digest);
            state.wanted.clone_from(wanted);
            state.content = Some(content.clone());
            state.fee_quoted = *fee_quoted;
            state.expires_at = Some(*expires_at);
            state.opened_at = Some(*at);
            state.phase = JobPhase::Open;
        }
        JobEvent::SignatureGiven { number, signature, .. } => {
            state.given.entry(*number).or_insert_with(|| signature.clone());
        }
        JobEvent::JobFinished { carried_by, .. } => {
            state.phase = JobPhase::Finished;
            state.carried_by = *carried_by;
        }
        JobEvent::JobFailed { code, .. } => {
            state.phase = JobPhase::Failed;
            state.failure = Some(code.clone());
        }
        JobEvent::JobExpired { .. } => state.phase = JobPhase::Expired,
    }
}
