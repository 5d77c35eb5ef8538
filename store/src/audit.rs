//! Proof and replay: recomputes the whole chain, compares what stands beside the log with it, and reads the log as it was
//! recorded.

mod beside;
mod operations;
mod replay;

pub use beside::{Beside, DIFFERENCES_NAMED_MAX, Difference};
pub use replay::{Recorded, ReplayFilter, replay};

use crate::chain::{GENESIS, Link, Sealing};
use futures::TryStreamExt as _;
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};

/// A link somebody noted earlier, outside of this database. Whoever can rewrite every row can also compute a chain over
/// the forgery; only a link kept elsewhere shows that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Its position.
    pub position: i64,
    /// The link there.
    pub chain: Link,
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every event is as it was sequenced, and what stands beside the log agrees with it.
    Intact(Verified),
    /// Every event is as it was sequenced, but what stands beside the log does not agree with it.
    Differs(Verified),
    /// Somebody changed the record.
    Broken(Broken),
}

/// An intact log, and what was compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many positions it has.
    pub positions: i64,
    /// The last link: note it elsewhere, it proves everything up to here.
    pub head: Link,
    /// Events appended but not sequenced at this moment; the chain does not cover them yet.
    pub pending: i64,
    /// The command table and the outbox.
    pub beside: Beside,
}

/// The first thing wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The first position that does not hold; one past the end for what is outside of the log.
    pub position: i64,
    /// What is wrong there.
    pub why: String,
}

/// Recomputes the chain from the first event to the last, streaming, over one consistent view of the database. Detects a
/// change of any column of any event or log row, missing and added rows, and events that evaded the sequencer. If the chain
/// holds, the command table and the outbox are compared with the events, in the same view.
pub async fn verify(pool: &PgPool, anchors: &[Anchor]) -> Result<Verdict, sqlx::Error> {
    let mut tx = pool.begin().await?;
    for setting in
        ["set transaction isolation level repeatable read, read only", "set local statement_timeout = 0"]
    {
        sqlx::query(setting).execute(&mut *tx).await?;
    }
    let verdict = verify_view(&mut tx, anchors).await?;
    tx.rollback().await?;
    Ok(verdict)
}

async fn verify_view(tx: &mut PgConnection, anchors: &[Anchor]) -> Result<Verdict, sqlx::Error> {
    let (mut position, mut link) = (0_i64, GENESIS);
    {
        let sql = format!(
            "select l.position, l.ingest_id as log_ingest_id, l.chain, {} from es.log l
             left join es.events e using (ingest_id) order by l.position",
            Sealing::COLUMNS
        );
        let mut rows = sqlx::query(&sql).fetch(&mut *tx);
        while let Some(row) = rows.try_next().await? {
            position += 1;
            match check(&row, position, &link, anchors)? {
                Ok(next) => link = next,
                Err(why) => return Ok(Verdict::Broken(Broken { position, why })),
            }
        }
    }
    if let Some(anchor) = anchors.iter().find(|anchor| anchor.position > position) {
        let why = format!("the log ends at {position}, but position {} was noted earlier", anchor.position);
        return Ok(Verdict::Broken(Broken { position: position + 1, why }));
    }
    outside(tx, position, link).await
}

/// Checks one row of the log; the next link, or what is wrong.
fn check(
    row: &PgRow,
    position: i64,
    link: &Link,
    anchors: &[Anchor],
) -> Result<Result<Link, String>, sqlx::Error> {
    let found: i64 = row.try_get("position")?;
    if found != position {
        return Ok(Err(format!("the log has no position {position}; the next one is {found}")));
    }
    if row.try_get::<Option<i64>, _>("ingest_id")?.is_none() {
        let ingest_id: i64 = row.try_get("log_ingest_id")?;
        return Ok(Err(format!("its event (insert number {ingest_id}) is missing")));
    }
    let sealing = match Sealing::from_row(row) {
        Ok(sealing) => sealing,
        Err(error) => return Ok(Err(format!("its event is unreadable: {error}"))),
    };
    let next = sealing.link(link, position);
    if row.try_get::<Vec<u8>, _>("chain")? != next {
        return Ok(Err(format!(
            "event {} of {} {} or its link was changed after it was sequenced",
            sealing.sequence, sealing.stream_type, sealing.stream_id
        )));
    }
    match anchors.iter().find(|anchor| anchor.position == position) {
        Some(anchor) if anchor.chain != next => {
            Ok(Err("its link differs from the one noted earlier: the log was rewritten".to_owned()))
        }
        _ => Ok(Ok(next)),
    }
}

/// What the walk along the log cannot see.
async fn outside(tx: &mut PgConnection, position: i64, link: Link) -> Result<Verdict, sqlx::Error> {
    let broken = |position, why| Ok(Verdict::Broken(Broken { position, why }));
    let heads: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select position, chain from es.head").fetch_all(&mut *tx).await?;
    match heads.as_slice() {
        [(head, chain)] if *head == position && *chain == link => {}
        [(head, _)] if *head > position => {
            return broken(position + 1, format!("the log ends at {position}, but its head says {head}"));
        }
        _ => return broken(position, "the head of the log does not match its last position".to_owned()),
    }
    let evaded: Option<(String, String, i64)> = sqlx::query_as(
        "select e.aggregate_type, e.aggregate_id, e.sequence from es.events e
         where not exists (select from es.log l where l.ingest_id = e.ingest_id)
           and not exists (select from es.pending p where p.ingest_id = e.ingest_id)
         order by e.ingest_id limit 1",
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some((stream_type, id, sequence)) = evaded {
        let why = format!("event {sequence} of {stream_type} {id} is neither in the log nor waiting for it");
        return broken(position + 1, why);
    }
    let (pending, vanished): (i64, i64) = sqlx::query_as(
        "select count(*), count(*) filter (where e.ingest_id is null or l.ingest_id is not null) from es.pending p
         left join es.events e using (ingest_id) left join es.log l using (ingest_id)",
    )
    .fetch_one(&mut *tx)
    .await?;
    if vanished > 0 {
        return broken(
            position + 1,
            format!("{vanished} events that wait for the log are missing or in it already"),
        );
    }
    let beside = beside::compare(tx).await?;
    let agrees = beside.agrees();
    let verified = Verified { positions: position, head: link, pending, beside };
    Ok(if agrees { Verdict::Intact(verified) } else { Verdict::Differs(verified) })
}
