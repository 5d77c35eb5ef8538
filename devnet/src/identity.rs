//! Which identity signatures an operation needs, and their verification (docs/ledger.md#who-must-sign).

use crate::failure::{Outcome, cheqd};
use crate::keys::{self, KeyType};
use crate::kv::Ctx;
use crate::state::dids;
use crate::validate::did::{did_of_url, with_did};
use proto::cheqd::did::v2::{DidDoc, SignInfo, VerificationMethod};
use std::collections::{BTreeMap, BTreeSet};

/// Suffix that tells the new version of a document from the stored one while an update is checked.
const UPDATED: &str = "-updated";

/// Documents that are visible to signature checks without being stored.
pub type InFlight = BTreeMap<String, DidDoc>;

/// Controllers of a document: its own list, or the DID itself.
fn controllers(doc: &DidDoc) -> Vec<String> {
    if doc.controller.is_empty() { vec![doc.id.clone()] } else { doc.controller.clone() }
}

/// Everybody who must sign for a document: its controllers and those of its keys.
pub fn signers_of(doc: &DidDoc) -> BTreeSet<String> {
    let keys = doc.verification_method.iter().map(|vm| vm.controller.clone());
    controllers(doc).into_iter().chain(keys).collect()
}

/// Controllers of document and keys must exist (a deactivated one counts) or be in flight.
pub fn controllers_exist(ctx: &mut Ctx<'_>, doc: &DidDoc) -> Outcome<()> {
    let keys = doc.verification_method.iter().map(|vm| &vm.controller);
    let mut seen = BTreeSet::new();
    for did in doc.controller.iter().chain(keys) {
        if *did == doc.id || !seen.insert(did) {
            continue;
        }
        if !dids::exists(ctx, did)? || dids::latest(ctx, did)?.is_none() {
            return Err(cheqd(1201, did.clone()));
        }
    }
    Ok(())
}

fn find_doc(ctx: &mut Ctx<'_>, in_flight: &InFlight, did: &str) -> Outcome<DidDoc> {
    if let Some(doc) = in_flight.get(did) {
        return Ok(doc.clone());
    }
    if !dids::exists(ctx, did)? {
        return Err(cheqd(1201, did));
    }
    dids::latest(ctx, did)?.and_then(|d| d.did_doc).ok_or_else(|| cheqd(1201, did))
}

fn find_method(ctx: &mut Ctx<'_>, in_flight: &InFlight, id: &str) -> Outcome<VerificationMethod> {
    let doc = find_doc(ctx, in_flight, did_of_url(id))?;
    doc.verification_method.into_iter().find(|vm| vm.id == id).ok_or_else(|| cheqd(1202, id))
}

fn verify(ctx: &mut Ctx<'_>, in_flight: &InFlight, info: &SignInfo, bytes: &[u8]) -> Outcome<()> {
    let vm = find_method(ctx, in_flight, &info.verification_method_id)?;
    let kind = KeyType::parse(&vm.verification_method_type);
    let good = kind.is_some_and(|k| keys::verify(k, &vm.verification_material, bytes, &info.signature));
    if good { Ok(()) } else { Err(cheqd(1100, format!("method id: {}", info.verification_method_id))) }
}

/// Create, deactivate and resource: every required signer signs, and all its signatures are good.
pub fn verify_all(
    ctx: &mut Ctx<'_>,
    in_flight: &InFlight,
    signers: &BTreeSet<String>,
    infos: &[SignInfo],
    bytes: &[u8],
) -> Outcome<()> {
    for signer in signers {
        let mine: Vec<_> = infos.iter().filter(|i| did_of_url(&i.verification_method_id) == signer).collect();
        if mine.is_empty() {
            return Err(cheqd(1101, format!("signer: {signer}")));
        }
        for info in mine {
            verify(ctx, in_flight, info, bytes)?;
        }
    }
    Ok(())
}

fn renamed(doc: &DidDoc, new: &str) -> DidDoc {
    let rename = |url: &String| with_did(url, &doc.id, new);
    let rename_did = |did: &String| if *did == doc.id { new.to_owned() } else { did.clone() };
    let mut out = doc.clone();
    new.clone_into(&mut out.id);
    out.controller = doc.controller.iter().map(rename_did).collect();
    for vm in &mut out.verification_method {
        vm.id = rename(&vm.id);
        vm.controller = rename_did(&vm.controller);
    }
    out
}

fn fragment(id: &str) -> &str {
    id.rsplit_once('#').map_or("", |(_, f)| f)
}

/// Signers an update needs, with the new version renamed.
fn update_signers(old: &DidDoc, new: &DidDoc, updated: &DidDoc) -> BTreeSet<String> {
    let mut signers: BTreeSet<String> = controllers(old).into_iter().chain(controllers(updated)).collect();
    for (vm, renamed) in new.verification_method.iter().zip(&updated.verification_method) {
        let before = old.verification_method.iter().find(|o| fragment(&o.id) == fragment(&vm.id));
        match before {
            None => {
                signers.insert(renamed.controller.clone());
            }
            Some(before) if before != vm => {
                signers.insert(before.controller.clone());
                signers.insert(renamed.controller.clone());
            }
            Some(_) => {}
        }
    }
    for vm in &old.verification_method {
        if !new.verification_method.iter().any(|n| fragment(&n.id) == fragment(&vm.id)) {
            signers.insert(vm.controller.clone());
        }
    }
    signers
}

/// Update: every signer the change concerns has at least one good signature, old and new version apart.
pub fn verify_update(
    ctx: &mut Ctx<'_>,
    old: &DidDoc,
    new: &DidDoc,
    infos: &[SignInfo],
    bytes: &[u8],
) -> Outcome<()> {
    let did = &old.id;
    let updated_did = format!("{did}{UPDATED}");
    let updated = renamed(new, &updated_did);
    // The old version is looked up in the store.
    let in_flight = InFlight::from([(updated_did.clone(), updated.clone())]);
    let mut extended = infos.to_vec();
    for info in infos.iter().filter(|i| did_of_url(&i.verification_method_id) == did) {
        let verification_method_id = with_did(&info.verification_method_id, did, &updated_did);
        extended.push(SignInfo { verification_method_id, signature: info.signature.clone() });
    }
    for signer in &update_signers(old, new, &updated) {
        let name = if signer == did {
            format!("{did} (old version)")
        } else if *signer == updated_did {
            format!("{did} (new version)")
        } else {
            signer.clone()
        };
        let mut found = false;
        let mut good = false;
        for info in extended.iter().filter(|i| did_of_url(&i.verification_method_id) == signer) {
            found = true;
            match verify(ctx, &in_flight, info, bytes) {
                Ok(()) => good = true,
                Err(crate::failure::Failure::Code { .. }) => {}
                Err(other) => return Err(other),
            }
            if good {
                break;
            }
        }
        if !found {
            return Err(cheqd(1101, format!("there should be at least one signature by {name}")));
        }
        if !good {
            return Err(cheqd(1100, format!("there should be at least one valid signature by {name}")));
        }
    }
    Ok(())
}
