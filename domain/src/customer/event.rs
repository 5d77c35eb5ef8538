//! What can happen to a customer.

use super::{ApiKeyGrant, PayerAccount, Revealed, RoleName};
use crate::id::{ApiKeyId, CustomerId, Instant, InvitationId, RevealId, Sealed, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Events of [`super::Customer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum CustomerEvent {
    /// A tenant exists.
    CustomerRegistered {
        /// The tenant.
        customer: CustomerId,
        /// Its name, sealed.
        name: Sealed,
        /// Its contact e-mail, sealed.
        email: Option<Sealed>,
        /// One fee payer per network.
        payers: Vec<PayerAccount>,
        /// When.
        at: Instant,
    },
    /// An API key works from now on.
    ApiKeyIssued {
        /// The key's id.
        key: ApiKeyId,
        /// The tenant it belongs to.
        customer: CustomerId,
        /// Keyed hash of the secret, lower-case hex.
        hash: String,
        /// Last four characters of the secret.
        last_four: String,
        /// What the customer calls it.
        name: String,
        /// When it stops working.
        expires_at: Instant,
        /// What it may do; everything without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant: Option<ApiKeyGrant>,
        /// When.
        at: Instant,
    },
    /// It trusts these roots of trust chains from now on, and no others but its own.
    TrustedRootsChanged {
        /// Root DIDs, or DID URLs of root authorisations.
        roots: Vec<String>,
        /// When.
        at: Instant,
    },
    /// Personal data of the tenant was shown to the operator in the clear. Recorded before it is shown: perhaps nothing
    /// was, never the other way round.
    PersonalDataRevealed {
        /// This time.
        reveal: RevealId,
        /// What was asked for.
        what: Revealed,
        /// When.
        at: Instant,
    },
    /// An API key has another name or end.
    ApiKeyChanged {
        /// The key's id.
        key: ApiKeyId,
        /// What the customer calls it from now on.
        name: String,
        /// When it stops working.
        expires_at: Instant,
        /// When.
        at: Instant,
    },
    /// What was sealed about a subject until now is unreadable for good: its data key was deleted.
    SubjectErased {
        /// Keyed hash of whom it was about, lower-case hex.
        subject: String,
        /// How many of the subject's data keys were deleted until now.
        keys: u64,
        /// When.
        at: Instant,
    },
    /// An API key stops working soon: said once, ahead of each end it is given.
    ApiKeyEndsSoon {
        /// The key's id.
        key: ApiKeyId,
        /// When it stops working.
        expires_at: Instant,
        /// When that was said.
        at: Instant,
    },
    /// An API key stopped working.
    ApiKeyRevoked {
        /// The key's id.
        key: ApiKeyId,
        /// When.
        at: Instant,
    },
    /// It is called or reached otherwise; what is absent stayed.
    OrganisationChanged {
        /// Its name, sealed.
        name: Option<Sealed>,
        /// Its contact e-mail, sealed.
        email: Option<Sealed>,
        /// What it says about itself, sealed.
        description: Option<Sealed>,
        /// When.
        at: Instant,
    },
    /// Somebody was invited.
    MemberInvited {
        /// The invitation.
        invitation: InvitationId,
        /// The e-mail address it is bound to, sealed.
        email: Sealed,
        /// Keyed hash of the address.
        email_hash: String,
        /// The role it gives.
        role: RoleName,
        /// Keyed hash of the token that accepts it.
        token_hash: String,
        /// When it can no longer be accepted.
        expires_at: Instant,
        /// Who wrote it, himself or with an API key of his; nobody for the operator and for keys of no member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inviter: Option<UserId>,
        /// The API key that wrote it, if one did: the invitation ends with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<ApiKeyId>,
        /// When.
        at: Instant,
    },
    /// An invitation was taken back.
    InvitationRevoked {
        /// The invitation.
        invitation: InvitationId,
        /// When.
        at: Instant,
    },
    /// A user belongs to it from now on.
    MemberJoined {
        /// The user.
        user: UserId,
        /// What he may do.
        role: RoleName,
        /// His e-mail address, sealed.
        email: Option<Sealed>,
        /// Keyed hash of the address, if it was verified.
        email_hash: Option<String>,
        /// His name, sealed.
        name: Option<Sealed>,
        /// The invitation he accepted, if there was one.
        invitation: Option<InvitationId>,
        /// When.
        at: Instant,
    },
    /// A member has another role.
    MemberRoleChanged {
        /// The member.
        user: UserId,
        /// His role from now on.
        role: RoleName,
        /// When.
        at: Instant,
    },
    /// A member may do nothing for now, nor the API keys that he made.
    MemberSuspended {
        /// The member.
        user: UserId,
        /// Those of his API keys that were not revoked.
        held: Vec<ApiKeyId>,
        /// When.
        at: Instant,
    },
    /// A member may do again what he may.
    MemberReinstated {
        /// The member.
        user: UserId,
        /// Those of his API keys that are held no more.
        released: Vec<ApiKeyId>,
        /// When.
        at: Instant,
    },
    /// A user belongs to it no more.
    MemberRemoved {
        /// The user.
        user: UserId,
        /// When.
        at: Instant,
    },
    /// A role of its own may do this from now on, and nothing else.
    RoleDefined {
        /// The role.
        role: RoleName,
        /// What it may do, by scopes.
        scopes: BTreeSet<String>,
        /// When.
        at: Instant,
    },
    /// A role of its own is no more.
    RoleRemoved {
        /// The role.
        role: RoleName,
        /// When.
        at: Instant,
    },
}

crate::event_kinds!(CustomerEvent {
    CustomerRegistered,
    ApiKeyIssued,
    ApiKeyChanged,
    ApiKeyRevoked,
    ApiKeyEndsSoon,
    TrustedRootsChanged,
    SubjectErased,
    PersonalDataRevealed,
    OrganisationChanged,
    MemberInvited,
    InvitationRevoked,
    MemberJoined,
    MemberRoleChanged,
    MemberSuspended,
    MemberReinstated,
    MemberRemoved,
    RoleDefined,
    RoleRemoved,
});
