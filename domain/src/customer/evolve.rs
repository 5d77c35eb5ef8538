//! How a customer changes with its events.

use super::{ApiKey, Customer, CustomerEvent};

pub(super) fn evolve(state: &mut Customer, event: &CustomerEvent) {
    match event {
        CustomerEvent::CustomerRegistered { customer, payers, .. } => {
            state.customer = Some(*customer);
            state.payers.clone_from(payers);
        }
        CustomerEvent::ApiKeyIssued { key, hash, expires_at, .. } => {
            let issued = ApiKey { hash: hash.clone(), expires_at: *expires_at, revoked: false };
            state.api_keys.insert(*key, issued);
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
