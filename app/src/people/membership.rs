//! What a user may do in a customer.

use crate::{
    Actor, Fault, FaultKind, Principal, Studio,
    act::{Networks, role::scopes_of},
};
use domain::id::{CustomerId, UserId};

/// The user as one who acts for the customer: with what his role may do at this moment. Faults: `auth/not-a-member`,
/// `auth/suspended`.
pub async fn principal_of(studio: &Studio, customer: CustomerId, user: UserId) -> Result<Principal, Fault> {
    let (membership, person) =
        tokio::try_join!(studio.people.membership(customer, user), studio.people.person(user))?;
    let membership = membership.ok_or_else(not_a_member)?;
    if membership.suspended || person.is_none_or(|person| person.suspended) {
        return Err(suspended());
    }
    // A role that is gone allows nothing.
    let scopes = scopes_of(&membership.role, membership.own_scopes.as_ref()).ok_or_else(not_a_member)?;
    Ok(Principal {
        customer,
        actor: Actor::User(user.0),
        scopes: scopes.into(),
        networks: Networks::All,
        person: Some(user),
        session: None,
        addresses: Vec::new(),
        ends_at: None,
        token_until: None,
    })
}

fn not_a_member() -> Fault {
    Fault::new(FaultKind::Forbidden, "auth/not-a-member", "You are not a member of this account any more.")
}

/// The user, or his membership, is suspended.
pub fn suspended() -> Fault {
    Fault::new(
        FaultKind::Forbidden,
        "auth/suspended",
        "You are suspended. An owner of the account, or the operator, can reinstate you.",
    )
}
