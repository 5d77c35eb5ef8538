//! Following what payers have: what is low shows to the operator, and is topped up on the test network if he wants that.

use crate::{Config, House};
use domain::{
    customer::PayerAccount,
    id::{CustomerId, Ncheq, Network},
};
use ledger::TestnetFaucet;
use projections::{CustomerRow, Paging};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use store::outbox::{Balance, claim_topup, note_balance, note_topup};

/// How often a faucet is asked for the same payer at most.
pub const TOPUP_EVERY: Duration = Duration::from_hours(1);
/// Customers of one page.
const CUSTOMERS: u32 = 100;

/// What one look at all payers came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Payers that were looked at.
    pub seen: usize,
    /// Those under the minimum.
    pub low: usize,
    /// Those for which the faucet gave.
    pub topped_up: usize,
}

/// Looks at every payer of every network that has a node. A node that does not answer is passed over.
pub async fn pass(house: &House) -> anyhow::Result<Pass> {
    let faucet = faucet(house)?;
    let networks = house.networks();
    let (mut pass, mut after) = (Pass::default(), None);
    loop {
        let page = house.views.accounts().list_for_operator(Paging::first(CUSTOMERS, after)).await?;
        for (customer, payer) in page.rows.iter().flat_map(paying) {
            if networks.contains(&payer.network) {
                look(house, faucet.as_ref(), customer, payer, &mut pass).await?;
            }
        }
        after = page.rows.last().map(projections::Placed::cursor);
        if !page.has_next {
            return Ok(pass);
        }
    }
}

fn paying(row: &CustomerRow) -> impl Iterator<Item = (CustomerId, &PayerAccount)> {
    row.payers.iter().map(|payer| (row.customer, payer))
}

/// Whose payers these are, by network and address.
pub async fn owners(
    house: &House,
    payers: &[Balance],
) -> anyhow::Result<HashMap<(String, String), CustomerId>> {
    let wanted: HashSet<(&str, &str)> =
        payers.iter().map(|one| (one.network.as_str(), one.payer.as_str())).collect();
    let (mut found, mut after) = (HashMap::new(), None);
    while found.len() < wanted.len() {
        let page = house.views.accounts().list_for_operator(Paging::first(CUSTOMERS, after)).await?;
        for (customer, payer) in page.rows.iter().flat_map(paying) {
            let account = (payer.network.as_str(), payer.address.as_str());
            if wanted.contains(&account) {
                found.insert((account.0.to_owned(), account.1.to_owned()), customer);
            }
        }
        after = page.rows.last().map(projections::Placed::cursor);
        if !page.has_next {
            break;
        }
    }
    Ok(found)
}

/// What a payer with too little lacks, whose it is, and what to do about it.
pub fn low_line(config: &Config, low: &Balance, owner: Option<CustomerId>) -> String {
    let Balance { network, payer, ncheq, seen_at, topup_error, .. } = low;
    let owner = owner.map_or_else(|| "unknown".to_owned(), |customer| customer.to_string());
    let is_testnet = network == Network::Testnet.as_str();
    let (minimum, variable) = if is_testnet {
        (config.testnet_minimum, "TESTNET_MINIMUM_BALANCE")
    } else {
        (config.mainnet_minimum, "MAINNET_MINIMUM_BALANCE")
    };
    let faucet = match topup_error {
        Some(error) => format!(" The faucet said: {error}."),
        None if is_testnet && config.topup.is_none() => {
            " ENABLE_ACCOUNT_TOPUP=true has the faucet asked.".to_owned()
        }
        None => String::new(),
    };
    format!(
        "LOW customer {owner}, {network} account {payer}: {ncheq} ncheq at {}, less than {minimum} ({variable}). Send CHEQ on \
         {network} to {payer}; writes that it cannot pay for wait until then and go on by themselves.{faucet}",
        seen_at.format("%Y-%m-%d %H:%M:%SZ")
    )
}

fn faucet(house: &House) -> anyhow::Result<Option<TestnetFaucet>> {
    let Some(topup) = &house.config.topup else { return Ok(None) };
    Ok(Some(TestnetFaucet::new(topup.uri.parse()?, topup.key.clone(), topup.amount)?))
}

/// What a payer should have at least.
fn minimum(house: &House, network: Network) -> Ncheq {
    match network {
        Network::Mainnet => house.config.mainnet_minimum,
        Network::Testnet => house.config.testnet_minimum,
    }
}

async fn look(
    house: &House,
    faucet: Option<&TestnetFaucet>,
    customer: CustomerId,
    payer: &PayerAccount,
    pass: &mut Pass,
) -> anyhow::Result<()> {
    let (network, payer) = (payer.network, payer.address.as_str());
    let balance = match house.studio.chain.balance(network, payer).await {
        Ok(balance) => balance,
        Err(fault) => {
            tracing::debug!(%fault, payer, "a balance could not be read");
            return Ok(());
        }
    };
    pass.seen += 1;
    let minimum = minimum(house, network);
    let low = balance < minimum;
    let was_low = note_balance(&house.pool, network, payer, balance, low).await?;
    if !low {
        return Ok(());
    }
    pass.low += 1;
    if !was_low {
        tracing::warn!(%customer, payer, %network, %balance, %minimum, "a payment account has less than its minimum");
    }
    let Some(faucet) = faucet.filter(|_| network == Network::Testnet) else { return Ok(()) };
    if !claim_topup(&house.pool, network, payer, TOPUP_EVERY).await? {
        return Ok(());
    }
    let given = faucet.credit(payer).await;
    let error = given.as_ref().err().map(ToString::to_string);
    note_topup(&house.pool, network, payer, error.as_deref()).await?;
    match error {
        None => pass.topped_up += 1,
        Some(error) => tracing::warn!(payer, error, "the test network's faucet gave nothing"),
    }
    Ok(())
}
