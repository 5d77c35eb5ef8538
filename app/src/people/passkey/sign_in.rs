//! Signing in with a passkey: without an e-mail address, so that nothing is told of who has an account.

use super::{Challenge, Purpose, add::note_passkey, relying_party};
use crate::{
    Call, Fault, FaultKind, Studio,
    people::{
        Arrival, Opened,
        attempt::Attempt,
        enter::{Brought, enter},
        set_up::known_visitor,
        sign_in::{at_home, built_in_only, noted_aside},
    },
    port::{
        authenticators::{Assertion, Expected, RelyingParty},
        passkeys::{Passkey, Use},
    },
};
use domain::user::{SignInFailure, SignInMethod};

/// What a browser is asked that is to sign in with a passkey.
#[derive(Debug, Clone)]
pub struct AskForPasskey {
    /// For whom.
    pub party: RelyingParty,
    /// The random bytes to be signed.
    pub challenge: Vec<u8>,
}

/// A passkey that a browser says was used.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyAnswer<'a> {
    /// The authenticator's name for it.
    pub credential: &'a [u8],
    /// Whose it is, as the authenticator keeps it.
    pub user_handle: &'a [u8],
    /// What the browser and the authenticator say.
    pub assertion: Assertion<'a>,
}

/// Begins to sign in with a passkey: what the browser is asked, and what it keeps until it answers. Nothing is kept here, however
/// often somebody begins. Faults: `auth/provider-only`, `auth/passkeys-unavailable`.
pub fn begin_passkey_sign_in(
    studio: &Studio,
    call: &Call,
    reached_by: &str,
) -> Result<(Challenge, AskForPasskey), Fault> {
    built_in_only(studio)?;
    let party = relying_party(studio, reached_by)?;
    let challenge = Challenge::new(studio, call, Purpose::SignInWithPasskey);
    let asked = AskForPasskey { party, challenge: challenge.bytes()? };
    Ok((challenge, asked))
}

/// Signs in whoever has this passkey. Whatever is wrong with it gets one answer; the log has the reason, and so has the history
/// of its user. Faults: `auth/wrong-passkey`, `auth/challenge-unknown`, `auth/too-many-attempts`, `auth/provider-only`,
/// `auth/passkeys-unavailable`, `auth/suspended`, `auth/no-account`.
pub async fn sign_in_with_passkey(
    studio: &Studio,
    call: &Call,
    kept: Option<Challenge>,
    answer: PasskeyAnswer<'_>,
    reached_by: &str,
    arrival: &Arrival,
) -> Result<Opened, Fault> {
    built_in_only(studio)?;
    let party = relying_party(studio, reached_by)?;
    let challenge = Challenge::kept(kept, call, Purpose::SignInWithPasskey)?;
    let account = format!("passkey {}", hex::encode(answer.credential));
    let attempt = Attempt::count(studio, call, &account, arrival).await?;
    let passkeys = &studio.sign_in.passkeys;
    let passkey = passkeys.find(answer.credential).await?.ok_or_else(|| wrong("no such passkey"))?;
    if let Err(Wrong { reason, why }) = proved(studio, call, &passkey, &challenge, answer, &party).await? {
        noted_aside(studio, call, Some(passkey.user), arrival, reason);
        return Err(wrong(why));
    }
    attempt.succeeded(studio).await?;
    // The history knows of it before it opens anything.
    note_passkey(studio, call, &passkey).await?;
    let visitor = known_visitor(studio, passkey.user).await?;
    let home = at_home(studio, call, &visitor, arrival).await?;
    let opened = enter(studio, call, home, arrival, SignInMethod::Passkey, Brought::default()).await?;
    // Whoever removed the passkey meanwhile must not find what it opened.
    if passkeys.find(answer.credential).await?.is_none_or(|present| present.id != passkey.id) {
        studio.sign_in.sessions.end(opened.session.user, opened.session.id).await?;
        return Err(wrong("removed meanwhile"));
    }
    Ok(opened)
}

/// Why a passkey does not open: what the history says, and what the log does.
struct Wrong {
    reason: SignInFailure,
    why: &'static str,
}

/// Whether the passkey's holder has answered the challenge, now and for the first time.
async fn proved(
    studio: &Studio,
    call: &Call,
    passkey: &Passkey,
    challenge: &Challenge,
    answer: PasskeyAnswer<'_>,
    party: &RelyingParty,
) -> Result<Result<(), Wrong>, Fault> {
    let wrong = |why| Ok(Err(Wrong { reason: SignInFailure::WrongPasskey, why }));
    if answer.user_handle != passkey.user.0.as_bytes() {
        return wrong("another user's handle");
    }
    let expected = Expected { party, challenge: &challenge.bytes()? };
    let authenticators = &studio.sign_in.authenticators;
    let presented = match authenticators.asserted(expected, &passkey.public_key, answer.assertion) {
        Ok(presented) => presented,
        Err(flaw) => return wrong(flaw.0),
    };
    if presented.backup.eligible != passkey.backup.eligible {
        return wrong("whether it can be copied has changed");
    }
    if !challenge.use_up(studio).await? {
        return wrong("its challenge was answered before");
    }
    let passkeys = &studio.sign_in.passkeys;
    let told = Use { counter: presented.counter, backed_up: presented.backup.backed_up, at: call.at };
    if passkeys.used(passkey.id, told).await? {
        return Ok(Ok(()));
    }
    if passkeys.find(&passkey.credential).await?.is_none() {
        return wrong("removed meanwhile");
    }
    tracing::warn!(user = %passkey.user, passkey = %passkey.id, "app.sign_in.passkey_counted_backwards");
    Ok(Err(Wrong { reason: SignInFailure::ClonedPasskey, why: "it counted backwards" }))
}

fn wrong(why: &str) -> Fault {
    let sentence = "This passkey does not open an account here. Sign in in another way, or ask the operator for a reset link.";
    Fault::new(FaultKind::Unauthenticated, "auth/wrong-passkey", sentence).because(why)
}
