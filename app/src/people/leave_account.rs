//! Leaving an account.

use super::rights::Judge;
use crate::{
    Actor, Call, Fault, Studio,
    act::{ACCOUNT_LEAVE, act},
};
use domain::{
    customer::{CustomerCommand, CustomerRefusal},
    id::UserId,
};
use serde::Serialize;

/// The end of one's own membership.
#[derive(Debug, Clone, Serialize)]
pub struct LeaveAccount;

/// Ends the caller's own membership at once, and for good the API keys that he made and the invitations that he wrote. He needs
/// nobody's leave and no right but this one; the last owner stays. Faults beside the refusals: `customer/member-not-found` for an
/// API key or a machine, which is no member, whoever made it.
pub async fn leave_account(studio: &Studio, call: &Call, _: LeaveAccount) -> Result<(), Fault> {
    let Actor::User(user) = call.who.actor else {
        return Err(Fault::refused(&CustomerRefusal::MemberNotFound));
    };
    let command = CustomerCommand::RemoveMember { user: UserId(user), at: call.at };
    let judge = Judge::of(studio, call).await?;
    judge.decided(studio, &format!("member/{user}/leave"), command).await.map(|_| ())
}

act!(LeaveAccount => (): ACCOUNT_LEAVE, leave_account);
