//! Another role for a member.

use super::rights::{may_give_role, may_touch, tenant};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{MEMBER_UPDATE, Spec, role::built_in},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand, RoleName},
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
    let state = tenant(studio, call).await?;
    may_touch(&state, call, user)?;
    may_give_role(&state, call, &role)?;
    let may = built_in(&role).flatten().unwrap_or_default();
    let command = CustomerCommand::ChangeMemberRole { user, role, may, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("member/{user}/role"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    // Keys of members changed with it.
    studio.key_ring.forget();
    Ok(())
}

impl Act for ChangeMemberRole {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &MEMBER_UPDATE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        change_member_role(studio, call, self).await.map(Written::Done)
    }
}
