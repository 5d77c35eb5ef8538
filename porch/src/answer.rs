//! A request's id, and how long it may take.

use app::{Fault, FaultKind};
use axum::http::HeaderName;
use std::time::Duration;

/// A request's id, in every answer and in the log.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

domain::limits! {
    /// What a request may take beyond the longest wait for the ledger.
    pub REQUEST_SLACK_SECONDS: u64 = 30, "seconds";
}

/// How long a request may take whose writes wait this long for the ledger.
pub fn longest(write_wait_seconds: u64) -> Duration {
    Duration::from_secs(write_wait_seconds.saturating_add(REQUEST_SLACK_SECONDS))
}

/// It took longer.
pub fn too_slow() -> Fault {
    let sentence = "The request took too long. What it began goes on; ask for its result.";
    Fault::new(FaultKind::Unavailable, "server/timeout", sentence)
}
