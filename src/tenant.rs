//! Making customers and keeping their devnet payers funded, for the command line and the first start.

use crate::House;
use anyhow::{Context, bail};
use app::{Actor, Call, Principal, customer, people, port::Execute};
use domain::{
    customer::Customer,
    id::{CustomerId, Ncheq, Network},
};
use ledger::Faucet;
use projections::Paging;

/// What a new payer gets on the devnet: 10 000 CHEQ.
pub const DEVNET_FUNDS: Ncheq = Ncheq(10_000 * 1_000_000_000);
/// A devnet payer with less than this gets more.
pub const DEVNET_FUNDS_LEAST: Ncheq = Ncheq(1_000 * 1_000_000_000);

/// The first customer, and its key if it was made just now.
pub struct FirstCustomer {
    /// The API key in the clear, for the only time.
    pub secret: Option<String>,
    /// Whether its payer could not be funded.
    pub unfunded: bool,
}

/// Makes the first customer if there is none yet, and keeps its devnet payer funded. A customer whose first key nobody
/// can have seen (`key_is_kept` says no: the start before died in between) gets another one.
pub async fn first(
    house: &House,
    faucet: Option<&Faucet>,
    key_is_kept: bool,
) -> anyhow::Result<FirstCustomer> {
    house.studio.outcomes.all_visible().await?;
    let any = house.views.accounts().list_for_operator(Paging::first(1, None)).await;
    if let Some(row) = any.context("the customers cannot be read")?.rows.into_iter().next() {
        let unfunded = refill(house, faucet, row.customer).await.is_err();
        let secret = if key_is_kept {
            None
        } else {
            let call = operator_call(house, row.customer);
            customer::issue_api_key(&house.studio, &call, "first key, again", None).await?.secret
        };
        return Ok(FirstCustomer { secret, unfunded });
    }
    let registered = register(house, "First customer").await?;
    let unfunded = refill(house, faucet, registered.customer).await.is_err();
    Ok(FirstCustomer { secret: registered.api_key.secret, unfunded })
}

async fn refill(house: &House, faucet: Option<&Faucet>, customer: CustomerId) -> anyhow::Result<()> {
    match faucet {
        Some(faucet) => fund(house, faucet, customer).await,
        None => Ok(()),
    }
}

/// Makes a customer with a payer on each network and a first API key, and waits until it shows.
pub async fn register(house: &House, name: &str) -> anyhow::Result<customer::Registered> {
    let call = operator_call(house, CustomerId(house.studio.ids.next()));
    let registered = customer::register(&house.studio, &call, name, &Network::ALL).await?;
    if !house.studio.outcomes.visible(registered.api_key.token).await? {
        bail!("the new customer does not show in the read models yet: run `studio doctor`");
    }
    Ok(registered)
}

/// A call of the operator for a customer.
pub fn operator_call(house: &House, customer: CustomerId) -> Call {
    let id = house.studio.ids.next();
    Call {
        who: Principal::unbounded(customer, Actor::Operator),
        command_id: id,
        correlation_id: id,
        traceparent: None,
        at: house.studio.clock.now(),
        wait_seconds: 0,
        dry_run: false,
        fee_max: None,
        desk: app::Desk::default(),
    }
}

/// Gives a customer's testnet payer money from a devnet's faucet if it has little.
pub async fn fund(house: &House, faucet: &Faucet, customer: CustomerId) -> anyhow::Result<()> {
    let Some((address, _)) = house.studio.directory.payer(customer, Network::Testnet).await? else {
        return Ok(());
    };
    let chain = &*house.studio.chain;
    let sent = faucet.top_up(chain, Network::Testnet, &address, DEVNET_FUNDS_LEAST, DEVNET_FUNDS).await;
    if let Err(error) = &sent {
        tracing::warn!(%error, address, "the devnet faucet could not fund a payment account");
    }
    sent.map(|_| ()).map_err(Into::into)
}

/// The secret of a link by which somebody becomes the first owner of the oldest customer; none if it has had one, or people sign
/// in with an identity provider. Each start makes another, and the one before works no more.
pub async fn set_up_link(house: &House) -> anyhow::Result<Option<String>> {
    if house.studio.sign_in.provider.is_some() {
        return Ok(None);
    }
    let oldest = house.views.accounts().list_for_operator(Paging::last(1, None)).await;
    let Some(row) = oldest.context("the customers cannot be read")?.rows.into_iter().next() else {
        return Ok(None);
    };
    let known = Execute::<Customer>::load(&*house.studio.commands, &row.customer.to_string()).await?;
    if known.state.is_founded {
        return Ok(None);
    }
    let secret = people::make_set_up_link(&house.studio, row.customer).await?;
    Ok(Some(secret.to_string()))
}
