//! The end of a membership.

use super::rights::{may_touch, tenant};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{MEMBER_REMOVE, Spec},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::UserId,
};
use serde::Serialize;

/// The end of a membership.
#[derive(Debug, Clone, Serialize)]
pub struct RemoveMember(pub UserId);

/// Ends a membership at once, and for good the API keys that he made.
/// Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn remove_member(studio: &Studio, call: &Call, input: RemoveMember) -> Result<(), Fault> {
    let RemoveMember(user) = input;
    may_touch(&tenant(studio, call).await?, call, user)?;
    let command = CustomerCommand::RemoveMember { user, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("member/{user}/remove"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    // Keys of members changed with it.
    studio.key_ring.forget();
    Ok(())
}

impl Act for RemoveMember {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &MEMBER_REMOVE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        remove_member(studio, call, self).await.map(Written::Done)
    }
}
