//! Adding a passkey to one's account.

use super::{
    Challenge, OwnPasskey, PASSKEY_NAME_CHARS_MAX, PASSKEY_SIGNED_IN_SECONDS_MAX, Purpose,
    keep::note_removed, relying_party,
};
use crate::{
    Call, Fault, FaultKind, Studio, customer,
    people::{
        USER_SUBJECT, enter::note, place_of, profile::profile, session::session_ended, sign_in::built_in_only,
    },
    port::{
        authenticators::{Attestation, CoseAlgorithm, Expected, Flaw, RelyingParty},
        passkeys::{Added, PASSKEYS_PER_USER_MAX, Passkey},
        sessions::Session,
    },
};
use domain::{
    id::{Instant, PasskeyId, Sealed, UserId},
    user::UserCommand,
};

/// What a passkey is called whose user does not say.
const NAMELESS: &str = "Passkey";

/// What a browser is asked that is to make a passkey.
#[derive(Debug, Clone)]
pub struct AddPasskey {
    /// For whom.
    pub party: RelyingParty,
    /// The random bytes to be signed.
    pub challenge: Vec<u8>,
    /// Whose it will be.
    pub user: UserId,
    /// The user's e-mail address, if it is known, else his name.
    pub account: String,
    /// The user's name, if it is known, else his e-mail address.
    pub display_name: String,
    /// What may be signed with, the best first.
    pub algorithms: &'static [CoseAlgorithm],
    /// The authenticators' names for the passkeys that he has: none of them makes a second.
    pub present: Vec<Vec<u8>>,
}

/// A passkey that a browser says was made.
#[derive(Debug, Clone, Copy)]
pub struct NewPasskey<'a> {
    /// What its user calls it, if he says.
    pub name: Option<&'a str>,
    /// What the browser and the authenticator say.
    pub answer: Attestation<'a>,
}

/// Whoever holds a session that somebody left open must not make themselves a key to the account. Fault `auth/sign-in-again`.
pub fn may_add_passkey(at: Instant, session: &Session) -> Result<(), Fault> {
    let seconds = at.signed_duration_since(session.created_at).num_seconds();
    if seconds <= PASSKEY_SIGNED_IN_SECONDS_MAX {
        return Ok(());
    }
    let minutes = PASSKEY_SIGNED_IN_SECONDS_MAX.div_euclid(60);
    let sentence = format!("You signed in more than {minutes} minutes ago. Sign in again to add a passkey.");
    Err(Fault::new(FaultKind::Forbidden, "auth/sign-in-again", sentence))
}

/// Begins to add a passkey to the account of whoever is signed in: what their browser is asked, and what it keeps until it
/// answers. `reached_by` is the address that it reached this Studio by. Faults: `auth/provider-only`, `auth/sign-in-again`,
/// `auth/passkeys-unavailable`, `auth/passkeys-exhausted`.
pub async fn begin_adding_passkey(
    studio: &Studio,
    call: &Call,
    session: &Session,
    reached_by: &str,
) -> Result<(Challenge, AddPasskey), Fault> {
    built_in_only(studio)?;
    may_add_passkey(call.at, session)?;
    let party = relying_party(studio, reached_by)?;
    let user = session.user;
    let present = studio.sign_in.passkeys.list(user).await?;
    if i64::try_from(present.len()).map_or(true, |present| present >= PASSKEYS_PER_USER_MAX) {
        return Err(exhausted());
    }
    let known = profile(studio, user).await?;
    let account = known.email.clone().or_else(|| known.name.clone()).unwrap_or_else(|| user.to_string());
    let display_name = known.name.unwrap_or_else(|| account.clone());
    let challenge = Challenge::new(studio, call, Purpose::AddPasskey(user));
    let asked = AddPasskey {
        party,
        challenge: challenge.bytes()?,
        user,
        account,
        display_name,
        algorithms: studio.sign_in.authenticators.algorithms(),
        present: present.into_iter().map(|passkey| passkey.credential).collect(),
    };
    Ok((challenge, asked))
}

