//! How a job changes with its events.

use super::{Job, JobEvent, JobFailure, JobPhase, JobRequest, KeptSignature, NotedSignature};

pub(super) fn evolve(state: &mut Job, event: &JobEvent) {
    match event {
        JobEvent::JobOpened { job, customer, request, wanted, content, expires_at, at, .. } => {
            state.job = Some(*job);
            state.customer = Some(*customer);
            state.request = Some(JobRequest::clone(request));
            state.wanted.clone_from(wanted);
            state.content = Some(content.clone());
            state.expires_at = Some(*expires_at);
            state.phase = JobPhase::Open;
            state.opened_at = Some(*at);
        }
        JobEvent::SignaturesAsked { wanted, content, .. } => {
            let mut given = std::mem::take(&mut state.given);
            let before = std::mem::replace(&mut state.wanted, wanted.clone());
            state.kept.extend(before.into_iter().filter_map(|wanted| {
                let signature = given.remove(&wanted.number)?;
                Some(KeptSignature { wanted, signature })
            }));
            state.content = Some(content.clone());
        }
        JobEvent::SignatureGiven { number, signature, sealed_signature, .. } => {
            let sealed = sealed_signature.clone().map(NotedSignature::Sealed);
            if let Some(noted) = sealed.or_else(|| signature.clone().map(NotedSignature::Clear)) {
                state.given.entry(*number).or_insert(noted);
            }
        }
        JobEvent::JobFinished { carried_by, .. } => {
            state.phase = JobPhase::Finished;
            state.carried_by = *carried_by;
        }
        JobEvent::JobFailed { code, reason, .. } => {
            state.phase = JobPhase::Failed;
            state.failure = Some(JobFailure { code: code.clone(), reason: reason.clone() });
        }
        JobEvent::JobExpired { .. } => state.phase = JobPhase::Expired,
    }
}
