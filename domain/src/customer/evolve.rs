//! How a customer changes with its events.

use super::{ApiKey, Customer, CustomerEvent, Invitation, InvitationFate, Member};
use crate::id::ApiKeyId;

pub(super) fn evolve(state: &mut Customer, event: &CustomerEvent) {
    match event {
        CustomerEvent::CustomerRegistered { customer, payers, .. } => {
            state.customer = Some(*customer);
            state.payers.clone_from(payers);
        }
        CustomerEvent::ApiKeyIssued { key, hash, name, expires_at, grant, at, .. } => {
            let (hash, name, grant) = (hash.clone(), name.clone(), grant.clone());
            let (expires_at, reminder_at) = (*expires_at, ApiKey::reminder(*at, *expires_at));
            let api_key = ApiKey { hash, name, expires_at, revoked: false, grant, held: false, reminder_at };
            state.api_keys.insert(*key, api_key);
        }
        CustomerEvent::ApiKeyChanged { key, name, expires_at, at } => {
            if let Some(known) = state.api_keys.get_mut(key) {
                known.name.clone_from(name);
                if known.expires_at != *expires_at {
                    known.expires_at = *expires_at;
                    known.reminder_at = ApiKey::reminder(*at, *expires_at);
                }
            }
        }
        CustomerEvent::ApiKeyEndsSoon { key, .. } => {
            if let Some(known) = state.api_keys.get_mut(key) {
                known.reminder_at = None;
            }
        }
        CustomerEvent::SubjectErased { subject, keys, .. } => {
            state.erased.insert(subject.clone(), *keys);
        }
        CustomerEvent::TrustedRootsChanged { roots, .. } => state.trusted_roots.clone_from(roots),
        CustomerEvent::PersonalDataRevealed { reveal, .. } => state.last_reveal = Some(*reveal),
        CustomerEvent::ApiKeyRevoked { key, .. } => {
            if let Some(known) = state.api_keys.get_mut(key) {
                known.revoked = true;
            }
        }
        CustomerEvent::OrganisationChanged { name, email, description, .. } => {
            let known = &mut state.organisation;
            for (known, new) in
                [(&mut known.name, name), (&mut known.email, email), (&mut known.description, description)]
            {
                if new.is_some() {
                    known.clone_from(new);
                }
            }
        }
        _ => of_people(state, event),
    }
}

fn of_people(state: &mut Customer, event: &CustomerEvent) {
    match event {
        CustomerEvent::MemberInvited { invitation, email_hash, role, expires_at, inviter, key, .. } => {
            let (email_hash, role, fate) = (email_hash.clone(), role.clone(), InvitationFate::Open);
            let (expires_at, inviter, key) = (*expires_at, *inviter, *key);
            let new = Invitation { email_hash, role, expires_at, inviter, key, fate };
            state.invitations.insert(*invitation, new);
        }
        CustomerEvent::InvitationRevoked { invitation, .. } => {
            if let Some(known) = state.invitations.get_mut(invitation) {
                known.fate = InvitationFate::Revoked;
            }
        }
        CustomerEvent::MemberJoined { user, role, email_hash, invitation, .. } => {
            let (role, email_hash) = (role.clone(), email_hash.clone());
            state.members.insert(*user, Member { role, email_hash, suspended: false });
            state.is_founded = true;
            if let Some(known) = invitation.and_then(|invitation| state.invitations.get_mut(&invitation)) {
                known.fate = InvitationFate::Accepted(*user);
            }
        }
        CustomerEvent::MemberRoleChanged { user, role, .. } => {
            if let Some(member) = state.members.get_mut(user) {
                member.role.clone_from(role);
            }
        }
        CustomerEvent::MemberSuspended { user, held, .. } => {
            if let Some(member) = state.members.get_mut(user) {
                member.suspended = true;
            }
            hold(state, held, true);
        }
        CustomerEvent::MemberReinstated { user, released, .. } => {
            if let Some(member) = state.members.get_mut(user) {
                member.suspended = false;
            }
            hold(state, released, false);
        }
        CustomerEvent::MemberRemoved { user, .. } => {
            state.members.remove(user);
        }
        CustomerEvent::RoleDefined { role, scopes, .. } => {
            state.roles.insert(role.clone(), scopes.clone());
        }
        CustomerEvent::RoleRemoved { role, .. } => {
            state.roles.remove(role);
        }
        // Told above.
        CustomerEvent::CustomerRegistered { .. }
        | CustomerEvent::ApiKeyIssued { .. }
        | CustomerEvent::ApiKeyChanged { .. }
        | CustomerEvent::ApiKeyRevoked { .. }
        | CustomerEvent::ApiKeyEndsSoon { .. }
        | CustomerEvent::TrustedRootsChanged { .. }
        | CustomerEvent::PersonalDataRevealed { .. }
        | CustomerEvent::SubjectErased { .. }
        | CustomerEvent::OrganisationChanged { .. } => {}
    }
}

fn hold(state: &mut Customer, keys: &[ApiKeyId], held: bool) {
    for key in keys {
        if let Some(known) = state.api_keys.get_mut(key) {
            known.held = held;
        }
    }
}
