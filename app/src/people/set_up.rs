//! Accounts that begin with a link or an invitation, and passwords that are chosen anew.

use super::{
    Arrival, Home, Opened, Visitor, accept_invitation, acting,
    attempt::Attempt,
    enter::{Brought, enter, note},
    invitation,
    passkey::{note_shut_out, shut_out},
    password_rules, place_of, register_user,
    sign_in::{Proved, at_home, built_in_only, prove},
};
use crate::{
    Call, Fault, FaultKind, Studio,
    port::{
        Execute,
        commands::Meta,
        identities::{BUILT_IN_ISSUER, Claim},
        links::{Link, LinkPurpose, RESET_LINK_HOURS, SET_UP_LINK_HOURS},
        sessions::Session,
        vault::Hashed,
    },
    write,
};
use chrono::TimeDelta;
use domain::{
    customer::{Customer, CustomerCommand, CustomerRefusal, RoleName},
    id::{CustomerId, UserId, derived_uuid},
    user::{EmailAddress, SignInMethod, User, UserCommand},
};
use zeroize::Zeroizing;

domain::limits! {
    /// Longest secret of a link that is looked at.
    LINK_CHARS_MAX: usize = 128, "characters";
}

/// Who somebody says they are that has no account yet.
pub struct Newcomer<'a> {
    /// E-mail address.
    pub email: &'a str,
    /// Name, if they tell.
    pub name: Option<&'a str>,
    /// The password they choose.
    pub password: &'a str,
}

/// A link by which somebody becomes the first owner of a customer that never had a member; it works once, for
/// [`SET_UP_LINK_HOURS`], and takes the place of the one before. The secret for its address.
pub async fn make_set_up_link(studio: &Studio, customer: CustomerId) -> Result<Zeroizing<String>, Fault> {
    built_in_only(studio)?;
    // Whoever was interrupted while setting up goes on as the same user, with the next link too.
    let user = UserId(derived_uuid("set-up-user", &[&customer.to_string()]));
    make(studio, LinkPurpose::SetUp, user, Some(customer), SET_UP_LINK_HOURS).await
}

/// A link by which a user chooses a new password; it works once, for [`RESET_LINK_HOURS`]. Fault `user/not-found`.
pub async fn make_reset_link(studio: &Studio, email: &str) -> Result<Zeroizing<String>, Fault> {
    built_in_only(studio)?;
    let no_such = || Fault::not_found("user/not-found", "No user has this e-mail address.");
    let email = EmailAddress::parse(email).ok_or_else(no_such)?;
    let hash = studio.hashes.keyed_hash(Hashed::Email, &email.canonical());
    let user = studio.sign_in.identities.by_email(&hash).await?.ok_or_else(no_such)?;
    make(studio, LinkPurpose::Reset, user, None, RESET_LINK_HOURS).await
}

async fn make(
    studio: &Studio,
    purpose: LinkPurpose,
    user: UserId,
    customer: Option<CustomerId>,
    hours: i64,
) -> Result<Zeroizing<String>, Fault> {
    let secret = Zeroizing::new(studio.hashes.token());
    let expires_at = studio.clock.now() + TimeDelta::hours(hours);
    let hash = studio.hashes.keyed_hash(Hashed::Link, &secret);
    studio.sign_in.links.make(&hash, &Link { purpose, user, customer, expires_at }).await?;
    Ok(secret)
}

/// The link of a secret, if it works and is for this. Fault `auth/link-invalid`.
pub async fn find_link(studio: &Studio, secret: &str, purpose: LinkPurpose) -> Result<Link, Fault> {
    if secret.is_empty() || secret.len() > LINK_CHARS_MAX {
        return Err(link_invalid());
    }
    let hash = studio.hashes.keyed_hash(Hashed::Link, secret);
    let link = studio.sign_in.links.look_up(&hash, studio.clock.now()).await?;
    link.filter(|link| link.purpose == purpose).ok_or_else(link_invalid)
}

fn link_invalid() -> Fault {
    let sentence = "This link is incomplete, was used before, was replaced by a newer one, or its time is over. Ask the operator for another one.";
    Fault::new(FaultKind::Forbidden, "auth/link-invalid", sentence)
}

/// Whether it was this request that used the link up.
async fn use_up(studio: &Studio, secret: &str) -> Result<bool, Fault> {
    studio.sign_in.links.use_up(&studio.hashes.keyed_hash(Hashed::Link, secret)).await
}

