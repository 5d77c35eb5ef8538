//! Members, invitations and roles of the account.

use super::kind::InvitationState;
use crate::{asking::asking, fault::Result, loader::Text, page::Rooted};
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::id::{CustomerId, Instant, Sealed};
use projections::{InvitationRow, MemberRow, Page, Paging, ProjectionError, Views};

/// A member of the account.
pub(crate) struct Member(MemberRow);

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self(row)
    }
}

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

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self(row)
    }
}

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
    async fn state(&self) -> InvitationState {
        self.0.state.into()
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

/// How many things the account has.
#[derive(SimpleObject)]
pub(crate) struct Analytics {
    /// DIDs.
    pub(crate) dids: u64,
    /// Credentials it issued.
    pub(crate) credentials: u64,
    /// Accreditations it issued.
    pub(crate) accreditations: u64,
    /// Versions of resources.
    pub(crate) resources: u64,
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

/// The invitations of the account, maybe only those in one state.
pub(crate) struct Invitations(pub(crate) Option<projections::InvitationState>);

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
