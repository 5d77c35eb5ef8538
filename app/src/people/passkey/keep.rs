//! The passkeys that somebody has.

use super::add::{checked_name, sealed};
use crate::{
    Call, Fault, FaultKind, Studio,
    people::{enter::note, place_of, sign_in::built_in_only},
    port::{
        Execute,
        passkeys::{Passkey, Removed},
    },
};
use domain::{
    id::{Instant, PasskeyId, Sealed, UserId},
    user::{User, UserCommand},
};

/// A passkey, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPasskey {
    /// Studio's name for it.
    pub id: PasskeyId,
    /// What its user calls it; `None` once that was erased.
    pub name: Option<String>,
    /// When it was added.
    pub created_at: Instant,
    /// When somebody signed in with it last.
    pub last_used_at: Option<Instant>,
    /// Whether there are copies of it on other devices.
    pub is_backed_up: bool,
}

impl OwnPasskey {
    pub(super) fn of(passkey: &Passkey, name: Option<String>) -> Self {
        Self {
            id: passkey.id,
            name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            is_backed_up: passkey.backup.backed_up,
        }
    }
}

/// A user's passkeys, oldest first; none where an identity provider says who somebody is.
pub async fn passkeys(studio: &Studio, user: UserId) -> Result<Vec<OwnPasskey>, Fault> {
    if built_in_only(studio).is_err() {
        return Ok(Vec::new());
    }
    let kept = studio.sign_in.passkeys.list(user).await?;
    let names: Vec<Sealed> = kept.iter().map(|passkey| passkey.name.clone()).collect();
    let names = studio.vault.open_all(place_of(user), &names).await?;
    let text = |name: Option<Vec<u8>>| name.and_then(|name| String::from_utf8(name).ok());
    Ok(kept.iter().zip(names).map(|(passkey, name)| OwnPasskey::of(passkey, text(name))).collect())
}

/// Calls one of the user's passkeys otherwise. Faults: `auth/passkey-not-found`, `request/invalid` for the name.
pub async fn rename_passkey(
    studio: &Studio,
    call: &Call,
    user: UserId,
    passkey: PasskeyId,
    name: &str,
) -> Result<(), Fault> {
    built_in_only(studio)?;
    let name = sealed(studio, user, checked_name(name)?).await?;
    if !studio.sign_in.passkeys.rename(user, passkey, &name).await? {
        return Err(no_such_passkey());
    }
    let what = studio.ids.next().to_string();
    note(studio, call, user, &what, UserCommand::RenamePasskey { passkey, name, at: call.at }).await
}

/// Takes one of the user's passkeys away; it opens nothing from then on. The last way to sign in stays: a user has a password or
/// a passkey. A repeat finishes what was interrupted. Faults: `auth/passkey-not-found`, `auth/last-way-in`.
pub async fn remove_passkey(
    studio: &Studio,
    call: &Call,
    user: UserId,
    passkey: PasskeyId,
) -> Result<(), Fault> {
    built_in_only(studio)?;
    let keep_last = studio.sign_in.passwords.set_at(user).await?.is_none();
    match studio.sign_in.passkeys.remove(user, passkey, keep_last).await? {
        Removed::Yes => {}
        Removed::Last => {
            let sentence = "This passkey is the only way that you sign in. Add another one first, or ask the operator for a reset link and choose a password.";
            return Err(Fault::new(FaultKind::Conflict, "auth/last-way-in", sentence));
        }
        Removed::Unknown => {
            let known = Execute::<User>::load(&*studio.commands, &user.to_string()).await?.state;
            if !known.passkeys.contains_key(&passkey) {
                return Err(no_such_passkey());
            }
        }
    }
    note_removed(studio, call, user, passkey).await
}

/// Ends all of a user's sessions and takes all of his passkeys away: whoever needs a reset link has lost what they signed in
/// with, or somebody else has it. A session may have added a passkey until it ended, and a passkey opened a session until it was
/// gone: neither is left when there is nothing more to remove.
pub(in crate::people) async fn shut_out(studio: &Studio, user: UserId) -> Result<(), Fault> {
    loop {
        studio.sign_in.sessions.end_others(user, None).await?;
        if studio.sign_in.passkeys.remove_all(user).await? == 0 {
            return Ok(());
        }
    }
}

/// Notes that all of a user's passkeys are gone, also those of which an interrupted reset before this one told nothing.
pub(in crate::people) async fn note_shut_out(
    studio: &Studio,
    call: &Call,
    user: UserId,
) -> Result<(), Fault> {
    let known = Execute::<User>::load(&*studio.commands, &user.to_string()).await?.state;
    for passkey in known.passkeys.into_keys() {
        note_removed(studio, call, user, passkey).await?;
    }
    Ok(())
}

pub(super) async fn note_removed(
    studio: &Studio,
    call: &Call,
    user: UserId,
    passkey: PasskeyId,
) -> Result<(), Fault> {
    let what = format!("passkey {passkey} removed");
    note(studio, call, user, &what, UserCommand::RemovePasskey { passkey, at: call.at }).await
}

fn no_such_passkey() -> Fault {
    Fault::not_found("auth/passkey-not-found", "You have no such passkey.")
}
