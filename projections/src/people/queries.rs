//! What is asked about people.

use super::{InvitationRow, InvitationStanding, InvitationState, MemberRow, RoleRow, UserRow};
use crate::{
    error::Result,
    page::{Filter, LIST_ROWS_MAX, Page, Paging},
    views::Views,
};
use domain::{
    customer::RoleName,
    id::{CustomerId, Instant, InvitationId, UserId},
};

/// Queries about users, members, invitations and roles.
#[derive(Debug, Clone, Copy)]
pub struct PeopleViews<'a>(&'a Views);

impl Views {
    /// Users, members, invitations and roles.
    pub fn people(&self) -> PeopleViews<'_> {
        PeopleViews(self)
    }
}

fn members(customer: CustomerId) -> Filter {
    Filter::of(customer).is("present", Some(true))
}

/// Those that stand like this at that time; all of them without.
fn invitations(customer: CustomerId, standing: Option<(InvitationStanding, Instant)>) -> Filter {
    let all = Filter::of(customer);
    let Some((standing, at)) = standing else { return all };
    let in_state = |state| all.one_of("state", &[state]);
    match standing {
        InvitationStanding::Open => in_state(InvitationState::Open).when("expires_at", ">", Some(at)),
        InvitationStanding::Expired => in_state(InvitationState::Open).when("expires_at", "<=", Some(at)),
        InvitationStanding::Accepted => in_state(InvitationState::Accepted),
        InvitationStanding::Revoked => in_state(InvitationState::Revoked),
    }
}

impl PeopleViews<'_> {
    /// A user. Users are nobody's tenant's: what is shown of one to others is a member.
    pub async fn user(&self, user: UserId) -> Result<Option<UserRow>> {
        self.0.one(&Filter::default().is("user_id", Some(user.0))).await
    }

    /// All users, newest first. For the operator only: it crosses tenants.
    pub async fn list_for_operator(&self, paging: Paging) -> Result<Page<UserRow>> {
        self.0.list(&Filter::default(), paging).await
    }

    /// A member of the customer, suspended ones too.
    pub async fn member(&self, customer: CustomerId, user: UserId) -> Result<Option<MemberRow>> {
        self.0.one(&members(customer).is("user_id", Some(user.0))).await
    }

    /// The members of the customer, newest first.
    pub async fn members(&self, customer: CustomerId, paging: Paging) -> Result<Page<MemberRow>> {
        self.0.list(&members(customer), paging).await
    }

    /// How many members the customer has.
    pub async fn member_count(&self, customer: CustomerId) -> Result<u64> {
        self.0.count::<MemberRow>(&members(customer)).await
    }

    /// Where a user is a member, oldest first.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<MemberRow>> {
        let own = Filter::default().is("user_id", Some(user.0)).is("present", Some(true));
        self.0.ordered(&own, "position", LIST_ROWS_MAX).await
    }

    /// An invitation of the customer.
    pub async fn invitation(
        &self,
        customer: CustomerId,
        invitation: InvitationId,
    ) -> Result<Option<InvitationRow>> {
        self.0.one(&Filter::of(customer).is("invitation", Some(invitation.0))).await
    }

    /// Which invitation has a token with this keyed hash? Asked before the tenant is known; the token is the proof.
    pub async fn invitation_by_token(&self, token_hash: &str) -> Result<Option<InvitationRow>> {
        self.0.one(&Filter::default().is("token_hash", Some(token_hash))).await
    }

    /// The invitations of the customer, newest first, maybe only those that stand like this at that time.
    pub async fn invitations(
        &self,
        customer: CustomerId,
        standing: Option<(InvitationStanding, Instant)>,
        paging: Paging,
    ) -> Result<Page<InvitationRow>> {
        self.0.list(&invitations(customer, standing), paging).await
    }

    /// How many invitations the customer has, maybe only of those that stand like this at that time.
    pub async fn invitation_count(
        &self,
        customer: CustomerId,
        standing: Option<(InvitationStanding, Instant)>,
    ) -> Result<u64> {
        self.0.count::<InvitationRow>(&invitations(customer, standing)).await
    }

    /// A role of the customer's own.
    pub async fn role(&self, customer: CustomerId, role: &RoleName) -> Result<Option<RoleRow>> {
        self.0.one(&Filter::of(customer).is("role", Some(role.as_str())).is("present", Some(true))).await
    }

    /// The customer's own roles, by name.
    pub async fn roles(&self, customer: CustomerId) -> Result<Vec<RoleRow>> {
        self.0.ordered(&Filter::of(customer).is("present", Some(true)), "role", LIST_ROWS_MAX).await
    }
}
