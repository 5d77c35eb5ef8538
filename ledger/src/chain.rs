//! The port [`Chain`] over all configured networks.

use crate::{
    client::Node,
    config::{ConfigError, LedgerConfig},
    fee,
    room::Rooms,
    tx,
};
use app::port::{
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
use std::collections::BTreeMap;

/// The cheqd ledger, every configured network.
pub struct CheqdLedger {
    nodes: BTreeMap<Network, Node>,
    rooms: Rooms,
}

impl CheqdLedger {
    /// Checks the addresses and prepares the clients; the first call connects.
    pub fn new(config: &LedgerConfig) -> Result<Self, ConfigError> {
        let nodes = config
            .networks
            .iter()
            .map(|(network, node)| Ok((*network, Node::new(*network, node)?)))
            .collect::<Result<_, ConfigError>>()?;
        Ok(Self { nodes, rooms: Rooms::new() })
    }

    pub(crate) fn node(&self, network: Network) -> Result<&Node, ChainFault> {
        self.nodes.get(&network).ok_or(ChainFault::NotConfigured(network))
    }
}

impl std::fmt::Debug for CheqdLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheqdLedger").field("networks", &self.nodes.keys()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Chain for CheqdLedger {
    async fn status(&self, network: Network) -> Result<ChainStatus, ChainFault> {
        self.node(network)?.status().await
    }

    async fn account(&self, network: Network, address: &str) -> Result<Option<ChainAccount>, ChainFault> {
        self.node(network)?.account(address).await
    }

    async fn balance(&self, network: Network, address: &str) -> Result<Ncheq, ChainFault> {
        self.node(network)?.balance(address).await
    }

    async fn quote(
        &self,
        network: Network,
        messages: &[ChainMessage],
        gas_simulated: Option<u64>,
    ) -> Result<FeeQuote, ChainFault> {
        fee::quote(self.node(network)?, messages, gas_simulated).await
    }

    async fn message_bytes_max(&self, network: Network) -> Result<Option<usize>, ChainFault> {
        self.rooms.message_bytes_max(self.node(network)?).await
    }

    async fn simulate(&self, network: Network, tx: &[u8]) -> Result<Result<u64, TxCode>, ChainFault> {
        self.node(network)?.simulate(tx).await
    }

    async fn broadcast(&self, network: Network, tx: &[u8]) -> Result<TxCode, ChainFault> {
        self.node(network)?.broadcast(tx).await
    }

    async fn lookup(&self, network: Network, hash: &str) -> Result<Option<TxFound>, ChainFault> {
        self.node(network)?.lookup(hash).await
    }

    async fn effect(&self, network: Network, effect: &Effect) -> Result<EffectFound, ChainFault> {
        self.node(network)?.effect(effect).await
    }

    fn unsigned(&self, draft: &TxDraft) -> Result<UnsignedTx, ChainFault> {
        tx::unsigned(draft)
    }

    fn signed(&self, unsigned: &UnsignedTx, signature: &[u8]) -> SignedTx {
        tx::signed(unsigned, signature)
    }
}
