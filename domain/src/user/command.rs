//! What can be asked of a user.

use super::{Identity, SignInFailure, SignInMethod};
use crate::{
    customer::Revealed,
    id::{Instant, PasskeyId, RevealId, Sealed, SignInId, UserId},
};

/// Commands of [`super::User`].
#[derive(Debug, Clone)]
pub enum UserCommand {
    /// Makes a user, or gives one without a verified e-mail address the address that was verified meanwhile.
    Register {
        /// The user.
        user: UserId,
        /// His e-mail address, sealed (personal data).
        email: Option<Sealed>,
        /// Keyed hash of the address, if it was verified that it is his.
        email_hash: Option<String>,
        /// His name, sealed.
        name: Option<Sealed>,
        /// Now.
        at: Instant,
    },
    /// Notes that a provider knows him.
    LinkIdentity {
        /// By what.
        identity: Identity,
        /// Now.
        at: Instant,
    },
    /// Notes that his password was set. The password itself, and its hash, are nowhere in the log.
    NotePassword {
        /// Now.
        at: Instant,
    },
    /// Notes that a passkey of his exists. Its public key is kept elsewhere, and comes and goes with it.
    NotePasskey {
        /// The passkey.
        passkey: PasskeyId,
        /// What he calls it, sealed (personal data).
        name: Sealed,
        /// Now.
        at: Instant,
    },
    /// Notes that he calls a passkey otherwise.
    RenamePasskey {
        /// The passkey.
        passkey: PasskeyId,
        /// What he calls it from now on, sealed (personal data).
        name: Sealed,
        /// Now.
        at: Instant,
    },
    /// Notes that a passkey opens nothing any more.
    RemovePasskey {
        /// The passkey.
        passkey: PasskeyId,
        /// Now.
        at: Instant,
    },
    /// Lets him in nowhere any more.
    Suspend {
        /// Now.
        at: Instant,
    },
    /// Ends that.
    Reinstate {
        /// Now.
        at: Instant,
    },
    /// Notes that he signed in.
    NoteSignIn {
        /// This time.
        sign_in: SignInId,
        /// From which address, sealed (personal data).
        address: Sealed,
        /// How.
        method: SignInMethod,
        /// Now.
        at: Instant,
    },
    /// Notes that what is sealed of him is shown to the operator.
    NoteReveal {
        /// This time.
        reveal: RevealId,
        /// Which part of his history.
        what: Revealed,
        /// Now.
        at: Instant,
    },
    /// Notes that somebody tried to sign in as him and could not.
    NoteFailure {
        /// This time.
        sign_in: SignInId,
        /// From which address, sealed (personal data).
        address: Sealed,
        /// Why not.
        reason: SignInFailure,
        /// Now.
        at: Instant,
    },
}
