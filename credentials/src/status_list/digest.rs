//! Tying the bits of a Bitstring list to its proof.
//!
//! The proof of a cheqd list covers its credential without `encodedList`: every reader takes the list out, verifies the rest
//! and compares it with the token, so a token that held the list would be refused by all of them. What is signed therefore
//! holds the list's digest, as one more member of the subject, which those readers carry along unread
//! (`docs/adr/0012-the-list-and-its-proof.md`).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The member of `credentialSubject` that holds the digest.
pub(super) const DIGEST_MEMBER: &str = "encodedListDigest";

/// What a verified proof says about the bits of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListProof {
    /// It covers them.
    Covered,
    /// It does not speak of them, or the format has no proof: that the list is the issuer's rests on the ledger alone, which
    /// takes a DID's resources only from its controller.
    Ledger,
}

/// The digest of an `encodedList`, of its text as published: `sha256-` and base64, as in Subresource Integrity (W3C).
pub fn list_digest(encoded_list: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(encoded_list)))
}

/// What the subject of a list says about its own list; an error when it says something else. Anything but a digest of the
/// one kind that is written is something else.
pub(super) fn judge(subject: &Value) -> Result<ListProof, super::StatusListError> {
    let Some(digest) = subject.get(DIGEST_MEMBER) else { return Ok(ListProof::Ledger) };
    let list = subject.get("encodedList").and_then(Value::as_str).unwrap_or_default();
    if digest.as_str() == Some(&list_digest(list)) {
        Ok(ListProof::Covered)
    } else {
        Err(super::StatusListError::Digest)
    }
}
