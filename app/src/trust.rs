//! Trust: reading signed documents from the ledger and walking a chain of accreditations to its root.

mod checks;
mod document;
mod resolve;
mod roots;
mod superseded;
mod walk;

pub use checks::{Check, CheckOutcome};
pub use document::{DocumentVerdict, Findings, VerifyOptions, not_in_the_future, verify_document};
pub(crate) use resolve::newest_of_line;
pub use resolve::{did_document_at, resource_at};
pub use roots::{Root, RootRef, RootsAsked, is_trusted, set_trusted_roots, trusted_roots};
pub(crate) use walk::LIMITS as WALK_LIMITS;
pub use walk::{CHAIN_HOPS_MAX, ChainFailure, ChainVerdict, Hop, HopOutcome, WalkOptions, walk};
