//! The end of a member's suspension.

use super::rights::Judge;
use crate::{
    Call, Fault, Studio,
    act::{MEMBER_REINSTATE, act},
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

act!(ReinstateMember => (): MEMBER_REINSTATE, reinstate_member);
