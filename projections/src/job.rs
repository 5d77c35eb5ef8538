//! Jobs: acts that wait, or waited, for signatures from outside. What they hold stays sealed in the log.

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    operation::{Operation, OperationState},
    page::{Filter, Page, Paging},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
    views::{Views, listed},
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    id::{CustomerId, Did, Instant, JobId, Network, OperationId},
    job::{Job, JobEvent, JobPhase},
    register::AnyEvent,
};
use std::collections::BTreeSet;

table! {
    /// A job.
    pub struct JobRow {
        /// Its id.
        pub job: JobId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// The act's name.
        pub act: String = "text not null",
        /// The DID it writes for.
        pub did: Option<Did> = "text",
        /// Where it writes.
        pub network: Network = "text not null",
        /// Where it stands, its ledger write left out.
        pub phase: JobPhase = "text not null",
        /// Whether everybody has signed.
        pub is_signed: bool = "boolean not null",
        /// The ledger write that came of it.
        pub carried_by: Option<OperationId> = "uuid",
        /// Why it failed: a stable slug.
        pub failure: Option<String> = "text",
        /// The same as a sentence.
        pub reason: Option<String> = "text",
        /// What it was expected to cost when signatures were last asked for, ncheq as a string.
        pub fee_quoted: Option<String> = "text",
        /// Until when signatures are taken.
        pub expires_at: Instant = "timestamptz not null",
        /// When it was opened.
        pub created_at: Instant = "timestamptz not null",
        /// When anything last happened to it.
        pub updated_at: Instant = "timestamptz not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| JobKey { job: JobId = row.job };
    index "(customer, position)";
    index "(customer, did, position)";
    index "(customer, phase, position)";
}

placed!(JobRow);

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "job", revision: 1 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[JobRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[Job::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let touched: BTreeSet<JobKey> = facts.iter().filter_map(key_of).collect();
        let mut rows: Rows<JobRow> = Rows::load(db, generation, touched).await?;
        for fact in facts {
            if let AnyEvent::Job(event) = &fact.event {
                take_in(&mut rows, fact, event);
            }
        }
        rows.save(db, generation).await
    }
}

fn key_of(fact: &Fact<'_>) -> Option<JobKey> {
    let AnyEvent::Job(event) = &fact.event else { return None };
    match event {
        JobEvent::JobOpened { .. } => None,
        JobEvent::SignatureGiven { job, .. }
        | JobEvent::SignaturesAsked { job, .. }
        | JobEvent::JobFinished { job, .. }
        | JobEvent::JobFailed { job, .. }
        | JobEvent::JobExpired { job, .. } => Some(JobKey { job: *job }),
    }
}

fn take_in(rows: &mut Rows<JobRow>, fact: &Fact<'_>, event: &JobEvent) {
    if let JobEvent::JobOpened { job, customer, request, fee_quoted, expires_at, at, .. } = event {
        rows.put(JobRow {
            job: *job,
            customer: *customer,
            act: request.act.clone(),
            did: request.did.clone(),
            network: request.network,
            phase: JobPhase::Open,
            is_signed: false,
            carried_by: None,
            failure: None,
            reason: None,
            fee_quoted: fee_quoted.map(|fee| fee.to_string()),
            expires_at: *expires_at,
            created_at: *at,
            updated_at: *at,
            position: fact.position(),
        });
        return;
    }
    let Some(key) = key_of(fact) else { return };
    rows.change(&key, |row| {
        row.updated_at = fact.at();
        match event {
            JobEvent::JobOpened { .. } => {}
            JobEvent::SignatureGiven { is_last, .. } => row.is_signed |= is_last,
            JobEvent::SignaturesAsked { fee_quoted, .. } => {
                row.is_signed = false;
                row.fee_quoted = fee_quoted.map(|fee| fee.to_string()).or_else(|| row.fee_quoted.take());
            }
            JobEvent::JobFinished { carried_by, .. } => {
                row.phase = JobPhase::Finished;
                row.carried_by = *carried_by;
            }
            JobEvent::JobFailed { code, reason, .. } => {
                row.phase = JobPhase::Failed;
                row.failure = Some(code.clone());
                row.reason = Some(reason.clone());
            }
            JobEvent::JobExpired { .. } => row.phase = JobPhase::Expired,
        }
    });
}

/// Where a job stands for its owner, in the words of DIF's DID Registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It wants signatures.
    Action,
    /// It has all of them, and is not carried out yet, or the ledger has not answered.
    Wait,
    /// Done.
    Finished,
    /// It never will be.
    Failed,
}

/// Where a job stands, its ledger write included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStanding {
    /// Where.
    pub state: JobState,
    /// Why it failed: a stable slug.
    pub code: Option<String>,
    /// The same as a sentence.
    pub reason: Option<String>,
}

impl JobRow {
    /// Where it stands at this time, if its ledger write stands like this. One that the outbox has not seen yet is on its way.
    pub fn standing(&self, operation: Option<&Operation>, at: Instant) -> JobStanding {
        let is = |state| JobStanding { state, code: None, reason: None };
        let failed = |code: Option<String>, reason: Option<String>| JobStanding {
            state: JobState::Failed,
            code,
            reason,
        };
        let expired = || {
            let sentence = "The signatures did not come in time.";
            failed(Some("job/expired".to_owned()), Some(sentence.to_owned()))
        };
        match self.phase {
            JobPhase::Failed => failed(self.failure.clone(), self.reason.clone()),
            JobPhase::Expired => expired(),
            // It is only to be carried out, however late that is.
            JobPhase::Open if self.is_signed => is(JobState::Wait),
            JobPhase::Open | JobPhase::Absent if at >= self.expires_at => expired(),
            JobPhase::Open | JobPhase::Absent => is(JobState::Action),
            JobPhase::Finished if self.carried_by.is_none() => is(JobState::Finished),
            JobPhase::Finished => match operation.map(|operation| (operation.state, operation)) {
                Some((OperationState::Confirmed, _)) => is(JobState::Finished),
                Some((OperationState::Failed, operation)) => {
                    failed(operation.code.clone(), operation.error.clone())
                }
                Some((OperationState::Cancelled, operation)) => {
                    let code = operation.code.clone().or_else(|| Some("operation/cancelled".to_owned()));
                    failed(code, operation.error.clone())
                }
                Some((OperationState::Pending | OperationState::Submitted, operation)) => JobStanding {
                    state: JobState::Wait,
                    code: operation.code.clone(),
                    reason: operation.error.clone(),
                },
                None => is(JobState::Wait),
            },
        }
    }
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only for this DID.
    pub did: Option<Did>,
    /// Only in these phases; empty means all.
    pub phases: Vec<JobPhase>,
    /// Only on this network.
    pub network: Option<Network>,
}

fn conditions(customer: CustomerId, filter: &JobFilter) -> Filter {
    Filter::of(customer)
        .is("did", filter.did.as_ref().map(Did::as_str))
        .one_of("phase", &filter.phases)
        .is("network", filter.network.map(Network::as_str))
}

/// Queries about jobs.
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'a>(&'a Views);

impl Views {
    /// Jobs.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(self)
    }
}

impl Jobs<'_> {
    /// A job of the customer.
    pub async fn get(&self, customer: CustomerId, job: JobId) -> Result<Option<JobRow>> {
        self.0.one(&Filter::of(customer).is("job", Some(job.0))).await
    }
}

listed!(Jobs: JobFilter => JobRow);
