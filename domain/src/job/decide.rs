//! What a job says to a command.

use super::{
    GivenSignature, JOB_CANCELLED, JOB_SIGNATURES_MAX, Job, JobCommand, JobEvent, JobPhase, JobRefusal,
    NotedSignature, WantedSignature,
};
use crate::id::{CustomerId, Instant, JobId};

type Decision = Result<Vec<JobEvent>, JobRefusal>;

pub(super) fn decide(state: &Job, command: JobCommand) -> Decision {
    match command {
        JobCommand::Open { job, customer, request, digest, wanted, content, fee_quoted, expires_at, at } => {
            if state.phase != JobPhase::Absent {
                let is_same = state.customer == Some(customer) && state.request.as_ref() == Some(&*request);
                return if is_same { Ok(Vec::new()) } else { Err(JobRefusal::AlreadyOpen) };
            }
            if wanted.len() > JOB_SIGNATURES_MAX {
                return Err(JobRefusal::TooMany);
            }
            Ok(vec![JobEvent::JobOpened {
                job,
                customer,
                request,
                digest,
                wanted,
                content,
                fee_quoted,
                expires_at,
                at,
            }])
        }
        JobCommand::Give { customer, signatures, at } => give(state, customer, signatures, at),
        JobCommand::Ask { digest, wanted, content, fee_quoted, at } => {
            let job = more_is_wanted(state, &wanted)?;
            Ok(vec![JobEvent::SignaturesAsked { job, digest, wanted, content, fee_quoted, at }])
        }
        JobCommand::Cancel { customer, at } => cancel(state, customer, at),
        JobCommand::Finish { carried_by, at } => {
            let job = opened(state)?;
            match state.phase {
                JobPhase::Finished if state.carried_by == carried_by => Ok(Vec::new()),
                JobPhase::Open if state.is_complete() => {
                    Ok(vec![JobEvent::JobFinished { job, carried_by, at }])
                }
                JobPhase::Open | JobPhase::Absent => Err(JobRefusal::SignaturesMissing),
                JobPhase::Finished => Err(JobRefusal::Finished),
                JobPhase::Failed => Err(JobRefusal::Failed),
                JobPhase::Expired => Err(JobRefusal::Expired),
            }
        }
        JobCommand::Fail { code, reason, at } => {
            let job = opened(state)?;
            match state.phase {
                JobPhase::Open => Ok(vec![JobEvent::JobFailed { job, code, reason, at }]),
                JobPhase::Finished => Err(JobRefusal::Finished),
                JobPhase::Absent | JobPhase::Failed | JobPhase::Expired => Ok(Vec::new()),
            }
        }
    }
}

fn opened(state: &Job) -> Result<JobId, JobRefusal> {
    state.job.ok_or(JobRefusal::NotFound)
}

/// Fault unless it takes signatures, or has all of them.
fn open(state: &Job) -> Result<(), JobRefusal> {
    match state.phase {
        JobPhase::Open => Ok(()),
        JobPhase::Absent => Err(JobRefusal::NotFound),
        JobPhase::Finished => Err(JobRefusal::Finished),
        JobPhase::Failed => Err(JobRefusal::Failed),
        JobPhase::Expired => Err(JobRefusal::Expired),
    }
}

/// The job, if it has what was wanted so far and so many more can be wanted.
fn more_is_wanted(state: &Job, more: &[WantedSignature]) -> Result<JobId, JobRefusal> {
    let job = opened(state)?;
    open(state)?;
    if !state.is_complete() {
        return Err(JobRefusal::SignaturesMissing);
    }
    let first = state.next_number();
    if more.len() > JOB_SIGNATURES_MAX || more.iter().any(|wanted| wanted.number < first) {
        return Err(JobRefusal::TooMany);
    }
    Ok(job)
}

fn cancel(state: &Job, customer: CustomerId, at: Instant) -> Decision {
    let job = opened(state)?;
    if state.customer != Some(customer) {
        return Err(JobRefusal::NotFound);
    }
    if state.failure.as_ref().is_some_and(|failure| failure.code == JOB_CANCELLED) {
        return Ok(Vec::new());
    }
    open(state)?;
    if state.is_complete() {
        return Err(JobRefusal::AllSigned);
    }
    let reason = "It was cancelled by its owner.".to_owned();
    Ok(vec![JobEvent::JobFailed { job, code: JOB_CANCELLED.to_owned(), reason, at }])
}

fn give(state: &Job, customer: CustomerId, signatures: Vec<GivenSignature>, at: Instant) -> Decision {
    let job = opened(state)?;
    if state.customer != Some(customer) {
        return Err(JobRefusal::NotFound);
    }
    let is_known = |given: &GivenSignature| {
        let is_kept = state.kept.iter().any(|kept| kept.wanted.number == given.number);
        is_kept || state.given.contains_key(&given.number)
    };
    match state.phase {
        // Whoever repeats what he has given before is told that it is there.
        JobPhase::Finished if !signatures.is_empty() && signatures.iter().all(is_known) => {
            return Ok(Vec::new());
        }
        JobPhase::Finished => return Err(JobRefusal::Finished),
        JobPhase::Failed => return Err(JobRefusal::Failed),
        JobPhase::Expired => return Err(JobRefusal::Expired),
        // What everybody has signed is only to be carried out, however late.
        JobPhase::Open if state.is_over(at) && !state.is_complete() => {
            return Ok(vec![JobEvent::JobExpired { job, at }]);
        }
        JobPhase::Open | JobPhase::Absent => {}
    }
    let (mut events, mut after) = (Vec::new(), state.clone());
    for given in signatures.into_iter().filter(|given| !is_known(given)) {
        let wanted = state.wanted.iter().find(|wanted| wanted.number == given.number);
        let verification_method = wanted.ok_or(JobRefusal::UnknownSigner)?.verification_method.clone();
        let GivenSignature { number, sealed } = given;
        let was_complete = after.is_complete();
        if after.given.insert(number, NotedSignature::Sealed(sealed.clone())).is_some() {
            continue;
        }
        let is_last = !was_complete && after.is_complete();
        let (signature, sealed_signature) = (None, Some(sealed));
        events.push(JobEvent::SignatureGiven {
            job,
            number,
            verification_method,
            signature,
            sealed_signature,
            is_last,
            at,
        });
    }
    Ok(events)
}
