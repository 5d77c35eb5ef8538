//! Links for people.

use crate::{Config, House, command::terminal::say};
use app::{
    people,
    port::{
        Execute,
        links::{RESET_LINK_HOURS, SET_UP_LINK_HOURS},
    },
};
use domain::{customer::Customer, id::CustomerId};

/// Prints a set-up link.
pub(super) async fn set_up(house: &House, customer: CustomerId) -> anyhow::Result<()> {
    house.studio.outcomes.all_visible().await?;
    let known = Execute::<Customer>::load(&*house.studio.commands, &customer.to_string()).await?.state;
    if known.customer.is_none() {
        anyhow::bail!("there is no customer {customer}: see `studio customer list`");
    }
    if known.is_founded {
        anyhow::bail!("customer {customer} has had members: invite an owner with `studio customer invite`");
    }
    let secret = people::make_set_up_link(&house.studio, customer).await?;
    say(&format!(
        "{}   (works once, for {SET_UP_LINK_HOURS} hours)",
        address(&house.config, "setup", &secret)
    ));
    Ok(())
}

/// Prints a reset link.
pub(super) async fn reset(house: &House, email: &str) -> anyhow::Result<()> {
    house.studio.outcomes.all_visible().await?;
    let secret = people::make_reset_link(&house.studio, email).await?;
    say(&format!(
        "{}   (works once, for {RESET_LINK_HOURS} hours)",
        address(&house.config, "reset", &secret)
    ));
    Ok(())
}

/// Where a link leads: the public address if it is configured, else this machine.
pub(in crate::command) fn address(config: &Config, what: &str, secret: &str) -> String {
    format!("{}/auth/{what}?token={secret}", config.browsers_base())
}
