//! Nobody gives or takes rights that he does not have.

use crate::{Call, Fault, Studio, act::role::scopes_of, port::Execute};
use domain::{
    customer::{Customer, CustomerRefusal, RoleName},
    id::UserId,
};

/// The tenant as it stands.
pub(super) async fn tenant(studio: &Studio, call: &Call) -> Result<Customer, Fault> {
    Ok(Execute::<Customer>::load(&*studio.commands, &call.who.customer.to_string()).await?.state)
}

/// Whether the caller may give or take this role. Faults: `customer/role-not-found`, `auth/beyond-own-rights`.
pub(super) fn may_give_role(state: &Customer, call: &Call, role: &RoleName) -> Result<(), Fault> {
    let scopes = scopes_of(role, state.roles.get(role));
    let scopes = scopes.ok_or_else(|| Fault::refused(&CustomerRefusal::RoleNotFound))?;
    call.who.may_give(&scopes)
}

/// Whether the caller may take from this member what he has. Faults: `customer/member-not-found`, `auth/beyond-own-rights`.
pub(super) fn may_touch(state: &Customer, call: &Call, user: UserId) -> Result<(), Fault> {
    let member = state.members.get(&user).ok_or_else(|| Fault::refused(&CustomerRefusal::MemberNotFound))?;
    may_give_role(state, call, &member.role)
}

/// A name of a role, as somebody wrote it. Fault `customer/role-name-invalid`.
pub fn role_name(text: &str) -> Result<RoleName, Fault> {
    RoleName::parse(text).ok_or_else(|| {
        Fault::invalid(
            "customer/role-name-invalid",
            "The name of a role has 1 to 40 lower-case letters, digits and hyphens, and begins with a letter.",
        )
    })
}
