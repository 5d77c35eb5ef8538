//! Another role for a member.

use super::rights::Judge;
use crate::{
    Call, Fault, Studio,
    act::{MEMBER_UPDATE, act, role::built_in},
};
use domain::{
    customer::{CustomerCommand, RoleName},
    id::UserId,
};
use serde::Serialize;

/// Another role for a member.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeMemberRole {
    /// The member.
    pub user: UserId,
    /// His new role.
    pub role: RoleName,
}

/// Gives a member another role, at once. The caller must have what the member may do now, and what he is to do. API keys that he
/// made and that may do more than the new role end with it. Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn change_member_role(studio: &Studio, call: &Call, input: ChangeMemberRole) -> Result<(), Fault> {
    let ChangeMemberRole { user, role } = input;
    let judge = Judge::of(studio, call).await?.member(user)?.role(&role)?;
    let may = built_in(&role).flatten().unwrap_or_default();
    let command = CustomerCommand::ChangeMemberRole { user, role, may, at: call.at };
    judge.decided(studio, &format!("member/{user}/role"), command).await.map(|_| ())
}

act!(ChangeMemberRole => (): MEMBER_UPDATE, change_member_role);
