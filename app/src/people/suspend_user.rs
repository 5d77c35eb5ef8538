//! `studio user suspend` and `studio user reinstate`.

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
    decide(studio, call, user, "suspend_user", UserCommand::Suspend { at: call.at }).await
}

/// Ends a user's suspension, and that of the API keys that he made. For the operator only. Fault `user/not-found`.
pub async fn reinstate_user(studio: &Studio, call: &Call, user: UserId) -> Result<(), Fault> {
    decide(studio, call, user, "reinstate_user", UserCommand::Reinstate { at: call.at }).await
}

async fn decide(
    studio: &Studio,
    call: &Call,
    user: UserId,
    what: &str,
    command: UserCommand,
) -> Result<(), Fault> {
    let call = Call { who: Principal::unbounded(place_of(user), Actor::Operator), ..call.clone() };
    let meta = Meta::of(&call, what);
    let done = Execute::<User>::execute(&*studio.commands, &user.to_string(), command, meta).await?;
    write::visible(studio, done.token).await?;
    studio.key_ring.forget();
    Ok(())
}
