//! What a customer says to commands about members, invitations and roles.

use super::{Decision, are_scopes, revoked};
use crate::customer::{
    Customer, CustomerCommand, CustomerEvent, CustomerRefusal, InvitationFate, Joining, Member, RoleName,
    RoleScopes,
};
use crate::id::{ApiKeyId, Instant, InvitationId, Sealed, UserId};
use std::collections::BTreeSet;

crate::limits! {
    /// How many members a customer may have.
    pub MEMBERS_MAX: usize = 1_000, "members";
    /// How many invitations of a customer may be open at the same time.
    pub OPEN_INVITATIONS_MAX: usize = 200, "invitations";
    /// How many roles of its own a customer may have.
    pub ROLES_MAX: usize = 50, "roles";
}
pub(crate) use LIMITS as PEOPLE_LIMITS;

pub(super) fn decide(state: &Customer, command: CustomerCommand) -> Decision<Vec<CustomerEvent>> {
    state.customer.ok_or(CustomerRefusal::NotFound)?;
    match command {
        CustomerCommand::ChangeOrganisation { name, email, description, at } => {
            Ok(change_organisation(state, name, email, description, at))
        }
        CustomerCommand::Found { joining, at } => found(state, joining, at),
        CustomerCommand::Invite { invitation, .. } if state.invitations.contains_key(&invitation) => {
            Ok(Vec::new())
        }
        CustomerCommand::Invite {
            invitation,
            email,
            email_hash,
            role,
            token_hash,
            expires_at,
            inviter,
            key,
            at,
        } => {
            if !state.lets_in(inviter, None, at) {
                return Err(CustomerRefusal::MemberNotFound);
            }
            if !state.lets_in(None, key, at) {
                return Err(CustomerRefusal::ApiKeyNotFound);
            }
            let mut events = replaced(state, &email_hash, &role, expires_at, at)?;
            events.push(CustomerEvent::MemberInvited {
                invitation,
                email,
                email_hash,
                role,
                token_hash,
                expires_at,
                inviter,
                key,
                at,
            });
            Ok(events)
        }
        CustomerCommand::RevokeInvitation { invitation, at } => revoke_invitation(state, invitation, at),
        CustomerCommand::AcceptInvitation { invitation, joining, at } => {
            accept(state, invitation, joining, at)
        }
        CustomerCommand::ChangeMemberRole { user, role, may, at } => change_role(state, user, role, may, at),
        CustomerCommand::SuspendMember { user, at } => suspend(state, user, at),
        CustomerCommand::ReinstateMember { user, at } => reinstate(state, user, at),
        CustomerCommand::RemoveMember { user, at } => remove(state, user, at),
        CustomerCommand::DefineRole { role, scopes, at } => define_role(state, &role, scopes, at),
        CustomerCommand::RemoveRole { role, at } => remove_role(state, &role, at),
        // Decided beside this: they are about no people, or about what was seen of them.
        CustomerCommand::Register { .. }
        | CustomerCommand::IssueApiKey { .. }
        | CustomerCommand::TrustRoots { .. }
        | CustomerCommand::NoteReveal { .. }
        | CustomerCommand::ChangeApiKey { .. }
        | CustomerCommand::RotateApiKey { .. }
        | CustomerCommand::NoteApiKeyEnd { .. }
        | CustomerCommand::RevokeApiKey { .. }
        | CustomerCommand::NoteErasure { .. }
        | CustomerCommand::Judged { .. } => Ok(Vec::new()),
    }
}

fn change_organisation(
    state: &Customer,
    name: Option<Sealed>,
    email: Option<Sealed>,
    description: Option<Sealed>,
    at: Instant,
) -> Vec<CustomerEvent> {
    let known = &state.organisation;
    let differs = |new: &Option<Sealed>, known: &Option<Sealed>| new.is_some() && new != known;
    let is_new = differs(&name, &known.name)
        || differs(&email, &known.email)
        || differs(&description, &known.description);
    is_new
        .then_some(CustomerEvent::OrganisationChanged { name, email, description, at })
        .into_iter()
        .collect()
}

fn joined(joining: Joining, role: RoleName, invitation: Option<InvitationId>, at: Instant) -> CustomerEvent {
    let Joining { user, email, email_hash, name } = joining;
    CustomerEvent::MemberJoined { user, role, email, email_hash, name, invitation, at }
}

