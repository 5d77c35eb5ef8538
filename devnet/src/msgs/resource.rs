//! Creation of resources (docs/ledger.md#resources).

use super::did::normal_signatures;
use crate::failure::{Failure, Outcome, cheqd, fail, sdk};
use crate::identity::{self, InFlight};
use crate::kv::Ctx;
use crate::media_type;
use crate::state::{dids, resources};
use crate::validate::did::normal_id;
use crate::validate::{self, SignatureRule};
use proto::cheqd::resource::v2::{AlternativeUri, Metadata, MsgCreateResource, MsgCreateResourceResponse};
use proto::google::protobuf::{Any, Timestamp};
use proto::{Message, to_any};
use sha2::{Digest, Sha256};

/// Creates a resource.
pub fn create(ctx: &mut Ctx<'_>, msg: &MsgCreateResource) -> Outcome<Any> {
    let Some(mut payload) = msg.payload.clone() else {
        return Err(Failure::Panic(
            "runtime error: invalid memory address or nil pointer dereference".into(),
        ));
    };
    let sign_bytes = payload.encode_to_vec();
    payload.id = normal_id(&payload.id);
    payload.collection_id = normal_id(&payload.collection_id);
    let signatures = normal_signatures(&msg.signatures)?;
    let namespace = dids::namespace(ctx)?;
    let did = format!("did:cheqd:{namespace}:{}", payload.collection_id);
    if !dids::exists(ctx, &did)? {
        return Err(sdk(38, did));
    }
    let Some(owner) = dids::latest(ctx, &did)? else { return Err(sdk(38, did)) };
    let ns = Some(namespace.as_str());
    let signature_report = validate::signatures(&signatures, SignatureRule::UniqueEntries, ns);
    if let Some(text) = validate::message(validate::resource(&payload), signature_report) {
        return Err(cheqd(1206, text));
    }
    if owner.metadata.as_ref().is_some_and(|m| m.deactivated) {
        return Err(cheqd(1207, did));
    }
    if resources::exists(ctx, &payload.collection_id, &payload.id)? {
        return Err(fail("resource", 2200, payload.id));
    }
    let doc = owner.did_doc.unwrap_or_default();
    identity::verify_all(ctx, &InFlight::new(), &identity::signers_of(&doc), &signatures, &sign_bytes)?;
    let uri = format!("{did}/resources/{}", payload.id);
    let mut also_known_as = payload.also_known_as;
    also_known_as.push(AlternativeUri { uri, description: "did-url".into() });
    let metadata = Metadata {
        collection_id: payload.collection_id,
        id: payload.id,
        name: payload.name,
        version: payload.version,
        resource_type: payload.resource_type,
        also_known_as,
        media_type: media_type::detect(&payload.data).to_owned(),
        created: Some(Timestamp { seconds: ctx.time.0, nanos: ctx.time.1 }),
        checksum: hex::encode(Sha256::digest(&payload.data)),
        ..Metadata::default()
    };
    let stored = resources::add(ctx, &payload.data, metadata)?;
    Ok(to_any(&MsgCreateResourceResponse { resource: Some(stored) }))
}
