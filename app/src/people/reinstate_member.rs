//! The end of a member's suspension.

use super::rights::Judge;
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{MEMBER_REINSTATE, Spec},
};
use domain::{customer::CustomerCommand, id::UserId};
use serde::Serialize;

/// The end of a member's suspension.
#[derive(Debug, Clone, Serialize)]
pub struct ReinstateMember(pub UserId);

/// Lets a member do again what his role may, and the API keys that he made.
/// Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn reinstate_member(studio: &Studio, call: &Call, input: ReinstateMember) -> Result<(), Fault> {
    let ReinstateMember(user) = input;
    let judge = Judge::of(studio, call).await?.member(user)?;
    let command = CustomerCommand::ReinstateMember { user, at: call.at };
    judge.decided(studio, &format!("member/{user}/reinstate"), command).await.map(|_| ())
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
