//! The status machine that credentials and accreditations share.

use super::{CredentialStatus, StatusAction, StatusReference};
use crate::status_list::StatusPurpose;

/// Why a status cannot change as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransitionBarred {
    /// Revocation is final.
    AlreadyRevoked,
    /// There is no status entry to change.
    NoStatusEntry,
    /// The entry serves another purpose.
    WrongPurpose,
}

impl CredentialStatus {
    /// What an entry of this purpose with this value says of its credential: what verifiers make of it.
    pub const fn of_entry(purpose: StatusPurpose, value: u8) -> Self {
        match (purpose, value) {
            (_, 0) | (StatusPurpose::Refresh, _) => Self::Issued,
            (StatusPurpose::Revocation, _) | (StatusPurpose::Message, 1) => Self::Revoked,
            (StatusPurpose::Suspension, _) | (StatusPurpose::Message, 2) => Self::Suspended,
            // A value with a text of the issuer's own.
            (StatusPurpose::Message, _) => Self::Issued,
        }
    }

    /// The status after `action`; `None` if the action changes nothing because it took effect before.
    pub fn after(
        self,
        action: StatusAction,
        entry: Option<&StatusReference>,
    ) -> Result<Option<Self>, TransitionBarred> {
        match (self, action) {
            (Self::Revoked, StatusAction::Revoke) => return Ok(None),
            (Self::Revoked, _) => return Err(TransitionBarred::AlreadyRevoked),
            _ => {}
        }
        let purpose = entry.ok_or(TransitionBarred::NoStatusEntry)?.purpose;
        let (needed, next) = match action {
            StatusAction::Revoke => (StatusPurpose::Revocation, Self::Revoked),
            StatusAction::Suspend => (StatusPurpose::Suspension, Self::Suspended),
            StatusAction::Reinstate => (StatusPurpose::Suspension, Self::Issued),
        };
        // An entry with messages says everything by its values.
        if purpose != needed && purpose != StatusPurpose::Message {
            return Err(TransitionBarred::WrongPurpose);
        }
        Ok((next != self).then_some(next))
    }
}
