//! Who must sign a change of a DID document (docs/ledger.md#who-must-sign), and whether the vault has a key of each. At an open
//! desk those for whom it has none are asked; else what could never be signed is refused here, before the ledger is asked for a
//! price or anything is sent.

use crate::{
    Call, Fault, Studio,
    desk::Signers,
    key,
    port::{Execute, resolver::Freshness},
    write::BY_CLIENT,
};
use credentials::did_document::{Signer, other_controllers, public_keys, signers_of, signers_of_update};
use domain::{
    did::{ControllerKey, DidPhase, DidRecord},
    id::{Did, KeyId},
    job::{Party, Side},
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
        if !public_key.controls_dids() {
            continue;
        }
        let kid = KeyId(hex::encode(public_key.bytes()));
        match key::owned(studio, call, &kid).await {
            Ok(_) => keys.push(ControllerKey { verification_method: id, kid }),
            Err(fault) if fault.code == "key/not-found" => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(keys)
}

/// Who signs a new document: the keys of it that are in the vault, and all its controllers, who must be on the ledger and alive.
/// Faults: `did/no-signing-key`, `did/controller-not-found`, `did/controller-deactivated`, `did/controller-not-managed`.
pub(super) async fn for_creation(
    studio: &Studio,
    call: &Call,
    did: &Did,
    document: &Value,
    keys: &[ControllerKey],
) -> Result<Signers, Fault> {
    let mut signers = others(studio, call, did, document).await?;
    signers.add(keys);
    if signers_of(document).contains(&Signer::New) {
        own(&mut signers, call, (did, Side::New), keys, document)?;
    }
    Ok(signers)
}

/// Who signs for a new document's other controllers. Faults as of [`for_creation`].
pub(super) async fn others(
    studio: &Studio,
    call: &Call,
    did: &Did,
    document: &Value,
) -> Result<Signers, Fault> {
    let mut signers = Signers::default();
    for controller in other_controllers(document) {
        Controller::find(studio, call, did, &controller).await?.alive()?.sign(&mut signers, call)?;
    }
    Ok(signers)
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
) -> Result<Signers, Fault> {
    let required = signers_of_update(&record.document, document);
    let mut signers = Signers::default();
    signers.add(&record.keys);
    signers.add(new_keys);
    if required.contains(&Signer::Stored) {
        own(&mut signers, call, (did, Side::Present), &record.keys, &record.document)?;
    }
    if required.contains(&Signer::New) {
        own(&mut signers, call, (did, Side::New), new_keys, document)?;
    }
    let named = other_controllers(document);
    for controller in &named {
        // The ledger also takes a document whose controller is dead; nobody could rely on such a document.
        let found = Controller::find(studio, call, did, controller).await?.alive()?;
        if required.contains(&Signer::Other(controller.clone())) {
            found.sign(&mut signers, call)?;
        }
    }
    for signer in &required {
        // One that is given up must agree, dead or not.
        if let Signer::Other(controller) = signer
            && !named.contains(controller)
        {
            Controller::find(studio, call, did, controller).await?.sign(&mut signers, call)?;
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
) -> Result<Signers, Fault> {
    let mut signers = Signers::default();
    signers.add(&record.keys);
    for signer in signers_of(&record.document) {
        match signer {
            Signer::Other(controller) => {
                Controller::find(studio, call, did, &controller).await?.sign(&mut signers, call)?;
            }
            Signer::Stored | Signer::New => {
                own(&mut signers, call, (did, Side::Present), &record.keys, &record.document)?;
            }
        }
    }
    Ok(signers)
}

/// The DID itself signs, with a key of one of its documents. Fault `did/no-signing-key`.
fn own(
    signers: &mut Signers,
    call: &Call,
    (did, side): (&Did, Side),
    keys: &[ControllerKey],
    document: &Value,
) -> Result<(), Fault> {
    let sentence = match side {
        Side::Present => {
            format!("No key of {did} is in the vault, so nothing can be signed for it. {BY_CLIENT}")
        }
        Side::New => format!(
            "No verification method of the new document of {did} has a key in this wallet; the ledger wants a signature of one. {BY_CLIENT}"
        ),
    };
    let refusal = Fault::invalid("did/no-signing-key", sentence);
    party(signers, call, &Party { did: did.to_string(), side }, keys, document, refusal)
}

/// Somebody must sign: with the keys of the vault, or with one that is asked for. The refusal if neither can be.
fn party(
    signers: &mut Signers,
    call: &Call,
    party: &Party,
    keys: &[ControllerKey],
    document: &Value,
    refusal: Fault,
) -> Result<(), Fault> {
    if !keys.is_empty() {
        signers.add(keys);
        return Ok(());
    }
    let methods = public_keys(document).into_iter().filter(|(_, key)| key.controls_dids());
    let methods: Vec<_> = methods.filter(|_| call.desk.is_open()).collect();
    if methods.is_empty() {
        return Err(refusal);
    }
    for (verification_method, public_key) in methods {
        signers.want(verification_method, public_key, party.clone());
    }
    Ok(())
}

/// Another DID that controls the one that is written.
struct Controller {
    did: Did,
    document: Value,
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
                    let (document, keys) = (record.document, record.keys);
                    Ok(Self { did: controller, document, is_deactivated, keys })
                }
                DidPhase::Absent | DidPhase::Creating | DidPhase::Failed => Err(absent()),
            };
        }
        let found = studio.resolver.did(&controller, None, Freshness::Fresh).await?.ok_or_else(absent)?;
        let keys = keys_of(studio, call, &found.document).await?;
        let (document, is_deactivated) = (found.document, found.deactivated);
        Ok(Self { did: controller, document, is_deactivated, keys })
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

    /// It signs; fault `did/controller-not-managed` if nobody here can sign for it.
    fn sign(self, signers: &mut Signers, call: &Call) -> Result<(), Fault> {
        let sentence = format!(
            "{} must sign this change too, but its keys are not in this wallet. {BY_CLIENT}",
            self.did
        );
        let refusal = Fault::invalid("did/controller-not-managed", sentence);
        let by = Party { did: self.did.to_string(), side: Side::Present };
        party(signers, call, &by, &self.keys, &self.document, refusal)
    }
}