/// Who comes first is the owner. Whoever was removed since must not come back by the same way.
fn found(state: &Customer, joining: Joining, at: Instant) -> Decision<Vec<CustomerEvent>> {
    if state.members.contains_key(&joining.user) {
        return Ok(Vec::new());
    }
    if state.is_founded {
        return Err(CustomerRefusal::HasMembers);
    }
    Ok(vec![joined(joining, RoleName::owner(), None, at)])
}

fn has_room(state: &Customer) -> Decision<()> {
    if state.members.len() >= MEMBERS_MAX {
        return Err(CustomerRefusal::MembersExhausted { limit: MEMBERS_MAX });
    }
    Ok(())
}

fn exists(state: &Customer, role: &RoleName) -> Decision<()> {
    let is_there = role.is_built_in() || state.roles.contains_key(role);
    if is_there { Ok(()) } else { Err(CustomerRefusal::RoleNotFound) }
}

/// The end of the open invitations of the same address, in whose place a new one for this role may be written.
fn replaced(
    state: &Customer,
    email_hash: &str,
    role: &RoleName,
    expires_at: Instant,
    at: Instant,
) -> Decision<Vec<CustomerEvent>> {
    exists(state, role)?;
    if expires_at <= at {
        return Err(CustomerRefusal::InvitationExpired);
    }
    if state.members.values().any(|member| member.email_hash.as_deref() == Some(email_hash)) {
        return Err(CustomerRefusal::AlreadyMember);
    }
    has_room(state)?;
    let open = state.invitations.iter().filter(|(_, known)| known.is_open(at));
    let (same, others): (Vec<_>, Vec<_>) = open.partition(|(_, known)| known.email_hash == email_hash);
    if others.len() >= OPEN_INVITATIONS_MAX {
        return Err(CustomerRefusal::InvitationsExhausted { limit: OPEN_INVITATIONS_MAX });
    }
    Ok(same.into_iter().map(|(id, _)| CustomerEvent::InvitationRevoked { invitation: *id, at }).collect())
}

fn revoke_invitation(
    state: &Customer,
    invitation: InvitationId,
    at: Instant,
) -> Decision<Vec<CustomerEvent>> {
    let known = state.invitations.get(&invitation).ok_or(CustomerRefusal::InvitationNotFound)?;
    match known.fate {
        InvitationFate::Revoked => Ok(Vec::new()),
        InvitationFate::Accepted(_) => Err(CustomerRefusal::InvitationEnded),
        InvitationFate::Open => Ok(vec![CustomerEvent::InvitationRevoked { invitation, at }]),
    }
}

fn accept(
    state: &Customer,
    invitation: InvitationId,
    joining: Joining,
    at: Instant,
) -> Decision<Vec<CustomerEvent>> {
    let known = state.invitations.get(&invitation).ok_or(CustomerRefusal::InvitationNotFound)?;
    match known.fate {
        InvitationFate::Accepted(user) if user == joining.user => return Ok(Vec::new()),
        InvitationFate::Accepted(_) | InvitationFate::Revoked => {
            return Err(CustomerRefusal::InvitationEnded);
        }
        InvitationFate::Open => {}
    }
    if joining.email_hash.as_ref() != Some(&known.email_hash) {
        return Err(CustomerRefusal::InvitationForAnother);
    }
    if !known.is_open(at) {
        return Err(CustomerRefusal::InvitationExpired);
    }
    if state.members.contains_key(&joining.user) {
        return Err(CustomerRefusal::AlreadyMember);
    }
    if !state.lets_in(known.inviter, known.key, at) {
        return Err(CustomerRefusal::InvitationVoid);
    }
    exists(state, &known.role)?;
    has_room(state)?;
    Ok(vec![joined(joining, known.role.clone(), Some(invitation), at)])
}

fn member(state: &Customer, user: UserId) -> Decision<&Member> {
    state.members.get(&user).ok_or(CustomerRefusal::MemberNotFound)
}

/// Whether an owner who is not suspended is left without this user.
fn keeps_an_owner(state: &Customer, without: UserId) -> Decision<()> {
    let mut others = state.members.iter().filter(|(user, _)| **user != without);
    let is_kept = others.any(|(_, member)| member.role.is_owner() && !member.suspended);
    if is_kept { Ok(()) } else { Err(CustomerRefusal::LastOwner) }
}

