//! How a user changes with its events.

use super::{User, UserEvent};

pub(super) fn evolve(state: &mut User, event: &UserEvent) {
    match event {
        UserEvent::UserRegistered { user, email_hash, .. } => {
            state.user = Some(*user);
            state.email_hash.clone_from(email_hash);
        }
        UserEvent::EmailVerified { email_hash, .. } => state.email_hash = Some(email_hash.clone()),
        UserEvent::IdentityLinked { identity, .. } => {
            state.identities.insert(identity.clone());
        }
        UserEvent::PasswordChanged { at } => state.password_changed_at = Some(*at),
        UserEvent::PasskeyAdded { passkey, name, .. } | UserEvent::PasskeyRenamed { passkey, name, .. } => {
            state.passkeys.insert(*passkey, name.clone());
        }
        UserEvent::PasskeyRemoved { passkey, .. } => {
            state.passkeys.remove(passkey);
        }
        UserEvent::UserSuspended { .. } => state.suspended = true,
        UserEvent::UserReinstated { .. } => state.suspended = false,
        UserEvent::SignedIn { sign_in, .. } | UserEvent::SignInFailed { sign_in, .. } => {
            state.last_sign_in = Some(*sign_in);
        }
        UserEvent::UserDataRevealed { reveal, .. } => state.last_reveal = Some(*reveal),
    }
}
