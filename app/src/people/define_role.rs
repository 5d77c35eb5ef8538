//! A role of the tenant's own.

use super::rights::{may_give_role, tenant};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{ROLE_DEFINE, Spec},
    customer::known,
    port::{Execute, commands::Meta},
    write,
};
use domain::customer::{Customer, CustomerCommand, RoleName};
use serde::Serialize;
use std::collections::BTreeSet;

/// What a role of the tenant's own may do.
#[derive(Debug, Clone, Serialize)]
pub struct DefineRole {
    /// The role.
    pub role: RoleName,
    /// What it may do, by scopes.
    pub scopes: BTreeSet<String>,
}

/// Makes a role, or says anew what it may do. The caller must have what it may do from now on, and what it might until now.
/// Faults beside the refusals: `customer/scope-unknown`, `auth/beyond-own-rights`.
pub async fn define_role(studio: &Studio, call: &Call, input: DefineRole) -> Result<(), Fault> {
    let DefineRole { role, scopes } = input;
    known(&scopes)?;
    let state = tenant(studio, call).await?;
    if state.roles.contains_key(&role) {
        may_give_role(&state, call, &role)?;
    }
    call.who.may_give(&Some(scopes.clone()))?;
    let name = role.clone();
    let command = CustomerCommand::DefineRole { role, scopes, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("role/{name}/define"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    // Keys of members changed with it.
    studio.key_ring.forget();
    Ok(())
}

impl Act for DefineRole {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &ROLE_DEFINE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        define_role(studio, call, self).await.map(Written::Done)
    }
}
