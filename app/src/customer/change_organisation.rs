//! What a tenant is called, and how it is reached.

use super::{CUSTOMER_SUBJECT, NAME_CHARS_MAX, register::is_name};
use crate::{
    Call, Fault, Studio,
    act::{ORGANISATION_UPDATE, act},
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::Sealed,
    user::EmailAddress,
};
use serde::Serialize;

domain::limits! {
    /// Longest text that a tenant says about itself.
    pub DESCRIPTION_CHARS_MAX: usize = 2_000, "characters";
}

/// What to change of a tenant; what is not given stays.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeOrganisation {
    /// Its name.
    pub name: Option<String>,
    /// Its contact e-mail.
    pub email: Option<String>,
    /// What it says about itself.
    pub description: Option<String>,
}

/// Changes what is given. All of it is personal data, and sealed. Faults: `request/invalid` about `name`, `email` or
/// `description`.
pub async fn change_organisation(
    studio: &Studio,
    call: &Call,
    input: ChangeOrganisation,
) -> Result<(), Fault> {
    let trimmed =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (name, email, description) = (trimmed(input.name), trimmed(input.email), trimmed(input.description));
    if name.as_ref().is_some_and(|name| !is_name(name)) {
        let sentence =
            format!("name should be a valid string of at most {NAME_CHARS_MAX} printable characters");
        return Err(Fault::about("name", sentence));
    }
    if email.as_ref().is_some_and(|email| EmailAddress::parse(email).is_none()) {
        return Err(Fault::about("email", "email value should a well-formatted string"));
    }
    if description.as_ref().is_some_and(|text| text.chars().count() > DESCRIPTION_CHARS_MAX) {
        let sentence =
            format!("description should be a valid string of at most {DESCRIPTION_CHARS_MAX} characters");
        return Err(Fault::about("description", sentence));
    }
    let command = CustomerCommand::ChangeOrganisation {
        name: sealed(studio, call, name).await?,
        email: sealed(studio, call, email).await?,
        description: sealed(studio, call, description).await?,
        at: call.at,
    };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, "organisation");
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await
}

async fn sealed(studio: &Studio, call: &Call, text: Option<String>) -> Result<Option<Sealed>, Fault> {
    match text {
        Some(text) => studio.vault.seal(call.who.customer, CUSTOMER_SUBJECT, text.as_bytes()).await.map(Some),
        None => Ok(None),
    }
}

act!(ChangeOrganisation => (): ORGANISATION_UPDATE, change_organisation);
