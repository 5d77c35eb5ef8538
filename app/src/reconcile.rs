//! Compares the ledger with the log, DID by DID, and records where they differ.
//!
//! They differ when a DID's keys are used beside Studio, when a database older than the ledger was restored, or when the
//! nodes answer for another chain. Studio changes nothing then: it says so, and people decide.

use crate::{
    Actor, Fault, Studio,
    port::{
        Execute, Meta,
        chain::{Chain, ChainFault, EffectFound},
        estate::Holding,
        resolver::Freshness,
    },
};
use domain::{
    did::{DidCommand, DidEvent, DidRecord, LedgerDrift, SeenDocument},
    id::{Did, Network},
    ledger::Effect,
};

/// DIDs that are looked at between two looks at the node's height.
pub const PAGE_DIDS: u32 = 50;

/// What one page of a pass came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// DIDs that were compared.
    pub compared: usize,
    /// Those that differ, whether that is new or known.
    pub drifted: Vec<(Did, LedgerDrift)>,
    /// Those that agree again.
    pub resolved: Vec<Did>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<Did>,
}

/// Compares the DIDs after `after`. A node that catches up, or stands below a confirmed write, would make drift of its own
/// lag: fault `ledger/node-behind`. Other faults: `ledger/unreachable`, `store/unavailable`.
pub async fn page(studio: &Studio, network: Network, after: Option<&Did>) -> Result<Page, Fault> {
    let holdings = studio.estate.holdings(network, after, PAGE_DIDS).await?;
    let status = studio.chain.status(network).await?;
    let newest = holdings.iter().map(|one| one.height).max().unwrap_or(0);
    if status.catching_up || status.height < newest {
        return Err(Fault::unavailable(
            "ledger/node-behind",
            "The ledger node is behind what was confirmed before; nothing can be compared with it.",
            format!("the node stands at {}, a write was confirmed at {newest}", status.height),
        ));
    }
    let full = holdings.len() >= usize::try_from(PAGE_DIDS).unwrap_or(usize::MAX);
    let mut page =
        Page { next: holdings.last().filter(|_| full).map(|last| last.did.clone()), ..Page::default() };
    for holding in holdings {
        compare(studio, &holding, status.height, &mut page).await?;
    }
    Ok(page)
}

async fn compare(studio: &Studio, holding: &Holding, height: u64, page: &mut Page) -> Result<(), Fault> {
    let record = Execute::<DidRecord>::load(&*studio.commands, holding.did.as_str()).await?.state;
    // Resources under a DID that was not made here: nothing of ours says how it should look.
    let Some(customer) = record.customer else { return Ok(()) };
    let found = studio.resolver.did(&holding.did, None, Freshness::Fresh).await?;
    let seen =
        found.map(|found| SeenDocument { version_id: found.version_id, deactivated: found.deactivated });
    let mut missing_resources = Vec::new();
    for effect in &holding.resources {
        missing_resources.extend(missing(&*studio.chain, holding.did.network(), effect).await?);
    }
    let at = studio.clock.now();
    let id = studio.ids.next();
    let meta = Meta {
        command_id: id,
        correlation_id: id,
        causation_id: None,
        customer,
        actor: Actor::Studio("reconciler".to_owned()),
        traceparent: None,
        occurred_at: at,
        keys_used: Vec::new(),
    };
    let command = DidCommand::CompareWithLedger { seen, missing_resources, height, at };
    let committed =
        Execute::<DidRecord>::execute(&*studio.commands, holding.did.as_str(), command, meta).await?;
    page.compared += 1;
    for event in &committed.events {
        match event {
            DidEvent::DidDriftFound { did, drift, .. } => {
                tracing::warn!(%did, ?drift, "the ledger differs from the log");
            }
            DidEvent::DidDriftResolved { did, .. } => page.resolved.push(did.clone()),
            _ => {}
        }
    }
    page.drifted.extend(committed.state.drift.map(|drift| (holding.did.clone(), drift)));
    Ok(())
}

/// The id of a resource that is not there as it was written.
async fn missing(chain: &dyn Chain, network: Network, effect: &Effect) -> Result<Option<String>, ChainFault> {
    let Effect::Resource { resource_id, .. } = effect else { return Ok(None) };
    Ok(match chain.effect(network, effect).await? {
        EffectFound::Ours { .. } => None,
        EffectFound::Absent | EffectFound::Foreign => Some(resource_id.clone()),
    })
}

#[cfg(test)]
mod tests;
