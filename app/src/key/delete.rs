//! `DELETE /key/{kid}`.

use super::create::{deleted, held, note};
use crate::{
    Call, Fault, FaultKind, Studio,
    act::{KEY_DELETE, act},
    write,
};
use domain::{
    Aggregate as _,
    id::{Did, KeyId},
    key::KeyCommand,
};
use serde::Serialize;

/// A key that nobody wants any more.
#[derive(Debug, Clone, Serialize)]
pub struct DeleteKey {
    /// Which.
    pub kid: KeyId,
}

/// Destroys the private half of an identity key that stands in no DID document of the account. What it has signed stays valid, and the
/// log goes on saying what that was. Faults: `key/not-found`, `key/pays-fees`, `key/in-use`, `key/use-unknown`.
///
/// The key is out of use first, and only then it is asked whether anything needs it: whatever was asked for before that moment
/// is seen then, and nothing that comes after it finds the key.
pub async fn delete(studio: &Studio, call: &Call, input: DeleteKey) -> Result<KeyId, Fault> {
    let (kid, customer) = (input.kid, call.who.customer);
    let found = held(studio, call, &kid).await?;
    let again = if found.is_none() { deleted(studio, call, &kid).await? } else { None };
    let absent = || Fault::not_found("key/not-found", format!("Key with kid: {kid} not found"));
    let (stream, key) = found.or(again).ok_or_else(absent)?;
    let command = KeyCommand::Delete { kid: kid.clone(), customer, at: call.at };
    key.decide(command.clone()).map_err(|refusal| Fault::refused(&refusal))?;
    // One that is out of use already comes back below, if it is needed.
    if !key.deleted
        && let Some(did) = studio.directory.did_of_key(customer, &kid).await?
    {
        return Err(in_use(&kid, &did));
    }
    let token = note(studio, call, "delete", &stream, command).await?;
    if !studio.outcomes.visible(token).await? {
        return Err(unseen(&kid));
    }
    if let Some(did) = studio.directory.did_of_key(customer, &kid).await? {
        let command = KeyCommand::Restore { kid: kid.clone(), customer, at: call.at };
        let token = note(studio, call, "restore", &stream, command).await?;
        write::visible(studio, token).await?;
        return Err(in_use(&kid, &did));
    }
    studio.vault.delete_key(customer, &kid).await?;
    Ok(kid)
}

fn unseen(kid: &KeyId) -> Fault {
    let sentence = format!(
        "Whether any DID needs the key {kid} cannot be seen just now. It is out of use: delete it again in a moment, and it is destroyed or comes back."
    );
    Fault::unavailable("key/use-unknown", sentence, "read models are behind")
}

fn in_use(kid: &KeyId, did: &Did) -> Fault {
    let sentence = format!(
        "The key {kid} stands in the document of {did}: take it out of there, or deactivate that DID, before it is deleted."
    );
    Fault::new(FaultKind::Conflict, "key/in-use", sentence).with("did", did.to_string())
}

act!(DeleteKey => KeyId: KEY_DELETE, delete);
