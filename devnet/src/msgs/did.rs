//! DID messages: order of checks as on the ledger.

use super::normal_document;
use crate::failure::{Failure, Outcome, cheqd};
use crate::identity::{self, InFlight};
use crate::kv::Ctx;
use crate::state::dids;
use crate::validate::did::{normal_did, normal_did_url, with_did};
use crate::validate::{self, SignatureRule};
use proto::cheqd::did::v2::{
    DidDoc, DidDocWithMetadata, Metadata, MsgCreateDidDoc, MsgCreateDidDocPayload, MsgCreateDidDocResponse,
    MsgDeactivateDidDoc, MsgDeactivateDidDocResponse, MsgUpdateDidDoc, MsgUpdateDidDocPayload,
    MsgUpdateDidDocResponse, SignInfo,
};
use proto::google::protobuf::{Any, Timestamp};
use proto::{Message, to_any};

/// What the ledger says when it panics over a DID it cannot split.
const SPLIT_PANIC: &str = "unable to split did into method, namespace and id";

macro_rules! doc_of {
    ($payload:expr) => {{
        let p = $payload;
        DidDoc {
            context: p.context.clone(),
            id: p.id.clone(),
            controller: p.controller.clone(),
            verification_method: p.verification_method.clone(),
            authentication: p.authentication.clone(),
            assertion_method: p.assertion_method.clone(),
            capability_invocation: p.capability_invocation.clone(),
            capability_delegation: p.capability_delegation.clone(),
            key_agreement: p.key_agreement.clone(),
            service: p.service.clone(),
            also_known_as: p.also_known_as.clone(),
        }
    }};
}

/// The document of a create payload.
pub fn create_doc(payload: &MsgCreateDidDocPayload) -> DidDoc {
    doc_of!(payload)
}

/// The document of an update payload.
pub fn update_doc(payload: &MsgUpdateDidDocPayload) -> DidDoc {
    doc_of!(payload)
}

fn split_panic() -> Failure {
    Failure::Panic(SPLIT_PANIC.into())
}

fn nil_panic() -> Failure {
    Failure::Panic("runtime error: invalid memory address or nil pointer dereference".into())
}

/// Normal form of the signatures' key ids.
pub(super) fn normal_signatures(infos: &[SignInfo]) -> Outcome<Vec<SignInfo>> {
    let normal = |info: &SignInfo| {
        let verification_method_id = normal_did_url(&info.verification_method_id)?;
        Some(SignInfo { verification_method_id, signature: info.signature.clone() })
    };
    infos.iter().map(normal).collect::<Option<_>>().ok_or_else(split_panic)
}

fn check(report: Option<String>) -> Outcome<()> {
    report.map_or(Ok(()), |text| Err(cheqd(1206, text)))
}

fn now(ctx: &Ctx<'_>) -> Timestamp {
    Timestamp { seconds: ctx.time.0, nanos: ctx.time.1 }
}

/// Creates a DID.
pub fn create(ctx: &mut Ctx<'_>, msg: &MsgCreateDidDoc) -> Outcome<Any> {
    let payload = msg.payload.as_ref().ok_or_else(nil_panic)?;
    let sign_bytes = payload.encode_to_vec();
    let doc = normal_document(&create_doc(payload)).ok_or_else(split_panic)?;
    let version_id = payload.version_id.to_lowercase();
    let signatures = normal_signatures(&msg.signatures)?;
    if dids::exists(ctx, &doc.id)? {
        return Err(cheqd(1200, doc.id));
    }
    let namespace = dids::namespace(ctx)?;
    let ns = Some(namespace.as_str());
    let report = validate::document(&doc, &version_id, ns)?;
    check(validate::message(report, validate::signatures(&signatures, SignatureRule::UniqueIds, ns)))?;
    identity::controllers_exist(ctx, &doc)?;
    let in_flight = InFlight::from([(doc.id.clone(), doc.clone())]);
    identity::verify_all(ctx, &in_flight, &identity::signers_of(&doc), &signatures, &sign_bytes)?;
    let metadata = Metadata { created: Some(now(ctx)), version_id, ..Metadata::default() };
    let value = DidDocWithMetadata { did_doc: Some(doc), metadata: Some(metadata) };
    dids::add_first(ctx, &value)?;
    Ok(to_any(&MsgCreateDidDocResponse { value: Some(value) }))
}

