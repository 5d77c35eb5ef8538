//! Passkeys: another way to sign in than the password, by Web Authentication. What the browser and the authenticator say is
//! judged by [`crate::port::Authenticators`]; here is whose passkey it is, which challenge it answers, and what comes of it.

mod add;
mod keep;
mod party;
mod sign_in;

pub use add::{AddPasskey, NewPasskey, add_passkey, begin_adding_passkey, may_add_passkey};
pub use keep::{OwnPasskey, passkeys, remove_passkey, rename_passkey};
pub(super) use keep::{note_shut_out, shut_out};
pub use party::relying_party;
pub use sign_in::{AskForPasskey, PasskeyAnswer, begin_passkey_sign_in, sign_in_with_passkey};

use crate::{Call, Fault, Studio, port::vault::Hashed};
use chrono::TimeDelta;
use domain::id::{Instant, UserId};
use serde::{Deserialize, Serialize};

domain::limits! {
    /// How long a browser has to answer a challenge.
    pub PASSKEY_CHALLENGE_SECONDS: i64 = 300, "seconds";
    /// How long ago whoever adds a passkey may have signed in.
    PASSKEY_SIGNED_IN_SECONDS_MAX: i64 = 900, "seconds";
    /// Longest name of a passkey.
    pub PASSKEY_NAME_CHARS_MAX: usize = 64, "characters";
}

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Purpose {
    /// A passkey that this user adds.
    AddPasskey(UserId),
    /// Signing in as whoever has it.
    SignInWithPasskey,
}

/// A challenge that was sent to a browser. The door keeps it with that browser, in a sealed cookie that lives for minutes, so
/// that nobody else can answer it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    purpose: Purpose,
    /// 256 random bits, lower-case hex.
    random: String,
    until: Instant,
}

impl Challenge {
    fn new(studio: &Studio, call: &Call, purpose: Purpose) -> Self {
        let until = call.at + TimeDelta::seconds(PASSKEY_CHALLENGE_SECONDS);
        Self { purpose, random: studio.hashes.token(), until }
    }

    /// What is signed.
    fn bytes(&self) -> Result<Vec<u8>, Fault> {
        hex::decode(&self.random).map_err(Fault::bug)
    }

    /// The challenge that a browser kept, if it is for this and its time is not over. Fault `auth/challenge-unknown`.
    fn kept(kept: Option<Self>, call: &Call, purpose: Purpose) -> Result<Self, Fault> {
        kept.filter(|kept| kept.purpose == purpose && call.at < kept.until).ok_or_else(|| {
            let sentence = "This browser was not asked for a passkey, or too long ago. Begin again.";
            Fault::invalid("auth/challenge-unknown", sentence)
        })
    }

    /// Whether it is this answer that counts: a challenge is answered once, in whichever process.
    async fn use_up(&self, studio: &Studio) -> Result<bool, Fault> {
        let hash = studio.hashes.keyed_hash(Hashed::Challenge, &self.random);
        studio.sign_in.passkeys.use_up(&hash, self.until).await
    }
}

#[cfg(test)]
mod tests;
