//! Signing: the one place where identity keys of customers sign, whatever is signed. Payers' keys sign transactions in the outbox.

use crate::{
    Call, Fault, Studio,
    desk::{Signers, Suspended, Wanted},
    key,
    port::chain::IdentitySignature,
    write::BY_CLIENT,
};
use credentials::{
    did_document::{public_keys, signing_methods},
    format::{Algorithm, Draft, Securing, Signed, SigningKey},
    key::PublicKey,
    vc::VcError,
};
use domain::{
    did::{ControllerKey, DidRecord},
    id::{Did, KeyId},
    job::{Party, Side},
    key::KeyAlgorithm,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Of Ed25519, and of `r‖s` on P-256, whose ASN.1 has a few more.
const SIGNATURE_BYTES: usize = 64;

/// The signature of a customer's key. The next event of the request names it (docs/operations.md#uses-of-keys).
async fn signature(studio: &Studio, call: &Call, kid: &KeyId, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let signature = studio.vault.sign(call.who.customer, kid, bytes).await?;
    call.desk.note_use(kid);
    Ok(signature)
}

/// The same as the ledger wants it.
async fn for_ledger(
    studio: &Studio,
    call: &Call,
    signer: &ControllerKey,
    bytes: &[u8],
) -> Result<Vec<u8>, Fault> {
    // A moment before it is recorded: a deletion that went by in between takes nothing away that a DID was to stand on.
    key::owned(studio, call, &signer.kid).await?;
    let signature = signature(studio, call, &signer.kid, bytes).await?;
    Ok(public_half(signer)?.ledger_signature(&signature))
}

/// The public half of a key that controls a DID: its id is that.
pub fn public_half(key: &ControllerKey) -> Result<PublicKey, Fault> {
    let bytes = hex::decode(&key.kid.0).map_err(Fault::bug)?;
    let read = match key.algorithm() {
        KeyAlgorithm::Ed25519 => PublicKey::ed25519(&bytes),
        KeyAlgorithm::Secp256k1 => PublicKey::secp256k1(&bytes),
        KeyAlgorithm::Secp256r1 => PublicKey::p256(&bytes),
    };
    read.map_err(Fault::bug)
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
    let zeros = || vec![0; SIGNATURE_BYTES];
    let is_rehearsed = call.dry_run || !are_complete;
    let mut all = Vec::with_capacity(signers.ours.len() + given.len());
    for signer in &signers.ours {
        let signature = if is_rehearsed { zeros() } else { for_ledger(studio, call, signer, bytes).await? };
        let verification_method = signer.verification_method.clone();
        all.push(IdentitySignature { verification_method, signature });
    }
    for (wanted, given) in given {
        let given = given.map(|signature| wanted.public_key.ledger_signature(&signature));
        let Some(signature) = given.or_else(|| is_rehearsed.then(zeros)) else { continue };
        let verification_method = wanted.verification_method.clone();
        all.push(IdentitySignature { verification_method, signature });
    }
    Ok(Signatures { all, are_complete })
}

/// What is signed, and with it the relationship that a key must stand under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signs {
    /// A credential, or a list of statuses.
    Credential,
    /// A presentation.
    Presentation,
}

impl Signs {
    const fn relationship(self) -> &'static str {
        match self {
            Self::Credential => "assertionMethod",
            Self::Presentation => "authentication",
        }
    }
}

