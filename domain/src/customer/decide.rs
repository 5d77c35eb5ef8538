//! What a customer says to a command.

mod people;

pub(crate) use people::PEOPLE_LIMITS;
pub use people::{MEMBERS_MAX, OPEN_INVITATIONS_MAX, ROLES_MAX};

use super::{
    ApiKey, ApiKeyGrant, Customer, CustomerCommand, CustomerEvent, CustomerRefusal, Invitation, PayerAccount,
    RoleName, Seen,
};
use crate::id::{ApiKeyId, CustomerId, Instant, UserId};
use std::collections::BTreeSet;

crate::limits! {
    /// Longest name of an API key.
    pub API_KEY_NAME_CHARS_MAX: usize = 200, "characters";
    /// How many API keys of one customer may work at the same time.
    pub MAX_WORKING_API_KEYS_COUNT: usize = 1_000, "keys";
    /// How many scopes an API key or a role may have.
    pub SCOPES_MAX: usize = 500, "scopes";
    /// From how many ranges of addresses an API key may be used.
    pub API_KEY_ADDRESSES_MAX: usize = 50, "ranges";
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
        CustomerCommand::IssueApiKey { key, hash, last_four, name, expires_at, grant, at } => {
            let customer = state.customer.ok_or(CustomerRefusal::NotFound)?;
            let name = key_name(name)?;
            bounded(grant.as_ref())?;
            let new = is_new_api_key(state, key, &hash, expires_at, at)?;
            if new {
                can_make_keys(state, grant.as_ref().and_then(|grant| grant.maker))?;
            }
            let event =
                CustomerEvent::ApiKeyIssued { key, customer, hash, last_four, name, expires_at, grant, at };
            Ok(new.then_some(event).into_iter().collect())
        }
        CustomerCommand::ChangeApiKey { key, name, expires_at, at } => {
            change_api_key(state, key, name, expires_at, at)
        }
        CustomerCommand::RotateApiKey { old, key, hash, last_four, expires_at, old_ends_at, maker, at } => {
            rotate_api_key(state, (old, old_ends_at, maker), (key, hash, last_four, expires_at), at)
        }
        CustomerCommand::NoteApiKeyEnd { key, at } => {
            let known = state.api_keys.get(&key).ok_or(CustomerRefusal::ApiKeyNotFound)?;
            let is_due = known.works(at) && known.reminder_at.is_some_and(|reminder| reminder <= at);
            let event = CustomerEvent::ApiKeyEndsSoon { key, expires_at: known.expires_at, at };
            Ok(is_due.then_some(event).into_iter().collect())
        }
        CustomerCommand::TrustRoots { roots, at } => trust_roots(state, roots, at),
        CustomerCommand::NoteReveal { reveal, what, at } => {
            state.customer.ok_or(CustomerRefusal::NotFound)?;
            let is_new = state.last_reveal != Some(reveal);
            let event = CustomerEvent::PersonalDataRevealed { reveal, what, at };
            Ok(is_new.then_some(event).into_iter().collect())
        }
        CustomerCommand::NoteErasure { subject, keys, at } => {
            state.customer.ok_or(CustomerRefusal::NotFound)?;
            // A repeat deletes nothing, and is no second erasure.
            let is_new = state.erased.get(&subject).is_none_or(|noted| *noted < keys);
            Ok(is_new.then_some(CustomerEvent::SubjectErased { subject, keys, at }).into_iter().collect())
        }
        CustomerCommand::RevokeApiKey { key, at } => {
            let known = state.api_keys.get(&key).ok_or(CustomerRefusal::ApiKeyNotFound)?;
            Ok(if known.revoked { Vec::new() } else { revoked(state, &[key], None, at) })
        }
        CustomerCommand::Judged { seen, command } => {
            let events = decide(state, *command)?;
            if events.is_empty() || is_as_seen(state, &seen) {
                Ok(events)
            } else {
                Err(CustomerRefusal::RoleChanged)
            }
        }
        of_people => people::decide(state, of_people),
    }
}

/// Whether whoever was judged by this would be judged the same.
fn is_as_seen(state: &Customer, seen: &Seen) -> bool {
    let has_role = |(user, role): &(UserId, RoleName)| {
        state.members.get(user).is_some_and(|member| member.role == *role)
    };
    let may_the_same =
        |(role, own): (&RoleName, &Option<BTreeSet<String>>)| state.roles.get(role) == own.as_ref();
    seen.member.as_ref().is_none_or(has_role) && seen.roles.iter().all(may_the_same)
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
    if state.api_keys.get(&key).is_some_and(|known| known.hash == hash) {
        return Ok(false);
    }
    is_unused_api_key(state, key, expires_at, at)?;
    has_room(state, at, 0)?;
    Ok(true)
}

fn is_unused_api_key(state: &Customer, key: ApiKeyId, expires_at: Instant, at: Instant) -> Decision<()> {
    if state.api_keys.contains_key(&key) {
        return Err(CustomerRefusal::ApiKeyAlreadyIssued);
    }
    if expires_at <= at { Err(CustomerRefusal::ApiKeyAlreadyExpired) } else { Ok(()) }
}

/// Whether one more may work, when so many end with it.
fn has_room(state: &Customer, at: Instant, ending: usize) -> Decision<()> {
    let working = state.api_keys.values().filter(|known| known.works(at)).count();
    if working.saturating_sub(ending) >= MAX_WORKING_API_KEYS_COUNT {
        return Err(CustomerRefusal::ApiKeysExhausted { limit: MAX_WORKING_API_KEYS_COUNT });
    }
    Ok(())
}

