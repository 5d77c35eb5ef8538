//! Who must sign a change of a DID document (docs/ledger.md#who-must-sign), and whether the caller has a key of each.
//! What could never be signed is refused here, before the ledger is asked for a price or anything is sent.

use crate::{
    Call, Fault, Studio, key,
    port::{Execute, resolver::Freshness},
};
use credentials::did_document::{Signer, other_controllers, public_keys, signers_of, signers_of_update};
use credentials::key::PublicKey;
use domain::{
    did::{ControllerKey, DidPhase, DidRecord},
    id::{Did, KeyId},
};
use serde_json::Value;

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

/// The keys of a new document's other controllers. All of them must be on the ledger, alive, and sign with a key of the
/// caller's. Faults: `did/controller-not-found`, `did/controller-deactivated`, `did/controller-not-managed`.
pub(super) async fn controllers(
    studio: &Studio,
    call: &Call,
    did: &Did,
    document: &Value,
) -> Result<Vec<ControllerKey>, Fault> {
    let mut keys = Vec::new();
    for controller in other_controllers(document) {
        keys.extend(Controller::find(studio, call, did, &controller).await?.alive()?.keys()?);
    }
    Ok(keys)
}

/// Everybody who signs the change from `record`'s document to `document`: every key of ours in the old and in the new
/// document, and in the documents of the other controllers it takes. Valid extra signatures do no harm.
pub(super) async fn for_update(
    studio: &Studio,
    call: &Call,
    did: &Did,
    record: &DidRecord,
    document: &Value,
    new_keys: &[ControllerKey],
) -> Result<Vec<ControllerKey>, Fault> {
    let required = signers_of_update(&record.document, document);
    if required.contains(&Signer::Stored) && record.keys.is_empty() {
        return Err(no_key(did));
    }
    if required.contains(&Signer::New) && new_keys.is_empty() {
        let sentence = format!(
            "No verification method of the new document of {did} has a key in this wallet; the ledger wants a signature of one."
        );
        return Err(Fault::invalid("did/no-signing-key", sentence));
    }
    let mut signers: Vec<ControllerKey> = record.keys.clone();
    signers.extend(new_keys.iter().filter(|key| !record.keys.contains(key)).cloned());
    let named = other_controllers(document);
    for controller in &named {
        // The ledger also takes a document whose controller is dead; nobody could rely on such a document.
        let found = Controller::find(studio, call, did, controller).await?.alive()?;
        if required.contains(&Signer::Other(controller.clone())) {
            signers.extend(found.keys()?);
        }
    }
    for signer in &required {
        // One that is given up must agree, dead or not.
        if let Signer::Other(controller) = signer
            && !named.contains(controller)
        {
            signers.extend(Controller::find(studio, call, did, controller).await?.keys()?);
        }
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
    for signer in signers_of(&record.document) {
        match signer {
            Signer::Other(controller) => {
                signers.extend(Controller::find(studio, call, did, &controller).await?.keys()?);
            }
            Signer::Stored | Signer::New if record.keys.is_empty() => return Err(no_key(did)),
            Signer::Stored | Signer::New => {}
        }
    }
    Ok(signers)
}

fn no_key(did: &Did) -> Fault {
    let sentence = format!("No key of {did} is in the vault, so nothing can be signed for it.");
    Fault::invalid("did/no-signing-key", sentence)
}

/// Another DID that controls the one that is written.
struct Controller {
    did: Did,
    is_deactivated: bool,
    keys: Vec<ControllerKey>,
}

impl Controller {
    /// As the log knows it if it is the caller's, else as the ledger does: a DID that was made elsewhere can control one
    /// of the caller's with a key that the caller has.
    async fn find(studio: &Studio, call: &Call, did: &Did, controller: &str) -> Result<Self, Fault> {
        let absent = || {
            let sentence =
                format!("{controller} is not on {}, so it cannot control a DID there.", did.network());
            Fault::invalid("did/controller-not-found", sentence)
        };
        let controller = Did::parse(controller).map_err(|_| absent())?;
        if controller.network() != did.network() {
            return Err(absent());
        }
        let record = Execute::<DidRecord>::load(&*studio.commands, controller.as_str()).await?.state;
        if record.customer == Some(call.who.customer) {
            return match record.phase {
                DidPhase::Active | DidPhase::Deactivated => {
                    let is_deactivated = record.phase == DidPhase::Deactivated;
                    Ok(Self { did: controller, is_deactivated, keys: record.keys })
                }
                DidPhase::Absent | DidPhase::Creating | DidPhase::Failed => Err(absent()),
            };
        }
        let found = studio.resolver.did(&controller, None, Freshness::Fresh).await?.ok_or_else(absent)?;
        let keys = keys_of(studio, call, &found.document).await?;
        Ok(Self { did: controller, is_deactivated: found.deactivated, keys })
    }

    /// Fault unless it can still act.
    fn alive(self) -> Result<Self, Fault> {
        if self.is_deactivated {
            let sentence = format!(
                "DIDDocument associated with controller {} is deactivated: name only controllers that can still act.",
                self.did
            );
            return Err(Fault::invalid("did/controller-deactivated", sentence));
        }
        Ok(self)
    }

    /// Its keys in the caller's wallet; fault without any.
    fn keys(self) -> Result<Vec<ControllerKey>, Fault> {
        if self.keys.is_empty() {
            let sentence =
                format!("{} must sign this change too, but its keys are not in this wallet.", self.did);
            return Err(Fault::invalid("did/controller-not-managed", sentence));
        }
        Ok(self.keys)
    }
}
