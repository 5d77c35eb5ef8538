//! What is asked about people.

use super::{InvitationRow, InvitationState, MemberRow, RoleRow, UserRow};
use crate::{
    error::Result,
    page::{Filter, LIST_ROWS_MAX, Page, Paging},
    views::Views,
};
use domain::{
    customer::RoleName,
    id::{CustomerId, InvitationId, UserId},
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

fn invitations(customer: CustomerId, state: Option<InvitationState>) -> Filter {
    let states: Vec<InvitationState> = state.into_iter().collect();
    Filter::of(customer).one_of("state", &states)
}

impl PeopleViews<'_> {
    /// A user. Users are nobody's tenant's: what is shown of one to others is a member.
    pub async fn user(&self, user: UserId) -> Result<Option<UserRow>> {
        self.0.one(&Filter::default().is("user_id", Some(user.0))).await
    }

    /// Whose verified e-mail address has this keyed hash?
    pub async fn by_email(&self, email_hash: &str) -> Result<Option<UserRow>> {
        self.0.one(&Filter::default().is("email_hash", Some(email_hash))).await
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

    /// The invitations of the customer, newest first, maybe only those in one state.
    pub async fn invitations(
        &self,
        customer: CustomerId,
        state: Option<InvitationState>,
        paging: Paging,
    ) -> Result<Page<InvitationRow>> {
        self.0.list(&invitations(customer, state), paging).await
    }

    /// How many invitations the customer has.
    pub async fn invitation_count(
        &self,
        customer: CustomerId,
        state: Option<InvitationState>,
    ) -> Result<u64> {
        self.0.count::<InvitationRow>(&invitations(customer, state)).await
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
