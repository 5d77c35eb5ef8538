//! The end of an invitation.

use crate::{
    Call, Fault, Studio,
    act::{INVITATION_REVOKE, act},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::InvitationId,
};
use serde::Serialize;

/// The end of an invitation.
#[derive(Debug, Clone, Serialize)]
pub struct RevokeInvitation(pub InvitationId);

/// Takes an invitation back: its token opens nothing from now on.
pub async fn revoke_invitation(studio: &Studio, call: &Call, input: RevokeInvitation) -> Result<(), Fault> {
    let RevokeInvitation(invitation) = input;
    let command = CustomerCommand::RevokeInvitation { invitation, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("invitation/{invitation}/revoke"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await
}

act!(RevokeInvitation => (): INVITATION_REVOKE, revoke_invitation);
