//! `GET /jobs`.

use super::JobView;
use crate::{
    Answer, Ask, Problem, check,
    input::{Query, invalid},
};
use app::Fault;
use domain::job::JobPhase;
use projections::{Cursor, JobFilter, Paging, Placed, operation::MAX_PAGE_OPERATIONS};
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
            description = "`open`, `finished` (its ledger write may still be on its way), `failed` or `expired`."),
        ("did" = Option<String>, Query, description = "Only for this DID."),
        ("limit" = Option<u32>, Query, description = "100 by default and at most."),
        ("after" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = JobList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let (filter, limit) = filter(&ask.query)?;
    let (views, customer) = (&ask.house.views, ask.call.who.customer);
    let places = &ask.house.studio.places;
    let after = ask.query.text("after").map(|text| {
        let place = places.open(customer, LIST, text).map(Cursor::at);
        place.ok_or_else(|| invalid("after", "after should be `next` of an earlier page"))
    });
    let page = views.jobs().list(customer, &filter, Paging::first(limit, after.transpose()?)).await?;
    let last = page.rows.last().filter(|_| page.has_next).map(Placed::cursor);
    let writes: Vec<_> = page.rows.iter().filter_map(|row| row.carried_by).collect();
    let writes =
        if writes.is_empty() { Vec::new() } else { views.operations().get_many(customer, &writes).await? };
    let writes: BTreeMap<_, _> =
        writes.into_iter().map(|found| (found.operation.operation_id, found.operation)).collect();
    let shown = page.rows.into_iter().map(|row| {
        let operation = row.carried_by.and_then(|operation| writes.get(&operation));
        JobView::of(row, operation, ask.call.at)
    });
    Answer::ok(&JobList {
        next: last.map(|last| places.seal(customer, LIST, last.position())),
        jobs: shown.collect(),
    })
}

fn filter(query: &Query) -> Result<(JobFilter, u32), Fault> {
    let limit = query.named("limit").map_or(Ok(MAX_PAGE_OPERATIONS), |text| {
        let number = text.parse().ok().filter(|limit| (1..=MAX_PAGE_OPERATIONS).contains(limit));
        number.ok_or_else(|| {
            invalid("limit", format!("limit should be a whole number from 1 to {MAX_PAGE_OPERATIONS}"))
        })
    })?;
    let phase = |text: &str| match text {
        "open" => Ok(JobPhase::Open),
        "finished" => Ok(JobPhase::Finished),
        "failed" => Ok(JobPhase::Failed),
        "expired" => Ok(JobPhase::Expired),
        _ => Err(invalid("phase", "phase should be one of open, finished, failed, expired")),
    };
    let did = query.text("did").map(|did| check::cheqd_did("did", did)).transpose()?;
    let phases = query.text("phase").map(phase).transpose()?.into_iter().collect();
    Ok((JobFilter { did, phases }, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_filters_are_400() {
        let sentence = |text| filter(&Query::parse(text).unwrap()).map(drop).map_err(|fault| fault.public);
        sentence("phase=open&limit=100").unwrap();
        assert!(sentence("phase=zap").unwrap_err().starts_with("phase should be one of"));
        assert_eq!(sentence("limit=0").unwrap_err(), "limit should be a whole number from 1 to 100");
    }
}
