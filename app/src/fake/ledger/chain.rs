//! The nodes: prices, balances, effects. Transactions do not pass here; the world's outbox hands messages over itself.

use super::{GAS, Ledger, State, lock};
use crate::port::{
    Chain,
    chain::{
        ChainAccount, ChainFault, ChainMessage, ChainStatus, EffectFound, FeeQuote, SignedTx, TxCode,
        TxDraft, TxFound, UnsignedTx,
    },
};
use async_trait::async_trait;
use domain::{
    id::{Ncheq, Network},
    ledger::Effect,
};
use std::sync::MutexGuard;

impl Ledger {
    fn node(&self, network: Network) -> Result<MutexGuard<'_, State>, ChainFault> {
        let state = lock(&self.state);
        if state.without.contains(&network) {
            return Err(ChainFault::NotConfigured(network));
        }
        if state.nodes_away {
            return Err(ChainFault::Unreachable { network, detail: "the detail".to_owned() });
        }
        Ok(state)
    }
}

fn no_transactions<T>(network: Network) -> Result<T, ChainFault> {
    Err(ChainFault::Unexpected { network, detail: "this ledger takes messages, not transactions".to_owned() })
}

#[async_trait]
impl Chain for Ledger {
    async fn status(&self, network: Network) -> Result<ChainStatus, ChainFault> {
        let (height, catching_up) = {
            let state = self.node(network)?;
            (state.height, state.catching_up)
        };
        let chain_id = format!("cheqd-{network}-1");
        Ok(ChainStatus { chain_id, height, block_time: self.time.present(), catching_up })
    }

    async fn account(&self, network: Network, _: &str) -> Result<Option<ChainAccount>, ChainFault> {
        self.node(network).map(|_| Some(ChainAccount { number: 1, sequence: 0 }))
    }

    async fn balance(&self, network: Network, address: &str) -> Result<Ncheq, ChainFault> {
        self.node(network).map(|state| state.balance(address))
    }

    async fn quote(
        &self,
        network: Network,
        messages: &[ChainMessage],
        gas_simulated: Option<u64>,
    ) -> Result<FeeQuote, ChainFault> {
        let state = self.node(network)?;
        let expected = Ncheq(state.price.0.saturating_mul(messages.len() as u128));
        let gas_limit = gas_simulated.unwrap_or(GAS);
        Ok(FeeQuote {
            offer: expected,
            expected,
            gas_limit,
            usd: None,
            may_batch: true,
            height: state.height,
        })
    }

    async fn message_bytes_max(&self, network: Network) -> Result<Option<usize>, ChainFault> {
        self.node(network).map(|state| state.message_bytes_max)
    }

    async fn simulate(&self, network: Network, _: &[u8]) -> Result<Result<u64, TxCode>, ChainFault> {
        self.node(network).map(|_| Ok(GAS))
    }

    async fn broadcast(&self, network: Network, _: &[u8]) -> Result<TxCode, ChainFault> {
        no_transactions(network)
    }

    async fn lookup(&self, network: Network, _: &str) -> Result<Option<TxFound>, ChainFault> {
        self.node(network).map(|_| None)
    }

    async fn effect(&self, network: Network, effect: &Effect) -> Result<EffectFound, ChainFault> {
        let state = self.node(network)?;
        let ours = |is_ours: bool, at| {
            if is_ours { EffectFound::Ours { block_time: Some(at) } } else { EffectFound::Foreign }
        };
        let found = match effect {
            Effect::DidVersion { did, version_id, deactivates } => {
                let mut versions = state.dids.get(did).into_iter().flatten();
                let found = versions.find(|version| version.id == *version_id);
                found.map(|version| ours(version.deactivated == *deactivates, version.at))
            }
            Effect::Resource { did, resource_id, checksum } => {
                let mut resources = state.resources.iter().filter(|stored| stored.did == *did);
                let found = resources.find(|stored| stored.resource.metadata.id == *resource_id);
                let metadata = found.map(|stored| &stored.resource.metadata);
                metadata.map(|metadata| ours(metadata.checksum == *checksum, metadata.created))
            }
        };
        Ok(found.unwrap_or(EffectFound::Absent))
    }

    fn unsigned(&self, _: &TxDraft) -> Result<UnsignedTx, ChainFault> {
        no_transactions(Network::Testnet)
    }

    fn signed(&self, _: &UnsignedTx, _: &[u8]) -> SignedTx {
        SignedTx { bytes: Vec::new(), hash: String::new() }
    }
}
