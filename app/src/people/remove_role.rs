//! The end of a role.

use super::rights::Judge;
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{ROLE_REMOVE, Spec},
};
use domain::customer::{CustomerCommand, RoleName};
use serde::Serialize;

/// The end of a role of the tenant's own.
#[derive(Debug, Clone, Serialize)]
pub struct RemoveRole(pub RoleName);

/// Takes a role away that nobody has. Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn remove_role(studio: &Studio, call: &Call, input: RemoveRole) -> Result<(), Fault> {
    let RemoveRole(role) = input;
    let judge = Judge::of(studio, call).await?.role(&role)?;
    let what = format!("role/{role}/remove");
    let command = CustomerCommand::RemoveRole { role, at: call.at };
    judge.decided(studio, &what, command).await.map(|_| ())
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
