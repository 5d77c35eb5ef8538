//! `POST /jobs/{id}/cancel`.

use crate::{Answer, Ask, Problem};
use app::job::CancelJob;

/// Ends a job that is wanted no more, before everybody has signed; nothing is written. A repeat changes nothing.
#[utoipa::path(post, path = "/jobs/{id}/cancel",
    params(("id" = String, Path, description = "The job.")),
    responses((status = 200, body = super::JobView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn cancel(ask: Ask) -> Result<Answer, Problem> {
    super::may_read(&ask)?;
    let job = ask.done(CancelJob { job: super::id(&ask)? }).await?;
    Answer::ok(&super::view::of(&ask, job).await?)
}
