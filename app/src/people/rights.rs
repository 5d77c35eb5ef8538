//! Nobody gives or takes rights that he does not have.

use crate::{
    Call, Fault, Studio,
    act::role::scopes_of,
    port::{
        Execute,
        commands::{Committed, Meta},
    },
    write,
};
use domain::{
    customer::{ApiKeyGrant, Customer, CustomerCommand, CustomerRefusal, RoleName, RoleScopes, Seen},
    id::UserId,
};

/// Looks whether a caller may decide something, and has it decided only if nothing has changed since of what was looked at.
pub(super) struct Judge<'a> {
    call: &'a Call,
    state: Customer,
    seen: Seen,
}

impl<'a> Judge<'a> {
    /// The tenant as it stands.
    pub(super) async fn of(studio: &Studio, call: &'a Call) -> Result<Self, Fault> {
        let id = call.who.customer.to_string();
        let state = Execute::<Customer>::load(&*studio.commands, &id).await?.state;
        Ok(Self { call, state, seen: Seen::default() })
    }

    /// Whether the caller may give or take this role. Faults: `customer/role-not-found`, `auth/beyond-own-rights`.
    pub(super) fn role(mut self, role: &RoleName) -> Result<Self, Fault> {
        let own = self.state.roles.get(role);
        let scopes = scopes_of(role, own).ok_or_else(|| Fault::refused(&CustomerRefusal::RoleNotFound))?;
        may_give(self.call, scopes)?;
        self.seen.roles.insert(role.clone(), own.cloned());
        Ok(self)
    }

    /// Whether the caller may say what this role may do from now on, instead of what it might until now. Fault
    /// `auth/beyond-own-rights`.
    pub(super) fn redefined(mut self, role: &RoleName, scopes: &RoleScopes) -> Result<Self, Fault> {
        if self.state.roles.contains_key(role) {
            self = self.role(role)?;
        }
        may_give(self.call, scopes.clone())?;
        self.seen.roles.entry(role.clone()).or_default();
        Ok(self)
    }

    /// Whether the caller may take from this member what he has. Faults: `customer/member-not-found`, `auth/beyond-own-rights`.
    pub(super) fn member(mut self, user: UserId) -> Result<Self, Fault> {
        let member = self.state.members.get(&user);
        let role = &member.ok_or_else(|| Fault::refused(&CustomerRefusal::MemberNotFound))?.role;
        let role = role.clone();
        self.seen.member = Some((user, role.clone()));
        self.role(&role)
    }

    /// Has `command` decided, under the name `what` within the call. Whoever asks next sees it, and so does whoever comes with an
    /// API key of a member's. Faults: the refusals, `customer/role-changed` among them.
    pub(super) async fn decided(
        self,
        studio: &Studio,
        what: &str,
        command: CustomerCommand,
    ) -> Result<Committed<Customer>, Fault> {
        let command = CustomerCommand::Judged { seen: self.seen, command: Box::new(command) };
        let (id, meta) = (self.call.who.customer.to_string(), Meta::of(self.call, what));
        let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
        write::visible(studio, done.token).await?;
        studio.key_ring.forget();
        Ok(done)
    }
}

/// Whether the caller may give or take what a role with these scopes has.
fn may_give(call: &Call, scopes: RoleScopes) -> Result<(), Fault> {
    call.who.may_give(&ApiKeyGrant { scopes, ..ApiKeyGrant::default() })
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