/// The ledger renames the DID of the new document and back; entries with several `#` lose their front that way.
fn after_renaming(mut doc: DidDoc) -> DidDoc {
    let did = doc.id.clone();
    for entry in &mut doc.assertion_method {
        *entry = with_did(entry, &did, &did);
    }
    doc
}

/// Updates a DID.
pub fn update(ctx: &mut Ctx<'_>, msg: &MsgUpdateDidDoc) -> Outcome<Any> {
    let payload = msg.payload.as_ref().ok_or_else(nil_panic)?;
    let sign_bytes = payload.encode_to_vec();
    let doc = normal_document(&update_doc(payload)).ok_or_else(split_panic)?;
    let version_id = payload.version_id.to_lowercase();
    let signatures = normal_signatures(&msg.signatures)?;
    let namespace = dids::namespace(ctx)?;
    let ns = Some(namespace.as_str());
    let report = validate::document(&doc, &version_id, ns)?;
    check(validate::message(report, validate::signatures(&signatures, SignatureRule::UniqueEntries, ns)))?;
    let Some(old) = dids::latest(ctx, &doc.id)? else {
        return Err(cheqd(1201, format!("{}: not found", doc.id)));
    };
    let (old_doc, old_metadata) =
        (old.did_doc.clone().unwrap_or_default(), old.metadata.clone().unwrap_or_default());
    if old_metadata.deactivated {
        return Err(cheqd(1207, doc.id));
    }
    identity::controllers_exist(ctx, &doc)?;
    identity::verify_update(ctx, &old_doc, &doc, &signatures, &sign_bytes)?;
    let metadata = Metadata {
        created: old_metadata.created,
        updated: Some(now(ctx)),
        version_id,
        ..Metadata::default()
    };
    let mut value = DidDocWithMetadata { did_doc: Some(after_renaming(doc)), metadata: Some(metadata) };
    dids::add_next(ctx, old, &mut value)?;
    Ok(to_any(&MsgUpdateDidDocResponse { value: Some(value) }))
}

/// Deactivates a DID: adds a version and marks all of them.
pub fn deactivate(ctx: &mut Ctx<'_>, msg: &MsgDeactivateDidDoc) -> Outcome<Any> {
    let payload = msg.payload.as_ref().ok_or_else(nil_panic)?;
    let sign_bytes = payload.encode_to_vec();
    let did = normal_did(&payload.id).ok_or_else(split_panic)?;
    let version_id = payload.version_id.to_lowercase();
    let signatures = normal_signatures(&msg.signatures)?;
    if !dids::exists(ctx, &did)? {
        return Err(cheqd(1201, did));
    }
    let namespace = dids::namespace(ctx)?;
    let ns = Some(namespace.as_str());
    let report = validate::deactivation(&did, &version_id, ns);
    check(validate::message(report, validate::signatures(&signatures, SignatureRule::UniqueEntries, ns)))?;
    let Some(old) = dids::latest(ctx, &did)? else { return Err(cheqd(1201, did)) };
    let (doc, old_metadata) =
        (old.did_doc.clone().unwrap_or_default(), old.metadata.clone().unwrap_or_default());
    if old_metadata.deactivated {
        return Err(cheqd(1207, did));
    }
    identity::verify_all(ctx, &InFlight::new(), &identity::signers_of(&doc), &signatures, &sign_bytes)?;
    let metadata = Metadata {
        created: old_metadata.created,
        updated: Some(now(ctx)),
        deactivated: true,
        version_id,
        ..Metadata::default()
    };
    let mut value = DidDocWithMetadata { did_doc: Some(doc), metadata: Some(metadata) };
    dids::add_next(ctx, old, &mut value)?;
    mark_deactivated(ctx, &did)?;
    Ok(to_any(&MsgDeactivateDidDocResponse { value: Some(value) }))
}

/// Sets the flag on every version; each is read and written again.
fn mark_deactivated(ctx: &mut Ctx<'_>, did: &str) -> Outcome<()> {
    for version in dids::versions(ctx, did) {
        let id = version.metadata.as_ref().map_or("", |m| m.version_id.as_str()).to_owned();
        let Some(mut stored) = dids::version(ctx, did, &id)? else { continue };
        if let Some(metadata) = &mut stored.metadata {
            metadata.deactivated = true;
        }
        dids::set_version(ctx, &stored)?;
    }
    Ok(())
}
