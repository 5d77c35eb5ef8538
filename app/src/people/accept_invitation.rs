//! Joining a customer.

use super::{Home, Visitor, acting, register_user};
use crate::{
    Call, Fault, Studio,
    port::{Execute, commands::Meta, vault::Hashed},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand, CustomerRefusal},
    id::{CustomerId, InvitationId},
};

domain::limits! {
    /// Longest text that can be the token of an invitation.
    TOKEN_CHARS_MAX: usize = 256, "bytes";
}

/// Makes the visitor a member of the customer that invited him. The invitation is bound to the e-mail address that it was
/// written to, and only whoever verified that this address is his can accept it. Faults: `customer/invitation-not-found` (of
/// nobody's too), `…-ended`, `…-expired`, `…-for-another`, `customer/already-member`, `auth/suspended`.
pub async fn accept_invitation(
    studio: &Studio,
    call: &Call,
    token: &str,
    visitor: &Visitor,
) -> Result<Home, Fault> {
    let (customer, invitation) = find_invitation(studio, token).await?;
    register_user(studio, call, visitor).await?;
    let call = acting(call, visitor.user, customer, &["accept", &invitation.to_string()]);
    let joining = visitor.joining(studio, customer).await?;
    let command = CustomerCommand::AcceptInvitation { invitation, joining, at: call.at };
    let meta = Meta::of(&call, "");
    let done = Execute::<Customer>::execute(&*studio.commands, &customer.to_string(), command, meta).await?;
    if !done.state.members.contains_key(&visitor.user) {
        // Accepted before, and removed since.
        return Err(Fault::refused(&CustomerRefusal::InvitationEnded));
    }
    write::visible(studio, done.token).await?;
    Ok(Home { user: visitor.user, customer })
}

/// Whose invitation has this token. Fault `customer/invitation-not-found`.
pub(super) async fn find_invitation(
    studio: &Studio,
    token: &str,
) -> Result<(CustomerId, InvitationId), Fault> {
    let no_such = || Fault::refused(&CustomerRefusal::InvitationNotFound);
    if token.is_empty() || token.len() > TOKEN_CHARS_MAX {
        return Err(no_such());
    }
    let hash = studio.hashes.keyed_hash(Hashed::Invitation, token);
    studio.people.invitation(&hash).await?.ok_or_else(no_such)
}
