//! A role of the tenant's own.

use super::rights::Judge;
use crate::{
    Call, Fault, Studio,
    act::{ROLE_DEFINE, act},
    customer::known,
};
use domain::customer::{CustomerCommand, RoleName};
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
    let judge = Judge::of(studio, call).await?.redefined(&role, &Some(scopes.clone()))?;
    let what = format!("role/{role}/define");
    let command = CustomerCommand::DefineRole { role, scopes, at: call.at };
    judge.decided(studio, &what, command).await.map(|_| ())
}

act!(DefineRole => (): ROLE_DEFINE, define_role);
