//! Answers from the read models about users and where they belong.

use crate::Fault;
use async_trait::async_trait;
use domain::{
    customer::RoleName,
    id::{CustomerId, InvitationId, Sealed, UserId},
};
use std::collections::BTreeSet;

/// A user in a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The customer.
    pub customer: CustomerId,
    /// His role.
    pub role: RoleName,
    /// What the role may do, if it is one of the customer's own.
    pub own_scopes: Option<BTreeSet<String>>,
    /// Whether he may do nothing there for now.
    pub suspended: bool,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// His e-mail address, sealed for himself.
    pub email: Option<Sealed>,
    /// His name, sealed for himself.
    pub name: Option<Sealed>,
    /// Whether the operator suspended him.
    pub suspended: bool,
}

/// Look-ups about people.
#[async_trait]
pub trait People: Send + Sync {
    /// The user as a member of the customer, suspended ones too.
    async fn membership(&self, customer: CustomerId, user: UserId) -> Result<Option<Membership>, Fault>;
    /// Where the user is a member, oldest first.
    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, Fault>;
    /// The user.
    async fn person(&self, user: UserId) -> Result<Option<Person>, Fault>;
    /// Which invitation has a token with this keyed hash? Asked before the tenant is known; the token is the proof.
    async fn invitation(&self, token_hash: &str) -> Result<Option<(CustomerId, InvitationId)>, Fault>;
}
