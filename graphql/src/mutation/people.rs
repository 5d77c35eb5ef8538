//! Members, invitations and roles, and what the account is called.

use super::{InvitationPayload, LeaveAccountPayload, MemberPayload, OrganisationPayload, RolePayload};
use crate::{
    fault::Result,
    input::{KeyedInput, invalid},
    write::{Receipt, Secret, perform},
};
use app::{
    Call, Fault,
    customer::ChangeOrganisation,
    people::{
        ChangeMemberRole, DefineRole, InviteMember, InvitedMember, LeaveAccount, ReinstateMember,
        RemoveMember, RemoveRole, RevokeInvitation, SuspendMember, role_name,
    },
};
use async_graphql::{Context, ID, InputObject, Object};
use domain::id::{Instant, InvitationId, UserId};
use uuid::Uuid;

#[derive(Default)]
pub(super) struct PeopleMutation;

/// A member.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct MemberInput {
    /// The user.
    user_id: ID,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// Leaving the account.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct LeaveAccountInput {
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// Another role for a member.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ChangeMemberRoleInput {
    /// The user.
    user_id: ID,
    /// owner, admin, issuer, auditor, or a role of the account's own.
    role: String,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// Whom to invite.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct InviteMemberInput {
    /// The e-mail address that the invitation is bound to.
    email: String,
    /// owner, admin, issuer, auditor, or a role of the account's own.
    role: String,
    /// When it can no longer be accepted, within 90 days; after seven without. Never later than the end of the API key that
    /// writes it.
    expires_at: Option<Instant>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// An invitation to take back.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RevokeInvitationInput {
    /// Its id.
    invitation_id: ID,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// A role of the account's own.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DefineRoleInput {
    /// Its name: 1 to 40 lower-case letters, digits and hyphens, a letter first.
    name: String,
    /// What it may do, by scopes.
    scopes: Vec<String>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// A role of the account's own to remove.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RemoveRoleInput {
    /// Its name.
    name: String,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// What to change of the account; what is absent or empty stays.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct UpdateOrganisationInput {
    /// Its name.
    name: Option<String>,
    /// Its contact e-mail.
    email: Option<String>,
    /// What it says about itself.
    description: Option<String>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

fn user(id: &ID) -> Result<UserId, Fault> {
    Uuid::parse_str(id).map(UserId).map_err(|_| invalid("userId", "userId should be the id of a member"))
}

fn receipt<T: ToString>(thing: &Result<T, Fault>) -> Receipt {
    thing.as_ref().map(Receipt::of).unwrap_or_default()
}

#[Object]
impl PeopleMutation {
    /// Gives a member another role, at once. API keys that he made and that may do more than the new role end with it. Nobody
    /// gives or takes what he does not have himself, and the last owner stays one.
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ChangeMemberRoleInput,
    ) -> Result<MemberPayload> {
        let user = user(&input.user_id);
        let shown = receipt(&user);
        let act = user.and_then(|user| Ok(ChangeMemberRole { user, role: role_name(&input.role)? }));
        perform(ctx, &input.keyed, act, |_, _| shown).await.map(Into::into)
    }

    /// Lets a member do nothing for now, nor the API keys that he made.
    async fn suspend_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: MemberInput,
    ) -> Result<MemberPayload> {
        let user = user(&input.user_id);
        let shown = receipt(&user);
        perform(ctx, &input.keyed, user.map(SuspendMember), |_, _| shown).await.map(Into::into)
    }

    /// Ends a member's suspension, and that of the API keys that he made.
    async fn reinstate_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: MemberInput,
    ) -> Result<MemberPayload> {
        let user = user(&input.user_id);
        let shown = receipt(&user);
        perform(ctx, &input.keyed, user.map(ReinstateMember), |_, _| shown).await.map(Into::into)
    }

    /// Ends a membership at once, and for good the API keys that he made.
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: MemberInput,
    ) -> Result<MemberPayload> {
        let user = user(&input.user_id);
        let shown = receipt(&user);
        perform(ctx, &input.keyed, user.map(RemoveMember), |_, _| shown).await.map(Into::into)
    }

    /// Ends the caller's own membership at once, and for good the API keys that he made and the invitations that he wrote. The
    /// last owner cannot leave, and an API key is no member.
    async fn leave_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: LeaveAccountInput,
    ) -> Result<LeaveAccountPayload> {
        perform(ctx, &input.keyed, Ok(LeaveAccount), |_, _| Receipt::default()).await.map(Into::into)
    }

    /// Invites whoever can prove that an e-mail address is his. Nothing is sent: the token is in this answer for the only time,
    /// and the caller passes it on. An open invitation of the same address ends.
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: InviteMemberInput,
    ) -> Result<InvitationPayload> {
        let InviteMemberInput { email, role, expires_at, keyed } = input;
        let act = role_name(&role).map(|role| InviteMember { email, role, expires_at });
        perform(ctx, &keyed, act, invited_once).await.map(Into::into)
    }

    /// Takes an invitation back: its token opens nothing from now on.
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeInvitationInput,
    ) -> Result<InvitationPayload> {
        const SENTENCE: &str = "invitationId should be the id of an invitation";
        let invitation = Uuid::parse_str(&input.invitation_id).map(InvitationId);
        let invitation = invitation.map_err(|_| invalid("invitationId", SENTENCE));
        let shown = receipt(&invitation);
        perform(ctx, &input.keyed, invitation.map(RevokeInvitation), |_, _| shown).await.map(Into::into)
    }

    /// Makes a role of the account's own, or says anew what it may do. API keys of members in it that may do more end with it.
    /// Nobody gives or takes what he does not have himself.
    async fn define_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: DefineRoleInput,
    ) -> Result<RolePayload> {
        let DefineRoleInput { name, scopes, keyed } = input;
        let role = role_name(&name);
        let shown = receipt(&role);
        let act = role.map(|role| DefineRole { role, scopes: scopes.into_iter().collect() });
        perform(ctx, &keyed, act, |_, _| shown).await.map(Into::into)
    }

    /// Removes a role of the account's own that nobody has.
    async fn remove_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RemoveRoleInput,
    ) -> Result<RolePayload> {
        let role = role_name(&input.name);
        let shown = receipt(&role);
        perform(ctx, &input.keyed, role.map(RemoveRole), |_, _| shown).await.map(Into::into)
    }

    /// Changes what the account is called, and how it is reached.
    async fn update_organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateOrganisationInput,
    ) -> Result<OrganisationPayload> {
        let UpdateOrganisationInput { name, email, description, keyed } = input;
        let act = Ok(ChangeOrganisation { name, email, description });
        perform(ctx, &keyed, act, |_, _| Receipt::default()).await.map(Into::into)
    }
}

fn invited_once(_: &Call, invited: Option<InvitedMember>) -> Receipt {
    let Some(invited) = invited else { return Receipt::default() };
    Receipt { secret: invited.token.map(Secret), ..Receipt::of(&invited.invitation) }
}
