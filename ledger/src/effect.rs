//! Whether what we meant to write stands on the chain.

use crate::{client::Node, message::did::instant};
use app::port::chain::{ChainFault, EffectFound};
use domain::ledger::Effect;

impl Node {
    /// Looks for the unique trace of a write. A version id and a resource id are random and chosen by us, so the id is
    /// the proof; a checksum or a missing deactivation that contradicts it means that it is not ours.
    pub(crate) async fn effect(&self, effect: &Effect) -> Result<EffectFound, ChainFault> {
        match effect {
            Effect::DidVersion { did, version_id, deactivates } => {
                let Some(found) = self.did_doc(did, Some(version_id)).await? else {
                    return Ok(EffectFound::Absent);
                };
                let metadata = found.metadata.unwrap_or_default();
                if *deactivates && !metadata.deactivated {
                    return Ok(EffectFound::Foreign);
                }
                Ok(EffectFound::Ours { block_time: metadata.updated.or(metadata.created).and_then(instant) })
            }
            Effect::Resource { did, resource_id, checksum } => {
                let Some(metadata) = self.resource_metadata(did, resource_id).await? else {
                    return Ok(EffectFound::Absent);
                };
                if metadata.checksum.eq_ignore_ascii_case(checksum) {
                    Ok(EffectFound::Ours { block_time: metadata.created.and_then(instant) })
                } else {
                    Ok(EffectFound::Foreign)
                }
            }
        }
    }
}
