//! `POST /account/leave`.

use crate::{Answer, Ask, Problem};
use app::people::LeaveAccount;
use domain::id::CustomerId;
use serde::Serialize;
use utoipa::ToSchema;

/// An account that the caller left.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftAccount {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    pub customer_id: CustomerId,
    /// Always true.
    pub left: bool,
}

/// Ends the caller's own membership at once, and for good the API keys that he made and the invitations that he wrote. The last
/// owner cannot leave, and an API key is no member.
#[utoipa::path(post, path = "/account/leave",
    responses((status = 200, body = LeftAccount), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn leave(ask: Ask) -> Result<Answer, Problem> {
    let customer_id = ask.call.who.customer;
    ask.done(LeaveAccount).await?;
    Answer::ok(&LeftAccount { customer_id, left: true })
}
