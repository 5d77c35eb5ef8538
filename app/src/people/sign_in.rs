//! Signing in: with a password, or with an identity provider.

use super::{
    Arrival, Home, Opened, Visitor, accept_invitation,
    attempt::Attempt,
    enter::{Brought, enter, note_failure, visitor_of},
    first_visit, password_rules,
    provider::introduce_aside,
};
use crate::{
    Call, Fault, FaultKind, Studio,
    port::{
        sign_in::{Callback, Pending},
        vault::Hashed,
    },
};
use domain::{
    id::{Instant, UserId},
    user::{EmailAddress, SignInFailure, SignInMethod},
};
use uuid::Uuid;

/// Signs in with e-mail address and password. An address that nobody has costs the same work and gets the same answer as a wrong
/// password. Faults: `auth/wrong-password`, `auth/too-many-attempts`, `auth/provider-only`, `auth/suspended`.
pub async fn sign_in(
    studio: &Studio,
    call: &Call,
    email: &str,
    password: &str,
    arrival: &Arrival,
) -> Result<Opened, Fault> {
    built_in_only(studio)?;
    let address = EmailAddress::parse(email);
    // What is no address is nobody's: all of it is one account.
    let account = address.as_ref().map(EmailAddress::canonical).unwrap_or_default();
    let attempt = Attempt::count(studio, call, &Attempt::at_address(&account), arrival).await?;
    let user = match &address {
        Some(_) => {
            let hash = studio.hashes.keyed_hash(Hashed::Email, &account);
            studio.sign_in.identities.by_email(&hash).await?
        }
        None => None,
    };
    let proved = prove(studio, call, user, password, arrival).await?.ok_or_else(wrong_password)?;
    attempt.succeeded(studio).await?;
    let visitor =
        Visitor { user: proved.user, email: address, email_verified: true, name: None, identity: None };
    let home = at_home(studio, call, &visitor, arrival).await?;
    proved.enter(studio, call, home, arrival, SignInMethod::Password).await
}

/// A user whose password was typed.
pub(super) struct Proved {
    pub(super) user: UserId,
    /// When that password was set.
    set_at: Option<Instant>,
}

/// Compares a password; `None` if it is not the user's, which his history is told aside. Somebody who does not exist is looked up
/// as well, so that it costs the same.
pub(super) async fn prove(
    studio: &Studio,
    call: &Call,
    user: Option<UserId>,
    password: &str,
    arrival: &Arrival,
) -> Result<Option<Proved>, Fault> {
    let Some(typed) = password_rules::compared(password) else { return Ok(None) };
    let passwords = &studio.sign_in.passwords;
    let set_at = passwords.set_at(user.unwrap_or(UserId(Uuid::nil()))).await?;
    let is_right = passwords.verify(user, &typed).await?;
    match user {
        Some(user) if is_right => Ok(Some(Proved { user, set_at })),
        _ => {
            noted_aside(studio, call, user, arrival, SignInFailure::WrongPassword);
            Ok(None)
        }
    }
}

impl Proved {
    /// Opens a session. Whoever changed the password meanwhile ended all sessions, and must not find this one. Fault
    /// `auth/wrong-password`.
    pub(super) async fn enter(
        self,
        studio: &Studio,
        call: &Call,
        home: Home,
        arrival: &Arrival,
        method: SignInMethod,
    ) -> Result<Opened, Fault> {
        let opened = enter(studio, call, home, arrival, method, Brought::default()).await?;
        if studio.sign_in.passwords.set_at(self.user).await? != self.set_at {
            studio.sign_in.sessions.end(self.user, opened.session.id).await?;
            return Err(wrong_password());
        }
        Ok(opened)
    }
}

