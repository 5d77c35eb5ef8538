//! Pure credential formats: VC-JWT, status-list codecs, DID URLs, DID documents, did:key and accreditation documents.
//!
//! Nothing here reads a clock, a file, a network or randomness. Instants (`at`, unix seconds), identifiers and
//! signatures are handed in, so the same input gives the same output on every machine and in every replay.

pub mod accreditation;
mod cbor;
pub mod did_document;
pub mod did_key;
pub mod did_url;
pub mod did_web;
pub mod document;
pub mod format;
mod json;
pub mod json_ld;
pub mod jwt;
pub mod key;
pub mod sd_jwt;
pub mod status_list;
mod time;
pub mod vc;
pub mod verify;

/// The limits of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [
        accreditation::SCOPE_LIMITS,
        cbor::LIMITS,
        did_document::FORM_LIMITS,
        did_key::LIMITS,
        did_url::LIMITS,
        did_web::LIMITS,
        document::LIMITS,
        json_ld::CANONICAL_LIMITS,
        json_ld::LIMITS,
        jwt::LIMITS,
        key::LIMITS,
        sd_jwt::LIMITS,
        status_list::BITS_LIMITS,
        status_list::ENTRY_LIMITS,
        verify::LIMITS,
    ]
    .concat()
}
