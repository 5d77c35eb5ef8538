//! `studio user suspend`.

use super::place_of;
use crate::{
    Actor, Call, Fault, Principal, Studio,
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    id::UserId,
    user::{User, UserCommand},
};

/// Lets a user in nowhere any more, whichever account he belongs to, nor the API keys that he made: those open nothing until he is
/// reinstated, and his invitations neither. For the operator only. Fault `user/not-found`.
pub async fn suspend_user(studio: &Studio, call: &Call, user: UserId) -> Result<(), Fault> {
    let call = Call { who: Principal::unbounded(place_of(user), Actor::Operator), ..call.clone() };
    let meta = Meta::of(&call, "suspend_user");
    let command = UserCommand::Suspend { at: call.at };
    let done = Execute::<User>::execute(&*studio.commands, &user.to_string(), command, meta).await?;
    write::visible(studio, done.token).await?;
    studio.key_ring.forget();
    Ok(())
}
