//! Following what payers have: what is low shows to the operator, and is topped up on the test network if he wants that.

use crate::House;
use domain::id::{Ncheq, Network};
use ledger::TestnetFaucet;
use projections::Paging;
use std::time::Duration;
use store::outbox::{claim_topup, note_balance, note_topup};

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
        for payer in page.rows.iter().flat_map(|row| &row.payers) {
            if networks.contains(&payer.network) {
                look(house, faucet.as_ref(), payer.network, &payer.address, &mut pass).await?;
            }
        }
        after = page.rows.last().map(projections::Placed::cursor);
        if !page.has_next {
            return Ok(pass);
        }
    }
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
    network: Network,
    payer: &str,
    pass: &mut Pass,
) -> anyhow::Result<()> {
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
        tracing::warn!(payer, %network, %balance, %minimum, "a payment account has less than its minimum");
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
