//! What stands beside the log and repeats it: the command table, by which a repeated command is recognised, and the
//! outbox. The chain does not cover them; they are compared with the events that made them.

use super::operations;
use futures::TryStreamExt as _;
use sqlx::{PgConnection, Row as _};

/// Differences that are named; further ones are counted.
pub const DIFFERENCES_NAMED_MAX: usize = 20;

/// What was compared with the log, and where it differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beside {
    /// Rows of the command table.
    pub commands: i64,
    /// Operations of the outbox, each with the event that asked for it.
    pub operations: i64,
    /// Outcomes in the log, each with the operation it ended.
    pub outcomes: i64,
    /// The first differences, at most [`DIFFERENCES_NAMED_MAX`].
    pub differences: Vec<Difference>,
    /// How many more there are.
    pub unnamed: i64,
}

/// A row that says something else than the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{row}: {why}")]
pub struct Difference {
    /// Which row: table and key.
    pub row: String,
    /// What is wrong with it.
    pub why: String,
}

impl Beside {
    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }

    pub(super) fn differ(&mut self, row: String, why: String) {
        if self.differences.len() < DIFFERENCES_NAMED_MAX {
            self.differences.push(Difference { row, why });
        } else {
            self.unnamed += 1;
        }
    }
}

/// Compares everything, in the caller's view of the database. To be called when the chain was found whole: until then the
/// log is no measure.
pub(super) async fn compare(tx: &mut PgConnection) -> Result<Beside, sqlx::Error> {
    let mut beside = Beside::default();
    events_have_commands(tx, &mut beside).await?;
    commands_have_events(tx, &mut beside).await?;
    beside.commands = sqlx::query_scalar("select count(*) from es.commands").fetch_one(&mut *tx).await?;
    operations::compare(tx, &mut beside).await?;
    Ok(beside)
}

fn command_row(stream_type: &str, stream_id: &str, command: &str) -> String {
    format!("es.commands, {stream_type} {stream_id}, command {command}")
}

/// Every event names its command and its number within it. Joined as text, so that metadata written past all checks is a
/// difference and not an error; the rows of a command are never pruned, so that each event must have its own.
async fn events_have_commands(tx: &mut PgConnection, beside: &mut Beside) -> Result<(), sqlx::Error> {
    let sql = "select e.aggregate_type, e.aggregate_id, e.sequence, c.first_sequence,
           coalesce(e.metadata ->> 'commandId', '') as command, coalesce(e.metadata ->> 'commandIndex', '') as index
         from es.events e left join es.commands c on c.aggregate_type = e.aggregate_type
           and c.aggregate_id = e.aggregate_id and c.command_id::text = lower(e.metadata ->> 'commandId')
         where c.first_sequence + case when e.metadata ->> 'commandIndex' ~ '^[0-9]{1,18}$'
           then (e.metadata ->> 'commandIndex')::bigint end is distinct from e.sequence
         order by e.ingest_id";
    let mut rows = sqlx::query(sql).fetch(tx);
    while let Some(row) = rows.try_next().await? {
        let (stream_type, stream_id): (String, String) =
            (row.try_get("aggregate_type")?, row.try_get("aggregate_id")?);
        let (sequence, command): (i64, String) = (row.try_get("sequence")?, row.try_get("command")?);
        let index: String = row.try_get("index")?;
        let why = match row.try_get::<Option<i64>, _>("first_sequence")? {
            None => format!("the row is missing, but event {sequence} of the stream was made by the command"),
            Some(first) => format!(
                "the row says that the command began with event {first}, but the log has event {sequence} as number {index} of it"
            ),
        };
        beside.differ(command_row(&stream_type, &stream_id, &command), why);
    }
    Ok(())
}

/// A row without an event makes Studio believe that it did something already which it never did.
async fn commands_have_events(tx: &mut PgConnection, beside: &mut Beside) -> Result<(), sqlx::Error> {
    let sql = "select c.aggregate_type, c.aggregate_id, c.command_id::text as command
         from es.commands c left join es.events e on e.aggregate_type = c.aggregate_type
           and e.aggregate_id = c.aggregate_id and lower(e.metadata ->> 'commandId') = c.command_id::text
         where e.ingest_id is null order by 1, 2, 3";
    let mut rows = sqlx::query(sql).fetch(tx);
    while let Some(row) = rows.try_next().await? {
        let (stream_type, stream_id): (String, String) =
            (row.try_get("aggregate_type")?, row.try_get("aggregate_id")?);
        let command: String = row.try_get("command")?;
        let why = "the log has no event of this command in this stream".to_owned();
        beside.differ(command_row(&stream_type, &stream_id, &command), why);
    }
    Ok(())
}