/// What is looked through for every request is small.
fn bounded(grant: Option<&ApiKeyGrant>) -> Decision<()> {
    let Some(grant) = grant else { return Ok(()) };
    if let Some(scopes) = &grant.scopes {
        are_scopes(scopes)?;
    }
    if grant.networks.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(CustomerRefusal::NetworksMissing);
    }
    if grant.addresses.len() > API_KEY_ADDRESSES_MAX {
        return Err(CustomerRefusal::AddressesTooMany { limit: API_KEY_ADDRESSES_MAX });
    }
    Ok(())
}

/// Somebody who was suspended or removed while he asked for a key must not leave one behind.
fn can_make_keys(state: &Customer, maker: Option<UserId>) -> Decision<()> {
    let Some(maker) = maker else { return Ok(()) };
    let works = state.members.get(&maker).is_some_and(|member| !member.suspended);
    if works { Ok(()) } else { Err(CustomerRefusal::MemberNotFound) }
}

fn are_scopes(scopes: &BTreeSet<String>) -> Decision<()> {
    if scopes.is_empty() || scopes.len() > SCOPES_MAX {
        return Err(CustomerRefusal::ScopesInvalid { limit: SCOPES_MAX });
    }
    Ok(())
}

/// The name without white space around it.
fn key_name(name: String) -> Decision<String> {
    let trimmed = name.trim();
    if trimmed.is_empty()
        || trimmed.chars().count() > API_KEY_NAME_CHARS_MAX
        || trimmed.chars().any(char::is_control)
    {
        return Err(CustomerRefusal::ApiKeyNameInvalid { limit: API_KEY_NAME_CHARS_MAX });
    }
    Ok(if trimmed.len() == name.len() { name } else { trimmed.to_owned() })
}

/// A key of the customer that was not revoked, nor is held with its maker.
fn not_revoked(state: &Customer, key: ApiKeyId) -> Decision<&ApiKey> {
    match state.api_keys.get(&key) {
        None => Err(CustomerRefusal::ApiKeyNotFound),
        Some(known) if known.revoked => Err(CustomerRefusal::ApiKeyRevoked),
        Some(known) if known.held => Err(CustomerRefusal::ApiKeyHeld),
        Some(known) => Ok(known),
    }
}

/// A key that works no more stays so: whoever found it in the meantime must not be let in again.
fn change_api_key(
    state: &Customer,
    key: ApiKeyId,
    name: Option<String>,
    expires_at: Option<Instant>,
    at: Instant,
) -> Decision<Vec<CustomerEvent>> {
    let known = not_revoked(state, key)?;
    if !known.works(at) {
        return Err(CustomerRefusal::ApiKeyExpired);
    }
    let name = name.map(key_name).transpose()?.unwrap_or_else(|| known.name.clone());
    let expires_at = expires_at.unwrap_or(known.expires_at);
    if expires_at == known.expires_at && name == known.name {
        return Ok(Vec::new());
    }
    if expires_at <= at {
        return Err(CustomerRefusal::ApiKeyAlreadyExpired);
    }
    Ok(vec![CustomerEvent::ApiKeyChanged { key, name, expires_at, at }])
}

/// The new key and the end of the old one are one decision: no key is lost, and none lives on by an accident in between. It
/// may do what the old one may, and is of whoever was shown its secret.
fn rotate_api_key(
    state: &Customer,
    (old, old_ends_at, maker): (ApiKeyId, Instant, Option<UserId>),
    (key, hash, last_four, expires_at): (ApiKeyId, String, String, Instant),
    at: Instant,
) -> Decision<Vec<CustomerEvent>> {
    let customer = state.customer.ok_or(CustomerRefusal::NotFound)?;
    if state.api_keys.get(&key).is_some_and(|known| known.hash == hash) {
        return Ok(Vec::new());
    }
    let known = not_revoked(state, old)?;
    let name = known.name.clone();
    can_make_keys(state, maker)?;
    let mut grant = known.grant.clone();
    if maker.is_some() {
        grant.get_or_insert_default().maker = maker;
    }
    // A key that ends with this makes room for its successor.
    let makes_room = known.works(at) && old_ends_at <= at;
    has_room(state, at, usize::from(makes_room))?;
    is_unused_api_key(state, key, expires_at, at)?;
    let mut events = vec![CustomerEvent::ApiKeyIssued {
        key,
        customer,
        hash,
        last_four,
        name: name.clone(),
        expires_at,
        grant,
        at,
    }];
    if old_ends_at <= at {
        events.extend(revoked(state, &[old], None, at));
    } else if old_ends_at < known.expires_at {
        events.push(CustomerEvent::ApiKeyChanged { key: old, name, expires_at: old_ends_at, at });
    }
    Ok(events)
}

/// The end of these keys, for good, and of the open invitations that were written with one of them, or by this member.
fn revoked(state: &Customer, keys: &[ApiKeyId], inviter: Option<UserId>, at: Instant) -> Vec<CustomerEvent> {
    let is_of = |known: &Invitation| {
        known.key.is_some_and(|key| keys.contains(&key)) || (inviter.is_some() && known.inviter == inviter)
    };
    let written = state.invitations.iter().filter(|(_, known)| known.is_open(at) && is_of(known));
    let written = written.map(|(id, _)| CustomerEvent::InvitationRevoked { invitation: *id, at });
    keys.iter().map(|key| CustomerEvent::ApiKeyRevoked { key: *key, at }).chain(written).collect()
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
