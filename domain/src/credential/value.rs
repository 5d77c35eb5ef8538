//! Values a credential record is made of.

use crate::id::{Did, Instant, StatusListId};
use crate::status_list::{ListType, StatusPurpose};
use serde::{Deserialize, Serialize};

/// What of a credential may stand in the log in the clear: nothing about its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialDescription {
    /// Who signed it.
    pub issuer: Did,
    /// Its types, `VerifiableCredential` first.
    pub types: Vec<String>,
    /// `jwt`, later `jsonld`, `sd-jwt-vc`.
    pub format: String,
    /// Keyed hash of the signed text, lower-case hex, to find it again when somebody shows it to us.
    pub fingerprint: String,
    /// Where its status stands, if it has one.
    pub status: Option<StatusReference>,
    /// When its validity starts.
    pub issuance_date: Instant,
    /// When it ends.
    pub expiration_date: Option<Instant>,
}

/// An entry of a status list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReference {
    /// The list.
    pub list: StatusListId,
    /// The DID the list hangs on.
    pub list_did: Did,
    /// The list's name.
    pub list_name: String,
    /// The list's resource type.
    pub list_resource_type: String,
    /// Its format.
    pub list_type: ListType,
    /// What the entry says.
    pub purpose: StatusPurpose,
    /// The entry.
    pub index: u32,
}

/// What can be done to the status of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusAction {
    /// Final.
    Revoke,
    /// Until reinstated.
    Suspend,
    /// Ends a suspension.
    Reinstate,
}

/// The status of a credential as we decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialStatus {
    /// Neither revoked nor suspended.
    #[default]
    Issued,
    /// Until reinstated.
    Suspended,
    /// For good.
    Revoked,
}
