//! Signing: the one place where identity keys of customers sign, whatever is signed. Payers' keys sign transactions in the outbox.

use crate::{Call, Fault, Studio, port::chain::IdentitySignature};
use credentials::{
    format::{CredentialFormat, Draft, Signed},
    vc::VcError,
};
use domain::{
    did::{ControllerKey, DidRecord},
    id::{Did, KeyId},
};
use serde_json::Value;

const ED25519_SIGNATURE_BYTES: usize = 64;

/// The signature of a customer's key.
async fn signature(studio: &Studio, call: &Call, kid: &KeyId, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    studio.vault.sign(call.who.customer, kid, bytes).await
}

/// The signatures of a message to the ledger.
pub(crate) async fn message(
    studio: &Studio,
    call: &Call,
    signers: &[ControllerKey],
    bytes: &[u8],
) -> Result<Vec<IdentitySignature>, Fault> {
    let mut signatures = Vec::with_capacity(signers.len());
    for signer in signers {
        // Fees depend on the kind of message, not on its signatures: a price needs no real one.
        let signature = if call.dry_run {
            vec![0; ED25519_SIGNATURE_BYTES]
        } else {
            signature(studio, call, &signer.kid, bytes).await?
        };
        let verification_method = signer.verification_method.clone();
        signatures.push(IdentitySignature { verification_method, signature });
    }
    Ok(signatures)
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
