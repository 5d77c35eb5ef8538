//! DIDs of customers.

pub mod changes;
mod create;
mod deactivate;
pub mod document;
mod export;
mod import;
mod label;
mod ledger_rules;
mod parts;
mod sentence;
pub(crate) mod signers;
mod update;

pub use crate::sign::public_half;
pub use changes::{DidChange, GivenChanges, KeyWish};
pub use create::{CreateDid, DidIdentifier, NewDocument, create};
pub use deactivate::{DeactivateDid, deactivate};
pub use document::{GivenDocument, GivenSections};
pub use export::{ExportDid, ExportedDid, export};
pub use import::{EXPORTED_KEYS_BYTES_MAX, IMPORTED_KEYS_MAX, ImportDid, import};
pub use label::{LabelDid, LabelledDid, label, name_spelled};
pub(crate) use ledger_rules::is_fragment;
pub use parts::GivenParts;
pub use sentence::{cheqd_did, did_sentence};
pub use update::{UpdateDid, update};

pub use credentials::did_document::{
    Change, IdentifierFormat, NewKey, Parts, Relationship, RotatedKey, ServiceRequest, VerificationMethodType,
};

use crate::{Call, Fault, Studio, port::Execute};
use domain::{
    did::{DidPhase, DidRecord},
    id::{CustomerId, Did},
};

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [changes::LIMITS, document::LIMITS, import::LIMITS, label::LIMITS, ledger_rules::LIMITS].concat()
}

/// The DID, if it is the caller's; fault `did/not-found`.
pub async fn owned(studio: &Studio, call: &Call, did: &Did) -> Result<DidRecord, Fault> {
    owned_by(studio, call.who.customer, did).await
}

/// The DID, if it is this tenant's; fault `did/not-found`.
pub async fn owned_by(studio: &Studio, customer: CustomerId, did: &Did) -> Result<DidRecord, Fault> {
    let record = Execute::<DidRecord>::load(&*studio.commands, did.as_str()).await?.state;
    if record.customer == Some(customer) {
        Ok(record)
    } else {
        Err(Fault::not_found("did/not-found", format!("{did} not found in wallet")))
    }
}

/// The DID, if it is the caller's and can still be written for; faults `did/not-found`, `did/deactivated`,
/// `did/not-created`.
pub(crate) async fn writable(studio: &Studio, call: &Call, did: &Did) -> Result<DidRecord, Fault> {
    let record = owned(studio, call, did).await?;
    match record.phase {
        DidPhase::Deactivated => Err(Fault::invalid("did/deactivated", format!("{did} is deactivated"))),
        DidPhase::Failed | DidPhase::Absent => Err(Fault::invalid(
            "did/not-created",
            format!("{did} is not on the ledger: its creation was refused."),
        )),
        DidPhase::Active | DidPhase::Creating => Ok(record),
    }
}

#[cfg(test)]
mod tests;
