//! Joining a customer.

use super::{Home, Visitor, acting, invitation, register_user};
use crate::{
    Call, Fault, Studio,
    port::{Execute, commands::Meta},
    write,
};
use domain::customer::{Customer, CustomerCommand, CustomerRefusal};

/// Makes the visitor a member of the customer that invited him. The invitation is bound to the e-mail address that it was
/// written to, and only whoever verified that this address is his can accept it. Faults: `customer/invitation-not-found` (of
/// nobody's too), `…-ended`, `…-expired`, `…-for-another`, `…-void`, `customer/already-member`, `auth/suspended`.
pub async fn accept_invitation(
    studio: &Studio,
    call: &Call,
    token: &str,
    visitor: &Visitor,
) -> Result<Home, Fault> {
    let found = invitation::find(studio, token).await?;
    register_user(studio, call, visitor).await?;
    let (customer, invitation) = (found.customer, found.id);
    let call = acting(call, visitor.user, customer, &["accept", &invitation.to_string()]);
    let joining = visitor.joining(studio, customer).await?;
    let command = Box::new(CustomerCommand::AcceptInvitation { invitation, joining, at: call.at });
    let command = CustomerCommand::Judged { seen: found.judged(studio).await?, command };
    let meta = Meta::of(&call, "");
    let done = Execute::<Customer>::execute(&*studio.commands, &customer.to_string(), command, meta).await?;
    if !done.state.members.contains_key(&visitor.user) {
        // Accepted before, and removed since.
        return Err(Fault::refused(&CustomerRefusal::InvitationEnded));
    }
    write::visible(studio, done.token).await?;
    Ok(Home { user: visitor.user, customer })
}