/// Makes the holder of a set-up link the owner, with the e-mail address and password they choose, and signs them in. Whoever died
/// on the way finishes with the same link. Faults: `auth/link-invalid`, `auth/email-malformed`, `auth/email-taken`,
/// `auth/password-refused`, `customer/has-members`.
pub async fn set_up(
    studio: &Studio,
    call: &Call,
    secret: &str,
    newcomer: &Newcomer<'_>,
    arrival: &Arrival,
) -> Result<Opened, Fault> {
    built_in_only(studio)?;
    let link = find_link(studio, secret, LinkPurpose::SetUp).await?;
    let customer = link.customer.ok_or_else(|| Fault::bug("a set-up link of no customer"))?;
    let known = Execute::<Customer>::load(&*studio.commands, &customer.to_string()).await?.state;
    if known.is_founded && !known.members.contains_key(&link.user) {
        return Err(Fault::refused(&CustomerRefusal::HasMembers));
    }
    let visitor = settle(studio, link.user, newcomer).await?;
    register_user(studio, call, &visitor).await?;
    let acting = acting(call, visitor.user, customer, &["set-up"]);
    let joining = visitor.joining(studio, customer).await?;
    let command = CustomerCommand::Found { joining, at: call.at };
    let meta = Meta::of(&acting, "");
    let done = Execute::<Customer>::execute(&*studio.commands, &customer.to_string(), command, meta).await?;
    write::visible(studio, done.token).await?;
    note_password(studio, call, visitor.user).await?;
    if !use_up(studio, secret).await? {
        return Err(link_invalid());
    }
    let home = Home { user: visitor.user, customer };
    enter(studio, call, home, arrival, SignInMethod::Link, Brought::default()).await
}

/// Accepts an invitation as somebody without an account, who begins one with it, or as somebody who has one and knows its
/// password. That the address is theirs, whoever invited them vouches for: the invitation is bound to it, and its secret was
/// given to them. Faults: those of the invitation, `auth/email-malformed`, `auth/email-taken`, `auth/password-refused`,
/// `auth/too-many-attempts`.
pub async fn join(
    studio: &Studio,
    call: &Call,
    token: &str,
    newcomer: &Newcomer<'_>,
    arrival: &Arrival,
) -> Result<Opened, Fault> {
    built_in_only(studio)?;
    let attempt = Attempt::count(studio, call, &format!("invitation {token}"), arrival).await?;
    is_invited(studio, call, token, newcomer.email).await?;
    // Whoever was interrupted goes on as the same user.
    let fresh = UserId(derived_uuid("invited-user", &[token]));
    if let Some((visitor, proved)) = returning(studio, call, fresh, newcomer, arrival).await? {
        let home = accept_invitation(studio, call, token, &visitor).await?;
        attempt.succeeded(studio).await?;
        return proved.enter(studio, call, home, arrival, SignInMethod::Link).await;
    }
    let visitor = settle(studio, fresh, newcomer).await?;
    let home = accept_invitation(studio, call, token, &visitor).await?;
    note_password(studio, call, visitor.user).await?;
    attempt.succeeded(studio).await?;
    enter(studio, call, home, arrival, SignInMethod::Link, Brought::default()).await
}

/// Somebody who has an account with this address already, and knows its password: perhaps one who is a member nowhere any more,
/// and so is let in by no other door. Their tries count as those of signing in do, and wrong ones are noted as those are. Faults:
/// `auth/email-taken`, `auth/too-many-attempts`.
async fn returning(
    studio: &Studio,
    call: &Call,
    fresh: UserId,
    newcomer: &Newcomer<'_>,
    arrival: &Arrival,
) -> Result<Option<(Visitor, Proved)>, Fault> {
    let Some(email) = EmailAddress::parse(newcomer.email) else { return Ok(None) };
    let account = email.canonical();
    let hash = studio.hashes.keyed_hash(Hashed::Email, &account);
    let found = studio.sign_in.identities.by_email(&hash).await?;
    // Whoever was interrupted goes on as the same user.
    let Some(user) = found.filter(|user| *user != fresh) else { return Ok(None) };
    let attempt = Attempt::count(studio, call, &Attempt::at_address(&account), arrival).await?;
    // The log is asked, since a read model that lags would make nobody of somebody.
    if Execute::<User>::load(&*studio.commands, &user.to_string()).await?.state.user.is_none() {
        give_up(studio, user, newcomer.password).await?;
        attempt.succeeded(studio).await?;
        return Ok(None);
    }
    let proved = prove(studio, call, Some(user), newcomer.password, arrival).await?.ok_or_else(taken)?;
    attempt.succeeded(studio).await?;
    Ok(Some((Visitor { user, email: Some(email), email_verified: true, name: None, identity: None }, proved)))
}

