//! Trust: reading signed documents from the ledger and walking a chain of accreditations to its root.

mod checks;
mod document;
#[cfg(test)]
mod forge;
mod hop;
mod resolve;
mod roots;
mod superseded;
mod walk;

pub(crate) use checks::first_failure;
pub use checks::{Check, CheckOutcome};
pub use document::{DocumentVerdict, Findings, VerifyOptions, not_in_the_future};
pub(crate) use document::{Meant, verify_as, verify_document};
pub use hop::{Hop, HopOutcome};
pub use resolve::resource_at;
pub(crate) use resolve::{did_document_at, newest_of_line};
pub(crate) use roots::is_trusted;
pub use roots::{Root, RootRef, RootsAsked, SetTrustedRoots, set_trusted_roots, trusted_roots};
pub use walk::{CHAIN_HOPS_MAX, ChainFailure, ChainVerdict, WalkOptions};
pub(crate) use walk::{LIMITS as WALK_LIMITS, walk};
