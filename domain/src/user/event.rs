//! What can happen to a user.

use super::{Identity, SignInFailure, SignInMethod};
use crate::{
    customer::Revealed,
    id::{Instant, PasskeyId, RevealId, Sealed, SignInId, UserId},
};
use serde::{Deserialize, Serialize};

/// Events of [`super::User`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum UserEvent {
    /// A user exists.
    UserRegistered {
        /// The user.
        user: UserId,
        /// His e-mail address, sealed.
        email: Option<Sealed>,
        /// Keyed hash of the address, if it was verified.
        email_hash: Option<String>,
        /// His name, sealed.
        name: Option<Sealed>,
        /// When.
        at: Instant,
    },
    /// An e-mail address was verified of a user who had none that was.
    EmailVerified {
        /// The address, sealed.
        email: Sealed,
        /// Keyed hash of it.
        email_hash: String,
        /// When.
        at: Instant,
    },
    /// A provider knows him from now on.
    IdentityLinked {
        /// By what.
        identity: Identity,
        /// When.
        at: Instant,
    },
    /// His password was set.
    PasswordChanged {
        /// When.
        at: Instant,
    },
    /// He has another passkey.
    PasskeyAdded {
        /// The passkey.
        passkey: PasskeyId,
        /// What he calls it, sealed.
        name: Sealed,
        /// When.
        at: Instant,
    },
    /// He calls a passkey otherwise.
    PasskeyRenamed {
        /// The passkey.
        passkey: PasskeyId,
        /// What he calls it from then on, sealed.
        name: Sealed,
        /// When.
        at: Instant,
    },
    /// A passkey of his opens nothing any more.
    PasskeyRemoved {
        /// The passkey.
        passkey: PasskeyId,
        /// When.
        at: Instant,
    },
    /// He is let in nowhere any more.
    UserSuspended {
        /// When.
        at: Instant,
    },
    /// He is let in again.
    UserReinstated {
        /// When.
        at: Instant,
    },
    /// He signed in.
    SignedIn {
        /// This time.
        sign_in: SignInId,
        /// From which address, sealed.
        address: Sealed,
        /// How.
        method: SignInMethod,
        /// When.
        at: Instant,
    },
    /// Somebody tried to sign in as him and could not.
    SignInFailed {
        /// This time.
        sign_in: SignInId,
        /// From which address, sealed.
        address: Sealed,
        /// Why not.
        reason: SignInFailure,
        /// When.
        at: Instant,
    },
    /// What is sealed of him was shown to the operator.
    UserDataRevealed {
        /// This time.
        reveal: RevealId,
        /// Which part of his history.
        what: Revealed,
        /// When.
        at: Instant,
    },
}

crate::event_kinds!(UserEvent {
    UserRegistered,
    EmailVerified,
    IdentityLinked,
    PasswordChanged,
    PasskeyAdded,
    PasskeyRenamed,
    PasskeyRemoved,
    UserSuspended,
    UserReinstated,
    SignedIn,
    SignInFailed,
    UserDataRevealed,
});
