//! Trust: reading signed documents from the ledger and walking a chain of accreditations to its root.

mod document;
mod resolve;
mod walk;

pub use document::{DocumentVerdict, VerifyOptions, verify_document};
pub use resolve::{did_document_at, resource_at};
pub use walk::{CHAIN_HOPS_MAX, ChainFailure, ChainVerdict, Hop, HopOutcome, WalkOptions, walk};
