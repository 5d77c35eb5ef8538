//! Opening a session.

use super::{
    Home, USER_SUBJECT, Visitor, acting, place_of,
    session::{mark_of, present_rights},
};
use crate::{
    Call, Fault, Studio,
    port::{
        Execute,
        commands::Meta,
        identities::Claim,
        sessions::{Session, SessionId, USER_AGENT_CHARS_MAX},
        sign_in::Identified,
        vault::Hashed,
    },
};
use domain::{
    id::{SignInId, UserId},
    user::{EmailAddress, Identity, SignInFailure, SignInMethod, User, UserCommand},
};
use zeroize::Zeroizing;

/// Where somebody comes from, as far as the door could tell.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// The client's address.
    pub address: String,
    /// What counts as one client: the address, or its network.
    pub network: String,
    /// What the browser says it is.
    pub user_agent: Option<String>,
}

/// A session that was opened.
pub struct Opened {
    /// What its cookie holds: 256 random bits, shown once.
    pub secret: Zeroizing<String>,
    /// The session.
    pub session: Session,
}

/// What a provider gave along.
#[derive(Default)]
pub(super) struct Brought<'a> {
    pub(super) id_token: Option<&'a str>,
    pub(super) provider_session: Option<&'a str>,
    pub(super) subject_hash: Option<String>,
}

/// Opens a session for a user at home, and notes it. The session's id is always a new one.
pub(super) async fn enter(
    studio: &Studio,
    call: &Call,
    home: Home,
    arrival: &Arrival,
    method: SignInMethod,
    brought: Brought<'_>,
) -> Result<Opened, Fault> {
    let secret = Zeroizing::new(studio.hashes.token());
    let place = place_of(home.user);
    let id_token = match brought.id_token {
        Some(token) => Some(studio.vault.seal(place, USER_SUBJECT, token.as_bytes()).await?),
        None => None,
    };
    let mut session = Session {
        id: SessionId(studio.ids.next()),
        user: home.user,
        customer: home.customer,
        created_at: call.at,
        last_seen_at: call.at,
        absolute_until: call.at + studio.settings.sessions.absolute,
        user_agent: arrival.user_agent.as_ref().map(|text| text.chars().take(USER_AGENT_CHARS_MAX).collect()),
        address: Some(arrival.address.clone()),
        id_token,
        provider_session: brought.provider_session.map(str::to_owned),
        subject_hash: brought.subject_hash,
        role_mark: String::new(),
    };
    session.role_mark = mark_of(&present_rights(studio, &session).await?);
    // The history knows of it before it opens anything.
    let address = studio.vault.seal(place, USER_SUBJECT, arrival.address.as_bytes()).await?;
    let command = UserCommand::NoteSignIn { sign_in: SignInId(session.id.0), address, method, at: call.at };
    note(studio, call, home.user, &session.id.to_string(), command).await?;
    let hash = studio.hashes.keyed_hash(Hashed::Session, &secret);
    studio.sign_in.sessions.open(&session, &hash).await?;
    Ok(Opened { secret, session })
}

/// Notes that somebody tried to sign in as a user and could not.
pub(super) async fn note_failure(
    studio: &Studio,
    call: &Call,
    user: UserId,
    arrival: &Arrival,
    reason: SignInFailure,
) -> Result<(), Fault> {
    let address = studio.vault.seal(place_of(user), USER_SUBJECT, arrival.address.as_bytes()).await?;
    let sign_in = SignInId(studio.ids.next());
    let command = UserCommand::NoteFailure { sign_in, address, reason, at: call.at };
    note(studio, call, user, &sign_in.to_string(), command).await
}

pub(super) async fn note(
    studio: &Studio,
    call: &Call,
    user: UserId,
    what: &str,
    command: UserCommand,
) -> Result<(), Fault> {
    let call = acting(call, user, place_of(user), &["sign-in", what]);
    let meta = Meta::of(&call, "");
    Execute::<User>::execute(&*studio.commands, &user.to_string(), command, meta).await.map(|_| ())
}

/// How somebody is known whom this provider calls so.
pub(super) fn subject_hash(studio: &Studio, issuer: &str, subject: &str) -> String {
    studio.hashes.keyed_hash(Hashed::Subject, &format!("{issuer}\n{subject}"))
}

/// The user whom a provider identified: known by its name for them or by a verified address, or new.
pub(super) async fn visitor_of(studio: &Studio, identified: &Identified) -> Result<Visitor, Fault> {
    let email = identified.email.as_deref().and_then(EmailAddress::parse);
    let email_verified = identified.email_verified && email.is_some();
    let subject_hash = subject_hash(studio, &identified.issuer, &identified.subject);
    let verified = email.as_ref().filter(|_| email_verified);
    let claim = Claim {
        issuer: identified.issuer.clone(),
        subject_hash: subject_hash.clone(),
        verified_email_hash: verified
            .map(|email| studio.hashes.keyed_hash(Hashed::Email, &email.canonical())),
    };
    let user = studio.sign_in.identities.claim(&claim, UserId(studio.ids.next())).await?;
    let identity = Some(Identity { issuer: claim.issuer, subject_hash });
    Ok(Visitor { user, email, email_verified, name: identified.name.clone(), identity })
}
