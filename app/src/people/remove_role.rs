//! The end of a role.

use super::rights::{may_give_role, tenant};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{ROLE_REMOVE, Spec},
    port::{Execute, commands::Meta},
    write,
};
use domain::customer::{Customer, CustomerCommand, RoleName};
use serde::Serialize;

/// The end of a role of the tenant's own.
#[derive(Debug, Clone, Serialize)]
pub struct RemoveRole(pub RoleName);

/// Takes a role away that nobody has. Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn remove_role(studio: &Studio, call: &Call, input: RemoveRole) -> Result<(), Fault> {
    let RemoveRole(role) = input;
    may_give_role(&tenant(studio, call).await?, call, &role)?;
    let name = role.clone();
    let command = CustomerCommand::RemoveRole { role, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("role/{name}/remove"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await
}

impl Act for RemoveRole {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &ROLE_REMOVE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        remove_role(studio, call, self).await.map(Written::Done)
    }
}
