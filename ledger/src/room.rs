//! How large a message may be so that a block of the chain holds it: the chain's own parameters, which its governance can change
//! (docs/ledger.md#how-large-a-resource-may-be).

use crate::{
    client::Node,
    fee::{RESOURCE_GAS, RESOURCE_GAS_PER_BYTE},
    query::{QueryFault, is_unknown_path},
};
use app::port::chain::ChainFault;
use domain::id::Network;
use moka::future::Cache;
use prost::Message;
use std::time::Duration;

domain::limits! {
    /// How long what the chain says of the size of its blocks is taken for true.
    BLOCK_LIMITS_SECONDS: u64 = 60, "seconds";
    /// How long a node that did not say it is not asked for it again.
    BLOCK_LIMITS_AWAY_SECONDS: u64 = 10, "seconds";
    /// What is left of a block for all but transactions: its header, and the signatures of some 150 validators.
    BLOCK_RESERVE_BYTES: usize = 20_000, "bytes";
    /// What a transaction has around its message: a few hundred bytes, with room.
    TX_RESERVE_BYTES: usize = 2_000, "bytes";
}

const PATH: &str = "/cosmos.consensus.v1.Query/Params";

#[derive(Clone, PartialEq, Message)]
struct ParamsRequest {}

#[derive(Clone, PartialEq, Message)]
struct ParamsResponse {
    #[prost(message, optional, tag = "1")]
    params: Option<ConsensusParams>,
}

#[derive(Clone, PartialEq, Message)]
struct ConsensusParams {
    #[prost(message, optional, tag = "1")]
    block: Option<BlockParams>,
}

/// Of both, -1 means that there is no limit; 0 means the same (the application counts no gas of a block then).
#[derive(Clone, PartialEq, Message)]
struct BlockParams {
    #[prost(int64, tag = "1")]
    max_bytes: i64,
    #[prost(int64, tag = "2")]
    max_gas: i64,
}

impl BlockParams {
    /// The largest message that fits in a block, its gas too; `None` if any does.
    fn message_bytes_max(&self) -> Option<usize> {
        let reserve = BLOCK_RESERVE_BYTES + TX_RESERVE_BYTES;
        let by_bytes = usize::try_from(self.max_bytes)
            .ok()
            .filter(|bytes| *bytes > 0)
            .map(|bytes| bytes.saturating_sub(reserve));
        let by_gas = u64::try_from(self.max_gas).ok().filter(|gas| *gas > 0).map(|gas| {
            usize::try_from(gas.saturating_sub(RESOURCE_GAS) / RESOURCE_GAS_PER_BYTE).unwrap_or(usize::MAX)
        });
        match (by_bytes, by_gas) {
            (Some(bytes), Some(gas)) => Some(bytes.min(gas)),
            (one, other) => one.or(other),
        }
    }
}

/// What the chains said, for a while.
pub(crate) struct Rooms {
    known: Cache<Network, Option<usize>>,
    away: Cache<Network, ()>,
}

impl Rooms {
    pub(crate) fn new() -> Self {
        let lasting = |seconds| Duration::from_secs(seconds);
        Self {
            known: Cache::builder().time_to_live(lasting(BLOCK_LIMITS_SECONDS)).build(),
            away: Cache::builder().time_to_live(lasting(BLOCK_LIMITS_AWAY_SECONDS)).build(),
        }
    }

    /// The largest message that a block holds; `None` if the chain sets no limit, or has no such parameters.
    pub(crate) async fn message_bytes_max(&self, node: &Node) -> Result<Option<usize>, ChainFault> {
        let network = node.network;
        if let Some(known) = self.known.get(&network).await {
            return Ok(known);
        }
        if self.away.contains_key(&network) {
            let detail = "it did not answer a moment ago".to_owned();
            return Err(ChainFault::Unreachable { network, detail });
        }
        match node.block_params().await {
            Ok(params) => {
                let room = params.and_then(|params| params.message_bytes_max());
                self.known.insert(network, room).await;
                Ok(room)
            }
            Err(fault) => {
                self.away.insert(network, ()).await;
                Err(fault)
            }
        }
    }
}

impl Node {
    /// What the chain says of its blocks; `None` from a chain that has no such query.
    async fn block_params(&self) -> Result<Option<BlockParams>, ChainFault> {
        match self.query::<_, ParamsResponse>(PATH, &ParamsRequest {}).await {
            Ok(answer) => Ok(answer.value.params.and_then(|params| params.block)),
            Err(QueryFault::Refused(refusal)) if is_unknown_path(&refusal) => Ok(None),
            Err(fault) => Err(self.refused(PATH, fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::{Mock, Reply, node, value};

    fn params(max_bytes: i64, max_gas: i64) -> ParamsResponse {
        let block = BlockParams { max_bytes, max_gas };
        ParamsResponse { params: Some(ConsensusParams { block: Some(block) }) }
    }

    #[test]
    fn the_smaller_of_bytes_and_gas_decides() {
        for (max_bytes, max_gas, room) in [
            (-1, -1, None),
            (200_000, -1, Some(178_000)),
            (10_000, -1, Some(0)),
            (-1, 2_000_000, Some(38_888)),
            (-1, 100_000, Some(0)),
            (200_000, 2_000_000, Some(38_888)),
            (22_020_096, 30_000_000, Some(661_111)),
            (100_000, 30_000_000, Some(78_000)),
            (200_000, 0, Some(178_000)),
            (0, 0, None),
        ] {
            let block = BlockParams { max_bytes, max_gas };
            assert_eq!(block.message_bytes_max(), room, "{max_bytes} {max_gas}");
        }
    }

    #[tokio::test]
    async fn a_chain_is_asked_once_for_a_while() {
        let mock = Mock::start(vec![value(&params(200_000, -1))]).await;
        let (node, rooms) = (node(&[&mock.url]), Rooms::new());
        for _ in 0..3 {
            assert_eq!(rooms.message_bytes_max(&node).await, Ok(Some(178_000)));
        }
        assert_eq!(mock.methods(), ["abci_query"]);
        assert_eq!(mock.last_params()["path"], PATH);
    }

    #[tokio::test]
    async fn a_node_that_does_not_say_it_is_left_alone_for_a_while() {
        let mock = Mock::start(vec![Reply::Error("no")]).await;
        let (node, rooms) = (node(&[&mock.url]), Rooms::new());
        for _ in 0..3 {
            rooms.message_bytes_max(&node).await.unwrap_err();
        }
        assert_eq!(mock.methods().len(), 1);
    }
}
