//! `studio audit replay --stream user-<id> --reveal`.

use super::place_of;
use crate::{
    Actor, Call, Fault, Principal, Studio,
    port::{Execute, commands::Meta},
};
use domain::{
    customer::Revealed,
    id::{RevealId, UserId},
    user::{User, UserCommand},
};

/// Notes in the user's own history that what is sealed of him is about to be shown to the operator. Whoever shows it asks this
/// first, and shows nothing unless it is recorded. Fault `user/not-found`.
pub async fn note_reveal_of_user(
    studio: &Studio,
    call: &Call,
    user: UserId,
    what: Revealed,
) -> Result<(), Fault> {
    let call = Call { who: Principal::unbounded(place_of(user), Actor::Operator), ..call.clone() };
    let command = UserCommand::NoteReveal { reveal: RevealId(call.command_id), what, at: call.at };
    Execute::<User>::execute(&*studio.commands, &user.to_string(), command, Meta::of(&call, "reveal"))
        .await?;
    Ok(())
}
