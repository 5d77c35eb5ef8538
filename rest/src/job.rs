//! `/jobs`: acts that wait for signatures of keys that the caller keeps (docs/api.md#keys-that-stay-with-you).

mod cancel;
mod list;
mod sign;
mod view;

pub use list::JobList;
pub(crate) use sign::parse as signatures;
pub use sign::{SignatureBody, SignaturesBody};
pub use view::{DidStateView, JobView, PartyView, SigningRequestView};
pub(crate) use {sign::RESPONSE, view::of as shown};

use crate::{Answer, Ask, Input, Problem, check, input::invalid, openapi::Tagged, route::Endpoint};
use app::{
    Fault, Written, act,
    job::{JobAct, OpenJob},
};
use axum::{
    http::StatusCode,
    routing::{get, post},
};
use domain::id::JobId;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(list::list, view::read, sign::sign, cancel::cancel))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/jobs", &act::JOB_LIST, get(list::list)),
        Endpoint::get("/jobs/{id}", &act::JOB_READ, get(view::read)),
        Endpoint::post("/jobs/{id}/signatures", &act::JOB_SIGN, post(sign::sign)),
        Endpoint::post("/jobs/{id}/cancel", &act::JOB_CANCEL, post(cancel::cancel)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Jobs", api: Docs::openapi() }
}

/// Whether the caller signs himself: `mode` is `client`, or `custodian`, which is what is meant without it.
pub(crate) fn is_by_client(input: &Input) -> Result<bool, Fault> {
    const SENTENCE: &str = "mode should be client or custodian";
    match input.text("mode", SENTENCE)? {
        None | Some("custodian") => Ok(false),
        Some("client") => Ok(true),
        Some(_) => Err(invalid("mode", SENTENCE)),
    }
}

/// Each answer shows a job: whoever may not see one is told so before anything is done.
fn may_read(ask: &Ask) -> Result<(), Fault> {
    ask.call.who.may(&act::JOB_READ, None)
}

/// Opens a job for an act: 202 with the job, or the price for a dry run.
pub(crate) async fn open(ask: &Ask, act: JobAct) -> Result<Answer, Problem> {
    may_read(ask)?;
    match ask.perform(OpenJob::new(act)).await? {
        Written::Done(job) => answer(ask, StatusCode::ACCEPTED, job).await,
        other => Answer::written(ask, StatusCode::ACCEPTED, other, |_| ()).await,
    }
}

/// A job as it stands now.
async fn answer(ask: &Ask, status: StatusCode, job: JobId) -> Result<Answer, Problem> {
    let view = view::of(ask, job).await?;
    Ok(Answer::new(status, &view)?.at(format!("/jobs/{job}")))
}

fn id(ask: &Ask) -> Result<JobId, Problem> {
    Ok(check::uuid("id", ask.path.get("id"), "The job's id should be a UUID")?.into())
}
