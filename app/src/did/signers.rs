//! Who must sign a change of a DID document, as far as their keys are in the caller's wallet (docs/ledger.md#who-must-sign).

use crate::{Call, Fault, Studio, key, port::Execute};
use credentials::did_document::public_keys;
use credentials::key::PublicKey;
use domain::{
    did::{ControllerKey, DidRecord},
    id::{Did, KeyId},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// The vault keys behind a document's verification methods, in document order. Methods whose key is not the caller's
/// are left out: others may control them.
pub(super) async fn keys_of(
    studio: &Studio,
    call: &Call,
    document: &Value,
) -> Result<Vec<ControllerKey>, Fault> {
    let mut keys = Vec::new();
    for (id, public_key) in public_keys(document) {
        let PublicKey::Ed25519(bytes) = public_key else { continue };
        let kid = KeyId(hex::encode(bytes));
        match key::owned(studio, call, &kid).await {
            Ok(_) => keys.push(ControllerKey { verification_method: id, kid }),
            Err(fault) if fault.code == "key/not-found" => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(keys)
}

/// Everybody who signs the change from `record`'s document to `document`: every key of ours in the old and in the new
/// document, and in the documents of other controllers that are ours too. Valid extra signatures do no harm.
pub(super) async fn for_update(
    studio: &Studio,
    call: &Call,
    did: &Did,
    record: &DidRecord,
    document: &Value,
    new_keys: &[ControllerKey],
) -> Result<Vec<ControllerKey>, Fault> {
    let mut signers: Vec<ControllerKey> = record.keys.clone();
    signers.extend(new_keys.iter().filter(|key| !record.keys.contains(key)).cloned());
    for controller in other_controllers(did, &[&record.document, document]) {
        signers.extend(controller_keys(studio, call, &controller).await?);
    }
    Ok(signers)
}

/// Everybody who signs for a new DID: its own keys and those of its other controllers.
pub(super) async fn for_creation(
    studio: &Studio,
    call: &Call,
    did: &Did,
    document: &Value,
    keys: &[ControllerKey],
) -> Result<Vec<ControllerKey>, Fault> {
    let mut signers = keys.to_vec();
    for controller in other_controllers(did, &[document]) {
        signers.extend(controller_keys(studio, call, &controller).await?);
    }
    Ok(signers)
}

/// Everybody who signs for the DID as it stands: deactivation, resources. The ledger wants every signature of a
/// required controller to be valid, and at least one of each.
pub(crate) async fn for_current(
    studio: &Studio,
    call: &Call,
    did: &Did,
    record: &DidRecord,
) -> Result<Vec<ControllerKey>, Fault> {
    let mut signers = record.keys.clone();
    for controller in other_controllers(did, &[&record.document]) {
        signers.extend(controller_keys(studio, call, &controller).await?);
    }
    Ok(signers)
}

async fn controller_keys(
    studio: &Studio,
    call: &Call,
    controller: &str,
) -> Result<Vec<ControllerKey>, Fault> {
    let controller_did = Did::parse(controller)?;
    let record = Execute::<DidRecord>::load(&*studio.commands, controller_did.as_str()).await?.state;
    if record.customer == Some(call.customer) && !record.keys.is_empty() {
        return Ok(record.keys);
    }
    Err(Fault::invalid(
        "did/controller-not-managed",
        format!("{controller} must sign this change too, but its keys are not in this wallet."),
    ))
}

fn other_controllers(did: &Did, documents: &[&Value]) -> BTreeSet<String> {
    let mut controllers = BTreeSet::new();
    for document in documents {
        match document.get("controller") {
            Some(Value::String(one)) => {
                controllers.insert(one.clone());
            }
            Some(Value::Array(many)) => {
                controllers.extend(many.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            _ => {}
        }
        let methods = document.get("verificationMethod").and_then(Value::as_array);
        controllers.extend(
            methods.into_iter().flatten().filter_map(|m| m.get("controller")?.as_str()).map(str::to_owned),
        );
    }
    controllers.remove(did.as_str());
    controllers
}
