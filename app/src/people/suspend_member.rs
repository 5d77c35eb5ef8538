//! A member's suspension.

use super::rights::Judge;
use crate::{
    Call, Fault, Studio,
    act::{MEMBER_SUSPEND, act},
};
use domain::{customer::CustomerCommand, id::UserId};
use serde::Serialize;

/// A member's suspension.
#[derive(Debug, Clone, Serialize)]
pub struct SuspendMember(pub UserId);

/// Lets a member do nothing for now, nor the API keys that he made.
/// Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn suspend_member(studio: &Studio, call: &Call, input: SuspendMember) -> Result<(), Fault> {
    let SuspendMember(user) = input;
    let judge = Judge::of(studio, call).await?.member(user)?;
    let command = CustomerCommand::SuspendMember { user, at: call.at };
    judge.decided(studio, &format!("member/{user}/suspend"), command).await.map(|_| ())
}

act!(SuspendMember => (): MEMBER_SUSPEND, suspend_member);