/// Adds a passkey to the account of whoever is signed in. Faults: `auth/provider-only`, `auth/sign-in-again`,
/// `auth/passkeys-unavailable`, `auth/challenge-unknown`, `auth/passkey-refused`, `auth/passkey-known`,
/// `auth/passkeys-exhausted`, `auth/session-ended`, `request/invalid` for its name.
pub async fn add_passkey(
    studio: &Studio,
    call: &Call,
    session: &Session,
    kept: Option<Challenge>,
    new: NewPasskey<'_>,
    reached_by: &str,
) -> Result<OwnPasskey, Fault> {
    built_in_only(studio)?;
    may_add_passkey(call.at, session)?;
    let party = relying_party(studio, reached_by)?;
    let challenge = Challenge::kept(kept, call, Purpose::AddPasskey(session.user))?;
    let name = checked_name(new.name.unwrap_or(NAMELESS))?;
    let expected = Expected { party: &party, challenge: &challenge.bytes()? };
    let made = studio.sign_in.authenticators.attested(expected, new.answer).map_err(refused)?;
    if !challenge.use_up(studio).await? {
        return Err(refused(Flaw("its challenge was answered before")));
    }
    let passkey = Passkey {
        id: PasskeyId(studio.ids.next()),
        user: session.user,
        credential: made.id,
        public_key: made.public_key,
        counter: made.counter,
        backup: made.backup,
        name: sealed(studio, session.user, name).await?,
        created_at: call.at,
        last_used_at: None,
    };
    keep(studio, session, &passkey).await?;
    note_passkey(studio, call, &passkey).await?;
    // Who removed it before the history knew of it could not say so there.
    let kept = studio.sign_in.passkeys.find(&passkey.credential).await?;
    if kept.is_none_or(|kept| kept.id != passkey.id) {
        note_removed(studio, call, passkey.user, passkey.id).await?;
        return Err(session_ended());
    }
    Ok(OwnPasskey::of(&passkey, Some(name.to_owned())))
}

async fn keep(studio: &Studio, session: &Session, passkey: &Passkey) -> Result<(), Fault> {
    match studio.sign_in.passkeys.add(passkey).await? {
        Added::Yes => {}
        Added::Known => {
            let sentence = "This passkey was added before.";
            return Err(Fault::new(FaultKind::Conflict, "auth/passkey-known", sentence));
        }
        Added::TooMany => return Err(exhausted()),
    }
    // Whoever used a reset link meanwhile ended all sessions and all passkeys, and must not find this one.
    if studio.sign_in.sessions.get(session.id).await?.is_none() {
        studio.sign_in.passkeys.remove(passkey.user, passkey.id, false).await?;
        return Err(session_ended());
    }
    Ok(())
}

/// Notes that a passkey exists, once: when it is added, or before it opens anything if whoever added it died between the two.
pub(super) async fn note_passkey(studio: &Studio, call: &Call, passkey: &Passkey) -> Result<(), Fault> {
    let command =
        UserCommand::NotePasskey { passkey: passkey.id, name: passkey.name.clone(), at: passkey.created_at };
    note(studio, call, passkey.user, &format!("passkey {}", passkey.id), command).await
}

/// A name without white space around it. Fault `request/invalid`.
pub(super) fn checked_name(name: &str) -> Result<&str, Fault> {
    let name = name.trim();
    if customer::is_name(name) && name.chars().count() <= PASSKEY_NAME_CHARS_MAX {
        return Ok(name);
    }
    let sentence = format!(
        "A passkey's name has 1 to {PASSKEY_NAME_CHARS_MAX} characters, none of them a control character."
    );
    Err(Fault::about("name", sentence))
}

pub(super) async fn sealed(studio: &Studio, user: UserId, name: &str) -> Result<Sealed, Fault> {
    studio.vault.seal(place_of(user), USER_SUBJECT, name.as_bytes()).await
}

fn refused(flaw: Flaw) -> Fault {
    Fault::invalid("auth/passkey-refused", format!("This passkey cannot be taken: {}.", flaw.0))
}

fn exhausted() -> Fault {
    let sentence =
        format!("You have {PASSKEYS_PER_USER_MAX} passkeys, and cannot have more. Remove one first.");
    Fault::new(FaultKind::Conflict, "auth/passkeys-exhausted", sentence)
}
