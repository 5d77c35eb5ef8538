//! `/admin/member/*`.

use super::{opened, role_in, user};
use crate::{Answer, Ask, Problem, key::milliseconds, paging::paging};
use app::{
    Fault,
    people::{ChangeMemberRole, ReinstateMember, RemoveMember, SuspendMember},
};
use domain::{
    customer::CustomerRefusal,
    id::{InvitationId, UserId},
};
use projections::MemberRow;
use serde::Serialize;
use utoipa::ToSchema;

/// A member of the account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub struct MemberView {
    /// The user.
    #[schema(value_type = String, format = Uuid)]
    pub user_id: UserId,
    /// His e-mail address; `null` if he has none, or once erased.
    pub email: Option<String>,
    /// His name; `null` if he has none, or once erased.
    pub name: Option<String>,
    /// His role.
    pub role: String,
    /// Whether he may do nothing for now.
    pub suspended: bool,
    /// Since when.
    pub suspended_at: Option<String>,
    /// When he joined.
    pub joined_at: String,
    /// The invitation he accepted, if there was one.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub invitation_id: Option<InvitationId>,
}

/// Members, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberList {
    /// How many there are on all pages.
    pub total: u64,
    /// The page.
    pub members: Vec<MemberView>,
}

/// A member.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct MemberBody {
    /// The user.
    pub user_id: String,
}

/// Another role for a member.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ChangeMemberRoleBody {
    /// The user.
    pub user_id: String,
    /// owner, admin, issuer, auditor, or a role of the account's own.
    pub role: String,
}

/// Who is no member any more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedMember {
    /// The user.
    #[schema(value_type = String, format = Uuid)]
    pub user_id: UserId,
    /// Always true.
    pub removed: bool,
}

async fn views(ask: &Ask, rows: Vec<MemberRow>) -> Result<Vec<MemberView>, Problem> {
    let sealed = rows.iter().flat_map(|row| [row.email.clone(), row.name.clone()]).collect();
    let mut texts = opened(ask, sealed).await?.into_iter();
    let view = |row: MemberRow| MemberView {
        user_id: row.user_id,
        email: texts.next().flatten(),
        name: texts.next().flatten(),
        role: row.role.to_string(),
        suspended: row.suspended_at.is_some(),
        suspended_at: row.suspended_at.map(milliseconds),
        joined_at: milliseconds(row.joined_at),
        invitation_id: row.invitation,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The member as the read models show him, which every write waits for.
async fn shown(ask: &Ask, user: UserId) -> Result<Answer, Problem> {
    let row = ask.house.views.people().member(ask.call.who.customer, user).await?;
    let row = row.ok_or_else(|| Fault::refused(&CustomerRefusal::MemberNotFound))?;
    let view = views(ask, vec![row]).await?.into_iter().next();
    Answer::ok(&view)
}

/// The account's members, suspended ones too.
#[utoipa::path(get, path = "/admin/member/list",
    params(
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000.")),
    responses((status = 200, body = MemberList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let page = ask.house.views.people().members(ask.call.who.customer, paging(&ask.query)?).await?;
    let total = page.total.unwrap_or_default();
    Answer::ok(&MemberList { total, members: views(&ask, page.rows).await? })
}

/// Gives a member another role, at once. API keys that he made and that may do more than the new role end with it. Nobody gives
/// or takes what he does not have himself, and the last owner stays one.
#[utoipa::path(post, path = "/admin/member/update",
    request_body(content((ChangeMemberRoleBody = "application/json"), (ChangeMemberRoleBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = MemberView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn update(ask: Ask) -> Result<Answer, Problem> {
    let (user, role) = (user(&ask)?, role_in(&ask, "role")?);
    ask.done(ChangeMemberRole { user, role }).await?;
    shown(&ask, user).await
}

/// Lets a member do nothing for now, nor the API keys that he made.
#[utoipa::path(post, path = "/admin/member/suspend",
    request_body(content((MemberBody = "application/json"), (MemberBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = MemberView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn suspend(ask: Ask) -> Result<Answer, Problem> {
    let user = user(&ask)?;
    ask.done(SuspendMember(user)).await?;
    shown(&ask, user).await
}

/// Ends a member's suspension, and that of the API keys that he made.
#[utoipa::path(post, path = "/admin/member/reinstate",
    request_body(content((MemberBody = "application/json"), (MemberBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = MemberView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn reinstate(ask: Ask) -> Result<Answer, Problem> {
    let user = user(&ask)?;
    ask.done(ReinstateMember(user)).await?;
    shown(&ask, user).await
}

/// Ends a membership at once, and for good the API keys that he made.
#[utoipa::path(post, path = "/admin/member/remove",
    request_body(content((MemberBody = "application/json"), (MemberBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = RemovedMember), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn remove(ask: Ask) -> Result<Answer, Problem> {
    let user_id = user(&ask)?;
    ask.done(RemoveMember(user_id)).await?;
    Answer::ok(&RemovedMember { user_id, removed: true })
}
