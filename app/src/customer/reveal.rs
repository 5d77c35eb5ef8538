//! `studio audit replay --reveal`.

use crate::{
    Call, Fault, Studio,
    port::{Execute, commands::Meta},
};
use domain::{
    customer::{Customer, CustomerCommand, Revealed},
    id::RevealId,
};

/// Notes in the customer's own log that its personal data is about to be shown in the clear. Whoever shows it asks this
/// first, and shows nothing unless it is recorded. Fault `customer/not-found`.
pub async fn note_reveal(studio: &Studio, call: &Call, what: Revealed) -> Result<(), Fault> {
    let command = CustomerCommand::NoteReveal { reveal: RevealId(call.command_id), what, at: call.at };
    let id = call.who.customer.to_string();
    Execute::<Customer>::execute(&*studio.commands, &id, command, Meta::of(call, "reveal")).await?;
    Ok(())
}
