//! What a user says to a command.

use super::{Identity, User, UserCommand, UserEvent, UserRefusal};
use crate::id::{Instant, PasskeyId, Sealed, SignInId, UserId};

crate::limits! {
    /// By how many identities one user may be known.
    pub USER_IDENTITIES_MAX: usize = 20, "identities";
}

type Decision<T> = Result<T, UserRefusal>;

pub(super) fn decide(state: &User, command: UserCommand) -> Decision<Vec<UserEvent>> {
    if let UserCommand::Register { user, email, email_hash, name, at } = command {
        return register(state, user, (email, email_hash), name, at);
    }
    state.user.ok_or(UserRefusal::NotFound)?;
    let event = match command {
        UserCommand::Register { .. } => None,
        UserCommand::LinkIdentity { identity, at } => linked(state, identity, at)?,
        UserCommand::NotePassword { at } => {
            (state.password_changed_at != Some(at)).then_some(UserEvent::PasswordChanged { at })
        }
        UserCommand::NotePasskey { passkey, name, at } => {
            (!has(state, passkey)).then_some(UserEvent::PasskeyAdded { passkey, name, at })
        }
        UserCommand::RenamePasskey { passkey, name, at } => {
            let is_another = state.passkeys.get(&passkey).is_some_and(|known| *known != name);
            is_another.then_some(UserEvent::PasskeyRenamed { passkey, name, at })
        }
        UserCommand::RemovePasskey { passkey, at } => {
            has(state, passkey).then_some(UserEvent::PasskeyRemoved { passkey, at })
        }
        UserCommand::Suspend { at } => (!state.suspended).then_some(UserEvent::UserSuspended { at }),
        UserCommand::Reinstate { at } => state.suspended.then_some(UserEvent::UserReinstated { at }),
        UserCommand::NoteSignIn { sign_in, address, method, at } => {
            is_new(state, sign_in).then_some(UserEvent::SignedIn { sign_in, address, method, at })
        }
        UserCommand::NoteFailure { sign_in, address, reason, at } => {
            is_new(state, sign_in).then_some(UserEvent::SignInFailed { sign_in, address, reason, at })
        }
        UserCommand::NoteReveal { reveal, what, at } => {
            let is_new = state.last_reveal != Some(reveal);
            is_new.then_some(UserEvent::UserDataRevealed { reveal, what, at })
        }
    };
    Ok(event.into_iter().collect())
}

fn has(state: &User, passkey: PasskeyId) -> bool {
    state.passkeys.contains_key(&passkey)
}

fn is_new(state: &User, sign_in: SignInId) -> bool {
    state.last_sign_in != Some(sign_in)
}

/// Sealed texts differ each time they are sealed, so a repeat is told by the user alone. An address that was verified once
/// stays: what a provider says later does not make him somebody else.
fn register(
    state: &User,
    user: UserId,
    (email, email_hash): (Option<Sealed>, Option<String>),
    name: Option<Sealed>,
    at: Instant,
) -> Decision<Vec<UserEvent>> {
    match state.user {
        None => Ok(vec![UserEvent::UserRegistered { user, email, email_hash, name, at }]),
        Some(known) if known != user => Err(UserRefusal::AlreadyRegistered),
        Some(_) => Ok(match (&state.email_hash, email, email_hash) {
            (None, Some(email), Some(email_hash)) => vec![UserEvent::EmailVerified { email, email_hash, at }],
            _ => Vec::new(),
        }),
    }
}

fn linked(state: &User, identity: Identity, at: Instant) -> Decision<Option<UserEvent>> {
    if state.identities.contains(&identity) {
        return Ok(None);
    }
    if state.identities.len() >= USER_IDENTITIES_MAX {
        return Err(UserRefusal::IdentitiesExhausted { limit: USER_IDENTITIES_MAX });
    }
    Ok(Some(UserEvent::IdentityLinked { identity, at }))
}
