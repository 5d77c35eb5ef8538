//! What a customer says to a command.

use super::{Customer, CustomerCommand, CustomerEvent, CustomerRefusal, PayerAccount};
use crate::id::{ApiKeyId, CustomerId, Instant};

/// How many API keys of one customer may work at the same time.
pub const MAX_WORKING_API_KEYS_COUNT: usize = 1_000;

crate::limits! {
    /// How many roots of trust chains one customer may trust beside its own.
    pub TRUSTED_ROOTS_MAX: usize = 100, "roots";
    /// Longest of them.
    TRUSTED_ROOT_BYTES_MAX: usize = 4_096, "bytes";
}

type Decision<T> = Result<T, CustomerRefusal>;

pub(super) fn decide(state: &Customer, command: CustomerCommand) -> Decision<Vec<CustomerEvent>> {
    match command {
        CustomerCommand::Register { customer, name, email, payers, at } => {
            let new = is_new_registration(state, customer, &payers)?;
            Ok(new
                .then_some(CustomerEvent::CustomerRegistered { customer, name, email, payers, at })
                .into_iter()
                .collect())
        }
        CustomerCommand::IssueApiKey { key, hash, last_four, name, expires_at, at } => {
            let customer = state.customer.ok_or(CustomerRefusal::NotFound)?;
            let new = is_new_api_key(state, key, &hash, expires_at, at)?;
            let event = CustomerEvent::ApiKeyIssued { key, customer, hash, last_four, name, expires_at, at };
            Ok(new.then_some(event).into_iter().collect())
        }
        CustomerCommand::TrustRoots { roots, at } => trust_roots(state, roots, at),
        CustomerCommand::NoteReveal { reveal, what, at } => {
            state.customer.ok_or(CustomerRefusal::NotFound)?;
            let is_new = state.last_reveal != Some(reveal);
            let event = CustomerEvent::PersonalDataRevealed { reveal, what, at };
            Ok(is_new.then_some(event).into_iter().collect())
        }
        CustomerCommand::RevokeApiKey { key, at } => {
            let known = state.api_keys.get(&key).ok_or(CustomerRefusal::ApiKeyNotFound)?;
            Ok((!known.revoked).then_some(CustomerEvent::ApiKeyRevoked { key, at }).into_iter().collect())
        }
    }
}

/// Sealed texts differ each time they are sealed, so a repeat is told by the payers alone.
fn is_new_registration(state: &Customer, customer: CustomerId, payers: &[PayerAccount]) -> Decision<bool> {
    match state.customer {
        Some(known) if known == customer && state.payers == payers => return Ok(false),
        Some(_) => return Err(CustomerRefusal::AlreadyRegistered),
        None => {}
    }
    let mut networks: Vec<_> = payers.iter().map(|payer| payer.network).collect();
    networks.sort_unstable();
    networks.dedup();
    if networks.len() == payers.len() { Ok(true) } else { Err(CustomerRefusal::DuplicatePayer) }
}

fn is_new_api_key(
    state: &Customer,
    key: ApiKeyId,
    hash: &str,
    expires_at: Instant,
    at: Instant,
) -> Decision<bool> {
    match state.api_keys.get(&key) {
        Some(known) if known.hash == hash => return Ok(false),
        Some(_) => return Err(CustomerRefusal::ApiKeyAlreadyIssued),
        None => {}
    }
    if expires_at <= at {
        return Err(CustomerRefusal::ApiKeyAlreadyExpired);
    }
    let working = state.api_keys.values().filter(|known| !known.revoked && known.expires_at > at).count();
    if working >= MAX_WORKING_API_KEYS_COUNT {
        return Err(CustomerRefusal::ApiKeysExhausted { limit: MAX_WORKING_API_KEYS_COUNT });
    }
    Ok(true)
}

/// What the texts name is not known here; only that they can be kept.
fn trust_roots(state: &Customer, roots: Vec<String>, at: Instant) -> Decision<Vec<CustomerEvent>> {
    state.customer.ok_or(CustomerRefusal::NotFound)?;
    if roots.len() > TRUSTED_ROOTS_MAX {
        return Err(CustomerRefusal::TrustedRootsTooMany { limit: TRUSTED_ROOTS_MAX });
    }
    if roots
        .iter()
        .any(|root| !root.starts_with("did:") || root.len() > TRUSTED_ROOT_BYTES_MAX || root.contains('\0'))
    {
        return Err(CustomerRefusal::TrustedRootInvalid);
    }
    let is_new = state.trusted_roots != roots;
    Ok(is_new.then_some(CustomerEvent::TrustedRootsChanged { roots, at }).into_iter().collect())
}
