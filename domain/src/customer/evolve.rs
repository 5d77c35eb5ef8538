//! How a customer changes with its events.

use super::{ApiKey, Customer, CustomerEvent};

pub(super) fn evolve(state: &mut Customer, event: &CustomerEvent) {
    match event {
        CustomerEvent::CustomerRegistered { customer, payers, .. } => {
            state.customer = Some(*customer);
            state.payers.clone_from(payers);
        }
        CustomerEvent::ApiKeyIssued { key, hash, name, expires_at, .. } => {
            let (hash, name) = (hash.clone(), name.clone());
            state.api_keys.insert(*key, ApiKey { hash, name, expires_at: *expires_at, revoked: false });
        }
        CustomerEvent::ApiKeyChanged { key, name, expires_at, .. } => {
            if let Some(known) = state.api_keys.get_mut(key) {
                known.name.clone_from(name);
                known.expires_at = *expires_at;
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
    }
}