/// Has the issuer's first assertion key (for presentations: authentication key) that is in the vault sign what is drafted for it. If there is none and the desk is open,
/// another of its assertion keys is asked: where drafts name their key, the first one. Fault `did/no-signing-key`, those of the
/// draft.
pub(crate) async fn draft(
    studio: &Studio,
    call: &Call,
    signs: Signs,
    (did, issuer): (&Did, &DidRecord),
    unsigned: impl Fn(&SigningKey<'_>) -> Result<Draft, Fault>,
) -> Result<Signed, Fault> {
    let methods = signing_methods(&issuer.document);
    let drafted = |verification_method: &str| {
        let method = methods.iter().find(|method| method.id == verification_method);
        unsigned(&SigningKey {
            did: did.as_str(),
            verification_method,
            method_type: method.map_or("", |method| &method.kind),
            algorithm: method.map_or(Algorithm::EdDsa, |method| method.algorithm),
            created: call.signing_time(),
        })
    };
    let absent = match key_of(issuer, signs) {
        Ok(key) => {
            let draft = drafted(&key.verification_method)?;
            let signature = signature(studio, call, &key.kid, draft.bytes()).await?;
            return Ok(draft.signed(signature));
        }
        Err(fault) => fault,
    };
    let outside = if call.desk.is_open() { keys_outside(did, issuer, signs) } else { Vec::new() };
    let Some(first) = outside.first() else { return Err(absent) };
    let draft = drafted(&first.verification_method)?;
    // Only who would sign the same bytes can be asked at the same time.
    let mut wanted = Vec::new();
    for method in outside {
        if drafted(&method.verification_method)? == draft {
            wanted.push(method);
        }
    }
    if let Some(signature) = wanted.iter().find_map(|wanted| call.desk.given(wanted, draft.bytes())) {
        return Ok(draft.signed(signature));
    }
    if call.dry_run {
        return Ok(draft.signed(vec![0; SIGNATURE_BYTES]));
    }
    Err(call.desk.suspend(Suspended {
        did: did.clone(),
        bytes: draft.bytes().to_vec(),
        told: draft.told().clone(),
        wanted,
        quote: None,
        based_on: None,
    }))
}

/// Signs a credential and gives it with its proof. Faults: `credential/invalid`, as [`draft`].
pub(crate) async fn credential(
    studio: &Studio,
    call: &Call,
    securing: &Securing,
    by: (&Did, &DidRecord),
    unsigned: &Value,
) -> Result<Value, Fault> {
    let drafted = |by: &SigningKey<'_>| securing.draft(unsigned, by).map_err(|error| invalid(&error));
    let signed = draft(studio, call, Signs::Credential, by, drafted).await?;
    signed.seal().map_err(|error| invalid(&error))
}

/// A credential that cannot be built.
pub(crate) fn invalid(error: &VcError) -> Fault {
    Fault::invalid("credential/invalid", error.to_string())
}

/// The first verification method that may sign and whose key is ours.
fn key_of(issuer: &DidRecord, signs: Signs) -> Result<&ControllerKey, Fault> {
    issuer.keys.iter().find(|key| may_sign(issuer, &key.verification_method, signs)).ok_or_else(|| {
        let sentence = match signs {
            Signs::Credential => format!("No assertion key of the issuer DID is in the vault. {BY_CLIENT}"),
            Signs::Presentation => "No authentication key of the holder DID is in the vault.".to_owned(),
        };
        Fault::invalid("did/no-signing-key", sentence)
    })
}

/// Whether a verification method of the issuer may sign.
fn may_sign(issuer: &DidRecord, verification_method: &str, signs: Signs) -> bool {
    let allowed = issuer.document.get(signs.relationship()).and_then(Value::as_array);
    allowed.is_none_or(|methods| methods.iter().any(|method| method.as_str() == Some(verification_method)))
}

/// The verification methods that may sign and whose keys are kept elsewhere.
fn keys_outside(did: &Did, issuer: &DidRecord, signs: Signs) -> Vec<Wanted> {
    let party = Party { did: did.to_string(), side: Side::Present };
    let methods = public_keys(&issuer.document).into_iter();
    let usable = methods.filter(|(id, key)| key.controls_dids() && may_sign(issuer, id, signs));
    let wanted = usable.map(|(verification_method, public_key)| Wanted {
        verification_method,
        public_key,
        parties: [party.clone()].into(),
    });
    wanted.collect()
}
