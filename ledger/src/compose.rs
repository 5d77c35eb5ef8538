//! Messages from payloads and identity signatures. Pure.

use crate::message::{did, resource};
use app::{
    Fault,
    port::{
        Composer,
        chain::{ChainMessage, IdentitySignature, Payload},
    },
};
use domain::id::{Did, VersionId};
use prost::Message;
use proto::cheqd::{
    did::v2::{
        DidDoc, MsgCreateDidDoc, MsgDeactivateDidDoc, MsgDeactivateDidDocPayload, MsgUpdateDidDoc, SignInfo,
    },
    resource::v2::MsgCreateResource,
};
use serde_json::Value;

domain::limits! {
    /// Most bytes of a resource (docs/ledger.md#resources).
    RESOURCE_BYTES_MAX: usize = 2_097_152, "bytes";
    /// Most bytes of a resource's name, type and version.
    LABEL_BYTES_MAX: usize = 64, "bytes";
}

/// Builds cheqd messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheqdComposer;

impl Composer for CheqdComposer {
    fn sign_bytes(&self, payload: &Payload) -> Result<Vec<u8>, Fault> {
        Ok(match payload {
            Payload::CreateDid { document, version } => {
                did::create_payload(doc(document)?, version.to_string()).encode_to_vec()
            }
            Payload::UpdateDid { document, version } => {
                did::update_payload(doc(document)?, version.to_string()).encode_to_vec()
            }
            Payload::DeactivateDid { did, version } => end(did, *version).encode_to_vec(),
            Payload::CreateResource { description, data } => {
                holdable(description, data)?;
                resource::payload(description, data).encode_to_vec()
            }
        })
    }

    fn message(&self, payload: &Payload, signatures: &[IdentitySignature]) -> Result<ChainMessage, Fault> {
        let signatures: Vec<SignInfo> = signatures
            .iter()
            .map(|signature| SignInfo {
                verification_method_id: signature.verification_method.clone(),
                signature: signature.signature.clone(),
            })
            .collect();
        Ok(match payload {
            Payload::CreateDid { document, version } => packed(
                MsgCreateDidDoc::TYPE_URL,
                &MsgCreateDidDoc {
                    payload: Some(did::create_payload(doc(document)?, version.to_string())),
                    signatures,
                },
            ),
            Payload::UpdateDid { document, version } => packed(
                MsgUpdateDidDoc::TYPE_URL,
                &MsgUpdateDidDoc {
                    payload: Some(did::update_payload(doc(document)?, version.to_string())),
                    signatures,
                },
            ),
            Payload::DeactivateDid { did, version } => packed(
                MsgDeactivateDidDoc::TYPE_URL,
                &MsgDeactivateDidDoc { payload: Some(end(did, *version)), signatures },
            ),
            Payload::CreateResource { description, data } => {
                holdable(description, data)?;
                packed(
                    MsgCreateResource::TYPE_URL,
                    &MsgCreateResource { payload: Some(resource::payload(description, data)), signatures },
                )
            }
        })
    }
}

fn packed(type_url: &str, message: &impl Message) -> ChainMessage {
    ChainMessage { type_url: type_url.to_owned(), value: message.encode_to_vec() }
}

fn end(did: &Did, version: VersionId) -> MsgDeactivateDidDocPayload {
    MsgDeactivateDidDocPayload { id: did.to_string(), version_id: version.to_string() }
}

fn doc(document: &Value) -> Result<DidDoc, Fault> {
    did::from_json(document)
        .map_err(|why| Fault::invalid("did/invalid", format!("The DID document cannot be published: {why}.")))
}

/// What the ledger would refuse only in a block, told before anything is signed.
fn holdable(description: &domain::resource::ResourceDescription, data: &[u8]) -> Result<(), Fault> {
    let invalid = |why: String| Err(Fault::invalid("resource/invalid", why));
    if data.is_empty() || data.len() > RESOURCE_BYTES_MAX {
        return invalid(format!(
            "A resource must have 1 to {RESOURCE_BYTES_MAX} bytes; this one has {}.",
            data.len()
        ));
    }
    for (name, text, may_be_empty) in [
        ("name", &description.name, false),
        ("type", &description.resource_type, false),
        ("version", &description.version, true),
    ] {
        if text.len() > LABEL_BYTES_MAX || (text.is_empty() && !may_be_empty) {
            let least = u8::from(!may_be_empty);
            return invalid(format!("The resource's {name} must have {least} to {LABEL_BYTES_MAX} bytes."));
        }
    }
    Ok(())
}
