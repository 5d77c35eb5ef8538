//! Signing: the one place where identity keys of customers sign, whatever is signed. Payers' keys sign transactions in the outbox.

use crate::{Call, Fault, Studio, desk::Signers, port::chain::IdentitySignature};
use credentials::{
    format::{CredentialFormat, Draft, Signed},
    vc::VcError,
};
use domain::{
    did::{ControllerKey, DidRecord},
    id::{Did, KeyId},
};
use serde_json::Value;
use std::collections::BTreeSet;

const ED25519_SIGNATURE_BYTES: usize = 64;

/// The signature of a customer's key.
async fn signature(studio: &Studio, call: &Call, kid: &KeyId, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    studio.vault.sign(call.who.customer, kid, bytes).await
}

/// The signatures of a message to the ledger, and whether they are real: those of a dry run are zeros, and so are all of them
/// while one from outside is missing.
pub(crate) struct Signatures {
    pub(crate) all: Vec<IdentitySignature>,
    pub(crate) are_complete: bool,
}

/// The signatures of a message to the ledger: of every key of the vault, and for each other party one that lies at the desk.
pub(crate) async fn message(
    studio: &Studio,
    call: &Call,
    signers: &Signers,
    bytes: &[u8],
) -> Result<Signatures, Fault> {
    let given: Vec<_> =
        signers.wanted.iter().map(|wanted| (wanted, call.desk.given(wanted, bytes))).collect();
    let heard: BTreeSet<_> =
        given.iter().filter(|(_, given)| given.is_some()).flat_map(|(wanted, _)| &wanted.parties).collect();
    let are_complete = signers.wanted.iter().flat_map(|wanted| &wanted.parties).all(|p| heard.contains(p));
    // Fees depend on the kind of message, not on its signatures: a price needs no real one.
    let zeros = || vec![0; ED25519_SIGNATURE_BYTES];
    let is_rehearsed = call.dry_run || !are_complete;
    let mut all = Vec::with_capacity(signers.ours.len() + given.len());
    for signer in &signers.ours {
        let signature =
            if is_rehearsed { zeros() } else { signature(studio, call, &signer.kid, bytes).await? };
        let verification_method = signer.verification_method.clone();
        all.push(IdentitySignature { verification_method, signature });
    }
    for (wanted, given) in given {
        let Some(signature) = given.or_else(|| is_rehearsed.then(zeros)) else { continue };
        let verification_method = wanted.verification_method.clone();
        all.push(IdentitySignature { verification_method, signature });
    }
    Ok(Signatures { all, are_complete })
}

/// Signs a draft with the issuer's first assertion key. Fault `did/no-signing-key`.
pub(crate) async fn draft(
    studio: &Studio,
    call: &Call,
    issuer: &DidRecord,
    draft: Draft,
) -> Result<Signed, Fault> {
    let key = assertion_key(issuer)?;
    let signature = signature(studio, call, &key.kid, draft.bytes()).await?;
    Ok(draft.signed(signature))
}

/// Signs a credential and gives it with its proof. Faults: `credential/invalid`, as [`draft`].
pub(crate) async fn credential(
    studio: &Studio,
    call: &Call,
    format: CredentialFormat,
    (did, issuer): (&Did, &DidRecord),
    unsigned: &Value,
) -> Result<Value, Fault> {
    let unsigned = format.draft(unsigned, did.as_str()).map_err(|error| invalid(&error))?;
    let signed = draft(studio, call, issuer, unsigned).await?;
    format.seal(&signed).map_err(|error| invalid(&error))
}

/// A credential that cannot be built.
pub(crate) fn invalid(error: &VcError) -> Fault {
    Fault::invalid("credential/invalid", error.to_string())
}

/// The first verification method that may sign credentials and whose key is ours.
fn assertion_key(issuer: &DidRecord) -> Result<&ControllerKey, Fault> {
    let allowed = issuer.document.get("assertionMethod").and_then(Value::as_array);
    issuer
        .keys
        .iter()
        .find(|key| {
            allowed.is_none_or(|methods| {
                methods.iter().any(|m| m.as_str() == Some(key.verification_method.as_str()))
            })
        })
        .ok_or_else(|| {
            Fault::invalid("did/no-signing-key", "No assertion key of the issuer DID is in the vault.")
        })
}
