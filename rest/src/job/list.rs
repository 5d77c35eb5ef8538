//! `GET /jobs`.

use super::JobView;
use crate::{
    Answer, Ask, Problem, check,
    input::{Query, invalid},
    paging::{next, walked},
};
use app::{Fault, act};
use domain::job::JobPhase;
use projections::JobFilter;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The list that `after` and `next` are places in.
const LIST: &str = "/jobs";

/// A page of jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    /// The page.
    pub jobs: Vec<JobView>,
    /// `after` of the next page; `null` on the last one.
    pub next: Option<String>,
}

/// The caller's acts that wait for signatures, or waited.
#[utoipa::path(get, path = "/jobs",
    params(
        ("phase" = Option<String>, Query,
            description = "`open` (its signatures may all be there, or have come too late), `finished` (its ledger write may still be on its way, or have failed), `failed` or `expired` (noted when somebody came too late)."),
        ("did" = Option<String>, Query, description = "Only for this DID."),
        ("limit" = Option<u32>, Query, description = "100 by default and at most."),
        ("after" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = JobList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let network = ask.call.who.reach(&act::JOB_LIST, None)?;
    let filter = JobFilter { network, ..filter(&ask.query)? };
    let (views, customer) = (&ask.house.views, ask.call.who.customer);
    let page = views.jobs().list(customer, &filter, walked(&ask, LIST)?).await?;
    let next = next(&ask, LIST, &page);
    let writes: Vec<_> = page.rows.iter().filter_map(|row| row.carried_by).collect();
    let writes =
        if writes.is_empty() { Vec::new() } else { views.operations().get_many(customer, &writes).await? };
    let writes: BTreeMap<_, _> =
        writes.into_iter().map(|found| (found.operation.operation_id, found.operation)).collect();
    let shown = page.rows.into_iter().map(|row| {
        let operation = row.carried_by.and_then(|operation| writes.get(&operation));
        JobView::of(row, operation, ask.call.at)
    });
    Answer::ok(&JobList { next, jobs: shown.collect() })
}

fn filter(query: &Query) -> Result<JobFilter, Fault> {
    let phase = |text: &str| match text {
        "open" => Ok(JobPhase::Open),
        "finished" => Ok(JobPhase::Finished),
        "failed" => Ok(JobPhase::Failed),
        "expired" => Ok(JobPhase::Expired),
        _ => Err(invalid("phase", "phase should be one of open, finished, failed, expired")),
    };
    let did = query.text("did").map(|did| check::cheqd_did("did", did)).transpose()?;
    let phases = query.text("phase").map(phase).transpose()?.into_iter().collect();
    Ok(JobFilter { did, phases, network: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_filters_are_400() {
        let sentence = |text| filter(&Query::parse(text).unwrap()).map(drop).map_err(|fault| fault.public);
        sentence("phase=open").unwrap();
        assert!(sentence("phase=zap").unwrap_err().starts_with("phase should be one of"));
    }
}