/// Where somebody who has proved who they are is at home. That they are let in nowhere is noted. Faults: `auth/suspended`,
/// `auth/no-account`.
pub(super) async fn at_home(
    studio: &Studio,
    call: &Call,
    visitor: &Visitor,
    arrival: &Arrival,
) -> Result<Home, Fault> {
    let home = first_visit(studio, call, visitor).await;
    note_refusal(studio, call, visitor, arrival, home.as_ref().err());
    home
}

/// Notes that somebody who has proved who they are is let in nowhere.
fn note_refusal(studio: &Studio, call: &Call, visitor: &Visitor, arrival: &Arrival, refusal: Option<&Fault>) {
    let reason = match refusal {
        Some(fault) if fault.code == "auth/suspended" => Some(SignInFailure::Suspended),
        Some(fault) if fault.code == "auth/no-account" => Some(SignInFailure::NoAccount),
        _ => None,
    };
    if let Some(reason) = reason {
        noted_aside(studio, call, Some(visitor.user), arrival, reason);
    }
}

/// Somebody who came back from the identity provider and was let in.
pub struct Returned {
    /// Their session.
    pub opened: Opened,
    /// Whether they were let in by the invitation that they came with, which is accepted now.
    pub joined: bool,
}

/// Signs in whoever comes back from the identity provider. Whom nothing else lets in, the invitation does that they opened before
/// they went there; everybody else accepts it when they are back. Faults: those of the provider, `auth/suspended`,
/// `auth/no-account`, those of [`accept_invitation`].
pub async fn sign_in_with_provider(
    studio: &Studio,
    call: &Call,
    memory: Pending,
    callback: Callback,
    invitation: Option<&str>,
    arrival: &Arrival,
) -> Result<Returned, Fault> {
    let provider = studio.sign_in.provider.as_ref().ok_or_else(no_provider)?;
    let identified = provider.finish(memory, callback).await?;
    let visitor = visitor_of(studio, &identified).await?;
    let (home, joined) = match (first_visit(studio, call, &visitor).await, invitation) {
        (Err(fault), Some(token)) if fault.code == "auth/no-account" => {
            (accept_invitation(studio, call, token, &visitor).await?, true)
        }
        (home, _) => {
            note_refusal(studio, call, &visitor, arrival, home.as_ref().err());
            (home?, false)
        }
    };
    introduce_aside(studio, home, &identified);
    let provider_session = identified.provider_session.as_deref();
    let subject_hash = visitor.identity.as_ref().map(|identity| identity.subject_hash.clone());
    let brought = Brought { id_token: Some(&identified.id_token), provider_session, subject_hash };
    let opened = enter(studio, call, home, arrival, SignInMethod::Provider, brought).await?;
    Ok(Returned { opened, joined })
}

/// In the background, so that an account that exists does not show by the time it takes.
pub(super) fn noted_aside(
    studio: &Studio,
    call: &Call,
    user: Option<UserId>,
    arrival: &Arrival,
    reason: SignInFailure,
) {
    let Some(user) = user else { return };
    let (studio, call, arrival) = (studio.clone(), call.clone(), arrival.clone());
    tokio::spawn(async move {
        if let Err(fault) = note_failure(&studio, &call, user, &arrival, reason).await {
            tracing::warn!(code = fault.code, detail = fault.private, "app.sign_in.failure_not_noted");
        }
    });
}

fn wrong_password() -> Fault {
    let sentence = "The e-mail address or the password is wrong.";
    Fault::new(FaultKind::Unauthenticated, "auth/wrong-password", sentence)
}

/// Where an identity provider says who somebody is, no password does.
pub(super) fn built_in_only(studio: &Studio) -> Result<(), Fault> {
    if studio.sign_in.provider.is_none() {
        return Ok(());
    }
    let sentence = "People sign in with the identity provider here, with neither a password nor a passkey.";
    Err(Fault::new(FaultKind::Forbidden, "auth/provider-only", sentence))
}

pub(super) fn no_provider() -> Fault {
    Fault::not_found("auth/no-provider", "This Studio has no identity provider: sign in with a password.")
}
