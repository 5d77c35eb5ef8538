//! DID and resource queries.

use super::{Refusal, Reply, request, respond, unknown_path};
use crate::chain::Chain;
use crate::kv::Ctx;
use crate::state::{dids, params, resources};
use crate::validate::did::{normal_did, normal_id};
use proto::cheqd::did::v2::{
    QueryAllDidDocVersionsMetadataRequest, QueryAllDidDocVersionsMetadataResponse, QueryDidDocRequest,
    QueryDidDocResponse, QueryDidDocVersionRequest, QueryDidDocVersionResponse,
    QueryParamsResponse as DidParamsResponse,
};
use proto::cheqd::resource::v2::{
    Metadata, QueryCollectionResourcesRequest, QueryCollectionResourcesResponse,
    QueryLatestResourceVersionMetadataResponse, QueryLatestResourceVersionRequest,
    QueryLatestResourceVersionResponse, QueryParamsResponse, QueryResourceMetadataResponse,
    QueryResourceRequest, QueryResourceResponse, ResourceWithMetadata,
};

fn did_or_panic(did: &str) -> Result<String, Refusal> {
    normal_did(did).ok_or_else(|| Refusal::Panic("unable to split did into method, namespace and id".into()))
}

/// DID queries.
pub(super) fn did(chain: &Chain, method: &str, data: &[u8]) -> Reply {
    match method {
        "DidDoc" => {
            let did = did_or_panic(&request::<QueryDidDocRequest>(data)?.id)?;
            match chain.read(|ctx| dids::latest(ctx, &did))? {
                Some(value) => respond(&QueryDidDocResponse { value: Some(value) }),
                None => Err(Refusal::Unknown(format!("{did}: not found"))),
            }
        }
        "DidDocVersion" => {
            let asked: QueryDidDocVersionRequest = request(data)?;
            let (did, version) = (did_or_panic(&asked.id)?, asked.version.to_lowercase());
            match chain.read(|ctx| dids::version(ctx, &did, &version))? {
                Some(value) => respond(&QueryDidDocVersionResponse { value: Some(value) }),
                None => Err(Refusal::Unknown("diddoc version not found: not found".into())),
            }
        }
        "AllDidDocVersionsMetadata" => {
            let did = did_or_panic(&request::<QueryAllDidDocVersionsMetadataRequest>(data)?.id)?;
            let versions = chain.read(|ctx| dids::versions(ctx, &did));
            let versions = versions.into_iter().filter_map(|v| v.metadata).collect();
            respond(&QueryAllDidDocVersionsMetadataResponse { versions, pagination: None })
        }
        "Params" => {
            let params = chain.read(|ctx| params::did_fees(ctx))?;
            respond(&DidParamsResponse { params: Some(params) })
        }
        _ => unknown_path(),
    }
}

/// The collection must belong to a DID.
fn owned(ctx: &mut Ctx<'_>, collection: &str) -> Result<String, Refusal> {
    let collection = normal_id(collection);
    let did = format!("did:cheqd:{}:{collection}", dids::namespace(ctx)?);
    if dids::exists(ctx, &did)? {
        Ok(collection)
    } else {
        Err(Refusal::Unknown(format!("{did}: DID Doc not found")))
    }
}

fn one(ctx: &mut Ctx<'_>, data: &[u8]) -> Result<ResourceWithMetadata, Refusal> {
    let asked: QueryResourceRequest = request(data)?;
    let (collection, id) = (owned(ctx, &asked.collection_id)?, normal_id(&asked.id));
    let found = resources::get(ctx, &collection, &id)?;
    found.ok_or_else(|| Refusal::Unknown(format!("resource {collection}:{id}: not found")))
}

fn latest(ctx: &mut Ctx<'_>, data: &[u8]) -> Result<ResourceWithMetadata, Refusal> {
    let asked: QueryLatestResourceVersionRequest = request(data)?;
    let collection = owned(ctx, &asked.collection_id)?;
    let (name, kind) = (&asked.name, &asked.resource_type);
    let Some(id) = resources::latest(ctx, &collection, name, kind)? else {
        let text = format!(
            "collections: not found: key '(\"{collection}\", \"{name}\", \"{kind}\")' of type string"
        );
        return Err(Refusal::Invalid(text));
    };
    let found = resources::get(ctx, &collection, &id)?;
    found.ok_or_else(|| Refusal::Unknown(format!("resource {collection}:{id}: not found")))
}

fn all(ctx: &mut Ctx<'_>, data: &[u8]) -> Result<Vec<Metadata>, Refusal> {
    let asked: QueryCollectionResourcesRequest = request(data)?;
    let collection = owned(ctx, &asked.collection_id)?;
    Ok(resources::collection(ctx, &collection))
}

/// Resource queries.
pub(super) fn resource(chain: &Chain, method: &str, data: &[u8]) -> Reply {
    match method {
        "Resource" => {
            let found = chain.read(|ctx| one(ctx, data))?;
            respond(&QueryResourceResponse { resource: Some(found) })
        }
        "ResourceMetadata" => {
            let found = chain.read(|ctx| one(ctx, data))?;
            respond(&QueryResourceMetadataResponse { resource: found.metadata })
        }
        "LatestResourceVersion" => {
            let found = chain.read(|ctx| latest(ctx, data))?;
            respond(&QueryLatestResourceVersionResponse { resource: Some(found) })
        }
        "LatestResourceVersionMetadata" => {
            let found = chain.read(|ctx| latest(ctx, data))?;
            respond(&QueryLatestResourceVersionMetadataResponse { resource: found.metadata })
        }
        "CollectionResources" => {
            let resources = chain.read(|ctx| all(ctx, data))?;
            respond(&QueryCollectionResourcesResponse { resources, pagination: None })
        }
        "Params" => {
            let params = chain.read(|ctx| params::resource_fees(ctx))?;
            respond(&QueryParamsResponse { params: Some(params) })
        }
        _ => unknown_path(),
    }
}
