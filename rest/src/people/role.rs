//! `/admin/role/*`.

use super::role_in;
use crate::{Answer, Ask, Problem, check};
use app::{
    act::role::everybodys,
    people::{DefineRole, RemoveRole},
};
use domain::customer::RoleName;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A role.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Role)]
pub struct RoleView {
    /// Its name.
    pub name: String,
    /// Whether every account has it, and none can change it.
    pub built_in: bool,
    /// What it may do, by scopes.
    pub scopes: BTreeSet<String>,
}

/// The roles there are: those of every account first, then the account's own by name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleList {
    /// How many there are.
    pub total: usize,
    /// All of them.
    pub roles: Vec<RoleView>,
}

/// A role of the account's own.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DefineRoleBody {
    /// Its name: 1 to 40 lower-case letters, digits and hyphens, a letter first.
    pub name: String,
    /// What it may do, by scopes.
    pub scopes: Vec<String>,
}

/// A role of the account's own to remove.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RemoveRoleBody {
    /// Its name.
    pub name: String,
}

/// A role that is no more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedRole {
    /// Its name.
    pub name: String,
    /// Always true.
    pub removed: bool,
}

/// The roles there are, and what each may do.
#[utoipa::path(get, path = "/admin/role/list", responses((status = 200, body = RoleList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let own = ask.house.views.people().roles(ask.call.who.customer).await?;
    let built_in = |(name, scopes): (RoleName, BTreeSet<String>)| RoleView {
        name: name.to_string(),
        built_in: true,
        scopes,
    };
    let own = own.into_iter().map(|row| RoleView {
        name: row.role.to_string(),
        built_in: false,
        scopes: row.scopes,
    });
    let roles: Vec<RoleView> = everybodys().into_iter().map(built_in).chain(own).collect();
    Answer::ok(&RoleList { total: roles.len(), roles })
}

/// Makes a role of the account's own, or says anew what it may do. API keys of members in it that may do more end with it.
/// Nobody gives or takes what he does not have himself.
#[utoipa::path(post, path = "/admin/role/define",
    request_body(content((DefineRoleBody = "application/json"), (DefineRoleBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = RoleView)))]
pub(crate) async fn define(ask: Ask) -> Result<Answer, Problem> {
    const SENTENCE: &str = "scopes should be an array of strings";
    let role = role_in(&ask, "name")?;
    let scopes = check::required("scopes", ask.input.array("scopes", SENTENCE)?, "scopes is required")?;
    let scopes: BTreeSet<String> = check::texts("scopes", &scopes, SENTENCE)?.into_iter().collect();
    ask.done(DefineRole { role: role.clone(), scopes: scopes.clone() }).await?;
    Answer::ok(&RoleView { name: role.to_string(), built_in: false, scopes })
}

/// Removes a role of the account's own that nobody has.
#[utoipa::path(post, path = "/admin/role/remove",
    request_body(content((RemoveRoleBody = "application/json"), (RemoveRoleBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = RemovedRole), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn remove(ask: Ask) -> Result<Answer, Problem> {
    let role = role_in(&ask, "name")?;
    ask.done(RemoveRole(role.clone())).await?;
    Answer::ok(&RemovedRole { name: role.to_string(), removed: true })
}
