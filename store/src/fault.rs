//! What database errors become at the ports.

use crate::{pool::is_unavailable, rehearse::Indigestible};
use app::{Fault, FaultKind};

/// A string in an event holds U+0000, which Postgres cannot store.
const NUL_CHARACTER: &str = "22P05";

/// A fault for callers: `store/unavailable` while Postgres is away, ours otherwise.
pub fn from_sqlx(error: &sqlx::Error) -> Fault {
    if is_unavailable(error) {
        return Fault::unavailable(
            "store/unavailable",
            "The database is away for the moment; try again.",
            error,
        );
    }
    if let sqlx::Error::Database(database) = error
        && database.code().as_deref() == Some(NUL_CHARACTER)
    {
        return Fault::invalid("malformed", "A text must not contain the character U+0000.").because(error);
    }
    Fault::bug(error)
}

/// The fault after the last of several conflicting tries.
pub(crate) fn conflict() -> Fault {
    Fault::new(
        FaultKind::Conflict,
        "store/conflict",
        "Somebody else changes the same thing at this moment; try again.",
    )
}

/// The fault for an event that the log's readers could not take in: nothing was recorded. A door should have refused what
/// led to it, so operators hear of it.
pub(crate) fn indigestible(why: &Indigestible) -> Fault {
    tracing::error!(%why, "an event was refused before it was recorded");
    let sentence = "What was sent cannot be kept in a form that can be read again, so nothing was recorded.";
    Fault::invalid("event/indigestible", sentence).because(why)
}