/// Those of the members' keys that may do more than they may from now on.
fn beyond(state: &Customer, who: impl Fn(UserId) -> bool, may: &RoleScopes) -> Vec<ApiKeyId> {
    let mut keys = Vec::new();
    for (key, known) in &state.api_keys {
        let maker = known.grant.as_ref().and_then(|grant| grant.maker);
        if !known.revoked && maker.is_some_and(&who) && known.exceeds(may) {
            keys.push(*key);
        }
    }
    keys
}

fn change_role(
    state: &Customer,
    user: UserId,
    role: RoleName,
    built_in: BTreeSet<String>,
    at: Instant,
) -> Decision<Vec<CustomerEvent>> {
    let known = member(state, user)?;
    exists(state, &role)?;
    if known.role == role {
        return Ok(Vec::new());
    }
    if known.role.is_owner() && !known.suspended {
        keeps_an_owner(state, user)?;
    }
    let may = match state.roles.get(&role) {
        _ if role.is_owner() => None,
        Some(scopes) => Some(scopes.clone()),
        None => Some(built_in),
    };
    let mut events = vec![CustomerEvent::MemberRoleChanged { user, role, at }];
    events.extend(revoked(state, &beyond(state, |maker| maker == user, &may), None, at));
    Ok(events)
}

fn keys_of(state: &Customer, user: UserId, held: bool) -> Vec<ApiKeyId> {
    let keys = state.api_keys.iter();
    let keys = keys.filter(|(_, known)| known.is_made_by(user) && !known.revoked && known.held == held);
    keys.map(|(key, _)| *key).collect()
}

fn suspend(state: &Customer, user: UserId, at: Instant) -> Decision<Vec<CustomerEvent>> {
    let known = member(state, user)?;
    if known.suspended {
        return Ok(Vec::new());
    }
    if known.role.is_owner() {
        keeps_an_owner(state, user)?;
    }
    Ok(vec![CustomerEvent::MemberSuspended { user, held: keys_of(state, user, false), at }])
}

fn reinstate(state: &Customer, user: UserId, at: Instant) -> Decision<Vec<CustomerEvent>> {
    if !member(state, user)?.suspended {
        return Ok(Vec::new());
    }
    Ok(vec![CustomerEvent::MemberReinstated { user, released: keys_of(state, user, true), at }])
}

fn remove(state: &Customer, user: UserId, at: Instant) -> Decision<Vec<CustomerEvent>> {
    let known = member(state, user)?;
    if known.role.is_owner() && !known.suspended {
        keeps_an_owner(state, user)?;
    }
    let nothing = Some(BTreeSet::new());
    let mut events = vec![CustomerEvent::MemberRemoved { user, at }];
    events.extend(revoked(state, &beyond(state, |maker| maker == user, &nothing), Some(user), at));
    Ok(events)
}

fn define_role(
    state: &Customer,
    role: &RoleName,
    scopes: BTreeSet<String>,
    at: Instant,
) -> Decision<Vec<CustomerEvent>> {
    if role.is_built_in() {
        return Err(CustomerRefusal::RoleBuiltIn);
    }
    are_scopes(&scopes)?;
    match state.roles.get(role) {
        Some(known) if *known == scopes => return Ok(Vec::new()),
        None if state.roles.len() >= ROLES_MAX => {
            return Err(CustomerRefusal::RolesExhausted { limit: ROLES_MAX });
        }
        _ => {}
    }
    let is_in_it = |user: UserId| state.members.get(&user).is_some_and(|member| member.role == *role);
    let ended = revoked(state, &beyond(state, is_in_it, &Some(scopes.clone())), None, at);
    let mut events = vec![CustomerEvent::RoleDefined { role: role.clone(), scopes, at }];
    events.extend(ended);
    Ok(events)
}

fn remove_role(state: &Customer, role: &RoleName, at: Instant) -> Decision<Vec<CustomerEvent>> {
    if role.is_built_in() {
        return Err(CustomerRefusal::RoleBuiltIn);
    }
    if !state.roles.contains_key(role) {
        return Err(CustomerRefusal::RoleNotFound);
    }
    let has = state.members.values().any(|member| member.role == *role);
    let will_have = state.invitations.values().any(|known| known.is_open(at) && known.role == *role);
    if has || will_have {
        return Err(CustomerRefusal::RoleInUse);
    }
    Ok(vec![CustomerEvent::RoleRemoved { role: role.clone(), at }])
}
