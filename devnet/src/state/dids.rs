//! DID documents and their versions.

use super::store;
use crate::failure::{Outcome, cheqd};
use crate::kv::{Ctx, Key};
use proto::Message;
use proto::cheqd::did::v2::{DidDocWithMetadata, Metadata};

fn latest_key(did: &str) -> Key {
    Key::new(store::CHEQD, &[b"did-latest:", did.as_bytes()])
}

fn version_key(did: &str, version: &str) -> Key {
    Key::new(store::CHEQD, &[b"did-version:", did.as_bytes(), b":", version.as_bytes()])
}

fn namespace_key() -> Key {
    Key::new(store::CHEQD, &[b"did-namespace:"])
}

fn count_key() -> Key {
    Key::new(store::CHEQD, &[b"did-count:"])
}

/// Namespace of the chain, for example `testnet`.
pub fn namespace(ctx: &mut Ctx<'_>) -> Outcome<String> {
    Ok(ctx.get(&namespace_key())?.map_or_else(String::new, |v| String::from_utf8_lossy(&v).into_owned()))
}

/// Sets the namespace (genesis).
pub fn put_namespace(ctx: &mut Ctx<'_>, namespace: &str) {
    ctx.put(&namespace_key(), namespace.as_bytes());
}

/// Gas of the two presence tests around reading the latest version.
const LATEST_LOOKUP_GAS: u64 = 2 * crate::gas::HAS;
/// Gas of storing a new document beyond the writes done here, measured on the node.
const ADD_FIRST_GAS: u64 = 3200;
/// Gas of storing a further version beyond the accesses done here, measured on the node.
const ADD_NEXT_GAS: u64 = 8000;

/// Raw read of the module's store, as the `/store/cheqd/key` query does.
pub fn raw(ctx: &Ctx<'_>, key: &[u8]) -> Option<Vec<u8>> {
    ctx.peek(&Key::new(store::CHEQD, &[key])).map(|v| v.to_vec())
}

/// Whether a DID exists.
pub fn exists(ctx: &mut Ctx<'_>, did: &str) -> Outcome<bool> {
    ctx.has(&latest_key(did))
}

/// One version of a DID document.
pub fn version(ctx: &mut Ctx<'_>, did: &str, version: &str) -> Outcome<Option<DidDocWithMetadata>> {
    let bytes = ctx.get(&version_key(did, version))?;
    Ok(bytes.and_then(|v| DidDocWithMetadata::decode(&*v).ok()))
}

/// The latest version of a DID document.
pub fn latest(ctx: &mut Ctx<'_>, did: &str) -> Outcome<Option<DidDocWithMetadata>> {
    let Some(id) = ctx.get(&latest_key(did))? else { return Ok(None) };
    ctx.meter.consume(LATEST_LOOKUP_GAS, "Has")?;
    version(ctx, did, &String::from_utf8_lossy(&id))
}

/// All versions, sorted by version id, without gas.
pub fn versions(ctx: &Ctx<'_>, did: &str) -> Vec<DidDocWithMetadata> {
    ctx.scan(&version_key(did, ""))
        .iter()
        .filter_map(|(_, v)| DidDocWithMetadata::decode(&**v).ok())
        .collect()
}

fn metadata(doc: &mut DidDocWithMetadata) -> &mut Metadata {
    doc.metadata.get_or_insert_with(Metadata::default)
}

fn did_of(doc: &DidDocWithMetadata) -> String {
    doc.did_doc.as_ref().map_or_else(String::new, |d| d.id.clone())
}

/// Overwrites a stored version.
pub fn set_version(ctx: &mut Ctx<'_>, doc: &DidDocWithMetadata) -> Outcome<()> {
    let version = doc.metadata.as_ref().map_or("", |m| m.version_id.as_str());
    ctx.set(&version_key(&did_of(doc), version), &doc.encode_to_vec())
}

/// Stores a new DID document.
pub fn add_first(ctx: &mut Ctx<'_>, doc: &DidDocWithMetadata) -> Outcome<()> {
    let did = did_of(doc);
    ctx.has(&latest_key(&did))?;
    ctx.meter.consume(ADD_FIRST_GAS, "WritePerByte")?;
    let count = ctx.get(&count_key())?;
    let count: u64 = count.and_then(|v| String::from_utf8_lossy(&v).parse().ok()).unwrap_or(0);
    ctx.set(&count_key(), (count + 1).to_string().as_bytes())?;
    add_version(ctx, doc)
}

fn add_version(ctx: &mut Ctx<'_>, doc: &DidDocWithMetadata) -> Outcome<()> {
    let (did, id) = (did_of(doc), doc.metadata.as_ref().map_or("", |m| m.version_id.as_str()));
    if ctx.has(&version_key(&did, id))? {
        let text = format!("diddoc version already exists for did {did}, version {id}: DID Doc exists");
        return Err(cheqd(1500, text));
    }
    ctx.set(&latest_key(&did), id.as_bytes())?;
    set_version(ctx, doc)
}

/// Adds a version after the current latest and links both.
pub fn add_next(ctx: &mut Ctx<'_>, mut old: DidDocWithMetadata, doc: &mut DidDocWithMetadata) -> Outcome<()> {
    let (did, id) = (did_of(doc), metadata(doc).version_id.clone());
    if ctx.has(&version_key(&did, &id))? {
        let text = format!("diddoc version already exists for did {did}, version {id}: DID Doc exists");
        return Err(cheqd(1500, text));
    }
    ctx.meter.consume(ADD_NEXT_GAS, "WritePerByte")?;
    metadata(doc).previous_version_id.clone_from(&metadata(&mut old).version_id);
    metadata(&mut old).next_version_id = id;
    set_version(ctx, &old)?;
    add_version(ctx, doc)
}
