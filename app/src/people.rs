//! Users: who they are, where they belong, and what they may do there.

mod accept_invitation;
mod first_visit;
mod membership;

pub use accept_invitation::accept_invitation;
pub use first_visit::{Home, Visitor, first_visit, register_user};
pub use membership::{principal_of, suspended};

use crate::{Actor, Call, Principal};
use domain::id::{CustomerId, UserId, derived_uuid};

/// The vault's subject for what is known of a user, in a place of his own: he is no tenant, and belongs to several.
pub const USER_SUBJECT: &str = "user";

/// Where what is known of a user is sealed, and in whose name his own events stand: a place that is no customer's.
pub const fn place_of(user: UserId) -> CustomerId {
    CustomerId(user.0)
}

/// A request of the user himself, in a customer. What it does has ids of `what`, so that a repeat is no second one, whoever
/// asks for it and when.
fn acting(call: &Call, user: UserId, customer: CustomerId, what: &[&str]) -> Call {
    let mut parts = vec![user.0.to_string()];
    parts.extend(what.iter().map(|part| (*part).to_owned()));
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let who = Principal { person: Some(user), ..Principal::unbounded(customer, Actor::User(user.0)) };
    Call { who, command_id: derived_uuid("user-command", &parts), ..call.clone() }
}

#[cfg(test)]
mod tests;
