//! `/admin/invitation/*`.

use super::{opened, role_in};
use crate::{Answer, Ask, Problem, check, key::milliseconds, paging::paging};
use app::{
    Fault,
    people::{InviteMember, RevokeInvitation},
};
use axum::http::StatusCode;
use domain::{
    customer::CustomerRefusal,
    id::{InvitationId, UserId},
};
use projections::{InvitationRow, InvitationStanding};
use serde::Serialize;
use utoipa::ToSchema;

/// An invitation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invitation)]
pub struct InvitationView {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    pub invitation_id: InvitationId,
    /// The e-mail address it is bound to; `null` once erased.
    pub email: Option<String>,
    /// The role it gives.
    pub role: String,
    /// `open`, `accepted`, `revoked` or `expired`. One that lets nobody in for now, because who wrote it could not write it
    /// any more, is `open`.
    pub state: String,
    /// When it can no longer be accepted.
    pub expires_at: String,
    /// Who joined with it.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub accepted_by: Option<UserId>,
    /// When it was accepted or revoked.
    pub ended_at: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// What accepts it: in the answer that made it, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Invitations, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationList {
    /// How many there are on all pages.
    pub total: u64,
    /// The page.
    pub invitations: Vec<InvitationView>,
}

/// Whom to invite.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct InviteBody {
    /// The e-mail address that the invitation is bound to.
    pub email: String,
    /// owner, admin, issuer, auditor, or a role of the account's own.
    pub role: String,
    /// When it can no longer be accepted, ISO 8601, within 90 days; after seven without. Never later than the end of the API
    /// key that writes it.
    pub expires_at: Option<String>,
}

/// An invitation to take back.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RevokeInvitationBody {
    /// Its id.
    pub invitation_id: String,
}

/// An invitation that was taken back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokedInvitation {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    pub invitation_id: InvitationId,
    /// Always true.
    pub revoked: bool,
}

async fn views(ask: &Ask, rows: Vec<InvitationRow>) -> Result<Vec<InvitationView>, Problem> {
    let sealed = rows.iter().map(|row| Some(row.email.clone())).collect();
    let emails = opened(ask, sealed).await?;
    let view = |(row, email): (InvitationRow, Option<String>)| InvitationView {
        invitation_id: row.invitation,
        email,
        role: row.role.to_string(),
        state: word(row.standing(ask.call.at)).to_owned(),
        expires_at: milliseconds(row.expires_at),
        accepted_by: row.accepted_by,
        ended_at: row.ended_at.map(milliseconds),
        created_at: milliseconds(row.created_at),
        token: None,
    };
    Ok(rows.into_iter().zip(emails).map(view).collect())
}

const fn word(standing: InvitationStanding) -> &'static str {
    match standing {
        InvitationStanding::Open => "open",
        InvitationStanding::Expired => "expired",
        InvitationStanding::Accepted => "accepted",
        InvitationStanding::Revoked => "revoked",
    }
}

/// An invitation that a request made before, as it is now: its token is told once.
async fn made_before(ask: &Ask, invitation: InvitationId) -> Result<Answer, Problem> {
    let row = ask.house.views.people().invitation(ask.call.who.customer, invitation).await?;
    let row = row.ok_or_else(|| Fault::refused(&CustomerRefusal::InvitationNotFound))?;
    let view = views(ask, vec![row]).await?.into_iter().next();
    Answer::new(StatusCode::CREATED, &view)
}

/// Invites whoever can prove that an e-mail address is his. Nothing is sent: the token is in this answer for the only time, and
/// the caller passes it on. An open invitation of the same address ends. A repeat under the same `Idempotency-Key` shows the
/// invitation as it is then, without the token.
#[utoipa::path(post, path = "/admin/invitation/create",
    request_body(content((InviteBody = "application/json"), (InviteBody = "application/x-www-form-urlencoded"))),
    responses((status = 201, body = InvitationView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    const DATE: &str = "Invalid date format";
    let email = ask.input.text("email", "Invalid email id")?;
    let email = check::required("email", email, "email is required")?.to_owned();
    let role = role_in(&ask, "role")?;
    let expires_at = ask.input.text("expiresAt", DATE)?;
    let expires_at = expires_at.map(|text| check::instant("expiresAt", text, DATE)).transpose()?;
    let invited = ask.done(InviteMember { email: email.clone(), role, expires_at }).await?;
    let Some(token) = invited.token else { return made_before(&ask, invited.invitation).await };
    let view = InvitationView {
        invitation_id: invited.invitation,
        email: Some(email),
        role: invited.role.to_string(),
        state: word(InvitationStanding::Open).to_owned(),
        expires_at: milliseconds(invited.expires_at),
        accepted_by: None,
        ended_at: None,
        created_at: milliseconds(ask.call.at),
        token: Some(token),
    };
    Answer::secret(StatusCode::CREATED, &view)
}

/// The account's invitations, ended ones too. No token is shown.
#[utoipa::path(get, path = "/admin/invitation/list",
    params(
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000.")),
    responses((status = 200, body = InvitationList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let paging = paging(&ask.query)?;
    let page = ask.house.views.people().invitations(ask.call.who.customer, None, paging).await?;
    let total = page.total.unwrap_or_default();
    Answer::ok(&InvitationList { total, invitations: views(&ask, page.rows).await? })
}

/// Takes an invitation back: its token opens nothing from now on.
#[utoipa::path(post, path = "/admin/invitation/revoke",
    request_body(content((RevokeInvitationBody = "application/json"), (RevokeInvitationBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = RevokedInvitation), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn revoke(ask: Ask) -> Result<Answer, Problem> {
    const SENTENCE: &str = "invitationId should be the id of an invitation";
    let text = ask.input.text("invitationId", SENTENCE)?;
    let text = check::required("invitationId", text, "invitationId is required")?;
    let invitation_id = InvitationId(check::uuid("invitationId", text, SENTENCE)?);
    ask.done(RevokeInvitation(invitation_id)).await?;
    Answer::ok(&RevokedInvitation { invitation_id, revoked: true })
}
