//! Look-ups about people, answered by the read models.

use super::directory::fault;
use app::{
    Fault,
    port::{
        People,
        people::{Membership, Person},
    },
};
use async_trait::async_trait;
use domain::id::{CustomerId, InvitationId, UserId};
use projections::{MemberRow, ProjectionError, Views};
use std::collections::BTreeSet;

/// See the module.
pub struct ViewsPeople(Views);

impl ViewsPeople {
    /// Over these read models.
    pub const fn new(views: Views) -> Self {
        Self(views)
    }

    /// What a role of a customer's own may do; what everybody's may is no matter of rows.
    async fn own_scopes(&self, row: &MemberRow) -> Result<Option<BTreeSet<String>>, ProjectionError> {
        if row.role.is_built_in() {
            return Ok(None);
        }
        Ok(self.0.people().role(row.customer, &row.role).await?.map(|role| role.scopes))
    }

    async fn told(&self, row: MemberRow) -> Result<Membership, Fault> {
        let own_scopes = self.own_scopes(&row).await.map_err(|error| fault(&error))?;
        let suspended = row.suspended_at.is_some();
        Ok(Membership { customer: row.customer, role: row.role, own_scopes, suspended })
    }
}

#[async_trait]
impl People for ViewsPeople {
    async fn membership(&self, customer: CustomerId, user: UserId) -> Result<Option<Membership>, Fault> {
        match self.0.people().member(customer, user).await.map_err(|error| fault(&error))? {
            Some(row) => self.told(row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, Fault> {
        let rows = self.0.people().memberships(user).await.map_err(|error| fault(&error))?;
        let mut memberships = Vec::with_capacity(rows.len());
        for row in rows {
            memberships.push(self.told(row).await?);
        }
        Ok(memberships)
    }

    async fn person(&self, user: UserId) -> Result<Option<Person>, Fault> {
        let row = self.0.people().user(user).await.map_err(|error| fault(&error))?;
        Ok(row.map(|row| Person { email: row.email, name: row.name, suspended: row.suspended_at.is_some() }))
    }

    async fn invitation(&self, token_hash: &str) -> Result<Option<(CustomerId, InvitationId)>, Fault> {
        let row = self.0.people().invitation_by_token(token_hash).await.map_err(|error| fault(&error))?;
        Ok(row.map(|row| (row.customer, row.invitation)))
    }
}
