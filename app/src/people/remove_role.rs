//! The end of a role.

use super::rights::Judge;
use crate::{
    Call, Fault, Studio,
    act::{ROLE_REMOVE, act},
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

act!(RemoveRole => (): ROLE_REMOVE, remove_role);
