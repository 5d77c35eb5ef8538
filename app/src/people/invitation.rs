//! An invitation, as whoever shows its token finds it.

use crate::{
    Actor, Call, Fault, Principal, Studio,
    act::{INVITATION_CREATE, role::scopes_of},
    port::{Execute, vault::Hashed},
};
use domain::{
    customer::{ApiKeyGrant, Customer, CustomerRefusal, Invitation, InvitationFate, RoleName, Seen},
    id::{CustomerId, InvitationId},
};

domain::limits! {
    /// Longest text that can be the token of an invitation.
    TOKEN_CHARS_MAX: usize = 256, "bytes";
}

/// An invitation, and the tenant that it is into.
pub(super) struct Found {
    pub(super) customer: CustomerId,
    pub(super) id: InvitationId,
    pub(super) known: Invitation,
    state: Customer,
}

/// The invitation of this token. Fault `customer/invitation-not-found`.
pub(super) async fn find(studio: &Studio, token: &str) -> Result<Found, Fault> {
    let no_such = || Fault::refused(&CustomerRefusal::InvitationNotFound);
    if token.is_empty() || token.len() > TOKEN_CHARS_MAX {
        return Err(no_such());
    }
    let hash = studio.hashes.keyed_hash(Hashed::Invitation, token);
    let (customer, id) = studio.people.invitation(&hash).await?.ok_or_else(no_such)?;
    let state = Execute::<Customer>::load(&*studio.commands, &customer.to_string()).await?.state;
    let known = state.invitations.get(&id).cloned().ok_or_else(no_such)?;
    Ok(Found { customer, id, known, state })
}

impl Found {
    /// Whether it can be accepted at all, whoever it is for. Faults: `customer/invitation-ended`, `…-expired`, `…-void`.
    pub(super) async fn is_good(&self, studio: &Studio, call: &Call) -> Result<(), Fault> {
        if self.known.fate != InvitationFate::Open {
            return Err(Fault::refused(&CustomerRefusal::InvitationEnded));
        }
        if !self.known.is_open(call.at) {
            return Err(Fault::refused(&CustomerRefusal::InvitationExpired));
        }
        if !self.state.lets_in(self.known.inviter, self.known.key, call.at) {
            return Err(Fault::refused(&CustomerRefusal::InvitationVoid));
        }
        self.judged(studio).await.map(|_| ())
    }

    /// Whether the role of who wrote it would let him write it today, as the tenant must find it when it lets somebody in:
    /// invitations end with the rights that they come from. What was accepted is accepted. Fault `customer/invitation-void`.
    pub(super) async fn judged(&self, studio: &Studio) -> Result<Seen, Fault> {
        let inviter = self.known.inviter.filter(|_| self.known.fate == InvitationFate::Open);
        let Some(inviter) = inviter else { return Ok(Seen::default()) };
        let void = || Fault::refused(&CustomerRefusal::InvitationVoid);
        let member = self.state.members.get(&inviter).ok_or_else(void)?;
        if studio.people.person(inviter).await?.is_none_or(|person| person.suspended) {
            return Err(void());
        }
        let own = |role: &RoleName| self.state.roles.get(role);
        let has = scopes_of(&member.role, own(&member.role)).ok_or_else(void)?;
        let unbounded = Principal::unbounded(self.customer, Actor::User(inviter.0));
        let who = Principal { scopes: has.into(), ..unbounded };
        who.may(&INVITATION_CREATE, None).map_err(|_| void())?;
        // A role that is gone gives nothing, which the tenant itself says.
        if let Some(scopes) = scopes_of(&self.known.role, own(&self.known.role)) {
            who.may_give(&ApiKeyGrant { scopes, ..ApiKeyGrant::default() }).map_err(|_| void())?;
        }
        let roles = [&member.role, &self.known.role].map(|role| (role.clone(), own(role).cloned()));
        Ok(Seen { member: Some((inviter, member.role.clone())), roles: roles.into() })
    }
}
