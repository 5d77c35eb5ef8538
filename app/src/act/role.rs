//! What the roles may do that every account has, made from the list of acts.

use super::{ACCOUNT_LEAVE, ACTS, Effect, Spec};
use domain::{
    customer::{RoleName, RoleScopes},
    id::Network,
};
use std::collections::BTreeSet;

/// What is administered, in the first half of an act's name: people and what lets them in.
const ADMINISTRATION: [&str; 5] = ["api-key", "member", "invitation", "role", "organisation"];
/// What an issuer works with.
const ISSUING: [&str; 9] = [
    "key",
    "did",
    "resource",
    "operation",
    "signatures",
    "status-list",
    "credential",
    "presentation",
    "accreditation",
];

/// What a role that every account has may do; `None` if it is none of them. An owner may do everything. An admin may do every
/// single act too, but is not above owners: see [`super::Principal::may_give`]. An issuer works with identifiers, resources, credentials,
/// status lists and accreditations, and sees nothing of who may come in. An auditor reads and verifies.
pub fn built_in(role: &RoleName) -> Option<RoleScopes> {
    match role.as_str() {
        RoleName::OWNER => Some(None),
        RoleName::ADMIN => Some(Some(scopes(|_| true))),
        RoleName::ISSUER => Some(Some(scopes(|spec| is_own(spec) || is_issuing(spec)))),
        RoleName::AUDITOR => Some(Some(scopes(|spec| is_own(spec) || !spec.effect.is_write()))),
        _ => None,
    }
}

/// The roles that every account has, with all that each may do: an owner's scopes are all there are.
pub fn everybodys() -> Vec<(RoleName, BTreeSet<String>)> {
    let roles = RoleName::BUILT_IN.into_iter().filter_map(RoleName::parse);
    let with_scopes =
        |role: RoleName| built_in(&role).map(|scopes| (role, scopes.unwrap_or_else(every_scope)));
    roles.filter_map(with_scopes).collect()
}

/// What a role may do, if there is one of this name; `own` are the scopes of the account's own.
pub fn scopes_of(role: &RoleName, own: Option<&BTreeSet<String>>) -> Option<RoleScopes> {
    built_in(role).or_else(|| own.map(|scopes| Some(scopes.clone())))
}

/// Every scope there is, by name.
pub fn every_scope() -> BTreeSet<String> {
    scopes(|_| true)
}

fn is_issuing(spec: &Spec) -> bool {
    let noun = noun(spec);
    match spec.effect {
        Effect::Read | Effect::LedgerRead => !ADMINISTRATION.contains(&noun),
        Effect::Write | Effect::LedgerWrite => ISSUING.contains(&noun) && !moves_keys(spec),
    }
}

/// What somebody does about themselves alone.
fn is_own(spec: &Spec) -> bool {
    noun(spec) == "session" || *spec == ACCOUNT_LEAVE
}

/// Whether private keys come in by it, whose other holders nobody here knows, or go out.
fn moves_keys(spec: &Spec) -> bool {
    spec.name.ends_with(".import") || spec.name.ends_with(".export")
}

fn noun(spec: &Spec) -> &'static str {
    spec.name.split('.').next().unwrap_or_default()
}

fn scopes(wanted: impl Fn(&Spec) -> bool) -> BTreeSet<String> {
    ACTS.iter().copied().filter(|spec| wanted(spec)).flat_map(Spec::scopes).collect()
}

impl Spec {
    /// The names of its scope: one, or one for each network.
    pub fn scopes(&self) -> Vec<String> {
        if self.needs.per_network {
            Network::ALL.iter().map(|network| self.needs.text(Some(*network))).collect()
        } else {
            vec![self.needs.text(None)]
        }
    }
}
