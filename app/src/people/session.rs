//! Sessions: who is signed in, and how that ends.

use super::{
    place_of, principal_of,
    provider::{has_limits, limited, subject_of},
};
use crate::{
    Act, Call, Fault, FaultKind, Principal, Studio, Written,
    act::{SESSION_END, Spec},
    port::{
        sessions::{SESSION_SEEN_SECONDS, Session, SessionId, Turn},
        vault::Hashed,
    },
};
use domain::id::{CustomerId, UserId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

domain::limits! {
    /// Longest text of a cookie that is looked up.
    SESSION_CHARS_MAX: usize = 128, "characters";
}

/// How often a session is turned to another tenant while other requests turn it too.
const TURN_TRIES_MAX: usize = 3;

/// Characters of a mark.
const MARK_CHARS: usize = 32;

/// Somebody who came with a session's cookie.
pub struct Recognised {
    /// Who it is, with what they may do at this moment.
    pub who: Principal,
    /// Their session.
    pub session: Session,
}

/// What a session's user may do, in short: when it changes, the cookie does.
pub(super) fn mark_of(who: &Principal) -> String {
    let text = format!("{} {:?} {:?}", who.customer, who.scopes, who.networks);
    let mut mark = hex::encode(Sha256::digest(text));
    mark.truncate(MARK_CHARS);
    mark
}

/// Whose session a cookie opens: one indexed read, and what the user may do at this moment. What they may do may have changed:
/// whoever can hand the browser another cookie asks [`renew`]. Faults: `auth/session-ended`, `auth/suspended`,
/// `auth/not-a-member`.
pub async fn recognise(studio: &Studio, secret: &str) -> Result<Recognised, Fault> {
    let session = live_session(studio, secret).await?;
    let who = present_rights(studio, &session).await?;
    let who = Principal { session: Some(session.id), ..who };
    let now = studio.clock.now();
    if now.signed_duration_since(session.last_seen_at).num_seconds() >= SESSION_SEEN_SECONDS {
        studio.sign_in.sessions.touch(session.id, now).await?;
    }
    Ok(Recognised { who, session })
}

/// What the cookie holds from now on, if what its user may do has changed since it was made and no other request was first. The
/// answer must take it along: the former one opens nothing soon.
pub async fn renew(studio: &Studio, recognised: &Recognised) -> Result<Option<Zeroizing<String>>, Fault> {
    let Recognised { who, session } = recognised;
    let role_mark = mark_of(who);
    if role_mark == session.role_mark {
        return Ok(None);
    }
    rotate(studio, session, Turn { customer: session.customer, role_mark }).await
}

/// What a session's user may do at this moment: what their role allows, and the provider leaves them.
pub(super) async fn present_rights(studio: &Studio, session: &Session) -> Result<Principal, Fault> {
    let who = principal_of(studio, session.customer, session.user).await?;
    if !has_limits(studio) {
        return Ok(who);
    }
    match opened_token(studio, session).await?.as_deref().and_then(subject_of) {
        Some(subject) => limited(studio, who, &subject).await,
        // Nobody can say what the provider leaves them: they sign in again, there.
        None => Err(session_ended()),
    }
}

/// The session of a cookie, whatever its user may do: for signing out, and for choosing another tenant. Fault
/// `auth/session-ended`.
pub async fn live_session(studio: &Studio, secret: &str) -> Result<Session, Fault> {
    if secret.is_empty() || secret.len() > SESSION_CHARS_MAX {
        return Err(session_ended());
    }
    let now = studio.clock.now();
    let hash = studio.hashes.keyed_hash(Hashed::Session, secret);
    let found = studio.sign_in.sessions.find(&hash, now).await?;
    found.filter(|session| session.is_live(now, studio.settings.sessions.idle)).ok_or_else(session_ended)
}

async fn rotate(studio: &Studio, session: &Session, turn: Turn) -> Result<Option<Zeroizing<String>>, Fault> {
    let secret = Zeroizing::new(studio.hashes.token());
    let hash = studio.hashes.keyed_hash(Hashed::Session, &secret);
    let is_ours = studio.sign_in.sessions.rotate(session, &hash, &turn, studio.clock.now()).await?;
    Ok(is_ours.then_some(secret))
}

/// Acts for another of the user's tenants from now on; what the cookie holds then. Nothing if it is the present one. Faults:
/// `auth/not-a-member`, `auth/suspended`, `auth/session-ended`.
pub async fn choose_customer(
    studio: &Studio,
    session: &Session,
    customer: CustomerId,
) -> Result<Option<Zeroizing<String>>, Fault> {
    let mut session = session.clone();
    for _ in 0..TURN_TRIES_MAX {
        if session.customer == customer {
            return Ok(None);
        }
        let there = Session { customer, ..session.clone() };
        let role_mark = mark_of(&present_rights(studio, &there).await?);
        if let Some(secret) = rotate(studio, &session, Turn { customer, role_mark }).await? {
            return Ok(Some(secret));
        }
        // Another request changed it at the same moment, or it has ended.
        session = studio.sign_in.sessions.get(session.id).await?.ok_or_else(session_ended)?;
    }
    Err(session_ended())
}

/// Ends the session. Where the browser goes then, so that the provider's session ends as well; `return_to` is an absolute
/// address of ours.
pub async fn sign_out(studio: &Studio, session: &Session, return_to: &str) -> Result<Option<String>, Fault> {
    studio.sign_in.sessions.end(session.user, session.id).await?;
    let Some(provider) = &studio.sign_in.provider else { return Ok(None) };
    let id_token = opened_token(studio, session).await?;
    Ok(provider.end(id_token.as_deref(), return_to).await)
}

/// The provider's ID token of the session that somebody came with. Fault `auth/no-id-token`.
pub async fn id_token(studio: &Studio, who: &Principal) -> Result<String, Fault> {
    let none = || {
        let sentence = "There is no ID token: it is of a browser that signed in with an identity provider.";
        Fault::invalid("auth/no-id-token", sentence)
    };
    let session = who.session.ok_or_else(none)?;
    let session = studio.sign_in.sessions.get(session).await?.ok_or_else(session_ended)?;
    opened_token(studio, &session).await?.ok_or_else(none)
}

async fn opened_token(studio: &Studio, session: &Session) -> Result<Option<String>, Fault> {
    let Some(sealed) = &session.id_token else { return Ok(None) };
    let opened = studio.vault.open(place_of(session.user), sealed).await?;
    Ok(opened.and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// A user's sessions that are not over, newest first.
pub async fn sessions(studio: &Studio, user: UserId) -> Result<Vec<Session>, Fault> {
    studio.sign_in.sessions.list(user, studio.clock.now(), studio.settings.sessions.idle).await
}

/// Ends one of the user's sessions. Fault `auth/session-not-found`.
pub async fn end_session(studio: &Studio, user: UserId, session: SessionId) -> Result<(), Fault> {
    if studio.sign_in.sessions.end(user, session).await? {
        return Ok(());
    }
    Err(no_such_session())
}

/// Ends all of the user's sessions but this one; how many.
pub async fn end_other_sessions(studio: &Studio, session: &Session) -> Result<u64, Fault> {
    studio.sign_in.sessions.end_others(session.user, Some(session.id)).await
}

/// Whether a session that somebody came with a while ago still lives, and its user may still do what they might. Faults:
/// `auth/session-ended`, `auth/suspended`, `auth/not-a-member`.
pub(crate) async fn session_still_works(
    studio: &Studio,
    who: &Principal,
    session: SessionId,
) -> Result<(), Fault> {
    let found = studio.sign_in.sessions.get(session).await?;
    let now = studio.clock.now();
    let found = found.filter(|found| found.is_live(now, studio.settings.sessions.idle));
    let found = found.filter(|found| found.customer == who.customer).ok_or_else(session_ended)?;
    let present = present_rights(studio, &found).await?;
    if mark_of(&present) == mark_of(who) { Ok(()) } else { Err(session_ended()) }
}

/// The end of one of the caller's sessions.
#[derive(Debug, Clone, Serialize)]
pub struct EndSession {
    /// Which.
    pub session: SessionId,
}

impl Act for EndSession {
    type Done = SessionId;

    fn spec(&self) -> &'static Spec {
        &SESSION_END
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<SessionId>, Fault> {
        // An API key has no session, whoever made it.
        let user = call.who.person.filter(|_| call.who.session.is_some()).ok_or_else(no_such_session)?;
        end_session(studio, user, self.session).await?;
        Ok(Written::Done(self.session))
    }
}

fn no_such_session() -> Fault {
    Fault::not_found("auth/session-not-found", "You have no such session.")
}

pub(super) fn session_ended() -> Fault {
    let sentence = "Unauthorized error: the session has ended. Sign in again.";
    Fault::new(FaultKind::Unauthenticated, "auth/session-ended", sentence)
}
