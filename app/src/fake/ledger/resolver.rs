//! Reading what was written.

use super::{Ledger, State, Version, lock};
use crate::{
    Fault,
    port::{
        Resolver,
        chain::ChainFault,
        resolver::{Freshness, ResolvedDid, ResolvedResource, ResourceMetadata, method_unsupported},
    },
};
use async_trait::async_trait;
use credentials::{did_document::DidDoc, did_web::WebDid};
use domain::id::Did;
use serde_json::Value;
use std::sync::MutexGuard;

impl Ledger {
    fn reading(&self, did: &Did) -> Result<MutexGuard<'_, State>, Fault> {
        let mut state = lock(&self.state);
        state.questions += 1;
        let network = did.network();
        if state.without.contains(&network) {
            return Err(ChainFault::NotConfigured(network).into());
        }
        if state.reads_away {
            return Err(ChainFault::Unreachable { network, detail: "the detail".to_owned() }.into());
        }
        Ok(state)
    }
}

fn resolved(versions: &[Version], place: usize) -> Option<ResolvedDid> {
    let (first, version) = (versions.first()?, versions.get(place)?);
    let neighbour = |place: Option<usize>| Some(versions.get(place?)?.id.clone());
    let document = DidDoc::from_json(&version.document);
    Some(ResolvedDid {
        document: document.map_or_else(|_| version.document.clone(), |doc| doc.to_resolver_json(true)),
        version_id: version.id.clone(),
        created: first.at,
        updated: (place > 0).then_some(version.at),
        deactivated: version.deactivated,
        previous_version_id: neighbour(place.checked_sub(1)),
        next_version_id: neighbour(place.checked_add(1)),
    })
}

#[async_trait]
impl Resolver for Ledger {
    async fn did(
        &self,
        did: &Did,
        version_id: Option<&str>,
        _: Freshness,
    ) -> Result<Option<ResolvedDid>, Fault> {
        let state = self.reading(did)?;
        let Some(versions) = state.dids.get(did) else { return Ok(None) };
        let place = match version_id {
            Some(id) => versions.iter().position(|version| version.id == id),
            None => versions.len().checked_sub(1),
        };
        Ok(place.and_then(|place| resolved(versions, place)))
    }

    async fn did_versions(&self, did: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        let state = self.reading(did)?;
        let versions = state.dids.get(did).map(Vec::as_slice).unwrap_or_default();
        let all = (0..versions.len()).filter_map(|place| resolved(versions, place));
        Ok(all.map(|version| ResolvedDid { document: Value::Null, ..version }).collect())
    }

    async fn resource(&self, did: &Did, id: &str) -> Result<Option<ResolvedResource>, Fault> {
        let state = self.reading(did)?;
        let mut own = state.resources.iter().filter(|stored| stored.did == *did);
        Ok(own.find(|stored| stored.resource.metadata.id == id).map(|stored| stored.resource.clone()))
    }

    async fn latest_resource(
        &self,
        did: &Did,
        name: &str,
        resource_type: &str,
        _: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        let state = self.reading(did)?;
        let own = state.resources.iter().filter(|stored| stored.did == *did);
        let mut line = own.filter(|stored| {
            let metadata = &stored.resource.metadata;
            metadata.name == name && metadata.resource_type == resource_type
        });
        Ok(line.next_back().map(|stored| stored.resource.clone()))
    }

    async fn resources(&self, did: &Did, _: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        let state = self.reading(did)?;
        let own = state.resources.iter().filter(|stored| stored.did == *did);
        Ok(own.map(|stored| stored.resource.metadata.clone()).collect())
    }

    async fn web(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        let state = lock(&self.state);
        if state.web.is_empty() {
            return Err(method_unsupported(did.as_str()));
        }
        Ok(state.web.get(did.as_str()).cloned())
    }
}
