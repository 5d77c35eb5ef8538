//! What changes of members, invitations, roles and the account show.

use super::{InvitationPayload, LeaveAccountPayload, MemberPayload, OrganisationPayload, RolePayload};
use crate::{
    asking::asking,
    fault::Result,
    view::{
        Account,
        people::{Invitation, Member, Role},
    },
};
use app::people::role_name;
use async_graphql::{ComplexObject, Context};
use domain::id::{InvitationId, UserId};

#[ComplexObject]
impl MemberPayload {
    /// The member; null once he is none.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let user = self.outcome.0.thing.as_deref().and_then(|thing| thing.parse().ok()).map(UserId);
        let (Some(user), asking) = (user, asking(ctx)?) else { return Ok(None) };
        Ok(asking.views().people().member(asking.customer(), user).await?.map(Into::into))
    }
}

#[ComplexObject]
impl LeaveAccountPayload {
    /// Whether the caller is no member any more.
    async fn left(&self) -> bool {
        self.outcome.0.errors.is_empty()
    }
}

#[ComplexObject]
impl InvitationPayload {
    /// The invitation.
    async fn invitation(&self, ctx: &Context<'_>) -> Result<Option<Invitation>> {
        let id = self.outcome.0.thing.as_deref().and_then(|thing| thing.parse().ok()).map(InvitationId);
        let (Some(id), asking) = (id, asking(ctx)?) else { return Ok(None) };
        Ok(asking.views().people().invitation(asking.customer(), id).await?.map(Into::into))
    }

    /// What accepts an invitation that was just made, for the only time: not for a repeat under the same idempotency key, and
    /// never again.
    async fn token(&self) -> Option<&str> {
        self.outcome.0.secret.as_ref().map(|secret| secret.0.as_str())
    }
}

#[ComplexObject]
impl RolePayload {
    /// The role; null once there is none.
    async fn role(&self, ctx: &Context<'_>) -> Result<Option<Role>> {
        let Some(name) = &self.outcome.0.thing else { return Ok(None) };
        let asking = asking(ctx)?;
        let row = asking.views().people().role(asking.customer(), &role_name(name)?).await?;
        Ok(row.map(Into::into))
    }
}

#[ComplexObject]
impl OrganisationPayload {
    /// The account as it is now.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        let asking = asking(ctx)?;
        Ok(asking.views().accounts().customer(asking.customer()).await?.map(Account))
    }
}