/// Whoever began with another link or invitation and did not come to its end is nobody yet, and keeps the address from nobody for
/// long: from themselves not at all, from others as long as a password that was begun is theirs. Fault `auth/email-taken`.
async fn give_up(studio: &Studio, begun: UserId, password: &str) -> Result<(), Fault> {
    let passwords = &studio.sign_in.passwords;
    let typed = password_rules::compared(password).ok_or_else(taken)?;
    if !passwords.verify(Some(begun), &typed).await? && !passwords.begin(begun, &typed, true).await? {
        return Err(taken());
    }
    passwords.erase(begun).await?;
    studio.sign_in.identities.forget(begun).await.map(|_| ())
}

fn taken() -> Fault {
    let sentence =
        "There is an account with this e-mail address, and this is not its password. Sign in with it.";
    Fault::new(FaultKind::Conflict, "auth/email-taken", sentence).with("field", "email")
}

/// What an invitation is to, for whoever has its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitedTo {
    /// The account.
    pub customer: CustomerId,
    /// As what the member will act.
    pub role: RoleName,
}

/// What an invitation is to, if it is still good, whoever it is for. Faults: `customer/invitation-not-found`, `…-ended`,
/// `…-expired`, `…-void`.
pub async fn look_at_invitation(studio: &Studio, call: &Call, token: &str) -> Result<InvitedTo, Fault> {
    let found = invitation::find(studio, token).await?;
    found.is_good(studio, call).await?;
    Ok(InvitedTo { customer: found.customer, role: found.known.role })
}

/// Whether the invitation is open and for this address, before anything is kept for whoever says so. Faults:
/// `customer/invitation-not-found`, `customer/invitation-for-another`, `customer/invitation-ended`,
/// `customer/invitation-expired`, `customer/invitation-void`.
async fn is_invited(studio: &Studio, call: &Call, token: &str, email: &str) -> Result<(), Fault> {
    let invitation = invitation::find(studio, token).await?;
    let email = EmailAddress::parse(email);
    let email = email.map(|email| studio.hashes.keyed_hash(Hashed::Email, &email.canonical()));
    if email.as_ref() != Some(&invitation.known.email_hash) {
        return Err(Fault::refused(&CustomerRefusal::InvitationForAnother).with("field", "email"));
    }
    invitation.is_good(studio, call).await
}

/// Accepts an invitation as somebody who is signed in; their session acts for the new tenant from its next request on.
pub async fn join_signed_in(
    studio: &Studio,
    call: &Call,
    token: &str,
    session: &Session,
) -> Result<Home, Fault> {
    let visitor = known_visitor(studio, session.user).await?;
    accept_invitation(studio, call, token, &visitor).await
}

/// Reserves the address for a user without an account, and keeps the password. One who has an account keeps the address: nobody
/// gets into it with a link for somebody else.
async fn settle(studio: &Studio, fresh: UserId, newcomer: &Newcomer<'_>) -> Result<Visitor, Fault> {
    let email = EmailAddress::parse(newcomer.email).ok_or_else(|| {
        Fault::invalid("auth/email-malformed", "This is no e-mail address.").with("field", "email")
    })?;
    let password = password_rules::chosen(newcomer.password, Some(&email))?;
    // Of several requests with one link or invitation only one chooses: the others must know what was chosen.
    let is_new = studio.people.person(fresh).await?.is_none();
    let passwords = &studio.sign_in.passwords;
    if !passwords.begin(fresh, &password, is_new).await? && !passwords.verify(Some(fresh), &password).await? {
        return Err(taken());
    }
    if is_new {
        // An address that was mistyped in a try that did not come to its end is nobody's.
        studio.sign_in.identities.forget(fresh).await?;
    }
    let canonical = email.canonical();
    let subject = format!("{BUILT_IN_ISSUER}\n{canonical}");
    let claim = Claim {
        issuer: BUILT_IN_ISSUER.to_owned(),
        subject_hash: studio.hashes.keyed_hash(Hashed::Subject, &subject),
        verified_email_hash: Some(studio.hashes.keyed_hash(Hashed::Email, &canonical)),
    };
    let user = studio.sign_in.identities.claim(&claim, fresh).await?;
    // Whose it is may have begun this very moment.
    if user != fresh {
        if is_new {
            passwords.erase(fresh).await?;
        }
        return Err(taken());
    }
    let name = newcomer.name.map(str::to_owned);
    Ok(Visitor { user, email: Some(email), email_verified: true, name, identity: None })
}

