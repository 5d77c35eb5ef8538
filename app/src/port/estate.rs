//! What the log says stands on the ledger.

use crate::Fault;
use async_trait::async_trait;
use domain::{
    id::{Did, Network},
    ledger::Effect,
};

/// A DID with confirmed writes under it and none on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// The DID.
    pub did: Did,
    /// Height of the newest of them.
    pub height: u64,
    /// The effects of those that made resources.
    pub resources: Vec<Effect>,
}

/// Everything that was confirmed.
#[async_trait]
pub trait Estate: Send + Sync {
    /// At most `limit` holdings of a network in the order of their DIDs, those after `after`; fewer mean that there are no
    /// more. Fault: `store/unavailable`.
    async fn holdings(
        &self,
        network: Network,
        after: Option<&Did>,
        limit: u32,
    ) -> Result<Vec<Holding>, Fault>;
    /// Whether anything under this DID was written here, or is on its way. Fault: `store/unavailable`.
    async fn is_ours(&self, did: &Did) -> Result<bool, Fault>;
}
