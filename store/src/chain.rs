//! The hash chain over the log: each position's hash covers its event completely and, through its predecessor, all before.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

/// A link of the chain.
pub type Link = [u8; 32];

/// What position 1 builds on.
pub const GENESIS: Link = [0; 32];

/// First bytes of every preimage; another preimage gets another name.
const DOMAIN_TAG: &[u8] = b"studio/log/v1";

/// Every stored byte of one event, as the database returns it (payload and metadata as text, not parsed).
#[derive(Debug, Clone)]
pub(crate) struct Sealing {
    pub(crate) ingest_id: i64,
    pub(crate) event_id: Uuid,
    pub(crate) tenant: Uuid,
    pub(crate) stream_type: String,
    pub(crate) stream_id: String,
    pub(crate) sequence: i64,
    pub(crate) kind: String,
    pub(crate) version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Sealing {
    /// The columns of [`Sealing::from_row`], for `es.events e`.
    pub(crate) const COLUMNS: &str = "e.ingest_id, e.event_id, e.tenant, e.aggregate_type, e.aggregate_id, e.sequence, \
         e.event_type, e.event_version, e.payload::text as payload, e.metadata::text as metadata, e.recorded_at";

    pub(crate) fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            ingest_id: row.try_get("ingest_id")?,
            event_id: row.try_get("event_id")?,
            tenant: row.try_get("tenant")?,
            stream_type: row.try_get("aggregate_type")?,
            stream_id: row.try_get("aggregate_id")?,
            sequence: row.try_get("sequence")?,
            kind: row.try_get("event_type")?,
            version: row.try_get("event_version")?,
            payload: row.try_get("payload")?,
            metadata: row.try_get("metadata")?,
            recorded_at: row.try_get("recorded_at")?,
        })
    }

    /// The link of this event at `position`:
    ///
    /// ```text
    /// SHA-256( "studio/log/v1" ‖ previous link (32) ‖ i64 position ‖ i64 ingest id ‖ event id (16) ‖ tenant (16)
    ///        ‖ lp(stream type) ‖ lp(stream id) ‖ i64 sequence ‖ lp(event type) ‖ lp(event version)
    ///        ‖ SHA-256(payload text) ‖ SHA-256(metadata text) ‖ i64 recorded_at in µs since 1970-01-01T00:00Z )
    /// ```
    ///
    /// Numbers are big-endian; `lp(x)` is the length of `x` in UTF-8 bytes as a big-endian u32, then `x`. UUIDs are their
    /// 16 bytes. Texts are hashed exactly as `payload::text` and `metadata::text` print them.
    pub(crate) fn link(&self, previous: &Link, position: i64) -> Link {
        let mut hash = Sha256::new();
        hash.update(DOMAIN_TAG);
        hash.update(previous);
        hash.update(position.to_be_bytes());
        hash.update(self.ingest_id.to_be_bytes());
        hash.update(self.event_id.as_bytes());
        hash.update(self.tenant.as_bytes());
        prefixed(&mut hash, &self.stream_type);
        prefixed(&mut hash, &self.stream_id);
        hash.update(self.sequence.to_be_bytes());
        prefixed(&mut hash, &self.kind);
        prefixed(&mut hash, &self.version);
        hash.update(Sha256::digest(self.payload.as_bytes()));
        hash.update(Sha256::digest(self.metadata.as_bytes()));
        hash.update(self.recorded_at.timestamp_micros().to_be_bytes());
        hash.finalize().into()
    }
}

fn prefixed(hash: &mut Sha256, text: &str) {
    // Postgres texts end at 1 GB, so the length always fits.
    hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    hash.update(text.as_bytes());
}
