//! Tests of the public API, against vectors of Veramo and did-jwt-vc and what a running cheqd Studio answered.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail the test; clippy's exception only covers the test functions themselves"
)]

mod accepted;
mod accreditation;
mod contradictions;
mod dates;
mod did_documents;
mod did_urls;
mod json_ld;
mod keys;
mod sd_jwts;
mod status_lists;
mod token_status_lists;
mod values;
mod vector_files;
mod vectors;
mod verification;
