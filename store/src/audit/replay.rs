//! The log as it was recorded, for people and for whoever wants to recompute the chain without this program.

use crate::{
    chain::{GENESIS, Link},
    entry::{self, LogEntry},
};
use domain::id::{CustomerId, Instant};
use futures::{Stream, TryStreamExt as _, stream};
use sqlx::{PgPool, Row as _, postgres::PgRow};

/// Entries read at once by [`replay`].
const REPLAY_PAGE_EVENTS: i64 = 1_000;

/// Which entries to replay; everything by default.
#[derive(Debug, Clone, Default)]
pub struct ReplayFilter {
    /// Only this stream: aggregate type and id.
    pub stream: Option<(String, String)>,
    /// Only this customer.
    pub customer: Option<CustomerId>,
    /// Only positions after this one.
    pub after: i64,
    /// Only up to this position, inclusive.
    pub until_position: Option<i64>,
    /// Only what the database wrote up to this instant, inclusive.
    pub until: Option<Instant>,
}

/// An entry, with everything of it that its link was computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The entry, without upcasting.
    pub entry: LogEntry,
    /// The payload exactly as the database stores it: this text is hashed, not what a parser makes of it.
    pub payload: String,
    /// The metadata, exactly as stored.
    pub metadata: String,
    /// The link of the position before, or [`GENESIS`].
    pub previous: Link,
}

/// The log in order, as recorded (no upcasting), page by page. An error ends the stream as an error, never as an end.
pub fn replay(
    pool: &PgPool,
    filter: ReplayFilter,
) -> impl Stream<Item = Result<Recorded, sqlx::Error>> + Send + use<> {
    let pool = pool.clone();
    let pages = stream::try_unfold(Some(filter.after), move |after| {
        let (pool, filter) = (pool.clone(), filter.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let page = page(&pool, &filter, after).await?;
            let next = page.last().map(|last| last.entry.position);
            Ok::<_, sqlx::Error>(next.map(|_| (stream::iter(page.into_iter().map(Ok)), next)))
        }
    });
    pages.try_flatten()
}

async fn page(pool: &PgPool, filter: &ReplayFilter, after: i64) -> Result<Vec<Recorded>, sqlx::Error> {
    let (stream_type, stream_id) = filter.stream.clone().unzip();
    let rows = sqlx::query(&format!(
        "select {}, e.payload::text as payload_text, e.metadata::text as metadata_text,
           (select p.chain from es.log p where p.position = l.position - 1) as previous
         from es.log l join es.events e using (ingest_id)
         where l.position > $1 and ($2::text is null or e.aggregate_type = $2) and ($3::text is null or e.aggregate_id = $3)
           and ($4::uuid is null or e.tenant = $4) and ($5::bigint is null or l.position <= $5)
           and ($6::timestamptz is null or e.recorded_at <= $6)
         order by l.position limit $7",
        entry::COLUMNS
    ))
    .bind(after)
    .bind(stream_type)
    .bind(stream_id)
    .bind(filter.customer.map(|customer| customer.0))
    .bind(filter.until_position)
    .bind(filter.until)
    .bind(REPLAY_PAGE_EVENTS)
    .fetch_all(pool)
    .await?;
    rows.iter().map(recorded).collect()
}

fn recorded(row: &PgRow) -> Result<Recorded, sqlx::Error> {
    let entry = entry::from_row(row, &[])?;
    let previous = match row.try_get::<Option<Vec<u8>>, _>("previous")? {
        Some(link) => link.try_into().map_err(|_| {
            sqlx::Error::Decode(format!("the link before position {} is not 32 bytes", entry.position).into())
        })?,
        None => GENESIS,
    };
    Ok(Recorded {
        payload: row.try_get("payload_text")?,
        metadata: row.try_get("metadata_text")?,
        previous,
        entry,
    })
}
