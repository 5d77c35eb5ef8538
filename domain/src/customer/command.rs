//! What can be asked of a customer.

use super::{ApiKeyGrant, PayerAccount, Revealed, RoleName, Seen};
use crate::id::{ApiKeyId, CustomerId, Instant, InvitationId, RevealId, Sealed, UserId};
use std::collections::BTreeSet;

/// Commands of [`super::Customer`].
#[derive(Debug, Clone)]
pub enum CustomerCommand {
    /// Makes a tenant with its payer accounts.
    Register {
        /// The new tenant.
        customer: CustomerId,
        /// Its name, sealed (personal data).
        name: Sealed,
        /// Its contact e-mail, sealed.
        email: Option<Sealed>,
        /// One fee payer per network.
        payers: Vec<PayerAccount>,
        /// Now.
        at: Instant,
    },
    /// Gives the tenant an API key; only its keyed hash is known here.
    IssueApiKey {
        /// The key's id.
        key: ApiKeyId,
        /// Keyed hash of the secret, lower-case hex of 32 bytes.
        hash: String,
        /// The last four characters of the secret, to recognise it by.
        last_four: String,
        /// What the customer calls it.
        name: String,
        /// When it stops working.
        expires_at: Instant,
        /// What it may do; everything without.
        grant: Option<ApiKeyGrant>,
        /// Now.
        at: Instant,
    },
    /// Says which roots of trust chains it trusts, in place of those before.
    TrustRoots {
        /// Root DIDs, or DID URLs of root authorisations.
        roots: Vec<String>,
        /// Now.
        at: Instant,
    },
    /// Notes that the operator is about to be shown personal data of the tenant in the clear.
    NoteReveal {
        /// This time.
        reveal: RevealId,
        /// What he asked for.
        what: Revealed,
        /// Now.
        at: Instant,
    },
    /// Gives an API key another name or end, or both.
    ChangeApiKey {
        /// The key's id.
        key: ApiKeyId,
        /// What the customer calls it from now on; `None` leaves it.
        name: Option<String>,
        /// When it stops working; `None` leaves it.
        expires_at: Option<Instant>,
        /// Now.
        at: Instant,
    },
    /// Gives a new API key in the place of an old one, under the old one's name.
    RotateApiKey {
        /// The key to replace.
        old: ApiKeyId,
        /// The new key's id.
        key: ApiKeyId,
        /// Keyed hash of the new secret, lower-case hex of 32 bytes.
        hash: String,
        /// The last four characters of the new secret.
        last_four: String,
        /// When the new key stops working.
        expires_at: Instant,
        /// When the old key stops working, at the latest; not after now means at once and for good.
        old_ends_at: Instant,
        /// Who asks, if that is a user: the new key is his.
        maker: Option<UserId>,
        /// Now.
        at: Instant,
    },
    /// Says that an API key stops working soon, if that is due.
    NoteApiKeyEnd {
        /// The key's id.
        key: ApiKeyId,
        /// Now.
        at: Instant,
    },
    /// Stops an API key for good.
    RevokeApiKey {
        /// The key's id.
        key: ApiKeyId,
        /// Now.
        at: Instant,
    },
    /// Notes that what was sealed about a subject was made unreadable.
    NoteErasure {
        /// Keyed hash of whom it was about, lower-case hex; no name, and nothing to find one by.
        subject: String,
        /// How many of the subject's data keys were ever deleted.
        keys: u64,
        /// Now.
        at: Instant,
    },
    /// Says what it is called and how it is reached; what is not given stays.
    ChangeOrganisation {
        /// Its name, sealed.
        name: Option<Sealed>,
        /// Its contact e-mail, sealed.
        email: Option<Sealed>,
        /// What it says about itself, sealed.
        description: Option<Sealed>,
        /// Now.
        at: Instant,
    },
    /// Does this if what the right to it was judged by is as it was then.
    Judged {
        /// What was seen.
        seen: Seen,
        /// What to do.
        command: Box<CustomerCommand>,
    },
    /// Makes a user the owner of a customer that never had a member.
    Found {
        /// Who joins.
        joining: Joining,
        /// Now.
        at: Instant,
    },
    /// Invites whoever has an e-mail address. An open invitation of the same address ends with it.
    Invite {
        /// The invitation.
        invitation: InvitationId,
        /// The address, sealed (personal data).
        email: Sealed,
        /// Keyed hash of the address, lower-case hex.
        email_hash: String,
        /// As what.
        role: RoleName,
        /// Keyed hash of the token that accepts it, lower-case hex.
        token_hash: String,
        /// When it can no longer be accepted.
        expires_at: Instant,
        /// Who writes it, if that is a user.
        inviter: Option<UserId>,
        /// The API key that writes it, if one does.
        key: Option<ApiKeyId>,
        /// Now.
        at: Instant,
    },
    /// Takes an invitation back.
    RevokeInvitation {
        /// The invitation.
        invitation: InvitationId,
        /// Now.
        at: Instant,
    },
    /// Makes a user a member by an invitation of his verified e-mail address.
    AcceptInvitation {
        /// The invitation.
        invitation: InvitationId,
        /// Who joins.
        joining: Joining,
        /// Now.
        at: Instant,
    },
    /// Gives a member another role. API keys of his that may do more than the role end with it.
    ChangeMemberRole {
        /// The member.
        user: UserId,
        /// His new role.
        role: RoleName,
        /// What the role may do, if it is one that every customer has and not the owner's; not read otherwise.
        may: BTreeSet<String>,
        /// Now.
        at: Instant,
    },
    /// Lets a member do nothing for now, nor the API keys that he made.
    SuspendMember {
        /// The member.
        user: UserId,
        /// Now.
        at: Instant,
    },
    /// Ends that.
    ReinstateMember {
        /// The member.
        user: UserId,
        /// Now.
        at: Instant,
    },
    /// Ends a membership, and for good the API keys that he made and the invitations that he wrote.
    RemoveMember {
        /// The member.
        user: UserId,
        /// Now.
        at: Instant,
    },
    /// Makes a role, or says anew what it may do. API keys of members in it that may do more end with it.
    DefineRole {
        /// The role.
        role: RoleName,
        /// What it may do, by scopes.
        scopes: BTreeSet<String>,
        /// Now.
        at: Instant,
    },
    /// Takes a role away that nobody has.
    RemoveRole {
        /// The role.
        role: RoleName,
        /// Now.
        at: Instant,
    },
}

/// A user who becomes a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// The user.
    pub user: UserId,
    /// His e-mail address, sealed for the customer.
    pub email: Option<Sealed>,
    /// Keyed hash of the address, if it was verified that it is his.
    pub email_hash: Option<String>,
    /// His name, sealed for the customer.
    pub name: Option<Sealed>,
}
