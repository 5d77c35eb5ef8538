//! The end of a membership.

use super::rights::Judge;
use crate::{
    Call, Fault, Studio,
    act::{MEMBER_REMOVE, act},
};
use domain::{customer::CustomerCommand, id::UserId};
use serde::Serialize;

/// The end of a membership.
#[derive(Debug, Clone, Serialize)]
pub struct RemoveMember(pub UserId);

/// Ends a membership at once, and for good the API keys that he made.
/// Faults beside the refusals: `auth/beyond-own-rights`.
pub async fn remove_member(studio: &Studio, call: &Call, input: RemoveMember) -> Result<(), Fault> {
    let RemoveMember(user) = input;
    let judge = Judge::of(studio, call).await?.member(user)?;
    let command = CustomerCommand::RemoveMember { user, at: call.at };
    judge.decided(studio, &format!("member/{user}/remove"), command).await.map(|_| ())
}

act!(RemoveMember => (): MEMBER_REMOVE, remove_member);
