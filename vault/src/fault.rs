//! Faults of this crate. None carries a secret.

use app::{Fault, FaultKind};

/// Starts of SQLSTATE codes that mean the database cannot serve now: connection, deadlock, resources, operator intervention,
/// system, read-only stand-by, idle time-out.
const AWAY_CODES: [&str; 7] = ["08", "40", "53", "57", "58", "25006", "25P03"];

/// What went wrong with the database.
pub(crate) fn store(error: &sqlx::Error) -> Fault {
    let away = match error {
        sqlx::Error::Database(database) => {
            database.code().is_some_and(|code| AWAY_CODES.iter().any(|start| code.starts_with(start)))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        _ => false,
    };
    if away {
        Fault::unavailable("store/unavailable", "The database is away. Try again shortly.", error)
    } else {
        Fault::bug(format_args!("vault: {error}"))
    }
}

/// Stored bytes do not open: tampered, moved, or damaged. `what` says which row, never what is in it.
pub(crate) fn corrupt(what: &str) -> Fault {
    Fault::new(FaultKind::Bug, "vault/corrupt", "Internal error. It has been logged.").because(what)
}

/// Somebody rotated the master key and this process was not given the new one.
pub(crate) fn master_rotated(version: i32) -> Fault {
    Fault::unavailable(
        "vault/master-rotated",
        "The key store is being re-keyed. Try again shortly.",
        format_args!(
            "the database is under master key version {version}, which this process does not have; \
             restart it with the new master key"
        ),
    )
}

/// No such key for this customer.
pub(crate) fn key_not_found() -> Fault {
    Fault::not_found("key/not-found", "There is no such key.")
}

/// The request id has already made another key.
pub(crate) fn request_reused() -> Fault {
    Fault::new(FaultKind::Conflict, "key/request-reused", "This request has already made a different key.")
}