async fn note_password(studio: &Studio, call: &Call, user: UserId) -> Result<(), Fault> {
    let what = studio.ids.next().to_string();
    note(studio, call, user, &what, UserCommand::NotePassword { at: call.at }).await
}

/// Chooses a new password with a reset link. All sessions and passkeys of the user end, and a new session begins. Faults:
/// `auth/link-invalid`, `auth/password-refused`, `auth/suspended`.
pub async fn reset(
    studio: &Studio,
    call: &Call,
    secret: &str,
    password: &str,
    arrival: &Arrival,
) -> Result<Opened, Fault> {
    built_in_only(studio)?;
    let link = find_link(studio, secret, LinkPurpose::Reset).await?;
    let email = address_of(studio, link.user).await?;
    // What is refused leaves the link as it is; of several requests at once only one goes on.
    let chosen = password_rules::chosen(password, email.as_ref())?;
    if !use_up(studio, secret).await? {
        return Err(link_invalid());
    }
    // What opens the account goes first, before and after the password is another one, and the history is told when it is done:
    // whoever comes back after a power cut finds nobody else inside.
    shut_out(studio, link.user).await?;
    studio.sign_in.passwords.set(link.user, &chosen).await?;
    shut_out(studio, link.user).await?;
    note_password(studio, call, link.user).await?;
    note_shut_out(studio, call, link.user).await?;
    // Whoever tried at the former password has nothing to do with the new one.
    let address = email.iter().map(|email| Attempt::at_address(&email.canonical()));
    for account in address.chain([Attempt::at_password_of(link.user)]) {
        Attempt::forgive(studio, &account, arrival).await?;
    }
    let visitor = Visitor { user: link.user, email, email_verified: true, name: None, identity: None };
    let home = at_home(studio, call, &visitor, arrival).await?;
    enter(studio, call, home, arrival, SignInMethod::Link, Brought::default()).await
}

/// Changes the password of whoever is signed in and knows the one they have. Their other sessions end. Faults:
/// `auth/wrong-password`, `auth/password-refused`, `auth/too-many-attempts`.
pub async fn change_password(
    studio: &Studio,
    call: &Call,
    session: &Session,
    (current, new): (&str, &str),
    arrival: &Arrival,
) -> Result<u64, Fault> {
    built_in_only(studio)?;
    let attempt = Attempt::count(studio, call, &Attempt::at_password_of(session.user), arrival).await?;
    let wrong = || {
        Fault::new(FaultKind::Forbidden, "auth/wrong-password", "The present password is wrong.")
            .with("field", "currentPassword")
    };
    let typed = password_rules::compared(current).ok_or_else(wrong)?;
    let passwords = &studio.sign_in.passwords;
    let set_at = passwords.set_at(session.user).await?;
    if !passwords.verify(Some(session.user), &typed).await? {
        return Err(wrong());
    }
    attempt.succeeded(studio).await?;
    let email = address_of(studio, session.user).await?;
    let chosen = password_rules::chosen(new, email.as_ref());
    let chosen = chosen.map_err(|fault| fault.with("field", "newPassword"))?;
    // Whoever chose another one meanwhile, with a reset link perhaps, has the last word.
    if !passwords.replace(session.user, &chosen, set_at).await? {
        return Err(wrong());
    }
    note_password(studio, call, session.user).await?;
    studio.sign_in.sessions.end_others(session.user, Some(session.id)).await
}

/// A user who has proved who they are without saying their address.
pub(super) async fn known_visitor(studio: &Studio, user: UserId) -> Result<Visitor, Fault> {
    let email = address_of(studio, user).await?;
    // The address counts as theirs only if it is the one that they are found by.
    let hash = email.as_ref().map(|email| studio.hashes.keyed_hash(Hashed::Email, &email.canonical()));
    let email_verified = match &hash {
        Some(hash) => studio.sign_in.identities.by_email(hash).await? == Some(user),
        None => false,
    };
    Ok(Visitor { user, email, email_verified, name: None, identity: None })
}

/// The user's e-mail address, if it was not erased.
pub(super) async fn address_of(studio: &Studio, user: UserId) -> Result<Option<EmailAddress>, Fault> {
    let Some(sealed) = studio.people.person(user).await?.and_then(|person| person.email) else {
        return Ok(None);
    };
    let opened = studio.vault.open(place_of(user), &sealed).await?;
    Ok(opened.and_then(|bytes| EmailAddress::parse(&String::from_utf8_lossy(&bytes))))
}
