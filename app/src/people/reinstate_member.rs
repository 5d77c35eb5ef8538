//! The end of a member's suspension.

use super::rights::{may_touch, tenant};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{MEMBER_REINSTATE, Spec},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::UserId,
};
use serde::Serialize;

/// The end of a member's suspension.
#[derive(Debug, Clone, Serialize)]
pub struct ReinstateMember(pub UserId);

/// Lets a member do again what his role may, and the API keys that he made.
/// Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn reinstate_member(studio: &Studio, call: &Call, input: ReinstateMember) -> Result<(), Fault> {
    let ReinstateMember(user) = input;
    may_touch(&tenant(studio, call).await?, call, user)?;
    let command = CustomerCommand::ReinstateMember { user, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("member/{user}/reinstate"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    // Keys of members changed with it.
    studio.key_ring.forget();
    Ok(())
}

impl Act for ReinstateMember {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &MEMBER_REINSTATE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        reinstate_member(studio, call, self).await.map(Written::Done)
    }
}
