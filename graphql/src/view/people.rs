//! Members, invitations and roles of the account.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::kind::InvitationState;
use crate::{asking::asking, fault::Result, loader::Text, page::Rooted};
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{
    customer::RoleName,
    id::{CustomerId, Instant, Sealed},
};
use projections::{
    InvitationRow, InvitationStanding, MemberRow, Page, Paging, ProjectionError, RoleRow, Views,
};
use std::collections::BTreeSet;

/// A member of the account.
pub(crate) struct Member(MemberRow);

shows!(Member: MemberRow);

async fn opened(ctx: &Context<'_>, sealed: Option<&Sealed>) -> Result<Option<String>> {
    let Some(sealed) = sealed else { return Ok(None) };
    Ok(asking(ctx)?.loaders.0.load_one(Text(sealed.clone())).await?)
}

/// A member of the account.
#[Object]
impl Member {
    /// The user.
    async fn user_id(&self) -> ID {
        ID(self.0.user_id.to_string())
    }

    /// His e-mail address; null if he has none, or once erased.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        opened(ctx, self.0.email.as_ref()).await
    }

    /// His name; null if he has none, or once erased.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        opened(ctx, self.0.name.as_ref()).await
    }

    /// His role.
    async fn role(&self) -> &str {
        self.0.role.as_str()
    }

    /// Since when he may do nothing for now.
    async fn suspended_at(&self) -> Option<Instant> {
        self.0.suspended_at
    }

    /// The invitation he accepted, if there was one.
    async fn invitation_id(&self) -> Option<ID> {
        self.0.invitation.map(|invitation| ID(invitation.to_string()))
    }

    /// When he joined.
    async fn joined_at(&self) -> Instant {
        self.0.joined_at
    }
}

/// An invitation; its token is nowhere.
pub(crate) struct Invitation(InvitationRow);

shows!(Invitation: InvitationRow);

/// An invitation; its token is nowhere.
#[Object]
impl Invitation {
    /// Its id.
    async fn invitation_id(&self) -> ID {
        ID(self.0.invitation.to_string())
    }

    /// The e-mail address it is bound to; null once erased.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        opened(ctx, Some(&self.0.email)).await
    }

    /// The role it gives.
    async fn role(&self) -> &str {
        self.0.role.as_str()
    }

    /// What became of it.
    async fn state(&self, ctx: &Context<'_>) -> Result<InvitationState> {
        Ok(self.0.standing(asking(ctx)?.studio().clock.now()).into())
    }

    /// When it can no longer be accepted.
    async fn expires_at(&self) -> Instant {
        self.0.expires_at
    }

    /// Who joined with it.
    async fn accepted_by(&self) -> Option<ID> {
        self.0.accepted_by.map(|user| ID(user.to_string()))
    }

    /// When it was accepted or taken back.
    async fn ended_at(&self) -> Option<Instant> {
        self.0.ended_at
    }

    /// When it was made.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }
}

/// A role.
#[derive(SimpleObject)]
pub(crate) struct Role {
    /// Its name.
    pub(crate) name: String,
    /// Whether every account has it, and none can change it.
    pub(crate) built_in: bool,
    /// What it may do, by scopes.
    pub(crate) scopes: Vec<String>,
}

impl Role {
    /// One that every account has.
    pub(crate) fn of_everybody((name, scopes): (RoleName, BTreeSet<String>)) -> Self {
        Self { name: name.to_string(), built_in: true, scopes: scopes.into_iter().collect() }
    }
}

impl From<RoleRow> for Role {
    fn from(row: RoleRow) -> Self {
        Self { name: row.role.to_string(), built_in: false, scopes: row.scopes.into_iter().collect() }
    }
}

/// How many things the account has.
#[derive(SimpleObject)]
pub(crate) struct Analytics {
    /// DIDs.
    dids: u64,
    /// Credentials it issued.
    credentials: u64,
    /// Accreditations it issued.
    accreditations: u64,
    /// Versions of resources.
    resources: u64,
}

impl From<projections::Analytics> for Analytics {
    fn from(counted: projections::Analytics) -> Self {
        let projections::Analytics { dids, credentials, accreditations, resources } = counted;
        Self { dids, credentials, accreditations, resources }
    }
}

/// The members of the account.
pub(crate) struct Members;

impl Rooted for Members {
    type Row = MemberRow;
    async fn page(
        &self,
        views: &Views,
        customer: CustomerId,
        paging: Paging,
    ) -> Result<Page<MemberRow>, ProjectionError> {
        views.people().members(customer, paging).await
    }
    async fn count(&self, views: &Views, customer: CustomerId) -> Result<u64, ProjectionError> {
        views.people().member_count(customer).await
    }
}

/// The invitations of the account, maybe only those that stand like this at that time.
pub(crate) struct Invitations(pub(crate) Option<(InvitationStanding, Instant)>);

impl Rooted for Invitations {
    type Row = InvitationRow;
    async fn page(
        &self,
        views: &Views,
        customer: CustomerId,
        paging: Paging,
    ) -> Result<Page<InvitationRow>, ProjectionError> {
        views.people().invitations(customer, self.0, paging).await
    }
    async fn count(&self, views: &Views, customer: CustomerId) -> Result<u64, ProjectionError> {
        views.people().invitation_count(customer, self.0).await
    }
}
