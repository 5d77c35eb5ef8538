//! An invitation.

use super::rights::Judge;
use crate::{
    Actor, Call, Fault, Studio,
    act::{INVITATION_CREATE, act},
    port::vault::Hashed,
};
use domain::{
    calendar,
    customer::{CustomerCommand, CustomerEvent, CustomerRefusal, RoleName},
    id::{ApiKeyId, Instant, InvitationId},
    user::EmailAddress,
};
use serde::{Deserialize, Serialize};
use std::fmt;

domain::limits! {
    /// How long an invitation can be accepted, if nothing else is said.
    pub INVITATION_DAYS: u64 = 7, "days";
    /// How long at most.
    pub INVITATION_DAYS_MAX: u64 = 90, "days";
}

/// Whom to invite, and as what.
#[derive(Clone, Serialize)]
pub struct InviteMember {
    /// The e-mail address that the invitation is bound to.
    pub email: String,
    /// The role it gives.
    pub role: RoleName,
    /// When it can no longer be accepted; after [`INVITATION_DAYS`] without.
    pub expires_at: Option<Instant>,
}

/// An invitation, with its token for the only time.
#[derive(Clone, Serialize, Deserialize)]
pub struct InvitedMember {
    /// The invitation.
    pub invitation: InvitationId,
    /// What accepts it: shown once, kept nowhere. `None` for a repeat of the request that made it.
    #[serde(skip)]
    pub token: Option<String>,
    /// The role it gives.
    pub role: RoleName,
    /// When it can no longer be accepted.
    pub expires_at: Instant,
}

impl fmt::Debug for InvitedMember {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InvitedMember").field("invitation", &self.invitation).finish_non_exhaustive()
    }
}

/// Invites whoever can prove that an e-mail address is his. An open invitation of the same address ends. Nothing is sent: the
/// token is given to the caller, who passes it on. Faults beside the refusals: `request/invalid` about `email` or `expiresAt`,
/// `auth/beyond-own-rights`.
pub async fn invite_member(
    studio: &Studio,
    call: &Call,
    input: InviteMember,
) -> Result<InvitedMember, Fault> {
    let InviteMember { email, role, expires_at } = input;
    let email = EmailAddress::parse(&email).ok_or_else(|| Fault::about("email", "Invalid email id"))?;
    let expires_at = end(call, expires_at)?;
    call.who.may_last_until(expires_at)?;
    let judge = Judge::of(studio, call).await?.role(&role)?;
    let invitation = InvitationId(call.derived("invitation"));
    let subject = format!("invitation/{invitation}");
    let token = studio.hashes.token();
    let token_hash = studio.hashes.keyed_hash(Hashed::Invitation, &token);
    let command = CustomerCommand::Invite {
        invitation,
        email: studio.vault.seal(call.who.customer, &subject, email.as_str().as_bytes()).await?,
        email_hash: studio.hashes.keyed_hash(Hashed::Email, &email.canonical()),
        role,
        token_hash: token_hash.clone(),
        expires_at,
        inviter: call.who.person,
        key: match call.who.actor {
            Actor::ApiKey(key) => Some(ApiKeyId(key)),
            _ => None,
        },
        at: call.at,
    };
    let done = judge.decided(studio, "invite", command).await?;
    let known = done.state.invitations.get(&invitation);
    let known = known.ok_or_else(|| Fault::refused(&CustomerRefusal::InvitationNotFound))?;
    // A repeat made its invitation the first time, with a token that nobody has any more.
    let is_ours = |event: &CustomerEvent| matches!(event, CustomerEvent::MemberInvited { token_hash: made, .. } if *made == token_hash);
    let token = done.events.iter().any(is_ours).then_some(token);
    let (role, expires_at) = (known.role.clone(), known.expires_at);
    Ok(InvitedMember { invitation, token, role, expires_at })
}

fn end(call: &Call, expires_at: Option<Instant>) -> Result<Instant, Fault> {
    let within = |days| call.at.checked_add_days(chrono::Days::new(days)).unwrap_or(call.at);
    let usual = within(INVITATION_DAYS);
    let end = expires_at.unwrap_or_else(|| call.who.ends_at.map_or(usual, |own| own.min(usual)));
    if end <= call.at || end > within(INVITATION_DAYS_MAX) || calendar::within(end).is_err() {
        let sentence = format!("expiresAt must be in the future, within {INVITATION_DAYS_MAX} days");
        return Err(Fault::about("expiresAt", sentence));
    }
    Ok(end)
}

act!(InviteMember => InvitedMember: INVITATION_CREATE, invite_member);
