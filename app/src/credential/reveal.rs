//! What stands sealed in the log about a credential, and its opening.

use crate::{Fault, Studio};
use domain::id::{CustomerId, Did, Sealed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The personal part of an issued credential. Its subject in the vault is [`subject`], so that erasing a person makes
/// every credential about them unreadable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedCredential {
    /// Whom it is about.
    pub subject_did: String,
    /// The normalised credential with its proof.
    pub credential: Value,
}

/// The one spelling of a subject's DID: of did:cheqd, capitals name the same.
pub fn subject_name(subject_did: &str) -> String {
    Did::one_spelling(subject_did)
}

/// The vault's name for the person a DID stands for, however it is spelled.
pub(crate) async fn subject(
    studio: &Studio,
    customer: CustomerId,
    subject_did: &str,
) -> Result<String, Fault> {
    subject_as_spelled(studio, customer, &subject_name(subject_did)).await
}

/// The vault's name for exactly this text, under which credentials once stood.
pub(crate) async fn subject_as_spelled(
    studio: &Studio,
    customer: CustomerId,
    subject_did: &str,
) -> Result<String, Fault> {
    let fingerprint = studio.vault.fingerprint(customer, subject_did.as_bytes()).await?;
    Ok(format!("subject/{fingerprint}"))
}

/// Opens what was sealed; `None` after erasure.
pub async fn reveal(
    studio: &Studio,
    customer: CustomerId,
    sealed: &Sealed,
) -> Result<Option<SealedCredential>, Fault> {
    match studio.vault.open(customer, sealed).await? {
        Some(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(Fault::bug),
        None => Ok(None),
    }
}
