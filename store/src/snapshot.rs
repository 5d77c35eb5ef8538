//! Snapshots: a shortcut for loading long streams, never a source of truth.
//!
//! Best effort: written outside of the append, after it; a snapshot that is missing, unreadable or of other code is
//! ignored, and the whole stream is read.

use domain::Aggregate;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;

/// A stream gets a snapshot each time it has grown by this many events. Shorter streams load in well under a
/// millisecond without one.
pub const SNAPSHOT_EVERY_EVENTS: i64 = 250;

/// Hash of the sources that decide what a state means (build.rs): any change there makes all snapshots unusable.
const SOURCES_HASH: &str = env!("STUDIO_DOMAIN_SOURCES_HASH");

/// Under which code a snapshot of `A` may be used.
pub(crate) fn schema_hash<A: Aggregate>() -> String {
    let mut hash = Sha256::new();
    hash.update(SOURCES_HASH);
    hash.update(std::any::type_name::<A>());
    // Types outside of the hashed sources at least show their fields.
    hash.update(serde_json::to_vec(&A::default()).unwrap_or_default());
    hex::encode(hash.finalize())
}

/// Decodes a snapshot row.
pub(crate) fn decode<A: Aggregate>(id: &str, version: i64, state: Value) -> Option<(A, i64)> {
    match serde_json::from_value(state) {
        Ok(state) => Some((state, version)),
        Err(error) => {
            tracing::warn!(stream = A::TYPE, id, version, %error, "a snapshot is unreadable and ignored");
            None
        }
    }
}

/// Writes a snapshot unless there is a newer one of the same code.
pub(crate) async fn write<A: Aggregate>(pool: &PgPool, id: &str, version: i64, state: &A) {
    let written = match serde_json::to_string(state) {
        Ok(state) => sqlx::query(
            "insert into es.snapshots as s (aggregate_type, aggregate_id, version, schema_hash, state)
             values ($1, $2, $3, $4, $5::json)
             on conflict (aggregate_type, aggregate_id) do update
               set version = excluded.version, schema_hash = excluded.schema_hash, state = excluded.state
               where s.version < excluded.version or s.schema_hash <> excluded.schema_hash",
        )
        .bind(A::TYPE)
        .bind(id)
        .bind(version)
        .bind(schema_hash::<A>())
        .bind(state)
        .execute(pool)
        .await
        .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = written {
        tracing::warn!(
            stream = A::TYPE,
            id,
            version,
            error,
            "a snapshot could not be written; loading stays slower"
        );
    }
}
