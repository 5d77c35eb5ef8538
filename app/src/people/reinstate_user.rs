//! `studio user reinstate`.

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

/// Ends a user's suspension, and that of the API keys that he made. For the operator only. Fault `user/not-found`.
pub async fn reinstate_user(studio: &Studio, call: &Call, user: UserId) -> Result<(), Fault> {
    let call = Call { who: Principal::unbounded(place_of(user), Actor::Operator), ..call.clone() };
    let meta = Meta::of(&call, "reinstate_user");
    let command = UserCommand::Reinstate { at: call.at };
    let done = Execute::<User>::execute(&*studio.commands, &user.to_string(), command, meta).await?;
    write::visible(studio, done.token).await?;
    studio.key_ring.forget();
    Ok(())
}
