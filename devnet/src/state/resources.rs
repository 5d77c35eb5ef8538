//! Resources and their version chains.

use super::store;
use crate::failure::Outcome;
use crate::kv::{Ctx, Key};
use proto::Message;
use proto::cheqd::resource::v2::{Metadata, Resource, ResourceWithMetadata};

fn metadata_key(collection: &str, id: &str) -> Key {
    Key::new(store::RESOURCE, &[b"resource-metadata:", collection.as_bytes(), b":", id.as_bytes()])
}

fn data_key(collection: &str, id: &str) -> Key {
    Key::new(store::RESOURCE, &[b"resource-data:", collection.as_bytes(), b":", id.as_bytes()])
}

fn latest_key(collection: &str, name: &str, kind: &str) -> Key {
    let parts: [&[u8]; 6] =
        [b"resource-latest:", collection.as_bytes(), &[0], name.as_bytes(), &[0], kind.as_bytes()];
    Key::new(store::RESOURCE, &parts)
}

fn count_key() -> Key {
    Key::new(store::RESOURCE, &[b"resource-count:"])
}

/// Gas of storing a resource beyond the accesses done here, measured on the node.
const ADD_GAS: u64 = 830;

/// Whether a resource exists.
pub fn exists(ctx: &mut Ctx<'_>, collection: &str, id: &str) -> Outcome<bool> {
    ctx.has(&metadata_key(collection, id))
}

/// Metadata of a resource.
pub fn metadata(ctx: &mut Ctx<'_>, collection: &str, id: &str) -> Outcome<Option<Metadata>> {
    Ok(ctx.get(&metadata_key(collection, id))?.and_then(|v| Metadata::decode(&*v).ok()))
}

/// A resource with its data.
pub fn get(ctx: &mut Ctx<'_>, collection: &str, id: &str) -> Outcome<Option<ResourceWithMetadata>> {
    let Some(metadata) = metadata(ctx, collection, id)? else { return Ok(None) };
    let data = ctx.get(&data_key(collection, id))?.map(|v| v.to_vec()).unwrap_or_default();
    Ok(Some(ResourceWithMetadata { resource: Some(Resource { data }), metadata: Some(metadata) }))
}

/// Id of the newest resource of a name and type.
pub fn latest(ctx: &mut Ctx<'_>, collection: &str, name: &str, kind: &str) -> Outcome<Option<String>> {
    let id = ctx.get(&latest_key(collection, name, kind))?;
    Ok(id.map(|v| String::from_utf8_lossy(&v).into_owned()))
}

/// Metadata of all resources of a collection, sorted by id, without gas.
pub fn collection(ctx: &Ctx<'_>, collection: &str) -> Vec<Metadata> {
    ctx.scan(&metadata_key(collection, "")).iter().filter_map(|(_, v)| Metadata::decode(&**v).ok()).collect()
}

/// Stores a resource and links it after the previous one of its name and type.
pub fn add(ctx: &mut Ctx<'_>, data: &[u8], mut new: Metadata) -> Outcome<Metadata> {
    let collection = new.collection_id.clone();
    let previous = latest(ctx, &collection, &new.name, &new.resource_type)?;
    ctx.meter.consume(ADD_GAS, "WritePerByte")?;
    if let Some(id) = previous
        && ctx.has(&metadata_key(&collection, &id))?
        && let Some(mut old) = metadata(ctx, &collection, &id)?
    {
        new.previous_version_id.clone_from(&old.id);
        old.next_version_id.clone_from(&new.id);
        ctx.set(&metadata_key(&collection, &id), &old.encode_to_vec())?;
    }
    let count = ctx.get(&count_key())?;
    let count: u64 = count.and_then(|v| String::from_utf8_lossy(&v).parse().ok()).unwrap_or(0);
    ctx.set(&count_key(), (count + 1).to_string().as_bytes())?;
    ctx.set(&latest_key(&collection, &new.name, &new.resource_type), new.id.as_bytes())?;
    ctx.set(&metadata_key(&collection, &new.id), &new.encode_to_vec())?;
    ctx.set(&data_key(&collection, &new.id), data)?;
    Ok(new)
}
