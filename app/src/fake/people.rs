//! What readers know of people: the log, or as much of it as they have come to.

use super::Index;
use crate::{
    Fault,
    port::{
        People,
        people::{Membership, Person},
    },
};
use async_trait::async_trait;
use domain::{
    customer::{Customer, CustomerEvent},
    id::{CustomerId, InvitationId, UserId},
    user::{User, UserEvent},
};

fn membership(state: &Customer, user: UserId) -> Option<Membership> {
    let (customer, member) = (state.customer?, state.members.get(&user)?);
    let own_scopes = state.roles.get(&member.role).cloned();
    Some(Membership { customer, role: member.role.clone(), own_scopes, suspended: member.suspended })
}

impl Index {
    fn customers(&self) -> Vec<Customer> {
        let ids = self.log.ids::<Customer>(self.until()).into_iter();
        ids.map(|id| self.log.state_until(&id, self.until())).collect()
    }
}

#[async_trait]
impl People for Index {
    async fn membership(&self, customer: CustomerId, user: UserId) -> Result<Option<Membership>, Fault> {
        let state: Customer = self.log.state_until(&customer.to_string(), self.until());
        Ok(membership(&state, user))
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, Fault> {
        Ok(self.customers().iter().filter_map(|state| membership(state, user)).collect())
    }

    async fn person(&self, user: UserId) -> Result<Option<Person>, Fault> {
        let mut person = None;
        for one in self.log.events::<User>(&user.to_string(), self.until()) {
            match one {
                UserEvent::UserRegistered { email, name, .. } => {
                    person = Some(Person { email, name, suspended: false });
                }
                UserEvent::EmailVerified { email, .. } => {
                    person = person.map(|person| Person { email: Some(email), ..person });
                }
                UserEvent::UserSuspended { .. } => {
                    person = person.map(|person| Person { suspended: true, ..person });
                }
                UserEvent::UserReinstated { .. } => {
                    person = person.map(|person| Person { suspended: false, ..person });
                }
                _ => {}
            }
        }
        Ok(person)
    }

    async fn invitation(&self, token_hash: &str) -> Result<Option<(CustomerId, InvitationId)>, Fault> {
        for state in self.customers() {
            let Some(customer) = state.customer else { continue };
            for one in self.log.events::<Customer>(&customer.to_string(), self.until()) {
                if let CustomerEvent::MemberInvited { invitation, token_hash: known, .. } = one
                    && known == token_hash
                {
                    return Ok(Some((customer, invitation)));
                }
            }
        }
        Ok(None)
    }
}
