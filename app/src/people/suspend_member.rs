//! A member's suspension.

use super::rights::{may_touch, tenant};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{MEMBER_SUSPEND, Spec},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::UserId,
};
use serde::Serialize;

/// A member's suspension.
#[derive(Debug, Clone, Serialize)]
pub struct SuspendMember(pub UserId);

/// Lets a member do nothing for now, nor the API keys that he made.
/// Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn suspend_member(studio: &Studio, call: &Call, input: SuspendMember) -> Result<(), Fault> {
    let SuspendMember(user) = input;
    may_touch(&tenant(studio, call).await?, call, user)?;
    let command = CustomerCommand::SuspendMember { user, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("member/{user}/suspend"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    // Keys of members changed with it.
    studio.key_ring.forget();
    Ok(())
}

impl Act for SuspendMember {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &MEMBER_SUSPEND
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        suspend_member(studio, call, self).await.map(Written::Done)
    }
}
