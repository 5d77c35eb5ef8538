//! `/admin/member/*`, `/admin/invitation/*`, `/admin/role/*`: who belongs to the account, and what they may do.

mod invitation;
mod member;
mod role;

pub use invitation::{InvitationList, InvitationView, InviteBody, RevokeInvitationBody, RevokedInvitation};
pub use member::{ChangeMemberRoleBody, MemberBody, MemberList, MemberView, RemovedMember};
pub use role::{DefineRoleBody, RemoveRoleBody, RemovedRole, RoleList, RoleView};

use crate::{Ask, Problem, check, openapi::Tagged, route::Endpoint};
use app::{Fault, act};
use axum::routing::{get, post};
use domain::{
    customer::RoleName,
    id::{Sealed, UserId},
};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    member::list,
    member::update,
    member::suspend,
    member::reinstate,
    member::remove,
    invitation::create,
    invitation::list,
    invitation::revoke,
    role::list,
    role::define,
    role::remove
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/admin/member/list", &act::MEMBER_LIST, get(member::list)),
        Endpoint::post("/admin/member/update", &act::MEMBER_UPDATE, post(member::update)),
        Endpoint::post("/admin/member/suspend", &act::MEMBER_SUSPEND, post(member::suspend)),
        Endpoint::post("/admin/member/reinstate", &act::MEMBER_REINSTATE, post(member::reinstate)),
        Endpoint::post("/admin/member/remove", &act::MEMBER_REMOVE, post(member::remove)),
        Endpoint::post("/admin/invitation/create", &act::INVITATION_CREATE, post(invitation::create)),
        Endpoint::get("/admin/invitation/list", &act::INVITATION_LIST, get(invitation::list)),
        Endpoint::post("/admin/invitation/revoke", &act::INVITATION_REVOKE, post(invitation::revoke)),
        Endpoint::get("/admin/role/list", &act::ROLE_LIST, get(role::list)),
        Endpoint::post("/admin/role/define", &act::ROLE_DEFINE, post(role::define)),
        Endpoint::post("/admin/role/remove", &act::ROLE_REMOVE, post(role::remove)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Members", api: Docs::openapi() }
}

/// `userId` of the body.
fn user(ask: &Ask) -> Result<UserId, Problem> {
    const SENTENCE: &str = "userId should be the id of a member";
    let text = check::required("userId", ask.input.text("userId", SENTENCE)?, "userId is required")?;
    Ok(UserId(check::uuid("userId", text, SENTENCE)?))
}

/// A role that the body names.
fn role_in(ask: &Ask, field: &str) -> Result<RoleName, Problem> {
    let sentence = format!("{field} should be the name of a role");
    let text = ask.input.text(field, &sentence)?;
    Ok(app::people::role_name(check::required(field, text, &format!("{field} is required"))?)?)
}

/// Sealed texts of the account, read; what was erased is nothing.
pub(crate) async fn opened(ask: &Ask, sealed: Vec<Option<Sealed>>) -> Result<Vec<Option<String>>, Problem> {
    let there: Vec<Sealed> = sealed.iter().flatten().cloned().collect();
    let mut opened = ask.house.studio.vault.open_all(ask.call.who.customer, &there).await?.into_iter();
    let mut texts = Vec::with_capacity(sealed.len());
    for text in sealed {
        let bytes = text.and_then(|_| opened.next().flatten());
        let text = bytes.map(String::from_utf8).transpose();
        texts.push(text.map_err(|_| Fault::bug("a sealed text is not UTF-8"))?);
    }
    Ok(texts)
}
